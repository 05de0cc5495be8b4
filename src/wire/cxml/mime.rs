//! Documents with attachments: `multipart/related` and `multipart/mixed` (section 1). The cXML document is the part that `start` names, else the
//! first. Works on bytes within a limit; opens nothing.

use super::Fault;

/// Everything that may come with a document.
pub const ATTACHMENTS_MAX: usize = 25 * 1024 * 1024;
const PARTS_MAX: usize = 100;
const HEAD_MAX: usize = 16 * 1024;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Without angle brackets.
    pub id: String,
    pub media_type: String,
    pub charset: Option<String>,
    pub body: Vec<u8>,
}

/// A body taken apart: the document and what came with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub document: Part,
    pub attachments: Vec<Part>,
}

/// The id of the document in what is written here.
const DOCUMENT: &str = "document@cxml";

/// A file that goes along with a document.
pub struct File<'f> {
    /// The document names it `cid:` and this.
    pub id: &'f str,
    pub name: &'f str,
    pub media_type: &'f str,
    pub bytes: &'f [u8],
}

/// A document and its files as one body, with the type that says so. No line of the document may begin with the boundary; of what is in base64 none can.
pub fn write(document: &str, files: &[File<'_>], boundary: &str) -> (String, String) {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    let mut body = format!("--{boundary}\r\nContent-Type: text/xml; charset=UTF-8\r\nContent-ID: <{DOCUMENT}>\r\n\r\n{document}\r\n");
    for File { id, name, media_type, bytes } in files {
        let name = name_parameter(name);
        body += &format!("--{boundary}\r\nContent-Type: {media_type}\r\nContent-ID: <{id}>\r\nContent-Disposition: attachment; {name}\r\n");
        body += "Content-Transfer-Encoding: base64\r\n\r\n";
        // Lines of 76 characters (RFC 2045).
        for line in bytes.chunks(57) {
            STANDARD.encode_string(line, &mut body);
            body += "\r\n";
        }
    }
    body += &format!("--{boundary}--\r\n");
    (format!("multipart/related; boundary=\"{boundary}\"; type=\"text/xml\"; start=\"<{DOCUMENT}>\""), body)
}

/// The name of a file as it may stand in a head: plain, or as RFC 2231 writes letters of any kind.
fn name_parameter(name: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if name.bytes().all(|byte| is_plain(byte) || byte == b' ') {
        return format!("filename=\"{name}\"");
    }
    let percent = |byte: u8| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    format!("filename*=UTF-8''{}", name.bytes().map(percent).collect::<String>())
}

/// A parameter of a header value, unquoted.
pub fn parameter(value: &str, name: &str) -> Option<String> {
    let mut rest = value.split_once(';')?.1;
    loop {
        let (key, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let (text, tail) = match after.strip_prefix('"') {
            Some(quoted) => {
                let end = quoted.find('"')?;
                (&quoted[..end], quoted.get(end + 1..).unwrap_or_default())
            }
            None => {
                let end = after.find(';').unwrap_or(after.len());
                (after[..end].trim(), after.get(end..).unwrap_or_default())
            }
        };
        if key.trim().eq_ignore_ascii_case(name) {
            return Some(text.to_string());
        }
        rest = tail.trim_start().strip_prefix(';')?;
    }
}

/// The type itself, in lower case.
pub fn media_type(value: &str) -> String {
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The parts of a body.
pub fn read(content_type: &str, body: &[u8]) -> Result<Message, Fault> {
    let boundary = parameter(content_type, "boundary").filter(|boundary| !boundary.is_empty() && boundary.len() <= 200);
    let boundary = boundary.ok_or_else(|| Fault::form("the multipart message names no boundary"))?;
    let mut parts = parts(body, &boundary)?;
    let start = parameter(content_type, "start").map(|start| bare(&start));
    let at = match start {
        Some(start) => parts.iter().position(|part| part.id == start).ok_or_else(|| Fault::form("the part that start names is not there"))?,
        None => 0,
    };
    if parts.is_empty() {
        return Err(Fault::form("the multipart message has no parts"));
    }
    let document = parts.remove(at);
    Ok(Message { document, attachments: parts })
}

fn bare(id: &str) -> String {
    id.trim().trim_start_matches('<').trim_end_matches('>').to_string()
}

fn parts(body: &[u8], boundary: &str) -> Result<Vec<Part>, Fault> {
    let delimiter = format!("--{boundary}");
    let mut lines = starts_of_lines(body).filter(|at| body[*at..].starts_with(delimiter.as_bytes()));
    let mut parts = Vec::new();
    let Some(mut begun) = lines.next() else { return Ok(parts) };
    for next in lines {
        let content = body.get(begun + delimiter.len()..next).unwrap_or_default();
        let content = content.iter().position(|byte| *byte == b'\n').map_or(&b""[..], |end| &content[end + 1..]);
        let content = content.strip_suffix(b"\n").unwrap_or(content);
        parts.push(part(content.strip_suffix(b"\r").unwrap_or(content))?);
        if parts.len() > PARTS_MAX {
            return Err(Fault::new(super::Status::DocumentSize, format_args!("more than {PARTS_MAX} parts")));
        }
        if body[next + delimiter.len()..].starts_with(b"--") {
            return Ok(parts);
        }
        begun = next;
    }
    Err(Fault::form("the multipart message does not end"))
}

fn starts_of_lines(body: &[u8]) -> impl Iterator<Item = usize> + '_ {
    let breaks = body.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    std::iter::once(0).chain(breaks)
}

fn part(content: &[u8]) -> Result<Part, Fault> {
    let mut part = Part { media_type: "text/plain".to_string(), ..Part::default() };
    let mut encoding = String::new();
    let mut at = 0;
    let mut head: Vec<String> = Vec::new();
    loop {
        let rest = content.get(at..).unwrap_or_default();
        let end = rest.iter().position(|byte| *byte == b'\n').ok_or_else(|| Fault::form("a part of the message has no body"))?;
        let line = String::from_utf8_lossy(&rest[..end]).trim_end_matches('\r').to_string();
        at += end + 1;
        if at > HEAD_MAX {
            return Err(Fault::form("the head of a part is too long"));
        }
        if line.is_empty() {
            break;
        }
        match head.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => last.push_str(&line),
            _ => head.push(line),
        }
    }
    for line in &head {
        let Some((name, value)) = line.split_once(':') else { continue };
        match name.trim().to_ascii_lowercase().as_str() {
            "content-id" => part.id = bare(value),
            "content-type" => (part.media_type, part.charset) = (media_type(value), parameter(value, "charset")),
            "content-transfer-encoding" => encoding = value.trim().to_ascii_lowercase(),
            _ => {}
        }
    }
    let body = content.get(at..).unwrap_or_default();
    part.body = match encoding.as_str() {
        "" | "7bit" | "8bit" | "binary" => body.to_vec(),
        "base64" => base64(&String::from_utf8_lossy(body)).ok_or_else(|| Fault::form("a part is no base64"))?,
        "quoted-printable" => quoted_printable(body),
        _ => return Err(Fault::form("a part has an encoding that is not supported")),
    };
    Ok(part)
}

/// Base64 with line breaks, either alphabet, padded or not.
pub fn base64(text: &str) -> Option<Vec<u8>> {
    use base64::Engine;
    use base64::alphabet::STANDARD;
    use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
    let plain: String = text
        .chars()
        .filter(|c| !c.is_ascii_whitespace())
        .map(|c| {
            if c == '-' {
                '+'
            } else if c == '_' {
                '/'
            } else {
                c
            }
        })
        .collect();
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent).with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(&STANDARD, config).decode(plain).ok()
}

fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some((first, tail)) = rest.split_first() {
        if *first != b'=' {
            out.push(*first);
            rest = tail;
        } else if let Some(after) = tail.strip_prefix(b"\r\n").or_else(|| tail.strip_prefix(b"\n")) {
            rest = after;
        } else {
            let pair = tail.get(..2).and_then(|pair| std::str::from_utf8(pair).ok()).and_then(|pair| u8::from_str_radix(pair, 16).ok());
            match pair {
                Some(byte) => {
                    out.push(byte);
                    rest = &tail[2..];
                }
                None => {
                    out.push(b'=');
                    rest = tail;
                }
            }
        }
    }
    out
}

/// A content id as RFC 2392 writes it in an address.
pub fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let pair = bytes.get(at + 1..at + 3).and_then(|pair| std::str::from_utf8(pair).ok()).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match (bytes[at], pair) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/related; boundary=\"b 1\"; type=\"text/xml\"; start=\"<order@x>\"";
    const BODY: &str = "preamble\r\n--b 1\r\nContent-Type: application/pdf\r\nContent-ID: <a@x>\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBE\r\nRg==\r\n--b 1\r\n\
        Content-Type: text/xml;\r\n charset=UTF-8\r\nContent-ID: <order@x>\r\n\r\n<a/>\r\n\r\n--b 1--\r\nepilogue";

    #[test]
    fn the_part_that_start_names_is_the_document() {
        for body in [BODY.to_string(), BODY.replace("\r\n", "\n")] {
            let message = read(TYPE, body.as_bytes()).expect("a message");
            assert_eq!((message.document.id.as_str(), message.document.charset.as_deref()), ("order@x", Some("UTF-8")));
            assert_eq!(String::from_utf8_lossy(&message.document.body).trim(), "<a/>");
            assert_eq!((message.attachments[0].media_type.as_str(), message.attachments[0].body.as_slice()), ("application/pdf", &b"%PDF"[..]));
        }
        let first = read("multipart/mixed; boundary=\"b 1\"", BODY.as_bytes()).expect("a message");
        assert_eq!(first.document.id, "a@x");
    }

    #[test]
    fn what_is_written_is_read_again() {
        let bytes: Vec<u8> = (0..=255).cycle().take(1000).collect();
        let file = |id, name, bytes| File { id, name, media_type: "application/pdf", bytes };
        let files = [file("file-1@acme", "hours week 9.pdf", &bytes[..]), file("file-2@acme", "Für\r\nX: \"y\".pdf", b"%PDF")];
        let (kind, body) = write("<a>\u{e9}</a>", &files, "edge");
        let read = read(&kind, body.as_bytes()).expect("a message");
        assert_eq!((read.document.body.as_slice(), read.document.charset.as_deref()), ("<a>\u{e9}</a>".as_bytes(), Some("UTF-8")));
        let parts: Vec<_> = read.attachments.iter().map(|part| (part.id.as_str(), part.media_type.as_str(), part.body.as_slice())).collect();
        assert_eq!(parts, [("file-1@acme", "application/pdf", &bytes[..]), ("file-2@acme", "application/pdf", &b"%PDF"[..])]);
        assert!(body.contains("filename=\"hours week 9.pdf\"") && body.contains("filename*=UTF-8''F%C3%BCr%0D%0AX%3A%20%22y%22.pdf\r\n"), "{body}");
        assert!(body.lines().all(|line| line.len() <= 150));
    }

    #[test]
    fn what_is_cut_short_is_refused() {
        assert!(read(TYPE, &BODY.as_bytes()[..BODY.len() - 20]).is_err());
        assert!(read("multipart/related", BODY.as_bytes()).is_err());
        assert!(read(&TYPE.replace("order@x", "other@x"), BODY.as_bytes()).is_err());
        assert!(read(TYPE, b"").is_err());
    }

    #[test]
    fn encodings() {
        assert_eq!(base64("-_8\n="), Some(vec![0xfb, 0xff]));
        assert_eq!(base64("*"), None);
        assert_eq!(quoted_printable(b"a=C3=A9=\r\nb=zz"), "aéb=zz".as_bytes());
        assert_eq!(percent_decoded("draw.1%40hk%"), "draw.1@hk%");
        assert_eq!(parameter("text/xml; a=\"x;y\"; charset = utf-8", "Charset").as_deref(), Some("utf-8"));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let _ = read("multipart/related; boundary=-", &bytes);
            let _ = part(&bytes);
        }
    }
}
