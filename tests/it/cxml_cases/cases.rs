//! Reads folders of cXML cases. It must refuse what it does not know: a word that is skipped is a check that cannot fail.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

#[derive(Clone, Debug)]
pub struct Case {
    pub id: String,
    pub given: Map<String, Value>,
    pub steps: Vec<Map<String, Value>>,
    pub after: Map<String, Value>,
    whole: Map<String, Value>,
}

pub struct Folder {
    pub path: PathBuf,
    pub world: Value,
    pub cases: Vec<Case>,
}

const CASE: &[&str] = &["id", "title", "why", "modelled_on", "given", "steps", "after", "group", "comment", "note"];
const GIVEN: &[&str] = &["outbound_session", "oci_price_unit_digits", "peppol_buyer", "delivery"];
const STEP: &[&str] = &[
    "to",
    "comment",
    "body_file",
    "body_files",
    "parallel",
    "repeat_first_body",
    "body_generator",
    "body_facts",
    "content_type",
    "content_encoding",
    "chunked",
    "expect",
    "form_field",
    "form_charset",
    "base64",
    "extra_percent_encoding",
    "from",
    "into",
    "cases",
];
const EXPECT: &[&str] = &[
    "http_status",
    "cxml_status",
    "text_mentions",
    "must_not_contain_text",
    "same_answer_as_step",
    "same_text_as_step",
    "order",
    "order_date_note",
    "comment",
    "warning_count_at_least",
    "line_states",
    "one_of_each",
    "every_cxml_status",
    "session",
    "start_page",
    "remember_start_page",
    "max_seconds",
    "max_extra_memory_mib",
    "to_buyer",
    "accepted",
    "cart",
    "refused",
    "mentions",
    "answer",
    "oci",
];
const AFTER: &[&str] = &["orders", "deliveries", "budgets", "sessions", "line_states", "nowhere", "outbound_requests", "process_alive"];
const ORDER: &[&str] = &[
    "buyer",
    "order_id",
    "type",
    "currency",
    "lines",
    "net_total",
    "shipping",
    "tax",
    "stated_total",
    "total_reading",
    "order_date",
    "ship_to",
    "bill_to",
    "card",
    "attachments",
    "version",
    "cancelled_lines",
    "requisition",
    "comments",
    "extrinsics",
    "replaces",
    "ordered_by",
];
const LINE: &[&str] = &[
    "line",
    "supplier_part",
    "quantity",
    "unit",
    "unit_price",
    "price_basis",
    "factor",
    "net",
    "cost",
    "description",
    "short_name",
    "buyer_part",
    "manufacturer_part",
    "manufacturer",
    "aux",
    "classification",
    "requested_date",
    "flag",
    "schedule",
    "ship_to",
    "requisition",
    "agreement",
    "comments",
    "extrinsics",
];
const STATE: &[&str] = &[
    "confirmed",
    "backordered",
    "refused",
    "needs_decision",
    "shipped",
    "pending",
    "promised",
    "promised_backorder",
    "offered_price",
    "offered_part",
    "reason",
];
const ANSWER: &[&str] = &["code", "note_mentions"];
const TO_BUYER: &[&str] = &["document", "dtd_valid", "xpath"];
const SESSION: &[&str] = &["user_email", "user_name", "operation", "buyer_cookie"];

const CODING: &[&str] = &["line_length", "alphabet", "padding"];

/// What steps are sent to.
const WAYS: &[&str] = &["setup", "order", "fulfilment", "profile", "peppol", "translate", "check_identifier", "cart_return"];

pub fn read_folder(path: &Path) -> Result<Folder, String> {
    let world = read_json(&path.join("world.json"))?;
    let mut files: Vec<PathBuf> = std::fs::read_dir(path)
        .map_err(|e| format!("{}: {e}", path.display()))?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|p| p.extension().is_some_and(|e| e == "json") && !p.ends_with("world.json") && !p.ends_with("index.json"))
        .collect();
    files.sort();
    let cases = files.iter().map(|file| read_case(&read_json(file)?).map_err(|e| format!("{}: {e}", file.display())));
    let cases = cases.collect::<Result<Vec<_>, _>>()?;
    if cases.is_empty() {
        return Err(format!("{} holds no cases", path.display()));
    }
    Ok(Folder { path: path.to_owned(), world, cases })
}

fn read_json(path: &Path) -> Result<Value, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))
}

fn read_case(value: &Value) -> Result<Case, String> {
    let whole = value.as_object().ok_or("a case is not an object")?.clone();
    let object = |name: &str| whole.get(name).and_then(Value::as_object).cloned().unwrap_or_default();
    let steps = whole.get("steps").and_then(Value::as_array).ok_or("a case without steps")?;
    let steps = steps.iter().map(|step| step.as_object().cloned().ok_or("a step is not an object")).collect::<Result<Vec<_>, _>>()?;
    let id = whole.get("id").and_then(Value::as_str).ok_or("a case without an id")?.to_owned();
    Ok(Case { id, given: object("given"), after: object("after"), steps, whole })
}

/// Every word that nobody knows, with the place it stands at.
pub fn unknown_words(case: &Case) -> Vec<String> {
    let mut unknown = Vec::new();
    let mut check = |place: &str, map: &Map<String, Value>, known: &[&str]| {
        unknown.extend(map.keys().filter(|key| !known.contains(&key.as_str())).map(|key| format!("{place}.{key}")));
    };
    check("case", &case.whole, CASE);
    check("given", &case.given, GIVEN);
    check("after", &case.after, AFTER);
    for step in &case.steps {
        check("step", step, STEP);
        if let Some(coding) = step.get("base64").and_then(Value::as_object) {
            check("base64", coding, CODING);
        }
        let Some(expect) = step.get("expect").and_then(Value::as_object) else { continue };
        check("expect", expect, EXPECT);
        if let Some(order) = expect.get("order").and_then(Value::as_object) {
            check("order", order, ORDER);
            for line in order.get("lines").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object) {
                check("line", line, LINE);
            }
        }
        for line in expect.get("cart").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object) {
            check("cart", line, LINE);
        }
        let states = expect.get("line_states").and_then(Value::as_object).into_iter().flat_map(|orders| orders.values());
        for state in states.filter_map(Value::as_object).flat_map(|lines| lines.values()).filter_map(Value::as_object) {
            check("line_states", state, STATE);
        }
        if let Some(answer) = expect.get("answer").and_then(Value::as_object) {
            check("answer", answer, ANSWER);
        }
        for document in expect.get("to_buyer").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object) {
            check("to_buyer", document, TO_BUYER);
        }
        if let Some(session) = expect.get("session").and_then(Value::as_object) {
            check("session", session, SESSION);
        }
        if let Some(page) = expect.get("start_page").and_then(Value::as_object) {
            check("start_page", page, &["differs_from"]);
        }
    }
    let ways = case.steps.iter().filter_map(|step| step.get("to").and_then(Value::as_str));
    unknown.extend(ways.filter(|way| !WAYS.contains(way)).map(|way| format!("to {way}")));
    unknown
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn unknown_words_are_found_wherever_they_stand() {
        let case = |extra: Value| {
            let mut value = json!({"id": "X", "steps": [{"to": "order", "expect": {"cxml_status": ["200"]}}]});
            value.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
            unknown_words(&read_case(&value).expect("a case"))
        };
        assert_eq!(case(json!({})), Vec::<String>::new());
        for extra in [
            json!({"expects": {}}),
            json!({"given": {"weather": "fine"}}),
            json!({"after": {"order": 1}}),
            json!({"steps": [{"to": "moon"}]}),
            json!({"steps": [{"to": "order", "speed": 1}]}),
            json!({"steps": [{"to": "order", "expect": {"status": 1}}]}),
            json!({"steps": [{"to": "order", "expect": {"order": {"number": 1}}}]}),
            json!({"steps": [{"to": "order", "expect": {"order": {"lines": [{"colour": 1}]}}}]}),
            json!({"steps": [{"to": "peppol", "expect": {"answer": {"colour": 1}}}]}),
            json!({"steps": [{"to": "peppol", "expect": {"to_buyer": [{"colour": 1}]}}]}),
            json!({"steps": [{"to": "order", "expect": {"line_states": {"a": {"1": {"lost": "1"}}}}}]}),
        ] {
            assert_eq!(case(extra.clone()).len(), 1, "{extra}");
        }
    }
}
