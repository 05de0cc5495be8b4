//! Pictures of articles: brought by page and by API, known by their content, shown to those who may see the catalogue and to nobody else.
//! It must never put a picture anywhere but through the running server.

use std::io::Cursor;

use serde_json::json;

use crate::on_both_engines;
use crate::setup::WORLD;
use crate::support::Engine;
use crate::support::gateway::{Api, Gateway, sign_in_on_page};
use crate::support::html::Page;
use crate::support::http::{Answer, Client, Request, resolve};
use crate::support::shop::Shop;

on_both_engines! {
    a_picture_is_shown_to_those_who_see_the_catalogue,
    what_is_no_picture_is_refused,
    a_supplier_brings_pictures_on_its_page,
    a_logo_goes_from_the_basket_to_the_supplier,
    a_logo_stands_on_a_suppliers_papers,
}

/// A small picture as PNG.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image::RgbaImage::from_pixel(width, height, image::Rgba([200, 30, 30, 128])).write_to(&mut bytes, image::ImageFormat::Png).expect("a picture");
    bytes.into_inner()
}

const MORE: &str = r#"
[[supplier]]
id = "rival"
name = "A rival"

[[catalogue]]
id = "theirs"
supplier = "rival"
name = "Of a rival"

[[connection]]
name = "other"
buyer = "firm"
catalogue = "theirs"
return_origins = ["https://erp.library.example"]

[[credential]]
connection = "other"
user = "inkoop"
password = "Geheim-123-456"

[[person]]
sign_in = "desk@rival.example"
password = "Desk-password-12"
name = "R"
mail = "desk@rival.example"
language = "en"
supplier = "rival"
roles = ["supplier_desk"]
"#;

const PLACE: &str = "/api/v1/catalogues/main/articles/BOOK-1/picture";

/// A visit to the shop by this connection.
pub async fn session(gateway: &Gateway, connection: &str) -> Shop {
    let mut client = Client::without_cookies(gateway.address);
    let target = format!("/oci/{connection}?USERNAME=inkoop&PASSWORD=Geheim-123-456&HOOK_URL=https%3A%2F%2Ferp.library.example%2Fr");
    let first = client.get(&target).await.expect("the call-up");
    let trail = client.follow(&target, first).await.expect("the way to the shop");
    Shop::from_trail(client, &trail).expect("a session")
}

async fn desk(gateway: &Gateway) -> Api {
    Api::signed_in(gateway.address, "desk@acme.example", "Desk-password-12").await.expect("the desk signs in")
}

async fn put(api: &mut Api, place: &str, bytes: &[u8]) -> Answer {
    api.client.send(Request::new("PUT", place).body(bytes)).await.expect("an answer")
}

/// The addresses of the article's pictures in the shop: in the list, and on its page.
async fn shown(shop: &mut Shop) -> [String; 2] {
    let mut found = Vec::new();
    for page in ["?q=BOOK-1", "article/BOOK-1"] {
        let text = shop.page(page).await.expect("a page").text();
        let at = text.find("<img class=\"picture").or_else(|| text.find("<img ")).expect("a picture");
        let (_, rest) = text[at..].split_once("src=\"").expect("an address");
        found.push(resolve(&format!("{}{page}", shop.base), rest.split('"').next().expect("an end")));
    }
    found.try_into().expect("two")
}

async fn a_picture_is_shown_to_those_who_see_the_catalogue(engine: Engine) {
    let gateway = Gateway::with(engine, &format!("{WORLD}{MORE}")).await;
    let mut shop = session(&gateway, "lib").await;
    assert!(shown(&mut shop).await[0].starts_with("/pictures/"), "drawn until there is a better one");
    let mut desk = desk(&gateway).await;
    assert_eq!(put(&mut desk, PLACE, &png(1300, 650)).await.status, 204);
    let [small, large] = shown(&mut shop).await;
    for (address, ending, size) in [(&small, ".small", (192, 96)), (&large, ".large", (1200, 600))] {
        assert!(address.ends_with(ending) && address.starts_with(&shop.base), "{address}");
        let answer = shop.client.get(address).await.expect("the picture");
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("image/png")));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert!(answer.header("content-security-policy").is_some_and(|policy| policy.contains("sandbox")));
        assert!(answer.header("cache-control").is_some_and(|cache| cache.starts_with("private")));
        let read = image::load_from_memory(&answer.body).expect("readable");
        assert_eq!((read.width(), read.height()), size);
    }
    // A session on another supplier's catalogue, and nobody, see nothing, though they know the name.
    let name = small.rsplit('/').next().expect("a name").to_owned();
    let mut other = session(&gateway, "other").await;
    assert_eq!(other.page(&format!("picture/{name}")).await.expect("an answer").status, 404);
    let nobody = gateway.client().get(&format!("/c/lib/{}/picture/{name}", "A".repeat(43))).await.expect("an answer");
    assert_eq!(nobody.status, 410);
    assert_eq!(shop.page("picture/0000.small").await.expect("an answer").status, 404);
    // Writing the article anew knows nothing of the picture and leaves it.
    let article = json!({"description": "A book", "unit": "PCE", "price": "10.00", "currency": "EUR"});
    assert_eq!(desk.call("PUT", "/api/v1/catalogues/main/articles/BOOK-1", Some(&article)).await.expect("an answer").status, 204);
    assert_eq!(shown(&mut shop).await[0], small);
    gateway.stop().await;
}

async fn what_is_no_picture_is_refused(engine: Engine) {
    let gateway = Gateway::with(engine, &format!("{WORLD}{MORE}")).await;
    let mut desk = desk(&gateway).await;
    for (bytes, code) in [
        (&b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>"[..], "picture-unreadable"),
        (b"", "picture-unreadable"),
        (b"GIF89a\x01\x00\x01\x00", "picture-unreadable"),
        (&png(40, 40)[..60], "picture-unreadable"),
        (&png(8001, 1), "picture-too-large"),
        (&png(4000, 3001), "picture-too-large"),
        (&vec![0x89; 4 * 1024 * 1024 + 1], "picture-too-large"),
    ] {
        let answer = put(&mut desk, PLACE, bytes).await;
        assert_eq!(answer.status, 422, "{}", answer.text());
        assert_eq!(answer.json().expect("a problem")["findings"][0]["code"], code);
    }
    assert_eq!(put(&mut desk, "/api/v1/catalogues/main/articles/NONE/picture", &png(4, 4)).await.status, 404);
    let mut rival = Api::signed_in(gateway.address, "desk@rival.example", "Desk-password-12").await.expect("signed in");
    assert_eq!(put(&mut rival, PLACE, &png(4, 4)).await.status, 404);
    gateway.stop().await;
}

fn multipart(name: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"evil.exe\"\r\nContent-Type: text/html\r\n\r\n");
    [head.as_bytes(), bytes, b"\r\n--edge--\r\n"].concat()
}

async fn a_supplier_brings_pictures_on_its_page(engine: Engine) {
    let gateway = Gateway::with(engine, &format!("{WORLD}{MORE}")).await;
    let mut client = sign_in_on_page(gateway.address, "desk@acme.example", "Desk-password-12").await.expect("signed in");
    let list = client.get("/catalogues").await.expect("the catalogues").text();
    assert!(list.contains("/catalogues/main") && !list.contains("theirs"));
    let all = client.get("/catalogues/main").await.expect("the catalogue").text();
    assert!(all.contains("BOOK-1") && all.contains("PEN-100"), "everything without a search");
    let place = "/catalogues/main/articles/BOOK-1/picture?q=book&page=1";
    let post = async |client: &mut Client, body: Vec<u8>| {
        let origin = format!("http://{}", client.address);
        let request = Request::new("POST", place).header("Origin", &origin).header("Content-Type", "multipart/form-data; boundary=edge");
        client.send(request.body(body)).await.expect("an answer")
    };
    let wrong = post(&mut client, multipart("picture", b"no picture")).await;
    assert!(wrong.status == 422 && wrong.text().contains("BOOK-1: The file is no picture"), "{}", wrong.text());
    assert_eq!(post(&mut client, multipart("picture", &png(300, 300))).await.header("location"), Some("/catalogues/main?q=book&page=1"));
    let page = client.get("/catalogues/main?q=book").await.expect("the page").text();
    let (_, rest) = page.split_once("src=\"/catalogues/main/pictures/").expect("its own picture");
    let name = rest.split('"').next().expect("a name").to_owned();
    assert_eq!(client.get(&format!("/catalogues/main/pictures/{name}")).await.expect("the picture").status, 200);
    let mut rival = sign_in_on_page(gateway.address, "desk@rival.example", "Desk-password-12").await.expect("signed in");
    for target in ["/catalogues/main", &format!("/catalogues/main/pictures/{name}"), &format!("/catalogues/theirs/pictures/{name}")] {
        assert_eq!(rival.get(target).await.expect("an answer").status, 404, "{target}");
    }
    assert_eq!(post(&mut client, multipart("remove", b"yes")).await.status, 303);
    assert!(!client.get("/catalogues/main?q=book").await.expect("the page").text().contains("/catalogues/main/pictures/"));
    gateway.stop().await;
}

/// Width and height of each picture in a PDF, as poppler sees them; nothing where poppler is not there, and that is said.
fn pictures_in(pdf: &[u8]) -> Option<Vec<(String, String)>> {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), pdf).expect("a file is written");
    match std::process::Command::new("pdfimages").arg("-list").arg(file.path()).output() {
        Ok(done) => {
            let text = String::from_utf8_lossy(&done.stdout).into_owned();
            let row = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            let rows = text.lines().skip(2).map(row).filter(|row| row.get(2).is_some_and(|kind| kind == "image"));
            Some(rows.map(|row| (row[3].clone(), row[4].clone())).collect())
        }
        Err(error) => {
            eprintln!("left out: pdfimages is not here ({error}), no paper was looked into");
            None
        }
    }
}

async fn a_logo_stands_on_a_suppliers_papers(engine: Engine) {
    let gateway = Gateway::with(engine, &format!("{WORLD}{MORE}")).await;
    let mut buyer = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    let mut desk = desk(&gateway).await;
    let body = json!({"number": "45001", "connection": "lib", "lines": [{"line": 1, "article": "BOOK-1", "quantity": "2"}]});
    let placed = buyer.call("POST", "/api/v1/orders", Some(&body)).await.expect("an answer").json().expect("JSON");
    assert_eq!(crate::orders::press(&mut desk, &placed, "ship", "").await, 303);
    let order = placed["id"].as_str().expect("an id");
    let pro_forma = format!("/desk/library/{order}/pro-forma.pdf");
    let slip = "/api/v1/desk/orders/library/45001/shipments/1/slip.pdf".to_owned();
    let bare = desk.call("GET", &pro_forma, None).await.expect("a paper");
    assert_eq!((bare.status, pictures_in(&bare.body).unwrap_or_default()), (200, Vec::new()));
    assert_eq!(put(&mut desk, "/api/v1/logo", b"no picture").await.status, 422);
    assert_eq!(put(&mut desk, "/api/v1/logo", &png(1300, 650)).await.status, 204);
    let expected = vec![("600".to_owned(), "300".to_owned())];
    for paper in [&pro_forma, &slip] {
        let answer = desk.call("GET", paper, None).await.expect("a paper");
        assert_eq!((answer.status, pictures_in(&answer.body).unwrap_or_else(|| expected.clone())), (200, expected.clone()), "{paper}");
    }
    assert_eq!(crate::orders::press(&mut desk, &placed, "invoice", "").await, 303);
    let invoice = buyer.items("/api/v1/invoices").await.expect("the invoices").remove(0)["id"].as_str().expect("an id").to_owned();
    let copy = buyer.call("GET", &format!("/api/v1/invoices/{invoice}/copy"), None).await.expect("a copy");
    assert_eq!(pictures_in(&copy.body).unwrap_or_else(|| expected.clone()), expected);
    // On the page: seen, refused with a word, changed, taken away; another supplier sees only its own.
    let mut client = sign_in_on_page(gateway.address, "desk@acme.example", "Desk-password-12").await.expect("signed in");
    let page = client.get("/logo").await.expect("the page").text();
    let (_, rest) = page.split_once("src=\"/logo/").expect("its logo");
    let name = rest.split('?').next().expect("a name").to_owned();
    assert_eq!(client.get(&format!("/logo/{name}")).await.expect("the picture").status, 200);
    let mut rival = sign_in_on_page(gateway.address, "desk@rival.example", "Desk-password-12").await.expect("signed in");
    assert_eq!(rival.get(&format!("/logo/{name}")).await.expect("an answer").status, 404);
    assert_eq!(rival.get("/logo?supplier=acme").await.expect("an answer").status, 403);
    assert!(!rival.get("/logo").await.expect("the page").text().contains("src=\"/logo/"));
    let post = async |client: &mut Client, body: Vec<u8>| {
        let origin = format!("http://{}", client.address);
        let request = Request::new("POST", "/logo").header("Origin", &origin).header("Content-Type", "multipart/form-data; boundary=edge");
        client.send(request.body(body)).await.expect("an answer")
    };
    let wrong = post(&mut client, multipart("picture", b"no picture")).await;
    assert!(wrong.status == 422 && wrong.text().contains("The file is no picture"), "{}", wrong.text());
    assert_eq!(post(&mut client, multipart("picture", &png(40, 300))).await.status, 303);
    let taller = desk.call("GET", &slip, None).await.expect("a paper");
    let expected = vec![("40".to_owned(), "300".to_owned())];
    assert_eq!(pictures_in(&taller.body).unwrap_or_else(|| expected.clone()), expected);
    assert_eq!(post(&mut client, multipart("remove", b"yes")).await.status, 303);
    let bare = desk.call("GET", &slip, None).await.expect("a paper");
    assert_eq!(pictures_in(&bare.body).unwrap_or_default(), Vec::new());
    assert_eq!(desk.call("DELETE", "/api/v1/logo", None).await.expect("an answer").status, 204, "there is none already");
    gateway.stop().await;
}

const CARD: &str = r#"
[[article]]
catalogue = "main"
number = "FLOWERS"
description = "Flowers"
unit = "PCE"
price = "20.00"
currency = "EUR"
options = [{ id = "CARD", name = "Card with logo", price = "1.50", text_max = 100, logo = true }]
"#;

/// Puts flowers with a card into a basket; gives the basket page.
async fn with_card(shop: &mut Shop) -> Page {
    let page = Page::read(&shop.page("article/FLOWERS").await.expect("the article").text());
    let form = page.forms_to("basket/add").next().expect("a form").clone();
    let mut fields = form.filled(&[("text-CARD", "Thank you")]).expect("a text");
    fields.push(("option".into(), "CARD".into()));
    shop.submit("article/FLOWERS", &form, &fields).await.expect("an answer");
    shop.basket_page().await.expect("the basket")
}

async fn send_logo(shop: &mut Shop, page: &Page, option: &str, bytes: &[u8], more: &str) -> Answer {
    let form = page.forms_to("/logo").last().expect("a place for a logo");
    let csrf = form.value("csrf").expect("a token");
    let text = |name: &str, value: &str| format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    let body = [text("csrf", &csrf).as_bytes(), text("option", option).as_bytes(), more.as_bytes(), &multipart("picture", bytes)].concat();
    let request = Request::new("POST", form.action()).header("Content-Type", "multipart/form-data; boundary=edge");
    let origin = format!("http://{}", shop.client.address);
    shop.client.send(request.header("Origin", &origin).body(body)).await.expect("an answer")
}

/// An order whose card has a logo: its id and the logo's hash.
pub async fn order_with_logo(gateway: &Gateway, shop: &mut Shop, buyer: &mut Api) -> (String, String) {
    gateway.apply(CARD).await.expect("applied");
    let page = with_card(shop).await;
    assert_eq!(send_logo(shop, &page, "CARD", &png(500, 250), "").await.status, 303);
    let text = shop.page("basket").await.expect("the basket").text();
    let (_, rest) = text.split_once("/picture/").expect("the logo is seen in the basket");
    let hash = rest.split('.').next().expect("a hash").to_owned();
    let returned = shop.transfer().await.expect("an answer").expect("a way back").text();
    let form = Page::read(&returned).form_with_id("oci").expect("the return form").clone();
    let field = |name: &str| form.fields().iter().find(|(n, _)| n.starts_with(name)).map(|(_, v)| v.clone()).unwrap_or_default();
    let quote = field("NEW_ITEM-EXT_QUOTE_ID");
    let line = |n: u32, article: &str| json!({"line": n, "quote": quote, "quote_line": n, "article": article, "quantity": "1"});
    let body = json!({"number": "CARD-1", "ordered_by": "O", "lines": [line(1, "FLOWERS"), line(2, "CARD")]});
    let placed = buyer.call("POST", "/api/v1/orders", Some(&body)).await.expect("an answer");
    let id = placed.json().and_then(|v| v["id"].as_str().map(str::to_owned));
    (id.unwrap_or_else(|| panic!("{}", placed.text())), hash)
}

async fn a_logo_goes_from_the_basket_to_the_supplier(engine: Engine) {
    let gateway = Gateway::with(engine, &format!("{WORLD}{MORE}")).await;
    let mut buyer = Api::signed_in(gateway.address, "orderer@library.example", "Orderer-password-1").await.expect("signed in");
    let mut shop = session(&gateway, "lib").await;
    let (order, hash) = order_with_logo(&gateway, &mut shop, &mut buyer).await;
    // The supplier sees it at the line and fetches it to print; the buyer sees it too; a rival finds nothing.
    let mut desk = sign_in_on_page(gateway.address, "desk@acme.example", "Desk-password-12").await.expect("signed in");
    let place = format!("/desk/library/{order}");
    assert!(desk.get(&place).await.expect("the order").text().contains(&format!("href=\"{place}/pictures/{hash}.large\"")));
    let printed = desk.get(&format!("{place}/pictures/{hash}.large")).await.expect("the logo");
    assert_eq!(image::load_from_memory(&printed.body).map(|i| (i.width(), i.height())).ok(), Some((500, 250)));
    assert_eq!(desk.get(&format!("{place}/pictures/{}.large", "0".repeat(64))).await.expect("an answer").status, 404);
    let mut rival = sign_in_on_page(gateway.address, "desk@rival.example", "Desk-password-12").await.expect("signed in");
    assert_eq!(rival.get(&format!("{place}/pictures/{hash}.large")).await.expect("an answer").status, 404);
    let mut other = session(&gateway, "other").await;
    assert_eq!(other.page(&format!("picture/{hash}.small")).await.expect("an answer").status, 404);
    // Only pictures, only where a logo belongs; the buyer's own goes on every card from then on.
    let mut second = session(&gateway, "lib").await;
    let page = with_card(&mut second).await;
    let svg = send_logo(&mut second, &page, "CARD", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "").await;
    assert!(
        svg.status == 422 && svg.text().contains("Het bestand is geen afbeelding") || svg.text().contains("The file is no picture"),
        "{}",
        svg.text()
    );
    assert_eq!(send_logo(&mut second, &page, "NONE", &png(9, 9), "").await.status, 422);
    let all = "--edge\r\nContent-Disposition: form-data; name=\"all\"\r\n\r\nyes\r\n";
    assert_eq!(send_logo(&mut second, &page, "CARD", &png(30, 30), all).await.status, 303);
    let mut third = session(&gateway, "lib").await;
    with_card(&mut third).await;
    assert!(third.page("basket").await.expect("the basket").text().contains("/picture/"), "the buyer's logo is on it already");
    gateway.stop().await;
}
