//! The supplier's answer to an order, line by line: confirmed, promised for a day, back-ordered, refused, offered at another price or with
//! another article. What is refused frees its money at once; what is offered changes nothing until the buyer decides.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Hearers, Step, Target, advanced, line_of, misfit, said_json, same_version, target, with_changes, wrong_state};
use crate::app::App;
use crate::domain::books::command::{Command, Part, Shrink};
use crate::domain::finding::{Code, Finding, Findings};
use crate::domain::fulfilment::{Answer, Said, Says, Source, Standing};
use crate::domain::order::State;
use crate::domain::quantity;
use crate::error::{Error, Refusal, Result};
use crate::flow::bookkeeping::{Booking, Key, Plan, Seen};
use crate::flow::delivering;
use crate::flow::proving;
use crate::flow::signing::Caller;
use crate::store::order::Stored;

/// How many pieces of a line something is said of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pieces {
    These(Decimal),
    /// All that are open, and that nothing else is said of in the same answer.
    Open,
    /// Those that nothing was said of before.
    Pending,
}

impl From<Option<Decimal>> for Pieces {
    fn from(quantity: Option<Decimal>) -> Pieces {
        quantity.map_or(Pieces::Open, Pieces::These)
    }
}

/// What is said of a line, or of some pieces of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub line: u32,
    pub pieces: Pieces,
    /// Its quantity is not looked at.
    pub said: Said,
}

/// Lines as they stand after an answer, and what was said of each.
type Answers = BTreeMap<u32, (Standing, Vec<Said>)>;

/// The supplier's answer. Gives nothing back: the order says how it stands.
pub async fn answer(app: &App, caller: &Caller, at: &Target<'_>, wanted: &[Wanted]) -> Result<()> {
    let (stored, hearers) = target(app, caller, at).await?;
    let (wanted, version, source) = (wanted.to_vec(), at.version, at.source);
    let content = proving::sha256(&format!("{wanted:?}"));
    let plan = move |seen: &Seen<'_>| {
        let stored = delivering::seen(seen)?;
        same_version(stored, version)?;
        planned(stored, &wanted, source, &hearers)
    };
    book(app, caller, at, &stored, content, plan).await
}

/// Books a step once under the caller's key.
pub(super) async fn book(
    app: &App,
    caller: &Caller,
    at: &Target<'_>,
    stored: &Stored,
    content: String,
    plan: impl Fn(&Seen<'_>) -> Result<Plan> + Send + Sync + 'static,
) -> Result<()> {
    let keys = at.key.iter().map(|key| Key { id: format!("desk/{}/{key}", stored.order.id), keeps_refusals: false });
    let booking = Booking { keys: keys.collect(), fingerprint: content, ..delivering::booking(caller, stored, plan) };
    match app.bookkeepers.book(at.tenant, booking).await {
        Ok(crate::flow::bookkeeping::Done::OtherContent { .. }) => Err(Error::Conflict("the key was used for something else".into())),
        Ok(_) => Ok(()),
        Err(error) => Err(with_changes(app, stored, error).await),
    }
}

/// The supplier takes on what it has not spoken of yet. Confirming twice is confirming once.
pub async fn confirm(app: &App, caller: &Caller, at: &Target<'_>) -> Result<()> {
    let (stored, _) = target(app, caller, at).await?;
    let said = Said::of(Says::Confirmed, Decimal::ZERO);
    let lines = stored.order.lines.iter().map(|line| Wanted { line: line.line, pieces: Pieces::Pending, said: said.clone() });
    match answer(app, caller, at, &lines.collect::<Vec<_>>()).await {
        Err(Error::Refused(Refusal::Nothing { .. })) => Ok(()),
        done => done,
    }
}

/// What cannot be had: the money is free again at once, and the buyer is told. Lines with nothing open are left out.
pub async fn refuse(app: &App, caller: &Caller, at: &Target<'_>, wanted: &[(u32, Option<Decimal>)], reason: &str) -> Result<()> {
    let (stored, _) = target(app, caller, at).await?;
    let is_open = |number: u32| stored.order.lines.iter().any(|line| line.line == number && line.open() > Decimal::ZERO);
    let reason = Some(reason.trim()).filter(|reason| !reason.is_empty()).map(|reason| reason.chars().take(REASON_MAX).collect::<String>());
    let said = |(line, quantity): &(u32, Option<Decimal>)| Wanted {
        line: *line,
        pieces: (*quantity).into(),
        said: Said { reason: reason.clone(), ..Said::of(Says::Refused, Decimal::ZERO) },
    };
    let wanted: Vec<Wanted> = wanted.iter().filter(|(line, _)| is_open(*line)).map(said).collect();
    answer(app, caller, at, &wanted).await
}

/// The longest reason for the buyer.
pub const REASON_MAX: usize = 500;

fn planned(stored: &Stored, wanted: &[Wanted], source: Source, hearers: &Hearers) -> Result<Plan> {
    if !matches!(stored.order.state, State::Placed | State::Confirmed) {
        return Err(wrong_state(stored));
    }
    let answers = answers(stored, wanted)?;
    if answers.is_empty() {
        return Err(Error::Refused(Refusal::Nothing { what: "order".into() }));
    }
    let refused = |(number, (standing, _)): (&u32, &(Standing, Vec<Said>))| {
        let before = stored.order.lines.iter().find(|line| line.line == *number)?.refused;
        let more = standing.refused - before;
        (more > Decimal::ZERO).then(|| Part { line: number.to_string().into(), quantity: Some(more) })
    };
    let lines: Vec<Part> = answers.iter().filter_map(refused).collect();
    let order = stored.order.number.as_str().into();
    let command = (!lines.is_empty()).then_some(Command::Shrink(Shrink { order, lines }));
    let said: Vec<Value> = answers
        .iter()
        .flat_map(|(line, (_, said))| said.iter().map(move |said| (line, said)))
        .map(|(line, said)| {
            let mut body = said_json(said);
            body["line"] = json!(line);
            body
        })
        .collect();
    let kind = kind(answers.values().flat_map(|(_, said)| said));
    let step = Step { source, answers: standings(answers), parcel: None, withdrawn: Vec::new(), note: format!("{kind} ({})", source.as_str()) };
    let (before, hearers) = (stored.clone(), hearers.clone());
    Ok(Plan {
        command,
        kind,
        subject: format!("order/{}", stored.order.number),
        cause: stored.order.id.clone(),
        body: json!({"source": source.as_str(), "lines": said}),
        write: Box::new(move |decided| {
            let entry = decided.outcome.as_ref().map_err(|refusal| Error::Refused(Refusal::Books(refusal.clone())))?;
            advanced(&before, &step, &hearers, decided, entry)
        }),
    })
}

fn standings(answers: Answers) -> BTreeMap<u32, Answer> {
    answers.into_iter().map(|(line, (standing, _))| (line, standing.answer)).collect()
}

/// The event's word: what was said in one word where it can be.
fn kind<'s>(mut said: impl Iterator<Item = &'s Said> + Clone) -> &'static str {
    if said.clone().all(|said| said.says == Says::Refused) {
        "lines cannot be delivered"
    } else if said.all(|said| said.says == Says::Confirmed) {
        "order confirmed"
    } else {
        "order answered"
    }
}

/// The lines after the answer, or everything that does not fit, with line and limit.
fn answers(stored: &Stored, wanted: &[Wanted]) -> std::result::Result<Answers, Findings> {
    let (mut findings, mut answers) = (Findings::default(), Answers::new());
    let lines: BTreeSet<u32> = wanted.iter().map(|wanted| wanted.line).collect();
    for number in lines {
        let of_line: Vec<&Wanted> = wanted.iter().filter(|wanted| wanted.line == number).collect();
        match of_one_line(stored, number, &of_line) {
            Ok((_, said)) if said.is_empty() => {}
            Ok(answered) => drop(answers.insert(number, answered)),
            Err(finding) => findings.push(finding),
        }
    }
    if findings.has_error() { Err(findings) } else { Ok(answers) }
}

fn of_one_line(stored: &Stored, number: u32, wanted: &[&Wanted]) -> std::result::Result<(Standing, Vec<Said>), Finding> {
    let line = line_of(stored, number)?;
    let standing = line.standing();
    let named = wanted.iter().map(|wanted| if let Pieces::These(quantity) = wanted.pieces { quantity } else { Decimal::ZERO });
    let rest = (standing.open() - named.sum::<Decimal>()).max(Decimal::ZERO);
    let quantity = |pieces| match pieces {
        Pieces::These(quantity) => quantity,
        Pieces::Open => rest,
        Pieces::Pending => standing.count(Says::Pending),
    };
    let is_any = |wanted: &&&Wanted| wanted.pieces != Pieces::Pending || standing.count(Says::Pending) > Decimal::ZERO;
    let said = wanted.iter().filter(is_any).map(|wanted| Said { quantity: quantity(wanted.pieces), ..wanted.said.clone() });
    let said: Vec<Said> = said.collect();
    let next = standing.amended(line.terms(), &said).map_err(|fault| misfit(number, fault))?;
    // The buyer's system knows one price and one article for a line: an offer is for all of it, before any of it left.
    let offered = next.offer().map_or(Decimal::ZERO, |offer| offer.quantity);
    if !stored.document.is_empty() && offered > Decimal::ZERO && offered != line.quantity - next.refused {
        return Err(Finding::error(Code::OfferInPart, "quantity")
            .line(number)
            .value(offered.normalize())
            .limit((line.quantity - next.refused).normalize()));
    }
    Ok((next, said))
}

/// A price as people and programs write it: a decimal that is not negative.
pub fn read_price(text: &str) -> std::result::Result<Decimal, Finding> {
    let price = text.trim().replace(',', ".").parse::<Decimal>().ok();
    let fits = |price: &Decimal| !price.is_sign_negative() && quantity::fits_wire(*price);
    price.filter(fits).ok_or_else(|| Finding::error(Code::Unusable, "price").value(text.chars().take(40).collect::<String>()))
}
