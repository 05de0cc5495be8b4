//! hookline: an OCI punchout connector and procurement gateway.
//!
//! The map: `domain` decides, `wire` reads and writes formats (both pure); `store` keeps; `flow` is each step of the trade;
//! `einvoice` checks electronic invoices; `web` is HTTP; `outbound` is the one way out; `work` does what is owed later. `docs/ARCHITECTURE.md` tells the rest.

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod demo_data;
pub mod domain;
pub mod einvoice;
pub mod error;
pub mod flow;
pub mod invoice_check;
pub mod invoice_copy;
pub mod invoice_run;
pub mod limits;
pub mod log;
pub mod order_copy;
pub mod outbound;
pub mod packing_slip;
pub mod store;
pub mod text;
pub mod translate;
pub mod web;
pub mod wire;
pub mod work;

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::error::{Error, Result};

/// A fifth of the time of a request went into the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A running service.
pub struct Server {
    pub address: SocketAddr,
    pub app: Arc<App>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
    work: JoinHandle<()>,
    /// Held until the service has stopped.
    _alone: Option<std::fs::File>,
}

impl Server {
    /// Takes nothing new, finishes what it took, writes out, and returns.
    pub async fn stop(self) {
        let _nobody_listens = self.stop.send(true);
        let _ended = self.task.await;
        let _ended = self.work.await;
        self.app.store.close().await;
    }
}

/// One recorder of figures for the process; a second service in it (tests) shares it.
fn figures() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    let start = || {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::debug!("figures were being recorded already");
        }
        handle
    };
    HANDLE.get_or_init(start).clone()
}

/// Opens the store, brings the schema up to date, and serves.
pub async fn start(config: Config, clock: Clock) -> Result<Server> {
    start_after(config, clock, async |_, _| Ok(())).await
}

/// What a command works with: the store at the newest schema and everything over it, without listening and without the work in the
/// background, so that it may run beside a service on the same data.
pub async fn prepare(config: Config, clock: Clock) -> Result<Arc<App>> {
    config.validate()?;
    let store = store::Store::open(&config.data, config.database.as_deref()).await?;
    app(config, clock, store, false).await
}

/// Brings the schema up to date. `is_alone`: no other process writes what sessions remember.
async fn app(config: Config, clock: Clock, store: store::Store, is_alone: bool) -> Result<Arc<App>> {
    // One provider of cryptography for TLS in the process; a second service in it finds it installed.
    let _installed_before = rustls::crypto::ring::default_provider().install_default();
    store.migrate().await?;
    Ok(Arc::new(App {
        form_key: app::form_key(&store).await?,
        recorder: flow::recording::Recorder::start(store.clone())?,
        bookkeepers: flow::bookkeeper::Bookkeepers::start(store.clone(), clock.clone())?,
        sealer: flow::sealing::Sealer::new(config.sealing_keys.as_deref(), &config.data),
        clock,
        connections: app::Cache::default(),
        catalogues: app::Cache::default(),
        codes: app::Cache::default(),
        default_codings: app::Cache::default(),
        organisations: app::Cache::default(),
        callers: app::Cache::default(),
        askers: app::Cache::default(),
        shelves: web::shop::shelf::Shelves::default(),
        sessions: flow::sessions::Sessions::new(is_alone),
        failures: limits::Failures::default(),
        prover: flow::proving::Prover::default(),
        places: tokio::sync::Semaphore::new(config.requests_max),
        erp: web::pages::erp::Erp::default(),
        metrics: figures(),
        config,
        store,
    }))
}

/// The same as [`start`], with something done before the first request is answered; whoever calls meanwhile waits.
pub async fn start_after(config: Config, clock: Clock, first: impl AsyncFnOnce(&App, SocketAddr) -> Result<()>) -> Result<Server> {
    config.validate()?;
    let store = store::Store::open(&config.data, config.database.as_deref()).await?;
    let alone = store.be_alone()?;
    let app = app(config, clock, store, alone.is_some()).await?;
    let unusable = |error: std::io::Error| Error::Unavailable(format!("cannot listen on {}: {error}", app.config.listen));
    let listener = tokio::net::TcpListener::bind(&app.config.listen).await.map_err(unusable)?;
    let address = listener.local_addr().map_err(unusable)?;
    first(&app, address).await?;
    let (stop, stopped) = watch::channel(false);
    let work = tokio::spawn(work::run(app.clone(), stopped.clone()));
    let task = tokio::spawn(web::serve::run(listener, web::router(app.clone()), stopped));
    tracing::info!(%address, database = app.store.engine_name(), "listening");
    Ok(Server { address, app, stop, task, work, _alone: alone })
}
