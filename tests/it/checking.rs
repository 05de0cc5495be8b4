//! The checker of e-invoices as others meet it: over the API, on the page, on the command line. Which rules are violated is written down here from
//! the rules; that the checker as a whole agrees with the official one is the subject of `einvoice_cases`.

use std::io::Write;
use std::process::{Command, Stdio};

use hookline::einvoice::rules::{Flag, RuleSet};
use hookline::einvoice::{Day, Profile, Release, Releases, Set, check_by};
use serde_json::{Value, json};

use crate::on_both_engines;
use crate::receiving::DOC;
use crate::setup::WORLD;
use crate::support::Engine;
use crate::support::gateway::{Api, Gateway};
use crate::support::http::Request;

on_both_engines! {
    the_api_gives_a_verdict_whatever_comes,
    anybody_checks_on_the_page_in_their_language,
    the_page_is_bounded,
}

/// A form with a file or texts, as a browser sends it.
pub fn form(fields: &[(&str, &str)]) -> Request {
    let part = |(name, value): &(&str, &str)| {
        let file = if *name == "file" { "; filename=\"invoice.xml\"\r\nContent-Type: text/xml" } else { "" };
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{value}\r\n")
    };
    let body = fields.iter().map(part).collect::<String>() + "--b--\r\n";
    Request::new("POST", "/check").header("Content-Type", "multipart/form-data; boundary=b").body(body)
}

/// The right document, with a number that is missing, an amount that does not follow, a code that is none, decimals that are too many, an
/// element without a value, and one in the wrong place.
pub fn spoiled() -> String {
    let right = DOC.xml();
    let changes = [
        ("<cbc:ID>F-2026-1</cbc:ID>", ""),
        ("<cbc:PayableAmount currencyID=\"EUR\">21.80", "<cbc:PayableAmount currencyID=\"EUR\">12.80"),
        ("unitCode=\"H87\"", "unitCode=\"PIECE\""),
        (
            "<cbc:LineExtensionAmount currencyID=\"EUR\">20.00</cbc:LineExtensionAmount><cbc:TaxExclusive",
            "<cbc:LineExtensionAmount currencyID=\"EUR\">20.000</cbc:LineExtensionAmount><cbc:TaxExclusive",
        ),
        (
            "<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>",
            "<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode><cbc:CopyIndicator>false</cbc:CopyIndicator>",
        ),
    ];
    changes.iter().fold(right, |text, (old, new)| {
        assert!(text.contains(old), "{old} in {text}");
        text.replacen(old, new, 1)
    })
}

fn words(value: &Value) -> Vec<&str> {
    value.as_array().expect("a list").iter().map(|word| word.as_str().expect("a word")).collect()
}

async fn the_api_gives_a_verdict_whatever_comes(engine: Engine) {
    let gateway = Gateway::with(engine, WORLD).await;
    let mut desk = Api::signed_in(gateway.address, "desk@acme.example", "Desk-password-12").await.expect("signed in");
    let post = async |api: &mut Api, query: &str, body: &[u8]| {
        api.client.send(Request::new("POST", format!("/api/v1/invoices/check{query}")).body(body)).await.expect("an answer")
    };
    let right = post(&mut desk, "?sent=2026-11-28", DOC.xml().as_bytes()).await;
    assert_eq!(right.status, 200, "{}", right.text());
    let verdict = right.json().expect("a verdict");
    assert_eq!(verdict["accept"], true, "{verdict:#}");
    assert_eq!(
        (verdict["wellformed"].clone(), verdict["xsd"]["valid"].clone(), verdict["root"].clone()),
        (json!(true), json!(true), json!("Invoice"))
    );
    assert_eq!((words(&verdict["rulesets"]), verdict["releases"][0]["version"].clone()), (vec!["en16931"], json!("1.3.16")));
    assert_eq!(verdict["later"], Value::Null);

    let wrong = post(&mut desk, "?sent=2026-11-28", spoiled().as_bytes()).await.json().expect("a verdict");
    assert_eq!((wrong["accept"].clone(), wrong["xsd"]["valid"].clone()), (json!(false), json!(false)));
    assert_eq!(words(&wrong["fatal"]), ["BR-02", "BR-CL-23", "BR-CO-16", "BR-DEC-09", "UBL-DT-01"], "{wrong:#}");
    assert_eq!(words(&wrong["warning"]), ["UBL-CR-004"]);
    let sum = wrong["failed"].as_array().expect("findings").iter().find(|finding| finding["id"] == "BR-CO-16").expect("BR-CO-16");
    assert_eq!((sum["kind"].clone(), words(&sum["terms"])), (json!("sum"), vec!["BT-115", "BT-112", "BT-113", "BT-114"]));
    assert_eq!(sum["location"], "/Invoice[1]/cac:LegalMonetaryTotal[1]");

    let peppol = post(&mut desk, "?profile=peppol&sent=2026-11-28", DOC.xml().as_bytes()).await.json().expect("a verdict");
    assert_eq!(words(&peppol["rulesets"]), ["en16931", "peppol"]);
    assert!(words(&peppol["fatal"]).contains(&"PEPPOL-EN16931-R004"), "{peppol:#}");
    for nothing in [&b"no xml"[..], b"", b"\xff\xfe\x00", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"] {
        let answer = post(&mut desk, "", nothing).await;
        let verdict = answer.json().expect("a verdict");
        assert_eq!((answer.status, verdict["accept"].clone(), verdict["wellformed"].clone()), (200, json!(false), json!(false)), "{verdict:#}");
        assert_eq!(verdict["errors"][0]["ruleset"], "xml");
    }
    for query in ["?profile=nothing", "?sent=yesterday", "?sent=2026-02-30"] {
        assert_eq!(post(&mut desk, query, DOC.xml().as_bytes()).await.status, 422, "{query}");
    }
    let notes = DOC.xml().replacen("<cbc:DocumentCurrencyCode>", &format!("{}<cbc:DocumentCurrencyCode>", "<cbc:Note/>".repeat(6_000)), 1);
    let many = post(&mut desk, "?profile=peppol", notes.as_bytes()).await.json().expect("a verdict");
    let listed = many["failed"].as_array().expect("findings").len() as u64;
    assert!(listed == 5_000 && many["failed_besides"].as_u64().expect("a number") >= 1_000, "an answer is bounded: {listed}");
    assert!(words(&many["fatal"]).contains(&"PEPPOL-EN16931-R008"));
    assert_eq!(post(&mut desk, "", &vec![b' '; 5 * 1024 * 1024 + 1]).await.status, 413);
    gateway.stop().await;
}

async fn anybody_checks_on_the_page_in_their_language(engine: Engine) {
    let gateway = Gateway::with(engine, WORLD).await;
    let mut client = gateway.client();
    let origin = format!("http://{}", client.address);
    let told = [
        ("en", "This invoice would be refused", "Missing: invoice number. Fill it in.", "amount to be paid", "Line "),
        ("nl", "Deze factuur zou worden geweigerd", "Ontbreekt: factuurnummer. Vul dit in.", "te betalen bedrag", "Regel "),
        ("fr", "Cette facture serait refusée", "Manque : numéro de facture. Renseignez cette donnée.", "montant à payer", "Ligne "),
        ("de", "Diese Rechnung würde abgelehnt", "Es fehlt: Rechnungsnummer. Tragen Sie dies ein.", "zu zahlender Betrag", "Zeile "),
    ];
    for (language, verdict, missing, term, line) in told {
        let request = form(&[("file", &spoiled()), ("profile", "auto")]).header("Accept-Language", language).header("Origin", &origin);
        let answer = client.send(request).await.expect("an answer");
        let page = answer.text();
        assert_eq!(answer.status, 200, "{page}");
        assert!(page.contains(&format!("<html lang=\"{language}\">")));
        for part in [verdict, missing, term, line, "BT-115", "BR-CO-16", "UBL-CR-004", "invoice.xml"] {
            assert!(page.contains(part), "{language}: {part} in {page}");
        }
        let place = |part: &str| page.find(part).unwrap_or_else(|| panic!("{part} in {page}"));
        assert!(place(verdict) < place("BR-CO-16") && place("BR-CO-16") < place("UBL-CR-004"), "the verdict first, then fatal, then warning");
    }
    let right = client.send(form(&[("text", &DOC.xml())]).header("Origin", &origin)).await.expect("an answer").text();
    assert!(right.contains("This invoice is right") && right.contains("en16931 1.3.16"), "{right}");
    let chosen = client.send(form(&[("text", &DOC.xml()), ("profile", "peppol")]).header("Origin", &origin)).await.expect("an answer").text();
    assert!(chosen.contains("PEPPOL-EN16931-R004"), "{chosen}");
    let letter = client.send(form(&[("text", "Dear Sir")]).header("Origin", &origin)).await.expect("an answer");
    assert!(letter.status == 200 && letter.text().contains("There is no XML in this file"), "{}", letter.text());
    let dutch = client.get("/check?language=nl").await.expect("the page").text();
    assert!(dutch.contains("E-factuur controleren"), "{dutch}");
    gateway.stop().await;
}

async fn the_page_is_bounded(engine: Engine) {
    let gateway = Gateway::with(engine, WORLD).await;
    let mut client = gateway.client();
    let origin = format!("http://{}", client.address);
    let mut send = async |request: Request| client.send(request.header("Origin", &origin)).await.expect("an answer");
    assert_eq!(send(form(&[])).await.status, 422);
    assert_eq!(send(form(&[("text", " \n")])).await.status, 422);
    assert_eq!(send(form(&[("text", "<a/>"), ("profile", "none such")])).await.status, 422);
    assert_eq!(send(Request::form("/check", &[("text".into(), "<a/>".into())])).await.status, 422);
    let many = send(form(&[("text", &"<a>".repeat(2_000_000))])).await;
    assert!(many.status == 422 && many.text().contains("5242880"), "{}", many.text());
    // Hundreds of the same mistake are told once.
    let lines = DOC.xml();
    let (start, end) = (lines.find("<cac:InvoiceLine>").expect("a line"), lines.find("</cac:InvoiceLine>").expect("a line") + 18);
    let long = lines[..start].to_owned() + &lines[start..end].replace("H87", "PIECE").repeat(1000) + &lines[end..];
    let page = send(form(&[("file", &long)])).await.text();
    assert_eq!(page.matches("BR-CL-23").count(), 1, "{page}");
    assert!(page.contains("and 995 more places") && page.len() < 30_000, "{} bytes", page.len());
    let mut stranger = gateway.client();
    let other = form(&[("text", "<a/>")]).header("Origin", "https://other.example");
    assert_eq!(stranger.send(other).await.expect("an answer").status, 403);
    gateway.stop().await;
}

/// A made-up later release of EN 16931 beside the one that is in force: it refuses every invoice that names no order.
fn with_a_later_release() -> Releases {
    let read = |text: &'static str| RuleSet::read(&[text]).expect("rules");
    let today = read("group model\nat /Invoice | /CreditNote\n  BR-02 fatal [BT-1] exists(ID)\n");
    let later = read("group model\nat /Invoice | /CreditNote\n  BR-02 fatal [BT-1] exists(ID)\n  TRIAL-1 fatal [BT-13] exists(OrderReference/ID)\n");
    let releases = vec![Release::of(Set::En16931, "1", Day(2026, 1, 1), today), Release::of(Set::En16931, "2", Day(2027, 2, 15), later)];
    Releases(Box::leak(releases.into_boxed_slice()))
}

/// "castable as" asks of one value: several, or none, are not castable; but where the value itself has no answer, the rule has none
/// (XPath 2.0, 3.10.3; XPTY0004). The document has two IDs.
#[test]
fn a_rule_about_a_value_without_an_answer_has_none() {
    let twice = DOC.xml().replacen("<cbc:ID>F-2026-1</cbc:ID>", "<cbc:ID>2026-01-01</cbc:ID><cbc:ID>2026-01-01</cbc:ID>", 1);
    let cases = [
        ("ID[1] castable as date", Ok(true)),
        ("ID castable as date", Ok(false)),
        ("CopyIndicator castable as date", Ok(false)),
        ("string(ID) castable as date", Err("TRIAL-1")),
        ("string-length(ID) = 10 and string(ID) castable as date", Err("TRIAL-1")),
        ("string-length(ID) = 10 and string(ID[1]) castable as integer", Ok(false)),
    ];
    for (test, expected) in cases {
        let text: &'static str = Box::leak(format!("group model\nat /Invoice\n  TRIAL-1 fatal [BT-1] {test}\n").into_boxed_str());
        let rules = RuleSet::read(&[text]).expect("rules");
        let releases = Releases(Box::leak(vec![Release::of(Set::En16931, "1", Day(2026, 1, 1), rules)].into_boxed_slice()));
        let report = check_by(releases, twice.as_bytes(), Some(Profile::En16931), Day(2026, 11, 28));
        let answer = match report.unanswered.first() {
            Some(without) => Err(without.id),
            None => Ok(report.findings.is_empty()),
        };
        assert_eq!(answer, expected, "{test}");
    }
}

#[test]
fn what_is_valid_today_and_refused_later_is_told() {
    let releases = with_a_later_release();
    let without = crate::receiving::Doc { order: "", ..DOC }.xml();
    let profile = Some(Profile::En16931);
    let report = check_by(releases, without.as_bytes(), profile, Day(2026, 11, 28));
    assert!(report.accepted() && report.releases[0].version == "1");
    let later = report.later.as_ref().expect("a later release");
    assert_eq!((later.since.to_string().as_str(), later.accepted, later.releases[0].version), ("2027-02-15", false, "2"));
    assert_eq!(later.ids(Flag::Fatal), ["TRIAL-1"]);
    let told = hookline::invoice_check::report_json("", &report, 0);
    assert_eq!(
        (told["accept"].clone(), told["later"]["from"].clone(), told["later"]["accept"].clone()),
        (json!(true), json!("2027-02-15"), json!(false))
    );
    let named = check_by(releases, DOC.xml().as_bytes(), profile, Day(2026, 11, 28));
    assert!(named.accepted() && named.later.is_some_and(|later| later.accepted));
    let after = check_by(releases, without.as_bytes(), profile, Day(2027, 2, 15));
    assert!(!after.accepted() && after.later.is_none(), "on the day itself the later release is the one in force");
}

fn hookline(arguments: &[&str], input: &str) -> (i32, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hookline"))
        .args(["invoice", "check", "--sent", "2026-11-28"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    child.stdin.take().expect("an input").write_all(input.as_bytes()).expect("the input is taken");
    let output = child.wait_with_output().expect("the program ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (output.status.code().expect("a status"), text(output.stdout), text(output.stderr))
}

#[test]
fn the_command_answers_line_by_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path.to_str().expect("a name").to_owned()
    };
    let (right, wrong) = (file("right.xml", &DOC.xml()), file("wrong.xml", &spoiled()));
    let lines = |text: &str| text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON")).collect::<Vec<_>>();

    let (status, out, _) = hookline(&["--json-lines", &right, &wrong], "");
    let told = lines(&out);
    assert_eq!((status, told.len()), (1, 2));
    assert_eq!((told[0]["file"].clone(), told[0]["accept"].clone(), told[1]["accept"].clone()), (json!(right), json!(true), json!(false)));

    let (status, out, _) = hookline(&["--stdin"], &format!("{right}\n\n{right}\tpeppol\n{wrong}\tnone\n"));
    let told = lines(&out);
    assert_eq!((status, told.len()), (1, 3));
    assert_eq!(told.iter().map(|one| one["profile"].as_str().expect("a profile")).collect::<Vec<_>>(), ["en16931", "peppol", "none"]);
    assert!(told[0]["accept"] == true && told[1]["accept"] == false);

    let (status, out, _) = hookline(&["--stdin"], &format!("{right}\n{right}.gone\n"));
    assert_eq!((status, lines(&out)[1]["errors"][0]["ruleset"].clone()), (2, json!("io")));
    let (status, _, trouble) = hookline(&["--stdin"], &format!("{right}\tnonsense\n"));
    assert!(status == 2 && trouble.contains("nonsense"), "{trouble}");
    assert_eq!(hookline(&[], "").0, 2, "no file at all is a mistake");
}
