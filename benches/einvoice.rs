//! How fast electronic invoices are checked, beside the reference validator in the same run: 200 files of the right structure, under the profile
//! they claim (median, percentile and ratio), and one invoice of 20 000 lines (time and memory against the size of the file). The reference
//! stays up and is asked twice, so that it is warm. Without `HOOKLINE_SHARED` there is nothing to check, and that is said.
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
const ROUNDS: usize = 2;
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

fn ours(files: &[PathBuf]) -> Duration {
    let read: Vec<Vec<u8>> = files.iter().map(|file| std::fs::read(file).expect("a file")).collect();
    let best = |bytes: &Vec<u8>| {
        let time = || {
            let started = Instant::now();
            std::hint::black_box(check(bytes, None, SENT).findings.len());
            started.elapsed()
        };
        (0..ROUNDS).map(|_| time()).min().unwrap_or_default()
    };
    std::hint::black_box(read.first().map(|bytes| check(bytes, None, SENT).accepted()));
    show("hookline", read.iter().map(best).collect())
}

/// What the reference says it took for each file, the second time it is asked; the better of that and the third.
fn reference(shared: &Path, files: &[PathBuf]) -> Option<Duration> {
    let mut child = Command::new(shared.join("tools/validate-einvoice/run"))
        .args(["--stdin", "--ids-only", "--no-text"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut names = child.stdin.take()?;
    let list: String = files.iter().map(|file| format!("{}\n", file.display())).collect();
    let writer = std::thread::spawn(move || names.write_all(list.repeat(3).as_bytes()));
    let output = child.wait_with_output().ok()?;
    writer.join().ok()?.ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let micros = |line: &str| {
        let answer: Value = serde_json::from_str(line).ok()?;
        let text = answer["ms"]["total"].to_string();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, "0"));
        Some(whole.parse::<u64>().ok()? * 1000 + format!("{fraction:0<3}")[..3].parse::<u64>().ok()?)
    };
    let times: Option<Vec<Duration>> = text.lines().map(|line| micros(line).map(Duration::from_micros)).collect();
    let times = times.filter(|times| times.len() == 3 * files.len())?;
    let warm = (files.len()..2 * files.len()).map(|at| times[at].min(times[at + files.len()])).collect();
    Some(show("reference validator", warm))
}

/// The highest memory of the process so far, in KiB.
fn memory_peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").trim().parse().unwrap_or(0)
}

/// The invoice with its first line so often.
fn long(file: &Path) -> Option<Vec<u8>> {
    let text = std::fs::read_to_string(file).ok()?;
    let (start, end) = (text.find("<cac:InvoiceLine>")?, text.find("</cac:InvoiceLine>")? + "</cac:InvoiceLine>".len());
    Some(format!("{}{}{}", &text[..start], text[start..end].repeat(LINES), &text[end..]).into_bytes())
}

fn main() {
    let Some(shared) = shared() else {
        return println!("left out: HOOKLINE_SHARED has no e-invoices, nothing was measured");
    };
    let files = files(&shared);
    println!("{} files, one thread", files.len());
    let median = ours(&files);
    match reference(&shared, &files) {
        Some(theirs) => println!("{:<24} {} times", "faster", theirs.as_nanos() / median.as_nanos().max(1)),
        None => println!("left out: the reference validator cannot be run (Python 3 with pip is needed)"),
    }
    let Some(bytes) = files.iter().find_map(|file| long(file)) else { return };
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
