//! Where time and ids come from. The only reader of the system clock and of the system's randomness;
//! everything else is handed a `Timestamp` or an id, so that tests can move time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::domain::time::Timestamp;

/// The system's clock, or one that stands still until it is moved.
#[derive(Clone, Debug)]
pub enum Clock {
    System,
    Manual(Arc<AtomicI64>),
}

impl Clock {
    pub fn system() -> Clock {
        Clock::System
    }

    pub fn manual(start: Timestamp) -> Clock {
        Clock::Manual(Arc::new(AtomicI64::new(start.0)))
    }

    pub fn now(&self) -> Timestamp {
        match self {
            Clock::System => {
                let passed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp::default().plus(passed)
            }
            Clock::Manual(micros) => Timestamp(micros.load(Ordering::SeqCst)),
        }
    }

    /// Moves a manual clock; the system's clock cannot be moved.
    pub fn advance(&self, by: Duration) {
        if let Clock::Manual(micros) = self {
            micros.fetch_add(i64::try_from(by.as_micros()).unwrap_or(0), Ordering::SeqCst);
        }
    }
}

/// Bytes nobody can guess. Ends the process when the system has none to give: going on without would be worse.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes; nothing secure can be made without");
    bytes
}

/// A key of 256 random bits as 43 characters that may stand in an address.
pub fn random_key() -> String {
    URL_SAFE_NO_PAD.encode(random::<32>())
}

/// The same with 208 random bits behind 48 of milliseconds: what is kept of later keys stands behind what is kept of earlier ones, so that
/// an index of many grows at its end.
pub fn timed_key(now: Timestamp) -> String {
    let mut bytes = random::<32>();
    let millis = u64::try_from(now.0.div_euclid(1000)).unwrap_or(0).to_be_bytes();
    bytes[..6].copy_from_slice(&millis[2..]);
    URL_SAFE_NO_PAD.encode(bytes)
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Ids that this process made, so that those of one millisecond stay in the order they were made in.
static MADE: AtomicU32 = AtomicU32::new(0);

/// A time-ordered id of 26 characters (48 bits of milliseconds, a count of 24 bits, 56 random bits, Crockford's alphabet): later ids sort later,
/// those of one process even within a millisecond. What is sent in the order of its id, such as messages about an order, depends on it.
pub fn new_id(now: Timestamp) -> String {
    let millis = u128::try_from(now.0.div_euclid(1000)).unwrap_or(0) & 0xffff_ffff_ffff;
    let count = u128::from(MADE.fetch_add(1, Ordering::Relaxed) & 0xff_ffff);
    let mut low = [0u8; 16];
    low[9..].copy_from_slice(&random::<7>());
    let value = (millis << 80) | (count << 56) | u128::from_be_bytes(low);
    (0..26).rev().map(|place| char::from(ALPHABET[((value >> (place * 5)) & 31) as usize])).collect()
}

/// When an id of [`new_id`] was made, to the millisecond.
pub fn made_at(id: &str) -> Option<Timestamp> {
    let place = |byte: u8| ALPHABET.iter().position(|known| *known == byte);
    let head = id.as_bytes().get(..10)?;
    let millis = head.iter().try_fold(0i64, |sum, byte| Some(sum << 5 | i64::try_from(place(*byte)?).ok()?))?;
    Some(Timestamp(millis.checked_mul(1000)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time() {
        let early = new_id(Timestamp(1_000_000));
        let late = new_id(Timestamp(2_000_000));
        assert!(early < late && early.len() == 26);
        let same: Vec<String> = (0..100).map(|_| new_id(Timestamp(5))).collect();
        assert!(same.is_sorted() && same[0] != same[1], "{same:?}");
    }
}
