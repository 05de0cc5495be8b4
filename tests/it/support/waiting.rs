//! Waiting for what the product does by itself: jobs, messages, mails. It must never be what makes a test pass: whoever waits says what must
//! come to be, and fails where it does not.

use std::time::{Duration, Instant};

/// Far more than anything needs, even on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(60);
const STEP: Duration = Duration::from_millis(50);

/// What is looked for, once it is there.
pub async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(STEP).await;
    }
    panic!("after {PATIENCE:?} there is still not {what}");
}
