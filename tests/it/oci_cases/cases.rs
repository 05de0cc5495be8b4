//! Reads folders of OCI cases. It must refuse what it does not know: a key that is skipped is a check that cannot fail.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

#[derive(Clone, Debug)]
pub struct Case {
    pub id: String,
    pub group: String,
    pub connection: String,
    pub calls: Vec<Call>,
    pub given: Given,
    pub expect: Map<String, Value>,
}

#[derive(Clone, Debug, Default)]
pub struct Call {
    pub name: String,
    pub method: String,
    pub query: String,
    pub body: Vec<u8>,
    pub headers: Vec<(String, String)>,
    /// Client address as the case names it; a loopback address stands for it.
    pub from: Option<String>,
    /// Visitors with the same word share cookies.
    pub browser: Option<String>,
    pub connection: Option<String>,
    pub meaning: Vec<(String, String)>,
}

#[derive(Clone, Debug, Default)]
pub struct Given {
    pub lines: Vec<Map<String, Value>>,
    pub steps: Vec<String>,
    pub browser: Map<String, Value>,
    pub virtual_erp: Option<Map<String, Value>>,
}

/// A folder with cases and the fixtures they share.
#[derive(Clone, Debug)]
pub struct Folder {
    pub path: PathBuf,
    pub fixtures: Value,
    pub cases: Vec<Case>,
}

/// Keys that are for people only.
const TOLD_TO_PEOPLE: &[&str] = &["title", "rules", "source", "source_kind", "note", "about", "_about"];

pub fn read_folder(path: &Path) -> Result<Folder, String> {
    let fixtures = read_json(&path.join("fixtures.json"))?;
    let mut files: Vec<PathBuf> = std::fs::read_dir(path)
        .map_err(|e| format!("{}: {e}", path.display()))?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|p| p.extension().is_some_and(|e| e == "json") && !p.ends_with("fixtures.json"))
        .collect();
    files.sort();
    let mut cases = Vec::new();
    for file in &files {
        let value = read_json(file)?;
        cases.extend(read_cases(&value).map_err(|e| format!("{}: {e}", file.display()))?);
    }
    if cases.is_empty() {
        return Err(format!("{} holds no cases", path.display()));
    }
    Ok(Folder { path: path.to_owned(), fixtures, cases })
}

fn read_json(path: &Path) -> Result<Value, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))
}

fn read_cases(file: &Value) -> Result<Vec<Case>, String> {
    if file["format"] != "hookline-oci-cases/1" {
        return Err(format!("format {} is not hookline-oci-cases/1", file["format"]));
    }
    let group = file["group"].as_str().unwrap_or("?");
    let list = file["cases"].as_array().ok_or("no list of cases")?;
    list.iter().map(|c| read_case(group, c)).collect()
}

pub fn read_case(group: &str, value: &Value) -> Result<Case, String> {
    let map = value.as_object().ok_or("a case is not an object")?;
    let id = map.get("id").and_then(Value::as_str).ok_or("a case without an id")?.to_owned();
    let known = ["id", "connection", "request", "requests", "given", "expect", "meaning"];
    check_keys(map, &known).map_err(|e| format!("{id}: {e}"))?;
    let in_case = |e: String| format!("{id}: {e}");
    let mut calls = Vec::new();
    if let Some(request) = map.get("request") {
        let meaning = map.get("meaning").or_else(|| request.get("meaning"));
        calls.push(read_call(0, request, meaning).map_err(in_case)?);
    }
    for (at, request) in map.get("requests").and_then(Value::as_array).into_iter().flatten().enumerate() {
        calls.push(read_call(at, request, request.get("meaning")).map_err(in_case)?);
    }
    let given = map.get("given").map_or(Ok(Given::default()), read_given).map_err(in_case)?;
    let expect = map.get("expect").and_then(Value::as_object).cloned();
    Ok(Case {
        group: group.to_owned(),
        connection: map.get("connection").and_then(Value::as_str).unwrap_or("std").to_owned(),
        expect: expect.ok_or_else(|| format!("{id}: nothing is expected"))?,
        calls,
        given,
        id,
    })
}

fn check_keys(map: &Map<String, Value>, known: &[&str]) -> Result<(), String> {
    match map.keys().find(|k| !known.contains(&k.as_str()) && !TOLD_TO_PEOPLE.contains(&k.as_str())) {
        Some(key) => Err(format!("unknown word {key:?}")),
        None => Ok(()),
    }
}

fn read_call(at: usize, value: &Value, meaning: Option<&Value>) -> Result<Call, String> {
    let map = value.as_object().ok_or("a request is not an object")?;
    let known = ["method", "query_raw", "body_raw", "body_base64", "body_display", "headers", "from", "name", "browser", "meaning", "connection"];
    check_keys(map, &known).map_err(|e| format!("request: {e}"))?;
    let text = |key: &str| map.get(key).and_then(Value::as_str).map(str::to_owned);
    let body = match (text("body_base64"), text("body_raw")) {
        (Some(coded), _) => decode_base64(&coded)?,
        (None, raw) => raw.unwrap_or_default().into_bytes(),
    };
    let headers = map.get("headers").and_then(Value::as_object).into_iter().flatten();
    let headers = headers.map(|(n, v)| (n.clone(), v.as_str().unwrap_or_default().to_owned())).collect();
    Ok(Call {
        name: text("name").unwrap_or_else(|| (at + 1).to_string()),
        method: text("method").unwrap_or_else(|| "GET".to_owned()),
        query: text("query_raw").unwrap_or_default(),
        from: text("from"),
        browser: text("browser"),
        connection: text("connection"),
        meaning: read_meaning(meaning),
        body,
        headers,
    })
}

fn read_meaning(value: Option<&Value>) -> Vec<(String, String)> {
    let pairs = value.and_then(Value::as_array).into_iter().flatten();
    pairs.filter_map(|p| Some((p[0].as_str()?.to_owned(), p[1].as_str()?.to_owned()))).collect()
}

fn decode_base64(coded: &str) -> Result<Vec<u8>, String> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(coded).map_err(|e| format!("body_base64: {e}"))
}

fn read_given(value: &Value) -> Result<Given, String> {
    let map = value.as_object().ok_or("given is not an object")?;
    check_keys(map, &["lines", "steps", "browser", "virtual_erp"]).map_err(|e| format!("given: {e}"))?;
    let lines: Vec<Map<String, Value>> =
        map.get("lines").and_then(Value::as_array).into_iter().flatten().filter_map(|l| l.as_object().cloned()).collect();
    for line in &lines {
        check_keys(line, LINE_WORDS).map_err(|e| format!("given.lines: {e}"))?;
    }
    let browser = map.get("browser").and_then(Value::as_object).cloned().unwrap_or_default();
    check_keys(&browser, BROWSER_WORDS).map_err(|e| format!("given.browser: {e}"))?;
    let virtual_erp = map.get("virtual_erp").and_then(Value::as_object).cloned();
    if let Some(erp) = &virtual_erp {
        check_keys(erp, &["profile", "connection"]).map_err(|e| format!("given.virtual_erp: {e}"))?;
    }
    let steps = match map.get("steps") {
        None => Vec::new(),
        Some(Value::String(one)) => vec![one.clone()],
        Some(list) => list.as_array().into_iter().flatten().filter_map(|s| s.as_str().map(str::to_owned)).collect(),
    };
    Ok(Given { lines, steps, browser, virtual_erp })
}

/// What a basket line can be given: the article and the fields of its form.
pub const LINE_WORDS: &[&str] =
    &["article", "quantity", "cost_centre", "gl_account", "nzi_code", "po_code", "project", "branch", "budget_code", "wish_date", "note"];

/// What can be said about the browser of a case.
pub const BROWSER_WORDS: &[&str] = &[
    "cookies",
    "third_party_cookies",
    "javascript",
    "script",
    "scripts",
    "frame",
    "framed",
    "framed_by",
    "iframe",
    "opener",
    "popup",
    "window",
    "width",
];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn case(extra: Value) -> Result<Case, String> {
        let mut value = json!({"id": "X", "request": {"query_raw": "a=1"}, "expect": {"status": [200]}});
        let more = extra.as_object().expect("an object");
        value.as_object_mut().expect("an object").extend(more.clone());
        read_case("g", &value)
    }

    #[test]
    fn unknown_words_are_refused_wherever_they_stand() {
        assert!(case(json!({})).is_ok());
        for extra in [
            json!({"expects": {}}),
            json!({"given": {"line": []}}),
            json!({"given": {"lines": [{"article": "A", "colour": "red"}]}}),
            json!({"given": {"browser": {"cooky": "none"}}}),
            json!({"request": {"query": "a=1"}}),
            json!({"requests": [{"query_raw": "", "speed": 9}]}),
        ] {
            let error = case(extra.clone()).expect_err(&extra.to_string());
            assert!(error.contains("unknown word"), "{error}");
        }
    }

    #[test]
    fn a_body_in_base64_keeps_its_bytes() {
        let read = case(json!({"request": {"body_base64": "4Q==", "headers": {"Origin": "null"}}})).expect("a case");
        assert_eq!(read.calls[0].body, [0xe1]);
        assert_eq!(read.calls[0].headers, [("Origin".to_owned(), "null".to_owned())]);
    }
}
