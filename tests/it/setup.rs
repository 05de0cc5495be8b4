//! `hookline apply` and `export`: plan, mistakes with their lines, all or nothing, the same again changes nothing.

use hookline::error::Error;
use hookline::flow::{applying, exporting};

use crate::on_both_engines;
use crate::support::Engine;
use crate::support::gateway::Gateway;

pub const WORLD: &str = r#"
[[supplier]]
id = "acme"
name = "Acme Supplies"
language = "en"
mail = "orders@acme.example"
street = "Dorpsstraat 1"
city = "Utrecht"
postcode = "3511 AA"
country = "NL"
vat_number = "NL001234567B01"
endpoint_scheme = "9944"
endpoint = "NL001234567B01"
iban = "NL91ABNA0417164300"

[[buyer]]
id = "library"
name = "Library of the Delta"
language = "nl"
currency = "EUR"
mail = "inkoop@library.example"
time_zone = "Europe/Brussels"
street = "Plein 2"
city = "Goes"
postcode = "4461 AA"
country = "NL"
endpoint_scheme = "9944"
endpoint = "NL001234567B01"

[[buyer]]
id = "firm"
name = "A firm"

[[catalogue]]
id = "main"
supplier = "acme"
name = "Acme"

[[article]]
catalogue = "main"
number = "BOOK-1"
description = "A book"
unit = "PCE"
price = "10.00"
shop_price = "12.50"
currency = "EUR"
vat = "9"
options = [{ id = "LABEL", name = "Shelf-ready label", price = "0.75", text_max = 40 }]

[[article]]
catalogue = "main"
number = "PEN-100"
description = "Pens"
unit = "PCE"
price = "9.52"
price_quantity = 100
currency = "EUR"

[[connection]]
name = "lib"
buyer = "library"
catalogue = "main"
return_origins = ["https://erp.library.example"]
frame_origins = ["https://erp.library.example"]
[connection.field_mapping]
"NEW_ITEM-CUST_FIELD1" = { from = "line.cost_centre", max = 10 }

[[credential]]
connection = "lib"
user = "inkoop"
password = "Geheim-123-456"

[[person]]
sign_in = "orderer@library.example"
password = "Orderer-password-1"
name = "O. Rderer"
mail = "orderer@library.example"
language = "en"
buyer = "library"
roles = ["orderer"]

[[person]]
sign_in = "desk@acme.example"
password = "Desk-password-12"
name = "D. Esk"
mail = "desk@acme.example"
language = "en"
supplier = "acme"
roles = ["supplier_desk"]

[[code]]
buyer = "library"
kind = "cost_centre"
code = "4410"
name = "Collection"

[[budget_rules]]
buyer = "library"
tax_basis = "net"

[[budget]]
buyer = "library"
code = "FICTION"
name = "Fiction"
amount = "100.00"
"#;

on_both_engines! {
    applying_twice_changes_nothing_the_second_time,
    a_mistake_is_named_with_its_line_and_nothing_is_applied,
    what_is_exported_can_be_applied,
}

async fn applying_twice_changes_nothing_the_second_time(engine: Engine) {
    let gateway = Gateway::start(engine).await;
    let app = &gateway.server.app;
    let plan = applying::plan(app, WORLD).await.expect("the plan");
    assert!(plan.changes() > 10);
    let again = applying::plan(app, WORLD).await.expect("a plan changes nothing");
    assert_eq!(again.changes(), plan.changes());
    assert_eq!(applying::apply(app, WORLD, "world.toml").await.expect("applied").changes(), plan.changes());
    let second = applying::apply(app, WORLD, "world.toml").await.expect("applied");
    assert_eq!(second.steps.iter().filter(|(_, what)| *what != "same").collect::<Vec<_>>(), Vec::<&(String, &str)>::new());
    let dearer = WORLD.replace("price = \"10.00\"", "price = \"11.00\"");
    let changed = applying::apply(app, &dearer, "world.toml").await.expect("applied");
    assert_eq!(changed.steps.iter().filter(|(_, what)| *what != "same").collect::<Vec<_>>(), [&("article main BOOK-1".to_string(), "change")]);
    gateway.stop().await;
}

async fn a_mistake_is_named_with_its_line_and_nothing_is_applied(engine: Engine) {
    let gateway = Gateway::start(engine).await;
    let app = &gateway.server.app;
    let line_of =
        |text: &str, word: &str| u32::try_from(text.lines().position(|line| line.contains(word)).expect("in the text") + 1).expect("a line");
    for (right, wrong, word) in [
        ("price = \"9.52\"", "price = \"nine\"", "price = \"nine\""),
        ("return_origins = [\"https://erp.library.example\"]", "return_origins = [\"erp.library.example\"]", "return_origins"),
        ("catalogue = \"main\"\nreturn_origins", "catalogue = \"main\"\npreset = \"sap-r4\"\nreturn_origins", "preset"),
        ("from = \"line.cost_centre\"", "from = \"cost_centre\"", "NEW_ITEM-CUST_FIELD1"),
        ("catalogue = \"main\"\nreturn_origins", "catalogue = \"main\"\nidle_minutes = \"ten\"\nreturn_origins", "idle_minutes"),
        ("catalogue = \"main\"\nreturn_origins", "catalogue = \"main\"\n\nidle_hours = 1\nreturn_origins", "idle_hours"),
        ("roles = [\"orderer\"]", "roles = [\"king\"]", "[[person]]"),
        ("kind = \"cost_centre\"", "kind = \"colour\"", "[[code]]"),
        ("amount = \"100.00\"", "amount = \"-1\"", "[[budget]]"),
        ("buyer = \"library\"\ncatalogue", "buyer = \"nobody\"\ncatalogue", "[[connection]]"),
        ("name = \"A firm\"", "name = \"A firm\"\ntime_zone = \"Amsterdam\"", "id = \"firm\""),
        ("start = 1", "", ""),
        ("[[buyer]]\nid = \"firm\"", "[[buyer]]\nidd = \"firm\"", "idd"),
    ] {
        if !WORLD.contains(right) {
            continue;
        }
        let text = WORLD.replacen(right, wrong, 1);
        let Err(Error::Invalid(findings)) = applying::apply(app, &text, "world.toml").await else { panic!("{wrong} was applied") };
        let line = findings.0.first().and_then(|finding| finding.line).unwrap_or_default();
        let entry = line_of(&text, word);
        assert!(line.abs_diff(entry) <= 1 || word == "idd" && line.abs_diff(entry) <= 2, "{wrong}: line {line}, not {entry}: {findings:?}");
    }
    let exported = exporting::export(app).await.expect("an export");
    assert_eq!(exported.trim(), "", "something was applied");
    gateway.stop().await;
}

async fn what_is_exported_can_be_applied(engine: Engine) {
    let gateway = Gateway::start(engine).await;
    applying::apply(&gateway.server.app, WORLD, "world.toml").await.expect("applied");
    let exported = exporting::export(&gateway.server.app).await.expect("an export");
    for secret in ["Geheim-123-456", "Orderer-password-1", "argon2", "password"] {
        assert!(!exported.contains(secret), "{secret} was exported");
    }
    let same = applying::plan(&gateway.server.app, &exported).await.expect("the export can be read");
    assert_eq!(same.changes(), 0, "{:?}", same.steps);
    let other = Gateway::start(engine).await;
    applying::apply(&other.server.app, &exported, "export.toml").await.expect("the export can be applied elsewhere");
    assert_eq!(exporting::export(&other.server.app).await.expect("an export"), exported);
    other.stop().await;
    gateway.stop().await;
}
