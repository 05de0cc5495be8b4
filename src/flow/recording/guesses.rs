//! Which number a hand-back is likely to get, so that it is made before it waits and not while everybody waits for it. Never decides a number: a
//! wrong guess costs no more than to make the hand-back anew.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Tenant and series.
type Key = (String, &'static str);

/// What is known of the series that were drawn from lately.
#[derive(Default)]
pub struct Guesses {
    series: Mutex<HashMap<Key, Series>>,
}

#[derive(Default)]
struct Series {
    /// The number that was drawn last.
    last: i64,
    /// How many guesses are of hand-backs that are not written yet.
    ahead: i64,
}

/// A guess, which counts until its hand-back is written or given up.
pub struct Guess {
    guesses: Arc<Guesses>,
    key: Key,
    pub number: i64,
    is_written: bool,
}

impl Guesses {
    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Series>> {
        // Two numbers, which are whole after each of the few steps below.
        self.series.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number after all that are on their way.
    pub fn next(self: &Arc<Self>, tenant: &str, name: &'static str) -> Guess {
        let key = (tenant.to_string(), name);
        let mut all = self.lock();
        let series = all.entry(key.clone()).or_default();
        series.ahead += 1;
        Guess { guesses: self.clone(), number: series.last + series.ahead, key, is_written: false }
    }

    /// Takes note of the last number of a series, drawn for hand-backs whose guesses these were, right or wrong.
    pub fn drawn(&self, tenant: &str, name: &'static str, last: i64, guesses: &mut [Guess]) {
        let key = (tenant.to_string(), name);
        let mut all = self.lock();
        let Some(series) = all.get_mut(&key) else { return };
        series.last = last;
        for guess in guesses.iter_mut().filter(|guess| guess.key == key && !guess.is_written) {
            guess.is_written = true;
            series.ahead -= 1;
        }
    }
}

impl Drop for Guess {
    fn drop(&mut self) {
        if !self.is_written
            && let Some(series) = self.guesses.lock().get_mut(&self.key)
        {
            series.ahead -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(guesses: &Arc<Guesses>, count: usize) -> Vec<Guess> {
        (0..count).map(|_| guesses.next("t", "quote")).collect()
    }

    fn numbers(guesses: &[Guess]) -> Vec<i64> {
        guesses.iter().map(|guess| guess.number).collect()
    }

    #[test]
    fn they_follow_each_other_and_what_was_drawn() {
        let guesses = Arc::new(Guesses::default());
        let mut first = next(&guesses, 3);
        assert_eq!(numbers(&first), [1, 2, 3]);
        assert_eq!(guesses.next("u", "quote").number, 1);
        // Two were written, and the third waits.
        guesses.drawn("t", "quote", 2, &mut first[..2]);
        let more = next(&guesses, 1);
        assert_eq!(numbers(&more), [4]);
        drop(first.drain(..2));
        assert_eq!(numbers(&next(&guesses, 1)), [5]);
    }

    #[test]
    fn who_gives_up_and_who_draws_elsewhere_puts_them_right() {
        let guesses = Arc::new(Guesses::default());
        let mut first = next(&guesses, 3);
        // One was refused, and another node drew a hundred.
        guesses.drawn("t", "quote", 102, &mut first[1..]);
        drop(first);
        assert_eq!(numbers(&next(&guesses, 2)), [103, 104]);
        assert_eq!(numbers(&next(&guesses, 1)), [103]);
    }
}
