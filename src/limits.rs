//! Bounds on what callers may try: failed sign-ins per connection and address. Bounded in memory itself.
//! A limit never locks out anybody else than the address that failed.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::domain::time::Timestamp;

/// ten failures in ten minutes.
const FAILURES_MAX: usize = 10;
const WINDOW: Duration = Duration::from_secs(600);
/// Addresses remembered at once; the oldest are forgotten beyond it.
const KEYS_MAX: usize = 50_000;

/// Failures by what was tried and from where.
#[derive(Default)]
pub struct Failures {
    seen: Mutex<HashMap<(String, IpAddr), VecDeque<Timestamp>>>,
}

impl Failures {
    /// Seconds until the caller may try again, if it must wait.
    pub fn wait(&self, what: &str, address: IpAddr, now: Timestamp) -> Option<u64> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let times = seen.get_mut(&(what.to_string(), address))?;
        times.retain(|time| now.since(*time) < WINDOW);
        let oldest = times.front().filter(|_| times.len() >= FAILURES_MAX)?;
        Some(WINDOW.saturating_sub(now.since(*oldest)).as_secs().max(1))
    }

    pub fn count(&self, what: &str, address: IpAddr, now: Timestamp) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= KEYS_MAX {
            seen.retain(|_, times| times.back().is_some_and(|last| now.since(*last) < WINDOW));
            if seen.len() >= KEYS_MAX {
                seen.clear();
            }
        }
        let times = seen.entry((what.to_string(), address)).or_default();
        times.push_back(now);
        while times.len() > FAILURES_MAX {
            times.pop_front();
        }
    }
}
