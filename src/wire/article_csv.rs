//! Articles as CSV: the columns are the words of an article in a set-up file, texts per language as `description_nl` and `long_text_nl`.
//! Comma, semicolon or tab, whichever the first line uses. Every mistake is named with line and column; nothing is guessed.

use serde_json::{Map, Value, json};

use super::settings::ArticleSettings;
use super::setup::At;
use super::sheet;
use crate::domain::finding::{Code, Finding, Findings};
use crate::domain::name::Language;

/// The most articles of one file.
pub const ROWS_MAX: usize = 200_000;

const NUMBERS: [&str; 2] = ["price_quantity", "lead_days"];

/// Reads a file. With an error among the findings nothing of it may be imported.
pub fn read(text: &str) -> (Vec<At<ArticleSettings>>, Findings) {
    let mut findings = Findings::default();
    // Lines are counted by their feeds, see `sheet`.
    let text = text.replace("\r\n", "\n");
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().next().unwrap_or_default();
    let delimiter = [b';', b'\t', b','].into_iter().max_by_key(|d| first.bytes().filter(|b| b == d).count()).unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
    let columns: Vec<String> = match reader.headers() {
        Ok(headers) => headers.iter().map(|name| name.trim().to_lowercase()).collect(),
        Err(error) => {
            findings.push(Finding::error(Code::Unusable, "CSV").line(1).value(error));
            return (Vec::new(), findings);
        }
    };
    let mut articles = Vec::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                findings.push(Finding::error(Code::Unusable, "CSV").line(sheet::line_at(text, error.position())).value(error));
                continue;
            }
        };
        let line = sheet::line_at(text, record.position());
        if articles.len() >= ROWS_MAX {
            findings.push(Finding::error(Code::TooMany, "CSV").line(line).limit(ROWS_MAX));
            break;
        }
        if let Some(settings) = row(&columns, &record, line, &mut findings) {
            articles.push(At { line, value: settings });
        }
    }
    (articles, findings)
}

fn row(columns: &[String], record: &csv::StringRecord, line: u32, findings: &mut Findings) -> Option<ArticleSettings> {
    let mut fields = Map::new();
    let mut texts: Map<String, Value> = Map::new();
    for (name, value) in columns.iter().zip(record.iter()).filter(|(_, value)| !value.is_empty()) {
        let localized = name.rsplit_once('_').filter(|(head, tail)| matches!(*head, "description" | "long_text") && tail.len() == 2);
        match localized {
            Some((head, tag)) if Language::from_tag(tag).is_some() => {
                texts.entry(tag.to_string()).or_insert_with(|| json!({}))[head] = json!(value);
            }
            _ => drop(fields.insert(name.clone(), typed(name, value))),
        }
    }
    if !texts.is_empty() {
        fields.insert("texts".into(), Value::Object(texts));
    }
    let settings: ArticleSettings = match serde_json::from_value(Value::Object(fields)) {
        Ok(settings) => settings,
        Err(error) => {
            findings.push(Finding::error(Code::Setting, &error.to_string()).line(line));
            return None;
        }
    };
    let (_, wrong) = settings.article();
    findings.0.extend(wrong.0.into_iter().map(|finding| finding.line(line)));
    Some(settings)
}

/// Numbers and flags as such; everything else is text. Decimal commas are read as points in prices.
fn typed(name: &str, value: &str) -> Value {
    let value = value.trim();
    match name {
        name if NUMBERS.contains(&name) => value.parse::<u32>().map_or_else(|_| json!(value), |number| json!(number)),
        "stock" => value.parse::<i64>().map_or_else(|_| json!(value), |number| json!(number)),
        "service" => json!(matches!(value.to_lowercase().as_str(), "x" | "1" | "true" | "yes" | "ja" | "oui")),
        "price" | "shop_price" | "quantity_step" | "vat" if !value.contains('.') => json!(value.replace(',', ".")),
        _ => json!(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_columns_by_name_and_names_mistakes_by_line() {
        let text = "number;description;description_nl;unit;price;currency;stock\nA-1;Pen;Balpen;PCE;0,95;EUR;12\n\"B;2\";Book;;PCE;x;EUR;\n";
        let (articles, findings) = read(text);
        assert_eq!(articles.len(), 2);
        let first = &articles[0].value;
        assert_eq!((first.number.as_str(), first.price.as_str(), first.stock), ("A-1", "0.95", Some(12)));
        assert_eq!(first.texts.get("nl").map(|text| text.description.as_str()), Some("Balpen"));
        assert_eq!(articles[1].value.number, "B;2");
        let wrong: Vec<(Option<u32>, &str)> = findings.0.iter().map(|f| (f.line, f.field.as_str())).collect();
        assert_eq!(wrong, [(Some(3), "price")]);
        let (_, unknown) = read("number,colour\nA,red\n");
        assert_eq!(unknown.0.first().map(|f| f.line), Some(Some(2)));
    }

    proptest! {
        #[test]
        fn never_fails(text in "(number|price|,|;|\"|\n|a|1|\t){0,60}") {
            read(&text);
        }
    }
}
