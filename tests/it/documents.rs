//! The documents say what the code says: routes and their roles in the OpenAPI file, settings and findings in pages written from the source,
//! links that lead somewhere. It reads files of the project; it must never need a running server, and writes only when asked (`UPDATE=1`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use hookline::domain::name::is_slug;
use hookline::web::{self, Access};
use hookline::wire::oci::preset::PRESETS;
use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// README.md and every page under docs/.
fn pages() -> Vec<PathBuf> {
    let folder = std::fs::read_dir(root().join("docs")).expect("the folder docs");
    let mut pages: Vec<PathBuf> = folder.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "md")).collect();
    pages.push(root().join("README.md"));
    pages.sort();
    assert!(pages.len() > 5, "the pages were not found");
    pages
}

// --- routes ---------------------------------------------------------------------------------------------------------

fn openapi() -> Value {
    serde_json::from_str(&read("docs/openapi.json")).expect("docs/openapi.json is JSON")
}

/// `GET /api/v1/budgets` → the roles that may; none for a public one. The document itself is not described in itself.
type Operations = BTreeMap<String, Option<BTreeSet<String>>>;

fn routes_of_code() -> Operations {
    let mut found = Operations::new();
    for route in web::routes().iter().filter(|route| route.path.starts_with("/api/") && route.path != "/api/openapi.json") {
        let roles = match route.access {
            Access::Roles(roles) => Some(roles.iter().map(|role| (*role).to_string()).collect()),
            _ => None,
        };
        for method in route.methods.split_whitespace() {
            found.insert(format!("{method} {}", route.path), roles.clone());
        }
    }
    found
}

fn routes_of_document(document: &Value) -> Operations {
    let mut found = Operations::new();
    for (path, operations) in document["paths"].as_object().expect("paths") {
        for (method, operation) in operations.as_object().expect("operations") {
            let roles = operation
                .get("x-roles")
                .map(|roles| roles.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_string).collect::<BTreeSet<_>>());
            found.insert(format!("{} {path}", method.to_uppercase()), roles);
        }
    }
    found
}

#[test]
fn every_route_of_the_api_is_described_and_no_other() {
    assert_eq!(routes_of_document(&openapi()), routes_of_code());
}

/// What a generator of clients stumbles over: names used twice, parameters of the path left out, references into nothing.
#[test]
fn the_description_of_the_api_holds_together() {
    let document = openapi();
    assert_eq!(document["openapi"], "3.1.0");
    let mut ids = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().expect("paths") {
        for operation in operations.as_object().expect("operations").values() {
            let id = operation["operationId"].as_str().unwrap_or_default();
            assert!(is_slug(id) && ids.insert(id.to_string()), "operationId of {path}: {id}");
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let named: BTreeSet<String> =
                parameters.iter().filter(|p| p["in"] == "path").filter_map(|p| p["name"].as_str()).map(|name| format!("{{{name}}}")).collect();
            let needed: BTreeSet<String> = path.split('/').filter(|part| part.starts_with('{')).map(str::to_string).collect();
            assert_eq!(named, needed, "{path}");
            let is_public = operation.get("x-roles").is_none();
            assert_eq!(operation.get("security").is_some(), is_public, "{path}: security stands open only where it says so");
        }
    }
    let mut open = vec![&document];
    while let Some(value) = open.pop() {
        if let Some(target) = value.get("$ref").and_then(Value::as_str) {
            let place = target.strip_prefix('#').unwrap_or(target);
            assert!(document.pointer(place).is_some(), "{target} leads nowhere");
        }
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(members) => open.extend(members.values()),
            _ => {}
        }
    }
}

// --- pages written from the source ----------------------------------------------------------------------------------

/// A field of a struct in the source: its name, its type as written, its doc comment.
struct Field {
    name: String,
    kind: String,
    doc: String,
}

/// The lines of an item between its first line and the `}` that closes it.
fn body<'s>(source: &'s str, head: &str) -> Vec<&'s str> {
    let at = source.find(head).unwrap_or_else(|| panic!("the source has no {head}"));
    let lines: Vec<&str> = source[at..].lines().skip(1).collect();
    let indent = source[..at].rsplit('\n').next().unwrap_or_default();
    let close = format!("{indent}}}");
    lines.into_iter().take_while(|line| *line != close).collect()
}

/// Every field that a file may hold, in the order of the source. One without a doc comment fails the test.
fn fields(source: &str, item: &str) -> Vec<Field> {
    let mut found = Vec::new();
    let mut doc = String::new();
    let mut skipped = false;
    for line in body(source, &format!("pub struct {item} {{")) {
        let line = line.trim();
        if let Some(text) = line.strip_prefix("///") {
            doc = format!("{doc} {}", text.trim()).trim().to_string();
        } else if line == "#[serde(skip)]" {
            skipped = true;
        } else if let Some((name, kind)) = line.strip_prefix("pub ").and_then(|rest| rest.split_once(": ")) {
            assert!(!doc.is_empty(), "{item}.{name} has no doc comment");
            if !skipped {
                found.push(Field { name: name.to_string(), kind: kind.trim_end_matches(',').to_string(), doc: std::mem::take(&mut doc) });
            }
            (doc, skipped) = (String::new(), false);
        }
    }
    assert!(!found.is_empty(), "{item} has no fields");
    found
}

/// What a reader of the page calls a type.
fn kind_word(kind: &str) -> &'static str {
    let inner = kind.strip_prefix("Option<").and_then(|rest| rest.strip_suffix('>')).unwrap_or(kind);
    match inner {
        "String" | "SmtpUrl" | "Token" => "text",
        "PathBuf" => "folder",
        "bool" => "true or false",
        "u32" | "usize" => "whole number",
        "Vec<String>" => "list of texts",
        "Vec<IpAddr>" => "list of addresses",
        "BTreeMap<String, String>" => "table of texts",
        "BTreeMap<String, Mapping>" => "table, see below",
        "Names" | "Smtp" | "AccessPoint" | "CxmlSettings" | "PeppolSettings" | "RemoteSettings" => "table, see below",
        other => panic!("say in tests/it/documents.rs what a {other} is called"),
    }
}

/// The values of an `impl Default`, as a file would hold them.
fn defaults(source: &str, item: &str) -> BTreeMap<String, String> {
    let lines = body(source, &format!("impl Default for {item} {{"));
    let pairs = lines.iter().filter_map(|line| line.trim().trim_end_matches(',').split_once(": "));
    pairs.map(|(name, value)| (name.to_string(), default_word(value))).collect()
}

fn default_word(value: &str) -> String {
    let text = |open: &str, close: &str| value.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
    if let Some(text) = text("\"", "\".into()").or(text("\"", "\".to_string()")).or(text("PathBuf::from(\"", "\")")) {
        return if text.is_empty() { "none".to_string() } else { format!("`\"{text}\"`") };
    }
    if let Some((_, variant)) = value
        .split_once("::")
        .filter(|(item, _)| matches!(*item, "ReturnMethod" | "NumberStyle" | "ZeroPrice" | "Response" | "Language" | "Unknown" | "CartField"))
    {
        return format!("`\"{}\"`", variant.to_lowercase());
    }
    let factors: Option<Vec<u64>> = value.split(" * ").map(|factor| factor.replace('_', "").parse().ok()).collect();
    match (value, factors) {
        ("None" | "String::new()" | "ParameterNames::default()", _) => "none".to_string(),
        ("Decimal::ZERO", _) => "`\"0\"`".to_string(),
        ("Vec::new()", _) => "`[]`".to_string(),
        ("BTreeMap::new()", _) => "`{}`".to_string(),
        ("true" | "false", _) => format!("`{value}`"),
        (_, Some(factors)) => format!("`{}`", factors.iter().product::<u64>()),
        (other, None) => panic!("say in tests/it/documents.rs how the default {other} is shown"),
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn table(fields: &[Field], defaults: &BTreeMap<String, String>) -> String {
    let mut out = String::from("| key | kind | default | meaning |\n| --- | --- | --- | --- |\n");
    for field in fields {
        let default = defaults.get(&field.name).map_or("needed", String::as_str);
        out.push_str(&format!("| `{}` | {} | {default} | {} |\n", field.name, kind_word(&field.kind), cell(&field.doc)));
    }
    out
}

/// What a preset sets otherwise than the generic one, as key and value.
fn differences(of: &hookline::domain::connection::Connection) -> String {
    // One line for each field of the pretty form: those with four blanks; deeper ones belong to the field above.
    let lines = |connection: &hookline::domain::connection::Connection| -> Vec<String> {
        let mut fields: Vec<String> = Vec::new();
        for line in format!("{connection:#?}").lines().filter(|line| line.starts_with("    ")) {
            match fields.last_mut() {
                Some(last) if line.starts_with("     ") || line.trim_end_matches(',').ends_with(['}', ']', ')']) && !line.contains(": ") => {
                    last.push(' ');
                    last.push_str(line.trim());
                }
                _ => fields.push(line.trim().to_string()),
            }
        }
        fields
    };
    let generic = lines(&PRESETS[0].connection());
    let other = lines(of).into_iter().filter(|line| {
        !line.starts_with("preset: ")
            && !line.starts_with("cxml: ")
            && !line.starts_with("peppol: ")
            && !line.starts_with("remote: ")
            && !generic.contains(line)
    });
    let words = other
        .map(|line| {
            let (key, value) = line.trim_end_matches(',').split_once(": ").unwrap_or((&line, ""));
            let value = value.replace(": ", " = ").replace(", }", " }");
            let plain = value.chars().all(|c| c.is_ascii_alphanumeric());
            format!(
                "`{key} = {}`",
                if plain && value != "true" && value != "false" && value.parse::<u32>().is_err() {
                    format!("\"{}\"", value.to_lowercase())
                } else {
                    value
                }
            )
        })
        .chain(of.cxml.as_deref().into_iter().flat_map(differences_of_cxml));
    words.collect::<Vec<_>>().join("<br>")
}

/// What a preset says of cXML: that it speaks it, and what is not as usual.
fn differences_of_cxml(of: &hookline::domain::connection::Cxml) -> Vec<String> {
    let shown = |cxml: &hookline::domain::connection::Cxml| {
        serde_json::to_value(hookline::wire::cxml::settings::CxmlSettings::of(cxml)).expect("settings can be written")
    };
    let (usual, own) = (shown(&Default::default()), shown(of));
    let keys = own.as_object().into_iter().flatten().filter(|(key, value)| usual.get(*key) != Some(value));
    std::iter::once("`[connection.cxml]`".to_string()).chain(keys.map(|(key, value)| format!("`cxml.{key} = {value}`"))).collect()
}

fn presets() -> String {
    let mut out = String::from("| preset | system | call-up by | version | sets |\n| --- | --- | --- | --- | --- |\n");
    for preset in PRESETS {
        out.push_str(&format!(
            "| `{}` | {} | {} | {} | {} |\n",
            preset.id,
            preset.name,
            preset.call,
            preset.version,
            differences(&preset.connection())
        ));
    }
    out
}

const CONFIGURATION_HEAD: &str = "# Settings

Written from the source by a test; do not edit. `UPDATE=1 cargo test --test it documents` writes it anew.

Rule numbers (R-09) and sections (5.3) are those of the OCI rules the project follows; the source names them where it keeps them.

## The configuration file

TOML, named with `--config` or `HOOKLINE_CONFIG`. An unknown key stops the start. The keys of the file come first, then the environment, then the
flags; which of them have a variable or a flag stands in [operator.md](operator.md#configuration).

";

fn configuration() -> String {
    let (config, settings, connection) = (read("src/config.rs"), read("src/wire/settings.rs"), read("src/domain/connection.rs"));
    let (none, cxml) = (BTreeMap::new(), read("src/wire/cxml/settings.rs"));
    let mut defaults_of_connection = defaults(&connection, "Connection");
    defaults_of_connection.insert("max".into(), "the field's own".into());
    let empty: BTreeMap<String, String> = fields(&settings, "Names").into_iter().map(|field| (field.name, "`[]`".to_string())).collect();
    let mut out = CONFIGURATION_HEAD.to_string();
    let mut part = |title: &str, text: &str| {
        if !title.is_empty() {
            out.push_str(&format!("\n{title}\n\n"));
        }
        out.push_str(text);
    };
    part("", &table(&fields(&config, "Config"), &defaults(&config, "Config")));
    part("### `[smtp]`", &table(&fields(&config, "Smtp"), &none));
    let of_access_point = [("token_header", "X-Token"), ("submit", "as phoss-ap has it"), ("status", "as phoss-ap has it")];
    let of_access_point = of_access_point.map(|(key, value)| (key.to_string(), value.to_string())).into_iter().collect();
    part("### `[access_point]`", &table(&fields(&config, "AccessPoint"), &of_access_point));
    part(
        "## A connection",
        "The keys of a `[[connection]]` in a set-up file, beside `name`, `buyer` and `catalogue`. A key that is left out stays as the preset has it;\nthe defaults here are those of the preset `generic`. An unknown key is a finding with its line.\n\n",
    );
    part("", &table(&fields(&settings, "ConnectionSettings"), &defaults_of_connection));
    part("### `[connection.parameter_names]`", &table(&fields(&settings, "Names"), &empty));
    part(
        "### An entry of `[connection.field_mapping]`",
        &table(&fields(&settings, "Mapping"), &BTreeMap::from([("max".to_string(), "the field's own".to_string())])),
    );
    part(
        "### `[connection.cxml]`",
        "Sections are those of the cXML rules the project follows. How a connection is set up stands in [cxml.md](cxml.md).\n\n",
    );
    part("", &table(&fields(&cxml, "CxmlSettings"), &defaults(&connection, "Cxml")));
    part(
        "### `[connection.peppol]`",
        "Sections are those of the rules of Peppol ordering the project follows. How a connection is set up stands in [peppol.md](peppol.md).\n\n",
    );
    let of_peppol = [
        ("units", "`{}`"),
        ("unknown_parts", "`\"refuse\"`"),
        ("unknown_cost_centre", "`\"refuse\"`"),
        ("no_cost_centre", "`\"refuse\"`"),
        ("standing_orders", "`\"refuse\"`"),
        ("strict", "`false`"),
    ];
    let of_peppol = of_peppol.map(|(key, value)| (key.to_string(), value.to_string())).into_iter().collect();
    part("", &table(&fields(&read("src/wire/peppol/settings.rs"), "PeppolSettings"), &of_peppol));
    part(
        "### `[connection.remote]`",
        "Sections are those of the cXML rules the project follows. How a shop of the supplier's own is connected stands in\n[cxml.md](cxml.md#a-suppliers-own-shop).\n\n",
    );
    let of_remote = [("secret", "none"), ("sealed", ""), ("units", "`{}`"), ("vat", "`\"0\"`")];
    let of_remote = of_remote.map(|(key, value)| (key.to_string(), value.to_string())).into_iter().collect();
    part("", &table(&fields(&read("src/wire/cxml/remote_settings.rs"), "RemoteSettings"), &of_remote));
    part("## Presets", &presets());
    out
}

const FINDINGS_HEAD: &str = "# Findings

Written from the source by a test; do not edit. `UPDATE=1 cargo test --test it documents` writes it anew.

A finding says what is wrong with a document or a form: its code (stable), the line (from 1), the field, the value, the limit. The code stands in
answers of the API, in evidence and in the log; the sentence is shown to people, in Dutch, English, French and German.

| code | why | sentence |
| --- | --- | --- |
";

fn findings() -> String {
    let (source, english) = (read("src/domain/finding.rs"), read("src/locale/en.ftl"));
    let codes: BTreeMap<&str, &str> = source
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Code::")?.strip_suffix("\","))
        .filter_map(|line| line.split_once(" => \""))
        .collect();
    let mut out = FINDINGS_HEAD.to_string();
    let mut doc = String::new();
    for line in body(&source, "pub enum Code {").into_iter().map(str::trim) {
        if let Some(text) = line.strip_prefix("///") {
            doc = format!("{doc} {}", text.trim()).trim().to_string();
        } else if let Some(variant) = line.strip_suffix(',') {
            let code = codes.get(variant).unwrap_or_else(|| panic!("Code::{variant} has no text"));
            let key = format!("finding-{code} = ");
            let sentence = english.lines().find_map(|line| line.strip_prefix(&key)).unwrap_or_else(|| panic!("en.ftl has no {key}"));
            let sentence = sentence.replace("{ $", "‹").replace(" }", "›");
            out.push_str(&format!("| `{code}` | {} | {} |\n", cell(&std::mem::take(&mut doc)), cell(&sentence)));
        }
    }
    out
}

/// Compares, or writes when `UPDATE=1`.
fn compare(path: &str, wanted: &str) {
    if std::env::var("UPDATE").is_ok_and(|value| value == "1") {
        std::fs::write(root().join(path), wanted).unwrap_or_else(|error| panic!("{path}: {error}"));
    }
    let there = read(path);
    let first = there.lines().zip(wanted.lines()).find(|(is, should)| is != should);
    assert!(there == wanted, "{path} is behind the source ({first:?}); UPDATE=1 writes it anew");
}

#[test]
fn the_page_of_settings_says_what_the_source_says() {
    compare("docs/configuration.md", &configuration());
}

#[test]
fn the_page_of_findings_says_what_the_source_says() {
    compare("docs/findings.md", &findings());
}

// --- links and words ------------------------------------------------------------------------------------------------

/// Targets of links and pictures outside of code.
fn links(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut in_code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if !in_code {
            found.extend(line.split("](").skip(1).filter_map(|rest| rest.split(')').next()).map(str::to_string));
        }
    }
    found
}

/// The names under which the headings of a page can be linked.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter_map(|line| line.strip_prefix('#')).map(|line| line.trim_start_matches('#').trim().to_lowercase());
    let kept = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    headings.map(|heading| heading.chars().filter(|c| kept(*c)).map(|c| if c == ' ' { '-' } else { c }).collect()).collect()
}

#[test]
fn every_link_leads_to_something_that_is_there() {
    let mut wrong = Vec::new();
    for page in pages() {
        let text = std::fs::read_to_string(&page).expect("a page");
        let folder = page.parent().expect("a page is in a folder");
        for link in links(&text).into_iter().filter(|link| !link.contains("://") && !link.starts_with("mailto:")) {
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if file.is_empty() { page.clone() } else { folder.join(file) };
            let is_there = target.exists();
            let has_anchor = anchor.is_empty() || std::fs::read_to_string(&target).is_ok_and(|text| anchors(&text).contains(anchor));
            if !is_there || !has_anchor {
                wrong.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// Every page is reached from README.md: none is left over when its subject is gone.
#[test]
fn the_start_page_leads_to_every_page() {
    let linked: BTreeSet<String> = links(&read("README.md")).into_iter().collect();
    for page in pages().iter().filter(|page| !page.ends_with("README.md")) {
        let name = format!("docs/{}", page.file_name().expect("a file").to_string_lossy());
        assert!(linked.contains(&name), "README.md does not lead to {name}");
    }
}

/// The place where the project happens to lie, and the home of whoever builds it, help nobody else.
#[test]
fn no_page_names_a_place_of_one_machine() {
    let home = std::env::var("HOME").unwrap_or_default();
    let own = root().display().to_string();
    for page in pages() {
        let text = std::fs::read_to_string(&page).expect("a page");
        for word in [&own, &home].into_iter().filter(|word| word.len() > 1) {
            assert!(!text.contains(word.as_str()), "{} names {word}", page.display());
        }
    }
}
