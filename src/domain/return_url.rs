//! The return URL: accepted only if it is exactly what the connection allows, and then kept byte for byte.
//! Never opens, resolves or "corrects" an address.

use super::connection::{Connection, Origin};

/// The most characters a return URL may have.
pub const MAX_CHARS: usize = 4096;

/// A return URL that passed the rules, unchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnUrl {
    text: String,
    /// What a policy header may name: the origin of a web address, or `sapevent:`.
    source: String,
}

/// Why a return URL was refused, in the words of R-10.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    NotAbsolute,
    Scheme,
    UserInfo,
    HostNotAllowed,
    ControlChar,
    TooLong,
}

impl Refused {
    pub fn as_str(self) -> &'static str {
        match self {
            Refused::NotAbsolute => "not_absolute",
            Refused::Scheme => "scheme",
            Refused::UserInfo => "userinfo",
            Refused::HostNotAllowed => "host_not_allowed",
            Refused::ControlChar => "control_char",
            Refused::TooLong => "too_long",
        }
    }
}

impl ReturnUrl {
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The source expression for `form-action`.
    pub fn policy_source(&self) -> &str {
        &self.source
    }

    /// Origin and path only: what ordinary logs may show.
    pub fn without_query(&self) -> &str {
        self.text.split(['?', '#']).next().unwrap_or_default()
    }

    /// in the order that names the reason a person can act on.
    pub fn parse(text: &str, connection: &Connection) -> Result<ReturnUrl, Refused> {
        if text.chars().count() > MAX_CHARS {
            return Err(Refused::TooLong);
        }
        if text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
            return Err(Refused::ControlChar);
        }
        let (scheme, rest) = split_scheme(text).ok_or(Refused::NotAbsolute)?;
        if scheme.eq_ignore_ascii_case("sapevent") {
            return sap_event(text, rest, connection);
        }
        let http = scheme.eq_ignore_ascii_case("http");
        if !(scheme.eq_ignore_ascii_case("https") || http && connection.allow_http_return) {
            return Err(Refused::Scheme);
        }
        let authority = rest.strip_prefix("//").ok_or(Refused::NotAbsolute)?;
        let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err(Refused::UserInfo);
        }
        if authority.is_empty() {
            return Err(Refused::NotAbsolute);
        }
        let scheme = if http { "http" } else { "https" };
        let (host, port) = host_and_port(authority, scheme).ok_or(Refused::HostNotAllowed)?;
        let allowed = connection.return_origins.iter().any(|origin| origin.matches(scheme, &host, port));
        if !allowed {
            return Err(Refused::HostNotAllowed);
        }
        let source = Origin::text(scheme, &host, port);
        Ok(ReturnUrl { text: text.to_string(), source })
    }
}

/// `SAPEVENT:` and a word of letters and digits, on connections that allow SAP GUI.
fn sap_event(text: &str, word: &str, connection: &Connection) -> Result<ReturnUrl, Refused> {
    let is_word = (1..=32).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_alphanumeric());
    if !connection.allow_sapgui || !is_word {
        return Err(Refused::Scheme);
    }
    Ok(ReturnUrl { text: text.to_string(), source: "sapevent:".to_string() })
}

fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let word =
        scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'.' | b'-'));
    word.then_some((scheme, rest))
}

/// Host in lower-case ASCII form and port; `None` when they are not written the one plain way.
pub(super) fn host_and_port(authority: &str, scheme: &str) -> Option<(String, u16)> {
    let (host, port) = match authority.rfind(':') {
        Some(colon) if !authority[colon..].contains(']') => (&authority[..colon], &authority[colon + 1..]),
        _ => (authority, ""),
    };
    let default = if scheme == "http" { 80 } else { 443 };
    let port = match port {
        "" => default,
        digits if digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0') => digits.parse().ok()?,
        _ => return None,
    };
    Some((ascii_host(host)?, port))
}

/// compared in lower case, non-ASCII hosts in their ASCII form, and never corrected: a host that only becomes
/// plain ASCII by mapping look-alike letters is refused.
fn ascii_host(host: &str) -> Option<String> {
    if host.is_ascii() {
        let plain = host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'[' | b']' | b':'));
        return (plain && !host.is_empty()).then(|| host.to_ascii_lowercase());
    }
    let ascii = idna::domain_to_ascii_strict(host).ok()?;
    let labels = |text: &str| text.split('.').count();
    let every_label_kept =
        labels(host) == labels(&ascii) && host.split('.').zip(ascii.split('.')).all(|(typed, mapped)| typed.is_ascii() || mapped.starts_with("xn--"));
    every_label_kept.then_some(ascii)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection() -> Connection {
        Connection {
            return_origins: ["https://erp.example.com", "https://erp.example.com:8443", "https://*.kunde.example", "https://müller.example"]
                .iter()
                .filter_map(|text| Origin::parse(text))
                .collect(),
            ..Connection::default()
        }
    }

    /// what must pass, unchanged.
    #[test]
    fn accepts() {
        for text in [
            "https://erp.example.com/oci?x=1&y=%20#f",
            "HTTPS://ERP.Example.COM/ret",
            "https://erp.example.com:443/",
            "https://erp.example.com:8443",
            "https://a.b.kunde.example/ret;1/~x?a[0]=1",
            "https://erp.example.com?x=\"><b>",
            "https://xn--mller-kva.example/",
            "https://MÜLLER.example/",
        ] {
            assert_eq!(ReturnUrl::parse(text, &connection()).map(|url| url.as_str().to_string()), Ok(text.to_string()));
        }
    }

    /// each refusal with its reason.
    #[test]
    fn refuses() {
        let long = format!("https://erp.example.com/{}", "a".repeat(4096));
        for (text, reason) in [
            ("", Refused::NotAbsolute),
            ("/account/delete", Refused::NotAbsolute),
            ("//erp.example.com/", Refused::NotAbsolute),
            ("https:erp.example.com", Refused::NotAbsolute),
            ("https:///x", Refused::NotAbsolute),
            ("javascript://erp.example.com/%0Aalert(1)", Refused::Scheme),
            ("http://erp.example.com/", Refused::Scheme),
            ("data:text/html,x", Refused::Scheme),
            ("SAPEVENT:POST", Refused::Scheme),
            ("https://erp.example.com\\@evil.test/", Refused::ControlChar),
            ("https://erp.example.com/\t", Refused::ControlChar),
            ("https://erp.example.com/a b", Refused::ControlChar),
            ("https://erp.example.com@evil.test/", Refused::UserInfo),
            ("https://evil.test/?x=https://erp.example.com", Refused::HostNotAllowed),
            ("https://erp.example.com.evil.test/", Refused::HostNotAllowed),
            ("https://erp.example.com./", Refused::HostNotAllowed),
            ("https://erp.example.com:8444/", Refused::HostNotAllowed),
            ("https://erp.example.com:0443/", Refused::HostNotAllowed),
            ("https://erp.example.com:99999/", Refused::HostNotAllowed),
            ("https://kunde.example/", Refused::HostNotAllowed),
            ("https://.kunde.example/", Refused::HostNotAllowed),
            ("https://evil-kunde.example/", Refused::HostNotAllowed),
            ("https://%65rp.example.com/", Refused::HostNotAllowed),
            ("https://ｅrp.example.com/", Refused::HostNotAllowed),
            ("https://erp.exаmple.com/", Refused::HostNotAllowed),
            ("https://erp。example.com/", Refused::HostNotAllowed),
            (long.as_str(), Refused::TooLong),
        ] {
            assert_eq!(ReturnUrl::parse(text, &connection()).map(|_| ()), Err(reason), "{text}");
        }
    }

    ///
    #[test]
    fn sap_gui_only_where_allowed() {
        let gui = Connection { allow_sapgui: true, ..connection() };
        for text in ["SAPEVENT:POST", "sapevent:post", "SapEvent:a1"] {
            let url = ReturnUrl::parse(text, &gui).expect("allowed on this connection");
            assert_eq!((url.as_str(), url.policy_source()), (text, "sapevent:"));
        }
        for text in ["SAPEVENT:", "SAPEVENT:a b", "SAPEVENT:x?y", "SAPEVENT://evil.test"] {
            assert!(ReturnUrl::parse(text, &gui).is_err(), "{text}");
        }
    }
}
