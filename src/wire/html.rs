//! HTML in and out: text escaped for any place in a page, and plain text out of a supplier's HTML (R-37).
//! Never renders a page and never keeps a tag.

use std::fmt;

/// A value escaped for text and for double-quoted attributes, as it is written.
pub struct Escaped<'t>(pub &'t str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reference = |byte: u8| match byte {
            b'&' => Some("&amp;"),
            b'<' => Some("&lt;"),
            b'>' => Some("&gt;"),
            b'"' => Some("&quot;"),
            b'\'' => Some("&#39;"),
            // A browser folds these in an attribute unless they are written as references.
            b'\r' => Some("&#13;"),
            b'\n' => Some("&#10;"),
            _ => None,
        };
        let mut written = 0;
        for (at, byte) in self.0.bytes().enumerate() {
            if let Some(reference) = reference(byte) {
                out.write_str(&self.0[written..at])?;
                out.write_str(reference)?;
                written = at + 1;
            }
        }
        out.write_str(&self.0[written..])
    }
}

/// The same as a text of its own.
pub fn escape(text: &str) -> String {
    Escaped(text).to_string()
}

/// Plain text of an HTML fragment: tags gone, scripts and styles gone with their content, entities decoded, blocks on lines of their own.
pub fn to_text(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        push_text(&mut out, &rest[..open]);
        rest = &rest[open..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
            continue;
        }
        let starts_tag = rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'));
        if !starts_tag {
            out.push('<');
            rest = &rest[1..];
            continue;
        }
        let end = tag_end(rest);
        let name: String = rest[1..].trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        let closing = rest[1..].starts_with('/');
        rest = &rest[end..];
        match name.as_str() {
            "script" | "style" | "template" | "noscript" if !closing => rest = after_close(rest, &name),
            "p" | "div" | "li" | "tr" | "br" | "ul" | "ol" | "table" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6"
                if !out.is_empty() && !out.ends_with('\n') =>
            {
                out.push('\n');
            }
            _ => {}
        }
    }
    push_text(&mut out, rest);
    out.trim().to_string()
}

/// Name and value of every hidden input of a page, in order. For reading return forms, not for foreign pages.
pub fn hidden_inputs(page: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = page;
    while let Some(at) = rest.find("<input") {
        rest = &rest[at..];
        let tag = &rest[..tag_end(rest)];
        if attribute(tag, "type").as_deref() == Some("hidden")
            && let Some(name) = attribute(tag, "name")
        {
            found.push((name, attribute(tag, "value").unwrap_or_default()));
        }
        rest = &rest[tag.len()..];
    }
    found
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let (raw, _) = rest.split_once('"')?;
    let mut text = String::with_capacity(raw.len());
    push_text(&mut text, raw);
    Some(text)
}

/// Length of the tag at the start of `text`, quotes respected; an unclosed tag ends with the text.
fn tag_end(text: &str) -> usize {
    let mut quote = None;
    for (at, c) in text.char_indices().skip(1) {
        match (quote, c) {
            (None, '>') => return at + 1,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    text.len()
}

/// What follows the closing tag of an element whose content is dropped.
fn after_close<'t>(text: &'t str, name: &str) -> &'t str {
    let lower = text.to_ascii_lowercase();
    match lower.find(&format!("</{name}")) {
        Some(at) => &text[at + tag_end(&text[at..])..],
        None => "",
    }
}

fn push_text(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(amp) = rest.find('&') {
        out.push_str(&rest[..amp]);
        rest = &rest[amp..];
        let decoded = rest.find(';').filter(|end| *end <= 32).and_then(|end| {
            let entity = &rest[1..end];
            entity_text(entity).map(|text| (text, end + 1))
        });
        match decoded {
            Some((text, used)) => {
                out.push_str(&text);
                rest = &rest[used..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
}

fn entity_text(entity: &str) -> Option<String> {
    if let Some(number) = entity.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code).filter(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t')).map(String::from);
    }
    quick_xml::escape::resolve_html5_entity(entity).map(str::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// R-37.
    #[test]
    fn takes_the_markup_off() {
        for (html, expected) in [
            ("<p>First line</p><script>alert(1)</script><p>Second &amp; last line</p>", "First line\nSecond & last line"),
            ("a < b &lt; c", "a < b < c"),
            ("<STYLE>x{}</style >Kn&auml;ckebrot &euro;&#32;5 &nope; &#x41;", "Knäckebrot € 5 &nope; A"),
            ("<a title=\"1>2\">link</a><!-- <b>no</b> -->", "link"),
            ("x<br/>y<script>never closed", "x\ny"),
            ("5<6 & 7>6", "5<6 & 7>6"),
        ] {
            assert_eq!(to_text(html), expected, "{html}");
        }
    }

    proptest! {
        #[test]
        fn never_fails(html in "(<|>|/|!|-|script|&|;|#|\"|a|é| ){0,60}") {
            to_text(&html);
        }
    }
}
