//! Keeps every log line of the process, as JSON, so that a test can look for what must and what must not stand there.
//! It must never filter: a secret in a debug line is a leak too.

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Buffer {
    type Writer = Buffer;

    fn make_writer(&'a self) -> Buffer {
        self.clone()
    }
}

static BUFFER: OnceLock<Buffer> = OnceLock::new();

fn buffer() -> &'static Buffer {
    BUFFER.get_or_init(|| {
        let buffer = Buffer::default();
        let subscriber = tracing_subscriber::fmt().json().with_max_level(tracing::Level::TRACE).with_writer(buffer.clone()).finish();
        tracing::subscriber::set_global_default(subscriber).expect("the tests install the only subscriber");
        buffer
    })
}

/// A place in the log; what is written from here on belongs to the test that took it.
#[derive(Clone, Copy, Debug)]
pub struct Mark(usize);

/// Starts keeping the log, if that has not happened yet, and remembers the place.
pub fn mark() -> Mark {
    Mark(buffer().lock().len())
}

/// The lines since the mark.
pub fn since(mark: Mark) -> Vec<String> {
    let bytes = buffer().lock();
    String::from_utf8_lossy(&bytes[mark.0..]).lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn lines_are_kept_from_the_mark_on() {
        tracing::info!(user = "before", "not of this test");
        let mark = super::mark();
        tracing::debug!(user = "inkoop01", "of this test");
        let lines = super::since(mark);
        assert!(lines.iter().any(|l| l.contains("inkoop01") && l.contains("of this test")), "{lines:?}");
        assert!(!lines.iter().any(|l| l.contains("before")));
    }
}
