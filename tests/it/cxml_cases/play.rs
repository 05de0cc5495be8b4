//! Plays one case against a gateway of its own: sends every step byte for byte, and hands what was seen to the judge.

use std::collections::HashMap;
use std::io::Write;
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use super::cases::{Case, Folder};
use super::judge::{self, Answered, Judge};
use super::world;
use crate::oci_cases::outbound::Watch;
use crate::support::gateway::Gateway;
use crate::support::http::{Client, Request};

/// From the start of every gateway of the tests, 2026-03-02T09:00:00Z, to the clock of the world, 2026-03-05T12:00:00+01:00.
const TO_THE_WORLD: Duration = Duration::from_secs(3 * 86_400 + 2 * 3600);

pub async fn play(gateway: &Gateway, folder: &Folder, case: &Case) -> Result<Vec<String>, String> {
    gateway.advance(TO_THE_WORLD);
    world::put_carts(gateway, &folder.world).await?;
    // Looking is dear: only where somebody wants to know.
    let watch = case.after.contains_key("outbound_requests").then(Watch::start);
    let shopping = world::put_session(gateway, case).await?;
    let mut player = Player { gateway, folder, case, orders: HashMap::new(), seen: Vec::new() };
    let mut judge = Judge::new(gateway, case);
    judge.count_sessions().await?;
    judge.shopping = shopping;
    for (at, step) in case.steps.iter().enumerate() {
        let answers = match step.get("to").and_then(Value::as_str) {
            Some("translate") => judge.translated(at, step, &case.given, &player.bodies(step)?),
            Some("check_identifier") => judge.identifiers(at, step),
            _ => {
                let answers = player.step(step).await.map_err(|e| format!("step {at}: {e}"))?;
                judge.step(at, step, &answers, &player.seen).await?;
                answers
            }
        };
        player.seen.push(answers);
        // Ids are ordered by time.
        gateway.advance(Duration::from_secs(1));
    }
    let outbound = watch.map(Watch::seen).unwrap_or_default();
    judge.after(&outbound, &player.seen).await?;
    Ok(judge.differences)
}

struct Player<'a> {
    gateway: &'a Gateway,
    folder: &'a Folder,
    case: &'a Case,
    /// Order numbers to the buyer that sent them.
    orders: HashMap<String, String>,
    seen: Vec<Vec<Answered>>,
}

impl Player<'_> {
    async fn step(&mut self, step: &Map<String, Value>) -> Result<Vec<Answered>, String> {
        let bodies = self.bodies(step)?;
        let parallel = step.get("parallel").and_then(Value::as_bool).unwrap_or_default();
        let requests: Vec<(Request, String)> = bodies.iter().map(|body| self.request(step, body)).collect();
        if !parallel {
            let mut answers = Vec::new();
            for (request, buyer) in requests {
                answers.push(send(self.gateway, request, buyer).await?);
            }
            return Ok(answers);
        }
        let all = requests.into_iter().map(|(request, buyer)| send(self.gateway, request, buyer));
        futures_util::future::join_all(all).await.into_iter().collect()
    }

    fn bodies(&self, step: &Map<String, Value>) -> Result<Vec<Vec<u8>>, String> {
        let read = |name: &str| std::fs::read(self.folder.path.join(name)).map_err(|e| format!("{name}: {e}"));
        if let Some(generator) = step.get("body_generator") {
            return Ok(vec![generated(generator, step.get("content_encoding").is_some())?]);
        }
        if let Some(name) = step.get("body_file").and_then(Value::as_str) {
            return Ok(vec![read(name)?]);
        }
        let files = step.get("body_files").and_then(Value::as_array).ok_or("a step without a body")?;
        let mut bodies = files.iter().filter_map(Value::as_str).map(read).collect::<Result<Vec<_>, _>>()?;
        let copies = step.get("repeat_first_body").and_then(Value::as_u64).unwrap_or(1);
        let first = bodies.first().cloned().ok_or("no files")?;
        bodies.extend((1..copies).map(|_| first.clone()));
        Ok(bodies)
    }

    /// The request for a body, and the buyer it is about.
    fn request(&mut self, step: &Map<String, Value>, body: &[u8]) -> (Request, String) {
        if step.get("to").and_then(Value::as_str) == Some("peppol") {
            let buyer = world::peppol_buyer(self.case).unwrap_or("hanse").to_owned();
            let request = Request::new("POST", "/peppol/documents").header("Content-Type", "application/xml").header("X-Token", world::TOKEN);
            return (request.body(body), buyer);
        }
        if step.get("to").and_then(Value::as_str) == Some("cart_return") {
            let buyer = self.case.given.get("outbound_session").and_then(|given| given["buyer"].as_str()).unwrap_or("hanse").to_owned();
            let request = Request::new("POST", format!("/remote/{buyer}/{}", world::OPENING));
            return (request.header("Content-Type", "application/x-www-form-urlencoded").body(form(step, body)), buyer);
        }
        let text = String::from_utf8_lossy(&body[..body.len().min(64 * 1024)]).into_owned();
        let between = |open: &str, close: &str| Some(text.split_once(open)?.1.split_once(close)?.0.to_owned());
        let from = between("<From>", "</From>").and_then(|from| Some(from.split_once("<Identity>")?.1.split_once("</Identity>")?.0.to_owned()));
        let order = between("orderID=\"", "\"");
        let fulfilment = step.get("to").and_then(Value::as_str) == Some("fulfilment");
        let buyer = match (fulfilment, &order) {
            (true, Some(order)) => self.orders.get(order).cloned(),
            (true, None) => None,
            (false, _) => from.and_then(|from| world::buyer_of(&self.folder.world, &from)),
        };
        let buyer = buyer.unwrap_or_else(|| "hanse".to_owned());
        if let Some(order) = order.filter(|_| !fulfilment) {
            self.orders.insert(order, buyer.clone());
        }
        let address = world::address_of(&self.folder.world, &buyer).unwrap_or_else(|| buyer.clone());
        let content_type = step.get("content_type").and_then(Value::as_str).unwrap_or("text/xml; charset=UTF-8");
        let mut request = Request::new("POST", format!("/cxml/{address}")).header("Content-Type", content_type);
        if let Some(encoding) = step.get("content_encoding").and_then(Value::as_str) {
            request = request.header("Content-Encoding", encoding);
        }
        if step.get("chunked").and_then(Value::as_bool).unwrap_or_default() {
            return (request.header("Transfer-Encoding", "chunked").body(chunked(body)), buyer);
        }
        (request.body(body), buyer)
    }
}

/// A document as a browser sends it in a field of a form.
fn form(step: &Map<String, Value>, body: &[u8]) -> Vec<u8> {
    let word = |name: &str| step.get(name).and_then(Value::as_str).unwrap_or_default();
    let name = word("form_field");
    let mut value = body.to_vec();
    if name.eq_ignore_ascii_case("cXML-base64") {
        value = coded(step.get("base64").unwrap_or(&Value::Null), body).into_bytes();
    }
    for _ in 0..step.get("extra_percent_encoding").and_then(Value::as_u64).unwrap_or(0) {
        value = percent(&value).into_bytes();
    }
    if let Some(encoding) = encoding_rs::Encoding::for_label(word("form_charset").as_bytes()) {
        let text =
            hookline::wire::cxml::encoding::decode(&value, None).map_or_else(|_| String::from_utf8_lossy(&value).into_owned(), |(text, _)| text);
        value = encoding.encode(&text).0.into_owned();
    }
    format!("{}={}", percent(name.as_bytes()), percent(&value)).into_bytes()
}

fn percent(bytes: &[u8]) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    bytes.iter().map(|byte| if plain(*byte) { char::from(*byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn coded(how: &Value, body: &[u8]) -> String {
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
    let is_padded = how["padding"].as_bool().unwrap_or(true);
    let text = match (how["alphabet"].as_str().unwrap_or("standard").starts_with("url"), is_padded) {
        (false, true) => STANDARD.encode(body),
        (false, false) => STANDARD_NO_PAD.encode(body),
        (true, true) => URL_SAFE.encode(body),
        (true, false) => URL_SAFE_NO_PAD.encode(body),
    };
    let length = how["line_length"].as_u64().and_then(|length| usize::try_from(length).ok()).filter(|length| *length > 0);
    let Some(length) = length else { return text };
    text.as_bytes().chunks(length).map(|line| String::from_utf8_lossy(line).into_owned()).collect::<Vec<_>>().join("\r\n")
}

fn chunked(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + body.len() / 100);
    for chunk in body.chunks(8192) {
        out.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        out.extend_from_slice(chunk);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"0\r\n\r\n");
    out
}

/// `base` with `with` in the place of `replace`; packed in members, for nobody should hold a gigabyte.
fn generated(generator: &Value, packed: bool) -> Result<Vec<u8>, String> {
    let text = |value: &Value, key: &str| value[key].as_str().map(str::to_owned);
    let base = text(generator, "base").ok_or("a generator without a base")?;
    let place = text(generator, "replace").ok_or("a generator without a place")?;
    let (head, tail) = base.split_once(&place).ok_or("the place is not in the base")?;
    let with = &generator["with"];
    let times = with["times"].as_u64().ok_or("a generator without a count")?;
    let pieces: Vec<String> = match (text(with, "text"), text(with, "open"), text(with, "close")) {
        (Some(one), _, _) => vec![one],
        (None, Some(open), Some(close)) => vec![open, close],
        _ => return Err("a generator without a text".into()),
    };
    let member = |bytes: &[u8]| if packed { gzip(bytes) } else { Ok(bytes.to_vec()) };
    let mut out = member(head.as_bytes())?;
    for piece in &pieces {
        let (many, rest) = (times / MANY, times % MANY);
        let repeated = |count: u64| piece.repeat(usize::try_from(count).unwrap_or(0));
        if many > 0 {
            out.extend(member(repeated(MANY).as_bytes())?.repeat(usize::try_from(many).map_err(|e| e.to_string())?));
        }
        out.extend(member(repeated(rest).as_bytes())?);
    }
    out.extend(member(tail.as_bytes())?);
    Ok(out)
}

/// So many repetitions are packed at once: members of a packed file may follow each other.
const MANY: u64 = 1 << 20;

fn gzip(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).and_then(|()| packer.finish()).map_err(|e| e.to_string())
}

async fn send(gateway: &Gateway, request: Request, buyer: String) -> Result<Answered, String> {
    judge::forget_peak();
    let before = judge::memory();
    let began = Instant::now();
    let answer = Client::without_cookies(gateway.address).send(request).await?;
    let took = began.elapsed();
    let extra = judge::peak().saturating_sub(before);
    Ok(Answered::of(&answer, buyer, took, extra))
}
