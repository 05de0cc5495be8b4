//! The checker beside documents that are made to take long or much: each is answered in time, and a long invoice needs memory in proportion to its
//! size. Says nothing of verdicts.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use hookline::einvoice::{Day, Profile, check};
use serde_json::Value;

use crate::receiving::DOC;

/// What one document may take: two seconds as the product is delivered, far more without optimisation on a machine that does other things too.
const PATIENCE: Duration = Duration::from_secs(if cfg!(debug_assertions) { 60 } else { 2 });

/// An invoice of the given content.
fn invoice(content: &str) -> String {
    let ubl = "urn:oasis:names:specification:ubl:schema:xsd";
    format!(
        "<Invoice xmlns=\"{ubl}:Invoice-2\" xmlns:cac=\"{ubl}:CommonAggregateComponents-2\" \
         xmlns:cbc=\"{ubl}:CommonBasicComponents-2\">{content}</Invoice>"
    )
}

/// Documents that are made to take long, by name.
pub fn hostile() -> Vec<(&'static str, String)> {
    let scheme = "<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>";
    let category = format!("<cbc:ID>S</cbc:ID><cbc:Percent>21</cbc:Percent>{scheme}");
    let line = format!(
        "<cac:InvoiceLine><cbc:LineExtensionAmount>1.00</cbc:LineExtensionAmount><cac:Item><cac:ClassifiedTaxCategory>{category}\
         </cac:ClassifiedTaxCategory></cac:Item></cac:InvoiceLine>"
    );
    let subtotal =
        format!("<cac:TaxSubtotal><cbc:TaxableAmount>1</cbc:TaxableAmount><cac:TaxCategory>{category}</cac:TaxCategory></cac:TaxSubtotal>");
    let charge = format!(
        "<cac:AllowanceCharge><cbc:ChargeIndicator>true</cbc:ChargeIndicator><cac:TaxCategory>{category}</cac:TaxCategory></cac:AllowanceCharge>"
    );
    let attributes: String = (0..60).map(|number| format!(" a{number}=\"b\"")).collect();
    let deep = |times: usize| format!("{}{}", "<cac:Party>".repeat(times), "</cac:Party>".repeat(times));
    vec![
        ("tiny elements", invoice(&"<cbc:Note/>".repeat(300_000))),
        ("unknown elements", invoice(&"<x/>".repeat(300_000))),
        ("many attributes", invoice(&format!("<cbc:ID{attributes}/>").repeat(5_000))),
        ("deep", invoice(&deep(60).repeat(2_000))),
        ("one huge text", invoice(&format!("<cbc:ID>{}</cbc:ID><cbc:Note>{}</cbc:Note>", " a".repeat(2_000_000), "#".repeat(4_000_000)))),
        (
            "huge currency",
            invoice(&format!(
                "<cbc:DocumentCurrencyCode>{}</cbc:DocumentCurrencyCode>{}",
                "E".repeat(1_000_000),
                "<cbc:PayableAmount currencyID=\"E\">1</cbc:PayableAmount>".repeat(2_000)
            )),
        ),
        (
            "huge number",
            invoice(&format!(
                "<cac:LegalMonetaryTotal><cbc:LineExtensionAmount>{}</cbc:LineExtensionAmount></cac:LegalMonetaryTotal>",
                "9".repeat(1_000_000)
            )),
        ),
        ("lines and subtotals", invoice(&format!("<cac:TaxTotal>{}</cac:TaxTotal>{}", subtotal.repeat(3_000), line.repeat(3_000)))),
        ("charges", invoice(&charge.repeat(15_000))),
        ("endpoints", invoice(&"<cac:Party><cbc:EndpointID schemeID=\"0088\">1</cbc:EndpointID></cac:Party>".repeat(50_000))),
    ]
}

#[test]
fn no_document_takes_long() {
    for (name, text) in hostile() {
        for profile in [Profile::Peppol, Profile::Nlcius] {
            let started = Instant::now();
            let report = check(text.as_bytes(), Some(profile), Day(2026, 11, 28));
            let took = started.elapsed();
            println!("{name}, {} KiB, {}: {took:.1?}", text.len() / 1024, profile.code());
            assert!(!report.accepted(), "{name}");
            assert!(took < PATIENCE, "{name}, {}: {took:.1?}", profile.code());
        }
    }
}

/// The most memory that a process has held, in KiB.
fn memory_peak(process: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("the process is there");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("its memory is told");
    line.trim().trim_end_matches(" kB").trim().parse().expect("a number")
}

/// Without white space, which is the worst that an honest invoice can be: nothing of it is free of nodes.
/// A process of its own, asked for a small invoice first, so that the rules are read: what a long one adds is counted.
#[test]
fn a_long_invoice_takes_five_times_its_size_at_most() {
    let folder = tempfile::tempdir().expect("a folder");
    let small = DOC.xml();
    let (start, end) = (small.find("<cac:InvoiceLine>").expect("a line"), small.find("</cac:InvoiceLine>").expect("a line") + 18);
    let long = format!("{}{}{}", &small[..start], small[start..end].repeat(10_000), &small[end..]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_hookline"))
        .args(["invoice", "check", "--stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut names = child.stdin.take().expect("an input");
    let mut answers = BufReader::new(child.stdout.take().expect("an output")).lines();
    let mut ask = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).expect("a file");
        writeln!(names, "{}", file.display()).expect("the name is taken");
        let answer = answers.next().expect("an answer").expect("text");
        serde_json::from_str::<Value>(&answer).expect("JSON")
    };
    assert_eq!(ask("small.xml", &small)["accept"], true);
    let before = memory_peak(child.id());
    assert_eq!(ask("long.xml", &long)["xsd"]["valid"], true);
    let extra = memory_peak(child.id()) - before;
    drop(names);
    child.wait().expect("the program ends");
    println!("{} KiB: {extra} KiB more", long.len() / 1024);
    assert!(extra < 5 * long.len() / 1024, "{extra} KiB more for {} KiB", long.len() / 1024);
}
