//! Connections made and changed on pages: the same rules and the same result as `hookline apply`, mistakes beside their fields, two people at
//! once, who may, and the second question before an origin is accepted. It must never write a connection but by a page or `apply`.

use std::time::Duration;

use hookline::flow::exporting;

use crate::on_both_engines;
use crate::setup::WORLD;
use crate::support::Engine;
use crate::support::gateway::{Gateway, sign_in_on_page};
use crate::support::html::{Form, Page};
use crate::support::http::{Answer, Client, Request};

on_both_engines! {
    what_a_page_makes_is_what_a_file_makes,
    a_mistake_stands_beside_its_field_and_what_was_typed_stays,
    what_somebody_else_changed_is_not_overwritten,
    a_buyer_stays_with_its_own,
    an_origin_is_accepted_on_the_second_question,
}

const PASSWORD: &str = "Admin-password-1";

fn world() -> String {
    let admin = |name: &str, buyer: &str| {
        format!(
            "[[person]]\nsign_in = \"{name}\"\npassword = \"{PASSWORD}\"\nname = \"A\"\nmail = \"a@x.example\"\nlanguage = \"en\"\n\
             buyer = \"{buyer}\"\nroles = [\"buyer_administrator\"]\n"
        )
    };
    format!(
        "{WORLD}\n[[catalogue]]\nid = \"secret\"\nsupplier = \"acme\"\nname = \"Of others\"\n{}{}",
        admin("admin", "library"),
        admin("stranger", "firm")
    )
}

async fn administrator(gateway: &Gateway) -> Client {
    sign_in_on_page(gateway.address, "admin", PASSWORD).await.expect("signed in")
}

pub async fn form(client: &mut Client, target: &str) -> Form {
    let page = Page::read(&client.get(target).await.expect("the page").text());
    page.forms_to(target).next().cloned().unwrap_or_else(|| panic!("no form on {target}"))
}

async fn send(client: &mut Client, target: &str, values: &[(&str, &str)]) -> Answer {
    let fields = form(client, target).await.filled(values).expect("such fields");
    post(client, target, &fields).await
}

pub async fn post(client: &mut Client, target: &str, fields: &[(String, String)]) -> Answer {
    let origin = format!("http://{}", client.address);
    client.send(Request::form(target, fields).header("Origin", &origin)).await.expect("an answer")
}

const FILE: &str = r#"
[[connection]]
name = "lib-2"
buyer = "library"
catalogue = "main"
preset = "sap-ecc-gui"
return_origins = ["https://erp.example.com", "https://*.example.org"]
number_style = "minimal"
idle_minutes = 30
active = false
[connection.field_mapping]
"NEW_ITEM-CUST_FIELD1" = { from = "line.cost_centre", max = 10 }
"NEW_ITEM-CUST_FIELD2" = { from = "const:a=b" }
[connection.fixed_fields]
SHOP = "hookline"
[connection.cxml]
buyer = ["DUNS:123456789", "NetworkId:library"]
own = ["NetworkId:shop"]
cart_field = "urlencoded"
unknown_parts = "accept"
refuse_cards = true
strict = true
[connection.cxml.segments]
Kostenstelle = "cost_center"
"#;

const FIELDS: [(&str, &str); 16] = [
    ("name", "lib-2"),
    ("catalogue", "main"),
    ("preset", "sap-ecc-gui"),
    ("return_origins", "https://erp.example.com\r\n\r\n  https://*.example.org\r\n"),
    ("number_style", "minimal"),
    ("idle_minutes", "30"),
    ("active", "false"),
    ("field_mapping", "NEW_ITEM-CUST_FIELD1 (10) = line.cost_centre\r\nNEW_ITEM-CUST_FIELD2=const:a=b"),
    ("fixed_fields", "SHOP = hookline"),
    ("cxml.buyer", "DUNS:123456789\r\nNetworkId:library"),
    ("cxml.own", "NetworkId:shop"),
    ("cxml.cart_field", "urlencoded"),
    ("cxml.unknown_parts", "accept"),
    ("cxml.refuse_cards", "true"),
    ("cxml.strict", "true"),
    ("cxml.segments", "Kostenstelle = cost_center"),
];

/// The connections of an export; what follows them comes in the order of random ids.
fn connections(exported: &str) -> &str {
    exported.find("[[connection]]").and_then(|at| exported.get(at..exported.find("[[person]]")?)).expect("connections and people")
}

async fn what_a_page_makes_is_what_a_file_makes(engine: Engine) {
    let by_page = Gateway::with(engine, &world()).await;
    let by_file = Gateway::with(engine, &world()).await;
    by_file.apply(FILE).await.expect("applied");
    let mut client = administrator(&by_page).await;
    let made = send(&mut client, "/new-connection", &FIELDS).await;
    assert_eq!((made.status, made.header("location")), (303, Some("/connections/lib-2")), "{}", made.text());
    let exported = exporting::export(&by_page.server.app).await.expect("an export");
    assert_eq!(connections(&exported), connections(&exporting::export(&by_file.server.app).await.expect("an export")));
    // Saving what is shown changes nothing, by fields and as text.
    for target in ["/connections/lib-2/settings", "/connections/lib-2/text"] {
        assert_eq!(send(&mut client, target, &[]).await.status, 303);
        assert_eq!(exporting::export(&by_page.server.app).await.expect("an export"), exported, "{target}");
    }
    by_page.advance(Duration::from_secs(1));
    // One field changes one thing, and the evidence says who did it.
    assert_eq!(send(&mut client, "/connections/lib-2/settings", &[("idle_minutes", "45")]).await.status, 303);
    let changed = exporting::export(&by_page.server.app).await.expect("an export");
    assert_eq!(changed, exported.replace("idle_minutes = 30", "idle_minutes = 45"));
    let mut operator = by_page.operator().await.expect("the operator");
    let records = operator.items("/api/v1/connections/lib-2/evidence").await.expect("the evidence");
    assert_eq!(records.len(), 2, "nothing is recorded where nothing changed: {records:?}");
    assert_eq!((records[0]["kind"].as_str(), records[0]["outcome"].as_str()), (Some("settings"), Some("settings_changed")));
    let whole = operator.get(&format!("/api/v1/connections/lib-2/evidence/{}", records[0]["id"].as_str().expect("an id"))).await.expect("a record");
    let text = whole.to_string();
    assert!(text.contains("\"admin\"") && text.contains("30 → 45") && !text.contains("number_style"), "{text}");
    by_page.stop().await;
    by_file.stop().await;
}

async fn a_mistake_stands_beside_its_field_and_what_was_typed_stays(engine: Engine) {
    let gateway = Gateway::with(engine, &world()).await;
    let before = exporting::export(&gateway.server.app).await.expect("an export");
    let mut client = administrator(&gateway).await;
    for (field, wrong) in [
        ("return_origins", "erp.example.com"),
        ("idle_minutes", "9999"),
        ("search_limit", "many"),
        ("default_return_charset", "ebcdic"),
        ("field_mapping", "NEW_ITEM-CUST_FIELD1 = cost_centre"),
        ("fixed_fields", "no sign"),
        ("cxml.buyer", "somebody"),
        ("cxml.segments", "Kostenstelle = colour"),
        ("cxml.units", "BOX = carton"),
        ("cxml.outbound_url", "ftp://buyer.example"),
    ] {
        let answer = send(&mut client, "/connections/lib/settings", &[(field, wrong), ("default_target", "_parent")]).await;
        let text = answer.text();
        assert_eq!(answer.status, 422, "{field}");
        assert!(text.contains(&format!("id=\"s-{field}-error\"")) && text.contains(&format!("href=\"#s-{field}\"")), "{field}: {text}");
        let page = Page::read(&text);
        let again = page.forms_to("/settings").next().expect("the form again");
        assert_eq!(again.value(field).as_deref(), Some(wrong));
        assert_eq!(again.value("default_target").as_deref(), Some("_parent"));
    }
    let taken = send(&mut client, "/new-connection", &[("name", "lib"), ("catalogue", "main")]).await;
    assert!(taken.status == 422 && taken.text().contains("id=\"s-name-error\""), "{}", taken.text());
    // The text of a connection: the line of the mistake.
    let text = form(&mut client, "/connections/lib/text").await.value("text").expect("a text");
    let wrong = text.replacen("[connection.field_mapping", "idle_minutes = 0\n[connection.field_mapping", 1);
    let line = wrong.lines().position(|line| line.starts_with("idle_minutes")).expect("there") + 1;
    let answer = send(&mut client, "/connections/lib/text", &[("text", &wrong)]).await;
    assert!(answer.status == 422 && answer.text().contains(&format!("Line {line}: ")), "{}", answer.text());
    // A key that nobody knows, inside a table of the connection: its own line, by its name.
    let unknown = format!("{text}idle_hours = 1\n");
    let line = unknown.lines().position(|line| line.starts_with("idle_hours")).expect("there") + 1;
    let answer = send(&mut client, "/connections/lib/text", &[("text", &unknown)]).await;
    assert!(answer.status == 422 && answer.text().contains(&format!("Line {line}: idle_hours: ")), "{}", answer.text());
    for wrong in [format!("{text}\n[[buyer]]\nid = \"mine\"\n"), String::new(), text.replace("name = \"lib\"", "name = \"other\"")] {
        assert_eq!(send(&mut client, "/connections/lib/text", &[("text", &wrong)]).await.status, 422, "{wrong}");
    }
    assert_eq!(exporting::export(&gateway.server.app).await.expect("an export"), before);
    gateway.stop().await;
}

async fn what_somebody_else_changed_is_not_overwritten(engine: Engine) {
    let gateway = Gateway::with(engine, &world()).await;
    let mut client = administrator(&gateway).await;
    let mine = form(&mut client, "/connections/lib/settings").await.filled(&[("idle_minutes", "20")]).expect("a form");
    let text = form(&mut client, "/connections/lib/text").await.filled(&[]).expect("a form");
    gateway.apply(&WORLD.replace("frame_origins", "idle_minutes = 10\nframe_origins")).await.expect("applied");
    let theirs = exporting::export(&gateway.server.app).await.expect("an export");
    let answer = post(&mut client, "/connections/lib/settings", &mine).await;
    assert_eq!(answer.status, 409);
    let again = Page::read(&answer.text());
    assert_eq!(again.forms_to("/settings").next().and_then(|form| form.value("idle_minutes")).as_deref(), Some("20"));
    assert_eq!(post(&mut client, "/connections/lib/text", &text).await.status, 409);
    assert_eq!(exporting::export(&gateway.server.app).await.expect("an export"), theirs);
    gateway.stop().await;
}

async fn a_buyer_stays_with_its_own(engine: Engine) {
    let gateway = Gateway::with(engine, &world()).await;
    let mut client = administrator(&gateway).await;
    let blank = form(&mut client, "/new-connection").await;
    let all = |buyer: &str, catalogue: &str| -> Vec<(String, String)> {
        let mut fields = blank.fields();
        fields.retain(|(name, _)| !["name", "buyer", "catalogue"].contains(&name.as_str()));
        fields.extend([("name", "mine"), ("buyer", buyer), ("catalogue", catalogue)].map(|(n, v)| (n.to_owned(), v.to_owned())));
        fields
    };
    for (buyer, catalogue) in [("firm", "main"), ("library", "secret"), ("library", "nowhere"), ("acme", "main")] {
        let answer = post(&mut client, "/new-connection", &all(buyer, catalogue)).await;
        assert_eq!(answer.status, 422, "{buyer} {catalogue}");
        assert!(!answer.text().contains("Of others"));
    }
    let mut stranger = sign_in_on_page(gateway.address, "stranger", PASSWORD).await.expect("signed in");
    assert_eq!(stranger.get("/connections/lib/settings").await.expect("an answer").status, 404);
    // The operator may use any.
    let mut operator = gateway.operator_pages().await.expect("the operator");
    assert_eq!(post(&mut operator, "/new-connection", &all("firm", "secret")).await.status, 303);
    gateway.stop().await;
}

async fn an_origin_is_accepted_on_the_second_question(engine: Engine) {
    let gateway = Gateway::with(engine, &world()).await;
    gateway.advance(Duration::from_secs(1));
    let mut caller = gateway.client();
    caller.get("/oci/lib?USERNAME=inkoop&PASSWORD=Geheim-123-456&HOOK_URL=https%3A%2F%2Fother.example%2Fback").await.expect("an answer");
    let mut api = gateway.operator().await.expect("the operator");
    let records = api.items("/api/v1/connections/lib/evidence").await.expect("the evidence");
    let record = format!("/connections/lib/evidence/{}", records[0]["id"].as_str().expect("an id"));
    let mut client = administrator(&gateway).await;
    let first = client.get(&record).await.expect("the record").text();
    assert!(Page::read(&first).forms_to("/accept-origin").next().is_none() && first.contains(&format!("href=\"{record}/accept-origin\"")));
    let question = format!("{record}/accept-origin");
    assert!(client.get(&question).await.expect("the question").text().contains("https://other.example<"));
    let export = async || exporting::export(&gateway.server.app).await.expect("an export");
    assert!(!export().await.contains("other.example"), "asking accepts nothing");
    gateway.advance(Duration::from_secs(1));
    assert_eq!(send(&mut client, &question, &[]).await.status, 303);
    assert!(export().await.contains("\"https://other.example\""));
    let records = api.items("/api/v1/connections/lib/evidence").await.expect("the evidence");
    assert_eq!(records[0]["user"], "admin", "{}", records[0]);
    assert_eq!(client.get(&question).await.expect("an answer").status, 409, "it is offered no more");
    gateway.stop().await;
}
