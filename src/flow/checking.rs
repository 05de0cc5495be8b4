//! A document is checked by the official rules for whoever asks. Nothing of it is kept, nothing is booked. Bounded: so many at once, each off the
//! threads that answer requests.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use crate::app::App;
use crate::domain::finding::{Code, Finding};
use crate::einvoice::{self, Day, Profile, Report};
use crate::error::{Error, Result};

/// As many documents as are checked at once: anybody may ask, and the cores are there for orders too.
const AT_ONCE: usize = 2;
/// As long as one waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

static PLACES: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(AT_ONCE));

/// What is said, and how long it took.
pub struct Checked {
    pub report: Report,
    pub micros: u128,
}

/// The day of sending: today without one.
pub fn day(app: &App, sent: &str) -> Result<Day> {
    let today = app.clock.now().date();
    let day = if sent.is_empty() { today.as_str() } else { sent };
    Day::parse(day).ok_or_else(|| Finding::error(Code::Unusable, "sent").value(sent).limit("2026-08-17").into())
}

/// Judges a document by the rules of a profile, or of the one it claims.
pub async fn check(bytes: Vec<u8>, profile: Option<Profile>, day: Day) -> Result<Checked> {
    let busy = || Error::Unavailable("too many documents are being checked".into());
    let place = tokio::time::timeout(PATIENCE, PLACES.acquire()).await.map_err(|_| busy())?.map_err(|_| busy())?;
    let work = move || {
        let started = Instant::now();
        let report = einvoice::check(&bytes, profile, day);
        drop(place);
        Checked { report, micros: started.elapsed().as_micros() }
    };
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)
}
