//! A supplier's channels set on a page: the same rules and the same result as `hookline apply`, mistakes beside their fields, losses told before they
//! are kept, secrets kept and never shown, two people at once, and who may. Channels are set here by the page or by `apply`, never otherwise.

use hookline::domain::name::Secret;
use hookline::flow::{channels, exporting};
use hookline::store;
use hookline::wire::channels::ChannelText;

use crate::configuring::{form, post};
use crate::on_both_engines;
use crate::setup::WORLD;
use crate::support::Engine;
use crate::support::gateway::{Gateway, sign_in_on_page};
use crate::support::html::{Form, Page};
use crate::support::http::{Answer, Client};

on_both_engines! {
    what_the_page_sets_is_what_a_file_sets,
    channels_change_their_order_and_go,
    a_mistake_stands_beside_its_field_in_the_readers_words,
    a_secret_is_kept_and_in_no_answer,
    what_somebody_else_set_is_not_overwritten,
    a_supplier_stays_with_its_own,
}

const PASSWORD: &str = "Password-of-the-desk-1";
const SECRET: &str = "Secret-of-the-supplier";
const TARGET: &str = "/channels/acme";

fn world(channels: &str) -> String {
    let desk = |name: &str, language: &str, supplier: &str| {
        format!(
            "[[person]]\nsign_in = \"{name}\"\npassword = \"{PASSWORD}\"\nname = \"D\"\nmail = \"d@x.example\"\nlanguage = \"{language}\"\n\
             supplier = \"{supplier}\"\nroles = [\"supplier_desk\"]\n"
        )
    };
    let iban = "iban = \"NL91ABNA0417164300\"\n";
    let world = WORLD.replacen(iban, &format!("{iban}{channels}"), 1);
    let others = desk("desk", "en", "acme") + &desk("balie", "nl", "acme") + &desk("stranger", "en", "rival");
    format!("{world}[[supplier]]\nid = \"rival\"\nname = \"Rival\"\n{others}")
}

fn channel(form: &str, to: &str, more: &str) -> String {
    format!("[[supplier.channel]]\nform = \"{form}\"\nto = \"{to}\"\n{more}\n")
}

fn cxml() -> String {
    let parties = format!("own = \"NetworkId:gateway\"\nsupplier = \"DUNS:123\"\nsecret = \"{SECRET}\"");
    channel("cxml", "https://shop.example/cxml", &parties)
}

async fn desk(gateway: &Gateway) -> Client {
    sign_in_on_page(gateway.address, "desk", PASSWORD).await.expect("signed in")
}

async fn send(client: &mut Client, values: &[(&str, &str)]) -> Answer {
    let fields = form(client, TARGET).await.filled(values).expect("such fields");
    post(client, TARGET, &fields).await
}

fn shown(answer: &Answer) -> Form {
    let text = answer.text();
    Page::read(&text).forms_to(TARGET).next().cloned().unwrap_or_else(|| panic!("no form: {text}"))
}

/// Sends what the page shows once more, as whoever read what cannot be carried does.
async fn confirmed(client: &mut Client, asked: &Answer) -> Answer {
    assert!(asked.status == 200 && asked.text().contains("Not saved yet"), "{} {}", asked.status, asked.text());
    post(client, TARGET, &shown(asked).fields()).await
}

fn is_saved(answer: &Answer) -> bool {
    answer.status == 303 && answer.header("location") == Some("/channels")
}

pub async fn kept(gateway: &Gateway) -> Vec<ChannelText> {
    let mut tx = gateway.server.app.store.read().await.expect("a reader");
    channels::of_supplier(&store::organisation::by_id(&mut tx, "acme").await.expect("a row").expect("the supplier")).expect("channels")
}

pub fn addresses(channels: &[ChannelText]) -> Vec<&str> {
    channels.iter().map(|channel| channel.to.as_str()).collect()
}

pub fn opened(gateway: &Gateway, channel: &ChannelText) -> Option<Secret> {
    channels::secret(&gateway.server.app.sealer, "acme", channel).expect("it opens")
}

pub async fn suppliers(gateway: &Gateway) -> String {
    let exported = exporting::export(&gateway.server.app).await.expect("an export");
    exported.split("[[buyer]]").next().expect("the suppliers").to_owned()
}

async fn what_the_page_sets_is_what_a_file_sets(engine: Engine) {
    let mail = "cannot = [\"change\", \"letters\"]\ntries = 2\nanswer_hours = 48\nfile = \"csv\"\nseparator = \",\"\nspreadsheet = true\n\
        columns = [\"order_no=PO number\", \"line\"]";
    let by_file = Gateway::with(engine, &world(&(cxml() + &channel("mail", "orders@shop.example", mail)))).await;
    let by_page = Gateway::with(engine, &world("")).await;
    let mut client = desk(&by_page).await;
    let asked = send(
        &mut client,
        &[
            ("channel.1.form", "cxml"),
            ("channel.1.to", "https://shop.example/cxml"),
            ("channel.1.own", "NetworkId:gateway"),
            ("channel.1.supplier", "DUNS:123"),
            ("channel.1.secret", SECRET),
        ],
    )
    .await;
    // cXML orders have no place for files (section 36); nothing is kept before that was read.
    assert!(asked.text().contains("Channel 1 (cXML) cannot carry: files."), "{}", asked.text());
    assert!(!asked.text().contains("without a secret") && kept(&by_page).await.is_empty());
    assert!(is_saved(&confirmed(&mut client, &asked).await));
    let mut fields = form(&mut client, TARGET)
        .await
        .filled(&[
            ("channel.2.form", "mail"),
            ("channel.2.to", " orders@shop.example "),
            ("channel.2.tries", "2"),
            ("channel.2.answer_hours", "48"),
            ("channel.2.file", "csv"),
            ("channel.2.separator", ","),
            ("channel.2.spreadsheet", "true"),
            ("channel.2.columns", "order_no=PO number\r\n\r\nline\r\n"),
        ])
        .expect("such fields");
    fields.extend(["change", "letters"].map(|word| ("channel.2.cannot".to_owned(), word.to_owned())));
    let asked = post(&mut client, TARGET, &fields).await;
    assert!(asked.text().contains("Channel 2 (Mail) cannot carry: changes of an order, letters beyond ASCII."), "{}", asked.text());
    assert!(is_saved(&confirmed(&mut client, &asked).await));
    assert_eq!(suppliers(&by_page).await, suppliers(&by_file).await);
    // What is shown, sent back, changes nothing and asks nothing; the list tells of both.
    let before = kept(&by_page).await;
    assert!(is_saved(&send(&mut client, &[]).await));
    assert_eq!(kept(&by_page).await, before);
    let list = client.get("/channels").await.expect("the list").text();
    assert!(list.contains("orders@shop.example") && list.contains("href=\"/channels/acme\""), "{list}");
    by_page.stop().await;
    by_file.stop().await;
}

async fn channels_change_their_order_and_go(engine: Engine) {
    let mail = |name: &str| channel("mail", &format!("{name}@shop.example"), "");
    let gateway = Gateway::with(engine, &world(&(mail("a") + &mail("b") + &mail("c")))).await;
    let mut client = desk(&gateway).await;
    assert!(is_saved(&send(&mut client, &[("channel.3.place", "1")]).await));
    assert_eq!(addresses(&kept(&gateway).await), ["c@shop.example", "a@shop.example", "b@shop.example"]);
    assert!(is_saved(&send(&mut client, &[("channel.2.to", "z@shop.example"), ("channel.1.place", "3")]).await));
    assert_eq!(addresses(&kept(&gateway).await), ["z@shop.example", "b@shop.example", "c@shop.example"]);
    // One is taken away, one is emptied.
    assert!(is_saved(&send(&mut client, &[("channel.2.place", "away")]).await));
    assert!(is_saved(&send(&mut client, &[("channel.1.form", ""), ("channel.1.to", "")]).await));
    assert_eq!(addresses(&kept(&gateway).await), ["c@shop.example"]);
    // Five are the most: then there is no empty one.
    for number in 2..=5 {
        let (form, to) = (format!("channel.{number}.form"), format!("channel.{number}.to"));
        assert!(is_saved(&send(&mut client, &[(&form, "mail"), (&to, &format!("{number}@shop.example"))]).await));
    }
    assert_eq!((kept(&gateway).await.len(), form(&mut client, TARGET).await.value("channel.6.form")), (5, None));
    let all: Vec<String> = (1..=5).map(|number| format!("channel.{number}.place")).collect();
    let away: Vec<(&str, &str)> = all.iter().map(|name| (name.as_str(), "away")).collect();
    assert!(is_saved(&send(&mut client, &away).await) && kept(&gateway).await.is_empty());
    gateway.stop().await;
}

async fn a_mistake_stands_beside_its_field_in_the_readers_words(engine: Engine) {
    let gateway = Gateway::with(engine, &world(&(channel("mail", "orders@shop.example", "") + &cxml()))).await;
    let before = kept(&gateway).await;
    let mut client = sign_in_on_page(gateway.address, "balie", PASSWORD).await.expect("signed in");
    for (field, wrong, words) in [
        ("channel.1.to", "https://shop.example", "Kanaal 1, Adres: “https://shop.example” kan niet. Wel mogelijk: name@host"),
        ("channel.1.to", "", "Kanaal 1, Adres ontbreekt."),
        ("channel.1.form", "", "Kanaal 1, Vorm ontbreekt."),
        ("channel.1.tries", "vaak", "Kanaal 1, Pogingen: “vaak” kan niet."),
        ("channel.1.tries", "10", "Kanaal 1, Pogingen: “10” kan niet. Wel mogelijk: 1 – 9"),
        ("channel.1.answer_hours", "721", "Kanaal 1, Uren voor een antwoord: “721” kan niet. Wel mogelijk: 1 – 720"),
        ("channel.1.columns", "kleur", "Kanaal 1, Kolommen: “kleur” kan niet."),
        ("channel.1.account_string", "{QQ}", "Kanaal 1, Kostenreeks: “{QQ}” kan niet."),
        ("channel.2.file", "csv", "Kanaal 2, Gegevensbestand: “csv” kan niet."),
        ("channel.2.own", "", "Kanaal 2, De gateway ontbreekt."),
        ("channel.2.buyer", "niemand", "Kanaal 2, De koper: “niemand” kan niet."),
        ("channel.3.to", "later@shop.example", "Kanaal 3, Vorm ontbreekt."),
    ] {
        let answer = send(&mut client, &[("channel.1.separator", ","), (field, wrong)]).await;
        let text = answer.text();
        assert_eq!(answer.status, 422, "{field} {wrong}: {text}");
        let named = if field == "channel.3.to" { "channel.3.form" } else { field };
        assert!(text.contains(&format!("id=\"s-{named}-error\"")) && text.contains(&format!("href=\"#s-{named}\"")), "{field}: {text}");
        assert!(text.contains(words), "{words}: {text}");
        let again = shown(&answer);
        assert_eq!(again.value(field).as_deref(), Some(wrong));
        assert_eq!(again.value("channel.1.separator").as_deref(), Some(","));
    }
    // The place of the mistake is the one the channel was given.
    let answer = send(&mut client, &[("channel.1.to", "x"), ("channel.1.place", "2")]).await;
    assert!(answer.text().contains("Kanaal 2, Adres: “x”") && shown(&answer).value("channel.2.to").as_deref() == Some("x"));
    assert_eq!(kept(&gateway).await, before);
    gateway.stop().await;
}

async fn a_secret_is_kept_and_in_no_answer(engine: Engine) {
    let gateway = Gateway::with(engine, &world(&cxml())).await;
    let mut client = desk(&gateway).await;
    let sealed = kept(&gateway).await[0].sealed.clone();
    let first = client.get(TARGET).await.expect("the page").text();
    assert!(first.contains("A secret is set") && !first.contains(SECRET) && !first.contains(&sealed), "{first}");
    // Left empty it stays, whatever else changes.
    assert!(is_saved(&send(&mut client, &[("channel.1.tries", "7")]).await));
    let there = kept(&gateway).await;
    assert_eq!((there[0].tries, there[0].sealed.as_str()), (Some(7), sealed.as_str()));
    // With another address it goes, and that is told first.
    let moved = send(&mut client, &[("channel.1.to", "https://new.example/cxml")]).await;
    assert!(moved.text().contains("Channel 1 (cXML) goes without a secret.") && moved.text().contains("No secret is set"), "{}", moved.text());
    assert_eq!(kept(&gateway).await, there);
    // A new one, beside a mistake: it is not shown, and there once the mistake is mended.
    let wrong = [("channel.1.to", "https://new.example/cxml"), ("channel.1.secret", "Another-secret"), ("channel.1.tries", "0")];
    let refused = send(&mut client, &wrong).await;
    assert!(refused.status == 422 && !refused.text().contains("Another-secret") && refused.text().contains("A secret is set"), "{}", refused.text());
    let carried = shown(&refused).value("channel.1.sealed").expect("carried");
    let mended = post(&mut client, TARGET, &shown(&refused).filled(&[("channel.1.tries", "1")]).expect("a form")).await;
    assert!(is_saved(&mended), "{}", mended.text());
    let there = kept(&gateway).await;
    assert_eq!(opened(&gateway, &there[0]).expect("a secret").expose(), "Another-secret");
    // What was carried opens for no other address.
    let mut fields = form(&mut client, TARGET).await.filled(&[("channel.1.to", "https://thief.example/cxml")]).expect("a form");
    fields.push(("channel.1.sealed".to_owned(), carried));
    let stolen = post(&mut client, TARGET, &fields).await;
    assert!(stolen.text().contains("goes without a secret"), "{}", stolen.text());
    // Whoever says yes has none.
    assert!(is_saved(&confirmed(&mut client, &stolen).await));
    assert!(opened(&gateway, &kept(&gateway).await[0]).is_none());
    let list = client.get("/channels").await.expect("the list").text();
    assert!(
        [SECRET, "Another-secret", "sealed"].iter().all(|word| !list.contains(word))
            && gateway.log().iter().all(|line| !line.contains("Another-secret"))
    );
    gateway.stop().await;
}

async fn what_somebody_else_set_is_not_overwritten(engine: Engine) {
    let gateway = Gateway::with(engine, &world(&channel("mail", "orders@shop.example", ""))).await;
    let mut client = desk(&gateway).await;
    let mine = form(&mut client, TARGET).await.filled(&[("channel.1.to", "mine@shop.example")]).expect("a form");
    // Other settings of the supplier are no matter.
    let theirs = world(&channel("mail", "orders@shop.example", ""));
    gateway.apply(&theirs.replace("Dorpsstraat 1", "Dorpsstraat 2")).await.expect("applied");
    assert!(is_saved(&post(&mut client, TARGET, &mine).await));
    assert!(suppliers(&gateway).await.contains("Dorpsstraat 2"));
    let late = form(&mut client, TARGET).await.filled(&[("channel.1.to", "late@shop.example")]).expect("a form");
    gateway.apply(&theirs).await.expect("applied");
    let answer = post(&mut client, TARGET, &late).await;
    assert!(answer.status == 409 && answer.text().contains("Somebody else changed these channels meanwhile."), "{}", answer.text());
    assert_eq!(shown(&answer).value("channel.1.to").as_deref(), Some("late@shop.example"));
    assert_eq!(addresses(&kept(&gateway).await), ["orders@shop.example"]);
    // Of two at the same moment one is kept.
    let mut other = sign_in_on_page(gateway.address, "balie", PASSWORD).await.expect("signed in");
    for round in 0..5 {
        let to = |who: &str| format!("{who}{round}@shop.example");
        let one = form(&mut client, TARGET).await.filled(&[("channel.1.to", &to("one"))]).expect("a form");
        let two = form(&mut other, TARGET).await.filled(&[("channel.1.to", &to("two"))]).expect("a form");
        let (first, second) = tokio::join!(post(&mut client, TARGET, &one), post(&mut other, TARGET, &two));
        let mut statuses = [first.status, second.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 409]);
        assert_eq!(addresses(&kept(&gateway).await), [to(if first.status == 303 { "one" } else { "two" })]);
    }
    gateway.stop().await;
}

async fn a_supplier_stays_with_its_own(engine: Engine) {
    let gateway = Gateway::with(engine, &world(&channel("mail", "orders@shop.example", ""))).await;
    let mut client = desk(&gateway).await;
    let fields = form(&mut client, TARGET).await.filled(&[("channel.1.to", "stolen@rival.example")]).expect("a form");
    let mut stranger = sign_in_on_page(gateway.address, "stranger", PASSWORD).await.expect("signed in");
    let seen = stranger.get(TARGET).await.expect("an answer");
    assert!(seen.status == 404 && !seen.text().contains("orders@shop.example"));
    assert_eq!(post(&mut stranger, TARGET, &fields).await.status, 404);
    // Neither a buyer nor nobody is a supplier, even for the operator, who may set those of any.
    let mut operator = gateway.operator_pages().await.expect("the operator");
    for target in ["/channels/library", "/channels/nobody", "/channels/operator"] {
        assert_eq!(operator.get(target).await.expect("an answer").status, 404, "{target}");
        assert_eq!(post(&mut operator, target, &fields).await.status, 404, "{target}");
    }
    assert_eq!(addresses(&kept(&gateway).await), ["orders@shop.example"]);
    assert!(is_saved(&send(&mut operator, &[("channel.1.to", "operator@shop.example")]).await));
    assert_eq!(addresses(&kept(&gateway).await), ["operator@shop.example"]);
    gateway.stop().await;
}
