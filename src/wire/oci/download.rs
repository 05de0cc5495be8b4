//! The OCI 5.0 catalogue download as JSON (reference oci, section 8; R-49). Field names and shapes of that section, nothing else.

use serde_json::{Map, Value, json};

use crate::domain::article::Article;
use crate::domain::callup::Download;
use crate::domain::name::Language;
use crate::domain::time::Timestamp;

/// Page sizes of R-49.
const PAGE_SIZE_DEFAULT: u64 = 100;
const PAGE_SIZE_MAX: u64 = 1000;

/// Which page is sent, once the number of items is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    pub current: u64,
    pub total: u64,
    pub size: u64,
}

/// not a number or below 1 is page 1, beyond the end is the last; sizes 1 to 1000, default 100.
pub fn page(asked: &Download, items: u64) -> Page {
    let read = |text: &str| text.parse::<u64>().ok().filter(|n| *n >= 1);
    let digits = asked.size.bytes().all(|b| b.is_ascii_digit()) && !asked.size.is_empty();
    let size = match read(&asked.size) {
        Some(size) => size.min(PAGE_SIZE_MAX),
        // A number too large to hold is still a number: the largest page.
        None if digits && asked.size.trim_start_matches('0').len() > 4 => PAGE_SIZE_MAX,
        None => PAGE_SIZE_DEFAULT,
    };
    let total = items.div_ceil(size).max(1);
    let beyond = asked.page.len() > 18 && asked.page.bytes().all(|b| b.is_ascii_digit());
    let current = if beyond { total } else { read(&asked.page).unwrap_or(1).min(total) };
    Page { current, total, size }
}

/// The response object. `items` are the texts made by [`item`].
pub fn response(asked: &Download, page: Page, items_total: u64, items: &[String]) -> String {
    let is_number = !asked.transaction.is_empty()
        && asked.transaction.len() <= 15
        && asked.transaction.bytes().all(|b| b.is_ascii_digit())
        && (asked.transaction == "0" || !asked.transaction.starts_with('0'));
    let transaction = if is_number { json!(asked.transaction.parse::<u64>().unwrap_or(0)) } else { json!(asked.transaction) };
    let head = json!({
        "CURRENTPAGE": page.current,
        "TOTALPAGES": page.total,
        "TOTALITEMS": items_total,
        "TRANSACTIONID": transaction,
        "CTI": "X",
    });
    let head = head.to_string();
    // The items are JSON texts already: they are joined, not parsed and written again.
    format!("{},\"Items\":[{}]}}", head.trim_end_matches('}'), items.join(","))
}

/// One article as `{"NEWITEM": {…}}`.
pub fn item(article: &Article, catalogue: &str, fallback: Language, now: Timestamp) -> String {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| {
        let empty = value.as_str().is_some_and(str::is_empty) || value.as_array().is_some_and(Vec::is_empty);
        if !empty {
            fields.insert(name.to_string(), value);
        }
    };
    let code = |language: Option<Language>| language.unwrap_or(fallback).as_str();
    let cut = |text: &str, max: usize| text.chars().take(max).collect::<String>();
    put("EXT_PRODUCT_ID", json!(article.number));
    put("CATALOG_NAME", json!(cut(catalogue, 255)));
    put("LANGUAGES", article.texts.iter().map(|t| json!({"languageCode": code(t.language)})).collect());
    let descriptions = article.texts.iter().map(|t| json!({"languageCode": code(t.language), "description": cut(&t.description, 255)}));
    put("DESCRIPTION", descriptions.collect());
    let long = article.texts.iter().filter(|t| !t.long_text.is_empty());
    put("LONGTEXT", long.map(|t| json!({"languageCode": code(t.language), "longtext": t.long_text})).collect());
    put("VENDOR_MAT", json!(article.number));
    put("MATNR", json!(article.buyer_material));
    put("UNIT", json!(article.unit));
    put("PRICE", json!(article.price.amount.normalize().to_string()));
    put("PRICE_QUANTITY", json!(article.price.per));
    put("CURRENCY", json!(article.price.currency.as_str()));
    put("LOTSIZE", json!(article.quantity_step.normalize().to_string()));
    if let Some(days) = article.lead_days {
        put("LEADTIME", json!(days));
    }
    put("MANUFACTMAT", json!(article.manufacturer_part));
    put("MANUFACTCODE", json!(article.manufacturer_code));
    put("MATGROUP", json!(cut(&article.unspsc, 20)));
    put("SERVICE", json!(if article.service { "X" } else { "" }));
    put("CONTRACT", json!(article.contract));
    put("CONTRACT_ITEM", json!(article.contract_item));
    put("EXT_SCHEMA_TYPE", json!(article.schema));
    put("EXT_CATEGORY", json!(article.category));
    put("EXT_CATEGORY_ID", json!(article.category_id));
    put("TAX", json!(article.vat.normalize().to_string()));
    put("CHANGED_AT", json!(now.oci()));
    json!({ "NEWITEM": Value::Object(fields) }).to_string()
}
