//! Listens, speaks HTTP/1.1 with deadlines, and stops when asked: no half-sent head and no idle connection stays open for ever.
//! Knows nothing of routes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tower::ServiceExt;

use super::request_line::Readable;

/// A head must be complete within this time.
const HEAD_TIME: Duration = Duration::from_secs(15);
/// What was taken is finished within this time when the program stops.
const GRACE: Duration = Duration::from_secs(20);
/// Connections open at once.
const CONNECTIONS_MAX: usize = 4096;

/// Serves until `stop` changes; then takes nothing new, finishes what it took, and returns.
pub async fn run(listener: TcpListener, router: Router, mut stop: watch::Receiver<bool>) {
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => break,
        };
        let Ok((stream, peer)) = accepted else {
            // Out of file handles, most likely: let some close.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let Ok(place) = places.clone().try_acquire_owned() else { continue };
        let _without_delay = stream.set_nodelay(true);
        let router = router.clone();
        let taken = Arc::new(AtomicU64::new(0));
        let readable = Readable::new(stream, taken.clone());
        let service = hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
            taken.fetch_add(1, Ordering::Relaxed);
            request.extensions_mut().insert(ConnectInfo::<SocketAddr>(peer));
            router.clone().oneshot(request.map(axum::body::Body::new))
        });
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIME)
            .serve_connection(TokioIo::new(readable), service);
        let watched = graceful.watch(connection);
        tokio::spawn(async move {
            let _held = place;
            // A peer that breaks off is no event of ours.
            let _outcome = watched.await;
        });
    }
    drop(listener);
    tokio::select! {
        () = graceful.shutdown() => {}
        () = tokio::time::sleep(GRACE) => tracing::warn!("requests were still open at the end of the grace time"),
    }
}
