//! Holds what was seen against what a case expects. Every word of an expectation is looked at here or refused; it must never change anything.

use std::collections::HashMap;
use std::time::Duration;

use hookline::store::{self};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::cases::Case;
use super::documents::{self, Document, Translation};
use crate::support::gateway::Gateway;
use crate::support::http::Answer;

/// An answer, taken apart.
#[derive(Clone, Debug)]
pub struct Answered {
    pub buyer: String,
    pub http: u16,
    pub body: String,
    pub code: String,
    pub text: String,
    pub start_page: Option<String>,
    pub took: Duration,
    pub extra_memory: u64,
}

impl Answered {
    pub fn of(answer: &Answer, buyer: String, took: Duration, extra_memory: u64) -> Answered {
        let body = answer.text();
        let document = status_of(&body);
        Answered {
            buyer,
            http: answer.status,
            code: document.0,
            text: document.1,
            start_page: between(&body, "<StartPage><URL>", "</URL>"),
            took,
            extra_memory,
            body,
        }
    }
}

fn between(text: &str, open: &str, close: &str) -> Option<String> {
    Some(text.split_once(open)?.1.split_once(close)?.0.to_owned())
}

/// Code and text of the one Status; empty where the answer is no cXML.
fn status_of(body: &str) -> (String, String) {
    let Some(status) = between(body, "<Status ", "</Status>").or_else(|| between(body, "<Status ", "/>")) else { return Default::default() };
    let code = between(&status, "code=\"", "\"").unwrap_or_default();
    let text = status.split_once('>').map(|(_, text)| text).unwrap_or_default();
    (code, text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&"))
}

/// Memory of this process in KiB, now and at its highest since the peak was forgotten.
pub fn memory() -> u64 {
    of_status("VmRSS:")
}

pub fn peak() -> u64 {
    of_status("VmHWM:")
}

pub fn forget_peak() {
    // Where the kernel does not let us, the peak stays, and the bound is only stricter.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

fn of_status(name: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()).and_then(|n| n.parse().ok()).unwrap_or_default()
}

pub struct Judge<'a> {
    gateway: &'a Gateway,
    case: &'a Case,
    pub differences: Vec<String>,
    pages: HashMap<String, String>,
    sessions_before: usize,
    /// Documents for buyers that earlier steps made.
    documents_before: usize,
    /// Buyer and number of the session that carts come back to.
    pub shopping: Option<(String, String)>,
}

type Trouble = hookline::error::Error;

fn trouble(e: Trouble) -> String {
    format!("reading back: {e}")
}

impl<'a> Judge<'a> {
    pub fn new(gateway: &'a Gateway, case: &'a Case) -> Judge<'a> {
        Judge { gateway, case, differences: Vec::new(), pages: HashMap::new(), sessions_before: 0, documents_before: 0, shopping: None }
    }

    pub async fn count_sessions(&mut self) -> Result<(), String> {
        self.sessions_before = self.count("session", "").await?;
        Ok(())
    }

    fn differs(&mut self, place: impl std::fmt::Display, what: impl std::fmt::Display) {
        self.differences.push(format!("{place}: {what}"));
    }

    async fn count(&self, table: &str, condition: &str) -> Result<usize, String> {
        let mut tx = self.gateway.server.app.store.read().await.map_err(trouble)?;
        let statement = match (table, condition) {
            ("session", _) => "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM session",
            ("purchase_order", _) => "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM purchase_order",
            ("deliveries", _) => "SELECT CAST(COUNT(DISTINCT lane) AS BIGINT) AS n FROM outbox WHERE kind = 'webhook'",
            other => return Err(format!("nothing to count: {other:?}")),
        };
        let row = tx.sql(statement).first().await.map_err(trouble)?;
        let n = row.map(|row| row.int("n")).transpose().map_err(trouble)?.unwrap_or_default();
        usize::try_from(n).map_err(|e| e.to_string())
    }

    pub async fn step(&mut self, at: usize, step: &Map<String, Value>, answers: &[Answered], before: &[Vec<Answered>]) -> Result<(), String> {
        let made = documents::owed(self.gateway).await?;
        let new: Vec<Document> = made.iter().skip(self.documents_before).cloned().collect();
        self.documents_before = made.len();
        let Some(expect) = step.get("expect").and_then(Value::as_object) else { return Ok(()) };
        for (word, wanted) in expect {
            let place = format!("step {at} {word}");
            match word.as_str() {
                "answer" => self.answer(&place, wanted, &new),
                "to_buyer" => self.told_buyer(&place, wanted, &new),
                "accepted" => self.accepted(&place, wanted, answers),
                _ => {}
            }
            for answer in answers {
                self.of_answer(&place, word, wanted, answer, before);
            }
            match word.as_str() {
                "one_of_each" => self.one_of_each(&place, wanted, answers),
                "order" => self.order(&place, wanted).await?,
                "line_states" => self.line_states(&place, wanted, answers.first().map_or("hanse", |a| &a.buyer)).await?,
                "warning_count_at_least" => self.warnings(&place, wanted, answers).await?,
                "cart" => self.cart(&place, wanted).await?,
                "session" => self.session(&place, wanted, answers).await?,
                _ => {}
            }
        }
        Ok(())
    }

    fn of_answer(&mut self, place: &str, word: &str, wanted: &Value, answer: &Answered, before: &[Vec<Answered>]) {
        let texts = |value: &Value| -> Vec<String> {
            match value {
                Value::Array(all) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
                other => other.as_str().map(str::to_owned).into_iter().collect(),
            }
        };
        let first = |value: &Value| value.as_u64().and_then(|n| usize::try_from(n).ok()).and_then(|n| before.get(n)).and_then(|a| a.first());
        match word {
            "http_status" if wanted.as_u64() != Some(u64::from(answer.http)) => {
                self.differs(place, format!("{wanted} expected, {} came", answer.http))
            }
            "cxml_status" | "every_cxml_status" if !texts(wanted).contains(&answer.code) => {
                self.differs(place, format!("{wanted} expected, {} came: {}", answer.code, answer.text));
            }
            "text_mentions" => {
                for text in texts(wanted).iter().filter(|text| !answer.text.contains(text.as_str())) {
                    self.differs(place, format!("{text:?} is not in {:?}", answer.text));
                }
            }
            "must_not_contain_text" => {
                for text in texts(wanted).iter().filter(|text| answer.body.contains(text.as_str())) {
                    self.differs(place, format!("{text:?} is in the answer"));
                }
            }
            "same_answer_as_step" => match first(wanted) {
                Some(other) if (&other.code, &other.text) == (&answer.code, &answer.text) => {}
                Some(other) => self.differs(place, format!("{} {:?} is not {} {:?}", answer.code, answer.text, other.code, other.text)),
                None => self.differs(place, "there is no such step"),
            },
            "same_text_as_step" => match first(wanted) {
                Some(other) if other.text == answer.text => {}
                _ => self.differs(place, format!("the text is {:?}", answer.text)),
            },
            "remember_start_page" | "start_page" => self.start_page(place, wanted, answer),
            "max_seconds" if answer.took > Duration::from_secs(wanted.as_u64().unwrap_or_default()) => {
                self.differs(place, format!("it took {:?}", answer.took));
            }
            "max_extra_memory_mib" if answer.extra_memory > wanted.as_u64().unwrap_or_default() * 1024 => {
                self.differs(place, format!("it took {} KiB more", answer.extra_memory));
            }
            _ => {}
        }
    }

    /// The Order Response that was made, as the network gets it: it must also be one that our own rules accept.
    fn answer(&mut self, place: &str, wanted: &Value, new: &[Document]) {
        let Some(document) = new.iter().rev().find(|document| document.name == "OrderResponse") else {
            self.differs(place, format!("no Order Response was made, but {:?}", new.iter().map(|one| &one.name).collect::<Vec<_>>()));
            return;
        };
        let texts = |value: &Value| -> Vec<String> {
            let all = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
            all.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let (code, note) = (document.text("OrderResponseCode"), document.text("Note"));
        if !wanted["code"].is_null() && !texts(&wanted["code"]).contains(&code) {
            self.differs(place, format!("{} expected, {code} came: {note}", wanted["code"]));
        }
        for text in texts(&wanted["note_mentions"]).iter().filter(|text| !note.contains(text.as_str())) {
            self.differs(place, format!("{text:?} is not in {note:?}"));
        }
        for fault in document.faults() {
            self.differs(place, format!("the answer itself: {fault}"));
        }
    }

    fn told_buyer(&mut self, place: &str, wanted: &Value, new: &[Document]) {
        for wanted in wanted.as_array().into_iter().flatten() {
            let name = wanted["document"].as_str().unwrap_or_default();
            let Some(document) = new.iter().find(|document| document.name == name) else {
                self.differs(place, format!("no {name} was made, but {:?}", new.iter().map(|one| &one.name).collect::<Vec<_>>()));
                continue;
            };
            for fault in document.faults().into_iter().filter(|_| wanted["dtd_valid"] != json!(false)) {
                self.differs(place, format!("{name}: {fault}"));
            }
            for (path, value) in wanted["xpath"].as_object().into_iter().flatten() {
                let seen = document.xpath(path);
                let same = value.as_str().is_some_and(|value| value == seen || decimal(value).is_some() && decimal(value) == decimal(&seen));
                if !same {
                    self.differs(place, format!("{name} {path}: {value} expected, {seen:?} seen"));
                }
            }
        }
    }

    /// The access point is told in any case that a document was taken; what became of it stands in the answer.
    fn accepted(&mut self, place: &str, wanted: &Value, answers: &[Answered]) {
        for answer in answers {
            let status = serde_json::from_str::<Value>(&answer.body).ok().and_then(|body| body["status"].as_u64()).unwrap_or(u64::from(answer.http));
            if (answer.http < 400 && status < 400) != wanted.as_bool().unwrap_or(true) {
                self.differs(place, format!("{wanted} expected, HTTP {} with {}", answer.http, answer.body));
            }
        }
    }

    /// A document of one format as one of another.
    pub fn translated(&mut self, at: usize, step: &Map<String, Value>, given: &Map<String, Value>, bodies: &[Vec<u8>]) -> Vec<Answered> {
        let place = format!("step {at} translate");
        let word = |name: &str| step.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let digits = given.get("oci_price_unit_digits").and_then(Value::as_u64).and_then(|digits| u32::try_from(digits).ok()).unwrap_or(5);
        for body in bodies {
            let seen = documents::translated(&word("from"), &word("into"), body, digits);
            for (word, wanted) in step.get("expect").and_then(Value::as_object).into_iter().flatten() {
                self.of_translation(&format!("{place} {word}"), word, wanted, &seen);
            }
        }
        Vec::new()
    }

    fn of_translation(&mut self, place: &str, word: &str, wanted: &Value, seen: &Result<Translation, String>) {
        match (word, seen) {
            ("refused", seen) if wanted.as_bool() != Some(seen.is_err()) => self.differs(place, format!("{wanted} expected, {seen:?}")),
            ("accepted", seen) if wanted.as_bool() != Some(seen.is_ok()) => self.differs(place, format!("{wanted} expected, {seen:?}")),
            ("refused" | "accepted" | "comment", _) => {}
            ("mentions", Err(text)) => {
                let all = wanted.as_array().cloned().unwrap_or_else(|| vec![wanted.clone()]);
                for wanted in all.iter().filter_map(Value::as_str).filter(|wanted| !text.contains(wanted)) {
                    self.differs(place, format!("{wanted:?} is not in {text:?}"));
                }
            }
            ("oci", Ok(done)) => self.oci(place, wanted, &done.lines),
            ("to_buyer", Ok(done)) => self.told_buyer(place, wanted, std::slice::from_ref(&done.document)),
            (_, seen) => self.differs(place, format!("{wanted} expected, {seen:?}")),
        }
    }

    /// Fields by line, in a list or under the line's number from 1.
    fn oci(&mut self, place: &str, wanted: &Value, lines: &[HashMap<String, String>]) {
        let numbered: Vec<(usize, Value)> = match wanted {
            Value::Array(all) => all.iter().cloned().enumerate().collect(),
            Value::Object(all) => all.iter().filter_map(|(at, line)| Some((at.parse::<usize>().ok()?.checked_sub(1)?, line.clone()))).collect(),
            _ => Vec::new(),
        };
        if numbered.is_empty() || wanted.is_array() && numbered.len() != lines.len() {
            self.differs(place, format!("{wanted} expected, {lines:?}"));
        }
        for (at, wanted) in numbered {
            let none = HashMap::new();
            let seen = lines.get(at).unwrap_or(&none);
            for (field, value) in wanted.as_object().into_iter().flatten() {
                let is = documents::oci_field(seen, field);
                let same = match (value.as_str(), &is) {
                    (None, None) => value.is_null(),
                    (Some(value), Some(is)) => value == is || documents::NUMBERS.contains(&field.as_str()) && decimal(value) == decimal(is),
                    _ => false,
                };
                if !same {
                    self.differs(place, format!("line {} {field}: {value} expected, {is:?} seen", at + 1));
                }
            }
        }
    }

    /// Numbers with a check digit, right and wrong.
    pub fn identifiers(&mut self, at: usize, step: &Map<String, Value>) -> Vec<Answered> {
        let cases = step.get("cases").and_then(Value::as_array).cloned().unwrap_or_default();
        if cases.is_empty() {
            self.differs(format!("step {at}"), "there is nothing to check");
        }
        for case in cases {
            let text = |at: usize| case[at].as_str().unwrap_or_default().to_owned();
            let seen = hookline::einvoice::identifier(&text(0), &text(1));
            if Some(seen) != case[2].as_bool() {
                self.differs(format!("step {at} {} {}", text(0), text(1)), format!("{} expected, {seen} said", case[2]));
            }
        }
        Vec::new()
    }

    fn start_page(&mut self, place: &str, wanted: &Value, answer: &Answered) {
        let Some(page) = answer.start_page.clone() else {
            self.differs(place, "there is no start page in the answer");
            return;
        };
        match wanted {
            Value::String(name) => drop(self.pages.insert(name.clone(), page)),
            other => {
                let name = other["differs_from"].as_str().unwrap_or_default();
                if self.pages.get(name).is_none_or(|known| *known == page) {
                    self.differs(place, "it is the same start page, or there was none before");
                }
            }
        }
    }

    fn one_of_each(&mut self, place: &str, wanted: &Value, answers: &[Answered]) {
        for codes in wanted.as_array().into_iter().flatten() {
            let codes: Vec<&str> = codes.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let count = answers.iter().filter(|answer| codes.contains(&answer.code.as_str())).count();
            if count != 1 {
                let came: Vec<&str> = answers.iter().map(|answer| answer.code.as_str()).collect();
                self.differs(place, format!("{count} answers of {codes:?}: {came:?}"));
            }
        }
    }

    async fn warnings(&mut self, place: &str, wanted: &Value, answers: &[Answered]) -> Result<(), String> {
        let buyer = answers.first().map_or("hanse", |answer| &answer.buyer);
        let mut tx = self.gateway.server.app.store.read().await.map_err(trouble)?;
        let statement = tx.sql("SELECT notes FROM evidence WHERE tenant = $1 ORDER BY id DESC LIMIT 1").bind(buyer);
        let row = statement.first().await.map_err(trouble)?;
        let notes = row.map(|row| row.text("notes")).transpose().map_err(trouble)?.unwrap_or_default();
        let count = serde_json::from_str::<Vec<String>>(&notes).map_or(0, |notes| notes.len());
        if u64::try_from(count).unwrap_or_default() < wanted.as_u64().unwrap_or(1) {
            self.differs(place, format!("{count} warnings: {notes}"));
        }
        Ok(())
    }

    /// The lines of the cart that came last.
    async fn cart(&mut self, place: &str, wanted: &Value) -> Result<(), String> {
        let (buyer, session) = self.shopping.clone().ok_or("no session was opened at a shop")?;
        let mut tx = self.gateway.server.app.store.read().await.map_err(trouble)?;
        let last = store::remote_cart::last(&mut tx, &buyer, &session).await.map_err(trouble)?;
        let cart: Value = last.map_or(Ok(Value::Null), |last| serde_json::from_str(&last.cart)).map_err(|e| e.to_string())?;
        self.compare(place, wanted, &cart["lines"]);
        Ok(())
    }

    async fn session(&mut self, place: &str, wanted: &Value, answers: &[Answered]) -> Result<(), String> {
        let buyer = answers.first().map_or("hanse", |answer| &answer.buyer);
        let mut tx = self.gateway.server.app.store.read().await.map_err(trouble)?;
        let newest = store::session::of_connection(&mut tx, buyer, buyer, 10).await.map_err(trouble)?;
        let newest = newest.into_iter().max_by(|a, b| a.number.cmp(&b.number)).ok_or("there is no session")?;
        let facts = newest.call_up.parameters.iter().find(|(name, _)| name == "cxml").map(|(_, value)| value.clone()).unwrap_or_default();
        let facts: Value = serde_json::from_str(&facts).unwrap_or_default();
        let seen = json!({
            "user_email": newest.user, "user_name": facts["user_name"], "operation": facts["operation"], "buyer_cookie": facts["cookie"],
        });
        self.compare(place, wanted, &seen);
        Ok(())
    }

    async fn stored(&self, buyer: &str, number: &str) -> Result<Option<Value>, String> {
        let mut tx = self.gateway.server.app.store.read().await.map_err(trouble)?;
        let stored = store::order::by_number(&mut tx, buyer, number).await.map_err(trouble)?;
        Ok(stored.map(|stored| serde_json::from_str(&stored.document).unwrap_or_default()))
    }

    async fn order(&mut self, place: &str, wanted: &Value) -> Result<(), String> {
        let (buyer, number) = (wanted["buyer"].as_str().unwrap_or_default(), wanted["order_id"].as_str().unwrap_or_default());
        let Some(kept) = self.stored(buyer, number).await? else {
            self.differs(place, format!("{buyer} has no order {number}"));
            return Ok(());
        };
        let mut seen = kept["order"].clone();
        seen["buyer"] = json!(buyer);
        seen["version"] = json!(kept["versions"].as_array().and_then(|all| all.last()).map(|last| last["number"].to_string()));
        seen["cancelled_lines"] = kept.get("cancelled_lines").cloned().unwrap_or_else(|| json!([]));
        self.compare(place, wanted, &seen);
        Ok(())
    }

    async fn line_states(&mut self, place: &str, wanted: &Value, buyer: &str) -> Result<(), String> {
        for (number, lines) in wanted.as_object().into_iter().flatten() {
            let Some(kept) = self.stored(buyer, number).await? else {
                self.differs(place, format!("{buyer} has no order {number}"));
                continue;
            };
            for (line, wanted) in lines.as_object().into_iter().flatten() {
                let all = kept["order"]["lines"].as_array().cloned().unwrap_or_default();
                let quantity = all.iter().find(|one| one["line"] == *line).map(|one| one["quantity"].clone()).unwrap_or_default();
                let fresh = json!({
                    "confirmed": "0", "backordered": "0", "refused": "0", "needs_decision": "0", "shipped": "0", "pending": quantity,
                });
                let seen = kept["line_states"].get(line).cloned().unwrap_or(fresh);
                self.compare(&format!("{place} {number}/{line}"), wanted, &seen);
            }
        }
        Ok(())
    }

    /// Fields that are named must be equal, `null` means absent, lists are complete.
    fn compare(&mut self, place: &str, wanted: &Value, seen: &Value) {
        match (wanted, seen) {
            (Value::Object(wanted), Value::Object(_)) => {
                for (key, value) in wanted {
                    self.compare(&format!("{place}.{key}"), value, seen.get(key).unwrap_or(&Value::Null));
                }
            }
            (Value::Array(wanted), Value::Array(seen)) if wanted.len() == seen.len() => {
                for (at, (wanted, seen)) in wanted.iter().zip(seen).enumerate() {
                    self.compare(&format!("{place}[{at}]"), wanted, seen);
                }
            }
            (Value::Array(wanted), Value::Null) if wanted.is_empty() => {}
            _ if is_same(place, wanted, seen) => {}
            _ => self.differs(place, format!("{wanted} expected, {seen} seen")),
        }
    }

    pub async fn after(&mut self, outbound: &[String], seen: &[Vec<Answered>]) -> Result<(), String> {
        for (word, wanted) in self.case.after.clone() {
            let place = format!("after {word}");
            let number = |wanted: &Value| wanted.as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX);
            let count = match word.as_str() {
                "orders" => Some(self.count("purchase_order", "").await?),
                "deliveries" => Some(self.count("deliveries", "").await?),
                "sessions" => Some(self.count("session", "").await? - self.sessions_before),
                "outbound_requests" => Some(outbound.len()),
                _ => None,
            };
            match (word.as_str(), count) {
                (_, Some(count)) if count != number(&wanted) => self.differs(&place, format!("{wanted} expected, {count} seen {outbound:?}")),
                ("budgets", _) => self.budgets(&place, &wanted).await?,
                ("line_states", _) => self.line_states(&place, &wanted, "hanse").await?,
                ("nowhere", _) => self.nowhere(&place, &wanted, seen).await?,
                ("process_alive", _) => {
                    let alive = crate::support::http::Client::new(self.gateway.address).get("/health/live").await;
                    if !alive.is_ok_and(|answer| answer.status == 200) {
                        self.differs(&place, "the gateway is gone");
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    async fn budgets(&mut self, place: &str, wanted: &Value) -> Result<(), String> {
        for (buyer, budgets) in wanted.as_object().into_iter().flatten() {
            let mut tx = self.gateway.server.app.store.read().await.map_err(trouble)?;
            let rows = store::standing::all(&mut tx, buyer).await.map_err(trouble)?;
            drop(tx);
            for (code, wanted) in budgets.as_object().into_iter().flatten() {
                let available = rows.iter().find(|row| *row.at.budget == **code).map(|row| row.standing.reported_available());
                let seen = available.map(|minor| Decimal::new(minor, 2).to_string());
                let is_it = seen.as_deref().zip(wanted.as_str()).is_some_and(|(seen, wanted)| decimal(seen) == decimal(wanted));
                if !is_it {
                    self.differs(place, format!("{buyer} {code}: {wanted} expected, {seen:?} seen"));
                }
            }
        }
        Ok(())
    }

    /// Searches everything that was stored, logged, sent or shown.
    async fn nowhere(&mut self, place: &str, wanted: &Value, seen: &[Vec<Answered>]) -> Result<(), String> {
        let mut all = self.gateway.log().join("\n");
        for answer in seen.iter().flatten() {
            all.push_str(&answer.body);
        }
        let mut tx = self.gateway.server.app.store.view().await.map_err(trouble)?;
        for table in store::table::all(&mut tx).await.map_err(trouble)? {
            let mut after: Option<Vec<store::Value>> = None;
            loop {
                let rows = store::table::page(&mut tx, &table, after.as_deref(), 200).await.map_err(trouble)?;
                let Some(last) = rows.last() else { break };
                after = Some(table.key_of(last));
                for value in rows.iter().flatten() {
                    all.push_str(&shown(value));
                    all.push('\n');
                }
            }
        }
        for text in wanted.as_array().into_iter().flatten().filter_map(Value::as_str).filter(|text| all.contains(*text)) {
            self.differs(place, format!("{text:?} was found"));
        }
        Ok(())
    }
}

fn shown(value: &store::Value) -> String {
    match value {
        store::Value::Bytes(Some(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        store::Value::Text(Some(text)) => text.to_string(),
        other => format!("{other:?}"),
    }
}

fn decimal(text: &str) -> Option<Decimal> {
    text.parse().ok()
}

const NUMBERS: &[&str] = &[
    "quantity",
    "unit_price",
    "price_basis",
    "factor",
    "net",
    "amount",
    "percentage",
    "net_total",
    "shipping",
    "tax",
    "stated_total",
    "confirmed",
    "backordered",
    "refused",
    "needs_decision",
    "shipped",
    "pending",
    "offered_price",
];

fn is_same(place: &str, wanted: &Value, seen: &Value) -> bool {
    let name = place.rsplit('.').next().unwrap_or_default();
    match (wanted.as_str(), seen.as_str()) {
        (Some(wanted), Some(seen)) if NUMBERS.contains(&name) => decimal(wanted).is_some() && decimal(wanted) == decimal(seen),
        _ => wanted == seen,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_as_decimals_and_identifiers_do_not() {
        assert!(is_same("order.lines[0].net", &json!("10.50"), &json!("10.5")));
        assert!(!is_same("order.lines[0].line", &json!("10"), &json!("10.0")));
        assert!(!is_same("order.order_id", &json!("007"), &json!("7")));
        assert!(is_same("order.lines[0].aux", &Value::Null, &Value::Null));
    }

    #[test]
    fn the_status_is_taken_from_an_answer() {
        let body = "<cXML><Response><Status code=\"400\" text=\"Bad Request\" xml:lang=\"en\">a &lt; b</Status></Response></cXML>";
        assert_eq!(status_of(body), ("400".into(), "a < b".into()));
        assert_eq!(status_of("<html>"), Default::default());
    }
}
