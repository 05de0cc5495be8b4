//! Turns the shared fixtures into an apply file. It must not leave a key behind: what the product is not told, it cannot obey.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use toml::{Table, Value as Toml};

const BUYER: &str = "test-buyer";
const SUPPLIER: &str = "test-supplier";

/// Every connection with the defaults filled in, by name.
pub fn connections(fixtures: &Value) -> BTreeMap<String, Map<String, Value>> {
    let defaults = fixtures["connection_defaults"].as_object().cloned().unwrap_or_default();
    let named = fixtures["connections"].as_object().into_iter().flatten();
    named
        .map(|(name, own)| {
            let mut all = defaults.clone();
            all.extend(own.as_object().cloned().unwrap_or_default());
            all.retain(|key, _| !key.starts_with('_') && key != "note");
            (name.clone(), all)
        })
        .collect()
}

pub fn article_numbers(fixtures: &Value) -> Vec<String> {
    let articles = fixtures["articles"].as_array().into_iter().flatten();
    articles.filter_map(|a| a["no"].as_str().map(str::to_owned)).collect()
}

/// The numbers of the articles that a connection's catalogue holds.
pub fn catalogue_of(fixtures: &Value, connection: &str) -> Vec<String> {
    let catalogue = connections(fixtures).get(connection).and_then(|c| c["catalogue"].as_str().map(str::to_owned));
    match catalogue.as_deref() {
        Some(name) if is_empty_catalogue(fixtures, name) => Vec::new(),
        _ => article_numbers(fixtures),
    }
}

/// A catalogue called so, or listed without articles, shares nothing with the main one.
fn is_empty_catalogue(fixtures: &Value, name: &str) -> bool {
    let listed = fixtures["catalogues"].get(name);
    let listed_empty = listed.is_some_and(|v| v.as_array().is_some_and(Vec::is_empty) || v["empty"] == true);
    listed_empty || name == "empty"
}

pub fn apply_file(fixtures: &Value) -> Result<String, String> {
    check_top(fixtures)?;
    let mut file = Table::new();
    file.insert("supplier".into(), list([text_row(&[("id", SUPPLIER), ("name", "Test supplier")], &common())]));
    file.insert("buyer".into(), list([text_row(&[("id", BUYER), ("name", "Test buyer")], &common())]));
    file.insert("catalogue".into(), list(catalogue_rows(fixtures)));
    file.insert("article".into(), list(article_rows(fixtures)?));
    file.insert("price".into(), list(price_rows(fixtures)?));
    file.insert("connection".into(), list(connection_rows(fixtures)));
    file.insert("credential".into(), list(credential_rows(fixtures)?));
    let text = toml::to_string(&file).map_err(|e| format!("fixtures as TOML: {e}"))?;
    Ok(text)
}

fn check_top(fixtures: &Value) -> Result<(), String> {
    let known = ["format", "connection_defaults", "connections", "credentials", "articles", "prices", "catalogues", "about", "note"];
    let top = fixtures.as_object().ok_or("fixtures are not an object")?;
    match top.keys().find(|k| !known.contains(&k.as_str())) {
        Some(key) => Err(format!("fixtures: unknown word {key:?}")),
        None => Ok(()),
    }
}

fn common() -> Table {
    text_row(&[("language", "en"), ("currency", "EUR")], &Table::new())
}

fn text_row(pairs: &[(&str, &str)], more: &Table) -> Table {
    let mut row: Table = pairs.iter().map(|(k, v)| ((*k).to_owned(), Toml::String((*v).to_owned()))).collect();
    row.extend(more.clone());
    row
}

fn list(rows: impl IntoIterator<Item = Table>) -> Toml {
    Toml::Array(rows.into_iter().map(Toml::Table).collect())
}

/// A JSON value as TOML; `null` is a key left out.
fn as_toml(value: &Value) -> Option<Toml> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(b) => Toml::Boolean(*b),
        Value::Number(n) => n.as_i64().map_or_else(|| Toml::String(n.to_string()), Toml::Integer),
        Value::String(s) => Toml::String(s.clone()),
        Value::Array(items) => Toml::Array(items.iter().filter_map(as_toml).collect()),
        Value::Object(map) => Toml::Table(table_of(map)),
    })
}

fn table_of(map: &Map<String, Value>) -> Table {
    map.iter().filter_map(|(k, v)| as_toml(v).map(|t| (k.clone(), t))).collect()
}

fn catalogue_rows(fixtures: &Value) -> Vec<Table> {
    let mut names: BTreeSet<String> = connections(fixtures).values().filter_map(|c| c["catalogue"].as_str().map(str::to_owned)).collect();
    names.insert("main".to_owned());
    // The one the others build on comes first.
    let mut rows = vec![text_row(&[("id", "main"), ("supplier", SUPPLIER)], &Table::new())];
    for name in names.iter().filter(|n| *n != "main") {
        let mut row = text_row(&[("id", name), ("supplier", SUPPLIER)], &Table::new());
        if !is_empty_catalogue(fixtures, name) {
            row.insert("base".into(), Toml::String("main".into()));
        }
        rows.push(row);
    }
    rows
}

fn article_rows(fixtures: &Value) -> Result<Vec<Table>, String> {
    let articles = fixtures["articles"].as_array().ok_or("fixtures without articles")?;
    articles
        .iter()
        .map(|article| {
            let map = article.as_object().ok_or("an article is not an object")?;
            let mut row = table_of(map);
            row.remove("note");
            let number = row.remove("no").ok_or("an article without a number")?;
            row.insert("number".into(), number);
            row.entry("catalogue").or_insert_with(|| Toml::String("main".into()));
            Ok(row)
        })
        .collect()
}

fn price_rows(fixtures: &Value) -> Result<Vec<Table>, String> {
    let mut rows = Vec::new();
    for (place, prices) in fixtures["prices"].as_object().into_iter().flatten() {
        let catalogue = place.strip_prefix("catalogue ").ok_or_else(|| format!("prices of {place:?}"))?;
        for (article, price) in prices.as_object().into_iter().flatten() {
            let price = price.as_str().ok_or_else(|| format!("price of {article} is not text"))?;
            rows.push(text_row(&[("catalogue", catalogue), ("article", article), ("price", price)], &Table::new()));
        }
    }
    Ok(rows)
}

fn connection_rows(fixtures: &Value) -> Vec<Table> {
    let named = connections(fixtures).into_iter();
    named.map(|(name, settings)| text_row(&[("name", &name), ("buyer", BUYER)], &table_of(&settings))).collect()
}

fn credential_rows(fixtures: &Value) -> Result<Vec<Table>, String> {
    let names: Vec<String> = connections(fixtures).into_keys().collect();
    let mut rows = Vec::new();
    for credential in fixtures["credentials"].as_array().into_iter().flatten() {
        let map = credential.as_object().ok_or("a credential is not an object")?;
        let except: Vec<&str> = credential["except"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let place = credential["connection"].as_str().ok_or("a credential without a connection")?;
        let places: Vec<&str> = match place {
            "*" => names.iter().map(String::as_str).filter(|n| !except.contains(n)).collect(),
            one => vec![one],
        };
        for place in places {
            let mut row = table_of(map);
            row.remove("except");
            row.insert("connection".into(), Toml::String(place.to_owned()));
            rows.push(row);
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn small() -> Value {
        json!({
            "connection_defaults": {"active": true, "default_target": null, "catalogue": "main", "language": "en"},
            "connections": {"std": {"_about": "x"}, "other": {"catalogue": "other"}, "bare": {"catalogue": "empty"}},
            "credentials": [{"connection": "*", "except": ["other"], "user": "u", "password": " p "}],
            "articles": [{"no": "A  1", "description": "d", "price": "1.00", "long_text": null, "note": "n"}],
            "prices": {"catalogue other": {"A  1": "2.00"}}
        })
    }

    #[test]
    fn the_apply_file_holds_everything_and_no_remarks() {
        let text = apply_file(&small()).expect("an apply file");
        let back: Table = text.parse().expect("TOML");
        assert_eq!(back["credential"].as_array().map(Vec::len), Some(2));
        assert_eq!(back["article"][0]["number"].as_str(), Some("A  1"));
        assert_eq!(back["credential"][0]["password"].as_str(), Some(" p "));
        assert_eq!(back["price"][0]["price"].as_str(), Some("2.00"));
        assert!(!text.contains("note") && !text.contains("_about") && !text.contains("default_target"), "{text}");
        assert_eq!(catalogue_of(&small(), "bare"), Vec::<String>::new());
        assert_eq!(catalogue_of(&small(), "other"), ["A  1"]);
    }

    #[test]
    fn an_unknown_part_of_the_fixtures_is_refused() {
        let mut fixtures = small();
        fixtures["warehouses"] = json!([]);
        assert!(apply_file(&fixtures).is_err());
    }
}
