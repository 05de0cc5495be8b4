//! The file of `hookline apply`: connections, buyers, people, catalogues, prices, codes, budgets with their periods and money as TOML. Read whole; every mistake
//! is named with its line. Decides nothing about what is already there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use toml::{Spanned, Table};

use super::channels::ChannelText;
use super::invoice_terms::TermsText;
use super::settings::{ArticleSettings, ConnectionSettings};
use crate::domain::finding::{Code, Finding, Findings};

/// An organisation: a buyer or a supplier.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Organisation {
    pub id: String,
    pub name: String,
    pub language: String,
    pub currency: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub time_zone: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub mail: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub webhook: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub street: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub city: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub postcode: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub country: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub vat_number: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub company_id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub endpoint: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub endpoint_scheme: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub iban: String,
    /// Days after which a request nobody decided about expires; 14 when it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_days: Option<u32>,
    /// Whether planned periods open by themselves on their first day.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub periods_open_by_date: bool,
    /// How it is invoiced, or, of a supplier, how it invoices whoever says nothing else.
    #[serde(skip_serializing_if = "TermsText::is_empty")]
    pub invoicing: TermsText,
    /// The ways orders go to a supplier; the first is used, the others stand in.
    #[serde(rename = "channel", skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<ChannelText>,
    /// How a buyer's invoices are matched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matching: Option<Matching>,
}

/// How much a supplier's invoice may differ before a person is asked; what is left out is as for a buyer without an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Matching {
    /// `three_way` (order and delivery) or `two_way` (the order alone).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub price_over_percent: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub price_over_amount: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub price_under_percent: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub price_under_amount: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub over_received_percent: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub over_ordered_percent: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub line_amount: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub charges: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub total_amount: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub total_percent: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub small_difference: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub days: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub packs: Vec<PackHolds>,
}

/// So many of the unit an article is ordered in are in one of another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PackHolds {
    pub article: String,
    pub unit: String,
    pub holds: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Catalogue {
    pub id: String,
    pub supplier: String,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Price {
    pub catalogue: String,
    pub article: String,
    pub price: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Credential {
    pub connection: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub organisation: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user: String,
    #[serde(skip_serializing)]
    pub password: String,
    #[serde(skip_serializing)]
    pub token: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Person {
    pub sign_in: String,
    #[serde(skip_serializing)]
    pub password: String,
    pub name: String,
    pub mail: String,
    pub language: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub buyer: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub supplier: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub operator: bool,
    pub roles: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ListCode {
    pub buyer: String,
    pub kind: String,
    pub code: String,
    pub name: String,
}

/// What holds for all budgets of a buyer; what is left out is as for a buyer without an entry.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BudgetRules {
    pub buyer: String,
    /// `gross`, `net`, or the percentage of the tax that is recoverable.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tax_basis: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tolerance_percent: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tolerance_amount: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_reserve: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub orders_ahead: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overdistribution: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unbudgeted: Option<bool>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Period {
    pub buyer: String,
    pub id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub parent: String,
    /// `planned`, `open`, `grace` or `closed`; open when it is left out.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub status: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub first_day: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub last_day: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Budget {
    pub buyer: String,
    pub code: String,
    pub name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub parent: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postable: Option<bool>,
    /// `authoritative` or `advisory`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub mode: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tax_basis: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub owner: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub location: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub project: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub segment: String,
    /// The short way to say what it has in `period`, or in the buyer's only open one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub amount: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub period: String,
}

/// What a budget is given in a period, and its ceilings.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Funding {
    pub buyer: String,
    pub budget: String,
    pub period: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub amount: String,
    /// `none`, `warn`, `approval` or `stop`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub commitment_level: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub commitment_percent: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub commitment_amount: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub spending_level: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub spending_percent: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub spending_amount: String,
    /// Percentages of the commitment limit of which people are told.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub thresholds: Vec<u32>,
}

/// What a person, or everybody with a role, may on a budget. The entries of a buyer are all there are.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BudgetRight {
    pub buyer: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub person: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub role: String,
    /// Left out: the whole organisation.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub budget: String,
    /// True when it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub with_children: Option<bool>,
    /// `see`, `request`, `order`, `approve`, `allocate`, `transfer`, `override` or `close`.
    pub right: String,
    /// For `approve` and `override`: up to this amount.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub up_to: String,
}

/// Who approves orders on a budget from an amount on. The entries of a buyer are all there are.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ApprovalStep {
    pub buyer: String,
    pub budget: String,
    /// Left out: from nothing on.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub from_amount: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub person: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub role: String,
}

/// Who approves in a person's place from a day to a day. The entries of a buyer are all there are.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Substitute {
    pub buyer: String,
    pub person: String,
    pub by: String,
    pub from: String,
    pub until: String,
}

/// Coding to fill in when a session opens: for a user, for a branch, or for everybody of the buyer.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DefaultCoding {
    pub buyer: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub branch: String,
    pub coding: BTreeMap<String, String>,
}

/// A connection with what stands beside its settings.
#[derive(Clone, Debug, Default)]
pub struct Connection {
    pub name: String,
    pub buyer: String,
    pub catalogue: String,
    pub settings: ConnectionSettings,
}

/// An entry and the line it begins on.
#[derive(Clone, Debug)]
pub struct At<T> {
    pub line: u32,
    pub value: T,
}

/// The file, entry by entry, in its order.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    pub suppliers: Vec<At<Organisation>>,
    pub buyers: Vec<At<Organisation>>,
    pub catalogues: Vec<At<Catalogue>>,
    pub articles: Vec<At<(String, ArticleSettings)>>,
    pub prices: Vec<At<Price>>,
    pub connections: Vec<At<Connection>>,
    pub credentials: Vec<At<Credential>>,
    pub people: Vec<At<Person>>,
    pub codes: Vec<At<ListCode>>,
    pub rules: Vec<At<BudgetRules>>,
    pub periods: Vec<At<Period>>,
    pub budgets: Vec<At<Budget>>,
    pub fundings: Vec<At<Funding>>,
    pub rights: Vec<At<BudgetRight>>,
    pub steps: Vec<At<ApprovalStep>>,
    pub substitutes: Vec<At<Substitute>>,
    pub defaults: Vec<At<DefaultCoding>>,
}

impl Setup {
    /// The connection of a text that holds one connection and nothing else, as a page sends it.
    pub fn only_connection(&self) -> Option<&At<Connection>> {
        let others = self.suppliers.len() + self.buyers.len() + self.catalogues.len() + self.articles.len() + self.prices.len();
        let others = others + self.credentials.len() + self.people.len() + self.codes.len() + self.budgets.len() + self.defaults.len();
        let others = others + self.rules.len() + self.periods.len() + self.fundings.len();
        let others = others + self.rights.len() + self.steps.len() + self.substitutes.len();
        match (others, self.connections.as_slice()) {
            (0, [one]) => Some(one),
            _ => None,
        }
    }
}

/// Everything an apply file may hold.
#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct File {
    supplier: Vec<Spanned<Table>>,
    buyer: Vec<Spanned<Table>>,
    catalogue: Vec<Spanned<Table>>,
    article: Vec<Spanned<Table>>,
    price: Vec<Spanned<Table>>,
    connection: Vec<Spanned<Table>>,
    credential: Vec<Spanned<Table>>,
    person: Vec<Spanned<Table>>,
    code: Vec<Spanned<Table>>,
    budget_rules: Vec<Spanned<Table>>,
    period: Vec<Spanned<Table>>,
    budget: Vec<Spanned<Table>>,
    funding: Vec<Spanned<Table>>,
    budget_right: Vec<Spanned<Table>>,
    approval_step: Vec<Spanned<Table>>,
    substitute: Vec<Spanned<Table>>,
    default_coding: Vec<Spanned<Table>>,
}

/// Where each line of a text begins, so that the line of any place is found without counting from the start.
struct LineStarts(Vec<usize>);

impl LineStarts {
    fn of(text: &str) -> LineStarts {
        LineStarts(std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect())
    }

    fn line(&self, at: usize) -> u32 {
        u32::try_from(self.0.partition_point(|start| *start <= at)).unwrap_or(u32::MAX)
    }
}

/// Reads the file. With an error among the findings nothing of it may be applied.
pub fn read(text: &str) -> (Setup, Findings) {
    let mut findings = Findings::default();
    let lines = LineStarts::of(text);
    let file: File = match toml::from_str(text) {
        Ok(file) => file,
        Err(error) => {
            let line = error.span().map_or(1, |span| lines.line(span.start));
            findings.push(Finding::error(Code::Setting, error.message().split('\n').next().unwrap_or("TOML")).line(line));
            return (Setup::default(), findings);
        }
    };
    let mut reader = Reader { text, lines, findings: &mut findings };
    let setup = Setup {
        suppliers: reader.all(&file.supplier),
        buyers: reader.all(&file.buyer),
        catalogues: reader.all(&file.catalogue),
        articles: file.article.iter().filter_map(|entry| reader.article(entry)).collect(),
        prices: reader.all(&file.price),
        connections: file.connection.iter().filter_map(|entry| reader.connection(entry)).collect(),
        credentials: reader.all(&file.credential),
        people: reader.all(&file.person),
        codes: reader.all(&file.code),
        rules: reader.all(&file.budget_rules),
        periods: reader.all(&file.period),
        budgets: reader.all(&file.budget),
        fundings: reader.all(&file.funding),
        rights: reader.all(&file.budget_right),
        steps: reader.all(&file.approval_step),
        substitutes: reader.all(&file.substitute),
        defaults: reader.all(&file.default_coding),
    };
    (setup, findings)
}

struct Reader<'t> {
    text: &'t str,
    lines: LineStarts,
    findings: &'t mut Findings,
}

impl Reader<'_> {
    fn all<T: serde::de::DeserializeOwned>(&mut self, entries: &[Spanned<Table>]) -> Vec<At<T>> {
        entries.iter().filter_map(|entry| self.one(entry, entry.get_ref().clone())).collect()
    }

    fn one<T: serde::de::DeserializeOwned>(&mut self, entry: &Spanned<Table>, table: Table) -> Option<At<T>> {
        let line = self.lines.line(entry.span().start);
        match table.try_into() {
            Ok(value) => Some(At { line, value }),
            Err(error) => {
                let finding = told(&error);
                let line = self.line_of_key(entry, &finding.field);
                self.findings.push(finding.line(line));
                None
            }
        }
    }

    /// The words beside a connection's settings; the rest must be settings.
    fn connection(&mut self, entry: &Spanned<Table>) -> Option<At<Connection>> {
        let mut table = entry.get_ref().clone();
        let mut word = |name: &str| table.remove(name).and_then(|v| v.as_str().map(str::to_string)).unwrap_or_default();
        let (name, buyer, catalogue) = (word("name"), word("buyer"), word("catalogue"));
        let settings: At<ConnectionSettings> = self.one(entry, table)?;
        let (_, mut findings) = settings.value.connection(&name, &buyer, &catalogue);
        for finding in &mut findings.0 {
            finding.line = Some(self.line_of_key(entry, &finding.field));
        }
        self.findings.0.extend(findings.0);
        Some(At { line: settings.line, value: Connection { name, buyer, catalogue, settings: settings.value } })
    }

    fn article(&mut self, entry: &Spanned<Table>) -> Option<At<(String, ArticleSettings)>> {
        let mut table = entry.get_ref().clone();
        let catalogue = table.remove("catalogue").and_then(|v| v.as_str().map(str::to_string)).unwrap_or_default();
        let settings: At<ArticleSettings> = self.one(entry, table)?;
        let (_, mut findings) = settings.value.article();
        for finding in &mut findings.0 {
            finding.line = Some(self.line_of_key(entry, &finding.field));
        }
        self.findings.0.extend(findings.0);
        Some(At { line: settings.line, value: (catalogue, settings.value) })
    }

    /// The line a key of an entry stands on; the entry's first line when it is not written.
    fn line_of_key(&self, entry: &Spanned<Table>, key: &str) -> u32 {
        let start = entry.span().start;
        let first = key.split('.').next().unwrap_or_default();
        let mut at = start;
        for line in self.text.get(start..).unwrap_or_default().split_inclusive('\n') {
            let bare = line.trim_start();
            if at > start && bare.starts_with("[[") {
                break;
            }
            let is_table = bare.starts_with('[') && at > start && bare.split(['.', ']']).nth(1).is_some_and(|name| name.trim() == first);
            if is_table || bare.strip_prefix(first).is_some_and(|rest| rest.trim_start().starts_with('=')) {
                return self.lines.line(at);
            }
            at += line.len();
        }
        self.lines.line(start)
    }
}

/// What the reader of TOML says, taken apart: the key, what was found, what may stand there.
fn told(error: &toml::de::Error) -> Finding {
    let (message, whole) = (error.message(), error.to_string());
    let (found, expected) = message.split('\n').next().unwrap_or_default().split_once(", expected ").unwrap_or((message, ""));
    let limit = expected.trim_start_matches("one of ").replace('`', "").replace(" or ", ", ");
    if let Some(key) = found.strip_prefix("unknown field `").and_then(|rest| rest.strip_suffix('`')) {
        return Finding::error(Code::Setting, key).value(key).limit(limit);
    }
    let inside = whole.lines().rev().find_map(|line| line.trim().strip_prefix("in `")?.strip_suffix('`'));
    Finding::error(Code::Setting, inside.unwrap_or("TOML")).value(found).limit(limit)
}

/// The file written back, without secrets (`hookline export`).
pub fn write(setup: &Setup) -> String {
    let mut out = String::new();
    let mut put = |kind: &str, tables: Vec<Table>| {
        if !tables.is_empty() {
            let doc: BTreeMap<&str, Vec<Table>> = BTreeMap::from([(kind, tables)]);
            out.push_str(&toml::to_string(&doc).unwrap_or_default());
            out.push('\n');
        }
    };
    put("supplier", tables(setup.suppliers.iter().map(|at| &at.value)));
    put("buyer", tables(setup.buyers.iter().map(|at| &at.value)));
    put("catalogue", tables(setup.catalogues.iter().map(|at| &at.value)));
    let articles = setup.articles.iter().filter_map(|at| with(&at.value.1, &[("catalogue", &at.value.0)]));
    put("article", articles.collect());
    put("price", tables(setup.prices.iter().map(|at| &at.value)));
    let connections = setup.connections.iter().filter_map(|at| {
        let c = &at.value;
        with(&c.settings, &[("name", &c.name), ("buyer", &c.buyer), ("catalogue", &c.catalogue)])
    });
    put("connection", connections.collect());
    put("person", tables(setup.people.iter().map(|at| &at.value)));
    put("code", tables(setup.codes.iter().map(|at| &at.value)));
    put("budget_rules", tables(setup.rules.iter().map(|at| &at.value)));
    put("period", tables(setup.periods.iter().map(|at| &at.value)));
    put("budget", tables(setup.budgets.iter().map(|at| &at.value)));
    put("funding", tables(setup.fundings.iter().map(|at| &at.value)));
    put("budget_right", tables(setup.rights.iter().map(|at| &at.value)));
    put("approval_step", tables(setup.steps.iter().map(|at| &at.value)));
    put("substitute", tables(setup.substitutes.iter().map(|at| &at.value)));
    put("default_coding", tables(setup.defaults.iter().map(|at| &at.value)));
    out
}

/// One connection as its entry in a file; `settings` may still hold mistakes, which reading the text finds.
pub fn connection_entry(name: &str, buyer: &str, catalogue: &str, settings: Table) -> String {
    let mut table = Table::new();
    for (key, word) in [("name", name), ("buyer", buyer), ("catalogue", catalogue)] {
        table.insert(key.to_string(), toml::Value::String(word.to_string()));
    }
    table.extend(settings);
    toml::to_string(&BTreeMap::from([("connection", vec![table])])).unwrap_or_default()
}

fn tables<'v, T: Serialize + 'v>(values: impl Iterator<Item = &'v T>) -> Vec<Table> {
    values.filter_map(|value| Table::try_from(value).ok()).collect()
}

fn with(value: &impl Serialize, words: &[(&str, &String)]) -> Option<Table> {
    let mut table = Table::new();
    for (name, word) in words {
        table.insert((*name).to_string(), toml::Value::String((*word).clone()));
    }
    table.extend(Table::try_from(value).ok()?);
    Some(table)
}
