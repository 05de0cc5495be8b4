//! A connection: the habits of one buyer's purchasing system, and what it may do. Data only; a preset plus the buyer's own settings.
//! Holds no credential (those are rows of their own) and no code of any protocol.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::deviation::{Response, Rule};
use super::name::Language;
use super::return_url::host_and_port;

/// An origin of an allow list: `https://erp.example.com:8443`, or `https://*.example.com` for hosts below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    scheme: String,
    host: String,
    port: u16,
    below: bool,
}

impl Origin {
    pub fn parse(text: &str) -> Option<Origin> {
        let (scheme, authority) = text.trim().split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        if !matches!(scheme.as_str(), "http" | "https") || authority.contains(['/', '?', '#', '@', '\\']) {
            return None;
        }
        let below = authority.starts_with("*.");
        let (host, port) = host_and_port(authority.strip_prefix("*.").unwrap_or(authority), &scheme)?;
        (!host.contains('*')).then_some(Origin { scheme, host, port, below })
    }

    /// Whether a host is this entry, or one or more labels below it for a wildcard entry.
    pub fn matches(&self, scheme: &str, host: &str, port: u16) -> bool {
        let same_host = match self.below {
            false => host == self.host,
            true => host
                .strip_suffix(&self.host)
                .and_then(|head| head.strip_suffix('.'))
                .is_some_and(|head| head.split('.').all(|label| !label.is_empty())),
        };
        same_host && scheme == self.scheme && port == self.port
    }

    /// An origin as text, without the scheme's default port.
    pub fn text(scheme: &str, host: &str, port: u16) -> String {
        let default = if scheme == "http" { 80 } else { 443 };
        if port == default { format!("{scheme}://{host}") } else { format!("{scheme}://{host}:{port}") }
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let host = if self.below { format!("*.{}", self.host) } else { self.host.clone() };
        f.write_str(&Origin::text(&self.scheme, &host, self.port))
    }
}

/// Names a buyer's system uses for the parameters of a call-up; the defaults of section 2.2 follow them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParameterNames {
    pub user: Vec<String>,
    pub password: Vec<String>,
    pub token: Vec<String>,
    pub organisation: Vec<String>,
    pub return_url: Vec<String>,
}

/// How the basket comes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReturnMethod {
    #[default]
    Post,
    Get,
}

/// How numbers are written in the return (5.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NumberStyle {
    /// `12.000`
    #[default]
    Plain3,
    /// `12`
    Minimal,
    /// `00000000012.000`
    Padded15,
}

/// Whether a line with price zero may be handed back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ZeroPrice {
    #[default]
    Allowed,
    Refused,
}

/// Where a mapped field takes its value from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    Line(String),
    Basket(String),
    Article(String),
    User(String),
    CallUp(String),
    Constant(String),
}

impl Source {
    /// `line.cost_centre`, `article.gtin`, `callup.costCenter`, `basket.number`, `user.name`; `const:text`.
    pub fn parse(text: &str) -> Option<Source> {
        if let Some(constant) = text.strip_prefix("const:") {
            return Some(Source::Constant(constant.to_string()));
        }
        let (place, name) = text.split_once('.')?;
        let name = name.to_string();
        match place {
            "line" => Some(Source::Line(name)),
            "basket" => Some(Source::Basket(name)),
            "article" => Some(Source::Article(name)),
            "user" => Some(Source::User(name)),
            "callup" => Some(Source::CallUp(name)),
            _ => None,
        }
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::Line(name) => write!(f, "line.{name}"),
            Source::Basket(name) => write!(f, "basket.{name}"),
            Source::Article(name) => write!(f, "article.{name}"),
            Source::User(name) => write!(f, "user.{name}"),
            Source::CallUp(name) => write!(f, "callup.{name}"),
            Source::Constant(text) => write!(f, "const:{text}"),
        }
    }
}

/// One mapped field of the return: where its value comes from and how long it may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapped {
    pub from: Source,
    pub max: Option<usize>,
}

/// What becomes of something that nobody here knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unknown {
    Accept,
    #[default]
    Refuse,
}

/// The field in which a cXML cart travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CartField {
    #[default]
    Base64,
    UrlEncoded,
}

/// What a buyer's system that speaks cXML is and does (reference cxml-and-peppol-ordering, sections 3 to 12). Identities are written as
/// `domain:identity`. Who may send is said by the connection's credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cxml {
    /// Who the buyer is.
    pub buyer: Vec<String>,
    /// Who we are.
    pub own: Vec<String>,
    /// The supplier's system, which may confirm, ship and invoice orders of this connection.
    pub supplier: Vec<String>,
    /// The connection of the hub whose senders may speak for this buyer.
    pub hub: Option<String>,
    /// The buyer's word for a unit, and the code of UN/ECE Recommendation 20.
    pub units: BTreeMap<String, String>,
    /// The buyer's name of an accounting segment, and what it is here.
    pub segments: BTreeMap<String, String>,
    pub unknown_parts: Unknown,
    pub unknown_cost_centre: Unknown,
    pub no_cost_centre: Unknown,
    pub refuse_cards: bool,
    /// Whether a document must be valid by its document type.
    pub strict: bool,
    /// Whom a setup without a user is for; nobody where it is empty.
    pub default_user: String,
    /// Domain and code for articles that have none.
    pub classification: String,
    pub cart_field: CartField,
    pub version: String,
    /// Where confirmations, ship notices and status updates go; nowhere where it is empty.
    pub outbound_url: String,
}

impl Default for Cxml {
    fn default() -> Cxml {
        Cxml {
            buyer: Vec::new(),
            own: Vec::new(),
            supplier: Vec::new(),
            hub: None,
            units: BTreeMap::new(),
            segments: BTreeMap::new(),
            unknown_parts: Unknown::Refuse,
            unknown_cost_centre: Unknown::Refuse,
            no_cost_centre: Unknown::Refuse,
            refuse_cards: false,
            strict: false,
            default_user: String::new(),
            classification: "UNSPSC:31000000".to_string(),
            cart_field: CartField::Base64,
            version: "1.2.045".to_string(),
            outbound_url: String::new(),
        }
    }
}

/// What a buyer who orders over Peppol is and does (reference cxml-and-peppol-ordering, sections 20 to 28). Who the buyer is says the electronic
/// address of the organisation, and the supplier's says whose connection it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peppol {
    /// The buyer's word for a unit, and the code of UN/ECE Recommendation 20.
    pub units: BTreeMap<String, String>,
    /// How the account string of a line is written; empty for the usual way.
    pub account_template: String,
    pub unknown_parts: Unknown,
    pub unknown_cost_centre: Unknown,
    pub no_cost_centre: Unknown,
    /// Blanket orders and consignment orders.
    pub standing_orders: Unknown,
    /// Whether what the structure of UBL does not know is refused, not only told.
    pub strict: bool,
    /// Whether the buyer's system is told of orders that were placed here.
    pub order_agreements: bool,
    /// Whether what a supplier agreed, and is no order here, becomes one.
    pub agreed_orders: bool,
    /// Whether the buyer's system is told of baskets that are handed back.
    pub punch_out_carts: bool,
}

/// A shop of the supplier's own that is opened instead of a catalogue here: we are the buyer's system there, in cXML (reference
/// cxml-and-peppol-ordering, sections 9 and 10). Identities are written as `domain:identity`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remote {
    /// Where its setups go.
    pub url: String,
    /// Who we are there.
    pub own: String,
    /// Who the supplier is.
    pub supplier: String,
    /// What it knows us by, sealed; empty where nothing was agreed.
    pub sealed: String,
    /// The shop's word for a unit, and the code of UN/ECE Recommendation 20.
    pub units: BTreeMap<String, String>,
    /// Percent of tax on lines whose cart names no rate.
    pub vat: Decimal,
}

/// Everything that differs between buyers' systems. See the generated reference of settings for the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    pub name: String,
    pub tenant: String,
    pub catalogue: String,
    pub preset: String,
    pub active: bool,
    pub parameter_names: ParameterNames,
    pub organisation_required: bool,
    pub allow_http_return: bool,
    pub allow_sapgui: bool,
    pub return_origins: Vec<Origin>,
    pub return_redirect_origins: Vec<Origin>,
    pub frame_origins: Vec<Origin>,
    pub return_method: ReturnMethod,
    pub default_target: Option<String>,
    pub default_return_charset: String,
    pub number_style: NumberStyle,
    pub start_index: u32,
    pub send_empty_optional_fields: bool,
    pub zero_price: ZeroPrice,
    /// What an order may change of the basket it came from.
    pub changed_price: Response,
    pub changed_price_percent: Decimal,
    pub changed_quantity: Response,
    pub changed_quantity_percent: Decimal,
    pub whole_quantities_only: bool,
    pub matnr_excludes_description: bool,
    pub receiver_ignores_priceunit: bool,
    pub background_search_submits: bool,
    pub unit_table: BTreeMap<String, String>,
    /// Units the receiver knows, when it knows only its own; empty = any.
    pub units_known: Vec<String>,
    pub field_mapping: BTreeMap<String, Mapped>,
    pub fixed_fields: BTreeMap<String, String>,
    pub search_limit: u32,
    pub idle_minutes: u32,
    pub session_key_in_path: bool,
    /// Whether the basket shows what the budgets it names still allow.
    pub budgets_shown: bool,
    pub language: Language,
    /// What it is in cXML; a connection without speaks OCI alone.
    pub cxml: Option<Box<Cxml>>,
    /// What it is over Peppol; a connection without takes no order from there.
    pub peppol: Option<Box<Peppol>>,
    /// The supplier's own shop, where it has one; a connection without opens the catalogue that is here.
    pub remote: Option<Box<Remote>>,
}

impl Connection {
    pub fn price_rule(&self) -> Rule {
        Rule { response: self.changed_price, tolerance_percent: self.changed_price_percent }
    }

    pub fn quantity_rule(&self) -> Rule {
        Rule { response: self.changed_quantity, tolerance_percent: self.changed_quantity_percent }
    }
}

impl Default for Connection {
    fn default() -> Connection {
        Connection {
            name: String::new(),
            tenant: String::new(),
            catalogue: String::new(),
            preset: "generic".to_string(),
            active: true,
            parameter_names: ParameterNames::default(),
            organisation_required: false,
            allow_http_return: false,
            allow_sapgui: false,
            return_origins: Vec::new(),
            return_redirect_origins: Vec::new(),
            frame_origins: Vec::new(),
            return_method: ReturnMethod::Post,
            default_target: None,
            default_return_charset: "utf-8".to_string(),
            number_style: NumberStyle::Plain3,
            start_index: 1,
            send_empty_optional_fields: false,
            zero_price: ZeroPrice::Allowed,
            changed_price: Response::Refuse,
            changed_price_percent: Decimal::ZERO,
            changed_quantity: Response::Accept,
            changed_quantity_percent: Decimal::ZERO,
            whole_quantities_only: false,
            matnr_excludes_description: false,
            receiver_ignores_priceunit: false,
            background_search_submits: false,
            unit_table: BTreeMap::new(),
            units_known: Vec::new(),
            field_mapping: BTreeMap::new(),
            fixed_fields: BTreeMap::new(),
            search_limit: 100,
            idle_minutes: 60,
            session_key_in_path: true,
            budgets_shown: true,
            language: Language::En,
            cxml: None,
            peppol: None,
            remote: None,
        }
    }
}
