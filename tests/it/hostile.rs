//! Bad input: any bytes at any endpoint get a clear answer of the right kind, nothing panics, no secret shows, and the gateway still
//! serves afterwards; a lost database is refused with 503 and comes back by itself.

use std::time::Duration;

use hookline::web::{Access, routes};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::on_both_engines;
use crate::setup::WORLD;
use crate::support::Engine;
use crate::support::gateway::Gateway;
use crate::support::http::Request;

on_both_engines! {
    any_bytes_at_any_endpoint,
    raw_bytes_in_a_call_up_are_read,
    what_is_no_request_gets_a_text,
    no_secret_stays_anywhere,
}

/// A small generator of its own: the same bytes in every run.
struct Seed(u64);

impl Seed {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn bytes(&mut self, most: u64) -> Vec<u8> {
        let words: [&[u8]; 14] = [
            b"%00",
            b"%",
            b"&",
            b"=",
            b"\xff\xfe",
            b"{\"a\":",
            b"[[[[",
            b"<script>",
            b"../",
            b"'",
            b"\"",
            b"NaN",
            b"USERNAME=",
            b"9999999999999999999999",
        ];
        let mut out = Vec::new();
        for _ in 0..self.next() % most {
            match self.next() % 3 {
                0 => out.push((self.next() % 256) as u8),
                _ => out.extend_from_slice(words[(self.next() % 14) as usize]),
            }
        }
        out
    }
}

async fn any_bytes_at_any_endpoint(engine: Engine) {
    let gateway = Gateway::with(engine, WORLD).await;
    let mut operator = gateway.operator().await.expect("the operator signs in");
    let mut seed = Seed(20_261_121);
    for route in routes() {
        for method in route.methods.split(' ') {
            for round in 0..6 {
                // Path parts: an existing name, made-up ones, and escapes.
                let part = ["lib", "no-such", "%00", "..%2f..", "%C3%28", "a%20b"][round];
                let path = route.path.split('/').map(|p| if p.starts_with('{') { part } else { p }).collect::<Vec<_>>().join("/");
                let query: String = seed.bytes(40).iter().map(|b| format!("%{b:02X}")).collect();
                let kind = ["application/json", "application/x-www-form-urlencoded", "text/plain; charset=klingon"][round % 3];
                let request = Request::new(method, format!("{path}?{query}")).header("Content-Type", kind).body(seed.bytes(200));
                let answer = operator.client.send(request).await.unwrap_or_else(|error| panic!("{method} {path}: {error}"));
                assert!(answer.status < 500, "{method} {path}: {} {}", answer.status, answer.text());
                let machine = route.path.starts_with("/api/");
                if machine && answer.status >= 400 {
                    let problem: Value = answer.json().unwrap_or_else(|| panic!("{method} {path}: no problem+json: {}", answer.text()));
                    assert!(problem["title"].is_string() && problem["detail"].is_string(), "{method} {path}: {problem}");
                }
                if matches!(route.access, Access::CallUp | Access::Session) && answer.status >= 400 {
                    assert!(answer.text().contains("<h1"), "{method} {path}: no page: {}", answer.text());
                }
            }
        }
    }
    assert_eq!(operator.client.get("/health/ready").await.expect("an answer").status, 200);
    let faults: Vec<String> = gateway.log().into_iter().filter(|line| line.contains("\"ERROR\"") || line.contains("panic")).collect();
    assert_eq!(faults, Vec::<String>::new());
    gateway.stop().await;
}

/// What comes back on one connection for these parts, sent one after the other, until the other side closes it.
async fn said(address: std::net::SocketAddr, parts: &[&[u8]]) -> String {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.set_nodelay(true).expect("a socket");
    for part in parts {
        stream.write_all(part).await.expect("it is taken");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await;
    read.expect("the connection is closed in time").expect("an answer");
    String::from_utf8_lossy(&answer).into_owned()
}

/// what older systems send without coding it. Found here: each of these got an empty 400 from the HTTP layer and left no evidence.
async fn raw_bytes_in_a_call_up_are_read(engine: Engine) {
    let gateway = Gateway::with(engine, WORLD).await;
    let mut client = gateway.client();
    let hook = b"USERNAME=inkoop&PASSWORD=Geheim-123-456&HOOK_URL=https://erp.library.example/r?sid=1";
    for (raw, value) in [
        (&b"M\xfcller"[..], "Müller"),
        ("Müller €".as_bytes(), "Müller €"),
        (b"50 \x80", "50 €"),
        (b"a b  c", "a b  c"),
        (b"\"quoted\" <b>", "\"quoted\" <b>"),
        (b"C:\\x^`{|}", "C:\\x^`{|}"),
        (b"x HTTP/1.1", "x HTTP/1.1"),
    ] {
        gateway.advance(Duration::from_secs(1));
        let target = [b"/oci/lib?", &hook[..], b"&note=", raw].concat();
        let answer = client.send(Request::get(target)).await.expect("an answer");
        assert_eq!(answer.status, 303, "{value}: {}", answer.text());
        let mut tx = gateway.server.app.store.read().await.expect("a reader");
        let row = tx.sql("SELECT received, outcome FROM evidence ORDER BY id DESC LIMIT 1").first().await.expect("evidence").expect("one");
        let received: Value = serde_json::from_str(&row.text("received").expect("text")).expect("JSON");
        let pairs = hookline::store::json::read_pairs(&received);
        assert!(pairs.contains(&("note".to_string(), value.to_string())), "{value}: {pairs:?}");
    }
    // One connection: a clean request, then a raw one byte by byte, then a body whose bytes are its own business.
    let raw = [b"GET /oci/lib?", &hook[..], b"&note=z\xfc \xe9 HTTP/1.1\r\nHost: x\r\n\r\n"].concat();
    let body = [&hook[..], b"&note=GET /a \xfc HTTP/1.1\r\n"].concat();
    let head =
        format!("POST /oci/lib HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n", body.len());
    let mut parts: Vec<&[u8]> = vec![b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"];
    parts.extend(raw.chunks(1));
    let last = b"GET /health/live?a b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    parts.extend([head.as_bytes(), &body, last]);
    let answers = said(gateway.address, &parts).await;
    let statuses: Vec<&str> = answers.match_indices("HTTP/1.1 ").map(|(at, _)| &answers[at + 9..at + 12]).collect();
    assert_eq!(statuses, ["200", "303", "303", "200"], "{answers}");
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    let rows = tx.sql("SELECT received FROM evidence").all().await.expect("evidence");
    let notes: Vec<String> = rows.iter().map(|row| row.text("received").expect("text")).collect();
    for note in ["GET /a ü HTTP/1.1", "zü é"] {
        assert_eq!(notes.iter().filter(|received| received.contains(note)).count(), 1, "{note}: {notes:?}");
    }
    drop(tx);
    gateway.stop().await;
}

async fn what_is_no_request_gets_a_text(engine: Engine) {
    let gateway = Gateway::with(engine, WORLD).await;
    let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(70_000));
    for (bytes, status) in [
        (&b"nonsense\r\n\r\n"[..], "400"),
        (b"\xff\xfe\x00\x01\r\n\r\n", "400"),
        (b"GET / HTTP/1.1\r\nno header\r\n\r\n", "400"),
        (b"GET /\xfc\r\n\r\n", "400"),
        (long.as_bytes(), "414"),
    ] {
        let answer = said(gateway.address, &[bytes]).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        let (head, text) = answer.split_once("\r\n\r\n").expect("a head and a text");
        assert!(head.contains("text/plain") && head.contains(&format!("content-length: {}", text.len())), "{answer}");
        assert_eq!(text.lines().count(), 4, "one sentence in each language: {text}");
    }
    // Behind an answer on the same connection as well, and the answer before it stays what it was.
    let answer = said(gateway.address, &[b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n", b"nonsense\r\n\r\n"]).await;
    assert!(answer.contains("live") && answer.contains("HTTP/1.1 400 ") && answer.contains("text/plain"), "{answer}");
    gateway.stop().await;
}

/// R-17, over everything that was written: log, evidence, sessions, journal, inbox.
async fn no_secret_stays_anywhere(engine: Engine) {
    let gateway = Gateway::with(engine, WORLD).await;
    let secrets = ["Geheim-123-456", "Falsch-987-654", "tok-secret-5f2c", "sid-of-the-buyer"];
    let hook = "HOOK_URL=https%3A%2F%2Ferp.library.example%2Fr%3Fsid%3Dsid-of-the-buyer";
    let mut client = gateway.client();
    // Found here: a NUL in a parameter was too much for one engine. It is kept like any other.
    let with_nul = client.get(&format!("/oci/lib?USERNAME=inkoop&PASSWORD=Geheim-123-456&{hook}&x%00y=a%00b")).await.expect("an answer");
    assert_eq!(with_nul.status, 303);
    for query in [
        format!("USERNAME=inkoop&PASSWORD=Geheim-123-456&{hook}"),
        format!("USERNAME=inkoop&PASSWORD=Falsch-987-654&{hook}"),
        format!("TOKEN=tok-secret-5f2c&{hook}"),
        format!("USERNAME=inkoop&PASSWORD=Geheim-123-456&my-api-key=tok-secret-5f2c&{hook}"),
        "USERNAME=inkoop&PASSWORD=Geheim-123-456&PASSWORD=Falsch-987-654".to_string(),
    ] {
        client.get(&format!("/oci/lib?{query}")).await.expect("an answer");
    }
    let log = gateway.log().join("\n");
    for secret in secrets {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    let rows = tx.sql("SELECT received AS a, sent AS b, notes AS c FROM evidence").all().await.expect("evidence");
    // Six call-ups, and that the connection was made.
    assert_eq!(rows.len(), 7);
    let sessions = tx.sql("SELECT call_up AS a, coding AS b, user_name AS c FROM session").all().await.expect("sessions");
    for row in rows.iter().chain(&sessions) {
        for column in ["a", "b", "c"] {
            let text = row.text(column).expect("text");
            for secret in &secrets[..3] {
                assert!(!text.contains(secret), "{secret} is stored: {text}");
            }
        }
    }
    drop(tx);
    gateway.stop().await;
}

/// Refused with 503 while the database takes nobody, nothing lost, and back by itself (P7).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_database_is_said_and_comes_back() {
    if !Engine::Postgres.is_here() {
        return;
    }
    let gateway = Gateway::with(Engine::Postgres, WORLD).await;
    let mut client = gateway.client();
    let call_up = "/oci/lib?USERNAME=inkoop&PASSWORD=Geheim-123-456&HOOK_URL=https%3A%2F%2Ferp.library.example%2Fr";
    assert_eq!(client.get(call_up).await.expect("an answer").status, 303);
    gateway.shut_database(true).await;
    let refused = client.get(call_up).await.expect("an answer");
    assert_eq!(refused.status, 503, "{}", refused.text());
    assert!(refused.header("retry-after").is_some() && refused.text().contains("<h1"));
    assert_eq!(client.get("/health/ready").await.expect("an answer").status, 503);
    assert_eq!(client.get("/health/live").await.expect("an answer").status, 200);
    gateway.shut_database(false).await;
    let mut status = 0;
    for _ in 0..50 {
        status = client.get(call_up).await.expect("an answer").status;
        if status == 303 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(status, 303, "it did not come back by itself");
    gateway.stop().await;
}
