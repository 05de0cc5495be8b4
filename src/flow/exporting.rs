//! `hookline export`: the set-up as a file that `apply` takes. Without secrets: credentials stay out,
//! since a file that named them without their secrets could not be applied.

use super::{bookkeeping, budgeting, connecting, entitling};
use crate::app::App;
use crate::domain::money::Currency;
use crate::error::{Error, Result};
use crate::store::default_coding::Scope;
use crate::store::json::{parse, str_of};
use crate::store::{self};
use crate::wire::channels::{ChannelText, of_settings};
use crate::wire::ledger;
use crate::wire::settings::ConnectionSettings;
use crate::wire::setup::{self, At, Catalogue, Connection, DefaultCoding, ListCode, Organisation, Person, Price, Setup};

fn at<T>(value: T) -> At<T> {
    At { line: 0, value }
}

/// An organisation as a file writes it, without what is sealed.
pub(super) fn organisation(o: &store::organisation::Organisation) -> Result<Organisation> {
    let settings = parse(&o.settings)?;
    let text = |key: &str| str_of(&settings, key).to_string();
    let part = |key: &str| settings.get(key).filter(|part| !part.is_null()).cloned();
    Ok(Organisation {
        id: o.id.clone(),
        name: o.name.clone(),
        language: o.language.as_str().into(),
        currency: o.currency.clone(),
        time_zone: text("time_zone"),
        mail: text("mail"),
        webhook: text("webhook"),
        street: text("street"),
        city: text("city"),
        postcode: text("postcode"),
        country: text("country"),
        vat_number: text("vat_number"),
        company_id: text("company_id"),
        endpoint: text("endpoint"),
        endpoint_scheme: text("endpoint_scheme"),
        iban: text("iban"),
        channels: of_settings(&settings).into_iter().map(|channel| ChannelText { sealed: String::new(), ..channel }).collect(),
        invoicing: part("invoicing").map(serde_json::from_value).transpose().map_err(Error::internal)?.unwrap_or_default(),
        periods_open_by_date: settings.get("periods_open_by_date").and_then(serde_json::Value::as_bool).unwrap_or_default(),
        matching: part("matching").map(serde_json::from_value).transpose().map_err(Error::internal)?,
        request_days: settings.get("request_days").and_then(serde_json::Value::as_u64).and_then(|days| u32::try_from(days).ok()),
    })
}

pub async fn export(app: &App) -> Result<String> {
    let mut tx = app.store.view().await?;
    let mut out = Setup::default();
    for o in store::organisation::all(&mut tx).await? {
        let written = organisation(&o)?;
        match o.kind.as_str() {
            "supplier" => out.suppliers.push(at(written)),
            "buyer" => out.buyers.push(at(written)),
            _ => {}
        }
    }
    for c in store::article::all_catalogues(&mut tx).await? {
        for row in store::article::of_catalogue(&mut tx, &c.id).await? {
            let settings = connecting::article_settings(&row)?;
            out.articles.push(at((c.id.clone(), settings)));
        }
        for (article, price) in store::article::prices(&mut tx, &c.id).await? {
            out.prices.push(at(Price { catalogue: c.id.clone(), article, price: price.to_string() }));
        }
        out.catalogues.push(at(Catalogue { id: c.id, supplier: c.supplier, name: c.name, base: c.base }));
    }
    for c in store::connection::all(&mut tx).await? {
        let settings: ConnectionSettings = serde_json::from_str(&c.settings).map_err(Error::internal)?;
        out.connections.push(at(Connection { name: c.name, buyer: c.tenant, catalogue: c.catalogue, settings: settings.shown() }));
    }
    for p in store::person::all(&mut tx).await? {
        let kind = store::organisation::by_id(&mut tx, &p.tenant).await?.map(|o| o.kind).unwrap_or_default();
        let of = |wanted: &str| if kind == wanted { p.tenant.clone() } else { String::new() };
        out.people.push(at(Person {
            sign_in: p.sign_in.clone(),
            password: String::new(),
            name: p.name.clone(),
            mail: p.mail.clone(),
            language: p.language.as_str().into(),
            buyer: of("buyer"),
            supplier: of("supplier"),
            operator: kind == "operator",
            roles: p.roles.clone(),
            branch: p.branch.clone(),
        }));
    }
    for buyer in out.buyers.clone() {
        let id = &buyer.value.id;
        for e in store::code::all(&mut tx, id).await? {
            out.codes.push(at(ListCode { buyer: id.clone(), kind: e.kind, code: e.code, name: e.name }));
        }
        for d in store::default_coding::all(&mut tx, id).await? {
            let coding = d.coding.iter().map(|(kind, value)| (kind.name().to_string(), value.to_string())).collect();
            let who = |scope: Scope| if d.scope == scope { d.who.clone() } else { String::new() };
            out.defaults.push(at(DefaultCoding { buyer: id.clone(), user: who(Scope::User), branch: who(Scope::Branch), coding }));
        }
        let currency = Currency::parse(&buyer.value.currency).unwrap_or(Currency::EUR);
        budgeting::export(&bookkeeping::frame(&mut tx, id, &mut ledger::Reader::default()).await?, id, currency, &mut out);
        entitling::export(&mut tx, id, currency, &mut out).await?;
    }
    Ok(setup::write(&out))
}
