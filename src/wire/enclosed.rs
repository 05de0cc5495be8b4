//! Files inside invoices (BG-24): what they are by their content, and those of a document that somebody sent. Trusts no name and no declared kind,
//! never fetches what an address names, and never opens a file.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::tree::{Element, tree};

/// The most characters of a name, and the most files of one document that are looked at.
pub const NAME_CHARS_MAX: usize = 100;
const FILES_MAX: usize = 100;

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const ODS: &str = "application/vnd.oasis.opendocument.spreadsheet";
/// The kinds that an invoice may carry (BR-CL-24).
pub const KINDS: [&str; 6] = ["application/pdf", "image/png", "image/jpeg", "text/csv", XLSX, ODS];

/// What a file is by its content, where it is one of those kinds; a table of text needs its ending.
pub fn kind(name: &str, bytes: &[u8]) -> Option<&'static str> {
    let has = |word: &[u8]| bytes.windows(word.len()).any(|part| part == word);
    match bytes {
        [b'%', b'P', b'D', b'F', b'-', ..] => Some("application/pdf"),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'P', b'K', 3, 4, ..] if has(b"xl/workbook.xml") => Some(XLSX),
        [b'P', b'K', 3, 4, ..] if has(ODS.as_bytes()) => Some(ODS),
        [] => None,
        _ => std::str::from_utf8(bytes).ok().filter(|text| is_table(name, text)).map(|_| "text/csv"),
    }
}

fn is_table(name: &str, text: &str) -> bool {
    name.to_ascii_lowercase().ends_with(".csv") && !text.contains(|c: char| c.is_control() && !matches!(c, '\t' | '\r' | '\n'))
}

/// A name without folders and without what no name has; empty where nothing is left.
pub fn plain_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept = |c: &char| !c.is_control() && !matches!(c, '"' | '<' | '>' | ':' | '|' | '?' | '*');
    let text: String = last.chars().filter(kept).collect();
    let text = text.trim().trim_start_matches('.');
    // The end of a name says what it is.
    let skipped = text.chars().count().saturating_sub(NAME_CHARS_MAX);
    text.chars().skip(skipped).collect()
}

/// A file of a document, or the place where there is one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    pub name: String,
    pub description: String,
    /// Where it stands instead of in the document; only shown.
    pub link: String,
    /// What it is by its content; nothing where that is none of the kinds, or not what was declared.
    pub kind: Option<&'static str>,
    pub bytes: Vec<u8>,
}

/// The files of an invoice or credit note in UBL; references that are no files are none.
pub fn read(document: &str) -> Vec<File> {
    let Some(root) = tree(document) else { return Vec::new() };
    let files = root.all("AdditionalDocumentReference").filter(|reference| reference.at("Attachment").is_some());
    files.take(FILES_MAX).map(file).collect()
}

fn file(reference: &Element) -> File {
    const OBJECT: &str = "Attachment/EmbeddedDocumentBinaryObject";
    // Signs outside the alphabet are passed over, as the official check does.
    let is_counted = |sign: &char| sign.is_ascii_alphanumeric() || matches!(sign, '+' | '/' | '=');
    let text: String = reference.text(OBJECT).chars().filter(is_counted).collect();
    let bytes = STANDARD.decode(text).unwrap_or_default();
    let named = plain_name(&reference.attribute(OBJECT, "filename"));
    let name = if named.is_empty() { plain_name(&reference.text("ID")) } else { named };
    let declared = reference.attribute(OBJECT, "mimeCode");
    File {
        kind: kind(&name, &bytes).filter(|kind| *kind == declared),
        description: reference.text("DocumentDescription"),
        link: reference.text("Attachment/ExternalReference/URI"),
        name,
        bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_says_what_a_file_is() {
        let zip = |inner: &str| [b"PK\x03\x04".as_slice(), inner.as_bytes()].concat();
        for (name, bytes, expected) in [
            ("a.pdf", b"%PDF-1.7 ...".to_vec(), Some("application/pdf")),
            ("a.exe", b"%PDF-1.7 ...".to_vec(), Some("application/pdf")),
            ("a.png", b"\x89PNG\r\n\x1a\n...".to_vec(), Some("image/png")),
            ("a.jpg", b"\xff\xd8\xff\xe0...".to_vec(), Some("image/jpeg")),
            ("a.CSV", b"line;hours\r\n1;2,5\r\n".to_vec(), Some("text/csv")),
            ("a.xlsx", zip("xl/workbook.xml"), Some(XLSX)),
            ("a.ods", zip("mimetypeapplication/vnd.oasis.opendocument.spreadsheet"), Some(ODS)),
            ("a.zip", zip("word/document.xml"), None),
            ("a.txt", b"line;hours".to_vec(), None),
            ("a.csv", b"line\x00hours".to_vec(), None),
            ("a.csv", b"\xff\xfe".to_vec(), None),
            ("a.pdf", b"<script>".to_vec(), None),
            ("a.pdf", Vec::new(), None),
        ] {
            assert_eq!(kind(name, &bytes), expected, "{name} {bytes:?}");
        }
    }

    #[test]
    fn lines_and_stray_signs_in_base64_are_passed_over() {
        for text in ["JVBERi0xLjc=", "JVBERi0x\n   LjcK", "\u{a0}JVBE*Ri0xLjc="] {
            let object =
                format!(r#"<EmbeddedDocumentBinaryObject mimeCode="application/pdf" filename="a.pdf">{text}</EmbeddedDocumentBinaryObject>"#);
            let reference = format!("<AdditionalDocumentReference><ID>a</ID><Attachment>{object}</Attachment></AdditionalDocumentReference>");
            let files = read(&format!("<Invoice>{reference}</Invoice>"));
            assert_eq!((files[0].kind, files[0].bytes.starts_with(b"%PDF-1.7")), (Some("application/pdf"), true), "{text:?}");
        }
    }

    #[test]
    fn names_lose_folders_and_marks() {
        for (name, expected) in [
            ("hours.pdf", "hours.pdf"),
            ("C:\\temp\\hours.pdf", "hours.pdf"),
            ("../../etc/passwd", "passwd"),
            ("a\"b\r\n<c>.pdf", "abc.pdf"),
            (" .hidden ", "hidden"),
            ("..", ""),
            ("", ""),
        ] {
            assert_eq!(plain_name(name), expected, "{name}");
        }
        let long = plain_name(&format!("{}.pdf", "é".repeat(200)));
        assert!(long.chars().count() == NAME_CHARS_MAX && long.ends_with("é.pdf"));
    }
}
