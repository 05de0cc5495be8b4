//! The link in a mail by which a supplier answers an order without a name to sign in with (reference cxml-and-peppol-ordering, section 29). It
//! is good for one order and a limited time, and does no more than take the order on or refuse it whole; all else is done at the desk.

use std::time::Duration;

use crate::app::App;
use crate::domain::fulfilment::Source;
use crate::domain::order::State;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::flow::fulfilling::{Target, answering};
use crate::flow::proving;
use crate::flow::signing::Caller;
use crate::store::order::Stored;
use crate::store::organisation::Organisation;
use crate::store::person::Person;
use crate::store::{self};

/// How long a link is good.
const GOOD_FOR: Duration = Duration::from_secs(60 * 86_400);
const PROOF_CHARS: usize = 40;

/// What an address names, and what proves it.
#[derive(Clone, Debug)]
pub struct Link {
    pub tenant: String,
    pub order: String,
    /// Seconds since 1970.
    pub until: i64,
    pub proof: String,
}

fn proof(form_key: &[u8], tenant: &str, order: &str, until: i64) -> String {
    proving::hmac(form_key, &format!("order link {tenant} {order} {until}"))[..PROOF_CHARS].to_string()
}

/// The address for a mail that leaves now.
pub fn address(form_key: &[u8], base: &str, tenant: &str, order: &str, now: Timestamp) -> String {
    let until = now.plus(GOOD_FOR).seconds();
    format!("{base}/answer/{tenant}/{order}/{until}/{}", proof(form_key, tenant, order, until))
}

/// The order that a link names, its supplier, and on whose behalf it is answered. A link that is wrong or too old is no address at all.
pub async fn open(app: &App, link: &Link) -> Result<(Stored, Organisation, Caller)> {
    let unknown = || Error::not_found("order", &link.order);
    let right = proving::same(&link.proof, &proof(&app.form_key, &link.tenant, &link.order, link.until));
    if !right || app.clock.now().seconds() > link.until {
        return Err(unknown());
    }
    let mut tx = app.store.read().await?;
    let stored = store::order::by_id(&mut tx, &link.tenant, &link.order).await?.ok_or_else(unknown)?;
    let supplier = store::organisation::by_id(&mut tx, &stored.order.supplier).await?.ok_or_else(unknown)?;
    drop(tx);
    let person = Person {
        tenant: supplier.id.clone(),
        id: String::new(),
        sign_in: format!("{} (mail)", supplier.id),
        password: None,
        name: supplier.name.clone(),
        mail: String::new(),
        language: supplier.language,
        roles: vec!["supplier_desk".into()],
        branch: None,
        active: true,
    };
    Ok((stored, supplier, Caller { person, scopes: None, login: None, token: None }))
}

/// What can be answered with a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    Confirm,
    /// All of it, and why.
    Refuse(String),
}

/// Takes an order on, or refuses all that is open of it. Twice is once; who comes too late gets the order's state as the reason.
pub async fn answer(app: &App, link: &Link, reply: &Reply) -> Result<()> {
    let (stored, _, caller) = open(app, link).await?;
    let target = Target { tenant: &link.tenant, id: &link.order, version: None, source: Source::Mail, key: None };
    match reply {
        Reply::Confirm => answering::confirm(app, &caller, &target).await,
        Reply::Refuse(_) if stored.order.state == State::Cancelled => Ok(()),
        Reply::Refuse(reason) => {
            let open = stored.order.lines.iter().filter(|line| line.open() > rust_decimal::Decimal::ZERO);
            let gone: Vec<_> = open.map(|line| (line.line, None)).collect();
            answering::refuse(app, &caller, &target, &gone, reason).await
        }
    }
}
