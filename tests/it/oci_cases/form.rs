//! Judges the return form word by word, after HTML parsing. It must fail on a word that it does not know.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::judge::{Verdict, texts};
use super::observed::{BrowserReport, ReturnForm};
use crate::support::html::distinct_names;

/// SAP fields of R-27, by their names in lower case and without the tilde.
const ECHOED: [&str; 5] = ["okcode", "target", "caller", "forcetarget", "forcetarge"];

/// Names of table 5.1.
pub const STANDARD: &[&str] = &[
    "DESCRIPTION",
    "MATNR",
    "QUANTITY",
    "UNIT",
    "PRICE",
    "CURRENCY",
    "PRICEUNIT",
    "LEADTIME",
    "VENDOR",
    "VENDORMAT",
    "MANUFACTCODE",
    "MANUFACTMAT",
    "MATGROUP",
    "SERVICE",
    "CONTRACT",
    "CONTRACT_ITEM",
    "EXT_QUOTE_ID",
    "EXT_QUOTE_ITEM",
    "EXT_PRODUCT_ID",
    "ATTACHMENT",
    "ATTACHMENT_TITLE",
    "ATTACHMENT_PURPOSE",
    "EXT_SCHEMA_TYPE",
    "EXT_CATEGORY_ID",
    "EXT_CATEGORY",
    "SLD_SYS_NAME",
    "TAX",
    "PARENT_ID",
    "ITEM_TYPE",
];

pub struct FormJudge<'a> {
    pub seen: &'a ReturnForm,
    pub connection: &'a Map<String, Value>,
    pub browser: Option<&'a Result<BrowserReport, String>>,
}

impl FormJudge<'_> {
    pub fn judge(&self, expect: &Map<String, Value>, verdict: &mut Verdict) {
        for (word, wanted) in expect {
            if let Err(difference) = self.word(word, wanted) {
                verdict.differs(format!("return_form.{word}: {difference}"));
            }
        }
    }

    fn word(&self, word: &str, wanted: &Value) -> Result<(), String> {
        let form = &self.seen.form;
        match word {
            "action" => same(form.action(), text(wanted)?),
            "action_is_not" => {
                let unwanted = texts(wanted)?;
                holds(!unwanted.iter().any(|u| u == form.action()), || format!("action is {:?}", form.action()))
            }
            "method" => same(&form.method(), &text(wanted)?.to_ascii_lowercase()),
            "target" => match wanted {
                Value::Null => holds(form.attribute("target").is_none(), || "there is a target".into()),
                _ => same(form.attribute("target").unwrap_or("(none)"), text(wanted)?),
            },
            "accept_charset" => same(&form.attribute("accept-charset").unwrap_or("(none)").to_ascii_lowercase(), &text(wanted)?.to_ascii_lowercase()),
            "page_charset" => self.page_charset(text(wanted)?),
            "echo" => self.echo(wanted),
            "lines" => self.lines(|n| number(wanted).map(|w| (n == w, format!("exactly {w}")))),
            "lines_min" => self.lines(|n| number(wanted).map(|w| (n >= w, format!("at least {w}")))),
            "lines_max" => self.lines(|n| number(wanted).map(|w| (n <= w, format!("at most {w}")))),
            "indexes" => self.indexes_are(wanted),
            "indexes_contiguous" => self.contiguous(wanted),
            "fields_equal" => self.each_field(wanted, |value, w| same(value.unwrap_or("(absent)"), text(w)?).and_then(|()| present(value))),
            "fields_match" => self.each_field(wanted, |value, w| matches(value, text(w)?)),
            "fields_prefix_of" => self.each_field(wanted, |value, w| {
                let (value, whole) = (value.ok_or("absent")?, text(w)?);
                holds(!value.is_empty() && whole.starts_with(value), || format!("{value:?} does not begin {whole:?}"))
            }),
            "max_chars" => self.each_field(wanted, |value, w| {
                let count = value.ok_or("absent")?.chars().count();
                holds(count <= number(w)?, || format!("{count} characters"))
            }),
            "min_chars" => self.each_field(wanted, |value, w| {
                let count = value.ok_or("absent")?.chars().count();
                holds(count >= number(w)?, || format!("{count} characters"))
            }),
            "fields_absent" => self.each_name(wanted, |n, values| holds(values.is_empty(), || format!("{n} is there: {values:?}"))),
            "fields_empty_or_absent" => {
                self.each_name(wanted, |n, values| holds(values.iter().all(String::is_empty), || format!("{n} is {values:?}")))
            }
            "fields_equal_or_absent" => self.each_field(wanted, |value, w| match value {
                None => Ok(()),
                Some(value) => same(value, text(w)?),
            }),
            "names_absent_matching" => self.no_name_matches(wanted),
            "no_value_matches" => self.no_value_matches(wanted),
            "names_exactly_once" => self.each_name(wanted, |n, values| holds(values.len() == 1, || format!("{n} occurs {} times", values.len()))),
            "first_fields" => self.first_fields(wanted),
            "same_value" => self.same_value(wanted),
            "only_protocol_fields" => self.only_protocol_fields(wanted),
            "autosubmit" => flag(wanted, self.submits_itself(), "the page submits itself"),
            "visible_button" => flag(wanted, self.has_visible_button(), "there is a visible button"),
            "works_without_script" => flag(wanted, self.works_without_script(), "it works without script"),
            "no_control_named" => self.no_control_named(wanted),
            "values_repertoire" => self.repertoire(text(wanted)?),
            "raw_html_absent" => {
                let found: Vec<String> = texts(wanted)?.into_iter().filter(|t| self.seen.page.source.contains(t)).collect();
                holds(found.is_empty(), || format!("the source holds {found:?}"))
            }
            "attributes_absent" => {
                let found: Vec<String> = texts(wanted)?.into_iter().filter(|a| form.attribute(a).is_some()).collect();
                holds(found.is_empty(), || format!("the form has {found:?}"))
            }
            "line_total" => self.each_line(wanted, |f, n| Ok(f.amount("QUANTITY", n)? * f.amount("PRICE", n)?)),
            "price_per_one" => self.each_line(wanted, |f, n| f.amount("PRICE", n)),
            "browser_submits_to_prefix" => self.submits_to_prefix(text(wanted)?),
            _ => Err("unknown word".to_owned()),
        }
    }

    fn fields(&self) -> Vec<(String, String)> {
        self.seen.fields()
    }

    fn values(&self, name: &str) -> Vec<String> {
        self.fields().into_iter().filter(|(n, _)| n == name).map(|(_, v)| v).collect()
    }

    fn each_name(&self, wanted: &Value, check: impl Fn(&str, &[String]) -> Result<(), String>) -> Result<(), String> {
        texts(wanted)?.iter().try_for_each(|name| check(name, &self.values(name)))
    }

    fn each_field(&self, wanted: &Value, check: impl Fn(Option<&str>, &Value) -> Result<(), String>) -> Result<(), String> {
        let map = wanted.as_object().ok_or("names with values expected")?;
        for (name, value) in map {
            let values = self.values(name);
            if values.len() > 1 {
                return Err(format!("{name} occurs {} times", values.len()));
            }
            check(values.first().map(String::as_str), value).map_err(|e| format!("{name}: {e}"))?;
        }
        Ok(())
    }

    fn echo(&self, wanted: &Value) -> Result<(), String> {
        let pairs = wanted.as_array().ok_or("a list of pairs expected")?;
        let wanted: BTreeSet<(String, String)> =
            pairs.iter().map(|p| Ok((text(&p[0])?.to_owned(), text(&p[1])?.to_owned()))).collect::<Result<_, String>>()?;
        let sap: Vec<(String, String)> = self.fields().into_iter().filter(|(n, _)| is_echoed(n)).collect();
        let found: BTreeSet<(String, String)> = sap.iter().cloned().collect();
        holds(found == wanted && found.len() == sap.len(), || format!("sent {sap:?}, expected {wanted:?}"))
    }

    fn indexes(&self) -> BTreeSet<u64> {
        self.fields().iter().filter_map(|(n, _)| bracketed(n.strip_prefix("NEW_ITEM-VENDORMAT")?)).collect()
    }

    fn lines(&self, check: impl Fn(usize) -> Result<(bool, String), String>) -> Result<(), String> {
        let count = self.indexes().len();
        let (right, wanted) = check(count)?;
        holds(right, || format!("{count} lines, expected {wanted}"))
    }

    fn indexes_are(&self, wanted: &Value) -> Result<(), String> {
        let list = wanted.as_array().ok_or("a list of numbers expected")?;
        let wanted: BTreeSet<u64> = list.iter().filter_map(Value::as_u64).collect();
        let found = self.indexes();
        holds(found == wanted, || format!("{found:?}, expected {wanted:?}"))
    }

    fn contiguous(&self, wanted: &Value) -> Result<(), String> {
        let start = self.connection.get("start_index").and_then(Value::as_u64).unwrap_or(1);
        let found = self.indexes();
        let without_holes = found.iter().copied().eq((start..).take(found.len()));
        flag(wanted, Ok(without_holes), &format!("no holes in {found:?}"))
    }

    fn page_charset(&self, wanted: &str) -> Result<(), String> {
        let sent = self.seen.answer.charset().unwrap_or_else(|| "(none)".to_owned());
        same(&sent, &wanted.to_ascii_lowercase())?;
        let meta = Regex::new(r#"(?i)<meta[^>]+charset=["']?([\w-]+)"#).expect("a pattern written in this file");
        match meta.captures(&self.seen.page.source) {
            Some(found) => same(&found[1].to_ascii_lowercase(), &wanted.to_ascii_lowercase()).map_err(|e| format!("meta: {e}")),
            None => Ok(()),
        }
    }

    fn no_name_matches(&self, wanted: &Value) -> Result<(), String> {
        for pattern in texts(wanted)? {
            let pattern = Regex::new(&pattern).map_err(|e| e.to_string())?;
            if let Some((name, _)) = self.fields().iter().find(|(n, _)| pattern.is_match(n)) {
                return Err(format!("{name} matches {pattern}"));
            }
        }
        Ok(())
    }

    fn no_value_matches(&self, wanted: &Value) -> Result<(), String> {
        for pattern in texts(wanted)? {
            let pattern = Regex::new(&pattern).map_err(|e| e.to_string())?;
            if let Some((name, value)) = self.fields().iter().find(|(_, v)| pattern.is_match(v)) {
                return Err(format!("{name}={value:?} matches {pattern}"));
            }
        }
        Ok(())
    }

    fn first_fields(&self, wanted: &Value) -> Result<(), String> {
        let list = wanted.as_array().ok_or("a list expected")?;
        let fields = self.fields();
        for (at, want) in list.iter().enumerate() {
            let (name, value) = fields.get(at).ok_or_else(|| format!("only {} fields", fields.len()))?;
            match want {
                Value::String(n) => same(name, n)?,
                pair => {
                    same(name, text(&pair[0])?)?;
                    same(value, text(&pair[1])?)?;
                }
            }
        }
        Ok(())
    }

    /// Names that must carry one and the same value: a list, or a list of lists.
    fn same_value(&self, wanted: &Value) -> Result<(), String> {
        let list = wanted.as_array().ok_or("a list of names expected")?;
        if list.iter().all(Value::is_array) {
            return list.iter().try_for_each(|group| self.same_value(group));
        }
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for name in texts(wanted)? {
            let values = self.values(&name);
            let value = values.first().ok_or_else(|| format!("{name} is absent"))?;
            found.entry(value.clone()).or_default().push(name);
        }
        holds(found.len() == 1, || format!("{found:?}"))
    }

    fn only_protocol_fields(&self, wanted: &Value) -> Result<(), String> {
        let mapped: Vec<&String> = ["field_mapping", "fixed_fields"]
            .iter()
            .filter_map(|k| self.connection.get(*k).and_then(Value::as_object))
            .flat_map(|m| m.keys())
            .collect();
        let item = Regex::new(r"^NEW_ITEM-([A-Z0-9_]+)\[\d+\]$").expect("a pattern written in this file");
        let long = Regex::new(r"^NEW_ITEM-LONGTEXT_\d+:132\[\]$").expect("a pattern written in this file");
        let query = self.return_query_names();
        let fields = self.fields();
        let foreign: Vec<&str> = distinct_names(&fields)
            .into_iter()
            .filter(|name| {
                let standard = item.captures(name).is_some_and(|c| is_standard(&c[1]));
                let from_mapping = mapped.iter().any(|m| name == m || name.strip_prefix(m.as_str()).is_some_and(|r| bracketed(r).is_some()));
                !(standard || long.is_match(name) || is_echoed(name) || from_mapping || query.iter().any(|q| q == name))
            })
            .collect();
        flag(wanted, Ok(foreign.is_empty()), &format!("only fields of the protocol and the mapping (others: {foreign:?})"))
    }

    /// With GET the pairs of the return URL's own query come first (R-26).
    fn return_query_names(&self) -> Vec<String> {
        if self.seen.form.method() != "get" {
            return Vec::new();
        }
        let query = self.seen.form.action().split_once('?').map_or("", |(_, q)| q);
        let query = query.split('#').next().unwrap_or("");
        query.split('&').map(|p| crate::support::http::percent_decode(p.split('=').next().unwrap_or(p))).collect()
    }

    /// A script that the page's own policy lets run and that submits the form.
    fn submits_itself(&self) -> Result<bool, String> {
        let page = &self.seen.page;
        let policy = self.seen.answer.headers_named("content-security-policy").collect::<Vec<_>>().join(";");
        let allowed = |nonce: Option<&str>| nonce.is_some_and(|n| !n.is_empty() && policy.contains(&format!("'nonce-{n}'")));
        let submits = |t: &str| [".submit(", ".submit.call(", ".submit.apply(", "requestSubmit("].iter().any(|c| t.contains(c));
        let running = page.scripts.iter().any(|s| submits(&s.text) && (allowed(s.nonce.as_deref()) || policy.is_empty()));
        let blocked = page.scripts.iter().any(|s| submits(&s.text)) && !running;
        if blocked {
            return Err("a script would submit, but the page's policy does not let it run".into());
        }
        let handler = page.handlers.iter().any(|(_, v)| v.contains("submit"));
        if handler {
            return Err("an inline event attribute submits; a policy with nonces does not let it run".into());
        }
        Ok(running || page.meta_refresh.is_some())
    }

    fn has_visible_button(&self) -> Result<bool, String> {
        Ok(self.seen.form.buttons().any(|b| b.visible))
    }

    fn works_without_script(&self) -> Result<bool, String> {
        let form = &self.seen.form;
        let in_noscript = self.seen.page.noscript.iter().any(|n| n.contains("<button") || n.contains("type=\"submit\""));
        let named = form.buttons().find(|b| b.visible && b.name.as_deref().is_some_and(|n| !n.is_empty()));
        if let Some(button) = named {
            return Err(format!("its button would send {:?} along", button.name));
        }
        Ok(!form.action().is_empty() && (form.buttons().any(|b| b.visible) || in_noscript))
    }

    fn no_control_named(&self, wanted: &Value) -> Result<(), String> {
        let banned = texts(wanted)?;
        let of = |c: &crate::support::html::Control, a: &str| c.attribute(a).map(str::to_ascii_lowercase);
        let found: Vec<String> = self
            .seen
            .form
            .controls
            .iter()
            .flat_map(|c| [of(c, "name"), of(c, "id")])
            .flatten()
            .filter(|n| banned.iter().any(|b| b.eq_ignore_ascii_case(n)))
            .collect();
        holds(found.is_empty(), || format!("{found:?}"))
    }

    fn repertoire(&self, charset: &str) -> Result<(), String> {
        let fits = |c: char| match charset.to_ascii_lowercase().as_str() {
            "utf-8" => Ok(true),
            "us-ascii" | "ascii" => Ok(c.is_ascii()),
            // The true repertoire: no Windows characters between 0x80 and 0x9f.
            "iso-8859-1" | "latin1" => Ok(u32::from(c) < 0x80 || (0xa0..=0xff).contains(&u32::from(c))),
            label => {
                let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).ok_or_else(|| format!("charset {label}"))?;
                Ok(!encoding.encode(&c.to_string()).2)
            }
        };
        for (name, value) in self.fields() {
            for c in value.chars() {
                let fits: Result<bool, String> = fits(c);
                if !fits? {
                    return Err(format!("{name} holds {c:?}"));
                }
            }
        }
        Ok(())
    }

    /// Value of a numeric field divided by the price unit for PRICE.
    fn amount(&self, field: &str, index: &str) -> Result<Decimal, String> {
        let name = format!("NEW_ITEM-{field}[{index}]");
        let values = self.values(&name);
        let value = values.first().ok_or_else(|| format!("{name} is absent"))?;
        let amount = decimal(value).ok_or_else(|| format!("{name}={value:?} is not a number"))?;
        if field != "PRICE" {
            return Ok(amount);
        }
        let unit = self.values(&format!("NEW_ITEM-PRICEUNIT[{index}]")).first().cloned().unwrap_or_default();
        let unit = if unit.is_empty() { Decimal::ONE } else { decimal(&unit).ok_or("PRICEUNIT is not a number")? };
        amount.checked_div(unit).ok_or_else(|| "PRICEUNIT is 0".to_owned())
    }

    /// Amounts per line: `{"1": "0.0125"}`, or one value for the first line.
    fn each_line(&self, wanted: &Value, of: impl Fn(&Self, &str) -> Result<Decimal, String>) -> Result<(), String> {
        let first = self.indexes().first().copied().unwrap_or(1).to_string();
        let wanted: Vec<(String, Value)> = match wanted {
            Value::Object(map) => map.iter().map(|(n, v)| (index_of(n), v.clone())).collect(),
            Value::Array(list) => self.indexes().iter().map(u64::to_string).zip(list.iter().cloned()).collect(),
            one => vec![(first, one.clone())],
        };
        for (line, value) in wanted {
            let value_text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let value = decimal(&value_text).ok_or_else(|| format!("{value_text:?} is not a number"))?;
            let found = of(self, &line)?;
            holds(found == value, || format!("line {line}: {found}, expected {value}"))?;
        }
        Ok(())
    }

    fn submits_to_prefix(&self, wanted: &str) -> Result<(), String> {
        let address = browser_get_address(self.seen);
        holds(address.starts_with(wanted), || format!("a browser would request {address:?}"))?;
        match self.browser {
            Some(Ok(report)) => {
                let found: Vec<&str> = report.arrived.iter().map(|a| a.url.as_str()).collect();
                holds(found.iter().any(|u| u.starts_with(wanted)), || format!("the browser requested {found:?}"))
            }
            Some(Err(trouble)) => Err(format!("browser: {trouble}")),
            None => Ok(()),
        }
    }
}

/// The address of a GET submission: the action's query is replaced by the fields (HTML standard).
fn browser_get_address(seen: &ReturnForm) -> String {
    let action = seen.form.action();
    if seen.form.method() != "get" {
        return action.to_owned();
    }
    let (before, fragment) = action.split_once('#').map_or((action, ""), |(a, f)| (a, f));
    let base = before.split('?').next().unwrap_or(before);
    let query = crate::support::http::form_encode(&seen.fields());
    if fragment.is_empty() { format!("{base}?{query}") } else { format!("{base}?{query}#{fragment}") }
}

fn is_echoed(name: &str) -> bool {
    name.strip_prefix('~').is_some_and(|n| ECHOED.contains(&n.to_ascii_lowercase().as_str()))
}

fn is_standard(name: &str) -> bool {
    let custom = name.strip_prefix("CUST_FIELD").is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    custom || STANDARD.contains(&name)
}

/// `[12]` → 12.
fn bracketed(text: &str) -> Option<u64> {
    text.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

/// `1`, `[1]` or `line 1` → `1`.
fn index_of(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn decimal(text: &str) -> Option<Decimal> {
    Decimal::from_str_exact(text.trim()).ok()
}

fn matches(value: Option<&str>, pattern: &str) -> Result<(), String> {
    let value = value.ok_or("absent")?;
    let pattern = Regex::new(pattern).map_err(|e| e.to_string())?;
    holds(pattern.is_match(value), || format!("{value:?} does not match {pattern}"))
}

fn present(value: Option<&str>) -> Result<(), String> {
    value.map(|_| ()).ok_or_else(|| "absent".to_owned())
}

pub fn text(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or_else(|| format!("text expected, not {value}"))
}

pub fn number(value: &Value) -> Result<usize, String> {
    value.as_u64().and_then(|n| usize::try_from(n).ok()).ok_or_else(|| format!("a number expected, not {value}"))
}

pub fn holds(right: bool, difference: impl FnOnce() -> String) -> Result<(), String> {
    if right { Ok(()) } else { Err(difference()) }
}

pub fn same(found: &str, wanted: &str) -> Result<(), String> {
    holds(found == wanted, || format!("{found:?}, expected {wanted:?}"))
}

pub fn flag(wanted: &Value, found: Result<bool, String>, what: &str) -> Result<(), String> {
    let wanted = wanted.as_bool().ok_or_else(|| format!("true or false expected, not {wanted}"))?;
    let found = found?;
    holds(found == wanted, || format!("{what}: {found}, expected {wanted}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::http::Answer;
    use serde_json::json;

    const RIGHT: &str = r#"<!doctype html><html lang="en"><head><meta charset="utf-8"></head><body>
      <form id="oci" method="post" action="https://erp.example.com/r?a=1&amp;b=2" target="_top" accept-charset="utf-8">
      <input type="hidden" name="NEW_ITEM-VENDORMAT[1]" value="TST-1001">
      <input type="hidden" name="NEW_ITEM-QUANTITY[1]" value="200.000">
      <input type="hidden" name="NEW_ITEM-PRICE[1]" value="0.125">
      <input type="hidden" name="NEW_ITEM-PRICEUNIT[1]" value="10">
      <input type="hidden" name="NEW_ITEM-LONGTEXT_1:132[]" value="K&auml;se">
      <input type="hidden" name="~OkCode" value="ADDI">
      <button type="submit">Return</button></form>
      <script nonce="abc">document.getElementById('oci').submit()</script></body></html>"#;

    fn judged(html: &str, expect: &Value) -> Vec<String> {
        let headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Security-Policy", "script-src 'nonce-abc'")];
        let answer = Answer {
            status: 200,
            headers: headers.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect(),
            body: html.as_bytes().to_vec(),
            ..Answer::default()
        };
        let seen = ReturnForm::read(&answer).expect("a form");
        let connection = Map::new();
        let mut verdict = Verdict::default();
        let judge = FormJudge { seen: &seen, connection: &connection, browser: None };
        judge.judge(expect.as_object().expect("an object"), &mut verdict);
        verdict.differences
    }

    /// Each pair: what holds for the right form, and what must be noticed as wrong.
    #[test]
    fn every_word_holds_on_a_right_form_and_fails_on_a_wrong_one() {
        let pairs = [
            ("action", json!("https://erp.example.com/r?a=1&b=2"), json!("https://erp.example.com/r?a=1")),
            ("action_is_not", json!("https://evil.test/"), json!(["https://erp.example.com/r?a=1&b=2"])),
            ("method", json!("POST"), json!("get")),
            ("target", json!("_top"), json!("_parent")),
            ("accept_charset", json!("UTF-8"), json!("iso-8859-1")),
            ("page_charset", json!("utf-8"), json!("iso-8859-1")),
            ("echo", json!([["~OkCode", "ADDI"]]), json!([])),
            ("lines", json!(1), json!(2)),
            ("lines_min", json!(1), json!(2)),
            ("lines_max", json!(1), json!(0)),
            ("indexes", json!([1]), json!([0])),
            ("indexes_contiguous", json!(true), json!(false)),
            ("fields_equal", json!({"NEW_ITEM-PRICE[1]": "0.125"}), json!({"NEW_ITEM-PRICE[1]": "0.13"})),
            ("fields_match", json!({"NEW_ITEM-PRICE[1]": "^0\\."}), json!({"NEW_ITEM-UNIT[1]": ".*"})),
            ("fields_prefix_of", json!({"NEW_ITEM-VENDORMAT[1]": "TST-1001-X"}), json!({"NEW_ITEM-VENDORMAT[1]": "TST-1"})),
            ("max_chars", json!({"NEW_ITEM-LONGTEXT_1:132[]": 4}), json!({"NEW_ITEM-LONGTEXT_1:132[]": 3})),
            ("min_chars", json!({"NEW_ITEM-LONGTEXT_1:132[]": 4}), json!({"NEW_ITEM-LONGTEXT_1:132[]": 5})),
            ("fields_absent", json!(["csrf"]), json!(["~OkCode"])),
            ("fields_empty_or_absent", json!(["csrf"]), json!(["~OkCode"])),
            ("fields_equal_or_absent", json!({"x": "1", "~OkCode": "ADDI"}), json!({"~OkCode": "X"})),
            ("names_absent_matching", json!(["^utf8"]), json!(["LONGTEXT"])),
            ("no_value_matches", json!(["<script"]), json!(["^ADDI$"])),
            ("names_exactly_once", json!(["~OkCode"]), json!(["~CALLER"])),
            ("first_fields", json!([["NEW_ITEM-VENDORMAT[1]", "TST-1001"]]), json!(["~OkCode"])),
            ("same_value", json!(["NEW_ITEM-PRICE[1]", "NEW_ITEM-PRICE[1]"]), json!(["NEW_ITEM-PRICE[1]", "~OkCode"])),
            ("only_protocol_fields", json!(true), json!(false)),
            ("autosubmit", json!(true), json!(false)),
            ("visible_button", json!(true), json!(false)),
            ("works_without_script", json!(true), json!(false)),
            ("no_control_named", json!(["submit"]), json!(["~okcode"])),
            ("values_repertoire", json!("iso-8859-1"), json!("us-ascii")),
            ("raw_html_absent", json!(["&#8364;"]), json!(["&auml;"])),
            ("attributes_absent", json!(["onsubmit"]), json!(["target"])),
            ("line_total", json!({"1": "2.50"}), json!({"1": "25"})),
            ("price_per_one", json!({"1": "0.0125"}), json!({"1": "0.0126"})),
            ("browser_submits_to_prefix", json!("https://erp.example.com/r?a=1"), json!("https://evil.test/")),
        ];
        for (word, right, wrong) in pairs {
            assert_eq!(judged(RIGHT, &json!({word: right})), Vec::<String>::new(), "{word}");
            assert_eq!(judged(RIGHT, &json!({word: wrong})).len(), 1, "{word} does not notice {wrong}");
        }
        assert!(judged(RIGHT, &json!({"colour": "red"}))[0].contains("unknown word"));
    }

    #[test]
    fn faults_of_a_form_are_found() {
        let faults = [
            (RIGHT.replace("name=\"~OkCode\"", "name=\"csrf\""), json!({"only_protocol_fields": true})),
            (RIGHT.replace("nonce=\"abc\"", ""), json!({"autosubmit": true})),
            (RIGHT.replace("<button", "<button hidden"), json!({"visible_button": true})),
            (RIGHT.replace("<button", "<button name=go value=1"), json!({"works_without_script": true})),
            (RIGHT.replace("PRICE[1]\"", "PRICE[2]\""), json!({"price_per_one": {"1": "0.0125"}})),
            (RIGHT.replace(" target=\"_top\"", ""), json!({"target": "_top"})),
            (RIGHT.replace("K&auml;se", "5 €"), json!({"values_repertoire": "iso-8859-1"})),
            (RIGHT.replace("VENDORMAT[1]", "VENDORMAT[2]"), json!({"indexes_contiguous": true})),
        ];
        for (html, expect) in faults {
            assert_eq!(judged(&html, &expect).len(), 1, "{expect}");
        }
    }

    #[test]
    fn a_get_form_replaces_the_query() {
        let html = RIGHT.replace("method=\"post\"", "method=\"get\"");
        let expect = json!({"browser_submits_to_prefix": "https://erp.example.com/r?NEW_ITEM-VENDORMAT%5B1%5D=TST-1001&"});
        assert_eq!(judged(&html, &expect), Vec::<String>::new());
    }
}
