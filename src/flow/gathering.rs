//! How many of those who wait share a commit. Whoever was answered often comes again at once: where a commit is slow, those are waited for, so
//! that all are in the next one and not every other half. Where it is quick, half of them may be enough, so that while these are written the others
//! are answered. Never waits for somebody who does not come, nor longer than a commit takes.

use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

/// A commit that is faster than this costs less than waiting would.
const SLOW: Duration = Duration::from_millis(4);

/// What the work of one may take where others are made ready meanwhile: only what comes on top is waiting for the disk.
const WORK: Duration = Duration::from_micros(100);

/// So many are worth a commit of their own.
const FEW: usize = 16;

/// How many of those who are on their way share a commit that is quick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Portion {
    /// All of them: most of the work is done once for a batch.
    All,
    /// Half of them: most of the work is that of each, and while it is done for these, the others are answered and come again.
    Half,
    /// Few of them: while these are written the others are made ready, too.
    Few,
}

/// Takes batches from a queue.
pub struct Gathering<T> {
    queue: mpsc::Receiver<T>,
    max: usize,
    portion: Portion,
    /// How many were in the last batch or wait since.
    expected: usize,
    /// How long the last took and, of that and the one before, the quicker: one alone that waited for the disk says nothing of the next.
    last: Duration,
    took: Duration,
}

impl<T> Gathering<T> {
    pub fn new(queue: mpsc::Receiver<T>, max: usize, portion: Portion) -> Gathering<T> {
        Gathering { queue, max, portion, expected: 0, last: Duration::ZERO, took: Duration::ZERO }
    }

    /// Waits for the first, and takes all that are there or come at once; nothing when nobody can come any more. Whoever was taken is in the
    /// batch, also where this is given up.
    pub async fn next(&mut self, batch: &mut Vec<T>) -> usize {
        if batch.is_empty() {
            self.queue.recv_many(batch, self.at_once()).await;
        }
        let (arrived, gap) = (Instant::now(), self.took / 8);
        while !batch.is_empty() && self.is_slow() && batch.len() < self.expected.min(self.max) && arrived.elapsed() < self.took {
            match tokio::time::timeout(gap, self.queue.recv_many(batch, self.max - batch.len())).await {
                Ok(more) if more > 0 => {}
                _ => break,
            }
        }
        batch.len()
    }

    /// Adds those who are there already, up to a whole batch.
    pub fn take_along(&mut self, batch: &mut Vec<T>) {
        while batch.len() < self.max
            && let Ok(one) = self.queue.try_recv()
        {
            batch.push(one);
        }
    }

    /// Whether commits take so long that it is worth waiting for those who were answered.
    pub fn is_slow(&self) -> bool {
        self.took >= SLOW
    }

    /// How many are taken first.
    fn at_once(&self) -> usize {
        match self.portion {
            Portion::Half if !self.is_slow() => (self.expected / 2).max(FEW).min(self.max),
            Portion::Few if !self.is_slow() => FEW,
            Portion::Few | Portion::Half | Portion::All => self.max,
        }
    }

    /// A batch of so many was written in so long; they are answered next.
    pub fn written(&mut self, count: usize, took: Duration) {
        self.expected = count + self.queue.len();
        let work = if self.portion == Portion::Few { WORK * u32::try_from(count).unwrap_or(u32::MAX) } else { Duration::ZERO };
        let took = took.saturating_sub(work);
        self.took = std::mem::replace(&mut self.last, took).min(took);
    }
}

/// Answers all of a batch from among the callers: to wake each of them from another thread would cost a signal each, and the next batch
/// would wait for that.
pub fn answer<A: Send + 'static>(callers: &Handle, waiting: Vec<oneshot::Sender<A>>, answers: Vec<A>) {
    callers.spawn(async move {
        for (caller, answer) in waiting.into_iter().zip(answers) {
            // The caller may have gone; what was written stays written.
            let _gone = caller.send(answer);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Those who were answered and come again share the next batch with those who waited meanwhile.
    #[tokio::test]
    async fn waits_for_who_was_answered_when_writing_is_slow() {
        let (queue, waiting) = mpsc::channel(16);
        let mut gathering = Gathering::new(waiting, 8, Portion::All);
        let mut batch = Vec::new();
        queue.send(1).await.expect("room");
        assert_eq!(gathering.next(&mut batch).await, 1);
        queue.send(2).await.expect("room");
        gathering.written(1, Duration::from_secs(8));
        gathering.written(1, Duration::from_secs(9));
        let again = queue.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            again.send(3).await.expect("room");
        });
        batch.clear();
        assert_eq!(gathering.next(&mut batch).await, 2);
        assert_eq!(batch, [2, 3]);
    }

    /// Where a commit is quick, half of them are taken, but never so few that the commit is not worth it; where it is slow, all.
    #[tokio::test]
    async fn takes_half_of_who_is_on_the_way_when_writing_is_quick() {
        let (queue, waiting) = mpsc::channel(128);
        let mut gathering = Gathering::new(waiting, 128, Portion::Half);
        let mut batch = Vec::new();
        for (on_the_way, seconds, expected) in [(100, 0, 50), (20, 0, 16), (100, 8, 100)] {
            for number in 0..on_the_way {
                queue.send(number).await.expect("room");
            }
            gathering.written(0, Duration::from_secs(seconds));
            gathering.written(0, Duration::from_secs(seconds));
            assert_eq!(gathering.next(&mut batch).await, expected, "{on_the_way} after {seconds} s");
            while gathering.queue.try_recv().is_ok() {}
            batch.clear();
        }
    }

    /// Nobody who was taken is lost when the waiting is given up for something else, and the others can be taken along.
    #[tokio::test]
    async fn what_was_taken_stays_in_the_batch() {
        let (queue, waiting) = mpsc::channel(128);
        let mut gathering = Gathering::new(waiting, 64, Portion::Few);
        let mut batch = Vec::new();
        for number in 0..100 {
            queue.send(number).await.expect("room");
        }
        assert_eq!(gathering.next(&mut batch).await, FEW);
        assert_eq!(gathering.next(&mut batch).await, FEW, "they are still there");
        gathering.take_along(&mut batch);
        assert_eq!(batch, (0..64).collect::<Vec<_>>());
        // Of 12 ms the work of a hundred is 10; one that is slow says nothing, two in a row do.
        for (count, milliseconds, is_slow) in [(100, 12, false), (100, 20, false), (100, 12, false), (100, 20, false), (1, 8, true), (1, 2, false)] {
            gathering.written(count, Duration::from_millis(milliseconds));
            assert_eq!(gathering.is_slow(), is_slow, "{count} in {milliseconds} ms");
        }
        batch.clear();
        gathering.take_along(&mut batch);
        assert!(tokio::time::timeout(Duration::from_millis(1), gathering.next(&mut Vec::new())).await.is_err(), "nobody is left");
    }
}
