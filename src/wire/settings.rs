//! Settings of connections and details of articles as written in files, requests and columns, to domain values and back.
//! Every mistake is a finding with its key; nothing is guessed.

use std::collections::BTreeMap;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::charset::Charset;
use super::cxml::remote_settings::RemoteSettings;
use super::cxml::settings::CxmlSettings;
use super::oci::preset;
use super::peppol::settings::PeppolSettings;
use crate::domain::article::{ARTICLE_FIELDS, Article, Choice, Text};
use crate::domain::coding::Kind;
use crate::domain::connection::{Connection, Mapped, NumberStyle, Origin, ParameterNames, ReturnMethod, Source, ZeroPrice};
use crate::domain::deviation::Response;
use crate::domain::finding::{Code, Finding, Findings};
use crate::domain::money::{Currency, Price};
use crate::domain::name::Language;
use crate::wire::html;

/// The settings of a connection over its preset; what is absent stays as the preset has it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConnectionSettings {
    /// Habits of a known purchasing system to begin with; every other key changes one of them (section 10).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
    /// Whether the address answers. An inactive connection refuses like a wrong password does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    /// Names this system uses for its own parameters; they are tried before the usual names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter_names: Option<Names>,
    /// The organisation of the call-up must be the credential's. Otherwise it is compared only where both sides name one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisation_required: Option<bool>,
    /// Whether a return address may begin with `http:`; browsers warn before they post there from an https page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_http_return: Option<bool>,
    /// Whether `SAPEVENT:` and a word of 1 to 32 letters and digits is a return address, for catalogues inside SAP GUI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_sapgui: Option<bool>,
    /// Origins a basket may return to: `https://host`, `https://host:port`, or `https://*.host` for every host below. Empty: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_origins: Option<Vec<String>>,
    /// Origins the purchasing system redirects to after it took the basket; browsers check these as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_redirect_origins: Option<Vec<String>>,
    /// Origins that may show the catalogue in a frame. Empty: no frame at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frame_origins: Option<Vec<String>>,
    /// How the browser sends the basket: `post` or `get`. With `get` the pairs of the return address come first as fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_method: Option<String>,
    /// Frame the basket is sent to when the call-up names none; without either it is `_top`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_target: Option<String>,
    /// Charset of the return when the call-up asks for none; what it lacks is transliterated (R-38, section 5.5).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_return_charset: Option<String>,
    /// How numbers are written: `plain3` (`12.000`), `minimal` (`12`), `padded15` (`00000000012.000`) (R-32, section 5.3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number_style: Option<String>,
    /// Index of the first line of the return: 1, or 0 for the systems that count from there (section 4.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_index: Option<u32>,
    /// Whether optional fields without a value are sent empty instead of left out (section 5.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send_empty_optional_fields: Option<bool>,
    /// Whether a line with price zero can be handed back: `allowed` or `refused`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zero_price: Option<String>,
    /// What becomes of an order whose price is not the basket's: `accept`, `ask` (it waits for approval) or `refuse` (section 13).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_price: Option<String>,
    /// Up to so many percent, in either direction, a changed price is accepted all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_price_percent: Option<String>,
    /// The same for a quantity that is not the basket's: `accept`, `ask` or `refuse`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_quantity: Option<String>,
    /// Up to so many percent, in either direction, a changed quantity is accepted all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_quantity_percent: Option<String>,
    /// Whether the system takes whole quantities only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub whole_quantities_only: Option<bool>,
    /// Whether the description is left out on lines that carry the buyer's own material number (section 5.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matnr_excludes_description: Option<bool>,
    /// Whether the system reads no price unit: prices are then per one, rounded half up to three decimals, and the difference is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receiver_ignores_priceunit: Option<bool>,
    /// Whether the answer to BACKGROUND_SEARCH submits itself and shows no button.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub background_search_submits: Option<bool>,
    /// Our unit to the system's unit, added to the preset's table. A unit without an entry passes if it has 2 or 3 capitals or digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_table: Option<BTreeMap<String, String>>,
    /// Field of the return (`NEW_ITEM-…`) to where its value comes from; it wins over the standard value (section 6).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field_mapping: Option<BTreeMap<String, Mapping>>,
    /// Fields sent with every return as they are, unless the call-up sent one of the same name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fixed_fields: Option<BTreeMap<String, String>>,
    /// Most hits of BACKGROUND_SEARCH, 1 to 1000 (section 7.3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search_limit: Option<u32>,
    /// Minutes without an action after which a session ends, 1 to 480; 8 hours after it opened it ends in any case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_minutes: Option<u32>,
    /// Whether a session may go on without a cookie, by the key in its address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_key_in_path: Option<bool>,
    /// Whether the basket shows what the budgets it names still allow, to whoever has the catalogue open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budgets_shown: Option<bool>,
    /// Language of the pages when the call-up names none: `nl`, `en`, `fr`, `de`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What the system is in cXML; a connection without speaks OCI alone (reference cxml-and-peppol-ordering).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cxml: Option<CxmlSettings>,
    /// What the buyer is over Peppol; a connection without takes no order from there (reference cxml-and-peppol-ordering, Part II).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peppol: Option<PeppolSettings>,
    /// The supplier's own shop in cXML, opened instead of a catalogue here (reference cxml-and-peppol-ordering, sections 9 and 10).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote: Option<RemoteSettings>,
}

/// Names of parameters, compared in any case; one leading `~` is ignored except for the organisation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Names {
    /// The user's name; usually `USERNAME`.
    pub user: Vec<String>,
    /// The password; usually `PASSWORD`.
    pub password: Vec<String>,
    /// The token that replaces user and password; usually `TOKEN`.
    pub token: Vec<String>,
    /// The organisation beside the user; usually `ORGANIZATION`.
    pub organisation: Vec<String>,
    /// The return address; usually `HOOK_URL`.
    pub return_url: Vec<String>,
}

/// Where a mapped field takes its value from (section 6).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// `line.cost_centre`, `basket.number`, `article.unspsc`, `user.name`, `callup.costCenter`, or `const:text`.
    pub from: String,
    /// Most characters of the value, instead of the field's own length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<usize>,
}

/// Names of all settings, for the check of a file and for pages.
pub fn wrong(key: &str, value: &str, allowed: &str) -> Finding {
    Finding::error(Code::Setting, key).value(value).limit(allowed)
}

impl ConnectionSettings {
    /// The connection these settings make. Findings name the key and what it may be.
    pub fn connection(&self, name: &str, tenant: &str, catalogue: &str) -> (Connection, Findings) {
        let mut findings = Findings::default();
        let preset_id = self.preset.as_deref().unwrap_or("generic");
        if preset::find(preset_id).is_none() {
            let all: Vec<&str> = preset::PRESETS.iter().map(|p| p.id).collect();
            findings.push(wrong("preset", preset_id, &all.join(", ")));
        }
        let base = preset::find(preset_id).map(preset::Preset::connection).unwrap_or_default();
        let mut c = Connection { name: name.into(), tenant: tenant.into(), catalogue: catalogue.into(), ..base };
        let take = |target: &mut bool, value: Option<bool>| *target = value.unwrap_or(*target);
        take(&mut c.active, self.active);
        take(&mut c.organisation_required, self.organisation_required);
        take(&mut c.allow_http_return, self.allow_http_return);
        take(&mut c.allow_sapgui, self.allow_sapgui);
        take(&mut c.send_empty_optional_fields, self.send_empty_optional_fields);
        take(&mut c.whole_quantities_only, self.whole_quantities_only);
        take(&mut c.matnr_excludes_description, self.matnr_excludes_description);
        take(&mut c.receiver_ignores_priceunit, self.receiver_ignores_priceunit);
        take(&mut c.background_search_submits, self.background_search_submits);
        take(&mut c.session_key_in_path, self.session_key_in_path);
        take(&mut c.budgets_shown, self.budgets_shown);
        if let Some(n) = &self.parameter_names {
            let n = n.clone();
            c.parameter_names =
                ParameterNames { user: n.user, password: n.password, token: n.token, organisation: n.organisation, return_url: n.return_url };
        }
        let mut origins = |target: &mut Vec<Origin>, key: &str, texts: &Option<Vec<String>>| {
            for text in texts.iter().flatten() {
                match Origin::parse(text) {
                    Some(origin) => target.push(origin),
                    None => findings.push(wrong(key, text, "https://host, https://host:port, https://*.host")),
                }
            }
        };
        origins(&mut c.return_origins, "return_origins", &self.return_origins);
        origins(&mut c.return_redirect_origins, "return_redirect_origins", &self.return_redirect_origins);
        origins(&mut c.frame_origins, "frame_origins", &self.frame_origins);
        choose(&mut c.return_method, "return_method", &self.return_method, &METHODS, &mut findings);
        choose(&mut c.number_style, "number_style", &self.number_style, &STYLES, &mut findings);
        choose(&mut c.zero_price, "zero_price", &self.zero_price, &ZEROS, &mut findings);
        choose(&mut c.changed_price, "changed_price", &self.changed_price, &RESPONSES, &mut findings);
        choose(&mut c.changed_quantity, "changed_quantity", &self.changed_quantity, &RESPONSES, &mut findings);
        percent(&mut c.changed_price_percent, "changed_price_percent", &self.changed_price_percent, &mut findings);
        percent(&mut c.changed_quantity_percent, "changed_quantity_percent", &self.changed_quantity_percent, &mut findings);
        if let Some(target) = &self.default_target {
            if !super::oci::callup::is_target(target) {
                findings.push(wrong("default_target", target, "_top, _parent, _self, _blank"));
            }
            c.default_target = Some(target.clone());
        }
        if let Some(charset) = &self.default_return_charset {
            match Charset::parse(charset) {
                Some(known) => c.default_return_charset = known.label().to_string(),
                None => findings.push(wrong("default_return_charset", charset, "utf-8, iso-8859-1, windows-1252, us-ascii")),
            }
        }
        if let Some(table) = &self.unit_table {
            c.unit_table.extend(table.clone());
        }
        c.fixed_fields.extend(self.fixed_fields.clone().unwrap_or_default());
        self.mappings(&mut c, &mut findings);
        let mut bounded = |target: &mut u32, key: &str, value: Option<u32>, low: u32, high: u32| match value {
            Some(n) if (low..=high).contains(&n) => *target = n,
            Some(n) => findings.push(wrong(key, &n.to_string(), &format!("{low} – {high}"))),
            None => {}
        };
        bounded(&mut c.start_index, "start_index", self.start_index, 0, 1);
        bounded(&mut c.search_limit, "search_limit", self.search_limit, 1, 1000);
        bounded(&mut c.idle_minutes, "idle_minutes", self.idle_minutes, 1, 480);
        if let Some(language) = &self.language {
            match Language::from_tag(language) {
                Some(known) => c.language = known,
                None => findings.push(wrong("language", language, "nl, en, fr, de")),
            }
        }
        if let Some(cxml) = &self.cxml {
            let preset = c.cxml.take().unwrap_or_default();
            c.cxml = Some(Box::new(cxml.over(&preset, &mut findings)));
        }
        if let Some(peppol) = &self.peppol {
            let preset = c.peppol.take().unwrap_or_default();
            c.peppol = Some(Box::new(peppol.over(&preset, &mut findings)));
        }
        c.remote = self.remote.as_ref().map(|remote| Box::new(remote.read(&mut findings)));
        (c, findings)
    }

    /// Every setting as a connection has it, for showing what a preset brings along.
    pub fn of(c: &Connection) -> ConnectionSettings {
        let texts = |origins: &[Origin]| Some(origins.iter().map(ToString::to_string).collect());
        let mapping = |(name, mapped): (&String, &Mapped)| (name.clone(), Mapping { from: mapped.from.to_string(), max: mapped.max });
        let names = c.parameter_names.clone();
        ConnectionSettings {
            preset: Some(c.preset.clone()),
            active: Some(c.active),
            parameter_names: Some(Names {
                user: names.user,
                password: names.password,
                token: names.token,
                organisation: names.organisation,
                return_url: names.return_url,
            }),
            organisation_required: Some(c.organisation_required),
            allow_http_return: Some(c.allow_http_return),
            allow_sapgui: Some(c.allow_sapgui),
            return_origins: texts(&c.return_origins),
            return_redirect_origins: texts(&c.return_redirect_origins),
            frame_origins: texts(&c.frame_origins),
            return_method: word(c.return_method, &METHODS),
            default_target: c.default_target.clone(),
            default_return_charset: Some(c.default_return_charset.clone()),
            number_style: word(c.number_style, &STYLES),
            start_index: Some(c.start_index),
            send_empty_optional_fields: Some(c.send_empty_optional_fields),
            zero_price: word(c.zero_price, &ZEROS),
            changed_price: word(c.changed_price, &RESPONSES),
            changed_price_percent: Some(c.changed_price_percent.to_string()),
            changed_quantity: word(c.changed_quantity, &RESPONSES),
            changed_quantity_percent: Some(c.changed_quantity_percent.to_string()),
            whole_quantities_only: Some(c.whole_quantities_only),
            matnr_excludes_description: Some(c.matnr_excludes_description),
            receiver_ignores_priceunit: Some(c.receiver_ignores_priceunit),
            background_search_submits: Some(c.background_search_submits),
            unit_table: Some(c.unit_table.clone()),
            field_mapping: Some(c.field_mapping.iter().map(mapping).collect()),
            fixed_fields: Some(c.fixed_fields.clone()),
            search_limit: Some(c.search_limit),
            idle_minutes: Some(c.idle_minutes),
            session_key_in_path: Some(c.session_key_in_path),
            budgets_shown: Some(c.budgets_shown),
            language: Some(c.language.as_str().to_string()),
            cxml: c.cxml.as_deref().map(CxmlSettings::of),
            peppol: c.peppol.as_deref().map(PeppolSettings::of),
            remote: c.remote.as_deref().map(RemoteSettings::of),
        }
    }

    /// The same without what is sealed in them, for whoever reads or writes them: what is left out stays as it is.
    pub fn shown(mut self) -> ConnectionSettings {
        self.remote.iter_mut().for_each(|remote| remote.sealed.clear());
        self
    }

    fn mappings(&self, c: &mut Connection, findings: &mut Findings) {
        for (name, mapping) in self.field_mapping.iter().flatten() {
            let well_formed = name.strip_prefix("NEW_ITEM").and_then(|rest| rest.strip_prefix(['-', '_'])).is_some_and(|rest| {
                !rest.is_empty() && rest.len() <= 60 && rest.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
            });
            if !well_formed {
                findings.push(wrong("field_mapping", name, "NEW_ITEM-…"));
                continue;
            }
            match Source::parse(&mapping.from) {
                Some(from) if is_source(&from) => drop(c.field_mapping.insert(name.clone(), Mapped { from, max: mapping.max })),
                _ => findings.push(wrong(
                    &format!("field_mapping.{name}.from"),
                    &mapping.from,
                    "line.…, basket.…, article.…, user.…, callup.…, const:…",
                )),
            }
        }
    }
}

/// Whether a source names something there is; what a call-up may hold is the buyer's business.
fn is_source(source: &Source) -> bool {
    match source {
        Source::Constant(_) | Source::CallUp(_) => true,
        Source::Line(name) => matches!(name.as_str(), "number" | "quantity") || Kind::parse(name).is_some(),
        Source::Basket(name) => matches!(name.as_str(), "number" | "language" | "connection"),
        Source::User(name) => matches!(name.as_str(), "name" | "organisation"),
        Source::Article(name) => ARTICLE_FIELDS.contains(&name.as_str()),
    }
}

const METHODS: [(&str, ReturnMethod); 2] = [("post", ReturnMethod::Post), ("get", ReturnMethod::Get)];
const STYLES: [(&str, NumberStyle); 3] = [("plain3", NumberStyle::Plain3), ("minimal", NumberStyle::Minimal), ("padded15", NumberStyle::Padded15)];
const ZEROS: [(&str, ZeroPrice); 2] = [("allowed", ZeroPrice::Allowed), ("refused", ZeroPrice::Refused)];
const RESPONSES: [(&str, Response); 3] = [("accept", Response::Accept), ("ask", Response::Ask), ("refuse", Response::Refuse)];

/// A percentage up to the whole.
fn percent(target: &mut Decimal, key: &str, value: &Option<String>, findings: &mut Findings) {
    let Some(text) = value else { return };
    match text.parse().ok().filter(|percent| (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(percent)) {
        Some(percent) => *target = percent,
        None => findings.push(wrong(key, text, "0 – 100")),
    }
}

fn word<T: PartialEq>(value: T, known: &[(&str, T)]) -> Option<String> {
    known.iter().find(|(_, other)| *other == value).map(|(word, _)| (*word).to_string())
}

fn choose<T: Copy>(target: &mut T, key: &str, value: &Option<String>, known: &[(&str, T)], findings: &mut Findings) {
    let Some(text) = value else { return };
    match known.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)) {
        Some((_, value)) => *target = *value,
        None => {
            let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
            findings.push(wrong(key, text, &words.join(", ")));
        }
    }
}

/// An article as written in files and requests.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ArticleSettings {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub number: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub long_text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub long_text_html: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub texts: BTreeMap<String, TextSettings>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub unit: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub price: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shop_price: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_quantity: Option<u32>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub currency: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity_step: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead_days: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vat: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub service: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub group: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub brand: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub picture: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub manufacturer_part: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub manufacturer_code: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub unspsc: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub gtin: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub certificate: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub buyer_material: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contract: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contract_item: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub schema: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub category: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub category_id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<OptionSettings>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TextSettings {
    pub description: String,
    pub long_text: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OptionSettings {
    pub id: String,
    pub name: String,
    pub price: String,
    pub text_max: usize,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub logo: bool,
    pub required: bool,
}

/// Limits that keep a catalogue printable and its arithmetic exact.
const NUMBER_MAX: usize = 100;
const PRICE_PER_MAX: u32 = 99_999;

impl ArticleSettings {
    /// The article; findings name the field.
    pub fn article(&self) -> (Option<Article>, Findings) {
        let mut findings = Findings::default();
        let number = self.number.trim();
        if number.is_empty() || number.chars().count() > NUMBER_MAX || number.chars().any(char::is_control) {
            findings.push(wrong("number", number, &format!("1 – {NUMBER_MAX}")));
        }
        let price = decimal(&self.price, "price", &mut findings);
        let per = self.price_quantity.unwrap_or(1);
        if !(1..=PRICE_PER_MAX).contains(&per) {
            findings.push(wrong("price_quantity", &per.to_string(), &format!("1 – {PRICE_PER_MAX}")));
        }
        let currency = Currency::parse(&self.currency);
        if currency.is_none() {
            findings.push(wrong("currency", &self.currency, "ISO 4217"));
        }
        let step = self.quantity_step.as_deref().map_or(Some(Decimal::ONE), |text| decimal(text, "quantity_step", &mut findings));
        if step.is_some_and(|step| step.is_zero()) {
            findings.push(wrong("quantity_step", "0", "> 0"));
        }
        let vat = self.vat.as_deref().map_or(Some(Decimal::from(21)), |text| decimal(text, "vat", &mut findings));
        let shop_price = self.shop_price.as_deref().and_then(|text| decimal(text, "shop_price", &mut findings));
        let choices = self.options.iter().filter_map(|option| {
            let price = decimal(&option.price, "options.price", &mut findings)?;
            Some(Choice {
                id: option.id.clone(),
                name: option.name.clone(),
                price,
                text_max: option.text_max,
                logo: option.logo,
                required: option.required,
            })
        });
        let choices = choices.collect();
        let texts = self.texts(&mut findings);
        let article = match (price, currency, step, vat) {
            (Some(amount), Some(currency), Some(step), Some(vat)) if !findings.has_error() => {
                Some(self.build(number, Price { amount, per, currency }, step, vat, shop_price, choices, texts))
            }
            _ => None,
        };
        (article, findings)
    }

    fn texts(&self, findings: &mut Findings) -> Vec<Text> {
        let long_text = match (&self.long_text_html, &self.long_text) {
            (Some(markup), _) => html::to_text(markup),
            (None, Some(text)) => text.clone(),
            (None, None) => String::new(),
        };
        let mut texts = Vec::new();
        if !self.description.is_empty() {
            texts.push(Text { language: None, description: self.description.clone(), long_text });
        }
        for (tag, text) in &self.texts {
            match Language::from_tag(tag) {
                Some(language) => {
                    texts.push(Text { language: Some(language), description: text.description.clone(), long_text: text.long_text.clone() });
                }
                None => findings.push(wrong("texts", tag, "nl, en, fr, de")),
            }
        }
        if texts.is_empty() {
            findings.push(Finding::error(Code::Missing, "description"));
        }
        texts
    }

    #[allow(clippy::too_many_arguments, reason = "the checked parts of one article; a struct for them would be the article itself")]
    fn build(
        &self,
        number: &str,
        price: Price,
        quantity_step: Decimal,
        vat: Decimal,
        shop_price: Option<Decimal>,
        choices: Vec<Choice>,
        texts: Vec<Text>,
    ) -> Article {
        Article {
            number: number.to_string(),
            unit: self.unit.clone(),
            price,
            shop_price,
            texts,
            quantity_step,
            lead_days: self.lead_days,
            stock: self.stock,
            vat,
            service: self.service,
            group: self.group.clone(),
            brand: self.brand.clone(),
            picture: self.picture.clone(),
            own_picture: None,
            manufacturer_part: self.manufacturer_part.clone(),
            manufacturer_code: self.manufacturer_code.clone(),
            unspsc: self.unspsc.clone(),
            gtin: self.gtin.clone(),
            certificate: self.certificate.clone(),
            buyer_material: self.buyer_material.clone(),
            contract: self.contract.clone().unwrap_or_default(),
            contract_item: self.contract_item.clone().unwrap_or_default(),
            schema: self.schema.clone(),
            category: self.category.clone(),
            category_id: self.category_id.clone(),
            in_shop: None,
            choices,
        }
    }
}

/// A plain, not negative decimal.
fn decimal(text: &str, key: &str, findings: &mut Findings) -> Option<Decimal> {
    match Decimal::from_str(text.trim()) {
        Ok(value) if !value.is_sign_negative() => Some(value),
        _ => {
            findings.push(wrong(key, text, "0.00"));
            None
        }
    }
}
