//! Texts, numbers and dates for readers in four languages. The texts stand in `src/locale/*.ftl`; a test keeps them complete.
//! For pages and mails only: no protocol ever uses a locale.

use std::collections::HashMap;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use rust_decimal::Decimal;

use crate::domain::finding::{Code, Finding};
use crate::domain::money::Money;
use crate::domain::name::Language;
use crate::domain::time::Timestamp;

const SOURCES: [(Language, &str, &str); 4] = [
    (Language::Nl, "nl", include_str!("locale/nl.ftl")),
    (Language::En, "en", include_str!("locale/en.ftl")),
    (Language::Fr, "fr", include_str!("locale/fr.ftl")),
    (Language::De, "de", include_str!("locale/de.ftl")),
];

type Bundle = FluentBundle<FluentResource>;

static BUNDLES: LazyLock<Vec<(Language, Bundle)>> =
    LazyLock::new(|| SOURCES.iter().map(|(language, tag, source)| (*language, bundle(tag, source))).collect());

/// Texts that need nothing filled in, worked out once: a page asks for hundreds of them.
static PLAIN: LazyLock<Vec<(Language, HashMap<String, String>)>> = LazyLock::new(|| {
    let plain = |(language, bundle): &(Language, Bundle), source: &str| {
        let keys = source.lines().filter_map(|line| line.split_once(" =").map(|(key, _)| key)).filter(|key| !key.starts_with([' ', '#', '[']));
        let texts = keys.filter_map(|key| {
            let mut errors = Vec::new();
            let text = bundle.format_pattern(bundle.get_message(key)?.value()?, None, &mut errors).into_owned();
            errors.is_empty().then(|| (key.to_string(), text))
        });
        (*language, texts.collect())
    };
    BUNDLES.iter().zip(SOURCES).map(|(bundle, (_, _, source))| plain(bundle, source)).collect()
});

fn bundle(tag: &str, source: &str) -> Bundle {
    let langid = tag.parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![langid]);
    // Directional marks around values would show up in copied codes and in tests of equality.
    bundle.set_use_isolating(false);
    let resource = FluentResource::try_new(source.to_string()).unwrap_or_else(|(resource, _)| resource);
    bundle.add_resource_overriding(resource);
    bundle
}

/// The texts of one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Texts(pub Language);

impl Texts {
    pub fn language(&self) -> &'static str {
        self.0.as_str()
    }

    /// A text without parts to fill in.
    pub fn get(&self, key: &str) -> String {
        let plain = PLAIN.iter().find(|(language, _)| *language == self.0).and_then(|(_, texts)| texts.get(key));
        plain.cloned().unwrap_or_else(|| self.fill(key, &FluentArgs::new()))
    }

    /// A text with one part.
    pub fn with(&self, key: &str, name: &str, value: impl ToString) -> String {
        self.with_all(key, &[(name, value.to_string())])
    }

    /// A text with parts. A part that is a whole number may choose a plural.
    pub fn with_all(&self, key: &str, parts: &[(&str, String)]) -> String {
        let mut args = FluentArgs::new();
        for (name, value) in parts {
            match value.parse::<i64>() {
                Ok(number) if *name == "count" => args.set(*name, number),
                _ => args.set(*name, value.clone()),
            }
        }
        self.fill(key, &args)
    }

    /// `3 lines`: a text that depends on a number.
    pub fn count(&self, key: &str, count: &usize) -> String {
        self.with_all(key, &[("count", count.to_string())])
    }

    fn fill(&self, key: &str, args: &FluentArgs<'_>) -> String {
        let found = BUNDLES.iter().find(|(language, _)| *language == self.0).and_then(|(_, bundle)| {
            let pattern = bundle.get_message(key)?.value()?;
            Some(bundle.format_pattern(pattern, Some(args), &mut Vec::new()).into_owned())
        });
        found.unwrap_or_else(|| key.to_string())
    }

    /// A number as this language writes it, with at least `decimals` decimals.
    pub fn number(&self, value: &Decimal, decimals: &u32) -> String {
        let value = value.normalize();
        let plain = format!("{value:.*}", value.scale().max(*decimals) as usize);
        let (sign, digits) = plain.strip_prefix('-').map_or(("", plain.as_str()), |digits| ("−", digits));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let (group, point) = match self.0 {
            Language::En => (',', '.'),
            Language::Nl | Language::De => ('.', ','),
            Language::Fr => ('\u{202f}', ','),
        };
        let mut out = String::from(sign);
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && (whole.len() - at) % 3 == 0 {
                out.push(group);
            }
            out.push(digit);
        }
        if !fraction.is_empty() {
            out.push(point);
            out.push_str(fraction);
        }
        out
    }

    /// An amount without its currency.
    pub fn amount(&self, money: &Money) -> String {
        self.number(&money.decimal(), &money.currency.exponent())
    }

    /// An amount with its currency, where this language puts it.
    pub fn money(&self, money: &Money) -> String {
        let sign = match money.currency.as_str() {
            "EUR" => "€",
            "GBP" => "£",
            "USD" => "$",
            other => other,
        };
        let amount = self.amount(money);
        match self.0 {
            Language::En => format!("{sign}{amount}"),
            Language::Nl => format!("{sign}\u{a0}{amount}"),
            Language::Fr | Language::De => format!("{amount}\u{a0}{sign}"),
        }
    }

    /// A day as this language writes it.
    pub fn date(&self, at: &Timestamp) -> String {
        self.iso_date(&at.date())
    }

    /// The same from its ISO form; other texts stay as they are.
    pub fn iso_date(&self, iso: &str) -> String {
        let parts: Vec<&str> = iso.split('-').collect();
        match (self.0, parts.as_slice()) {
            (Language::Nl, [year, month, day]) => format!("{day}-{month}-{year}"),
            (Language::En | Language::Fr, [year, month, day]) => format!("{day}/{month}/{year}"),
            (Language::De, [year, month, day]) => format!("{day}.{month}.{year}"),
            _ => iso.to_string(),
        }
    }

    /// Day and time as the clocks of a time zone show it, with its abbreviation.
    pub fn moment(&self, at: &Timestamp, zone: &str) -> String {
        let (day, time, name) = at.local(zone);
        format!("{} {time} {name}", self.iso_date(&day))
    }

    /// A unit behind a number: `stuks`, `metres`.
    pub fn unit(&self, code: &str, count: &usize) -> String {
        // Several codes mean the same to a reader.
        let word = match code {
            "EA" | "C62" | "H87" => "pce",
            "XBX" => "bx",
            "XPK" => "pk",
            other => other,
        };
        let key = format!("unit-{}", word.to_ascii_lowercase());
        let text = self.count(&key, count);
        if text == key { code.to_string() } else { text }
    }

    /// What a finding says to a reader, with line, field and limit.
    pub fn finding(&self, finding: &Finding) -> String {
        let named = format!("field-{}", finding.field.to_ascii_lowercase().replace('_', "-"));
        let label = self.get(&named);
        let field = if label == named { finding.field.clone() } else { label };
        let parts = [("field", field), ("value", finding.value.clone()), ("limit", finding.limit.clone())];
        let key = match (finding.code, finding.limit.is_empty()) {
            (Code::Unusable, false) => "finding-unusable-limit".to_string(),
            _ => format!("finding-{}", finding.code.as_str()),
        };
        let text = self.with_all(&key, &parts);
        match finding.line {
            Some(line) => format!("{}: {text}", self.with("line-number", "line", line)),
            None => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the patterns of the Unicode locale data for these four languages.
    #[test]
    fn writes_numbers_and_dates_as_readers_expect() {
        let value: Decimal = "1234567.5".parse().expect("a literal of this test");
        let small: Decimal = "0.0125".parse().expect("a literal of this test");
        for (language, number, tiny, date) in [
            (Language::Nl, "1.234.567,50", "0,0125", "21-11-2026"),
            (Language::En, "1,234,567.50", "0.0125", "21/11/2026"),
            (Language::Fr, "1\u{202f}234\u{202f}567,50", "0,0125", "21/11/2026"),
            (Language::De, "1.234.567,50", "0,0125", "21.11.2026"),
        ] {
            let texts = Texts(language);
            assert_eq!(texts.number(&value, &2), number);
            assert_eq!(texts.number(&small, &2), tiny);
            assert_eq!(texts.iso_date("2026-11-21"), date);
        }
    }
}
