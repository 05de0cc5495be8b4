//! The virtual ERP: a whole round trip for a connection, played here, and the basket read as the purchasing system would;
//! and the replay of a recorded call-up. Everything it makes is marked as a test.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use super::connecting::{self, Live};
use super::cxml;
use super::punchout::{self, Answer, Request};
use super::{returning, sessions, shopping};
use crate::app::App;
use crate::clock;
use crate::domain::coding::Kind;
use crate::domain::connection::Cxml;
use crate::domain::finding::{Code, Finding, Findings};
use crate::error::{Error, Result};
use crate::store::evidence::Evidence;
use crate::wire::cxml::check::{self, Asked};
use crate::wire::cxml::envelope::Identity;
use crate::wire::cxml::setup::{Item, Operation};
use crate::wire::cxml::write::Cover;
use crate::wire::oci::{self, mask, preset};

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
    if let Some(habits) = live.connection.cxml.as_deref() {
        return in_cxml(app, &live, habits, preset, wanted).await;
    }
    let query = serde_urlencoded::to_string(call_up(&live, preset)?).map_err(Error::internal)?;
    let (answer, live) = punchout::open(app, test_request(name, "GET", query.as_bytes())).await?;
    let (number, key) = match answer {
        Answer::Opened { number, key, .. } => (number, key),
        Answer::Refused { reason, .. } => return Err(Finding::error(Code::Unusable, "HOOK_URL").value(reason).into()),
        other => return Err(Error::internal(format!("a rehearsal was answered with {other:?}"))),
    };
    let report = shop(app, &live, &key, wanted).await;
    match report {
        Ok(fields) => Ok(Report { findings: oci::check::check(&fields, &preset.receiver), fields, session: number }),
        Err(Error::Invalid(findings)) => Ok(Report { findings, fields: Vec::new(), session: number }),
        Err(error) => Err(error),
    }
}

/// The same in cXML: a setup, the cart, and the cart once more to be changed, which must come back with the same lines.
async fn in_cxml(app: &App, live: &Arc<Live>, habits: &Cxml, preset: &preset::Preset, wanted: &[Wanted]) -> Result<Report> {
    let identity = |texts: &[String], key: &str| {
        let found = texts.iter().find_map(|text| Identity::parse(text));
        found.ok_or_else(|| Error::from(Finding::error(Code::Setting, key).limit("domain:identity")))
    };
    let (buyer, own) = (identity(&habits.buyer, "cxml.buyer")?, identity(&habits.own, "cxml.own")?);
    let (payload, now) = (clock::new_id(app.clock.now()), cxml::timestamp(app.clock.now()));
    let return_url = return_url(live)?;
    let units = preset.connection().cxml.map(|known| known.units).unwrap_or_default();
    let asked = Asked {
        cover: Cover { payload: &payload, timestamp: &now, version: &habits.version },
        buyer: &buyer,
        own: &own,
        operation: Operation::Create,
        cookie: &payload,
        return_url: &return_url,
        user: "virtual-erp",
        secret: None,
        is_test: true,
        items: &[],
    };
    let (session, pairs) = match cart(app, live, &asked, wanted).await? {
        (session, Ok(pairs)) => (session, pairs),
        (session, Err(findings)) => return Ok(Report { findings, fields: Vec::new(), session }),
    };
    let mut first = check::check(&pairs, &asked, &units);
    if !first.findings.has_error() {
        let asked = Asked { operation: Operation::Edit, items: &first.items, ..asked };
        match cart(app, live, &asked, &[]).await? {
            (_, Err(findings)) => first.findings.0.extend(findings.0),
            (_, Ok(pairs)) => {
                let again = check::check(&pairs, &asked, &units);
                first.findings.0.extend(again.findings.0);
                if again.items != first.items {
                    let ids = |items: &[Item]| items.iter().map(|item| item.aux.as_str()).collect::<Vec<_>>().join(", ");
                    let differs = Finding::error(Code::DiffersFromBasket, "SupplierPartAuxiliaryID");
                    first.findings.push(differs.value(ids(&again.items)).limit(ids(&first.items)));
                }
            }
        }
    }
    Ok(Report { findings: first.findings, fields: first.fields, session })
}

/// Opens a session, fills its basket and hands it back: the session's number, and the fields or what kept them here.
async fn cart(
    app: &App,
    live: &Arc<Live>,
    asked: &Asked<'_>,
    wanted: &[Wanted],
) -> Result<(String, std::result::Result<Vec<(String, String)>, Findings>)> {
    let (session, key) = match cxml::rehearsed(app, live, &check::setup(asked)).await? {
        Ok(opened) => opened,
        Err(reason) => return Err(Finding::error(Code::Unusable, "PunchOutSetupRequest").value(reason).into()),
    };
    match shop(app, live, &key, wanted).await {
        Ok(pairs) => Ok((session, Ok(pairs))),
        Err(Error::Invalid(findings)) => Ok((session, Err(findings))),
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

/// An address that the connection returns baskets to.
fn return_url(live: &Live) -> Result<String> {
    let origin = live.connection.return_origins.first().map(|origin| origin.to_string().replace("*.", "test."));
    origin.map(|origin| format!("{origin}/virtual-erp")).ok_or_else(|| Finding::error(Code::Missing, "return_origins").into())
}

/// The parameters this system sends.
fn call_up(live: &Live, preset: &preset::Preset) -> Result<Vec<(&'static str, String)>> {
    Ok(vec![
        ("OCI_VERSION", preset.version.to_string()),
        ("OPI_VERSION", "1.0".to_string()),
        ("HOOK_URL", return_url(live)?),
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
