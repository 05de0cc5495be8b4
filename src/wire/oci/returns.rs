//! Writes the basket's way back as name and value pairs: exact prices, never-cut identifiers, the receiver's units, numbers
//! and charset. Pure; what it writes is frozen by the caller and never written again.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::super::charset::Charset;
use super::fields::{self, FIELDS, Kind, NEEDS};
use crate::domain::article::Article;
use crate::domain::callup::CallUp;
use crate::domain::coding::{self, Coding};
use crate::domain::connection::{Connection, NumberStyle, ReturnMethod, Source, ZeroPrice};
use crate::domain::finding::{Code, Finding, Findings};
use crate::domain::money::{Price, round3};
use crate::domain::name::Language;
use crate::domain::quantity;

/// A line to hand back: the article as this buyer sees it, how much, and what it is booked on.
#[derive(Clone, Debug)]
pub struct Line<'a> {
    pub article: Cow<'a, Article>,
    pub quantity: Decimal,
    pub coding: Coding,
}

/// What the writer needs to know besides the lines.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    pub connection: &'a Connection,
    pub call_up: &'a CallUp,
    pub language: Language,
    /// The basket's number; empty for functions that freeze nothing (VALIDATE, BACKGROUND_SEARCH).
    pub quote: &'a str,
}

/// The form a browser will post: R-26.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnForm {
    pub action: String,
    pub method: ReturnMethod,
    pub target: String,
    pub charset: Charset,
    pub pairs: Vec<(String, String)>,
}

/// Writes the whole form. With an error among the findings it must not be sent.
pub fn write(context: Context<'_>, lines: &[Line<'_>]) -> (ReturnForm, Findings) {
    let mut form = empty(context);
    let mut findings = Findings::default();
    let mut pairs = Vec::new();
    for (position, line) in lines.iter().enumerate() {
        let number = u32::try_from(position).unwrap_or(u32::MAX).saturating_add(1);
        write_line(context, form.charset, line, number, &mut pairs, &mut findings);
    }
    let sap = form.pairs.split_off(query_pairs(context).len());
    form.pairs.extend(pairs);
    form.pairs.extend(sap);
    (form, findings)
}

/// One line's pairs under the position it would have; `None` when it cannot be sent. For functions that leave such lines out.
pub fn write_sendable(context: Context<'_>, lines: &[Line<'_>]) -> (ReturnForm, Findings) {
    let mut notes = Findings::default();
    let sendable: Vec<Line<'_>> = lines
        .iter()
        .filter(|line| {
            let (_, findings) = write(context, std::slice::from_ref(*line));
            let fits = !findings.has_error();
            if !fits {
                notes.0.extend(findings.0);
            }
            fits
        })
        .cloned()
        .collect();
    let (form, findings) = write(context, &sendable);
    notes.0.extend(findings.0);
    (form, notes)
}

/// The form without lines: what "cancel" sends and what every form starts from.
pub fn empty(context: Context<'_>) -> ReturnForm {
    let Context { connection, call_up, .. } = context;
    let asked = call_up.charset.as_deref().and_then(Charset::parse);
    let charset = asked.or_else(|| Charset::parse(&connection.default_return_charset)).unwrap_or(Charset::UTF8);
    let mut pairs = query_pairs(context);
    pairs.extend(call_up.echo.iter().cloned());
    for (name, value) in &connection.fixed_fields {
        if !call_up.echo.iter().any(|(echoed, _)| echoed.eq_ignore_ascii_case(name)) {
            pairs.push((name.clone(), value.clone()));
        }
    }
    let target = call_up.target.clone().or_else(|| connection.default_target.clone().filter(|t| super::callup::is_target(t)));
    ReturnForm {
        action: call_up.return_url.clone(),
        method: connection.return_method,
        target: target.unwrap_or_else(|| "_top".to_string()),
        charset,
        pairs,
    }
}

/// with GET a browser replaces the query of the action, so its pairs travel as fields in front.
fn query_pairs(context: Context<'_>) -> Vec<(String, String)> {
    let url = &context.call_up.return_url;
    let query = url.split('#').next().and_then(|url| url.split_once('?')).map(|(_, query)| query);
    match (context.connection.return_method, query) {
        (ReturnMethod::Get, Some(query)) => {
            let pairs = super::super::form::read(query.as_bytes(), super::super::form::Place::Query, None);
            pairs.into_iter().map(|pair| (pair.name, pair.value)).collect()
        }
        _ => Vec::new(),
    }
}

/// `NEW_ITEM-UNIT[3]`; LONGTEXT is the exception (4.2).
pub fn field_name(name: &str, index: u32) -> String {
    match name {
        "NEW_ITEM-LONGTEXT" => format!("NEW_ITEM-LONGTEXT_{index}:132[]"),
        // By hand: there are some twenty on a line.
        name => [name, "[", &index.to_string(), "]"].concat(),
    }
}

struct Writer<'a> {
    context: Context<'a>,
    charset: Charset,
    number: u32,
    values: Values,
    findings: &'a mut Findings,
    transliterated: usize,
}

/// The values of a line by the full names of their fields. Those of the table stand at its places: no name is put together for them.
struct Values {
    of_table: [Option<String>; FIELDS.len()],
    others: BTreeMap<String, String>,
}

impl Values {
    fn new() -> Values {
        Values { of_table: [const { None }; FIELDS.len()], others: BTreeMap::new() }
    }

    fn place(&mut self, full_name: &str) -> Option<&mut Option<String>> {
        self.of_table.get_mut(fields::place(full_name.strip_prefix("NEW_ITEM-")?)?)
    }

    fn insert(&mut self, full_name: &str, value: String) {
        match self.place(full_name) {
            Some(place) => *place = Some(value),
            None => drop(self.others.insert(full_name.to_string(), value)),
        }
    }

    fn remove(&mut self, full_name: &str) {
        match self.place(full_name) {
            Some(place) => *place = None,
            None => drop(self.others.remove(full_name)),
        }
    }

    /// Whether a field of the table has a value.
    fn is_filled(&self, name: &str) -> bool {
        fields::place(name).and_then(|place| self.of_table.get(place)?.as_ref()).is_some_and(|value| !value.is_empty())
    }
}

fn write_line(context: Context<'_>, charset: Charset, line: &Line<'_>, number: u32, pairs: &mut Vec<(String, String)>, findings: &mut Findings) {
    let connection = context.connection;
    let mut writer = Writer { context, charset, number, values: Values::new(), findings, transliterated: 0 };
    writer.standard(line);
    writer.mapped(line);
    writer.check_needs();
    let transliterated = writer.transliterated;
    let values = writer.values;
    if transliterated > 0 {
        findings.push(Finding::note(Code::Transliterated, "").line(number).value(transliterated));
    }
    let index = connection.start_index.saturating_add(number - 1);
    for (field, value) in FIELDS.iter().zip(values.of_table) {
        let empty = || (connection.send_empty_optional_fields && field.optional).then(String::new);
        pairs.extend(value.or_else(empty).map(|value| (field_name(field.full_name, index), value)));
    }
    pairs.extend(values.others.into_iter().map(|(name, value)| (field_name(&name, index), value)));
}

impl Writer<'_> {
    fn fail(&mut self, code: Code, field: &str, value: &str, limit: impl std::fmt::Display) {
        self.findings.push(Finding::error(code, field).line(self.number).value(value).limit(limit));
    }

    /// Sets a standard field, cut or refused when it is too long. An empty value is no value; an identifier of which the
    /// charset can show nothing is refused.
    fn set(&mut self, name: &str, value: &str) {
        if let Some(field) = fields::find(name) {
            self.set_limited(field.full_name, value, field.max);
        }
    }

    fn set_limited(&mut self, full_name: &str, value: &str, max: usize) {
        let short = full_name.strip_prefix("NEW_ITEM-").unwrap_or(full_name);
        let kept = clean(value, short == "LONGTEXT");
        let (text, replaced) = self.charset.transliterate(&kept);
        self.transliterated += replaced;
        // What stands for a character may bring breaks and blanks of its own.
        let mut text = if replaced > 0 { clean(&text, short == "LONGTEXT") } else { text.into_owned() };
        let is_code = || fields::find(short).map_or(Kind::Code, |field| field.kind) == Kind::Code;
        if text.is_empty() {
            self.values.remove(full_name);
            if !kept.is_empty() && is_code() {
                let points: Vec<String> = kept.chars().map(|c| format!("U+{:04X}", u32::from(c))).collect();
                self.fail(Code::NotInCharset, short, &points.join(" "), self.charset.label());
            }
            return;
        }
        if text.chars().count() > max {
            if is_code() {
                return self.fail(Code::ValueTooLong, short, &text, max);
            }
            text = cut(&text, max);
            self.findings.push(Finding::note(Code::TextCut, short).line(self.number).limit(max));
        }
        self.values.insert(full_name, text);
    }

    fn standard(&mut self, line: &Line<'_>) {
        let article = line.article.as_ref();
        let text = article.text(self.context.language);
        self.set("MATNR", &article.buyer_material);
        let only_matnr = self.context.connection.matnr_excludes_description && !article.buyer_material.is_empty();
        if !only_matnr {
            self.set("DESCRIPTION", &text.description);
        }
        let was_cut = text.description.chars().count() > 40 || self.charset.transliterate(&text.description).0.chars().count() > 40;
        let long_text = if text.long_text.is_empty() && was_cut { &text.description } else { &text.long_text };
        self.set("LONGTEXT", long_text);
        self.quantity(line.quantity);
        self.unit(&article.unit);
        self.price(&article.price);
        if let Some(days) = article.lead_days {
            self.set("LEADTIME", &days.to_string());
        }
        self.set("VENDOR", &self.context.call_up.vendor.clone());
        self.set("VENDORMAT", &article.number);
        self.set("EXT_PRODUCT_ID", &article.number);
        self.set("MANUFACTCODE", &article.manufacturer_code);
        self.set("MANUFACTMAT", &article.manufacturer_part);
        self.set("SERVICE", if article.service { "X" } else { "" });
        self.set("CONTRACT", &article.contract);
        self.set("CONTRACT_ITEM", &article.contract_item);
        self.set("EXT_SCHEMA_TYPE", &article.schema);
        self.set("EXT_CATEGORY", &article.category);
        self.set("EXT_CATEGORY_ID", &article.category_id);
        if !self.context.quote.is_empty() {
            self.set("EXT_QUOTE_ID", self.context.quote);
            self.set("EXT_QUOTE_ITEM", &self.number.to_string());
        }
    }

    ///
    fn quantity(&mut self, value: Decimal) {
        if self.context.connection.whole_quantities_only && !value.fract().is_zero() {
            return self.fail(Code::QuantityWhole, "QUANTITY", &value.to_string(), 1);
        }
        // A field has three decimals: what does not fit is refused, never rounded to another quantity.
        if round3(value) != value {
            return self.fail(Code::QuantityStep, "QUANTITY", &value.to_string(), "0.001");
        }
        self.number("QUANTITY", value);
    }

    fn number(&mut self, field: &str, value: Decimal) {
        if !quantity::fits_wire(value) {
            return self.fail(Code::NumberTooLarge, field, &value.normalize().to_string(), quantity::INTEGER_DIGITS_MAX);
        }
        let text = write_number(value, self.context.connection.number_style);
        if let Some(field) = fields::find(field) {
            self.values.insert(field.full_name, text);
        }
    }

    ///
    fn unit(&mut self, unit: &str) {
        let known = self.context.connection.unit_table.get(unit).cloned();
        let is_code = (2..=3).contains(&unit.len()) && unit.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        match known {
            Some(mapped) => self.set("UNIT", &mapped),
            None if is_code => self.set("UNIT", unit),
            None => self.fail(Code::UnitUnknown, "UNIT", unit, "3"),
        }
    }

    ///
    fn price(&mut self, price: &Price) {
        let connection = self.context.connection;
        if price.amount.is_zero() && connection.zero_price == ZeroPrice::Refused {
            return self.fail(Code::PriceZero, "PRICE", "0", "0");
        }
        let (amount, per, rounded) = wire_price(price, connection.receiver_ignores_priceunit);
        if rounded {
            let exact = price.amount.checked_div(Decimal::from(price.per)).unwrap_or(price.amount);
            let finding = Finding::note(Code::PriceRounded, "PRICE").line(self.number).value(exact.normalize()).limit(amount);
            self.findings.push(finding);
        }
        self.number("PRICE", amount);
        self.set("PRICEUNIT", &per.to_string());
        self.set("CURRENCY", price.currency.as_str());
    }

    fn mapped(&mut self, line: &Line<'_>) {
        for (name, mapped) in &self.context.connection.field_mapping {
            let value = self.source(&mapped.from, line);
            let short = name.strip_prefix("NEW_ITEM-").unwrap_or(name);
            let limit = mapped.max.unwrap_or_else(|| fields::find(short).map_or(fields::EXTENSION_MAX, |field| field.max));
            self.set_limited(name, &value, limit);
        }
    }

    fn source(&self, source: &Source, line: &Line<'_>) -> String {
        let call_up = self.context.call_up;
        match source {
            Source::Constant(text) => text.clone(),
            Source::Article(name) => line.article.field(name).unwrap_or_default(),
            Source::CallUp(name) => {
                let found = call_up.parameters.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
                found.map(|(_, value)| value.clone()).unwrap_or_default()
            }
            Source::User(name) => match name.as_str() {
                "name" => call_up.user.clone(),
                "organisation" => call_up.organisation.clone(),
                _ => String::new(),
            },
            Source::Basket(name) => match name.as_str() {
                "number" => self.context.quote.to_string(),
                "language" => self.context.language.as_str().to_string(),
                "connection" => self.context.connection.name.clone(),
                _ => String::new(),
            },
            Source::Line(name) => match name.as_str() {
                "number" => self.number.to_string(),
                "quantity" => line.quantity.normalize().to_string(),
                name => coding::Kind::parse(name).map(|kind| line.coding.get(kind).to_string()).unwrap_or_default(),
            },
        }
    }

    /// R-35, 5.2: on what will be sent, wherever it came from. A field refused for another reason is not named twice.
    fn check_needs(&mut self) {
        for (field, needed) in NEEDS {
            if self.values.is_filled(field) && !self.values.is_filled(needed) {
                self.fail(Code::FieldNeedsField, field, "", needed);
            }
        }
        let refused = |findings: &Findings, name: &str, number: u32| findings.errors().any(|f| f.line == Some(number) && f.field == name);
        for needed in ["DESCRIPTION", "UNIT"] {
            let missing = !self.values.is_filled("MATNR") && !self.values.is_filled(needed);
            if missing && !refused(self.findings, needed, self.number) {
                self.fail(Code::FieldNeedsField, needed, "", "MATNR");
            }
        }
    }
}

/// R-37: line breaks are kept in LONGTEXT; every other control character becomes a space. No value starts or ends with one (5.3)
/// unless it is part of an identifier, whose inner blanks are kept.
fn clean(value: &str, keep_breaks: bool) -> String {
    if !value.contains(char::is_control) {
        return value.trim().to_string();
    }
    let text: String = value
        .replace("\r\n", "\n")
        .chars()
        .map(|c| match c {
            '\n' | '\r' if keep_breaks => '\n',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect();
    text.trim().to_string()
}

/// at most `max` characters, never between a letter and the mark that belongs to it.
fn cut(text: &str, max: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut end = max.min(chars.len());
    let belongs_to_previous = |c: char| matches!(c, '\u{300}'..='\u{36f}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}');
    while end > 1 && chars.get(end).copied().is_some_and(belongs_to_previous) {
        end -= 1;
    }
    chars[..end].iter().collect::<String>().trim_end().to_string()
}

/// amount and price unit such that amount ÷ unit is the exact price of one, and whether it had to be rounded.
fn wire_price(price: &Price, ignores_unit: bool) -> (Decimal, u32, bool) {
    let amount = price.amount.normalize();
    if ignores_unit {
        let exact = amount.checked_div(Decimal::from(price.per)).unwrap_or(amount).normalize();
        let rounded = round3(exact);
        return (rounded, 1, rounded != exact);
    }
    let mut scaled = amount;
    let mut per = price.per;
    while scaled.scale() > 3 {
        let next = (scaled.checked_mul(Decimal::TEN), per.checked_mul(10));
        match next {
            (Some(more), Some(unit)) if unit <= 99_999 => {
                scaled = more.normalize();
                per = unit;
            }
            _ => return (round3(amount), price.per, true),
        }
    }
    (scaled, per, false)
}

/// 5.3, R-32.
pub fn write_number(value: Decimal, style: NumberStyle) -> String {
    let value = round3(value);
    match style {
        NumberStyle::Plain3 => format!("{value:.3}"),
        NumberStyle::Minimal => value.normalize().to_string(),
        NumberStyle::Padded15 => format!("{value:0>15.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Currency;
    use proptest::prelude::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().expect("a literal of this test")
    }

    fn price(amount: &str, per: u32) -> Price {
        Price { amount: decimal(amount), per, currency: Currency::EUR }
    }

    /// the examples of the rule and the edges of it.
    #[test]
    fn prices_are_exact_as_long_as_the_price_unit_fits() {
        for (amount, per, ignores, expected) in [
            ("0.95", 1, false, ("0.95", 1, false)),
            ("10.00", 100, false, ("10", 100, false)),
            ("0.0125", 1, false, ("0.125", 10, false)),
            ("0.00125", 1, false, ("0.125", 100, false)),
            ("0.00000125", 1, false, ("0.000", 1, true)),
            ("0.12345", 10_000, false, ("0.123", 10_000, true)),
            ("10.00", 100, true, ("0.1", 1, false)),
            ("0.0125", 1, true, ("0.013", 1, true)),
        ] {
            let (value, unit, rounded) = wire_price(&price(amount, per), ignores);
            assert_eq!((value.normalize(), unit, rounded), (decimal(expected.0).normalize(), expected.1, expected.2), "{amount} per {per}");
        }
    }

    /// 5.3, R-32.
    #[test]
    fn numbers_in_the_three_styles() {
        for (value, plain, minimal, padded) in [
            ("12", "12.000", "12", "00000000012.000"),
            ("0.95", "0.950", "0.95", "00000000000.950"),
            ("99999999999.999", "99999999999.999", "99999999999.999", "99999999999.999"),
        ] {
            let value = decimal(value);
            assert_eq!(write_number(value, NumberStyle::Plain3), plain);
            assert_eq!(write_number(value, NumberStyle::Minimal), minimal);
            assert_eq!(write_number(value, NumberStyle::Padded15), padded);
        }
    }

    /// at a character boundary, a mark stays with its letter.
    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(cut("Prüfstäbchen", 6), "Prüfst");
        assert_eq!(cut("ae\u{301}x", 2), "a");
        assert_eq!(cut("ab cd", 3), "ab");
    }

    ///
    #[test]
    fn values_lose_control_characters_and_keep_inner_blanks() {
        assert_eq!(clean("a\tb\r\nc", false), "a b c");
        assert_eq!(clean("a\tb\r\nc", true), "a b\nc");
        assert_eq!(clean(" 031710    005  100 ", false), "031710    005  100");
    }

    /// Found by fuzzing: a quantity finer than the field must not become zero or another one.
    #[test]
    fn a_quantity_that_needs_more_decimals_is_refused() {
        let settings = crate::wire::settings::ArticleSettings {
            number: "A".into(),
            description: "A".into(),
            unit: "PCE".into(),
            price: "1".into(),
            currency: "EUR".into(),
            ..Default::default()
        };
        let article = settings.article().0.expect("an article");
        let (connection, call_up) = (Connection::default(), CallUp::default());
        let context = Context { connection: &connection, call_up: &call_up, language: Language::En, quote: "" };
        for (quantity, errors) in [("0.000001", 1), ("1.2345", 1), ("1.234", 0), ("1.2340", 0)] {
            let line = Line { article: Cow::Borrowed(&article), quantity: decimal(quantity), coding: Coding::default() };
            let (_, findings) = write(context, &[line]);
            assert_eq!(findings.errors().count(), errors, "{quantity}: {findings:?}");
        }
    }

    /// 5.3. Found by fuzzing: an identifier of which the charset shows nothing was left out, and the line with it.
    #[test]
    fn what_is_transliterated_is_clean_too_and_no_identifier_vanishes() {
        let connection = Connection { default_return_charset: "iso-8859-1".into(), ..Connection::default() };
        let call_up = CallUp::default();
        let context = Context { connection: &connection, call_up: &call_up, language: Language::En, quote: "" };
        for (number, description, expected) in [
            ("\u{202c}", "A", Err(("VENDORMAT", Code::NotInCharset))),
            ("A-1", "\u{202c}", Err(("DESCRIPTION", Code::FieldNeedsField))),
            ("A-1", "one\u{2028}two", Ok(("A-1", "one two"))),
            ("A-1", "glass \u{5317}", Ok(("A-1", "glass Bei"))),
            ("\u{202a}A-1\u{202c}", "A", Ok(("A-1", "A"))),
        ] {
            let settings = crate::wire::settings::ArticleSettings {
                number: number.into(),
                description: description.into(),
                unit: "PCE".into(),
                price: "1".into(),
                currency: "EUR".into(),
                ..Default::default()
            };
            let article = settings.article().0.expect("an article");
            let line = Line { article: Cow::Owned(article), quantity: Decimal::ONE, coding: Coding::default() };
            let (form, findings) = write(context, &[line]);
            let value = |name: &str| form.pairs.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
            match expected {
                Err((field, code)) => assert!(findings.errors().any(|f| f.field == field && f.code == code), "{number:?}: {findings:?}"),
                Ok((vendormat, text)) => {
                    assert!(!findings.has_error(), "{findings:?}");
                    assert_eq!((value("NEW_ITEM-VENDORMAT[1]"), value("NEW_ITEM-DESCRIPTION[1]")), (Some(vendormat), Some(text)));
                }
            }
        }
    }

    proptest! {
        /// PRICE ÷ PRICEUNIT is exactly the price of one, unless it was said that it is not.
        #[test]
        fn a_price_that_is_not_rounded_is_exact(minor in 0i64..10_000_000_000, scale in 0u32..9, per in prop::sample::select(vec![1u32, 10, 100, 1000])) {
            let price = Price { amount: Decimal::new(minor, scale), per, currency: Currency::EUR };
            let (amount, unit, rounded) = wire_price(&price, false);
            prop_assert!(unit <= 99_999 && amount.normalize().scale() <= 3);
            if !rounded {
                prop_assert_eq!(amount * Decimal::from(per), price.amount * Decimal::from(unit));
            }
        }
    }
}
