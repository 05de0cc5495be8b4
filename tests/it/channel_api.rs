//! A supplier's channels set by a program: the same result as a file, mistakes named by their field, secrets in no answer, two at once, and who may.
//! Channels are set here over the API, never by a page.

use serde_json::{Value, json};

use crate::channel_settings::{addresses, kept, opened, suppliers};
use crate::on_both_engines;
use crate::setup::WORLD;
use crate::support::Engine;
use crate::support::gateway::{Api, Gateway};
use crate::support::http::Answer;

on_both_engines! {
    what_a_program_sets_is_what_a_file_sets,
    a_mistake_is_named_by_its_field_and_nothing_is_kept,
    a_secret_stays_and_is_in_no_answer,
    what_another_set_meanwhile_is_not_overwritten,
    a_program_sets_its_own_alone,
}

const PASSWORD: &str = "Password-of-the-desk-1";
const SECRET: &str = "Secret-of-the-supplier";
const TARGET: &str = "/api/v1/channels/acme";

fn world(channels: &str) -> String {
    let person = |name: &str, supplier: &str, role: &str| {
        format!(
            "[[person]]\nsign_in = \"{name}\"\npassword = \"{PASSWORD}\"\nname = \"D\"\nmail = \"d@x.example\"\nlanguage = \"en\"\n\
             supplier = \"{supplier}\"\nroles = [\"{role}\"]\n"
        )
    };
    let iban = "iban = \"NL91ABNA0417164300\"\n";
    let world = WORLD.replacen(iban, &format!("{iban}{channels}"), 1);
    let people =
        person("desk", "acme", "supplier_desk") + &person("books", "acme", "supplier_finance") + &person("stranger", "rival", "supplier_desk");
    format!("{world}[[supplier]]\nid = \"rival\"\nname = \"Rival\"\n{people}")
}

/// The set-up file's words for the same two channels as [`two`].
fn two_in_a_file() -> String {
    format!(
        "[[supplier.channel]]\nform = \"cxml\"\nto = \"https://shop.example/cxml\"\nown = \"NetworkId:gateway\"\nsupplier = \"DUNS:123\"\n\
         secret = \"{SECRET}\"\n[[supplier.channel]]\nform = \"mail\"\nto = \"orders@shop.example\"\ncannot = [\"change\", \"letters\"]\ntries = 2\n\
         answer_hours = 48\nfile = \"csv\"\nseparator = \",\"\nspreadsheet = true\ncolumns = [\"order_no=PO number\", \"line\"]\n"
    )
}

fn cxml() -> Value {
    json!({"form": "cxml", "to": "https://shop.example/cxml", "own": "NetworkId:gateway", "supplier": "DUNS:123", "secret": SECRET})
}

fn two() -> Value {
    json!([cxml(), {"form": "mail", "to": "orders@shop.example", "cannot": ["change", "letters"], "tries": 2, "answer_hours": 48, "file": "csv",
        "separator": ",", "spreadsheet": true, "columns": ["order_no=PO number", "line"]}])
}

fn mail(to: &str) -> Value {
    json!({"form": "mail", "to": to})
}

async fn signed_in(gateway: &Gateway, name: &str) -> Api {
    Api::signed_in(gateway.address, name, PASSWORD).await.expect("signed in")
}

async fn put(api: &mut Api, body: &Value) -> Answer {
    api.call("PUT", TARGET, Some(body)).await.expect("an answer")
}

fn body(answer: &Answer) -> Value {
    answer.json().unwrap_or_else(|| panic!("no JSON: {}", answer.text()))
}

async fn what_a_program_sets_is_what_a_file_sets(engine: Engine) {
    let by_file = Gateway::with(engine, &world(&two_in_a_file())).await;
    let gateway = Gateway::with(engine, &world("")).await;
    let mut api = signed_in(&gateway, "desk").await;
    // A preview says what each has no way for, and keeps nothing. cXML orders have no place for files (section 36).
    let tried = put(&mut api, &json!({"channels": two(), "preview": true})).await;
    let said = body(&tried);
    assert_eq!((tried.status, &said["channels"][0]["lacks"], &said["channels"][0]["has_secret"]), (200, &json!(["attachments"]), &json!(true)));
    assert!(kept(&gateway).await.is_empty());
    let done = put(&mut api, &json!({"channels": two()})).await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert_eq!(suppliers(&gateway).await, suppliers(&by_file).await);
    assert_eq!(opened(&gateway, &kept(&gateway).await[0]).expect("a secret").expose(), SECRET);
    // What is read is what was put, and can be put as it is but for what is only told.
    let mut read = api.get(TARGET).await.expect("the channels");
    assert_eq!(read, body(&done));
    for channel in read["channels"].as_array_mut().expect("channels") {
        let channel = channel.as_object_mut().expect("a channel");
        assert!(channel.remove("lacks").is_some() && channel.remove("has_secret").is_some());
    }
    let before = kept(&gateway).await;
    assert_eq!(put(&mut api, &json!({"channels": read["channels"], "version": read["version"]})).await.status, 200);
    assert_eq!(kept(&gateway).await, before);
    // Taken away, the organisation stands as before.
    let bare = Gateway::with(engine, &world("")).await;
    let taken = api.call("DELETE", TARGET, None).await.expect("an answer");
    assert_eq!((taken.status, &body(&taken)["channels"]), (200, &json!([])));
    assert_eq!(suppliers(&gateway).await, suppliers(&bare).await);
    for gateway in [gateway, by_file, bare] {
        gateway.stop().await;
    }
}

async fn a_mistake_is_named_by_its_field_and_nothing_is_kept(engine: Engine) {
    let gateway = Gateway::with(engine, &world(&two_in_a_file())).await;
    let before = kept(&gateway).await;
    let mut api = signed_in(&gateway, "desk").await;
    for (bad, field, code) in [
        (json!({"form": "fax", "to": "1"}), "channel.2.form", "setting"),
        (json!({}), "channel.2.form", "setting"),
        (mail("https://shop.example"), "channel.2.to", "setting"),
        (json!({"form": "webhook", "to": "orders@shop.example"}), "channel.2.to", "setting"),
        (json!({"form": "mail", "to": "a@b.example", "tries": 10}), "channel.2.tries", "setting"),
        (json!({"form": "mail", "to": "a@b.example", "tries": "often"}), "channel.2.tries", "unusable"),
        (json!({"form": "mail", "to": "a@b.example", "answer_hours": 721}), "channel.2.answer_hours", "setting"),
        (json!({"form": "mail", "to": "a@b.example", "columns": ["colour"]}), "channel.2.columns", "setting"),
        (json!({"form": "mail", "to": "a@b.example", "cannot": ["all"]}), "channel.2.cannot", "setting"),
        (json!({"form": "mail", "to": "a@b.example", "cannot": "change"}), "channel.2.cannot", "unusable"),
        (json!({"form": "mail", "to": "a@b.example", "colour": "red"}), "channel.2.colour", "unusable"),
        (json!({"form": "mail", "to": "a@b.example", "sealed": "v1"}), "channel.2.sealed", "unusable"),
        (json!({"form": "mail", "to": "a@b.example", "secret": 67_890}), "channel.2.secret", "unusable"),
        (json!({"form": "ubl", "to": "https://a.example", "process": "talking"}), "channel.2.process", "setting"),
        (json!({"form": "ubl", "to": "https://a.example", "account_string": "{QQ}"}), "channel.2.account_string", "setting"),
        (json!({"form": "cxml", "to": "https://a.example", "own": "DUNS:1"}), "channel.2.supplier", "setting"),
        (json!("mail"), "channel.2.form", "unusable"),
    ] {
        for preview in [true, false] {
            let answer = put(&mut api, &json!({"channels": [mail("a@b.example"), bad], "preview": preview})).await;
            let said = body(&answer);
            let finding = &said["findings"][0];
            assert_eq!((answer.status, &finding["field"], &finding["code"]), (422, &json!(field), &json!(code)), "{bad}: {said}");
            assert!(finding["line"].is_null() && said["findings"].as_array().is_some_and(|all| all.len() == 1), "{said}");
            assert!(!answer.text().contains("67890"));
        }
    }
    let many: Vec<Value> = (0..6).map(|n| mail(&format!("{n}@b.example"))).collect();
    for (wrong, field) in
        [(json!({"channels": many}), "channel"), (json!({}), "body"), (json!({"channels": {}}), "body"), (json!({"channels": [], "x": 1}), "body")]
    {
        let answer = put(&mut api, &wrong).await;
        assert_eq!((answer.status, &body(&answer)["findings"][0]["field"]), (422, &json!(field)), "{}", answer.text());
    }
    assert_eq!(kept(&gateway).await, before);
    gateway.stop().await;
}

async fn a_secret_stays_and_is_in_no_answer(engine: Engine) {
    let gateway = Gateway::with(engine, &world(&two_in_a_file())).await;
    let mut api = signed_in(&gateway, "desk").await;
    let sealed = kept(&gateway).await[0].sealed.clone();
    let silent = |to: &str| {
        let mut channel = cxml();
        channel["to"] = json!(to);
        channel.as_object_mut().expect("an object").remove("secret");
        json!({"channels": [channel]})
    };
    let mut seen = vec![api.client.get(TARGET).await.expect("an answer").text()];
    // Without one it stays; for another address it goes, and that is told; a new one takes its place.
    let stays = put(&mut api, &silent("https://shop.example/cxml")).await;
    assert_eq!((&body(&stays)["channels"][0]["has_secret"], &kept(&gateway).await[0].sealed), (&json!(true), &sealed));
    let goes = put(&mut api, &silent("https://new.example/cxml")).await;
    assert_eq!((&body(&goes)["channels"][0]["has_secret"], kept(&gateway).await[0].sealed.as_str()), (&json!(false), ""));
    let mut another = cxml();
    another["secret"] = json!("Another-secret");
    let renewed = put(&mut api, &json!({"channels": [another]})).await;
    assert_eq!(opened(&gateway, &kept(&gateway).await[0]).expect("a secret").expose(), "Another-secret");
    seen.extend([stays.text(), goes.text(), renewed.text(), api.client.get("/api/v1/channels").await.expect("an answer").text()]);
    seen.extend(gateway.log());
    let now = kept(&gateway).await[0].sealed.clone();
    for hidden in [SECRET, "Another-secret", &sealed, &now, "\"sealed\"", "\"secret\""] {
        assert!(seen.iter().all(|text| !text.contains(hidden)), "{hidden}");
    }
    gateway.stop().await;
}

async fn what_another_set_meanwhile_is_not_overwritten(engine: Engine) {
    let gateway = Gateway::with(engine, &world("")).await;
    let mut api = signed_in(&gateway, "desk").await;
    let first = api.get(TARGET).await.expect("the channels")["version"].clone();
    let with = |to: &str, version: &Value| json!({"channels": [mail(to)], "version": version});
    assert_eq!(put(&mut api, &with("one@shop.example", &first)).await.status, 200);
    // The same version again is that of nobody.
    assert_eq!(put(&mut api, &with("late@shop.example", &first)).await.status, 409);
    let old = first.as_str().expect("a version");
    assert_eq!(api.call("DELETE", &format!("{TARGET}?version={old}"), None).await.expect("an answer").status, 409);
    assert_eq!(addresses(&kept(&gateway).await), ["one@shop.example"]);
    let mut other = signed_in(&gateway, "desk").await;
    for round in 0..5 {
        let version = api.get(TARGET).await.expect("the channels")["version"].clone();
        let to = |who: &str| format!("{who}{round}@shop.example");
        let (mine, theirs) = (with(&to("mine"), &version), with(&to("theirs"), &version));
        let (a, b) = tokio::join!(put(&mut api, &mine), put(&mut other, &theirs));
        let mut statuses = [a.status, b.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
        assert_eq!(addresses(&kept(&gateway).await), [to(if a.status == 200 { "mine" } else { "theirs" })]);
    }
    // Who names no version replaces what is there.
    assert_eq!(put(&mut api, &json!({"channels": [mail("last@shop.example")]})).await.status, 200);
    let now = api.get(TARGET).await.expect("the channels")["version"].clone();
    let target = format!("{TARGET}?version={}", now.as_str().expect("a version"));
    assert_eq!(api.call("DELETE", &target, None).await.expect("an answer").status, 200);
    assert!(kept(&gateway).await.is_empty());
    gateway.stop().await;
}

async fn a_program_sets_its_own_alone(engine: Engine) {
    let gateway = Gateway::with(engine, &world(&two_in_a_file())).await;
    let before = kept(&gateway).await;
    let wanted = json!({"channels": [mail("stolen@rival.example")]});
    for (name, status) in [("stranger", 404), ("books", 403)] {
        let mut api = signed_in(&gateway, name).await;
        for (method, body) in [("GET", None), ("PUT", Some(&wanted)), ("DELETE", None)] {
            let answer = api.call(method, TARGET, body).await.expect("an answer");
            assert!(answer.status == status && !answer.text().contains("shop.example"), "{method} by {name}: {}", answer.text());
        }
    }
    let mut operator = gateway.operator().await.expect("the operator");
    for nobody in ["library", "nobody", "operator"] {
        let answer = operator.call("PUT", &format!("/api/v1/channels/{nobody}"), Some(&wanted)).await.expect("an answer");
        assert_eq!(answer.status, 404, "{nobody}");
    }
    assert_eq!(kept(&gateway).await, before);
    assert_eq!(put(&mut operator, &json!({"channels": [mail("operator@shop.example")]})).await.status, 200);
    assert_eq!(addresses(&kept(&gateway).await), ["operator@shop.example"]);
    gateway.stop().await;
}
