//! Opening a supplier's own shop for a session: the setup goes out, and the address of the start page comes back. What is kept of it is kept before
//! it goes out, so that no cart can come back that nobody knows.

use super::{Cart, purpose};
use crate::app::App;
use crate::clock;
use crate::domain::basket::{self, Basket};
use crate::domain::connection::{Connection, Remote};
use crate::domain::name::Secret;
use crate::error::{Error, Refusal, Result};
use crate::flow::connecting::Live;
use crate::flow::cxml::timestamp;
use crate::flow::proving;
use crate::flow::sessions::Held;
use crate::outbound::{Sent, http};
use crate::store;
use crate::store::remote_cart::RemoteCart;
use crate::wire::cxml::check::{self, Asked};
use crate::wire::cxml::envelope::Identity;
use crate::wire::cxml::setup::{Item, Operation};
use crate::wire::cxml::tree;
use crate::wire::cxml::write::Cover;

/// The version that setups name.
const VERSION: &str = "1.2.045";

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// The shop is open at this address.
    At(String),
    /// It is not, and why not.
    Failed(String),
}

/// Opens the shop; `public_url` is where the cart comes back to. Lines that the shop lets be edited go along.
pub async fn open(app: &App, live: &Live, held: &Held, public_url: &str) -> Result<Opened> {
    let (connection, session) = (&live.connection, &held.session);
    let remote = connection.remote.as_deref().ok_or_else(|| Error::not_found("shop of connection", &connection.name))?;
    if session.state != "open" {
        return Err(Error::Refused(Refusal::State { what: "basket".into(), state: session.state.clone() }));
    }
    let token = clock::random_key();
    let mut tx = app.store.begin().await?;
    let last = store::remote_cart::last(&mut tx, &session.tenant, &session.number).await?;
    // The basket as it is beside that cart, not as a page saw it.
    let basket = store::session::lines(&mut tx, session).await?;
    let items = last.as_ref().map(|last| items(last, &basket)).transpose()?.unwrap_or_default();
    let (numbers, items): (Vec<u32>, Vec<Item>) = items.into_iter().unzip();
    let operation = if items.is_empty() { Operation::Create } else { Operation::Edit };
    let opening = RemoteCart {
        tenant: session.tenant.clone(),
        token_hash: proving::sha256(&token),
        session: session.number.clone(),
        cookie: clock::random_key(),
        operation: operation.as_str().into(),
        lines: serde_json::to_string(&numbers).map_err(Error::internal)?,
        state: "open".into(),
        opened_at: app.clock.now(),
        ..RemoteCart::default()
    };
    store::remote_cart::insert(&mut tx, &opening).await?;
    tx.commit().await?;
    let return_url = format!("{public_url}/remote/{}/{token}", connection.name);
    let (id, now) = (clock::new_id(app.clock.now()), timestamp(app.clock.now()));
    let host = public_url.split("://").nth(1).unwrap_or("hookline");
    let secret = secret(app, connection, remote)?;
    let document = check::setup(&Asked {
        cover: Cover { payload: &format!("{id}@{host}"), timestamp: &now, version: VERSION },
        buyer: &identity(&remote.own)?,
        own: &identity(&remote.supplier)?,
        operation,
        cookie: &opening.cookie,
        return_url: &return_url,
        user: &session.user,
        secret: secret.as_ref().map(Secret::expose),
        is_test: session.test,
        items: &items,
    });
    let opened = ask(app, remote, document).await;
    tracing::info!(connection = connection.name, session.id = session.number, operation = opening.operation, opened = ?told(&opened), "shop opened");
    Ok(opened)
}

/// For the log: the address may hold a key.
fn told(opened: &Opened) -> &str {
    match opened {
        Opened::At(_) => "yes",
        Opened::Failed(why) => why,
    }
}

fn identity(text: &str) -> Result<Identity> {
    Identity::parse(text).ok_or_else(|| Error::internal("a shop without its parties"))
}

fn secret(app: &App, connection: &Connection, remote: &Remote) -> Result<Option<Secret>> {
    if remote.sealed.is_empty() {
        return Ok(None);
    }
    app.sealer.open(&remote.sealed, &purpose(&connection.name, &remote.url)).map(Some)
}

/// What is in the basket and may be edited, by the numbers of its lines, as the shop knows it.
fn items(last: &RemoteCart, basket: &Basket) -> Result<Vec<(u32, Item)>> {
    let cart: Cart = serde_json::from_str(&last.cart).map_err(Error::internal)?;
    let item = |line: &basket::Line| {
        let known = cart.lines.iter().find(|known| known.number == line.line && cart.editable.contains(&known.number))?;
        Some((line.line, Item { part: known.supplier_part.clone(), aux: known.aux.clone().unwrap_or_default(), quantity: line.quantity }))
    };
    Ok(basket.lines.iter().filter_map(item).collect())
}

async fn ask(app: &App, remote: &Remote, document: String) -> Opened {
    let body = Some(("text/xml; charset=UTF-8", document.into_bytes()));
    let call = http::Call { method: http::POST, url: &remote.url, headers: &[], body };
    match http::ask(&call, &app.config.private_hosts).await {
        Ok(answer) => start_page(answer.status, &answer.body, &app.config.private_hosts),
        Err(Sent::Later { why, .. } | Sent::Parked(why) | Sent::Done(why)) => Opened::Failed(why),
    }
}

/// The address in the answer. The browser is sent there, so it is one that the shop could have been asked at itself.
fn start_page(http: u16, body: &[u8], private_hosts: &[String]) -> Opened {
    let document = tree::read(body, None).ok();
    let Some(response) = document.as_ref().and_then(|document| document.root.child("Response")) else {
        return Opened::Failed(format!("HTTP {http} without cXML"));
    };
    let status = response.child("Status");
    let code = status.and_then(|status| status.attribute("code")).unwrap_or_default();
    if !code.starts_with('2') {
        let text = status.and_then(|status| status.text().or_else(|| status.attribute("text").map(str::to_string))).unwrap_or_default();
        let text: String = text.chars().filter(|c| !c.is_control()).take(200).collect();
        return Opened::Failed(format!("{code} {text}").trim().to_string());
    }
    let url = response.text_at(&["PunchOutSetupResponse", "StartPage", "URL"]);
    match url.filter(|url| is_open(url, private_hosts)) {
        Some(url) => Opened::At(url),
        None => Opened::Failed("the answer has no StartPage/URL that may be opened".to_string()),
    }
}

/// Whether a browser may be sent there.
fn is_open(url: &str, private_hosts: &[String]) -> bool {
    let plain = !url.chars().any(|c| c.is_control() || c.is_whitespace() || matches!(c, '\\' | '"' | '<' | '>'));
    let host_of = |rest: &str| rest.split(['/', '?', '#']).next().unwrap_or_default().to_string();
    let host = url.strip_prefix("https://").map(host_of);
    let private = url.strip_prefix("http://").map(host_of).filter(|host| private_hosts.contains(host));
    plain && host.or(private).is_some_and(|host| !host.is_empty() && !host.contains('@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(code: &str, inner: &str) -> Opened {
        let text = format!("<cXML><Response><Status code='{code}' text='OK'>why</Status>{inner}</Response></cXML>");
        start_page(200, text.as_bytes(), &["10.0.0.1:8080".to_string()])
    }

    fn page(url: &str) -> Opened {
        answer("200", &format!("<PunchOutSetupResponse><StartPage><URL>{url}</URL></StartPage></PunchOutSetupResponse>"))
    }

    #[test]
    fn the_browser_is_sent_to_an_address_of_the_web_only() {
        for url in ["https://shop.example/start?a=1&amp;b=2", "http://10.0.0.1:8080/x"] {
            assert_eq!(page(url), Opened::At(url.replace("&amp;", "&")), "{url}");
        }
        for url in ["http://shop.example/", "javascript:alert(1)", "data:text/html,x", "https://", "https://a@b/", "https://b\\c/", "/start", ""] {
            assert!(matches!(page(url), Opened::Failed(_)), "{url}");
        }
    }

    #[test]
    fn why_a_shop_stays_shut_is_told() {
        assert_eq!(answer("401", ""), Opened::Failed("401 why".into()));
        assert!(matches!(answer("200", ""), Opened::Failed(why) if why.contains("StartPage")));
        assert_eq!(start_page(502, b"<html>bad gateway</html>", &[]), Opened::Failed("HTTP 502 without cXML".into()));
        assert_eq!(start_page(200, b"", &[]), Opened::Failed("HTTP 200 without cXML".into()));
    }
}
