//! Logs as JSON lines on standard error. Set up once, by the program; the library only speaks through `tracing`.

use tracing_subscriber::EnvFilter;

/// Starts logging; `HOOKLINE_LOG` chooses the level (`info` by default, `hookline=debug` for requests).
pub fn start() {
    let filter = EnvFilter::try_from_env("HOOKLINE_LOG").unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    let started = tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).try_init();
    if started.is_err() {
        tracing::debug!("logging was started already");
    }
}
