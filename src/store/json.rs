//! Small JSON texts in columns: coding, options, call-ups, forms. The only reader of what it writes.
//! Never used for what a query must find or a constraint must guard.

use std::fmt::Display;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::domain::article::InShop;
use crate::domain::basket::Chosen;
use crate::domain::callup::{CallUp, Function};
use crate::domain::coding::{Coding, Kind};
use crate::error::{Error, Result};

pub fn parse(text: &str) -> Result<Value> {
    serde_json::from_str(text).map_err(|e| Error::internal(format!("stored JSON: {e}")))
}

pub fn str_of<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Texts, numbers and lists of them can always be written.
pub fn write<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

pub fn pairs(pairs: &[(String, String)]) -> String {
    write(pairs)
}

pub fn read_pairs(value: &Value) -> Vec<(String, String)> {
    let text = |v: Option<&Value>| v.and_then(Value::as_str).unwrap_or_default().to_string();
    value.as_array().into_iter().flatten().map(|pair| (text(pair.get(0)), text(pair.get(1)))).collect()
}

pub fn coding(coding: &Coding) -> Value {
    Value::Object(coding.iter().map(|(kind, value)| (kind.name().to_string(), json!(value))).collect::<Map<_, _>>())
}

/// The same, written without a value in between.
pub struct CodingText<'a>(pub &'a Coding);

impl Serialize for CodingText<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(kind, value)| (kind.name(), value)))
    }
}

pub fn coding_text(coding: &Coding) -> String {
    write(&CodingText(coding))
}

/// A number as text: nothing is lost in a binary fraction.
pub struct AsText<T>(pub T);

impl<T: Display> Serialize for AsText<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

pub fn read_coding(value: &Value) -> Coding {
    let mut coding = Coding::default();
    for (name, value) in value.as_object().into_iter().flatten() {
        if let (Some(kind), Some(text)) = (Kind::parse(name), value.as_str()) {
            coding.set(kind, text);
        }
    }
    coding
}

pub fn chosen(chosen: &[Chosen]) -> Value {
    chosen.iter().map(|c| json!({"id": c.id, "text": c.text, "logo": c.logo})).collect()
}

pub fn read_chosen(value: &Value) -> Vec<Chosen> {
    let each = value.as_array().into_iter().flatten();
    each.map(|v| Chosen { id: str_of(v, "id").to_string(), text: str_of(v, "text").to_string(), logo: str_of(v, "logo").to_string() }).collect()
}

#[derive(Serialize)]
struct CallUpText<'a> {
    function: &'a str,
    organisation: &'a str,
    user: &'a str,
    return_url: &'a str,
    cancel_url: &'a str,
    echo: &'a [(String, String)],
    target: Option<&'a str>,
    charset: Option<&'a str>,
    vendor: &'a str,
    search: &'a str,
    portal: bool,
    parameters: &'a [(String, String)],
}

/// What a session keeps of its call-up; password and token are not among it.
pub fn call_up(call_up: &CallUp) -> String {
    write(&CallUpText {
        function: call_up.function.as_str(),
        organisation: &call_up.organisation,
        user: &call_up.user,
        return_url: &call_up.return_url,
        cancel_url: &call_up.cancel_url,
        echo: &call_up.echo,
        target: call_up.target.as_deref(),
        charset: call_up.charset.as_deref(),
        vendor: &call_up.vendor,
        search: &call_up.search,
        portal: call_up.is_portal,
        parameters: &call_up.parameters,
    })
}

pub fn read_call_up(text: &str) -> Result<CallUp> {
    let value = parse(text)?;
    let text = |key: &str| str_of(&value, key).to_string();
    let optional = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_string);
    let function = [Function::Detail, Function::DetailAdd, Function::Sourcing].into_iter().find(|f| f.as_str() == str_of(&value, "function"));
    Ok(CallUp {
        function: function.unwrap_or_default(),
        organisation: text("organisation"),
        user: text("user"),
        return_url: text("return_url"),
        cancel_url: text("cancel_url"),
        echo: value.get("echo").map(read_pairs).unwrap_or_default(),
        target: optional("target"),
        charset: optional("charset"),
        vendor: text("vendor"),
        search: text("search"),
        is_portal: value.get("portal").and_then(Value::as_bool).unwrap_or_default(),
        parameters: value.get("parameters").map(read_pairs).unwrap_or_default(),
        ..CallUp::default()
    })
}

/// What the supplier's own shop calls and quoted a line, as part of the line.
pub fn in_shop(known: Option<&InShop>) -> Value {
    let write = |known: &InShop| {
        let [price, basis, factor] = [known.price, known.basis, known.factor].map(|number| number.to_string());
        let (domain, code) = &known.classification;
        json!({"part": known.part, "aux": known.aux, "price": price, "basis": basis, "factor": factor, "basis_unit": known.basis_unit,
            "domain": domain, "code": code})
    };
    known.map_or(Value::Null, write)
}

pub fn read_in_shop(line: &Value) -> Option<InShop> {
    let known = line.get("in_shop").filter(|known| known.is_object())?;
    let text = |name: &str| str_of(known, name).to_string();
    let number = |name: &str| str_of(known, name).parse().ok();
    Some(InShop {
        part: text("part"),
        aux: text("aux"),
        price: number("price")?,
        basis: number("basis")?,
        factor: number("factor")?,
        basis_unit: text("basis_unit"),
        classification: (text("domain"), text("code")),
    })
}
