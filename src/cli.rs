//! The command line: reads flags, calls `flow`, prints. Exit 0 done, 1 a finding, 2 wrong usage.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::clock::Clock;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::flow::applying;

#[derive(Parser)]
#[command(name = "hookline", version, about = "OCI punchout connector and procurement gateway", max_term_width = 110)]
struct Cli {
    #[command(flatten)]
    place: PlaceArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Args, Clone)]
struct PlaceArgs {
    /// Configuration file (TOML).
    #[arg(long, global = true, env = "HOOKLINE_CONFIG")]
    config: Option<PathBuf>,
    /// Data folder of the embedded database.
    #[arg(long, global = true, env = "HOOKLINE_DATA")]
    data: Option<PathBuf>,
    /// Address of a PostgreSQL server instead of the embedded database.
    #[arg(long, global = true, env = "HOOKLINE_DATABASE", hide_env_values = true)]
    database: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve until told to stop (SIGTERM, ctrl-C).
    #[command(after_help = "Example: hookline serve --listen 0.0.0.0:8080 --data /var/lib/hookline")]
    Serve {
        #[arg(long, env = "HOOKLINE_LISTEN")]
        listen: Option<String>,
        /// The address people and purchasing systems use.
        #[arg(long, env = "HOOKLINE_PUBLIC_URL")]
        public_url: Option<String>,
    },
    /// Show what a set-up file changes, then apply it whole or not at all.
    #[command(after_help = "Example: hookline apply --dry-run setup.toml")]
    Apply {
        file: PathBuf,
        /// Show the plan only.
        #[arg(long)]
        dry_run: bool,
    },
    /// Bring the schema up to date.
    Migrate,
}

fn config(place: &PlaceArgs) -> Result<Config> {
    let mut config = match &place.config {
        Some(path) => Config::from_file(path)?,
        None => Config::default(),
    };
    if let Some(data) = &place.data {
        config.data.clone_from(data);
    }
    if place.database.is_some() {
        config.database.clone_from(&place.database);
    }
    Ok(config)
}

/// Parses the arguments and runs; every error is printed once, here.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("hookline: {error}");
            return ExitCode::from(1);
        }
    };
    match runtime.block_on(command(cli)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("hookline: {error}");
            ExitCode::from(1)
        }
    }
}

async fn command(cli: Cli) -> Result<ExitCode> {
    let mut config = config(&cli.place)?;
    match cli.command {
        Command::Serve { listen, public_url } => {
            config.listen = listen.unwrap_or(config.listen);
            config.public_url = public_url.or(config.public_url);
            crate::log::start();
            serve(config).await
        }
        Command::Apply { file, dry_run } => apply(config, &file, dry_run).await,
        Command::Migrate => {
            let store = crate::store::Store::open(&config.data, config.database.as_deref()).await?;
            store.migrate().await?;
            println!("{}: up to date", store.engine_name());
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn serve(config: Config) -> Result<ExitCode> {
    let server = crate::start(config, Clock::system()).await?;
    println!("listening on http://{}", server.address);
    asked_to_stop().await?;
    server.stop().await;
    Ok(ExitCode::SUCCESS)
}

async fn asked_to_stop() -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).map_err(Error::internal)?;
    tokio::select! {
        _ = terminate.recv() => {}
        pressed = tokio::signal::ctrl_c() => pressed.map_err(Error::internal)?,
    }
    Ok(())
}

async fn apply(mut config: Config, file: &PathBuf, dry_run: bool) -> Result<ExitCode> {
    let text = std::fs::read_to_string(file).map_err(|error| Error::internal(format!("{}: {error}", file.display())))?;
    config.listen = "127.0.0.1:0".into();
    let server = crate::start(config, Clock::system()).await?;
    let outcome = if dry_run { applying::plan(&server.app, &text).await } else { applying::apply(&server.app, &text, "").await };
    let code = match outcome {
        Ok(plan) => {
            for (entry, what) in plan.steps.iter().filter(|(_, what)| *what != "same") {
                println!("{what} {entry}");
            }
            let verb = if dry_run { "would change" } else { "changed" };
            println!("{verb} {} of {} entries", plan.changes(), plan.steps.len());
            ExitCode::SUCCESS
        }
        Err(Error::Invalid(findings)) => {
            for finding in &findings.0 {
                println!("{}:{}: {}", file.display(), finding.line.unwrap_or(1), described(finding));
            }
            ExitCode::from(1)
        }
        Err(error) => return Err(error),
    };
    server.stop().await;
    Ok(code)
}

fn described(finding: &crate::domain::finding::Finding) -> String {
    let bare = crate::domain::finding::Finding { line: None, ..finding.clone() };
    crate::text::Texts(crate::domain::name::Language::En).finding(&bare)
}
