//! What a purchasing system asked for when it opened the catalogue, after reading and before any decision about access.
//! Plain data; the reading is in `wire::oci`, the decision in `flow::punchout`.

use super::name::{Language, Secret};

/// What the caller wants (reference oci, section 7). Unknown functions are shopping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Function {
    #[default]
    Shopping,
    Detail,
    DetailAdd,
    Validate,
    Sourcing,
    BackgroundSearch,
    DownloadJson,
    QuantityCheck,
}

impl Function {
    /// The name in the protocol; empty for ordinary shopping.
    pub fn as_str(self) -> &'static str {
        match self {
            Function::Shopping => "",
            Function::Detail => "DETAIL",
            Function::DetailAdd => "DETAILADD",
            Function::Validate => "VALIDATE",
            Function::Sourcing => "SOURCING",
            Function::BackgroundSearch => "BACKGROUND_SEARCH",
            Function::DownloadJson => "DOWNLOADJSON",
            Function::QuantityCheck => "QUANTITYCHECK",
        }
    }

    /// Answered in the response to the very request, without a session.
    pub fn is_server_called(self) -> bool {
        matches!(self, Function::Validate | Function::BackgroundSearch | Function::DownloadJson | Function::QuantityCheck)
    }

    /// only these make no sense without a return URL.
    pub fn needs_return_url(self) -> bool {
        matches!(self, Function::Shopping | Function::Sourcing)
    }
}

/// One article the caller asks about, with the quantity as sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub product: String,
    pub quantity: String,
}

/// A call-up, read. `fields` holds every parameter in the order received, secrets not among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallUp {
    pub function: Function,
    pub organisation: String,
    pub user: String,
    pub password: Secret,
    pub token: Secret,
    pub return_url: String,
    pub cancel_url: String,
    /// SAP fields to send back, with name and value as received.
    pub echo: Vec<(String, String)>,
    pub target: Option<String>,
    pub charset: Option<String>,
    pub language: Option<Language>,
    pub vendor: String,
    pub asked: Vec<Asked>,
    pub search: String,
    pub return_if_nothing_found: bool,
    /// Opened by a person who signed in here, without a purchasing system: the basket becomes an order here.
    pub is_portal: bool,
    pub download: Download,
    /// Parameters kept with the session and offered to the mapping.
    pub parameters: Vec<(String, String)>,
}

/// Paging words of DOWNLOADJSON as sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Download {
    pub page: String,
    pub size: String,
    pub transaction: String,
    pub cti: String,
}

/// Why a call-up was refused before anybody looked at its credentials or its return URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// two different values for what may have only one.
    Conflicting(&'static str),
    /// too many or too large parameters; in the body or in the address.
    TooLarge { in_body: bool },
}
