//! The virtual ERP: a whole round trip for a connection, played here, and the basket read as the purchasing system would;
//! and the replay of a recorded call-up. Everything it makes is marked as a test.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use super::connecting::{self, Live};
use super::punchout::{self, Answer, Request};
use super::{returning, sessions, shopping};
use crate::app::App;
use crate::domain::coding::Kind;
use crate::domain::finding::{Code, Finding, Findings};
use crate::error::{Error, Result};
use crate::store::evidence::Evidence;
use crate::wire::oci::{check, mask, preset};

/// A line the virtual buyer orders.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub article: String,
    pub quantity: String,
    pub coding: Vec<(Kind, String)>,
}

/// What the virtual ERP says of the basket it got.
#[derive(Debug, Default)]
pub struct Report {
    pub findings: Findings,
    pub fields: Vec<(String, String)>,
    pub session: String,
}

/// Opens a session, fills the basket, hands it back and reads it with the habits of `profile` (a preset).
pub async fn round_trip(app: &App, name: &str, profile: &str, wanted: &[Wanted]) -> Result<Report> {
    let preset = preset::find(profile).ok_or_else(|| Error::from(Finding::error(Code::Setting, "profile").value(profile)))?;
    let live = connecting::connection(app, name).await?;
    let query = serde_urlencoded::to_string(call_up(&live, preset)?).map_err(Error::internal)?;
    let (answer, live) = punchout::open(app, test_request(name, "GET", query.as_bytes())).await?;
    let (number, key) = match answer {
        Answer::Opened { number, key, .. } => (number, key),
        Answer::Refused { reason, .. } => return Err(Finding::error(Code::Unusable, "HOOK_URL").value(reason).into()),
        other => return Err(Error::internal(format!("a rehearsal was answered with {other:?}"))),
    };
    let report = shop(app, &live, &key, wanted).await;
    match report {
        Ok(fields) => Ok(Report { findings: check::check(&fields, &preset.receiver), fields, session: number }),
        Err(Error::Invalid(findings)) => Ok(Report { findings, fields: Vec::new(), session: number }),
        Err(error) => Err(error),
    }
}

async fn shop(app: &App, live: &Arc<Live>, key: &str, wanted: &[Wanted]) -> Result<Vec<(String, String)>> {
    let catalogue = connecting::catalogue(app, &live.connection.catalogue).await?;
    let mut held = sessions::resume(app, live, key, None).await?.ok_or(Error::Unauthenticated)?;
    for (number, line) in (1u32..).zip(wanted) {
        let unknown = || Error::from(Finding::error(Code::ArticleUnknown, "VENDORMAT").line(number).value(&line.article));
        let article = catalogue.get(&line.article).ok_or_else(unknown)?;
        held = shopping::put(app, &held, article, &line.quantity, Vec::new()).await?;
        if !line.coding.is_empty() {
            let at = held.basket.lines.last().map_or(number, |line| line.line);
            held = shopping::update(app, &held, at, None, None, &line.coding).await?;
        }
    }
    let (form, _) = returning::transfer(app, live, &catalogue, &held).await?;
    Ok(form.pairs.clone())
}

/// The parameters this system sends, with a return URL that the connection allows.
fn call_up(live: &Live, preset: &preset::Preset) -> Result<Vec<(&'static str, String)>> {
    let origin = live.connection.return_origins.first().map(ToString::to_string).unwrap_or_default();
    if origin.is_empty() {
        return Err(Finding::error(Code::Missing, "return_origins").into());
    }
    let origin = origin.replace("*.", "test.");
    Ok(vec![
        ("OCI_VERSION", preset.version.to_string()),
        ("OPI_VERSION", "1.0".to_string()),
        ("HOOK_URL", format!("{origin}/virtual-erp")),
        ("~OkCode", "ADDI".to_string()),
        ("~TARGET", "_top".to_string()),
        ("~CALLER", "CTLG".to_string()),
    ])
}

fn test_request<'r>(name: &'r str, method: &'r str, query: &'r [u8]) -> Request<'r> {
    Request { connection: name, method, query, body: b"", content_type: "", address: IpAddr::V4(Ipv4Addr::LOCALHOST), test: true }
}

/// a recorded call-up again, against a test session; its secrets are not on record and not needed.
pub async fn replay(app: &App, record: &Evidence) -> Result<Answer> {
    let pairs: Vec<&(String, String)> = record.received.iter().filter(|(_, value)| value != mask::MASK).collect();
    let query = serde_urlencoded::to_string(pairs).map_err(Error::internal)?;
    let (answer, _) = punchout::open(app, test_request(&record.connection, "REPLAY", query.as_bytes())).await?;
    Ok(answer)
}
