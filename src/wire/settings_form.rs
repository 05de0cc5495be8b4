//! The settings of a connection as fields of a page: which there are, what stands in them, and the settings that what was typed makes. The same
//! for whatever else is a table of settings (`channels_form`).
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
    /// Any of these words; they come one on each line.
    Several(&'static [&'static str]),
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

pub(super) const fn field(group: &'static str, key: &'static str, sort: Sort) -> Field {
    Field { key, group, sort }
}

const SYSTEM: &str = "settings-system";
const RETURN: &str = "settings-return";
const FILLED: &str = "settings-fields";
const LIMITS: &str = "settings-limits";
const CXML: &str = "settings-cxml";
pub const GROUPS: [&str; 5] = [SYSTEM, RETURN, FILLED, LIMITS, CXML];
const TAKEN: Sort = Sort::Choice(&[("accept", ""), ("refuse", "")]);

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
    field(CXML, "cxml.buyer", Sort::Lines),
    field(CXML, "cxml.own", Sort::Lines),
    field(CXML, "cxml.supplier", Sort::Lines),
    field(CXML, "cxml.hub", Sort::Text),
    field(CXML, "cxml.outbound_url", Sort::Text),
    field(CXML, "cxml.version", Sort::Text),
    field(CXML, "cxml.cart_field", Sort::Choice(&[("base64", "cXML-base64"), ("urlencoded", "cXML-urlencoded")])),
    field(CXML, "cxml.classification", Sort::Text),
    field(CXML, "cxml.default_user", Sort::Text),
    field(CXML, "cxml.unknown_parts", TAKEN),
    field(CXML, "cxml.unknown_cost_centre", TAKEN),
    field(CXML, "cxml.no_cost_centre", TAKEN),
    field(CXML, "cxml.refuse_cards", Sort::Flag),
    field(CXML, "cxml.strict", Sort::Flag),
    field(CXML, "cxml.segments", Sort::Pairs),
    field(CXML, "cxml.units", Sort::Pairs),
];

/// The key of the field on the page that a finding is about: `cxml.units` is one, what stands inside a list of pairs is not.
pub fn key_of(path: &str) -> &str {
    match FIELDS.iter().any(|field| field.key == path) {
        true => path,
        false => path.split('.').next().unwrap_or_default(),
    }
}

/// The table a key stands in, and its name there.
fn place(key: &str) -> (Option<&str>, &str) {
    key.split_once('.').map_or((None, key), |(part, name)| (Some(part), name))
}

fn get<'s>(settings: &'s Table, key: &str) -> Option<&'s Value> {
    match place(key) {
        (Some(part), name) => settings.get(part)?.as_table()?.get(name),
        (None, name) => settings.get(name),
    }
}

/// Puts a value in its place, or takes it away; a part of which the last setting is taken away goes with it.
fn put(settings: &mut Table, key: &str, value: Option<Value>) {
    let (Some(part), name) = place(key) else {
        match value {
            Some(value) => drop(settings.insert(key.to_string(), value)),
            None => drop(settings.remove(key)),
        }
        return;
    };
    let mut inside = settings.get(part).and_then(Value::as_table).cloned().unwrap_or_default();
    put(&mut inside, name, value);
    put(settings, part, (!inside.is_empty()).then_some(Value::Table(inside)));
}

/// The settings by their keys.
pub fn table(settings: &ConnectionSettings) -> Table {
    Table::try_from(settings).unwrap_or_default()
}

/// What stands in a field; empty where the settings say nothing and the preset decides.
pub fn shown(field: &Field, settings: &Table) -> String {
    match get(settings, field.key) {
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
pub fn typed(fields: &[Field], before: &Table, values: &[(String, String)]) -> (Table, Findings) {
    let mut settings = before.clone();
    let mut findings = Findings::default();
    for field in fields {
        let Some((_, value)) = values.iter().find(|(key, _)| key == field.key) else { continue };
        let value = value.replace("\r\n", "\n");
        let there = shown(field, before);
        let same = value.trim() == there.trim() || matches!(field.sort, Sort::Choice(_)) && value.eq_ignore_ascii_case(&there);
        if same {
            continue;
        }
        match read(field, value.trim()) {
            Ok(value) => put(&mut settings, field.key, value),
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
        Sort::Lines | Sort::Several(_) => Value::Array(lines().map(|line| Value::String(line.to_string())).collect()),
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
            idle_minutes = 5\nnumber_style = \"Minimal\"\n\
            [cxml]\nbuyer = [\"DUNS:1\", \"NetworkId:b\"]\nunknown_parts = \"accept\"\n[cxml.units]\nBOX = \"BX\"\n[field_mapping]\n\"NEW_ITEM-A\" = { from = \"line.note\", max = 9 }\n\
            \"NEW_ITEM-B\" = { from = \"const:x=1\" }\n[fixed_fields]\nA = \"b\"\n[parameter_names]\nuser = [\"U\"]\n";
        let settings: ConnectionSettings = toml::from_str(text).expect("settings");
        let before = table(&settings);
        let values: Vec<(String, String)> = FIELDS.iter().map(|f| (f.key.to_string(), shown(f, &before).replace('\n', "\r\n"))).collect();
        assert_eq!(typed(FIELDS, &before, &values), (before.clone(), Findings::default()));
        // The same typed on an empty page is the same, but for what an empty list and names of parameters are.
        let (fresh, findings) = typed(FIELDS, &Table::new(), &values);
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
            cxml: Some(Box::new(crate::domain::connection::Cxml { hub: Some("hub".into()), ..Default::default() })),
            ..crate::domain::connection::Connection::default()
        }));
        let inside = |key: &String, value: &Value| match value {
            Value::Table(part) if key == "cxml" => part.keys().map(|name| format!("{key}.{name}")).collect(),
            _ => vec![key.clone()],
        };
        let mut keys: Vec<String> = all.iter().filter(|(key, _)| *key != "parameter_names").flat_map(|(key, value)| inside(key, value)).collect();
        let mut fields: Vec<&str> = FIELDS.iter().map(|f| f.key).collect();
        keys.sort_unstable();
        fields.sort_unstable();
        assert_eq!(keys, fields);
    }

    #[test]
    fn a_part_comes_with_its_first_setting_and_goes_with_its_last() {
        let own = |value: &str| vec![("cxml.own".to_string(), value.to_string())];
        let (with, _) = typed(FIELDS, &Table::new(), &own("DUNS:1"));
        assert_eq!(with.to_string().trim(), "[cxml]\nown = [\"DUNS:1\"]");
        assert_eq!(typed(FIELDS, &with, &own("")).0, Table::new());
        // A part without settings says something by itself: it stays until somebody takes the last of it away.
        let bare = Table::from_iter([("cxml".to_string(), Value::Table(Table::new()))]);
        assert_eq!(typed(FIELDS, &bare, &own("")).0, bare);
        assert_eq!(["cxml.units", "field_mapping.NEW_ITEM-A", "name"].map(key_of), ["cxml.units", "field_mapping", "name"]);
    }

    #[test]
    fn what_has_not_the_form_of_its_field_is_named() {
        for (key, value) in [
            ("idle_minutes", "ten"),
            ("fixed_fields", "A b"),
            ("unit_table", "A = b\nA = c"),
            ("field_mapping", "NEW_ITEM-A (x) = line.note"),
            ("active", "maybe"),
            ("cxml.segments", "Kostenstelle"),
        ] {
            let (_, findings) = typed(FIELDS, &Table::new(), &[(key.to_string(), value.to_string())]);
            assert_eq!(
                findings.errors().map(|f| (f.field.as_str(), f.value.as_str())).collect::<Vec<_>>(),
                [(key, value.lines().last().unwrap_or_default())]
            );
        }
    }
}
