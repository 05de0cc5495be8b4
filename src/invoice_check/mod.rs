//! `hookline invoice check`: reads files, has each checked, prints what was found. The words of the JSON are those of the reference validator of
//! electronic invoices, so that its users need learn nothing. Decides nothing itself; opens no database.

mod json;

use std::io::{BufRead, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use serde_json::Value;

pub use json::{ReportJson, report_json, short_report_json, unreadable_json};

use crate::cli::Format;
use crate::clock::Clock;
use crate::einvoice::{BYTES_MAX, Day, Profile, Report, check};

/// What a file came to.
enum Outcome {
    Checked(Box<Report>, u128),
    Unreadable(String),
}

/// What was asked for.
pub struct Request {
    pub files: Vec<PathBuf>,
    pub profile: String,
    /// The day of sending, today without it.
    pub sent: Option<String>,
    pub format: Format,
    /// One JSON object to a line, as files are done.
    pub json_lines: bool,
    /// Names of further files come from standard input; each is answered at once.
    pub stdin: bool,
}

/// The profile of a name; `auto` is the one that a document claims.
///
/// # Errors
/// When there is none of that name: which there are.
pub fn profile_named(name: &str) -> Result<Option<Profile>, String> {
    match name {
        "auto" => Ok(None),
        name => Profile::named(name).map(Some).ok_or_else(|| format!("auto, {}", Profile::ALL.map(Profile::code).join(", "))),
    }
}

/// How answers leave: as text, as lines, or together as one array at the end.
enum Printer {
    Text,
    Lines,
    Array(Vec<Value>),
}

impl Printer {
    fn of(request: &Request) -> Printer {
        match (request.json_lines || request.stdin, request.format) {
            (true, _) => Printer::Lines,
            (false, Format::Json) => Printer::Array(Vec::new()),
            (false, Format::Text) => Printer::Text,
        }
    }

    fn take(&mut self, file: &Path, outcome: &Outcome) {
        match self {
            Printer::Text => print_text(file, outcome),
            Printer::Lines => print_line(file, outcome),
            Printer::Array(all) => all.push(as_json(file, outcome)),
        }
    }

    fn end(self) {
        if let Printer::Array(all) = self {
            println!("{:#}", Value::Array(all));
        }
    }
}

/// Exit 0 when all are accepted, 1 when one is not, 2 when one cannot be read or the question is wrong.
pub fn run(request: &Request) -> ExitCode {
    let profile = match profile_named(&request.profile) {
        Ok(profile) => profile,
        Err(known) => return wrong(&format!("there is no profile {}; there are {known}", request.profile)),
    };
    let day = match &request.sent {
        None => Day::parse(&Clock::system().now().date()),
        Some(text) => Day::parse(text),
    };
    let Some(day) = day else { return wrong("a day of sending is written like 2026-08-17") };
    let mut printer = Printer::of(request);
    let mut code = 0;
    for file in &request.files {
        code = code.max(answer(&mut printer, file, profile, day));
    }
    if request.stdin {
        match answer_lines(&mut printer, profile, day) {
            Ok(of_lines) => code = code.max(of_lines),
            Err(trouble) => return wrong(&trouble),
        }
    }
    printer.end();
    ExitCode::from(code)
}

fn wrong(what: &str) -> ExitCode {
    eprintln!("hookline: {what}");
    ExitCode::from(2)
}

/// Checks one file and prints the answer.
fn answer(printer: &mut Printer, file: &Path, profile: Option<Profile>, day: Day) -> u8 {
    let outcome = outcome(file, profile, day);
    printer.take(file, &outcome);
    match &outcome {
        Outcome::Checked(report, _) => u8::from(!report.accepted()),
        Outcome::Unreadable(_) => 2,
    }
}

/// A line is the name of a file, perhaps a tab and a profile. Stops at a profile that is none.
fn answer_lines(printer: &mut Printer, profile: Option<Profile>, day: Day) -> Result<u8, String> {
    let mut code = 0;
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|error| error.to_string())?;
        let (name, asked) = line.split_once('\t').unwrap_or((&line, ""));
        if name.is_empty() {
            continue;
        }
        let profile = if asked.is_empty() {
            profile
        } else {
            profile_named(asked).map_err(|known| format!("there is no profile {asked}; there are {known}"))?
        };
        code = code.max(answer(printer, Path::new(name), profile, day));
    }
    Ok(code)
}

fn outcome(file: &Path, profile: Option<Profile>, day: Day) -> Outcome {
    let started = Instant::now();
    match read(file) {
        Ok(bytes) => Outcome::Checked(Box::new(check(&bytes, profile, day)), started.elapsed().as_micros()),
        Err(error) => Outcome::Unreadable(error.to_string()),
    }
}

/// A file that is too large is not read further than shows it.
fn read(file: &Path) -> std::io::Result<Vec<u8>> {
    let file = std::fs::File::open(file)?;
    let size = file.metadata()?.len().min(BYTES_MAX as u64 + 1);
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
    file.take(BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn as_json(file: &Path, outcome: &Outcome) -> Value {
    let name = file.display().to_string();
    match outcome {
        Outcome::Unreadable(message) => unreadable_json(&name, message),
        Outcome::Checked(report, micros) => report_json(&name, report, *micros),
    }
}

/// The same as one line, written as it is made: a report may have as many findings as the document has lines.
fn print_line(file: &Path, outcome: &Outcome) {
    let mut out = BufWriter::new(std::io::stdout().lock());
    let written = match outcome {
        Outcome::Checked(report, micros) => {
            let told = ReportJson { name: &file.display().to_string(), report, micros: *micros, findings_max: usize::MAX };
            serde_json::to_writer(&mut out, &told).map_err(std::io::Error::from)
        }
        Outcome::Unreadable(_) => write!(out, "{}", as_json(file, outcome)),
    };
    if let Err(error) = written.and_then(|()| writeln!(out)).and_then(|()| out.flush()) {
        eprintln!("hookline: {error}");
    }
}

fn print_text(file: &Path, outcome: &Outcome) {
    let report = match outcome {
        Outcome::Unreadable(message) => return println!("{}: cannot be read: {message}", file.display()),
        Outcome::Checked(report, _) => report,
    };
    let verdict = if report.accepted() { "accepted" } else { "refused" };
    let releases = report.releases.iter().map(|release| format!("{} {}", release.set.code(), release.version)).collect::<Vec<_>>().join(", ");
    let profile = report.profile.map_or("no profile", Profile::code);
    println!("{}: {verdict}, {profile}{}{releases}", file.display(), if releases.is_empty() { "" } else { ": " });
    if let Some(later) = &report.later {
        println!("  from {}    {}", later.since, if later.accepted { "accepted" } else { "refused" });
    }
    if let Some(refusal) = &report.refusal {
        println!("  not read     {refusal}");
    }
    if report.refusal.is_none() && report.departures.is_none() {
        println!("  structure    there is none for {}", report.root.as_deref().unwrap_or_default());
    }
    for departure in report.departures.iter().flatten() {
        println!("  structure    line {}: {} {} at {}", departure.line, departure.what.code(), departure.name, departure.place);
    }
    for unanswered in &report.unanswered {
        println!("  no answer    {}: {}", unanswered.set.code(), json::told(unanswered));
    }
    for finding in &report.findings {
        println!("  {:<12} line {}: {} at {}", finding.flag.code(), finding.line, finding.id, finding.place);
        if !finding.terms.is_empty() {
            println!("               {}", json::about(finding));
        }
    }
}
