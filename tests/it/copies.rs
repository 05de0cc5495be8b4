//! Copies of invoices for people: what they say is read back with tools of others (poppler), and how they look is held against pictures that a
//! person has looked at. `UPDATE=1` draws the pictures anew; then look at them.

use std::path::{Path, PathBuf};
use std::process::Command;

use hookline::domain::invoice::terms::Copy;
use hookline::domain::invoice::{Invoice, InvoiceLine};
use hookline::domain::name::Language;
use hookline::invoice_copy;
use hookline::wire::picture::{Pixels, pixels};
use hookline::wire::ubl;

use crate::invoices::invoices;

/// Whether the tools are there; they come with `tests/run`.
fn has_tools() -> bool {
    let found = Command::new("pdftotext").arg("-v").output().is_ok();
    if !found {
        eprintln!("left out: pdftotext is not there, no copy was read");
    }
    found
}

fn run(program: &str, arguments: &[&str]) -> Vec<u8> {
    let done = Command::new(program).args(arguments).output().expect("the tool starts");
    assert!(done.status.success(), "{program}: {}", String::from_utf8_lossy(&done.stderr));
    done.stdout
}

fn text_of(file: &Path) -> String {
    String::from_utf8(run("pdftotext", &["-layout", file.to_str().expect("a path"), "-"])).expect("UTF-8")
}

/// As a person sees it: any run of white space is one space.
fn seen(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The words of a PDF in the order in which they stand; nothing where the tool is not there.
pub fn words_of(pdf: &[u8]) -> Option<String> {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), pdf).expect("a file is written");
    has_tools().then(|| seen(&text_of(file.path())))
}

fn written(folder: &Path, name: &str, invoice: &Invoice, language: Language, logo: Option<Pixels>) -> (PathBuf, String) {
    let document = ubl::write(invoice);
    let bytes = invoice_copy::of_document(&document, language, Copy::Embedded, logo).expect(name);
    let file = folder.join(format!("{}.pdf", name.replace(' ', "-")));
    std::fs::write(&file, bytes).expect("the temporary folder can be written");
    (file, document)
}

#[test]
fn a_copy_says_what_the_document_says_and_holds_it() {
    if !has_tools() {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, invoice) in invoices() {
        let (file, document) = written(folder.path(), name, &invoice, Language::Nl, None);
        let text = seen(&text_of(&file));
        let mut expected = vec![invoice.number.clone(), invoice.references.order.clone(), invoice.seller.name.clone(), invoice.buyer.name.clone()];
        expected.extend(invoice.lines.iter().map(|line| line.article.clone()));
        expected.extend(invoice.lines.iter().map(|line| line.description.split_whitespace().next().unwrap_or_default().chars().take(30).collect()));
        for part in expected.iter().filter(|part| !part.is_empty()) {
            assert!(text.contains(part.as_str()), "{name}: {part} in {text}");
        }
        // The electronic document lies in the copy, byte for byte.
        let detached = folder.path().join("detached.xml");
        run("pdfdetach", &["-save", "1", "-o", detached.to_str().expect("a path"), file.to_str().expect("a path")]);
        assert_eq!(std::fs::read_to_string(&detached).expect("a file"), document, "{name}");
    }
}

fn many_lines() -> Invoice {
    let (_, mut invoice) = invoices().swap_remove(1);
    let first = invoice.lines[0].clone();
    let line = |number: u32| InvoiceLine {
        number,
        description: format!("Boek nummer {number} met een titel die wel eens langer is dan een regel breed is"),
        properties: vec![("Branch", if number <= 20 { "Centrum" } else { "Oost" }.to_string()), ("BudgetCode", "JEUGD-2026".into())],
        ..first.clone()
    };
    invoice.lines = (1..=45).map(line).collect();
    invoice
}

/// A disc beside a beam, clear around them: what is clear must stay white on paper.
fn logo() -> Pixels {
    let point = |x: u32, y: u32| {
        let in_disc = (x.abs_diff(60)).pow(2) + (y.abs_diff(60)).pow(2) < 55 * 55;
        let in_beam = x > 140 && (35..85).contains(&y);
        if in_disc || in_beam { image::Rgba([0, 90, 140, 255]) } else { image::Rgba([0, 0, 0, 0]) }
    };
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbaImage::from_fn(420, 120, point).write_to(&mut bytes, image::ImageFormat::Png).expect("a picture");
    pixels(&bytes.into_inner(), 600).expect("a picture")
}

/// Those that have pictures: the language each is read in.
fn pictured() -> Vec<(&'static str, Invoice, Language, Option<Pixels>)> {
    let named = |wanted: &str| invoices().into_iter().find(|(name, _)| *name == wanted).expect("an invoice of this name").1;
    vec![
        ("two rates", named("two rates"), Language::Nl, None),
        ("a logo", named("two rates"), Language::Nl, Some(logo())),
        ("a credit note", named("a credit note with every reference"), Language::Fr, None),
        ("reverse charge", named("reverse charge"), Language::De, None),
        ("many lines", many_lines(), Language::En, None),
    ]
}

/// Pages as grey squares, 40 to an inch.
fn drawn(folder: &Path, file: &Path) -> Vec<image::GrayImage> {
    let prefix = folder.join("page");
    run("pdftoppm", &["-r", "40", "-gray", "-png", file.to_str().expect("a path"), prefix.to_str().expect("a path")]);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).expect("the folder").flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("page")));
    files.sort();
    let pages = files.iter().map(|path| image::open(path).expect("a picture").to_luma8()).collect();
    files.iter().for_each(|path| std::fs::remove_file(path).expect("removed"));
    pages
}

#[test]
fn departments_have_subtotals_where_no_branch_divides() {
    if !has_tools() {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut invoice = many_lines();
    for line in &mut invoice.lines {
        line.properties = vec![("Department", if line.number <= 20 { "Jeugd" } else { "Streekarchief" }.to_string()), ("BudgetCode", "B-1".into())];
    }
    let (file, _) = written(folder.path(), "departments", &invoice, Language::Nl, None);
    let text = seen(&text_of(&file));
    for part in ["Afdeling Jeugd", "Budgetcode B-1", "Subtotaal Jeugd", "Subtotaal Streekarchief"] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn a_copy_looks_as_it_did() {
    if !has_tools() {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/copies");
    for (name, invoice, language, logo) in pictured() {
        let (file, _) = written(folder.path(), name, &invoice, language, logo);
        if let Some(pictures) = std::env::var_os("HOOKLINE_TEST_PICTURES") {
            let large = Path::new(&pictures).join(format!("copy-{}", name.replace(' ', "-")));
            run("pdftoppm", &["-r", "90", "-png", file.to_str().expect("a path"), large.to_str().expect("a path")]);
        }
        for (at, page) in drawn(folder.path(), &file).iter().enumerate() {
            let golden = kept.join(format!("{}-{}.png", name.replace(' ', "-"), at + 1));
            if std::env::var_os("UPDATE").is_some() {
                page.save(&golden).expect("the picture can be kept");
            }
            let before = image::open(&golden).unwrap_or_else(|_| panic!("{} is not there", golden.display())).to_luma8();
            assert_eq!(page.dimensions(), before.dimensions(), "{name}");
            // Another release of the tool may draw edges otherwise; what moved or is missing changes far more.
            let changed = page.pixels().zip(before.pixels()).filter(|(new, old)| new.0[0].abs_diff(old.0[0]) > 96).count();
            assert!(changed * 500 < page.pixels().len(), "{name}, page {}: {changed} squares differ", at + 1);
        }
    }
}
