//! How fast electronic invoices are checked, beside the reference validator and two libraries in the same run: 200 files of the right structure,
//! under the profile they claim (median, percentile and ratio); an invoice of ten lines, written and checked; and one of 20 000 lines (time and
//! memory against the size of the file). The reference stays up and is asked once before, so that it is warm. Of the libraries it is said how often their
//! verdict is that of the reference, for a time says little without it. Without `HOOKLINE_SHARED` there is nothing to check, and that is said.
//!
//! `cargo bench --bench einvoice` (bounded: some 20 s)

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use hookline::einvoice::{Day, check};
use serde_json::Value;

const SENT: Day = Day(2026, 11, 28);
const FILES: usize = 200;
/// Each file is checked so often when warm, here and by the reference; the better time counts.
const ROUNDS: usize = 5;
const LINES: usize = 20_000;

fn shared() -> Option<PathBuf> {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let folder = std::env::var_os("HOOKLINE_SHARED").map_or_else(default, PathBuf::from);
    folder.join("data/einvoice/tests/index.jsonl").is_file().then_some(folder)
}

/// Files of the right structure that claim Peppol.
fn files(shared: &Path) -> Vec<PathBuf> {
    let tests = shared.join("data/einvoice/tests");
    let index = std::fs::read_to_string(tests.join("index.jsonl")).expect("index.jsonl");
    let cases = index.lines().map(|line| serde_json::from_str::<Value>(line).expect("a case"));
    let fits = cases.filter(|case| case["xsd_valid"] == true && case["profile"] == "peppol");
    fits.take(FILES).map(|case| tests.join(case["file"].as_str().expect("a file"))).collect()
}

fn show(name: &str, mut times: Vec<Duration>) -> Duration {
    times.sort();
    let (median, high) = (times[times.len() / 2], times[times.len() * 95 / 100]);
    println!("{name:<24} median {median:>10.1?}  p95 {high:>10.1?}");
    median
}

/// The best time for each file, and the median of them.
fn timed(name: &str, files: &[PathBuf], accepts: impl Fn(&[u8]) -> bool) -> Duration {
    let read: Vec<Vec<u8>> = files.iter().map(|file| std::fs::read(file).expect("a file")).collect();
    let best = |bytes: &Vec<u8>| {
        let time = || {
            let started = Instant::now();
            std::hint::black_box(accepts(bytes));
            started.elapsed()
        };
        (0..ROUNDS).map(|_| time()).min().unwrap_or_default()
    };
    // A round to warm up, as the reference has one.
    for bytes in &read {
        std::hint::black_box(accepts(bytes));
    }
    show(name, read.iter().map(best).collect())
}

/// Whether `core-invoice` takes a document; one that it cannot read it does not take.
fn core_invoice(bytes: &[u8]) -> bool {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    core_invoice_formats::validate_xml(text, None).is_ok_and(|report| report.ok())
}

/// Whether `en16931` does, as an invoice of Peppol.
fn en16931(bytes: &[u8]) -> bool {
    let read = en16931_formats::read(bytes);
    read.is_ok_and(|read| en16931::profiles::PEPPOL_BIS_3.validate(&read.invoice).is_valid())
}

/// On how many of the files a verdict is that of the reference.
fn agreeing(shared: &Path, files: &[PathBuf], accepts: impl Fn(&[u8]) -> bool) -> usize {
    let tests = shared.join("data/einvoice/tests");
    let index = std::fs::read_to_string(tests.join("index.jsonl")).expect("index.jsonl");
    let cases = index.lines().map(|line| serde_json::from_str::<Value>(line).expect("a case"));
    let of_reference = cases.filter_map(|case| Some((tests.join(case["file"].as_str()?), case["accept"].as_bool()?)));
    let verdicts: std::collections::BTreeMap<PathBuf, bool> = of_reference.collect();
    files.iter().filter(|file| verdicts.get(*file) == Some(&accepts(&std::fs::read(file).expect("a file")))).count()
}

/// What the reference says it took for each file, once it is warm; the best of as many times as here. `part` is `total` or `rules`.
fn reference(shared: &Path, files: &[PathBuf], part: &str) -> Option<Duration> {
    let mut child = Command::new(shared.join("tools/validate-einvoice/run"))
        .args(["--stdin", "--ids-only", "--no-text"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut names = child.stdin.take()?;
    let list: String = files.iter().map(|file| format!("{}\n", file.display())).collect();
    let writer = std::thread::spawn(move || names.write_all(list.repeat(ROUNDS + 1).as_bytes()));
    let output = child.wait_with_output().ok()?;
    writer.join().ok()?.ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let micros = |line: &str| {
        let answer: Value = serde_json::from_str(line).ok()?;
        let text = answer["ms"][part].to_string();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, "0"));
        Some(whole.parse::<u64>().ok()? * 1000 + format!("{fraction:0<3}")[..3].parse::<u64>().ok()?)
    };
    let times: Option<Vec<Duration>> = text.lines().map(|line| micros(line).map(Duration::from_micros)).collect();
    let times = times.filter(|times| times.len() == (ROUNDS + 1) * files.len())?;
    // The first round warms it up.
    let best = |at: usize| (1..=ROUNDS).map(|round| times[round * files.len() + at]).min().unwrap_or_default();
    let warm = (0..files.len()).map(best).collect();
    Some(show(&format!("reference, {part}"), warm))
}

/// The highest memory of the process so far, in KiB.
fn memory_peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").trim().parse().unwrap_or(0)
}

/// Ten lines, written and checked, beside what the rules alone take the reference.
fn ten_lines(shared: &Path, files: &[PathBuf]) {
    let read = |file: &PathBuf| hookline::wire::ubl::read::read(std::str::from_utf8(&with_lines(file, 10)?).ok()?);
    let Some(invoice) = files.iter().find_map(read) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ten.xml");
    std::fs::write(&file, hookline::wire::ubl::write(&invoice)).expect("a file");
    let time = |_| {
        let started = Instant::now();
        std::hint::black_box(check(hookline::wire::ubl::write(&invoice).as_bytes(), None, SENT).findings.len());
        started.elapsed()
    };
    let ours = show("10 lines, written too", (0..200).map(time).collect());
    if let Some(theirs) = reference(shared, &[file], "rules") {
        println!("{:<24} {} times", "faster", theirs.as_nanos() / ours.as_nanos().max(1));
    }
}

/// The invoice with its first line so often.
fn with_lines(file: &Path, lines: usize) -> Option<Vec<u8>> {
    let text = std::fs::read_to_string(file).ok()?;
    let (start, end) = (text.find("<cac:InvoiceLine>")?, text.find("</cac:InvoiceLine>")? + "</cac:InvoiceLine>".len());
    Some(format!("{}{}{}", &text[..start], text[start..end].repeat(lines), &text[end..]).into_bytes())
}

fn main() {
    let Some(shared) = shared() else {
        return println!("left out: HOOKLINE_SHARED has no e-invoices, nothing was measured");
    };
    let files = files(&shared);
    println!("{} files, one thread", files.len());
    let median = timed("hookline", &files, |bytes| check(bytes, None, SENT).accepted());
    for (name, accepts) in [("core-invoice", core_invoice as fn(&[u8]) -> bool), ("en16931", en16931)] {
        timed(name, &files, accepts);
        println!("{name:<24} its verdict is that of the reference for {} of {}", agreeing(&shared, &files, accepts), files.len());
    }
    let same = agreeing(&shared, &files, |bytes| check(bytes, None, SENT).accepted());
    println!("{:<24} its verdict is that of the reference for {same} of {}", "hookline", files.len());
    match reference(&shared, &files, "total") {
        Some(theirs) => println!("{:<24} {} times", "faster", theirs.as_nanos() / median.as_nanos().max(1)),
        None => println!("left out: the reference validator cannot be run (Python 3 with pip is needed)"),
    }
    ten_lines(&shared, &files);
    let Some(bytes) = files.iter().find_map(|file| with_lines(file, LINES)) else { return };
    let before = memory_peak();
    let time = |_| {
        let started = Instant::now();
        std::hint::black_box(check(&bytes, None, SENT).findings.len());
        started.elapsed()
    };
    let times: Vec<Duration> = (0..5).map(time).collect();
    let extra = memory_peak().saturating_sub(before);
    println!("{LINES} lines: {} KiB, best {:.1?}, extra memory {extra} KiB", bytes.len() / 1024, times.iter().min().unwrap_or(&Duration::ZERO));
}
