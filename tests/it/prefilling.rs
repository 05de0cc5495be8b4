//! The coding a session opens with: the call-up before the person, the person before the branch, the branch before the buyer; set up by file,
//! wrong codes named with their line. It must never look at a session but through its pages.

use hookline::error::Error;
use hookline::flow::{applying, exporting};

use crate::on_both_engines;
use crate::setup::WORLD;
use crate::support::Engine;
use crate::support::gateway::Gateway;
use crate::support::http::Client;
use crate::support::shop::Shop;

on_both_engines! {
    call_up_then_person_then_branch_then_buyer,
    a_default_that_is_in_no_list_is_named_with_its_line,
}

const DEFAULTS: &str = r#"
[[code]]
buyer = "library"
kind = "cost_centre"
code = "4420"

[[code]]
buyer = "library"
kind = "branch"
code = "North"

[[code]]
buyer = "library"
kind = "branch"
code = "south"

[[default_coding]]
buyer = "library"
coding = { cost_centre = "4410", gl_account = "700", branch = "south" }

[[default_coding]]
buyer = "library"
user = "Inkoop"
coding = { project = "SHARED" }

[[default_coding]]
buyer = "library"
user = "An@library.example"
coding = { project = "AN" }

[[default_coding]]
buyer = "library"
branch = "North"
coding = { cost_centre = "4420", budget_code = "NORTH", project = "never" }

[[person]]
sign_in = "bo@library.example"
password = "Person-password-1"
name = "Bo"
mail = "bo@library.example"
language = "en"
buyer = "library"
roles = ["orderer"]
branch = "North"
"#;

/// The coding of the whole basket after a call-up with these parameters: cost centre, ledger account, project, branch, budget code, department.
async fn coding(gateway: &Gateway, more: &str) -> [String; 6] {
    let mut client = Client::without_cookies(gateway.address);
    let target = format!("/oci/lib?USERNAME=inkoop&PASSWORD=Geheim-123-456&HOOK_URL=https%3A%2F%2Ferp.library.example%2Fr{more}");
    let first = client.get(&target).await.expect("the call-up");
    let trail = client.follow(&target, first).await.expect("the way to the shop");
    let mut shop = Shop::from_trail(client, &trail).expect("a session");
    shop.add("BOOK-1", "1").await.expect("an answer");
    let page = shop.basket_page().await.expect("the basket");
    let form = page.forms_to("basket/coding").next().expect("the coding of the whole basket");
    ["cost_centre", "gl_account", "project", "branch", "budget_code", "department"].map(|kind| form.value(kind).expect("a field"))
}

async fn call_up_then_person_then_branch_then_buyer(engine: Engine) {
    let gateway = Gateway::with(engine, WORLD).await;
    assert_eq!(coding(&gateway, "&costCenter=9").await, ["9", "", "", "", "", ""], "nothing is set up");
    gateway.apply(DEFAULTS).await.expect("applied");
    for (more, wanted) in [
        ("", ["4410", "700", "SHARED", "south", "", ""]),
        ("&costCenter=4420&projectCode=P1", ["4420", "700", "P1", "south", "", ""]),
        ("&email=an%40LIBRARY.example", ["4410", "700", "AN", "south", "", ""]),
        ("&userid=bo%40library.example", ["4420", "700", "SHARED", "North", "NORTH", ""]),
        ("&email=bo%40library.example&workLocation=south", ["4410", "700", "SHARED", "south", "", ""]),
        ("&branch=North&email=nobody%40x.example&department=Youth", ["4420", "700", "SHARED", "North", "NORTH", "Youth"]),
    ] {
        assert_eq!(coding(&gateway, more).await, wanted, "{more}");
    }
    let exported = exporting::export(&gateway.server.app).await.expect("an export");
    let again = applying::plan(&gateway.server.app, &exported).await.expect("the export can be read");
    assert_eq!(again.changes(), 0, "{:?}", again.steps);
    gateway.stop().await;
}

async fn a_default_that_is_in_no_list_is_named_with_its_line(engine: Engine) {
    let gateway = Gateway::with(engine, WORLD).await;
    let before = exporting::export(&gateway.server.app).await.expect("an export");
    for (right, wrong) in [
        ("cost_centre = \"4410\"", "cost_centre = \"9999\""),
        ("project = \"AN\"", "wish_date = \"2030-01-01\""),
        ("project = \"AN\"", "colour = \"red\""),
        ("branch = \"North\"\ncoding", "branch = \"west\"\ncoding"),
        ("user = \"An@library.example\"", "user = \"An@library.example\"\nbranch = \"North\""),
        ("user = \"Inkoop\"", "person = \"Inkoop\""),
    ] {
        let text = DEFAULTS.replacen(right, wrong, 1);
        let Err(Error::Invalid(findings)) = applying::apply(&gateway.server.app, &text, "world.toml").await else { panic!("{wrong} was applied") };
        let line = findings.0.first().and_then(|finding| finding.line).expect("a line") as usize;
        let entry: Vec<&str> = text.lines().skip(line - 1).take(5).collect();
        let named = entry[0] == "[[default_coding]]" || entry[0] == wrong;
        assert!(named && entry.join("\n").contains(wrong), "{wrong}: line {line}: {findings:?}");
    }
    assert_eq!(exporting::export(&gateway.server.app).await.expect("an export"), before);
    gateway.stop().await;
}
