//! A document as it may be kept: what proves a sender and what pays is replaced in the text before anything stores it (section 4).
//! Works on text that the reader accepted; of a document that could not be read nothing but its hash is kept.

use quick_xml::events::Event;
use quick_xml::reader::Reader;

const SECRETS: &[&str] = &["SharedSecret", "SharedSecret1", "CredentialMac", "DigitalSignature"];
const REPLACED: &str = "***";

/// The text without secrets; of a card number only the last four digits stay.
pub fn redacted(text: &str) -> String {
    let mut reader = Reader::from_str(text);
    let mut out = String::with_capacity(text.len());
    // How deep we are inside a secret, and where what is kept begins.
    let (mut inside, mut from) = (0usize, 0usize);
    loop {
        let start = position(&reader, text);
        let event = match reader.read_event() {
            Ok(Event::Eof) | Err(_) => break,
            Ok(event) => event,
        };
        let end = position(&reader, text);
        match event {
            Event::Start(tag) if inside > 0 || SECRETS.contains(&local(tag.name().as_ref())) => {
                if inside == 0 {
                    out.push_str(text.get(from..start).unwrap_or_default());
                    out.push_str(&format!("<{}>{REPLACED}", tag.name().as_ref()));
                }
                inside += 1;
            }
            Event::End(_) if inside > 0 => {
                inside -= 1;
                from = if inside == 0 { start } else { from };
            }
            Event::Start(tag) | Event::Empty(tag) if inside == 0 && local(tag.name().as_ref()) == "PCard" => {
                out.push_str(text.get(from..start).unwrap_or_default());
                out.push_str(&card(text.get(start..end).unwrap_or_default()));
                from = end;
            }
            _ => {}
        }
    }
    if inside == 0 {
        out.push_str(text.get(from..).unwrap_or_default());
    }
    out
}

fn position(reader: &Reader<&[u8]>, text: &str) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX).min(text.len())
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or_default()
}

/// A tag whose runs of digits are cut to their last four; the expiry has no longer ones.
fn card(tag: &str) -> String {
    let mut out = String::with_capacity(tag.len());
    let mut digits = String::new();
    for c in tag.chars().chain(['\0']) {
        if c.is_ascii_digit() || (matches!(c, ' ' | '-') && digits.ends_with(|d: char| d.is_ascii_digit()) && digits.len() >= 4) {
            digits.push(c);
            continue;
        }
        out.push_str(&cut(&digits));
        digits.clear();
        if c != '\0' {
            out.push(c);
        }
    }
    out
}

fn cut(digits: &str) -> String {
    let number: Vec<char> = digits.chars().filter(char::is_ascii_digit).collect();
    let is_date = digits.len() == 10 && digits.chars().filter(|c| *c == '-').count() == 2;
    if number.len() <= 6 || is_date {
        return digits.to_string();
    }
    format!("{}{}", "*".repeat(number.len() - 4), number[number.len() - 4..].iter().collect::<String>())
}

/// The last four digits of a card's number.
pub fn last_four(number: &str) -> Option<String> {
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    (digits.len() >= 8).then(|| digits[digits.len() - 4..].iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_and_all_else_stays() {
        let text = "<a><Credential><Identity>me</Identity><SharedSecret x='1'>s3&amp;<b>cret</b></SharedSecret><SharedSecret1>9F==</SharedSecret1></Credential>\
                    <PCard number='4111 1111 1111 1111' expiration=\"2027-03-31\"/><PCard number=\"4111111111111111\" expiration='0327'>x</PCard> 4</a>";
        let kept = redacted(text);
        assert_eq!(
            kept,
            "<a><Credential><Identity>me</Identity><SharedSecret>***</SharedSecret><SharedSecret1>***</SharedSecret1></Credential>\
             <PCard number='************1111' expiration=\"2027-03-31\"/><PCard number=\"************1111\" expiration='0327'>x</PCard> 4</a>"
        );
        assert_eq!(redacted("<a>&amp;</a>"), "<a>&amp;</a>");
    }

    #[test]
    fn four_digits_of_a_number() {
        assert_eq!(last_four("4111 1111-1111 1234").as_deref(), Some("1234"));
        assert_eq!(last_four("123"), None);
    }

    proptest::proptest! {
        #[test]
        fn no_secret_is_left(secret in "[a-zA-Z0-9 ]{6,20}", blank in "[ \n]{0,3}") {
            let text = format!("<x:SharedSecret{blank}>{secret}</x:SharedSecret{blank}>");
            proptest::prop_assert!(!redacted(&text).contains(&secret));
        }
    }
}
