//! Reads a call-up: which parameter means what, by any of its names.
//! Accepts everything but contradictions and floods; never judges credentials or the return URL.

use super::super::form::{Pair, Place};
use crate::domain::callup::{Asked, CallUp, Download, Function, Unreadable};
use crate::domain::connection::Connection;
use crate::domain::name::{Language, Secret};

const USER: &[&str] = &["username", "login", "loginname", "name", "cid", "u"];
const PASSWORD: &[&str] = &["password", "p"];
const TOKEN: &[&str] = &["token"];
const ORGANISATION: &[&str] = &["organization", "senderid", "account_id"];
const RETURN_URL: &[&str] = &["hook_url", "hookurl", "mm_hook_url"];
const CANCEL_URL: &str = "ocicancel";
const TARGETS: &[&str] = &["~target", "returntarget", "targetframe"];
const LANGUAGES: &[&str] = &["sap-language", "language", "langu", "uilanguage", "datalanguage"];
/// SAP's own fields, echoed when received; some systems cut the last name.
const ECHOED: &[&str] = &["~okcode", "~target", "~caller", "~forcetarget", "~forcetarge"];

/// Limits of R-06.
pub const PARAMETERS_MAX: usize = 100;
const NAME_MAX: usize = 128;
const VALUE_MAX: usize = 8 * 1024;
pub const TOTAL_MAX: usize = 64 * 1024;
/// The most articles one VALIDATE may ask about.
const ASKED_MAX: usize = 500;

/// Reads the pairs of query and body. The notes say what was ignored and why; they name parameters, never values of secrets.
pub fn read(pairs: &[Pair], connection: &Connection) -> (Result<CallUp, Unreadable>, Vec<String>) {
    let mut notes = Vec::new();
    let call_up = check_size(pairs, connection).and_then(|()| read_fields(pairs, connection, &mut notes));
    (call_up, notes)
}

fn read_fields(pairs: &[Pair], connection: &Connection, notes: &mut Vec<String>) -> Result<CallUp, Unreadable> {
    let names = &connection.parameter_names;
    let fields = Fields { pairs };
    let mut call_up = CallUp {
        user: fields.one_of(&names.user, USER, "user", Pair::trimmed)?,
        password: Secret::new(fields.one_of(&names.password, PASSWORD, "password", |pair| pair.value.clone())?),
        token: Secret::new(fields.one_of(&names.token, TOKEN, "token", Pair::trimmed)?),
        return_url: fields.one_of(&names.return_url, RETURN_URL, "return URL", Pair::address)?,
        organisation: fields.first_of(&names.organisation, ORGANISATION),
        cancel_url: fields.pair(CANCEL_URL).map(Pair::address).unwrap_or_default(),
        function: function(&fields.value("function"), notes),
        charset: non_empty(fields.value("http_content_charset")),
        vendor: first_non_empty([fields.value("new_item-vendor"), fields.value("vendor")]),
        search: fields.value("searchstring"),
        return_if_nothing_found: matches!(fields.value("returnifnothingfound").to_ascii_lowercase().as_str(), "true" | "1" | "x" | "yes"),
        download: Download {
            page: fields.value("requestedpage"),
            size: fields.value("pagesize"),
            transaction: fields.value("transactionid"),
            cti: fields.value("cti"),
        },
        asked: asked(&fields),
        ..CallUp::default()
    };
    call_up.target = target(&fields, notes);
    call_up.echo = echo(&fields, notes);
    call_up.language = LANGUAGES.iter().find_map(|name| Language::from_tag(&fields.value(name)));
    call_up.parameters = parameters(pairs, connection, notes);
    Ok(call_up)
}

impl Pair {
    fn trimmed(&self) -> String {
        self.value.trim().to_string()
    }

    /// in an address a raw `+` stays.
    fn address(&self) -> String {
        self.literal.trim().to_string()
    }
}

fn non_empty(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

fn first_non_empty(texts: [String; 2]) -> String {
    texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default()
}

struct Fields<'p> {
    pairs: &'p [Pair],
}

impl<'p> Fields<'p> {
    /// Pairs of a name in any case, the body's first.
    fn all<'n>(&self, name: &'n str) -> impl Iterator<Item = &'p Pair> + use<'p, 'n> {
        let of = |place: Place| self.pairs.iter().filter(move |pair| pair.place == place && pair.name.eq_ignore_ascii_case(name));
        of(Place::Body).chain(of(Place::Query))
    }

    /// the first non-empty value counts, the body's before the query's; an empty one if there is no other.
    fn pair(&self, name: &str) -> Option<&'p Pair> {
        self.all(name).find(|pair| !pair.value.trim().is_empty()).or_else(|| self.all(name).next())
    }

    fn value(&self, name: &str) -> String {
        self.pair(name).map(Pair::trimmed).unwrap_or_default()
    }

    /// The value under the connection's own names, else under the defaults; two different ones are refused.
    fn one_of(&self, own: &[String], defaults: &[&str], what: &'static str, read: impl Fn(&Pair) -> String) -> Result<String, Unreadable> {
        let own: Vec<&str> = own.iter().map(String::as_str).collect();
        for names in [own.as_slice(), defaults] {
            let mut found: Option<String> = None;
            for pair in self.pairs.iter().filter(|pair| is_one_of(&pair.name, names)) {
                let value = read(pair);
                match &found {
                    _ if value.is_empty() => {}
                    None => found = Some(value),
                    Some(first) if *first == value => {}
                    Some(_) => return Err(Unreadable::Conflicting(what)),
                }
            }
            if let Some(value) = found {
                return Ok(value);
            }
        }
        Ok(String::new())
    }

    fn first_of(&self, own: &[String], defaults: &[&str]) -> String {
        let own = own.iter().map(String::as_str);
        own.chain(defaults.iter().copied()).map(|name| self.value(name)).find(|value| !value.is_empty()).unwrap_or_default()
    }
}

/// any case, one leading `~` ignored.
fn is_one_of(name: &str, names: &[&str]) -> bool {
    let bare = name.strip_prefix('~').unwrap_or(name);
    names.iter().any(|known| bare.eq_ignore_ascii_case(known) || name.eq_ignore_ascii_case(known))
}

fn is_secret_name(name: &str, connection: &Connection) -> bool {
    let own = |names: &[String]| names.iter().any(|known| is_one_of(name, &[known]));
    is_one_of(name, PASSWORD) || is_one_of(name, TOKEN) || own(&connection.parameter_names.password) || own(&connection.parameter_names.token)
}

/// Whether a parameter holds an address the browser is to go to: the return URL or the cancel URL.
pub fn is_address_name(name: &str, connection: &Connection) -> bool {
    is_return_url_name(name, connection) || name.eq_ignore_ascii_case(CANCEL_URL)
}

fn is_return_url_name(name: &str, connection: &Connection) -> bool {
    is_one_of(name, RETURN_URL) || connection.parameter_names.return_url.iter().any(|known| is_one_of(name, &[known]))
}

/// what is not part of the protocol itself counts against the limit.
fn is_known(name: &str, connection: &Connection) -> bool {
    let lower = name.to_ascii_lowercase();
    let own = &connection.parameter_names;
    let listed = |names: &[String]| names.iter().any(|known| is_one_of(name, &[known]));
    [USER, ORGANISATION].into_iter().any(|names| is_one_of(name, names))
        || is_secret_name(name, connection)
        || is_return_url_name(name, connection)
        || listed(&own.user)
        || listed(&own.organisation)
        || ECHOED.contains(&lower.as_str())
        || TARGETS.contains(&lower.as_str())
        || matches!(lower.as_str(), CANCEL_URL | "function" | "searchstring" | "oci_version" | "opi_version" | "http_content_charset")
        || indexed(&lower, "productid").is_some()
        || indexed(&lower, "quantity").is_some()
        || indexed(&lower, "contractid").is_some()
}

fn check_size(pairs: &[Pair], connection: &Connection) -> Result<(), Unreadable> {
    let unknown: Vec<&Pair> = pairs.iter().filter(|pair| !is_known(&pair.name, connection)).collect();
    let total: usize = pairs.iter().map(|pair| pair.name.len() + pair.value.len()).sum();
    let large = pairs.iter().find(|pair| pair.name.len() > NAME_MAX || pair.value.len() > VALUE_MAX);
    let many = (unknown.len() > PARAMETERS_MAX).then(|| unknown[PARAMETERS_MAX]);
    let flood = (total > TOTAL_MAX).then(|| pairs.last()).flatten();
    match large.or(many).or(flood) {
        Some(pair) => Err(Unreadable::TooLarge { in_body: pair.place == Place::Body }),
        None => Ok(()),
    }
}

fn function(word: &str, notes: &mut Vec<String>) -> Function {
    let known = [
        Function::Detail,
        Function::DetailAdd,
        Function::Validate,
        Function::Sourcing,
        Function::BackgroundSearch,
        Function::DownloadJson,
        Function::QuantityCheck,
    ];
    match known.into_iter().find(|function| word.eq_ignore_ascii_case(function.as_str())) {
        Some(function) => function,
        None => {
            if !word.is_empty() {
                let shown: String = word.chars().filter(|c| !c.is_control()).take(40).collect();
                notes.push(format!("FUNCTION {shown} is unknown; treated as shopping (R-44)"));
            }
            Function::Shopping
        }
    }
}

/// The number in `name[n]`; 0 for the bare name.
fn indexed(name: &str, bare: &str) -> Option<u32> {
    let rest = name.strip_prefix(bare)?;
    if rest.is_empty() {
        return Some(0);
    }
    rest.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

/// `PRODUCTID` and `QUANTITY`, plain or as lists (7.2). A quantity that is missing counts as 1 there.
fn asked(fields: &Fields<'_>) -> Vec<Asked> {
    let mut products: Vec<(u32, String)> = Vec::new();
    for pair in fields.pairs {
        if let Some(index) = indexed(&pair.name.to_ascii_lowercase(), "productid") {
            let value = pair.trimmed();
            if !value.is_empty() && !products.iter().any(|(known, _)| *known == index) && products.len() < ASKED_MAX {
                products.push((index, value));
            }
        }
    }
    products.sort_by_key(|(index, _)| *index);
    products
        .into_iter()
        .map(|(index, product)| {
            let name = if index == 0 { "quantity".to_string() } else { format!("quantity[{index}]") };
            Asked { product, quantity: first_non_empty([fields.value(&name), "1".to_string()]) }
        })
        .collect()
}

///
pub fn is_target(text: &str) -> bool {
    let named = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.len() <= 64
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'));
    matches!(text, "_top" | "_parent" | "_self" | "_blank") || named
}

fn target(fields: &Fields<'_>, notes: &mut Vec<String>) -> Option<String> {
    for name in TARGETS {
        let value = fields.value(name);
        if is_target(&value) {
            return Some(value);
        }
        if !value.is_empty() {
            notes.push(format!("{name} is no frame name; ignored (R-13)"));
        }
    }
    None
}

/// echoed once, as received. A value that could only be an attack on the receiver's page is left out and noted:
/// SAP's events and frame names hold no markup.
fn echo(fields: &Fields<'_>, notes: &mut Vec<String>) -> Vec<(String, String)> {
    let mut echoed: Vec<(String, String)> = Vec::new();
    for pair in fields.pairs {
        let lower = pair.name.to_ascii_lowercase();
        if !ECHOED.contains(&lower.as_str()) || echoed.iter().any(|(name, _)| name.eq_ignore_ascii_case(&pair.name)) {
            continue;
        }
        let Some(counted) = fields.pair(&pair.name) else { continue };
        let value = counted.trimmed();
        let differs = fields.all(&pair.name).any(|other| !other.value.trim().is_empty() && other.trimmed() != value);
        if differs {
            notes.push(format!("{} came with more than one value; the first counts (R-04)", counted.name));
        }
        let hostile = value.chars().any(|c| c.is_control() || matches!(c, '<' | '>' | '"' | '\'' | '`'));
        let no_frame = lower == "~target" && !value.is_empty() && !is_target(&value);
        if hostile || no_frame {
            notes.push(format!("{} holds no value of SAP's; not echoed (R-27)", counted.name));
        } else {
            echoed.push((counted.name.clone(), value));
        }
    }
    echoed
}

/// kept with the session, first non-empty value per name, secrets and NEW_ITEM fields left out.
fn parameters(pairs: &[Pair], connection: &Connection, notes: &mut Vec<String>) -> Vec<(String, String)> {
    let fields = Fields { pairs };
    let mut kept: Vec<(String, String)> = Vec::new();
    for pair in pairs {
        let lower = pair.name.to_ascii_lowercase();
        let seen = kept.iter().any(|(name, _)| name.eq_ignore_ascii_case(&pair.name));
        if seen || pair.name.is_empty() || is_secret_name(&pair.name, connection) || super::mask::looks_secret(&pair.name) {
            continue;
        }
        if lower.starts_with("new_item") && lower != "new_item-vendor" {
            notes.push("a NEW_ITEM field of the call-up was ignored (R-06)".to_string());
            continue;
        }
        if is_return_url_name(&pair.name, connection) || lower == CANCEL_URL {
            continue;
        }
        let repeated = fields.all(&pair.name).filter(|other| !other.value.trim().is_empty()).map(Pair::trimmed).collect::<Vec<_>>();
        if repeated.windows(2).any(|two| two[0] != two[1]) && !ECHOED.contains(&lower.as_str()) {
            notes.push(format!("{} came with more than one value; the first counts (R-04)", pair.name));
        }
        kept.push((pair.name.clone(), repeated.into_iter().next().unwrap_or_default()));
    }
    kept
}

/// The masked view for evidence and logs: every pair with its value, secrets replaced.
pub fn shown(pairs: &[Pair], connection: &Connection) -> Vec<(String, String)> {
    pairs
        .iter()
        .take(2 * PARAMETERS_MAX)
        .map(|pair| {
            let secret = is_secret_name(&pair.name, connection) || super::mask::looks_secret(&pair.name);
            let cut = |text: &str, max: usize| text.char_indices().nth(max).map_or(text, |(end, _)| &text[..end]).to_string();
            let value = if secret { super::mask::MASK.to_string() } else { cut(&pair.literal, VALUE_MAX) };
            (cut(&pair.name, NAME_MAX), value)
        })
        .collect()
}

/// Every secret of the call-up as it may turn up elsewhere, so that evidence can be scanned for it.
pub fn secrets<'p>(pairs: &'p [Pair], connection: &'p Connection) -> impl Iterator<Item = &'p str> {
    pairs
        .iter()
        .filter(|pair| is_secret_name(&pair.name, connection) || super::mask::looks_secret(&pair.name))
        .map(|pair| pair.value.as_str())
        .filter(|value| value.len() >= 4)
}
