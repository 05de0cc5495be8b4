//! The page of one order, for its buyer and for its supplier's desk: what it is, what can be done now, its lines with what the supplier said of
//! them, shipments, questions, what happened, documents. Buttons stand only where the move is allowed.

use askama::Template;
use rust_decimal::Decimal;
use serde_json::Value;

use super::Portal;
use super::fields::{Pairs, value};
use super::order_money::{self, OrderMoney};
use super::order_shipments::{self, ShipmentShown};
use super::orders::{state_kind, state_word};
use crate::app::App;
use crate::domain::fulfilment::{Said, Says};
use crate::domain::invoice::Kind;
use crate::domain::money::{Money, Price};
use crate::domain::order::{Line, State};
use crate::error::Result;
use crate::flow::channels::unanswered::NOT_TAKEN_OVER;
use crate::flow::fulfilling::history::{self, Happening, Reader, What};
use crate::flow::picturing;
use crate::flow::signing::Caller;
use crate::store::invoice_file::InvoiceFile;
use crate::store::invoice_sending::Sending;
use crate::store::journal::Entry;
use crate::store::json::str_of;
use crate::store::order::Stored;
use crate::store::question::{Question, Side as Asker};
use crate::store::{self};
use crate::text::Texts;

pub struct LineShown {
    line: u32,
    article: String,
    description: String,
    text: String,
    /// Address of its logo without the size; empty without one.
    logo: String,
    quantity: String,
    price: String,
    per: String,
    net: String,
    /// What the basket said of it, where that was something else.
    differs: Differs,
    coding: Vec<(String, String)>,
    /// Where its pieces stand: the kind of state, and words.
    states: Vec<(&'static str, String)>,
    open: bool,
    /// How many are open.
    pieces: String,
    ticked: bool,
    /// How many were typed.
    typed: String,
    /// What the buyer may accept or refuse.
    offer: Option<OfferShown>,
}

/// An offer for a line, in words; whether it can be taken whole.
pub struct OfferShown {
    words: String,
    takable: bool,
    /// For some pieces of the line, which then have a line of their own.
    divides: bool,
}

/// A word of the thread between the two sides.
struct QuestionShown {
    words: String,
    about: String,
    own: bool,
}

struct Event {
    kind: &'static str,
    what: String,
    who: String,
    at: String,
    details: Vec<String>,
    /// Id of a message that a person may send again; empty where there is none.
    message: String,
    /// How many there were of it at once.
    times: usize,
}

#[derive(Template)]
#[template(path = "order.html")]
pub struct OrderPage {
    p: Portal,
    number: String,
    back: &'static str,
    back_text: String,
    root: String,
    kind: &'static str,
    word: String,
    version: i64,
    actions: Vec<(&'static str, String)>,
    about: String,
    problem: Option<String>,
    typed: Typed,
    /// The supplier may say something of its lines.
    at_work: bool,
    /// Where the buyer decides about offers; empty where nothing is offered or the reader may not.
    decides: String,
    shipments: Vec<ShipmentShown>,
    /// Whether the reader may take a shipment back.
    may_withdraw: bool,
    questions: Vec<QuestionShown>,
    may_ask: bool,
    currency: String,
    lines: Vec<LineShown>,
    money: OrderMoney,
    span: usize,
    net: String,
    events: Vec<Event>,
    /// Whether the reader may send again what is parked, or give it up.
    may_resend: bool,
    documents: Vec<DocumentShown>,
    /// For the supplier: files for the next invoice, with the one that took them.
    files: Vec<FileShown>,
    may_add_files: bool,
}

struct FileShown {
    name: String,
    about: String,
    waits: bool,
}

fn file_shown(t: Texts, file: &InvoiceFile) -> FileShown {
    let waits = file.invoice.is_empty();
    let went = if waits { t.get("files-wait") } else { t.with("files-went", "invoice", &file.invoice) };
    FileShown { name: file.name.clone(), about: format!("{}, {went}", file.media_type), waits }
}

struct DocumentShown {
    href: String,
    number: String,
    about: String,
    /// The copy for people.
    copy: String,
    /// How it went, channel by channel, for the supplier: the kind of state, and words.
    sent: Vec<(&'static str, String)>,
    /// Where it is credited; empty where that cannot be.
    credit: String,
}

/// How a document went by one channel.
fn sent(t: Texts, sending: &Sending) -> (&'static str, String) {
    let channel = match sending.channel.as_str() {
        "mail" => "sent-by-mail",
        "webhook" => "sent-by-webhook",
        "cxml" => "sent-by-cxml",
        _ => "sent-by-peppol",
    };
    let (kind, state) = match sending.state.as_str() {
        "waiting" => ("wait", "sent-waiting"),
        "sent" => ("part", "sent-sent"),
        "delivered" => ("good", "sent-delivered"),
        "accepted" => ("good", "sent-accepted"),
        "paid" => ("good", "sent-paid"),
        "rejected" => ("bad", "sent-rejected"),
        _ => ("bad", "sent-failed"),
    };
    let said = if kind == "bad" || kind == "wait" { sending.said.as_str() } else { "" };
    (kind, format!("{}: {} {said}", t.get(channel), t.get(state)).trim().to_string())
}

/// What was entered in a form that was refused; nothing where the page opens.
#[derive(Default)]
pub struct Typed(pub Pairs);

impl Typed {
    fn of(&self, name: &str) -> &str {
        value(&self.0, name)
    }

    fn is_ticked(&self, line: u32) -> bool {
        self.0.iter().any(|(name, value)| name == "line" && value.parse() == Ok(line))
    }

    /// Whether this was said of the lines, or one of these fields was filled in for it.
    fn is_about(&self, says: &str, fields: &[&str]) -> bool {
        self.of("says") == says || fields.iter().any(|name| !self.of(name).is_empty())
    }
}

/// What the basket said of a line; empty where the order says the same.
pub struct Differs {
    pub price: String,
    pub quantity: String,
}

pub fn differs(t: Texts, line: &Line) -> Differs {
    let price = |quoted: Price| t.with_all("basket-said-price", &[("price", t.number(&quoted.amount, &2)), ("per", per_text(t, quoted, &line.unit))]);
    Differs {
        price: line.quoted_price.map(price).unwrap_or_default(),
        quantity: line.quoted_quantity.map(|quoted| t.with("basket-said-quantity", "quantity", t.number(&quoted, &0))).unwrap_or_default(),
    }
}

/// For what a price is: `per piece`, `per 100 pieces`.
pub fn per_text(t: Texts, price: Price, unit: &str) -> String {
    let per = price.per as usize;
    let unit = t.unit(unit, &per);
    if per == 1 { t.with("per-one", "unit", unit) } else { t.with_all("per-many", &[("per", per.to_string()), ("unit", unit)]) }
}

/// What is said of some pieces: the kind of state, and words.
fn said_words(t: Texts, line: &Line, said: &Said) -> (&'static str, String) {
    let price = said.price.map(|amount| format!("{} {}", t.number(&amount, &2), per_text(t, line.price, &line.unit)));
    let article = said.article.as_ref().map(|article| format!("{article} {}", said.name.as_deref().unwrap_or_default()).trim().to_string());
    let quantity = || ("quantity", t.number(&said.quantity, &0));
    let date = said.date.as_ref().map(|date| ("date", t.iso_date(date)));
    match (said.says, date, price, article) {
        (Says::Confirmed, Some(date), ..) => ("info", t.with_all("line-confirmed-for", &[quantity(), date])),
        (Says::Backordered, Some(date), ..) => ("wait", t.with_all("line-backordered-until", &[quantity(), date])),
        (Says::Backordered, None, ..) => ("wait", t.with("line-backordered", "quantity", quantity().1)),
        (Says::Offered, _, Some(price), None) => ("wait", t.with_all("line-offered-price", &[quantity(), ("price", price)])),
        (Says::Offered, _, price, article) => {
            let words = [article.unwrap_or_default(), price.unwrap_or_default()].join(" ").trim().to_string();
            ("wait", t.with_all("line-offered-article", &[quantity(), ("article", words)]))
        }
        (Says::Confirmed | Says::Refused | Says::Pending, ..) => ("info", t.with("line-confirmed", "quantity", quantity().1)),
    }
}

/// Where the pieces of a line stand, from gone to waiting.
fn standing_words(t: Texts, line: &Line, is_sent: bool) -> Vec<(&'static str, String)> {
    let standing = line.standing();
    let number = |quantity: &Decimal| t.number(quantity, &0);
    let mut words = Vec::new();
    if standing.shipped > Decimal::ZERO {
        words.push(("good", t.with("line-shipped", "quantity", number(&standing.shipped))));
    }
    words.extend(standing.answer.said.iter().map(|said| said_words(t, line, said)));
    let pending = standing.count(Says::Pending);
    if pending > Decimal::ZERO && is_sent {
        words.push(("idle", t.with("line-pending", "quantity", number(&pending))));
    }
    if standing.refused > Decimal::ZERO {
        let refused = t.with("line-refused", "quantity", number(&standing.refused));
        words.push(("off", standing.answer.reason.as_ref().map_or_else(|| refused.clone(), |reason| format!("{refused}: {reason}"))));
    }
    words
}

fn offer_shown(t: Texts, stored: &Stored, line: &Line) -> Option<OfferShown> {
    let offer = line.standing().offer()?;
    let is_whole = offer.quantity == line.wanted();
    let (takable, divides) = (is_whole || stored.document.is_empty(), !is_whole);
    Some(OfferShown { words: said_words(t, line, &offer).1, takable, divides })
}

fn question_shown(t: Texts, question: &Question, side: Side, zone: &str) -> QuestionShown {
    let own = match side {
        Side::Buyer => question.side == Asker::Buyer,
        Side::Desk => question.side == Asker::Supplier,
    };
    QuestionShown { words: question.words.clone(), about: format!("{}, {}", question.author, t.moment(&question.asked_at, zone)), own }
}

fn line_shown(t: Texts, stored: &Stored, line: &Line, logo: String, is_sent: bool, typed: &Typed) -> LineShown {
    LineShown {
        line: line.line,
        article: line.article.clone(),
        description: line.description.clone(),
        text: line.text.clone(),
        logo,
        quantity: format!("{} {}", t.number(&line.quantity, &0), t.unit(&line.unit, &2)),
        price: t.number(&line.price.amount, &2),
        per: per_text(t, line.price, &line.unit),
        net: t.amount(&line.net_wanted()),
        differs: differs(t, line),
        coding: line.coding.iter().map(|(kind, value)| (t.get(&format!("field-{}", kind.name().replace('_', "-"))), value.to_string())).collect(),
        states: standing_words(t, line, is_sent),
        open: line.open() > Decimal::ZERO,
        pieces: t.number(&line.open(), &0),
        ticked: typed.is_ticked(line.line),
        typed: typed.of(&format!("quantity-{}", line.line)).to_string(),
        offer: offer_shown(t, stored, line),
    }
}

/// What one line of an entry says, in words.
fn detail(t: Texts, stored: &Stored, line: &Value) -> Option<String> {
    let number = line.get("line").and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok())?;
    let known = stored.order.lines.iter().find(|known| known.line == number)?;
    let quantity = str_of(line, "quantity").parse::<Decimal>().ok()?;
    let text = |name: &str| line.get(name).and_then(Value::as_str).map(str::to_string);
    let words = match Says::parse(str_of(line, "says")) {
        None => t.with("line-shipped", "quantity", t.number(&quantity, &0)),
        Some(Says::Refused) => {
            let refused = t.with("line-refused", "quantity", t.number(&quantity, &0));
            text("reason").map_or_else(|| refused.clone(), |reason| format!("{refused}: {reason}"))
        }
        Some(Says::Pending) => t.with("line-pending", "quantity", t.number(&quantity, &0)),
        Some(says @ (Says::Confirmed | Says::Backordered | Says::Offered)) => {
            let price = text("price").and_then(|price| price.parse().ok());
            let said = Said { date: text("date"), price, article: text("article"), name: text("name"), ..Said::of(says, quantity) };
            said_words(t, known, &said).1
        }
    };
    Some(format!("{number}: {words}"))
}

/// What an entry of the journal says beside its word.
fn details(t: Texts, stored: &Stored, entry: &Entry) -> Vec<String> {
    let Ok(body) = store::journal::body(entry) else { return Vec::new() };
    let lines = body.get("lines").and_then(Value::as_array).into_iter().flatten().filter_map(|line| detail(t, stored, line));
    let freight = ["carrier", "tracking"].map(|name| str_of(&body, name)).join(" ").trim().to_string();
    // What else a person gave as a reason, of an approval for instance, stays in the buyer's house.
    let why = if matches!(entry.kind.as_str(), "cancel" | "order cancelled" | "order not taken over") {
        str_of(&body, "reason").to_string()
    } else {
        String::new()
    };
    let withdrawn = body.get("withdrawn").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_i64);
    let withdrawn = withdrawn.map(|number| t.with("shipment-number", "number", number));
    withdrawn.chain(lines).chain([freight, str_of(&body, "number").to_string(), why]).filter(|detail| !detail.is_empty()).take(20).collect()
}

fn channel_key(kind: &str) -> &'static str {
    match kind {
        "mail" => "sent-by-mail",
        "webhook" => "sent-by-webhook",
        "cxml" => "sent-by-cxml",
        "access-point" | "peppol" => "sent-by-peppol",
        crate::flow::channels::MESSAGE => "sent-by-channel",
        _ => "sent-by-other",
    }
}

/// One thing that happened, in words. A supplier is not told whom the buyer informs in its own house.
fn event(t: Texts, stored: &Stored, happening: &Happening, side: Side, zone: &str) -> Event {
    let plain = |kind, what: String, who: String| Event {
        kind,
        what,
        who,
        at: t.moment(&happening.at, zone),
        details: Vec::new(),
        message: String::new(),
        times: 1,
    };
    match &happening.what {
        What::CalledUp { user } => plain("info", t.get("history-called-up"), user.clone()),
        What::Returned { quote } => plain("info", t.get("history-returned"), quote.clone()),
        What::Booked(entry) => {
            let kind = if entry.kind.contains("cannot") || entry.kind.contains("refused") || entry.kind == NOT_TAKEN_OVER { "bad" } else { "good" };
            let what = t.get(&format!("event-{}", entry.kind.replace(' ', "-")));
            Event { details: details(t, stored, entry), ..plain(kind, what, entry.actor.clone()) }
        }
        What::Sent(owed) => {
            let given_up = !owed.given_up_by.is_empty();
            let (kind, state) = match owed.state.as_str() {
                "done" if given_up => ("info", "sent-given-up"),
                "done" => ("part", "sent-sent"),
                _ if owed.behind.is_some() => ("wait", "sent-behind"),
                "parked" => ("bad", "sent-failed"),
                _ => ("wait", "sent-waiting"),
            };
            let who = match (given_up, side) {
                (true, _) => owed.given_up_by.clone(),
                (false, Side::Buyer) => owed.recipient.clone(),
                (false, Side::Desk) => String::new(),
            };
            let details = [&owed.given_up_why, &owed.last_answer].into_iter().filter(|said| kind != "part" && !said.is_empty()).cloned().collect();
            let message = if kind == "bad" { owed.id.clone() } else { String::new() };
            Event { details, message, ..plain(kind, format!("{}: {}", t.get(channel_key(&owed.kind)), t.get(state)), who) }
        }
        What::Invoice(sending, number) => {
            let (kind, words) = sent(t, sending);
            plain(kind, words, number.clone())
        }
    }
}

/// The same message to the same at the same moment stands once, with its number.
fn gathered(events: impl Iterator<Item = Event>) -> Vec<Event> {
    let mut all: Vec<Event> = Vec::new();
    for event in events {
        match all.last_mut() {
            Some(last)
                if (&last.what, &last.who, &last.at, &last.details) == (&event.what, &event.who, &event.at, &event.details)
                    && event.message.is_empty() =>
            {
                last.times += 1;
            }
            _ => all.push(event),
        }
    }
    all
}

/// Which side looks at the order.
#[derive(Clone, Copy, PartialEq)]
pub enum Side {
    Buyer,
    Desk,
}

fn has_role(caller: &Caller, roles: &[&str]) -> bool {
    caller.person.roles.iter().any(|role| roles.contains(&role.as_str()))
}

pub async fn order_page(app: &App, caller: &Caller, stored: Stored, side: Side, refused: Option<(String, Typed)>) -> Result<OrderPage> {
    let t = Texts(caller.person.language);
    let order = &stored.order;
    let (problem, typed) = refused.map(|(problem, typed)| (Some(problem), typed)).unwrap_or_default();
    let mut tx = app.store.read().await?;
    let mut events = history::of(&mut tx, &stored, if side == Side::Buyer { Reader::Buyer } else { Reader::Supplier }).await?;
    for happening in &mut events {
        if let What::Sent(owed) = &mut happening.what
            && owed.state == "waiting"
            && !app.config.has_way_for(&owed.kind)
        {
            owed.last_answer = t.get(if owed.kind == "mail" { "sent-without-mail-server" } else { "sent-without-access-point" });
        }
    }
    let invoices = store::invoice::of_order(&mut tx, &stored.tenant, &order.id).await?;
    let mut sendings = Vec::new();
    for invoice in invoices.iter().filter(|_| side == Side::Desk) {
        sendings.extend(store::invoice_sending::of_invoice(&mut tx, &stored.tenant, &invoice.id).await?);
    }
    let files = if side == Side::Desk { store::invoice_file::of_order(&mut tx, &stored.tenant, &order.id).await? } else { Vec::new() };
    let shipments = store::shipment::of_order(&mut tx, &stored.tenant, &order.id).await?;
    let questions = store::question::of_order(&mut tx, &stored.tenant, &order.id).await?;
    let zone = store::organisation::time_zone(&mut tx, &caller.person.tenant).await?;
    let logos = picturing::logos(&mut tx, &stored).await?;
    drop(tx);
    let money = if side == Side::Buyer { order_money::of(app, caller, &order.number, t).await? } else { OrderMoney::default() };
    let root = if side == Side::Desk { format!("/desk/{}/{}", stored.tenant, order.id) } else { format!("/orders/{}", order.id) };
    let logo = |line: u32| logos.iter().find(|(known, _)| *known == line).map(|(_, hash)| format!("{root}/pictures/{hash}")).unwrap_or_default();
    let at_desk = side == Side::Desk;
    let is_open = matches!(order.state, State::Placed | State::Confirmed);
    let at_work = side == Side::Desk && is_open && has_role(caller, crate::web::SUPPLIERS);
    let is_pending = order.lines.iter().any(|line| line.standing().count(Says::Pending) > Decimal::ZERO);
    let is_billable = order.lines.iter().any(Line::is_billable) && (is_open || order.state == State::Shipped);
    let moves = [
        ("confirm", "do-confirm", at_work && is_pending),
        ("ship", "do-ship", at_work),
        ("invoice", "do-invoice", side == Side::Desk && is_billable),
    ];
    let allowed = moves.iter().filter(|(_, _, allowed)| *allowed);
    let is_offered = is_open && order.lines.iter().any(|line| line.standing().offer().is_some());
    let decides = side == Side::Buyer && is_offered && has_role(caller, crate::web::ORDERERS);
    let is_sent = stored.is_sent();
    Ok(OrderPage {
        p: Portal::of(caller, if side == Side::Desk { "/desk" } else { "/orders" }),
        number: order.number.clone(),
        back: if side == Side::Desk { "/desk" } else { "/orders" },
        back_text: t.get(if side == Side::Desk { "desk" } else { "orders" }),
        root: root.clone(),
        version: stored.version,
        kind: state_kind(order.state),
        word: state_word(t, order.state),
        actions: allowed.map(|(action, key, _)| (*action, t.get(key))).collect(),
        about: [stored.tenant.as_str(), order.supplier.as_str(), order.ordered_by.as_str(), order.quote.as_deref().unwrap_or_default()]
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join(", "),
        problem,
        at_work,
        decides: if decides { format!("{root}/offer") } else { String::new() },
        shipments: shipments.iter().map(|one| order_shipments::shown(t, &stored, one, at_desk.then_some(&root), &zone)).collect(),
        may_withdraw: at_desk && has_role(caller, crate::web::SUPPLIERS),
        may_ask: is_sent && has_role(caller, if side == Side::Buyer { crate::web::ORDERERS } else { crate::web::FINANCE }),
        questions: questions.iter().map(|question| question_shown(t, question, side, &zone)).collect(),
        currency: order.net.currency.to_string(),
        lines: order.lines.iter().map(|line| line_shown(t, &stored, line, logo(line.line), is_sent, &typed)).collect(),
        money,
        typed,
        span: if at_work { 5 } else { 4 },
        net: t.amount(&order.net),
        events: gathered(events.iter().map(|happening| event(t, &stored, happening, side, &zone))),
        may_resend: has_role(caller, if side == Side::Desk { crate::web::SUPPLIERS } else { crate::web::ORDERERS }),
        files: files.iter().map(|file| file_shown(t, file)).collect(),
        may_add_files: side == Side::Desk && is_sent && has_role(caller, crate::web::FINANCE),
        documents: invoices
            .iter()
            .map(|invoice| {
                let gross = Money::new(invoice.gross, order.net.currency);
                let is_desk = side == Side::Desk;
                let side = if is_desk { format!("/desk/{}/invoices/{}", stored.tenant, invoice.id) } else { format!("/invoices/{}", invoice.id) };
                let credit = format!("/desk/{}/invoices/{}/credit", stored.tenant, invoice.id);
                DocumentShown {
                    copy: format!("{side}/copy.pdf"),
                    href: side,
                    number: invoice.number.clone(),
                    sent: sendings.iter().filter(|sending| sending.invoice == invoice.id).map(|sending| sent(t, sending)).collect(),
                    about: format!("UBL, {}, {}", t.iso_date(&invoice.issued_on), t.money(&gross)),
                    credit: if is_desk && invoice.kind == Kind::Invoice { credit } else { String::new() },
                }
            })
            .collect(),
    })
}
