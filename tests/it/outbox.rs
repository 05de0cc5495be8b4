//! What is owed leaves once it can, with an id the receiver can recognise and a signature; a receiver that fails is tried again by the
//! timetable; nothing is given up in silence. The receiver here is a socket of the test.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use hookline::work::parked;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::on_both_engines;
use crate::setup::WORLD;
use crate::support::Engine;
use crate::support::gateway::{Api, Gateway, sign_in_on_page};
use crate::support::receiver::{Reply, at_least, header, receiver};
use crate::support::waiting::until;

on_both_engines! {
    a_webhook_is_repeated_until_it_is_taken,
    a_private_address_is_never_called,
    a_mail_leaves_in_the_reader_s_language,
    a_mail_without_a_server_is_not_touched_and_the_order_says_why,
}

async fn placed(gateway: &Gateway) {
    let mut buyer = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    let body = json!({"number": "4500000007", "connection": "lib", "lines": [{"article": "BOOK-1", "quantity": "1"}]});
    assert_eq!(buyer.call("POST", "/api/v1/orders", Some(&body)).await.expect("an answer").status, 201);
}

async fn state_of_webhook(gateway: &Gateway) -> (String, i64, String) {
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    let row = tx.sql("SELECT state, attempts, last_answer FROM outbox WHERE kind = 'webhook'").first().await.expect("a row").expect("one webhook");
    (row.text("state").expect("text"), row.int("attempts").expect("a number"), row.text("last_answer").expect("text"))
}

async fn wait_for(gateway: &Gateway, attempts: i64) -> (String, i64, String) {
    let tried = async || Some(state_of_webhook(gateway).await).filter(|(_, tried, answer)| *tried >= attempts && !answer.is_empty());
    until("so many attempts", tried).await
}

async fn a_webhook_is_repeated_until_it_is_taken(engine: Engine) {
    let (port, seen) =
        receiver(|nth, _| [Reply::Status(500), Reply::Redirect("https://elsewhere.example/".into())].get(nth).cloned().unwrap_or(Reply::Status(200)))
            .await;
    let world = WORLD.replacen("mail = \"orders@acme.example\"", &format!("webhook = \"http://127.0.0.1:{port}/hook\""), 1);
    let gateway = Gateway::with_private_host(engine, &world, &format!("127.0.0.1:{port}")).await;
    placed(&gateway).await;
    // reliability, outbox: at once, after 5 s, after 5 min; a redirect is a failure.
    let first = wait_for(&gateway, 1).await;
    assert_eq!((first.0.as_str(), first.1), ("waiting", 1), "{first:?}");
    gateway.advance(Duration::from_secs(6));
    assert_eq!(wait_for(&gateway, 2).await.0, "waiting");
    gateway.advance(Duration::from_secs(301));
    until("a webhook that was taken", async || (state_of_webhook(&gateway).await.0 == "done").then_some(())).await;
    let seen = seen.lock().expect("no panic").clone();
    assert_eq!(seen.len(), 3, "{seen:?}");
    let ids: Vec<String> = seen.iter().map(|request| header(request, "webhook-id")).collect();
    assert!(!ids[0].is_empty() && ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert!(seen.iter().all(|request| header(request, "webhook-signature").starts_with("v1,") && request.contains("4500000007")));
    gateway.stop().await;
}

async fn a_private_address_is_never_called(engine: Engine) {
    let (port, seen) = receiver(|_, _| Reply::Status(200)).await;
    let world = WORLD.replacen("mail = \"orders@acme.example\"", &format!("webhook = \"https://localhost:{port}/hook\""), 1);
    let gateway = Gateway::with(engine, &world).await;
    placed(&gateway).await;
    let state = wait_for(&gateway, 1).await;
    assert_eq!(state.0, "parked", "{state:?}");
    // A person sees it with its reason, and may let it be tried again from the start.
    let store = &gateway.server.app.store;
    let listed = parked::list(store).await.expect("a list");
    assert!(listed.len() == 1 && listed[0].sort == "message" && listed[0].reason == state.2, "{listed:?}");
    parked::again(store, &listed[0].id, Some("library"), gateway.clock.now()).await.expect("let go");
    until("a message parked once more", async || (parked::list(store).await.expect("a list").len() == 1).then_some(())).await;
    let state = state_of_webhook(&gateway).await;
    assert_eq!((state.0.as_str(), state.1), ("parked", 1), "tried once more: {state:?}");
    assert_eq!(seen.lock().expect("no panic").len(), 0);
    gateway.stop().await;
}

/// A mail server as far as one mail needs it; gives what was sent.
pub async fn mail_server() -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = seen.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let kept = kept.clone();
            tokio::spawn(async move {
                let (read, mut write) = stream.into_split();
                let mut lines = tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(read));
                let _gone = write.write_all(b"220 test\r\n").await;
                let mut data: Option<String> = None;
                while let Ok(Some(line)) = lines.next_line().await {
                    let answer: &[u8] = match &mut data {
                        Some(text) if line == "." => {
                            kept.lock().expect("no panic").push(std::mem::take(text));
                            data = None;
                            b"250 taken\r\n"
                        }
                        Some(text) => {
                            text.push_str(&line);
                            text.push('\n');
                            continue;
                        }
                        None if line.starts_with("DATA") => {
                            data = Some(String::new());
                            b"354 go on\r\n"
                        }
                        None if line.starts_with("QUIT") => b"221 bye\r\n",
                        None => b"250 ok\r\n",
                    };
                    let _gone = write.write_all(answer).await;
                }
            });
        }
    });
    (port, seen)
}

async fn a_mail_leaves_in_the_reader_s_language(engine: Engine) {
    let (port, seen) = mail_server().await;
    let world = WORLD.replacen("language = \"en\"\nmail = \"orders@acme.example\"", "language = \"nl\"\nmail = \"orders@acme.example\"", 1);
    let smtp = hookline::config::Smtp {
        url: hookline::config::SmtpUrl(format!("smtp://127.0.0.1:{port}")),
        from: "hookline <noreply@hookline.example>".into(),
    };
    let gateway = Gateway::with_mail(engine, &world, smtp).await;
    placed(&gateway).await;
    let mails = at_least(&seen, 1).await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert!(mails[0].contains("orders@acme.example") && mails[0].contains("4500000007") && mails[0].contains("BOOK-1"), "{}", mails[0]);
    assert!(!mails[0].contains("New order"), "an English mail to a Dutch reader: {}", mails[0]);
    gateway.stop().await;
}

/// On SQLite every order would wait for what is written of each mail; what stands in the way is told where somebody looks.
async fn a_mail_without_a_server_is_not_touched_and_the_order_says_why(engine: Engine) {
    let gateway = Gateway::with(engine, WORLD).await;
    placed(&gateway).await;
    let app = &gateway.server.app;
    gateway.advance(Duration::from_secs(2 * 3600));
    assert_eq!(hookline::work::dispatch(app).await.expect("a pass"), 0);
    let mut tx = app.store.read().await.expect("a reader");
    let owed = "SELECT state, attempts, fence, last_answer, due_at, created_at FROM outbox WHERE kind = 'mail'";
    let row = tx.sql(owed).first().await.expect("a row").expect("one mail");
    let order = tx.sql("SELECT id FROM purchase_order").first().await.expect("a row").expect("one order").text("id").expect("text");
    drop(tx);
    let text = |name| row.text(name).expect("text");
    let number = |name| row.int(name).expect("a number");
    assert_eq!((text("state").as_str(), number("attempts"), number("fence"), text("last_answer").as_str()), ("waiting", 0, 0, ""));
    assert_eq!(number("due_at"), number("created_at"));
    let mut buyer = sign_in_on_page(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    let page = buyer.get(&format!("/orders/{order}")).await.expect("an answer").text();
    assert!(page.contains("no mail server is configured"), "{page}");
    gateway.stop().await;
}
