//! The command line: reads flags, calls `flow`, prints. Exit 0 done, 1 a finding, 2 wrong usage.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::clock::Clock;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::flow::playing::Stage;
use crate::flow::{applying, verifying};
use crate::store::Store;
use crate::wire::scenario::{Case, What};
use crate::work::parked::{self, Parked};

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
    /// Move an installation from the data folder to an empty PostgreSQL database, kept there only when every row equals its original.
    #[command(
        after_help = "Example: hookline copy --data /var/lib/hookline --database postgres://hookline@db.example/hookline\nStop the gateway first. The data folder stays as it is; a copy that fails or is stopped leaves no row behind."
    )]
    Copy,
    /// The whole product on made-up data: a virtual purchasing system stands at /.
    #[command(after_help = "Example: hookline demo --headless")]
    Demo {
        #[arg(long, default_value = "127.0.0.1:8080")]
        listen: String,
        /// Walk the whole trip, print the documents, succeed only when the invoice was matched.
        #[arg(long)]
        headless: bool,
    },
    /// Play scenario files for budgets and orders through the real commands on a throw-away database.
    #[command(
        after_help = "Example: hookline rehearse policy.json --repeat 50\nWith --database the scenarios are played on that server, in a schema of their own that is dropped afterwards."
    )]
    Rehearse {
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// How often each case with commands at once is played.
        #[arg(long, default_value_t = 1)]
        repeat: u32,
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Prove the books from the journal: chain, legs, totals, positions; name the first entry that is wrong.
    #[command(after_help = "Example: hookline verify --tenant library --format json")]
    Verify {
        /// One buyer; all without it.
        #[arg(long)]
        tenant: Option<String>,
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Electronic invoices.
    Invoice {
        #[command(subcommand)]
        command: InvoiceCommand,
    },
    /// A document of one format as one of another, with what is lost; nothing is booked or sent.
    #[command(
        after_help = "Examples: hookline translate --from cxml.PunchOutOrderMessage --into oci.return cart.xml\nhookline translate --from cxml.OrderRequest --into peppol.Order --buyer 0192:987654325:Kommune:NO --seller 0088:7300010000001:Shop:NO order.xml"
    )]
    Translate {
        file: PathBuf,
        #[arg(long)]
        from: String,
        #[arg(long)]
        into: String,
        /// Digits of PRICEUNIT at the receiver.
        #[arg(long, default_value_t = 5)]
        digits: u32,
        /// Electronic address, name and country of the buyer: scheme:number:name:country.
        #[arg(long, default_value = "")]
        buyer: String,
        /// The same of the supplier.
        #[arg(long, default_value = "")]
        seller: String,
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Import articles from a CSV file, all or none.
    #[command(
        after_help = "Example: hookline import articles.csv --catalogue main\nColumns are the words of [[article]] in a set-up file; description_nl and so on for languages."
    )]
    Import {
        file: PathBuf,
        #[arg(long)]
        catalogue: String,
    },
    /// Write the set-up back as a file for apply, without secrets.
    Export {
        /// The file to write; standard output without it.
        file: Option<PathBuf>,
    },
    /// List messages and jobs that were tried often enough and wait for a person; let one be tried again, or give a message up.
    #[command(after_help = "Example: hookline parked --again expire-evidence/2026-11-22T03 --tenant library")]
    Parked {
        /// The id of the one to try again.
        #[arg(long)]
        again: Option<String>,
        /// The id of the message to give up: it is never sent, and what waits behind it has its turn.
        #[arg(long, conflicts_with = "again", requires = "why")]
        give_up: Option<String>,
        /// Why it is given up, for whoever looks at its order.
        #[arg(long, requires = "give_up")]
        why: Option<String>,
        /// Its tenant, when several have the id; empty for the installation's own.
        #[arg(long)]
        tenant: Option<String>,
    },
    /// Set a person's password, read from standard input, or close the account.
    User {
        sign_in: String,
        /// Close the account and end its sign-ins.
        #[arg(long)]
        close: bool,
    },
}

/// What is done with invoices.
#[derive(Subcommand)]
enum InvoiceCommand {
    /// Say of electronic invoices what the official rules say: structure of UBL, EN 16931, Peppol BIS, NLCIUS.
    #[command(
        after_help = "Example: hookline invoice check --format json invoice.xml\nProfiles: auto (what the document claims), en16931, peppol, peppol-sb, nlcius, nlcius-gaccount, none;\nof ordering: peppol-order, -order-change, -order-cancellation, -order-response, -order-response-advanced, -order-agreement, -despatch-advice, -punch-out."
    )]
    Check {
        #[arg(required_unless_present = "stdin")]
        files: Vec<PathBuf>,
        #[arg(long, default_value = "auto")]
        profile: String,
        /// The day of sending, which chooses the release of the rules; today without it.
        #[arg(long)]
        sent: Option<String>,
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
        /// One JSON object to a line, as files are done.
        #[arg(long)]
        json_lines: bool,
        /// Read names of files from standard input, one to a line (FILE or FILE<TAB>PROFILE), and answer each at once; implies --json-lines.
        #[arg(long)]
        stdin: bool,
    },
    /// Invoice everything that a supplier shipped until a day, by the terms of each customer; or show what that would be.
    #[command(after_help = "Example: hookline invoice run --supplier acme --until 2026-03-31 --preview")]
    Run {
        /// The supplier who invoices.
        #[arg(long)]
        supplier: String,
        /// What was shipped until this day; today without it.
        #[arg(long)]
        until: Option<String>,
        /// Only these customers.
        #[arg(long)]
        customer: Vec<String>,
        /// The same id again is the same run.
        #[arg(long)]
        id: Option<String>,
        #[arg(long)]
        preview: bool,
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
}

/// For people, or for programs.
#[derive(Clone, Copy, PartialEq, clap::ValueEnum)]
pub enum Format {
    Text,
    Json,
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
    // It needs no configuration, no database and nobody to wait for.
    if let Command::Invoice { command: InvoiceCommand::Check { files, profile, sent, format, json_lines, stdin } } = cli.command {
        return crate::invoice_check::run(&crate::invoice_check::Request { files, profile, sent, format, json_lines, stdin });
    }
    if let Command::Translate { file, from, into, digits, buyer, seller, format } = cli.command {
        return crate::translate::run(&crate::translate::Asked { from, into, digits, buyer, seller }, &file, format);
    }
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

/// Whether it begins an installation, or needs none. All others work on one: a folder named by mistake must not become one.
fn may_begin(command: &Command) -> bool {
    use Command::{Apply, Copy, Demo, Migrate, Rehearse, Serve, Translate};
    matches!(
        command,
        Serve { .. }
            | Demo { .. }
            | Apply { .. }
            | Migrate
            | Copy
            | Rehearse { .. }
            | Translate { .. }
            | Command::Invoice { command: InvoiceCommand::Check { .. } }
    )
}

async fn command(cli: Cli) -> Result<ExitCode> {
    let mut config = config(&cli.place)?;
    if !may_begin(&cli.command) && config.database.is_none() {
        Store::must_be_in(&config.data)?;
    }
    match cli.command {
        Command::Serve { listen, public_url } => {
            config.listen = listen.unwrap_or(config.listen);
            config.public_url = public_url.or(config.public_url);
            crate::log::start();
            serve(config).await
        }
        Command::Demo { listen, headless } => demo(config, listen, headless).await,
        Command::Invoice { command: InvoiceCommand::Check { files, profile, sent, format, json_lines, stdin } } => {
            Ok(crate::invoice_check::run(&crate::invoice_check::Request { files, profile, sent, format, json_lines, stdin }))
        }
        Command::Invoice { command: InvoiceCommand::Run { supplier, until, customer, id, preview, format } } => {
            let asked = crate::invoice_run::Asked { supplier, until, customers: customer, id, preview, format };
            crate::invoice_run::run(config, &asked).await
        }
        Command::Translate { file, from, into, digits, buyer, seller, format } => {
            Ok(crate::translate::run(&crate::translate::Asked { from, into, digits, buyer, seller }, &file, format))
        }
        Command::Import { file, catalogue } => import(config, &file, &catalogue).await,
        Command::Export { file } => export(config, file).await,
        Command::Parked { again: Some(id), tenant, .. } => parked(config, "tried again", &id, tenant, None).await,
        Command::Parked { give_up: Some(id), why, tenant, .. } => parked(config, "given up", &id, tenant, why).await,
        Command::Parked { tenant, .. } => all_parked(config, tenant).await,
        Command::User { sign_in, close } => user(config, &sign_in, close).await,
        Command::Apply { file, dry_run } => apply(config, &file, dry_run).await,
        Command::Copy => copy(config).await,
        Command::Rehearse { files, repeat, format } => rehearse(config, &files, repeat, format).await,
        Command::Verify { tenant, format } => verify(config, tenant.as_deref(), format).await,
        Command::Migrate => {
            let store = Store::open(&config.data, config.database.as_deref()).await?;
            store.migrate().await?;
            println!("{}: up to date", store.engine_name());
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// The demo's data lives in a folder of its own that is made anew each time.
async fn demo(mut config: Config, listen: String, headless: bool) -> Result<ExitCode> {
    let folder = std::env::temp_dir().join(format!("hookline-demo-{}", std::process::id()));
    config.data.clone_from(&folder);
    // Made-up data never goes into somebody's server, whatever the environment says.
    config.database = None;
    config.listen = if headless { "127.0.0.1:0".into() } else { listen };
    let server = crate::demo::start(config).await?;
    let outcome = if headless {
        crate::demo::walk(&server).await
    } else {
        println!("open http://localhost:{}/ and play the buyer; stop with ctrl-C", server.address.port());
        asked_to_stop().await
    };
    server.stop().await;
    if let Err(error) = std::fs::remove_dir_all(&folder) {
        eprintln!("hookline: {}: {error}", folder.display());
    }
    outcome.map(|()| ExitCode::SUCCESS)
}

async fn import(config: Config, file: &PathBuf, catalogue: &str) -> Result<ExitCode> {
    let text = std::fs::read_to_string(file).map_err(|error| Error::internal(format!("{}: {error}", file.display())))?;
    let app = crate::prepare(config, Clock::system()).await?;
    let outcome = crate::flow::stocking::import(&app, catalogue, &text).await;
    app.store.close().await;
    match outcome {
        Ok(done) => {
            println!("{} created, {} changed, {} the same", done.created, done.changed, done.same);
            Ok(ExitCode::SUCCESS)
        }
        Err(Error::Invalid(findings)) => Ok(print_findings(file, &findings)),
        Err(error) => Err(error),
    }
}

/// One mistake a line, with file and line, as compilers print them.
fn print_findings(file: &std::path::Path, findings: &crate::domain::finding::Findings) -> ExitCode {
    for finding in &findings.0 {
        println!("{}:{}: {}", file.display(), finding.line.unwrap_or(1), described(finding));
    }
    ExitCode::from(1)
}

async fn export(config: Config, file: Option<PathBuf>) -> Result<ExitCode> {
    let app = crate::prepare(config, Clock::system()).await?;
    let text = crate::flow::exporting::export(&app).await;
    app.store.close().await;
    match file {
        Some(path) => std::fs::write(&path, text?).map_err(|error| Error::internal(format!("{}: {error}", path.display())))?,
        None => print!("{}", text?),
    }
    Ok(ExitCode::SUCCESS)
}

/// The password comes from standard input, so that it stands in no list of processes and no history.
async fn user(config: Config, sign_in: &str, close: bool) -> Result<ExitCode> {
    let app = crate::prepare(config, Clock::system()).await?;
    let outcome = if close {
        crate::flow::signing::close_account(&app, sign_in).await
    } else {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map_err(Error::internal)?;
        crate::flow::signing::set_password(&app, sign_in, line.trim_end_matches(['\r', '\n'])).await
    };
    app.store.close().await;
    match outcome {
        Ok(()) => {
            println!("{sign_in}: {}", if close { "closed" } else { "password set, all sign-ins ended" });
            Ok(ExitCode::SUCCESS)
        }
        Err(Error::Invalid(findings)) => {
            for finding in &findings.0 {
                eprintln!("{}", described(finding));
            }
            Ok(ExitCode::from(1))
        }
        Err(error) => Err(error),
    }
}

async fn copy(config: Config) -> Result<ExitCode> {
    let Some(address) = config.database.filter(|address| Store::is_address(address)) else {
        eprintln!("hookline: copy needs --database postgres://… to copy to");
        return Ok(ExitCode::from(2));
    };
    let copied = crate::flow::copying::copy(&config.data, &address).await?;
    for table in &copied {
        println!("{:>10} {}", table.rows, table.table);
    }
    let rows: u64 = copied.iter().map(|table| table.rows).sum();
    println!("{rows:>10} rows of {} tables copied and compared: all equal", copied.len());
    Ok(ExitCode::SUCCESS)
}

/// One line for each case, with the first difference.
async fn rehearse(config: Config, files: &[PathBuf], repeat: u32, format: Format) -> Result<ExitCode> {
    let mut cases = Vec::new();
    for file in files {
        let text = tokio::fs::read(file).await.map_err(|e| Error::not_found("file", format!("{}: {e}", file.display())))?;
        match crate::wire::scenario::read(&text) {
            Ok(read) => cases.extend(read),
            Err(error) => {
                eprintln!("hookline: {}: {error}", file.display());
                return Ok(ExitCode::from(1));
            }
        }
    }
    const NAME: &str = "hookline_rehearsal";
    let folder = std::env::temp_dir().join(format!("hookline-rehearsal-{}", std::process::id()));
    let store = Store::apart(&folder, config.database.as_deref(), NAME).await?;
    let outcome = play(&store, &cases, repeat, format).await;
    let removed = store.remove_apart(NAME).await;
    // A folder that was never made need not be taken away.
    let _gone = tokio::fs::remove_dir_all(&folder).await;
    let failed = outcome?;
    removed?;
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Plays every case and prints its line; how many failed.
async fn play(store: &Store, cases: &[Case], repeat: u32, format: Format) -> Result<usize> {
    let stage = Stage::on(store.clone()).await?;
    let mut failed = 0;
    for (at, case) in cases.iter().enumerate() {
        let at_once = case.steps.iter().any(|step| matches!(step.what, What::Parallel { .. }));
        let mut difference = None;
        for time in 0..if at_once { repeat.max(1) } else { 1 } {
            difference = stage.play(case, &format!("case-{at}-{time}")).await?;
            if difference.is_some() {
                break;
            }
        }
        failed += usize::from(difference.is_some());
        match (format, &difference) {
            (Format::Json, _) => println!("{}", serde_json::json!({"case": case.id, "ok": difference.is_none(), "difference": difference})),
            (Format::Text, None) => println!("ok    {}  {}", case.id, case.title),
            (Format::Text, Some(difference)) => println!("FAIL  {}  {difference}", case.id),
        }
    }
    if format == Format::Text {
        println!("{} cases on {}, {failed} failed", cases.len(), store.engine_name());
    }
    Ok(failed)
}

async fn verify(config: Config, tenant: Option<&str>, format: Format) -> Result<ExitCode> {
    let store = Store::open(&config.data, config.database.as_deref()).await?;
    store.must_be_current().await?;
    let reports = verifying::verify(&store, tenant).await;
    store.close().await;
    let reports = reports?;
    for report in &reports {
        let millis = report.took.as_millis();
        if format == Format::Json {
            let text = serde_json::json!({
                "tenant": report.tenant, "entries": report.entries, "legs": report.legs,
                "milliseconds": u64::try_from(millis).unwrap_or(u64::MAX), "wrong": report.wrong,
            });
            println!("{text}");
            continue;
        }
        let verdict = if report.wrong.is_empty() { "proven" } else { "WRONG" };
        println!("{}: {verdict}, {} entries, {} legs, {millis} ms", report.tenant, report.entries, report.legs);
        for wrong in &report.wrong {
            println!("  {wrong}");
        }
    }
    Ok(if reports.iter().all(|report| report.wrong.is_empty()) { ExitCode::SUCCESS } else { ExitCode::from(1) })
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

async fn apply(config: Config, file: &PathBuf, dry_run: bool) -> Result<ExitCode> {
    let text = std::fs::read_to_string(file).map_err(|error| Error::internal(format!("{}: {error}", file.display())))?;
    let app = crate::prepare(config, Clock::system()).await?;
    let outcome = if dry_run { applying::plan(&app, &text).await } else { applying::apply(&app, &text, "").await };
    let code = match outcome {
        Ok(plan) => {
            for (entry, what) in plan.steps.iter().filter(|(_, what)| *what != "same") {
                println!("{what} {entry}");
            }
            let verb = if dry_run { "would change" } else { "changed" };
            println!("{verb} {} of {} entries", plan.changes(), plan.steps.len());
            ExitCode::SUCCESS
        }
        Err(Error::Invalid(findings)) => print_findings(file, &findings),
        Err(error) => return Err(error),
    };
    app.store.close().await;
    Ok(code)
}

fn described(finding: &crate::domain::finding::Finding) -> String {
    let bare = crate::domain::finding::Finding { line: None, ..finding.clone() };
    crate::text::Texts(crate::domain::name::Language::En).finding(&bare)
}

async fn parked(config: Config, done: &str, id: &str, tenant: Option<String>, why: Option<String>) -> Result<ExitCode> {
    let store = Store::open(&config.data, config.database.as_deref()).await?;
    store.migrate().await?;
    let (tenant, now) = (tenant.as_deref(), Clock::system().now());
    let one = match why {
        None => parked::again(&store, id, tenant, now).await?,
        Some(why) => parked::give_up(&store, id, tenant, &why, now).await?,
    };
    println!("{done}: {}", parked_line(&one));
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

async fn all_parked(config: Config, tenant: Option<String>) -> Result<ExitCode> {
    let store = Store::open(&config.data, config.database.as_deref()).await?;
    store.migrate().await?;
    let all: Vec<Parked> =
        parked::list(&store).await?.into_iter().filter(|one| tenant.as_deref().is_none_or(|tenant| one.tenant == tenant)).collect();
    for one in &all {
        println!("{}", parked_line(one));
    }
    println!("{} parked", all.len());
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

fn parked_line(p: &Parked) -> String {
    let behind = if p.behind == 0 { String::new() } else { format!(" ({} wait behind it)", p.behind) };
    format!("{} {} of {}: {}, tried {} times: {}{behind}", p.sort, p.id, owner(&p.tenant), p.what, p.attempts, p.reason)
}

fn owner(tenant: &str) -> &str {
    if tenant.is_empty() { "the installation" } else { tenant }
}
