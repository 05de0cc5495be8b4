//! `hookline apply` and `export`: the wanted state in one file, shown as a plan, applied whole or not at all, idempotent.
//! Secrets go in, never out.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::bookkeeping::{self, Booking, Desk, Done};
use super::budgeting::Wanted;
use super::sealing::Sealer;
use super::{channels, connecting, entitling, following, proving, receiving, remote};
use crate::app::App;
use crate::clock;
use crate::domain::books::command::Command;
use crate::domain::books::{Books, Status};
use crate::domain::coding::{Coding, Kind};
use crate::domain::finding::{Code, Finding, Findings};
use crate::domain::invoice::payment::is_iban;
use crate::domain::money::Currency;
use crate::domain::name::{Language, is_slug};
use crate::domain::time::is_zone;
use crate::error::{Error, Result};
use crate::store::default_coding::Scope;
use crate::store::json::parse;
use crate::store::{self, Tx};
use crate::wire::channels::{self as channel_settings, ChannelText};
use crate::wire::ledger;
use crate::wire::setup::{self, At, Setup};

/// The roles a person can have (issue of the foundation; reference budgets for what they may do there).
pub const ROLES: [&str; 8] =
    ["viewer", "orderer", "approver", "budget_holder", "buyer_administrator", "supplier_desk", "supplier_finance", "operator"];
pub const OPERATOR: &str = "operator";
const PASSWORD_MIN: usize = 12;

/// What applying changes, entry by entry: `create`, `change`, `same`.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    pub steps: Vec<(String, &'static str)>,
}

impl Plan {
    pub(super) fn note(&mut self, what: String, there: bool, same: bool) {
        let word = match (there, same) {
            (false, _) => "create",
            (true, false) => "change",
            (true, true) => "same",
        };
        self.steps.push((what, word));
    }

    pub fn changes(&self) -> usize {
        self.steps.iter().filter(|(_, what)| *what != "same").count()
    }
}

/// Applies a file; an error lists every mistake with its line.
pub async fn apply(app: &App, text: &str, _file: &str) -> Result<Plan> {
    run(app, text, Commit::Yes).await
}

/// The same without changing anything.
pub async fn plan(app: &App, text: &str) -> Result<Plan> {
    run(app, text, Commit::No).await
}

#[derive(PartialEq)]
enum Commit {
    Yes,
    No,
}

async fn run(app: &App, text: &str, commit: Commit) -> Result<Plan> {
    let (setup, mut findings) = setup::read(text);
    check(&setup, &mut findings);
    if findings.has_error() {
        return Err(findings.into());
    }
    let hashes = hash_secrets(app, &setup).await?;
    let mut tx = app.store.begin().await?;
    let mut plan = Plan::default();
    let mut writer = Writer { tx: &mut tx, plan: &mut plan, now: app.clock.now(), sealer: &app.sealer, who: BY_FILE, seen: None };
    writer.organisations(&setup).await?;
    writer.catalogues(&setup).await?;
    writer.connections(&setup).await?;
    writer.credentials(app, &setup, &hashes).await?;
    writer.people(app, &setup, &hashes).await?;
    writer.lists(&setup).await?;
    writer.budgets(app, &setup).await?;
    entitling::apply(&mut tx, &setup, &mut plan).await?;
    let mut writer = Writer { tx: &mut tx, plan: &mut plan, now: app.clock.now(), sealer: &app.sealer, who: BY_FILE, seen: None };
    writer.defaults(&setup).await?;
    if commit == Commit::Yes {
        tx.commit().await?;
        app.forget();
    }
    Ok(plan)
}

/// One connection from its text, as a page gives it: read, checked and written as a file would be. `may` says whether this caller may;
/// `seen` is the version that was shown to them. Gives the connection's name.
pub(super) async fn apply_connection(
    app: &App,
    text: &str,
    who: &str,
    seen: i64,
    may: impl Fn(&setup::Connection) -> Result<()>,
) -> Result<(String, Plan)> {
    let (setup, mut findings) = setup::read(text);
    if !findings.has_error() && setup.only_connection().is_none() {
        findings.push(Finding::error(Code::OneConnection, "connection"));
    }
    check(&setup, &mut findings);
    let Some(connection) = setup.only_connection().filter(|_| !findings.has_error()) else { return Err(findings.into()) };
    may(&connection.value)?;
    let mut tx = app.store.begin().await?;
    let mut plan = Plan::default();
    Writer { tx: &mut tx, plan: &mut plan, now: app.clock.now(), sealer: &app.sealer, who, seen: Some(seen) }.connections(&setup).await?;
    tx.commit().await?;
    app.forget();
    Ok((connection.value.name.clone(), plan))
}

/// One supplier as a page sets it, in the page's own transaction: checked and written as a file would be.
pub(super) async fn apply_supplier(app: &App, tx: &mut Tx, supplier: setup::Organisation, who: &str) -> Result<()> {
    let setup = Setup { suppliers: vec![At { line: 0, value: supplier }], ..Setup::default() };
    let mut findings = Findings::default();
    check(&setup, &mut findings);
    if findings.has_error() {
        return Err(findings.into());
    }
    Writer { tx, plan: &mut Plan::default(), now: app.clock.now(), sealer: &app.sealer, who, seen: None }.organisations(&setup).await
}

/// Hashes are worked out before the transaction begins: they are slow on purpose.
async fn hash_secrets(app: &App, setup: &Setup) -> Result<BTreeMap<String, String>> {
    let credentials = setup.credentials.iter().map(|c| c.value.password.as_str());
    let people = setup.people.iter().map(|p| p.value.password.as_str());
    let passwords: BTreeSet<&str> = credentials.chain(people).filter(|p| !p.is_empty()).collect();
    let mut hashes = BTreeMap::new();
    for password in passwords {
        hashes.insert(password.to_string(), app.prover.hash(password).await?);
    }
    Ok(hashes)
}

/// What the file says by itself, before looking at what is there.
fn check(setup: &Setup, findings: &mut Findings) {
    let mut wrong = |line: u32, key: &str, value: &str, allowed: &str| {
        findings.push(Finding::error(Code::Setting, key).line(line).value(value).limit(allowed));
    };
    for at in setup.suppliers.iter().chain(&setup.buyers) {
        let o = &at.value;
        if !is_slug(&o.id) {
            wrong(at.line, "id", &o.id, "a-z A-Z 0-9 . _ -");
        }
        if !o.language.is_empty() && Language::from_tag(&o.language).is_none() {
            wrong(at.line, "language", &o.language, "nl, en, fr, de");
        }
        if !o.time_zone.is_empty() && !is_zone(&o.time_zone) {
            wrong(at.line, "time_zone", &o.time_zone, "Europe/Amsterdam, Europe/Brussels … (IANA)");
        }
        if !o.currency.is_empty() && Currency::parse(&o.currency).is_none() {
            wrong(at.line, "currency", &o.currency, "ISO 4217");
        }
    }
    for at in &setup.catalogues {
        if !is_slug(&at.value.id) {
            wrong(at.line, "id", &at.value.id, "a-z A-Z 0-9 . _ -");
        }
    }
    for at in &setup.connections {
        if !is_slug(&at.value.name) {
            wrong(at.line, "name", &at.value.name, "a-z A-Z 0-9 . _ -");
        }
    }
    for at in &setup.credentials {
        let c = &at.value;
        if c.password.is_empty() == c.token.is_empty() {
            wrong(at.line, "password", "", "password | token");
        }
        if c.token.is_empty() && c.user.is_empty() {
            wrong(at.line, "user", "", "1 …");
        }
    }
    for at in &setup.prices {
        if at.value.price.parse::<rust_decimal::Decimal>().map_or(true, |price| price.is_sign_negative()) {
            wrong(at.line, "price", &at.value.price, "0.00");
        }
    }
    for at in &setup.people {
        let p = &at.value;
        let owners = usize::from(!p.buyer.is_empty()) + usize::from(!p.supplier.is_empty()) + usize::from(p.operator);
        if owners != 1 {
            wrong(at.line, "buyer", &p.buyer, "buyer | supplier | operator");
        }
        if p.sign_in.is_empty() || p.sign_in.len() > 200 || p.sign_in.chars().any(|c| c.is_control() || c.is_whitespace()) {
            wrong(at.line, "sign_in", &p.sign_in, "1 – 200");
        }
        if !p.password.is_empty() && p.password.chars().count() < PASSWORD_MIN {
            wrong(at.line, "password", "", &format!("{PASSWORD_MIN} …"));
        }
        for role in p.roles.iter().filter(|role| !ROLES.contains(&role.as_str())) {
            wrong(at.line, "roles", role, &ROLES.join(", "));
        }
    }
    for at in &setup.codes {
        if Kind::parse(&at.value.kind).is_none() {
            let kinds: Vec<&str> = Kind::ALL.into_iter().map(Kind::name).collect();
            wrong(at.line, "kind", &at.value.kind, &kinds.join(", "));
        }
        if at.value.code.is_empty() {
            wrong(at.line, "code", "", "1 …");
        }
    }
    for at in &setup.defaults {
        let d = &at.value;
        if !d.user.is_empty() && !d.branch.is_empty() {
            wrong(at.line, "branch", &d.branch, "user | branch");
        }
        for (kind, value) in &d.coding {
            match Kind::parse(kind).filter(|kind| *kind != Kind::WishDate) {
                Some(kind) if value.chars().count() > kind.chars_max() || value.chars().any(char::is_control) => {
                    wrong(at.line, kind.name(), value, &format!("1 – {}", kind.chars_max()));
                }
                Some(_) => {}
                None => wrong(at.line, "coding", kind, &Kind::ALL.map(Kind::name).join(", ")),
            }
        }
    }
    entitling::check(setup, &mut wrong);
    for at in setup.suppliers.iter().chain(&setup.buyers) {
        for finding in at.value.invoicing.said().1.0 {
            wrong(at.line, &format!("invoicing.{}", finding.field), &finding.value, &finding.limit);
        }
        if !at.value.iban.is_empty() && !is_iban(&at.value.iban) {
            wrong(at.line, "iban", &at.value.iban, "IBAN");
        }
    }
    for at in &setup.suppliers {
        for finding in channel_settings::check(&at.value.channels).0 {
            wrong(at.line, &finding.field, &finding.value, &finding.limit);
        }
    }
    for at in setup.buyers.iter().filter(|at| !at.value.channels.is_empty()) {
        wrong(at.line, "channel", &at.value.id, "[[supplier]]");
    }
    for at in setup.buyers.iter().filter(|at| at.value.request_days.is_some_and(|days| !(1..=366).contains(&days))) {
        wrong(at.line, "request_days", &at.value.request_days.unwrap_or_default().to_string(), "1 – 366");
    }
    for at in &setup.buyers {
        let matching = serde_json::to_value(&at.value.matching).unwrap_or_default();
        for finding in receiving::check_settings(&matching).errors() {
            wrong(at.line, &format!("matching.{}", finding.field), &finding.value, &finding.limit);
        }
    }
    for at in &setup.budgets {
        let b = &at.value;
        if !matches!(b.mode.as_str(), "" | "authoritative" | "advisory") {
            wrong(at.line, "mode", &b.mode, "authoritative, advisory");
        }
        if !b.amount.is_empty() && b.amount.parse::<rust_decimal::Decimal>().map_or(true, |amount| amount.is_sign_negative()) {
            wrong(at.line, "amount", &b.amount, "0.00");
        }
    }
}

struct Writer<'t> {
    tx: &'t mut Tx,
    plan: &'t mut Plan,
    now: crate::domain::time::Timestamp,
    sealer: &'t Sealer,
    /// Whose change it is, for the evidence.
    who: &'t str,
    /// The version a person saw before they changed it; a file is the wanted state whatever is there.
    seen: Option<i64>,
}

/// Who changes a connection by `hookline apply`.
const BY_FILE: &str = "hookline apply";

fn was_planned(books: &Books, period: &str) -> bool {
    books.periods.get(period).is_some_and(|known| known.status == Status::Planned)
}

fn unknown(line: u32, key: &str, value: &str) -> Error {
    Finding::error(Code::Unusable, key).line(line).value(value).into()
}

impl Writer<'_> {
    fn step(&mut self, what: String, there: bool, same: bool) {
        self.plan.note(what, there, same);
    }

    async fn organisations(&mut self, setup: &Setup) -> Result<()> {
        let suppliers = setup.suppliers.iter().map(|at| ("supplier", at));
        for (kind, at) in suppliers.chain(setup.buyers.iter().map(|at| ("buyer", at))) {
            let there = store::organisation::by_id(self.tx, &at.value.id).await?;
            let before = there.as_ref().map(channels::of_supplier).transpose()?.unwrap_or_default();
            let sealed = at.value.channels.iter().map(|channel| channels::sealed(self.sealer, &at.value.id, channel, &before));
            let wanted = organisation(kind, at, &sealed.collect::<Result<Vec<_>>>()?)?;
            if there.as_ref().is_some_and(|o| o.kind != kind) {
                return Err(unknown(at.line, "id", &wanted.id));
            }
            let same = there.as_ref() == Some(&wanted);
            if !same {
                store::organisation::upsert(self.tx, &wanted).await?;
            }
            self.step(format!("{kind} {}", wanted.id), there.is_some(), same);
        }
        if setup.people.iter().any(|at| at.value.operator) && store::organisation::by_id(self.tx, OPERATOR).await?.is_none() {
            let own = store::organisation::Organisation {
                id: OPERATOR.into(),
                kind: OPERATOR.into(),
                name: "Operator".into(),
                language: Language::En,
                currency: "EUR".into(),
                settings: "{}".into(),
            };
            store::organisation::upsert(self.tx, &own).await?;
        }
        Ok(())
    }

    async fn catalogues(&mut self, setup: &Setup) -> Result<()> {
        for at in &setup.catalogues {
            let c = &at.value;
            if store::organisation::by_id(self.tx, &c.supplier).await?.is_none() {
                return Err(unknown(at.line, "supplier", &c.supplier));
            }
            let there = store::article::catalogue_by_id(self.tx, &c.id).await?;
            let version = there.as_ref().map_or(0, |known| known.version);
            let wanted = store::article::StoredCatalogue {
                id: c.id.clone(),
                supplier: c.supplier.clone(),
                base: c.base.clone(),
                name: c.name.clone(),
                version,
            };
            let same = there.as_ref() == Some(&wanted);
            if !same {
                store::article::upsert_catalogue(self.tx, &wanted).await?;
            }
            self.step(format!("catalogue {}", c.id), there.is_some(), same);
        }
        self.articles(setup).await?;
        self.prices(setup).await
    }

    async fn prices(&mut self, setup: &Setup) -> Result<()> {
        let mut known: BTreeMap<&str, BTreeMap<String, rust_decimal::Decimal>> = BTreeMap::new();
        for at in &setup.prices {
            let p = &at.value;
            if !known.contains_key(p.catalogue.as_str()) {
                if store::article::catalogue_by_id(self.tx, &p.catalogue).await?.is_none() {
                    return Err(unknown(at.line, "catalogue", &p.catalogue));
                }
                known.insert(&p.catalogue, store::article::prices(self.tx, &p.catalogue).await?.into_iter().collect());
            }
            let price = p.price.parse().map_err(|_| unknown(at.line, "price", &p.price))?;
            let there = known.get(p.catalogue.as_str()).and_then(|prices| prices.get(&p.article)).copied();
            if there != Some(price) {
                store::article::upsert_price(self.tx, &p.catalogue, &p.article, price).await?;
                store::article::touch_catalogue(self.tx, &p.catalogue).await?;
            }
            self.step(format!("price {} {}", p.catalogue, p.article), there.is_some(), there == Some(price));
        }
        Ok(())
    }

    async fn articles(&mut self, setup: &Setup) -> Result<()> {
        let mut by_catalogue: BTreeMap<&str, Vec<store::article::StoredArticle>> = BTreeMap::new();
        for at in &setup.articles {
            let (catalogue, settings) = &at.value;
            let (article, findings) = settings.article();
            let article = article.ok_or_else(|| Error::from(findings))?;
            by_catalogue.entry(catalogue).or_default().push(connecting::article_row(settings, &article)?);
        }
        for (catalogue, rows) in by_catalogue {
            if store::article::catalogue_by_id(self.tx, catalogue).await?.is_none() {
                let line = setup.articles.iter().find(|at| at.value.0 == catalogue).map_or(1, |at| at.line);
                return Err(unknown(line, "catalogue", catalogue));
            }
            let known: BTreeMap<String, store::article::StoredArticle> =
                store::article::of_catalogue(self.tx, catalogue).await?.into_iter().map(|row| (row.number.clone(), row)).collect();
            let mut changed = Vec::new();
            for row in rows {
                let same = known.get(&row.number) == Some(&row);
                self.step(format!("article {catalogue} {}", row.number), known.contains_key(&row.number), same);
                if !same {
                    changed.push(row);
                }
            }
            if !changed.is_empty() {
                store::article::upsert(self.tx, catalogue, &changed).await?;
                store::article::touch_catalogue(self.tx, catalogue).await?;
            }
        }
        Ok(())
    }

    async fn connections(&mut self, setup: &Setup) -> Result<()> {
        for at in &setup.connections {
            let c = &at.value;
            let buyer = store::organisation::by_id(self.tx, &c.buyer).await?.filter(|o| o.kind == "buyer");
            if buyer.is_none() {
                return Err(unknown(at.line, "buyer", &c.buyer));
            }
            if store::article::catalogue_by_id(self.tx, &c.catalogue).await?.is_none() {
                return Err(unknown(at.line, "catalogue", &c.catalogue));
            }
            let there = store::connection::by_name(self.tx, &c.name).await?;
            if there.as_ref().is_some_and(|known| known.tenant != c.buyer) {
                return Err(Finding::error(Code::NameTaken, "name").line(at.line).value(&c.name).into());
            }
            let settings = remote::sealed(self.sealer, &c.name, &c.settings, there.as_ref())?;
            let wanted = store::connection::Stored {
                name: c.name.clone(),
                tenant: c.buyer.clone(),
                catalogue: c.catalogue.clone(),
                settings: serde_json::to_string(&settings).map_err(Error::internal)?,
                version: there.as_ref().map_or(0, |known| known.version),
            };
            if self.seen.is_some_and(|seen| seen != wanted.version) {
                return Err(Error::Conflict(format!("connection {} is at version {}", c.name, wanted.version)));
            }
            let same = there.as_ref() == Some(&wanted);
            if !same {
                write_connection(self.tx, there.as_ref(), &wanted, self.who, self.now).await?;
            }
            self.step(format!("connection {}", c.name), there.is_some(), same);
        }
        Ok(())
    }

    /// A credential that is already valid stays; a new secret for the same user is a second one, until it is ended.
    async fn credentials(&mut self, app: &App, setup: &Setup, hashes: &BTreeMap<String, String>) -> Result<()> {
        for at in &setup.credentials {
            let c = &at.value;
            let connection =
                store::connection::by_name(self.tx, &c.connection).await?.ok_or_else(|| unknown(at.line, "connection", &c.connection))?;
            let known = store::credential::of_connection(self.tx, &connection.tenant, &c.connection).await?;
            let token_hash = proving::sha256(&c.token);
            let mut same = false;
            for old in known.iter().filter(|old| old.user == c.user && old.organisation == c.organisation) {
                same |= match old.kind.as_str() {
                    "token" => !c.token.is_empty() && old.hash == token_hash,
                    _ => !c.password.is_empty() && app.prover.check(&c.password, Some(&old.hash)).await?,
                };
            }
            if !same {
                let (kind, hash) = match c.token.is_empty() {
                    true => ("password", hashes.get(&c.password).cloned().unwrap_or_default()),
                    false => ("token", token_hash),
                };
                let row = store::credential::Credential {
                    id: clock::new_id(self.now),
                    connection: c.connection.clone(),
                    organisation: c.organisation.clone(),
                    user: c.user.clone(),
                    kind: kind.into(),
                    hash,
                    note: c.note.clone(),
                };
                store::credential::insert(self.tx, &connection.tenant, &row, self.now).await?;
            }
            self.step(format!("credential {} {}", c.connection, c.user), same, same);
        }
        Ok(())
    }

    async fn people(&mut self, app: &App, setup: &Setup, hashes: &BTreeMap<String, String>) -> Result<()> {
        for at in &setup.people {
            let p = &at.value;
            let tenant = [&p.buyer, &p.supplier].into_iter().find(|id| !id.is_empty()).map_or(OPERATOR, String::as_str);
            if store::organisation::by_id(self.tx, tenant).await?.is_none() {
                return Err(unknown(at.line, "buyer", tenant));
            }
            let there = store::person::by_sign_in(self.tx, &p.sign_in).await?;
            if there.as_ref().is_some_and(|known| known.tenant != tenant) {
                return Err(unknown(at.line, "sign_in", &p.sign_in));
            }
            let old_hash = there.as_ref().and_then(|known| known.password.clone());
            let keeps = p.password.is_empty() || app.prover.check(&p.password, old_hash.as_deref()).await?;
            let wanted = store::person::Person {
                tenant: tenant.to_string(),
                id: there.as_ref().map_or_else(|| clock::new_id(self.now), |known| known.id.clone()),
                sign_in: p.sign_in.clone(),
                password: if keeps { old_hash } else { hashes.get(&p.password).cloned() },
                name: p.name.clone(),
                mail: p.mail.clone(),
                language: Language::from_tag(&p.language).unwrap_or_default(),
                roles: p.roles.clone(),
                branch: p.branch.clone(),
                active: there.as_ref().is_none_or(|known| known.active),
            };
            let same = there.as_ref() == Some(&wanted);
            if !same {
                store::person::upsert(self.tx, &wanted).await?;
            }
            if !keeps {
                store::person::end_logins(self.tx, &wanted.tenant, &wanted.id).await?;
            }
            self.step(format!("person {}", p.sign_in), there.is_some(), same);
        }
        Ok(())
    }

    async fn lists(&mut self, setup: &Setup) -> Result<()> {
        let mut known: BTreeMap<String, Vec<store::code::Entry>> = BTreeMap::new();
        for at in &setup.codes {
            let c = &at.value;
            if !known.contains_key(&c.buyer) {
                if store::organisation::by_id(self.tx, &c.buyer).await?.is_none() {
                    return Err(unknown(at.line, "buyer", &c.buyer));
                }
                known.insert(c.buyer.clone(), store::code::all(self.tx, &c.buyer).await?);
            }
            let wanted = store::code::Entry { kind: c.kind.clone(), code: c.code.clone(), name: c.name.clone() };
            let there = known.get(&c.buyer).into_iter().flatten().find(|e| e.kind == wanted.kind && e.code == wanted.code).cloned();
            let same = there.as_ref() == Some(&wanted);
            if !same {
                store::code::upsert(self.tx, &c.buyer, &wanted).await?;
            }
            self.step(format!("code {} {} {}", c.buyer, c.kind, c.code), there.is_some(), same);
        }
        Ok(())
    }

    /// Rules, periods, budgets and money: asked of each buyer's books, which may refuse.
    async fn budgets(&mut self, app: &App, setup: &Setup) -> Result<()> {
        let of_entries = setup.rules.iter().map(|at| (at.line, &at.value.buyer));
        let of_entries = of_entries.chain(setup.periods.iter().map(|at| (at.line, &at.value.buyer)));
        let of_entries = of_entries.chain(setup.budgets.iter().map(|at| (at.line, &at.value.buyer)));
        let of_entries = of_entries.chain(setup.fundings.iter().map(|at| (at.line, &at.value.buyer)));
        let buyers: BTreeMap<&str, u32> = of_entries.map(|(line, buyer)| (buyer.as_str(), line)).collect();
        let now = app.clock.now();
        for (buyer, line) in buyers {
            let organisation = store::organisation::by_id(self.tx, buyer).await?.filter(|o| o.kind == "buyer");
            let organisation = organisation.ok_or_else(|| unknown(line, "buyer", buyer))?;
            let currency = Currency::parse(&organisation.currency).unwrap_or(Currency::EUR);
            let books = bookkeeping::frame(self.tx, buyer, &mut ledger::Reader::default()).await?;
            let steps = Wanted { setup, buyer, currency, today: &now.date() }.steps(&books)?;
            let asked: Vec<(u32, Booking)> =
                steps.iter().filter_map(|step| Some((step.line, Booking::of("apply", step.command.clone()?, None)))).collect();
            let bookings: Vec<&Booking> = asked.iter().map(|(_, booking)| booking).collect();
            let outcomes = Desk::new(buyer).book(self.tx, &bookings, now).await?;
            for ((line, _), outcome) in asked.iter().zip(outcomes) {
                let Done::Decided { outcome, .. } = outcome? else { continue };
                if let Err(refusal) = *outcome {
                    return Err(Finding::error(Code::Unusable, refusal.code.as_str()).line(*line).value(refusal).into());
                }
            }
            // Orders that waited for a period which opens with this file are told to their suppliers.
            let opened = steps.iter().filter_map(|step| match &step.command {
                Some(Command::SetPeriod { period }) if period.status == Status::Open => Some(&period.id),
                _ => None,
            });
            let jobs: Vec<_> = opened.filter(|id| was_planned(&books, id)).map(|id| following::announcing(id, now)).collect();
            store::job::insert(self.tx, buyer, &jobs, now).await?;
            for step in steps {
                self.step(step.what, step.there, step.command.is_none());
            }
        }
        Ok(())
    }

    /// Every value must be in the buyer's list where the buyer keeps one, or the basket it is filled into could never be handed back.
    async fn defaults(&mut self, setup: &Setup) -> Result<()> {
        let mut findings = Findings::default();
        let mut lists: BTreeMap<&str, Vec<store::code::Entry>> = BTreeMap::new();
        for at in &setup.defaults {
            let d = &at.value;
            if !lists.contains_key(d.buyer.as_str()) {
                if store::organisation::by_id(self.tx, &d.buyer).await?.is_none_or(|o| o.kind != "buyer") {
                    return Err(unknown(at.line, "buyer", &d.buyer));
                }
                lists.insert(&d.buyer, store::code::all(self.tx, &d.buyer).await?);
            }
            let mut coding = Coding::default();
            let branch = [(Kind::Branch, d.branch.as_str())].into_iter().filter(|(_, branch)| !branch.is_empty());
            let values = d.coding.iter().filter_map(|(kind, value)| Kind::parse(kind).map(|kind| (kind, value.as_str())));
            for (number, (kind, value)) in branch.chain(values).enumerate() {
                let mut list = lists.get(d.buyer.as_str()).into_iter().flatten().filter(|entry| entry.kind == kind.name()).peekable();
                if list.peek().is_some() && !value.is_empty() && !list.any(|entry| entry.code == value) {
                    findings.push(Finding::error(Code::CodeUnknown, kind.name()).line(at.line).value(value));
                }
                if number > 0 || d.branch.is_empty() {
                    coding.set(kind, value);
                }
            }
            let (scope, who) = match (d.user.as_str(), d.branch.as_str()) {
                ("", "") => (Scope::Buyer, String::new()),
                ("", branch) => (Scope::Branch, branch.to_string()),
                (user, _) => (Scope::User, user.to_lowercase()),
            };
            let there = store::default_coding::of(self.tx, &d.buyer, scope, &who).await?;
            let wanted = store::default_coding::Default { scope, who, coding };
            let same = there.as_ref() == Some(&wanted);
            if !same {
                store::default_coding::upsert(self.tx, &d.buyer, &wanted).await?;
            }
            let whose = if d.user.is_empty() { &d.branch } else { &d.user };
            self.step(format!("default coding {} {whose}", d.buyer), there.is_some(), same);
        }
        if findings.has_error() { Err(findings.into()) } else { Ok(()) }
    }
}

/// Writes a connection and, beside it, what changed and who changed it, where its evidence is.
pub(super) async fn write_connection(
    tx: &mut Tx,
    before: Option<&store::connection::Stored>,
    after: &store::connection::Stored,
    who: &str,
    now: crate::domain::time::Timestamp,
) -> Result<()> {
    store::connection::upsert(tx, after, now).await?;
    let record = store::evidence::Evidence {
        tenant: after.tenant.clone(),
        id: clock::new_id(now),
        connection: after.name.clone(),
        at: now,
        kind: "settings".into(),
        outcome: if before.is_some() { "settings_changed" } else { "settings_made" }.into(),
        user: who.to_string(),
        received: changes(before, after)?,
        sent: "{}".into(),
        ..Default::default()
    };
    tx.write(vec![store::evidence::insert(vec![store::evidence::values(&record)])]).await.map(drop)
}

/// What differs, by key: what was there, and what is there now.
fn changes(before: Option<&store::connection::Stored>, after: &store::connection::Stored) -> Result<Vec<(String, String)>> {
    let values = |stored: Option<&store::connection::Stored>| -> Result<BTreeMap<String, String>> {
        let Some(stored) = stored else { return Ok(BTreeMap::new()) };
        let settings = parse(&stored.settings)?;
        let pairs = settings.as_object().into_iter().flatten();
        let mut values: BTreeMap<String, String> = pairs.map(|(key, value)| (key.clone(), value.to_string())).collect();
        values.insert("catalogue".into(), stored.catalogue.clone());
        Ok(values)
    };
    let (before, after) = (values(before)?, values(Some(after))?);
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let value = |values: &BTreeMap<String, String>, key: &str| values.get(key).cloned().unwrap_or_else(|| "–".into());
    let differ = keys.into_iter().filter(|key| before.get(*key) != after.get(*key));
    Ok(differ.map(|key| (key.clone(), format!("{} → {}", value(&before, key), value(&after, key)))).collect())
}

fn organisation(kind: &str, at: &At<setup::Organisation>, channels: &[ChannelText]) -> Result<store::organisation::Organisation> {
    let o = &at.value;
    let mut settings = json!({
        "time_zone": o.time_zone, "mail": o.mail, "webhook": o.webhook, "street": o.street, "city": o.city, "postcode": o.postcode, "country": o.country,
        "vat_number": o.vat_number, "company_id": o.company_id, "endpoint": o.endpoint, "endpoint_scheme": o.endpoint_scheme, "iban": o.iban,
        "request_days": o.request_days, "periods_open_by_date": o.periods_open_by_date, "invoicing": o.invoicing,
    });
    if !channels.is_empty() {
        settings["channels"] = serde_json::to_value(channels).map_err(Error::internal)?;
    }
    if let Some(matching) = &o.matching {
        settings["matching"] = serde_json::to_value(matching).map_err(Error::internal)?;
    }
    Ok(store::organisation::Organisation {
        id: o.id.clone(),
        kind: kind.to_string(),
        name: if o.name.is_empty() { o.id.clone() } else { o.name.clone() },
        language: Language::from_tag(&o.language).unwrap_or_default(),
        currency: if o.currency.is_empty() { "EUR".into() } else { o.currency.clone() },
        settings: settings.to_string(),
    })
}
