//! What partners' formats cost: an order in cXML beside the same order as JSON in the same run, an order of 4 MiB, and the outbox to a receiver of
//! this machine, beside one message after the other. Durable: SQLite with `synchronous = FULL`, PostgreSQL where `HOOKLINE_TEST_POSTGRES` names a
//! server.
//!
//! `cargo bench --bench partners`; `-- orders`, `-- large` or `-- outbox` for a part.

mod support;

use std::time::{Duration, Instant};

use hookline::Server;
use hookline::clock::Clock;
use hookline::config::Config;
use hookline::flow::{applying, signing};
use hookline::store;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use support::{CONNECTIONS, exchange, is_wanted, load, post_request, show};

/// Messages owed at once.
const MESSAGES: usize = 3000;
/// As many bytes as a document may have.
const LARGE: usize = 4 * 1024 * 1024;
const SECRET: &str = "Secret-of-the-bench-12";

fn world(webhook: &str) -> String {
    format!(
        "[[supplier]]\nid = \"shop\"\nname = \"Shop\"\n{webhook}\n\
         [[buyer]]\nid = \"college\"\nname = \"College\"\n\
         [[catalogue]]\nid = \"main\"\nsupplier = \"shop\"\nname = \"Main\"\n\
         [[article]]\ncatalogue = \"main\"\nnumber = \"A-1\"\ndescription = \"Gloves\"\nunit = \"PCE\"\nprice = \"12.50\"\ncurrency = \"EUR\"\nvat = \"21\"\n\
         [[connection]]\nname = \"college\"\nbuyer = \"college\"\ncatalogue = \"main\"\npreset = \"cxml\"\nreturn_origins = [\"https://erp.example\"]\n\
         [connection.cxml]\nbuyer = [\"NetworkId:college\"]\nown = [\"NetworkId:shop\"]\nno_cost_centre = \"accept\"\nunknown_parts = \"accept\"\n\
         [[credential]]\nconnection = \"college\"\norganisation = \"NetworkId\"\nuser = \"college\"\npassword = \"{SECRET}\"\n\
         [[person]]\nsign_in = \"orderer@college\"\npassword = \"Orderer-password-1\"\nname = \"O\"\nmail = \"o@college.example\"\nlanguage = \"en\"\n\
         buyer = \"college\"\nroles = [\"orderer\"]\n"
    )
}

async fn gateway(folder: &std::path::Path, url: Option<String>, toml: &str, private_hosts: Vec<String>) -> Server {
    let config = Config { data: folder.to_owned(), database: url, listen: "127.0.0.1:0".into(), private_hosts, ..Config::default() };
    let server = hookline::start(config, Clock::system()).await.expect("the service starts");
    applying::apply(&server.app, toml, "bench.toml").await.expect("applied");
    server
}

fn item(line: usize, text: &str) -> String {
    format!(
        "<ItemOut quantity=\"2\" lineNumber=\"{line}\"><ItemID><SupplierPartID>A-1</SupplierPartID></ItemID><ItemDetail><UnitPrice><Money currency=\"EUR\">12.50</Money>\
         </UnitPrice><Description xml:lang=\"en\">{text}</Description><UnitOfMeasure>C62</UnitOfMeasure><Classification domain=\"UNSPSC\">55101500</Classification></ItemDetail></ItemOut>"
    )
}

fn cxml(number: &str, items: &str, total: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><!DOCTYPE cXML SYSTEM \"http://xml.cxml.org/schemas/cXML/1.2.045/cXML.dtd\"><cXML payloadID=\"{number}@bench\" timestamp=\"2026-03-05T10:00:00+01:00\">\
         <Header><From><Credential domain=\"NetworkId\"><Identity>college</Identity></Credential></From><To><Credential domain=\"NetworkId\"><Identity>shop</Identity></Credential></To>\
         <Sender><Credential domain=\"NetworkId\"><Identity>college</Identity><SharedSecret>{SECRET}</SharedSecret></Credential><UserAgent>bench</UserAgent></Sender></Header>\
         <Request deploymentMode=\"production\"><OrderRequest><OrderRequestHeader orderID=\"{number}\" orderDate=\"2026-03-05T10:00:00+01:00\"><Total><Money currency=\"EUR\">{total}</Money></Total>\
         <BillTo><Address><Name xml:lang=\"en\">College</Name></Address></BillTo></OrderRequestHeader>{items}</OrderRequest></Request></cXML>"
    )
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        for (name, url) in [("SQLite", None), ("PostgreSQL", std::env::var("HOOKLINE_TEST_POSTGRES").ok())] {
            if name == "SQLite" || url.is_some() {
                println!("\n{name}, {} cores, {CONNECTIONS} connections", std::thread::available_parallelism().map_or(1, |n| n.get()));
                engine(url).await;
            }
        }
    });
}

async fn engine(url: Option<String>) {
    let folder = tempfile::tempdir().expect("a folder");
    let server = gateway(folder.path(), url.clone(), &world(""), Vec::new()).await;
    if is_wanted("orders") {
        orders(&server).await;
    }
    if is_wanted("large") {
        large(&server).await;
    }
    server.stop().await;
    if is_wanted("outbox") && url.is_none() {
        outbox().await;
    }
}

/// Three lines each, every order new.
async fn orders(server: &Server) {
    let person = store::person::all(&mut server.app.store.read().await.expect("a reader")).await.expect("people");
    let person = person.into_iter().find(|person| person.tenant == "college").expect("the orderer");
    let token = signing::issue(&server.app, &person, &[]).await.expect("a token");
    let authorization = format!("Authorization: Bearer {token}\r\n");
    let json = move |n: usize| {
        let lines: Vec<String> = (1..=3).map(|line| format!("{{\"line\":{line},\"article\":\"A-1\",\"quantity\":\"2\"}}")).collect();
        let body = format!("{{\"number\":\"J{n:09}\",\"connection\":\"college\",\"lines\":[{}]}}", lines.join(","));
        post_request("/api/v1/orders", "application/json", &authorization, &body)
    };
    let plain = load(server.address, 201, usize::MAX, json).await;
    show("order as JSON, three lines", &plain, plain.per_second);
    let items: String = (1..=3).map(|line| item(line, "Gloves")).collect();
    let request = move |n: usize| post_request("/cxml/college", "text/xml; charset=UTF-8", "", &cxml(&format!("C{n:09}"), &items, "75.00"));
    // The secret is proven once, as a partner that sends all day has it.
    let (mut stream, mut buffer) = (TcpStream::connect(server.address).await.expect("the service listens"), Vec::new());
    let first = exchange(&mut stream, &request(999_999_999), &mut buffer).await;
    assert_eq!(first.map(|(status, _)| status), Some(200));
    show("the same in cXML, of the JSON one", &load(server.address, 200, usize::MAX, request).await, plain.per_second);
}

/// As many lines as fit in the largest document that is taken.
async fn large(server: &Server) {
    let text = "x".repeat(1000);
    let lines = LARGE / (item(1000, &text).len() + 4);
    let items: String = (1..=lines).map(|line| item(line, &text)).collect();
    let document = cxml("LARGE", &items, &format!("{}.00", lines * 25));
    let request = post_request("/cxml/college", "text/xml; charset=UTF-8", "", &document);
    let (mut stream, mut buffer) = (TcpStream::connect(server.address).await.expect("the service listens"), Vec::new());
    let begun = Instant::now();
    let answer = exchange(&mut stream, &request, &mut buffer).await;
    println!("order of {lines} lines, {} bytes            {:.0?}, {:?}", document.len(), begun.elapsed(), answer.map(|(status, _)| status));
}

/// Answers 200 to whatever comes, as fast as it can.
async fn receiver() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut buffer = vec![0; 64 * 1024];
                let _ = stream.read(&mut buffer).await;
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await;
            });
        }
    });
    port
}

/// Orders that wait for their webhook are sent by the loop of the service; beside it the same calls one after the other.
async fn outbox() {
    let port = receiver().await;
    let host = format!("127.0.0.1:{port}");
    let folder = tempfile::tempdir().expect("a folder");
    let server = gateway(folder.path(), None, &world(&format!("webhook = \"http://{host}/hook\"")), vec![host.clone()]).await;
    let app = &server.app;
    let owed: Vec<store::outbox::Message> = (0..MESSAGES)
        .map(|n| {
            let payload = serde_json::json!({"type": "order.placed", "data": {"number": format!("N{n}"), "text": "x".repeat(1000)}});
            hookline::flow::ordering::message(
                "college",
                "webhook",
                &format!("lane-{}", n % 1000),
                &format!("http://{host}/hook"),
                &payload,
                app.clock.now(),
            )
        })
        .collect();
    let begun = Instant::now();
    let mut tx = app.store.begin().await.expect("a writer");
    tx.write(vec![store::outbox::insert(&owed, app.clock.now())]).await.expect("written");
    tx.commit().await.expect("committed");
    loop {
        let mut tx = app.store.read().await.expect("a reader");
        let (waiting, parked) = store::outbox::figures(&mut tx).await.expect("figures");
        drop(tx);
        if waiting + parked == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let took = begun.elapsed();
    let begun = Instant::now();
    for message in owed.iter().take(200) {
        let _ = hookline::outbound::http::post(&message.recipient, &[], message.payload.clone(), std::slice::from_ref(&host)).await;
    }
    let each = begun.elapsed() / 200;
    let per_second = |time: Duration, count: u128| count * 1_000_000 / time.as_micros().max(1);
    println!(
        "outbox, {MESSAGES} messages                    {took:.1?}, {}/s; without it, one after the other {}/s",
        per_second(took, MESSAGES as u128),
        per_second(each, 1)
    );
    server.stop().await;
}
