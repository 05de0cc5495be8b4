//! Orders to suppliers: each message by the channel whose turn it is, in that channel's form. What was sent is kept word for word. A channel that
//! gives up hands over to the next; what none can carry waits for a person, with the reason. No secret is in what is kept.

use std::collections::BTreeSet;

use serde_json::json;

use super::letter_of;
use crate::app::App;
use crate::clock;
use crate::config::Smtp;
use crate::domain::channel::{Form, Need, working_hours_after};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::flow::channels::unanswered::{self, Awaited};
use crate::flow::channels::{self, Carried, Way, answering, charging, model};
use crate::flow::peppol::party;
use crate::flow::{connecting, cxml, proving};
use crate::order_copy::{self, Parties};
use crate::outbound::mail::File;
use crate::outbound::{Sent, access_point, http, mail};
use crate::store::job::NewJob;
use crate::store::json::{parse, str_of};
use crate::store::order_delivery::Delivery;
use crate::store::organisation::Organisation;
use crate::store::outbox::Message;
use crate::store::{self};
use crate::text::Texts;
use crate::wire::channels::ChannelText;
use crate::wire::cxml::envelope::Identity;
use crate::wire::cxml::kept::{Kind, Line, Order};
use crate::wire::cxml::order_request;
use crate::wire::cxml::place::Place;
use crate::wire::cxml::write::{self, Cover, Dtd};
use crate::wire::loss::Loss;
use crate::wire::order_table::{self, Style};
use crate::wire::peppol::change_writer::{self, Change};
use crate::wire::peppol::{self, Correspondence, Party, Process, order_writer};

/// Files of an order travel with a mail up to so many bytes together; beyond that the mail would be refused on its way.
const FILES_MAX: usize = 15 * 1024 * 1024;
const CXML_VERSION: &str = "1.2.045";

/// What became of an attempt, what is kept of it where it went, and whose turn it was.
pub struct Outcome {
    pub sent: Sent,
    pub delivery: Option<Delivery>,
    /// The how-manieth attempt by this way it was.
    pub again: i64,
    /// What looks whether anybody answered.
    pub job: Option<NewJob>,
    /// With how many attempts made the next way has its turn; nothing where there is none.
    pub next: Option<i64>,
}

impl Outcome {
    /// Of a message that goes one way only.
    pub fn only(message: &Message, sent: Sent) -> Outcome {
        Outcome { sent, delivery: None, job: None, again: message.attempts, next: None }
    }
}

/// How long a system that answered 201 has time to say more (section 14).
const SEQUEL_WITHIN: std::time::Duration = std::time::Duration::from_secs(24 * 3600);

/// Everything an order is written from.
struct Load<'l> {
    app: &'l App,
    message: &'l Message,
    now: Timestamp,
    carried: Carried,
    supplier: Organisation,
    buyer: Organisation,
    channel: ChannelText,
}

/// What leaves: its kind and text, and what of the order is not in it.
struct Written {
    media_type: &'static str,
    document: String,
    lost: String,
}

impl Written {
    fn whole(media_type: &'static str, document: String) -> Written {
        Written { media_type, document, lost: String::new() }
    }
}

fn words(losses: &[Loss]) -> String {
    losses.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Sends an order by the channel whose turn it is.
pub async fn send(app: &App, message: &Message, now: Timestamp) -> Outcome {
    let (load, again, next) = match load(app, message, now).await {
        Ok(Ok(loaded)) => loaded,
        Ok(Err(why)) => return Outcome::only(message, Sent::Parked(why)),
        Err(error) => return Outcome::only(message, failed(&error)),
    };
    let (sent, written) = match load.write().await {
        Ok(written) => (with_losses(load.hand_over(&written).await, &written), Some(written)),
        Err(error) => (failed(&error), None),
    };
    let delivery = match (&sent, written) {
        (Sent::Done(answer), Some(written)) => Some(load.delivery(written, answer)),
        _ => None,
    };
    let job = delivery.as_ref().and_then(|delivery| load.reminder(&delivery.answer));
    Outcome { sent, delivery, job, again: i64::from(again), next }
}

fn failed(error: &Error) -> Sent {
    if error.retryable() { Sent::Later { why: error.to_string(), after: None } } else { Sent::Parked(error.to_string()) }
}

/// What went without a part of the order says so where people look.
fn with_losses(sent: Sent, written: &Written) -> Sent {
    match sent {
        Sent::Done(answer) if !written.lost.is_empty() => Sent::Done(format!("{answer}; not carried: {}", written.lost)),
        sent => sent,
    }
}

/// The words for a person who must decide.
fn cannot_carry(lost: &[Need]) -> String {
    format!("no channel of the supplier can carry: {}", lost.iter().map(|need| need.as_str()).collect::<Vec<_>>().join(", "))
}

type Loaded<'l> = std::result::Result<(Load<'l>, u32, Option<i64>), String>;

/// The order, its parties, and whose turn it is; or why a person must look.
async fn load<'l>(app: &'l App, message: &'l Message, now: Timestamp) -> Result<Loaded<'l>> {
    let mut carried = Carried::read(message)?;
    let missing = || Error::internal("an order without its parties");
    let supplier = connecting::organisation(app, &message.recipient).await?.ok_or_else(missing)?;
    let buyer = connecting::organisation(app, &message.tenant).await?.ok_or_else(missing)?;
    let all = channels::of_supplier(&supplier)?;
    let remark = |words: &[(&str, String)]| Texts(supplier.language).with_all("order-charge", words);
    charging::tell(&mut app.store.read().await?, &message.tenant, &mut carried, remark).await?;
    let needs: BTreeSet<Need> = model::needs(&carried.model, carried.kind);
    let (at, again, next) = match channels::way(&all, &needs, message.attempts) {
        Way::By { at, again, next } => (at, again, next),
        Way::Lost(lost) => return Ok(Err(cannot_carry(&lost))),
        Way::None => return Ok(Err("the supplier has no channel".into())),
    };
    let channel = all.get(at).cloned().ok_or_else(missing)?;
    let (supplier, buyer) = (supplier.as_ref().clone(), buyer.as_ref().clone());
    Ok(Ok((Load { app, message, now, carried, supplier, buyer, channel }, again, next)))
}

/// Where an organisation is.
fn place(organisation: &Organisation) -> Result<Place> {
    let settings = parse(&organisation.settings)?;
    let text = |key: &str| str_of(&settings, key).to_string();
    Ok(Place {
        name: organisation.name.clone(),
        street: Some(text("street")).filter(|street| !street.is_empty()).into_iter().collect(),
        city: text("city"),
        postcode: text("postcode"),
        country: Some(text("country")).filter(|country| !country.is_empty()),
        mail: text("mail"),
        ..Place::default()
    })
}

impl Load<'_> {
    fn form(&self) -> Result<Form> {
        self.channel.form().ok_or_else(|| Error::internal("a channel without a form"))
    }

    /// The document of the channel's form; with a mail, its file of data.
    async fn write(&self) -> Result<Written> {
        Ok(match (self.form()?, self.channel.file.as_str()) {
            (Form::Webhook, _) => Written::whole("application/json", self.event()),
            (Form::Cxml, _) | (Form::Mail, "cxml") => Written::whole("text/xml; charset=UTF-8", self.cxml(None).await?),
            // A letter says the rest in its own words.
            (Form::Mail, "csv") => Written::whole("text/csv; charset=utf-8", self.table()),
            (Form::Csv, _) => {
                Written { lost: words(&order_table::lost(&self.carried.model)), ..Written::whole("text/csv; charset=utf-8", self.table()) }
            }
            (Form::Ubl | Form::Peppol, _) | (Form::Mail, "ubl") => self.ubl().await?,
            (Form::Mail, _) => Written::whole("text/plain; charset=utf-8", self.letter()?.body),
        })
    }

    async fn hand_over(&self, written: &Written) -> Sent {
        match self.form() {
            Ok(Form::Mail) => match &self.app.config.smtp {
                Some(smtp) => self.mail(smtp, written).await,
                None => Sent::Later { why: "no mail server is configured".into(), after: Some(super::WITHOUT_MAIL_SERVER) },
            },
            Ok(Form::Webhook) => {
                let seconds = self.now.seconds().to_string();
                let signed = format!("{}.{seconds}.{}", self.message.id, written.document);
                let headers = [
                    ("webhook-id", self.message.id.clone()),
                    ("webhook-timestamp", seconds),
                    ("webhook-signature", proving::webhook_signature(&self.app.form_key, &self.channel.to, &signed)),
                ];
                http::post(&self.channel.to, &headers, written.document.clone(), &self.app.config.private_hosts).await
            }
            Ok(Form::Cxml) => self.post_cxml().await,
            Ok(Form::Peppol) => self.over_network(written).await,
            Ok(Form::Csv | Form::Ubl) => {
                let headers = [("idempotency-key", self.message.id.clone())];
                self.post(&headers, written.media_type, written.document.clone()).await.map_or_else(|sent| sent, |answer| http::verdict(&answer))
            }
            Err(error) => failed(&error),
        }
    }

    async fn post(&self, headers: &[(&str, String)], kind: &'static str, body: String) -> std::result::Result<http::Answer, Sent> {
        let call = http::Call { method: http::POST, url: &self.channel.to, headers, body: Some((kind, body.into_bytes())) };
        http::ask(&call, &self.app.config.private_hosts).await
    }

    /// The document with the secret in it, which is in no record.
    async fn post_cxml(&self) -> Sent {
        let written = async {
            let secret = channels::secret(&self.app.sealer, &self.supplier.id, &self.channel)?;
            self.cxml(secret.as_ref().map(|secret| secret.expose())).await
        };
        match written.await {
            Ok(document) => match self.post(&[], "text/xml; charset=UTF-8", document).await {
                Ok(answer) => cxml::judged(answer.status, &answer.body),
                Err(sent) => sent,
            },
            Err(error) => failed(&error),
        }
    }

    fn event(&self) -> String {
        let kind = if self.carried.kind == Kind::New { "order.placed" } else { "order.changed" };
        let mut data = self.carried.order.clone();
        data["document"] = serde_json::to_value(&self.carried.model).unwrap_or_default();
        // The time of the event: a repeat says the same.
        let mut event = json!({"type": kind, "timestamp": self.made_at().to_string(), "data": data});
        if !self.carried.reason.is_empty() {
            event["reason"] = json!(self.carried.reason);
        }
        event.to_string()
    }

    /// When the message was made; its id says so.
    fn made_at(&self) -> Timestamp {
        clock::made_at(&self.message.id).unwrap_or(self.now)
    }

    fn table(&self) -> String {
        let head = order_table::Head { buyer: &self.buyer.name, version: self.carried.version, change: self.carried.kind.as_str() };
        let style = Style { separator: self.channel.separator(), spreadsheet: self.channel.spreadsheet, columns: &self.channel.columns };
        order_table::write(&head, &self.carried.model, &style)
    }

    fn host(&self) -> String {
        let url = self.app.config.public_url.clone().unwrap_or_default();
        let host = url.split("://").nth(1).unwrap_or_default();
        if host.is_empty() { "hookline".into() } else { host.to_string() }
    }

    /// The document that the supplier has of this order, which a change follows.
    async fn follows(&self) -> Result<Option<String>> {
        if self.carried.kind == Kind::New {
            return Ok(None);
        }
        let mut tx = self.app.store.read().await?;
        let before = store::order_delivery::of_order(&mut tx, &self.message.tenant, &self.message.lane).await?;
        Ok(before.iter().rfind(|delivery| delivery.id < self.message.id).map(|delivery| format!("{}@{}", delivery.id, self.host())))
    }

    async fn cxml(&self, secret: Option<&str>) -> Result<String> {
        let identity = |text: &str| Identity::parse(text).ok_or_else(|| Error::internal("a channel without its parties"));
        let (own, to) = (identity(&self.channel.own)?, identity(&self.channel.supplier)?);
        let from = match self.channel.buyer.as_str() {
            "" => own.clone(),
            some => identity(&some.replace("{buyer}", &self.buyer.id))?,
        };
        let (bill_to, follows) = (place(&self.buyer)?, self.follows().await?);
        let head = order_request::Head {
            kind: self.carried.kind,
            version: self.carried.version,
            follows: follows.as_deref(),
            bill_to: &bill_to,
            language: self.buyer.language.as_str(),
        };
        let payload = format!("{}@{}", self.message.id, self.host());
        let timestamp = cxml::timestamp(self.made_at());
        let cover = Cover { payload: &payload, timestamp: &timestamp, version: CXML_VERSION };
        let header = write::header_for(&from, &own, &to, secret);
        let repeated = if self.carried.kind == Kind::Delete { Some(self.repeated().await?) } else { None };
        Ok(write::request(&cover, Dtd::Cxml, header, false, order_request::write(&head, repeated.as_ref().unwrap_or(&self.carried.model))))
    }

    /// The order in UBL, its change, or that it is called off. What makes it another order is a reason not to send it.
    async fn ubl(&self) -> Result<Written> {
        let (correspondence, order, account) = (self.correspondence()?, &self.carried.model, &self.channel.account_string);
        let (id, at) = (self.message.id.as_str(), cxml::timestamp(self.made_at()));
        let written = match self.carried.kind {
            Kind::New => order_writer::write(order, &correspondence, account),
            Kind::Update => {
                let (sequence, before) = self.so_far().await?;
                let change = Change { id, at: &at, sequence, before: before.as_deref() };
                change_writer::write(order, &change, &correspondence, account)
            }
            Kind::Delete => change_writer::cancel(order, (id, &at), &self.cancellation_note(), &correspondence),
        };
        match written {
            Ok(written) => Ok(Written { media_type: "application/xml", document: written.xml, lost: words(&written.losses) }),
            Err(losses) => Err(Error::Conflict(format!("the order cannot be said in UBL: {}", words(&losses)))),
        }
    }

    /// Why the order is called off, which the message must say (section 23): the buyer's own words, else that it is.
    fn cancellation_note(&self) -> String {
        let reason = &self.carried.reason;
        if reason.is_empty() { Texts(self.supplier.language).get("event-order-cancelled") } else { reason.clone() }
    }

    /// What was owed of the order before, each with whether it reached the supplier.
    async fn earlier(&self) -> Result<Vec<(Carried, bool)>> {
        let mut tx = self.app.store.read().await?;
        let earlier = store::outbox::earlier(&mut tx, self.message).await?;
        let reached = store::order_delivery::of_order(&mut tx, &self.message.tenant, &self.message.lane).await?;
        drop(tx);
        let with_fate = |message: &Message| Ok((Carried::read(message)?, reached.iter().any(|delivery| delivery.id == message.id)));
        earlier.iter().map(with_fate).collect()
    }

    /// The how-manieth change of the order this is, and the lines that the supplier has from what reached it before.
    async fn so_far(&self) -> Result<(usize, Option<Vec<Line>>)> {
        let earlier = self.earlier().await?;
        let changes = earlier.iter().filter(|(carried, _)| carried.kind == Kind::Update).count();
        let last = earlier.into_iter().rfind(|(_, reached)| *reached);
        Ok((changes + 1, last.map(|(carried, _)| carried.model.lines)))
    }

    /// The order as a cancellation in cXML repeats it (section 13): with the lines that the supplier has, or was to have; the document type wants one.
    /// Where nothing was owed before, it has them otherwise, as of an order that it agreed: they are those of the order.
    async fn repeated(&self) -> Result<Order> {
        let mut earlier: Vec<(Carried, bool)> = self.earlier().await?.into_iter().filter(|(carried, _)| !carried.model.lines.is_empty()).collect();
        // The last that reached it, else the last.
        earlier.sort_by_key(|(_, reached)| *reached);
        let mut order = self.carried.model.clone();
        let whole = match earlier.pop() {
            Some((carried, _)) => Some(carried.model),
            None => {
                let mut tx = self.app.store.read().await?;
                store::order::by_id(&mut tx, &self.message.tenant, &self.message.lane).await?.map(|stored| model::whole(&stored))
            }
        };
        if let Some(whole) = whole {
            (order.lines, order.net_total) = (whole.lines, whole.net_total);
        }
        Ok(order)
    }

    fn correspondence(&self) -> Result<Correspondence> {
        let buyer = party(&self.buyer)?;
        let (scheme, endpoint) = self.channel.to.split_once(':').unwrap_or_default();
        let seller = party(&self.supplier)?;
        let seller = match self.form()? {
            Form::Peppol => Party { scheme: scheme.into(), endpoint: endpoint.into(), ..seller },
            Form::Mail | Form::Webhook | Form::Cxml | Form::Csv | Form::Ubl => seller,
        };
        // A change is always of the process that knows changes; with a mail it goes to a person who has the order.
        let process = if self.carried.kind == Kind::New { self.channel.process() } else { Process::AdvancedOrdering };
        Ok(Correspondence { process, buyer, seller, ..Correspondence::default() })
    }

    async fn over_network(&self, written: &Written) -> Sent {
        let Some(point) = &self.app.config.access_point else {
            return Sent::Later { why: "no access point is configured".into(), after: Some(super::WITHOUT_MAIL_SERVER) };
        };
        let correspondence = match self.correspondence() {
            Ok(correspondence) => correspondence,
            Err(error) => return failed(&error),
        };
        let kind = match self.carried.kind {
            Kind::New => peppol::Message::Order,
            Kind::Update => peppol::Message::OrderChange,
            Kind::Delete => peppol::Message::OrderCancellation,
        };
        let document = access_point::Document {
            sender: correspondence.buyer.address(),
            receiver: self.channel.to.clone(),
            kind: kind.document_type(),
            process: correspondence.process.name().into(),
            country: correspondence.buyer.country,
            id: self.message.id.clone(),
            xml: written.document.clone(),
        };
        access_point::submit(point, &document, &self.app.config.private_hosts).await
    }

    fn letter(&self) -> Result<mail::Mail> {
        let base = self.app.config.public_url.as_deref();
        let link = base.map(|base| answering::address(&self.app.form_key, base, &self.message.tenant, &self.message.lane, self.made_at()));
        let payload = json!({
            "template": self.carried.template, "language": self.supplier.language.as_str(), "order": self.carried.order, "reason": self.carried.reason,
            "details": charging::details(self.carried.order["charges"].as_array().map_or(&[], Vec::as_slice), &self.carried.model.currency),
            "answer": link.filter(|_| self.carried.kind != Kind::Delete),
        });
        letter_of(&self.message.id, &self.channel.to, &payload)
    }

    async fn mail(&self, smtp: &Smtp, written: &Written) -> Sent {
        match self.letter_with_files(written).await {
            Ok(letter) => mail::send(smtp, letter).await,
            Err(error) => failed(&error),
        }
    }

    async fn letter_with_files(&self, written: &Written) -> Result<mail::Mail> {
        let mut letter = self.letter()?;
        let (buyer, supplier) = (place(&self.buyer)?, place(&self.supplier)?);
        let parties = Parties { buyer: &buyer, supplier: &supplier };
        let name = |ending: &str| format!("order-{}.{ending}", plain(&self.carried.model.order_id));
        let bytes = order_copy::write(&self.carried.model, self.carried.kind, &parties, self.supplier.language)?;
        letter.attachments.push(File { name: name("pdf"), mime: "application/pdf", bytes });
        let data = match self.channel.file.as_str() {
            "csv" => Some(("csv", "text/csv")),
            "cxml" | "ubl" => Some(("xml", "text/xml")),
            _ => None,
        };
        if let Some((ending, mime)) = data {
            letter.attachments.push(File { name: name(ending), mime, bytes: written.document.clone().into_bytes() });
        }
        letter.attachments.extend(self.files().await?);
        Ok(letter)
    }

    /// The files that came with the order, but those of the buyer's own house.
    async fn files(&self) -> Result<Vec<File>> {
        let (mut files, mut size) = (Vec::new(), 0);
        let mut tx = self.app.store.read().await?;
        for (at, attachment) in (1..).zip(&self.carried.model.attachments) {
            let Some(kept) = store::attachment::by_hash(&mut tx, &self.message.tenant, &attachment.sha256).await? else { continue };
            size += kept.content.len();
            if size > FILES_MAX {
                return Err(Error::internal(format!("the files of the order have more than {FILES_MAX} bytes together")));
            }
            files.push(File { name: format!("{at}-{}", plain(&attachment.id)), mime: "application/octet-stream", bytes: kept.content });
        }
        Ok(files)
    }

    /// A mail is delivered only when somebody acted on it (section 29), and after 201 a system must say more (section 14).
    fn reminder(&self, answer: &str) -> Option<NewJob> {
        let now = self.app.clock.now();
        let (awaited, due_at) = match self.form() {
            Ok(Form::Mail) if self.carried.kind == Kind::New => (Awaited::Person, working_hours_after(now, self.channel.answer_hours())),
            Ok(Form::Cxml) if answer.starts_with("201") => (Awaited::System, now.plus(SEQUEL_WITHIN)),
            _ => return None,
        };
        Some(unanswered::job(awaited, self.carried.kind, &self.message.lane, &self.message.id, due_at))
    }

    fn delivery(&self, written: Written, answer: &str) -> Delivery {
        Delivery {
            tenant: self.message.tenant.clone(),
            id: self.message.id.clone(),
            order: self.message.lane.clone(),
            supplier: self.supplier.id.clone(),
            form: self.channel.form.clone(),
            recipient: self.channel.to.clone(),
            media_type: written.media_type.to_string(),
            document: written.document,
            answer: answer.to_string(),
            sent_at: self.app.clock.now(),
        }
    }
}

/// A name for a file: letters and digits of it, and three marks.
fn plain(text: &str) -> String {
    let kept: String = text.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' }).take(80).collect();
    if kept.is_empty() { "order".into() } else { kept }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_s_name_holds_nothing_of_the_sender() {
        assert_eq!(plain("PO 1/2\r\nX: y"), "PO-1-2--X--y");
        assert_eq!(plain(""), "order");
    }

    #[test]
    fn what_cannot_be_carried_is_said_by_name() {
        assert_eq!(cannot_carry(&[Need::SplitDates, Need::Charges]), "no channel of the supplier can carry: split_dates, charges");
    }
}
