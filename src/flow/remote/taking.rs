//! The cart that a supplier's shop sends back through the buyer's browser: taken once for each opening, the same bytes again with the same answer.
//! Everything about it becomes true in one commit: the opening is closed, the basket is what the cart says, the record is there.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde_json::json;

use super::{Cart, basket, joined};
use crate::app::App;
use crate::clock;
use crate::domain::basket::Basket;
use crate::domain::connection::{Cxml, Remote};
use crate::domain::finding::Findings;
use crate::domain::name::Language;
use crate::error::{Error, Result};
use crate::flow::connecting::{self, Live};
use crate::flow::recording::Wanted;
use crate::flow::{peppol, proving, sessions};
use crate::store::evidence::Evidence;
use crate::store::remote_cart::RemoteCart;
use crate::store::session::Session;
use crate::store::{self, Tx};
use crate::wire::cxml::returned::{self, Returned};
use crate::wire::cxml::setup::Operation;
use crate::wire::cxml::tree::Document;
use crate::wire::cxml::{Fault, check, redacted, tree};
use crate::wire::peppol::{Message, cart};

/// The most of a document that is shown with its record.
const SHOWN_MAX: usize = 64 * 1024;
/// What a cart is called on record, in cXML and as Peppol has it.
const CXML: &str = "punchoutordermessage";
const PEPPOL: &str = "catalogue";
/// How often a basket that was changed meanwhile is looked at anew.
const TRIES: usize = 4;

/// A form as it came.
pub struct Returning<'r> {
    pub connection: &'r str,
    pub token: &'r str,
    pub fields: &'r [(String, String)],
    pub address: IpAddr,
}

/// What the browser is shown next.
#[derive(Clone, Debug)]
pub enum Brought {
    /// The cart is in the basket of the session of this number; or nothing changed there.
    Taken { session: String, language: Language },
    /// It is not, and why not: as people are told it, and as the shop's people would be.
    Refused { findings: Findings, why: Fault, session: String, language: Language },
    /// Nothing can come of this opening any more: it had its cart, or its session is over.
    Finished { session: String, language: Language },
}

/// Why a cart is not taken.
enum Not {
    /// As the shop's people would be told it, and as people are where that is known already.
    Refused(Fault, Option<Findings>),
    Finished,
}

impl From<Fault> for Not {
    fn from(fault: Fault) -> Not {
        Not::Refused(fault, None)
    }
}

impl From<cart::Refused> for Not {
    fn from(refused: cart::Refused) -> Not {
        Not::Refused(refused.why, Some(refused.finding.into()))
    }
}

/// Everything known while one return is worked on.
struct Work<'r> {
    app: &'r App,
    live: &'r Live,
    remote: &'r Remote,
    returning: &'r Returning<'r>,
    opening: RemoteCart,
    digest: String,
    /// The document, once it could be read.
    text: String,
    /// What it is, on record.
    kind: &'static str,
}

/// Takes a cart back. An error means that there is no such opening, or something is not available.
pub async fn take(app: &App, returning: &Returning<'_>) -> Result<Brought> {
    let live = connecting::connection(app, returning.connection).await?;
    let unknown = || Error::not_found("opening of a shop", "");
    let remote = live.connection.remote.as_deref().ok_or_else(unknown)?;
    let hash = proving::sha256(returning.token);
    let mut tx = app.store.read().await?;
    let opening = store::remote_cart::by_token(&mut tx, &live.connection.tenant, &hash).await?.ok_or_else(unknown)?;
    let session = store::session::by_number(&mut tx, &opening.tenant, &opening.session).await?;
    let session = session.filter(|session| session.connection == live.connection.name).ok_or_else(unknown)?;
    drop(tx);
    let mut work = Work { app, live: &live, remote, returning, opening, digest: String::new(), text: String::new(), kind: CXML };
    match work.run().await {
        Ok(Ok(())) => Ok(Brought::Taken { session: session.number, language: session.language }),
        Ok(Err(not)) => {
            let why = match &not {
                Not::Refused(why, _) => why.clone(),
                Not::Finished => Fault::content("this session of the shop is finished; another cart cannot come of it"),
            };
            let evidence = work.evidence(Some(&why), vec![why.text.clone()], session.test);
            app.recorder.record(Wanted { evidence: vec![evidence], ..Wanted::default() }).await?;
            let (session, language) = (session.number, session.language);
            Ok(match not {
                Not::Refused(why, findings) => {
                    let findings = findings.unwrap_or_else(|| check::refused(returning.fields, &work.opening.cookie, &remote.units));
                    Brought::Refused { findings, why, session, language }
                }
                Not::Finished => Brought::Finished { session, language },
            })
        }
        Err(error) => Err(error),
    }
}

type Judged<T> = std::result::Result<T, Not>;

impl Work<'_> {
    async fn run(&mut self) -> Result<Judged<()>> {
        let returned = match self.read().await? {
            Ok(returned) => returned,
            Err(not) => return Ok(Err(not)),
        };
        for _ in 1..TRIES {
            match self.keep(&returned).await {
                Err(Error::Conflict(_)) => {}
                outcome => return outcome,
            }
        }
        self.keep(&returned).await
    }

    async fn read(&mut self) -> Result<Judged<Returned>> {
        let (document, mut warnings) = match self.document() {
            Ok(document) => document,
            Err(fault) => return Ok(Err(fault.into())),
        };
        if Message::of(&document.root) != Some(Message::PunchOut) {
            return Ok(self.in_cxml(&document, warnings).map_err(Not::from));
        }
        self.kind = PEPPOL;
        if let Some((why, findings)) = peppol::cart_refused(self.app, &document, &mut warnings).await? {
            return Ok(Err(Not::Refused(why, Some(findings))));
        }
        // The address it came to is that of this session: a cart of Peppol has nothing else that says whose it is.
        Ok(cart::read(&document, &self.remote.units, &self.app.clock.now().date(), warnings).map_err(Not::from))
    }

    fn document(&mut self) -> std::result::Result<(Document, Vec<String>), Fault> {
        let mut warnings = Vec::new();
        let (bytes, charset) = returned::bytes(self.returning.fields, &mut warnings)?;
        self.digest = proving::sha256(&bytes);
        let document = tree::read(&bytes, charset)?;
        self.text.clone_from(&document.text);
        Ok((document, warnings))
    }

    fn in_cxml(&self, document: &Document, warnings: Vec<String>) -> std::result::Result<Returned, Fault> {
        let habits = Cxml { units: self.remote.units.clone(), ..Cxml::default() };
        let returned = returned::read(document, &habits, warnings)?;
        if returned.cookie != self.opening.cookie {
            return Err(Fault::content("BuyerCookie is not that of this session"));
        }
        Ok(returned)
    }

    /// Closes the opening and changes the basket, or says why not. A conflict when somebody else changed the basket meanwhile.
    async fn keep(&self, returned: &Returned) -> Result<Judged<()>> {
        let mut tx = self.app.store.begin().await?;
        let Some(opening) = store::remote_cart::by_token(&mut tx, &self.opening.tenant, &self.opening.token_hash).await? else {
            return Ok(Err(Not::Finished));
        };
        if opening.state != "open" {
            return Ok(if opening.digest == self.digest { Ok(()) } else { Err(Not::Finished) });
        }
        let session = store::session::by_number(&mut tx, &opening.tenant, &opening.session).await?;
        // A cart is an action of the session: it may come long after the last page was seen, but not when nobody can open a page any more.
        let is_alive = |session: &Session| session.state == "open" && sessions::may_go_on(&self.live.connection, session, self.app.clock.now());
        let Some(session) = session.filter(is_alive) else { return Ok(Err(Not::Finished)) };
        let kept = match self.outcome(&mut tx, &opening, &session, returned).await? {
            Ok(kept) => kept,
            Err(fault) => return Ok(Err(fault.into())),
        };
        let closed = RemoteCart { digest: self.digest.clone(), returned_at: self.app.clock.now(), ..kept };
        if !store::remote_cart::close(&mut tx, &closed).await? {
            return Err(Error::Conflict("another cart was first".into()));
        }
        let evidence = self.evidence(None, returned.warnings.clone(), session.test);
        tx.write(vec![store::evidence::insert(vec![store::evidence::values(&evidence)])]).await?;
        tx.commit().await?;
        // Read anew, not only forgotten: who still has the basket from before must not put it back.
        sessions::again(self.app, &session).await?;
        let (lines, warnings) = (returned.cart.lines.len(), returned.warnings.len());
        tracing::info!(
            connection = self.live.connection.name,
            session.id = session.number,
            lines,
            warnings,
            state = closed.state,
            "cart of a shop taken"
        );
        Ok(Ok(()))
    }

    /// The opening as it is once the cart came. Section 10: what is cancelled changes nothing, nor does a new cart without lines; an edited one
    /// without lines empties the basket.
    async fn outcome(
        &self,
        tx: &mut Tx,
        opening: &RemoteCart,
        session: &Session,
        returned: &Returned,
    ) -> Result<std::result::Result<RemoteCart, Fault>> {
        let is_edit = opening.operation == Operation::Edit.as_str();
        if returned.cancelled || returned.cart.lines.is_empty() && !is_edit {
            return Ok(Ok(RemoteCart { state: "cancelled".into(), ..opening.clone() }));
        }
        let last = store::remote_cart::last(tx, &session.tenant, &session.number).await?;
        let was: Cart = last.map_or_else(|| Ok(Cart::default()), |last| serde_json::from_str(&last.cart)).map_err(Error::internal)?;
        let replaced: BTreeSet<u32> = serde_json::from_str(&opening.lines).map_err(Error::internal)?;
        let before = store::session::lines(tx, session).await?;
        let made = joined(&was, &before, returned, &replaced).and_then(|cart| Ok((basket(&cart, self.remote, &before, &was, &replaced)?, cart)));
        let (basket, cart) = match made {
            Ok(made) => made,
            Err(fault) => return Ok(Err(fault)),
        };
        self.put(tx, session, &basket).await?;
        let text = serde_json::to_string(&cart).map_err(Error::internal)?;
        Ok(Ok(RemoteCart { state: "returned".into(), cart: text, version: session.version + 1, ..opening.clone() }))
    }

    /// The basket as it is from now on.
    async fn put(&self, tx: &mut Tx, session: &Session, basket: &Basket) -> Result<()> {
        let step = sessions::step(self.app, session, "open", &basket.coding);
        if tx.write(vec![store::session::advance(&[&step])]).await? == 0 {
            return Err(Error::Conflict(format!("session {} changed meanwhile", session.number)));
        }
        store::session::remove_lines(tx, &step).await?;
        let lines: Vec<_> = basket.lines.iter().map(|line| (&step, line)).collect();
        tx.write(vec![store::session::put_lines(&lines)]).await.map(drop)
    }

    /// What is kept of it: without the secrets that shops put in, which anybody at the browser could read.
    fn evidence(&self, refused: Option<&Fault>, notes: Vec<String>, test: bool) -> Evidence {
        let now = self.app.clock.now();
        let document: String = redacted::redacted(&self.text).chars().take(SHOWN_MAX).collect();
        let said = refused.map_or_else(|| json!({"status": 200}), |fault| json!({"status": fault.status.code(), "text": fault.text}));
        Evidence {
            tenant: self.live.connection.tenant.clone(),
            id: clock::new_id(now),
            connection: self.live.connection.name.clone(),
            at: now,
            kind: "document".to_string(),
            outcome: self.kind.to_string(),
            reason: refused.map(|fault| fault.status.code().to_string()),
            user: self.remote.supplier.clone(),
            session: Some(self.opening.session.clone()),
            address: self.returning.address.to_string(),
            method: "POST".to_string(),
            received: vec![("sha256".to_string(), self.digest.clone()), ("document".to_string(), document)],
            sent: said.to_string().into(),
            notes,
            test,
        }
    }
}
