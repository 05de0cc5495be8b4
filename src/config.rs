//! The one configuration: a TOML file, then the environment, then flags; validated once at start. Secrets do not print.
//! Never read anywhere but at start, and never changed afterwards.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::{Error, Result};

/// Where mail goes out. Without it, mails stay in the outbox and say so.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    /// Address of the mail server: `smtp://user:password@mail.example.com:587`, `smtps://…`.
    pub url: SmtpUrl,
    /// Sender of every mail.
    pub from: String,
}

/// The access point through which documents go to the Peppol network and come from it. The patterns are those of phoss-ap; any other that
/// takes a document by POST can be described.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct AccessPoint {
    /// Where it is: `https://ap.example.com`.
    pub url: String,
    /// What it knows us by, and what it must show when it brings a document.
    pub token: Token,
    /// The header with the token.
    #[serde(default = "token_header")]
    pub token_header: String,
    /// Path to hand a document over, with `{sender}`, `{receiver}`, `{document}`, `{process}`, `{country}` and `{id}`.
    #[serde(default = "submit_path")]
    pub submit: String,
    /// Path to ask what became of one, with `{id}`.
    #[serde(default = "status_path")]
    pub status: String,
}

fn token_header() -> String {
    "X-Token".into()
}

fn submit_path() -> String {
    "/api/outbound/submit/{sender}/{receiver}/{document}/{process}/{country}?sbdhInstanceID={id}".into()
}

fn status_path() -> String {
    "/api/outbound/status/{id}".into()
}

/// A secret: never printed.
#[derive(Clone, Deserialize, PartialEq, Eq)]
pub struct Token(pub String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// An address that may hold a password: never printed.
#[derive(Clone, Deserialize, PartialEq, Eq)]
pub struct SmtpUrl(pub String);

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Every setting, with its default. The doc comments are the reference.
#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Folder of the embedded database and the files beside it.
    pub data: PathBuf,
    /// Address of a PostgreSQL server (`postgres://…`); without it the embedded database is used.
    pub database: Option<String>,
    /// Address and port to listen on. Port 0 takes a free one.
    pub listen: String,
    /// The address people and purchasing systems use, when it is not the one listened on: `https://shop.example.com`.
    pub public_url: Option<String>,
    /// Proxies whose `X-Forwarded-For` is believed. Empty: nobody's.
    pub trusted_proxies: Vec<IpAddr>,
    /// Days that call-ups and returns are kept as evidence.
    pub evidence_days: u32,
    /// Most requests worked on at once; beyond that callers are told to come back.
    pub requests_max: usize,
    /// Largest request body in bytes.
    pub body_max: usize,
    /// Hosts outside that suppliers' webhooks may name although they are on a private network: `10.0.0.5:8080`.
    pub private_hosts: Vec<String>,
    /// Folder into which suppliers' invoices are dropped as `.xml` files, in a folder named after the buyer's id; what was taken moves to `taken`, what was not let in to `refused`.
    pub invoice_folder: Option<PathBuf>,
    /// File with the keys that seal credentials for other systems: 64 hexadecimal digits a line, the first seals, all open; every node needs the same. Without it `sealing.keys` in the data folder, made with the first secret.
    pub sealing_keys: Option<PathBuf>,
    /// Mail server.
    pub smtp: Option<Smtp>,
    /// Access point to the Peppol network.
    pub access_point: Option<AccessPoint>,
    /// The virtual purchasing system stands at `/`. Set by `hookline demo` only.
    #[serde(skip)]
    pub demo: bool,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            data: PathBuf::from("data"),
            database: None,
            listen: "127.0.0.1:8080".into(),
            public_url: None,
            trusted_proxies: Vec::new(),
            evidence_days: 400,
            requests_max: 512,
            body_max: 5 * 1024 * 1024,
            private_hosts: Vec::new(),
            invoice_folder: None,
            sealing_keys: None,
            smtp: None,
            access_point: None,
            demo: false,
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("data", &self.data)
            .field("database", &self.database.as_ref().map(|_| "***"))
            .field("listen", &self.listen)
            .field("public_url", &self.public_url)
            .field("evidence_days", &self.evidence_days)
            .finish_non_exhaustive()
    }
}

impl Config {
    /// Whether messages of this kind can leave at all.
    pub fn has_way_for(&self, kind: &str) -> bool {
        match kind {
            "mail" => self.smtp.is_some(),
            "access-point" => self.access_point.is_some(),
            _ => true,
        }
    }

    /// The kinds of messages of which none can leave.
    pub fn kinds_without_a_way(&self) -> Vec<&'static str> {
        ["mail", "access-point"].into_iter().filter(|kind| !self.has_way_for(kind)).collect()
    }

    /// Reads a file; a mistake is named with file, line and key.
    pub fn from_file(path: &Path) -> Result<Config> {
        let text = std::fs::read_to_string(path).map_err(|e| Error::internal(format!("{}: {e}", path.display())))?;
        toml::from_str(&text).map_err(|e| Error::internal(format!("{}: {e}", path.display())))
    }

    /// What cannot work is refused before anything starts.
    pub fn validate(&self) -> Result<()> {
        let wrong = |key: &str, why: &str| Err(Error::internal(format!("configuration: {key}: {why}")));
        if self.listen.parse::<std::net::SocketAddr>().is_err() {
            return wrong("listen", "must be an address and a port such as 0.0.0.0:8080");
        }
        if let Some(url) = &self.public_url
            && (!(url.starts_with("https://") || url.starts_with("http://")) || url.ends_with('/'))
        {
            return wrong("public_url", "must begin with https:// or http:// and end without a slash");
        }
        if self.evidence_days == 0 || self.requests_max == 0 || self.body_max < 64 * 1024 {
            return wrong("evidence_days, requests_max, body_max", "must be above zero (body_max at least 65536)");
        }
        Ok(())
    }
}
