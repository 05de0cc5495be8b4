//! The settings of a connection as fields of a page: which there are, what stands in them, and the settings that what was typed makes.
//! Checks nothing: what was typed becomes the text of a set-up file, and `wire::setup` reads that. There is no second set of rules.

use toml::{Table, Value};

use super::settings::{ConnectionSettings, wrong};
use crate::domain::finding::Findings;

/// How a field is filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    Preset,
    Text,
    Number,
    Flag,
    /// The word of the file, and how it looks; a look of `""` is a word of its own in the texts.
    Choice(&'static [(&'static str, &'static str)]),
    /// One value on each line.
    Lines,
    /// `NAME = value` on each line.
    Pairs,
    /// `NAME = source`, or `NAME (most characters) = source`.
    Mapping,
}

/// A setting with its place on the page.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub key: &'static str,
    pub group: &'static str,
    pub sort: Sort,
}

const fn field(group: &'static str, key: &'static str, sort: Sort) -> Field {
    Field { key, group, sort }
}

const SYSTEM: &str = "settings-system";
const RETURN: &str = "settings-return";
const FILLED: &str = "settings-fields";
const LIMITS: &str = "settings-limits";
pub const GROUPS: [&str; 4] = [SYSTEM, RETURN, FILLED, LIMITS];

/// In the order of the page. Names of parameters are in the text only: few need them, and they are five lists.
pub const FIELDS: &[Field] = &[
    field(SYSTEM, "preset", Sort::Preset),
    field(SYSTEM, "language", Sort::Choice(&[("nl", "Nederlands"), ("en", "English"), ("fr", "Français"), ("de", "Deutsch")])),
    field(SYSTEM, "active", Sort::Flag),
    field(SYSTEM, "organisation_required", Sort::Flag),
    field(RETURN, "return_origins", Sort::Lines),
    field(RETURN, "return_redirect_origins", Sort::Lines),
    field(RETURN, "frame_origins", Sort::Lines),
    field(RETURN, "return_method", Sort::Choice(&[("post", "POST"), ("get", "GET")])),
    field(RETURN, "default_target", Sort::Text),
    field(RETURN, "default_return_charset", Sort::Text),
    field(RETURN, "allow_http_return", Sort::Flag),
    field(RETURN, "allow_sapgui", Sort::Flag),
    field(FILLED, "field_mapping", Sort::Mapping),
    field(FILLED, "fixed_fields", Sort::Pairs),
    field(FILLED, "unit_table", Sort::Pairs),
    field(FILLED, "number_style", Sort::Choice(&[("plain3", "12.000"), ("minimal", "12"), ("padded15", "00000000012.000")])),
    field(FILLED, "start_index", Sort::Number),
    field(FILLED, "send_empty_optional_fields", Sort::Flag),
    field(FILLED, "matnr_excludes_description", Sort::Flag),
    field(FILLED, "receiver_ignores_priceunit", Sort::Flag),
    field(LIMITS, "zero_price", Sort::Choice(&[("allowed", ""), ("refused", "")])),
    field(LIMITS, "whole_quantities_only", Sort::Flag),
    field(LIMITS, "changed_price", Sort::Choice(&[("accept", ""), ("ask", ""), ("refuse", "")])),
    field(LIMITS, "changed_price_percent", Sort::Text),
    field(LIMITS, "changed_quantity", Sort::Choice(&[("accept", ""), ("ask", ""), ("refuse", "")])),
    field(LIMITS, "changed_quantity_percent", Sort::Text),
    field(LIMITS, "idle_minutes", Sort::Number),
    field(LIMITS, "search_limit", Sort::Number),
    field(LIMITS, "session_key_in_path", Sort::Flag),
    field(LIMITS, "budgets_shown", Sort::Flag),
    field(LIMITS, "background_search_submits", Sort::Flag),
];

/// The settings by their keys.
pub fn table(settings: &ConnectionSettings) -> Table {
    Table::try_from(settings).unwrap_or_default()
}

/// What stands in a field; empty where the settings say nothing and the preset decides.
pub fn shown(field: &Field, settings: &Table) -> String {
    match settings.get(field.key) {
        None if field.sort == Sort::Preset => "generic".to_string(),
        None => String::new(),
        Some(value) => text(value),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join("\n"),
        Value::Table(pairs) => pairs.iter().map(pair).collect::<Vec<_>>().join("\n"),
        other => other.to_string(),
    }
}

fn pair((name, value): (&String, &Value)) -> String {
    let Some(mapping) = value.as_table() else { return format!("{name} = {}", text(value)) };
    let from = mapping.get("from").map(text).unwrap_or_default();
    match mapping.get("max") {
        Some(max) => format!("{name} ({max}) = {from}"),
        None => format!("{name} = {from}"),
    }
}

/// The settings with what was typed. A field that shows what was there before leaves it as it was written.
pub fn typed(before: &Table, values: &[(String, String)]) -> (Table, Findings) {
    let mut settings = before.clone();
    let mut findings = Findings::default();
    for field in FIELDS {
        let Some((_, value)) = values.iter().find(|(key, _)| key == field.key) else { continue };
        let value = value.replace("\r\n", "\n");
        let there = shown(field, before);
        let same = value.trim() == there.trim() || matches!(field.sort, Sort::Choice(_)) && value.eq_ignore_ascii_case(&there);
        if same {
            continue;
        }
        match read(field, value.trim()) {
            Ok(Some(value)) => drop(settings.insert(field.key.to_string(), value)),
            Ok(None) => drop(settings.remove(field.key)),
            Err((value, allowed)) => findings.push(wrong(field.key, value, allowed)),
        }
    }
    (settings, findings)
}

/// The value of a field, or what of it has not the form that it must have.
fn read<'t>(field: &Field, typed: &'t str) -> Result<Option<Value>, (&'t str, &'static str)> {
    if typed.is_empty() {
        return Ok(None);
    }
    let lines = || typed.lines().map(str::trim).filter(|line| !line.is_empty());
    let split = |line: &'t str| line.split_once('=').map(|(name, value)| (name.trim(), value.trim())).ok_or((line, "NAME = …"));
    let value = match field.sort {
        Sort::Preset | Sort::Text | Sort::Choice(_) => Value::String(typed.to_string()),
        Sort::Number => Value::Integer(typed.parse::<u32>().map_err(|_| (typed, "0, 1, 2 …"))?.into()),
        Sort::Flag => Value::Boolean(typed.parse().map_err(|_| (typed, "true, false"))?),
        Sort::Lines => Value::Array(lines().map(|line| Value::String(line.to_string())).collect()),
        Sort::Pairs | Sort::Mapping => {
            let mut pairs = Table::new();
            for line in lines() {
                let (name, value) = match field.sort {
                    Sort::Mapping => mapping(line, split(line)?)?,
                    _ => split(line).map(|(name, value)| (name.to_string(), Value::String(value.to_string())))?,
                };
                if pairs.insert(name, value).is_some() {
                    return Err((line, "NAME ≠ NAME"));
                }
            }
            Value::Table(pairs)
        }
    };
    Ok(Some(value))
}

fn mapping<'t>(line: &'t str, (name, from): (&'t str, &'t str)) -> Result<(String, Value), (&'t str, &'static str)> {
    let mut table = Table::from_iter([("from".to_string(), Value::String(from.to_string()))]);
    let name = match name.split_once('(') {
        None => name,
        Some((name, max)) => {
            let max = max.strip_suffix(')').and_then(|max| max.trim().parse::<u32>().ok()).ok_or((line, "NAME (10) = …"))?;
            table.insert("max".to_string(), Value::Integer(max.into()));
            name.trim()
        }
    };
    Ok((name.to_string(), Value::Table(table)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_and_sent_back_changes_nothing() {
        let text = "preset = \"sap-ecc-gui\"\nactive = false\nreturn_origins = [\"https://a.example\", \"https://*.b.example\"]\nframe_origins = []\n\
            idle_minutes = 5\nnumber_style = \"Minimal\"\n[field_mapping]\n\"NEW_ITEM-A\" = { from = \"line.note\", max = 9 }\n\
            \"NEW_ITEM-B\" = { from = \"const:x=1\" }\n[fixed_fields]\nA = \"b\"\n[parameter_names]\nuser = [\"U\"]\n";
        let settings: ConnectionSettings = toml::from_str(text).expect("settings");
        let before = table(&settings);
        let values: Vec<(String, String)> = FIELDS.iter().map(|f| (f.key.to_string(), shown(f, &before).replace('\n', "\r\n"))).collect();
        assert_eq!(typed(&before, &values), (before.clone(), Findings::default()));
        // The same typed on an empty page is the same, but for what an empty list and names of parameters are.
        let (fresh, findings) = typed(&Table::new(), &values);
        assert_eq!(findings, Findings::default());
        let mut wanted = before;
        wanted.remove("parameter_names");
        wanted.remove("frame_origins");
        assert_eq!(fresh, wanted);
    }

    #[test]
    fn every_setting_but_the_names_of_parameters_is_a_field() {
        let all = table(&ConnectionSettings::of(&crate::domain::connection::Connection {
            default_target: Some("_top".into()),
            ..crate::domain::connection::Connection::default()
        }));
        let mut keys: Vec<&str> = all.keys().map(String::as_str).filter(|key| *key != "parameter_names").collect();
        let mut fields: Vec<&str> = FIELDS.iter().map(|f| f.key).collect();
        keys.sort_unstable();
        fields.sort_unstable();
        assert_eq!(keys, fields);
    }

    #[test]
    fn what_has_not_the_form_of_its_field_is_named() {
        for (key, value) in [
            ("idle_minutes", "ten"),
            ("fixed_fields", "A b"),
            ("unit_table", "A = b\nA = c"),
            ("field_mapping", "NEW_ITEM-A (x) = line.note"),
            ("active", "maybe"),
        ] {
            let (_, findings) = typed(&Table::new(), &[(key.to_string(), value.to_string())]);
            assert_eq!(
                findings.errors().map(|f| (f.field.as_str(), f.value.as_str())).collect::<Vec<_>>(),
                [(key, value.lines().last().unwrap_or_default())]
            );
        }
    }
}
