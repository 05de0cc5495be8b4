//! What the supplier's system says of a shipment (section 16): it left; what was said of it changes, wholly; or it did not leave after all. A notice
//! is taken for all of its orders or for none, and never takes back what is on an invoice.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde_json::json;

use super::coming::Came;
use super::fulfilling::{About, about, cancelled, kept_of, names, of_version, source_of, step, writing};
use super::refusing::{self, refusal, refuse};
use super::{Proven, Said};
use crate::app::App;
use crate::domain::books::command::Command;
use crate::domain::fulfilment::Source;
use crate::domain::order::State;
use crate::error::{Error, Refusal, Result};
use crate::flow::bookkeeping::{Plan, Seen, WriteFn};
use crate::flow::fulfilling::withdrawing::{self, Invoiced};
use crate::flow::fulfilling::{Parcel, same_version};
use crate::flow::{connecting, delivering, invoicing};
use crate::store;
use crate::store::order::Stored;
use crate::store::shipment::{Shipment, WORD_MAX};
use crate::wire::cxml::kept::{Kept, LineState};
use crate::wire::cxml::notice::{self, Notice, Operation, Portion, Shipped};
use crate::wire::cxml::{Fault, Status};

/// How often a notice is looked at anew whose order changed meanwhile.
const TRIES: usize = 4;

pub async fn ship(app: &App, proven: &Proven<'_>) -> Result<Said> {
    let came = Came::of(proven)?;
    match notice::read(proven.envelope.payload_element) {
        Ok(notice) => take(app, &came, &notice).await,
        Err(fault) => refuse(app, &came, "ship notice".to_string(), fault).await,
    }
}

/// Takes a ship notice that was read, in whatever format it came.
pub async fn take(app: &App, came: &Came<'_>, notice: &Notice) -> Result<Said> {
    for _ in 1..TRIES {
        match tried(app, came, notice).await {
            Err(Error::Refused(Refusal::Changed { .. })) => {}
            done => return done,
        }
    }
    tried(app, came, notice).await
}

/// What a notice is for one order: what leaves, and what was said to have left before.
struct Piece {
    about: About,
    portion: Option<Portion>,
    withdrawn: Vec<Shipment>,
}

async fn tried(app: &App, came: &Came<'_>, notice: &Notice) -> Result<Said> {
    let pieces = match pieces(app, came, notice).await? {
        Ok(pieces) => pieces,
        Err(fault) => return refuse(app, came, "ship notice".to_string(), fault).await,
    };
    // Tried for every order first, so that a notice is taken whole or not at all; what changes between the two is said.
    let mut last = Said::new(Status::Ok, "");
    for preview in [true, false] {
        let mut taken: Vec<&str> = Vec::new();
        for (place, piece) in (1..).zip(&pieces) {
            // The answer to the document is kept with the last: a repeat then goes on where the first try ended.
            let is_last = place == pieces.len();
            last = ship_one(app, came, notice, piece, (is_last, preview)).await?;
            if !last.status.is_success() {
                let text = if taken.is_empty() { last.text } else { format!("taken for order {} and no further: {}", taken.join(", "), last.text) };
                return refuse(app, came, "ship notice".to_string(), Fault::new(last.status, text)).await;
            }
            taken.extend((!preview).then_some(piece.about.stored.order.number.as_str()));
        }
    }
    Ok(last)
}

/// The orders of a notice, always in the same sequence.
async fn pieces(app: &App, came: &Came<'_>, notice: &Notice) -> Result<std::result::Result<Vec<Piece>, Fault>> {
    let mut before = match notice.operation {
        Operation::New => BTreeMap::new(),
        Operation::Update | Operation::Delete => said_before(app, came, &notice.id).await?,
    };
    if notice.operation != Operation::New && before.values().flatten().all(Shipment::is_withdrawn) {
        return Ok(Err(Fault::new(Status::ExpectationFailed, format_args!("shipment {} is not known, or withdrawn", notice.id))));
    }
    let mut pieces = Vec::new();
    let portions = notice.portions.iter().filter(|_| notice.operation != Operation::Delete);
    for portion in portions {
        match about(app, came, portion.order.as_deref(), portion.payload.as_deref()).await? {
            Ok(about) => {
                if pieces.iter().any(|piece: &Piece| piece.about.stored.order.id == about.stored.order.id) {
                    return Ok(Err(Fault::content("an order stands twice in the notice")));
                }
                before.remove(&about.stored.order.id);
                let withdrawn = counting(app, came, notice, &about).await?;
                pieces.push(Piece { about, portion: Some(portion.clone()), withdrawn });
            }
            Err(fault) => return Ok(Err(fault)),
        }
    }
    // An order of which nothing counts any more has no part in this.
    for id in before.into_iter().filter(|(_, said)| !said.iter().all(Shipment::is_withdrawn)).map(|(id, _)| id) {
        let stored = store::order::by_id(&mut app.store.read().await?, &came.tenant, &id).await?;
        let number = stored.map(|stored| stored.order.number);
        match about(app, came, number.as_deref(), None).await? {
            Ok(about) => {
                let withdrawn = counting(app, came, notice, &about).await?;
                pieces.push(Piece { about, portion: None, withdrawn });
            }
            Err(fault) => return Ok(Err(fault)),
        }
    }
    Ok(Ok(pieces))
}

/// What of an order was said under the number of a notice and still counts. Read after the order: if that is the same when it is booked, so is this.
async fn counting(app: &App, came: &Came<'_>, notice: &Notice, about: &About) -> Result<Vec<Shipment>> {
    if notice.operation == Operation::New {
        return Ok(Vec::new());
    }
    let (source, reference) = (source_of(came), in_words(&notice.id));
    let all = store::shipment::of_order(&mut app.store.read().await?, &came.tenant, &about.stored.order.id).await?;
    Ok(all.into_iter().filter(|one| one.source == source && one.reference == reference && !one.is_withdrawn()).collect())
}

/// What the supplier of this connection said under a number before, by order; what is withdrawn is among it.
async fn said_before(app: &App, came: &Came<'_>, reference: &str) -> Result<BTreeMap<String, Vec<Shipment>>> {
    let supplier = connecting::catalogue(app, &came.connection()?.catalogue).await?.supplier.clone();
    let mut tx = app.store.read().await?;
    let mut by_order: BTreeMap<String, Vec<Shipment>> = BTreeMap::new();
    for one in store::shipment::by_reference(&mut tx, &came.tenant, &supplier, &in_words(reference), source_of(came)).await? {
        by_order.entry(one.order.clone()).or_default().push(one);
    }
    Ok(by_order)
}

/// The number of a notice as it is kept.
fn in_words(id: &str) -> String {
    id.chars().take(WORD_MAX).collect()
}

async fn ship_one(app: &App, came: &Came<'_>, notice: &Notice, piece: &Piece, (is_last, preview): (bool, bool)) -> Result<Said> {
    let Piece { about, portion, withdrawn } = piece;
    let order = about.stored.order.id.clone();
    let follow = invoicing::running::follows_delivery(app, &about.stored).await?;
    let units = came.habits.units.clone();
    let planning = Planning {
        portion: portion.clone(),
        withdrawn: withdrawn.clone(),
        version: about.stored.version,
        notice: notice.clone(),
        source: source_of(came),
        hearers: about.hearers.clone(),
    };
    let plan = move |seen: &Seen<'_>| {
        let plan = planning.plan(seen, &units)?;
        let Some(stored) = seen.orders.first().filter(|_| follow && planning.portion.is_some() && plan.command.is_some()) else { return Ok(plan) };
        let job = invoicing::running::delivery_job(&stored.order.id, stored.version + 1, seen.now);
        let inner = plan.write;
        let write: WriteFn = Box::new(move |decided| {
            let mut written = inner(decided)?;
            written.jobs.extend(decided.outcome.is_ok().then(|| job.clone()));
            Ok(written)
        });
        Ok(Plan { write, ..plan })
    };
    let mut booking = refusing::booking(came, names(&about.stored), Some(order.clone()), plan);
    booking.preview = preview;
    if !is_last {
        booking.keys.iter_mut().for_each(|key| key.id.push_str(&format!("/{order}")));
    }
    if preview || !is_last {
        booking.received = None;
    }
    refusing::said(app.bookkeepers.book(&came.tenant, booking).await?)
}

/// Everything of one order's piece that its plan asks for.
struct Planning {
    portion: Option<Portion>,
    withdrawn: Vec<Shipment>,
    /// The order's when the shipments were read.
    version: i64,
    notice: Notice,
    source: Source,
    hearers: crate::flow::fulfilling::Hearers,
}

impl Planning {
    fn plan(&self, seen: &Seen<'_>, units: &BTreeMap<String, String>) -> Result<Plan> {
        let stored = delivering::seen(seen)?;
        let mut kept = kept_of(stored);
        let subject = format!("order/{}", stored.order.number);
        if stored.order.state == State::Cancelled {
            return Ok(refusal(&cancelled(&kept), &subject));
        }
        if !self.withdrawn.is_empty() {
            same_version(stored, Some(self.version))?;
        }
        let back = match withdrawing::brought(stored, seen.books, &self.withdrawn) {
            Ok(back) => back,
            Err(Invoiced { line, free, .. }) => {
                let label = kept.by_number(line).map_or_else(|| line.to_string(), |line| line.line.clone());
                let fault = Fault::new(Status::Conflict, format_args!("line {label}: all but {} is on an invoice already", free.normalize()));
                return Ok(refusal(&fault, &subject));
            }
        };
        returned(&mut kept, &back);
        let shipped = match self.portion.clone().map(|portion| self.leaving(&mut kept, portion, units)).transpose() {
            Ok(shipped) => shipped.unwrap_or_default(),
            Err(fault) => return Ok(refusal(&fault, &subject)),
        };
        if shipped.is_empty() && self.portion.is_some() && back.is_empty() {
            return Ok(refusal(&Fault::content("nothing is left to ship"), &subject));
        }
        let number =
            |shipped: &Shipped| kept.line(&shipped.line).map(|line| line.number).ok_or_else(|| Error::internal("a shipped line that is not there"));
        let lines = shipped.iter().map(|one| Ok((number(one)?, one.quantity))).collect::<Result<Vec<_>>>()?;
        Ok(self.booked(stored, &kept, &back, lines))
    }

    /// The pieces that leave, with the lines as they are then.
    fn leaving(&self, kept: &mut Kept, portion: Portion, units: &BTreeMap<String, String>) -> std::result::Result<Vec<Shipped>, Fault> {
        let portion = if self.source == Source::Cxml { portion.in_labels_of(kept) } else { portion };
        let labels: Vec<String> = portion.items.iter().map(|item| item.line.clone()).collect();
        of_version(kept, portion.payload.as_deref(), &labels)?;
        let (states, shipped) = notice::ship(kept, &portion, units)?;
        kept.line_states = states;
        Ok(shipped)
    }

    fn booked(&self, stored: &Stored, kept: &Kept, back: &[(u32, Decimal)], lines: Vec<(u32, Decimal)>) -> Plan {
        let order = stored.order.number.as_str().into();
        let command = match (back, lines.as_slice()) {
            ([], []) => None,
            ([], lines) => Some(Command::Deliver { order, lines: withdrawing::parts(lines) }),
            (back, lines) => Some(Command::Redeliver { order, back: withdrawing::parts(back), lines: withdrawing::parts(lines) }),
        };
        let Notice { id, carrier, tracking, .. } = &self.notice;
        let labelled = |(number, quantity): &(u32, Decimal)| {
            let label = kept.by_number(*number).map_or_else(|| number.to_string(), |line| line.line.clone());
            json!([label, quantity.to_string()])
        };
        let withdrawn: Vec<i64> = self.withdrawn.iter().map(|one| one.number).collect();
        let mut body = json!({
            "notice": id, "source": self.source.as_str(), "carrier": carrier, "tracking": tracking,
            "lines": lines.iter().map(labelled).collect::<Vec<_>>(),
        });
        if !lines.is_empty() {
            body["shipment"] = json!(stored.shipments + 1);
        }
        if !withdrawn.is_empty() {
            body["withdrawn"] = json!(withdrawn);
        }
        let (kind, text) = match (withdrawn.as_slice(), lines.as_slice()) {
            ([], [_, ..]) => ("order shipped", "Ship notice taken over."),
            (_, [_, ..]) => ("shipment changed", "The change of the shipment was taken over."),
            (_, []) => ("shipment withdrawn", "The shipment is withdrawn."),
        };
        let touched: BTreeSet<u32> = back.iter().chain(&lines).map(|(line, _)| *line).collect();
        let labels: Vec<String> = touched.iter().filter_map(|number| kept.by_number(*number).map(|line| line.line.clone())).collect();
        let parcel = Parcel { lines, reference: in_words(id), carrier: carrier.clone(), tracking: tracking.clone() };
        let mut step = step(self.source, kept, &labels, format!("ship notice {id}"));
        step.parcel = (!parcel.lines.is_empty()).then_some(parcel);
        step.withdrawn.clone_from(&self.withdrawn);
        let write = writing(stored.clone(), kept.clone(), step, self.hearers.clone(), text);
        Plan { command, kind, subject: format!("order/{}", stored.order.number), cause: stored.order.id.clone(), body, write }
    }
}

/// The lines with what did not leave.
fn returned(kept: &mut Kept, back: &[(u32, Decimal)]) {
    for (number, quantity) in back {
        let Some(label) = kept.by_number(*number).map(|line| line.line.clone()) else { continue };
        if let Some(LineState(standing)) = kept.line_states.get_mut(&label) {
            *standing = standing.returning(*quantity);
        }
    }
}
