//! Rules of the house that can be computed: who may use whom, heads of files, no floating point, paired migrations.
//! It reads the sources; it must never need a running server.

use std::path::{Path, PathBuf};

fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder of the project").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&path).expect("a source file");
                found.push((path.strip_prefix(&root).expect("below src").to_path_buf(), text));
            }
        }
    }
    assert!(found.len() > 50, "the sources were not found");
    found
}

fn layer(path: &Path) -> String {
    path.components().next().map(|part| part.as_os_str().to_string_lossy().into_owned()).unwrap_or_default()
}

/// The code without its comments.
fn code(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The layers a line of code names: `use crate::flow::…` and `crate::flow::…` alike.
fn used(text: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines
        .flat_map(|line| line.match_indices("crate::").map(|(at, _)| line[at + 7..].to_string()).collect::<Vec<_>>())
        .map(|rest| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect())
        .collect()
}

/// The rule of docs/ARCHITECTURE.md: domain knows nobody, wire and store know the domain, flow knows those, web and work know flow.
#[test]
fn layers_use_only_what_they_may() {
    let allowed: &[(&str, &[&str])] = &[
        ("domain", &["domain"]),
        ("wire", &["domain", "wire"]),
        ("einvoice", &["einvoice"]),
        ("store", &["domain", "error", "store", "store_json"]),
        ("outbound", &["outbound", "config"]),
        ("flow", &["domain", "wire", "einvoice", "store", "outbound", "flow", "app", "clock", "config", "error"]),
    ];
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let own = layer(&path);
        if let Some((_, may)) = allowed.iter().find(|(layer, _)| *layer == own) {
            for layer in used(&text).iter().filter(|layer| !may.contains(&layer.as_str())) {
                wrong.push(format!("{} uses {layer}", path.display()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// `wire`, `domain` and `einvoice` are pure: no runtime, no server, no database, no client.
#[test]
fn the_core_does_no_io() {
    for (path, text) in sources() {
        let text = code(&text);
        if matches!(layer(&path).as_str(), "domain" | "wire" | "einvoice") {
            for word in ["tokio", "axum", "sqlx", "reqwest", "std::fs", "std::net", "SystemTime", "Instant::now"] {
                assert!(!text.contains(word), "{} mentions {word}", path.display());
            }
        }
        if matches!(layer(&path).as_str(), "domain" | "einvoice") {
            assert!(!text.contains("serde"), "{} mentions serde", path.display());
        }
    }
}

#[test]
fn only_the_engine_names_an_engine() {
    for (path, text) in sources() {
        let is_engine = path.components().any(|part| part.as_os_str() == "engine");
        assert!(is_engine || !text.contains("sqlx::"), "{} names sqlx", path.display());
    }
}

/// The fuzz targets build the pure layers by themselves: a library that lacks a feature there stops them, which nothing else would tell.
#[test]
fn fuzz_targets_use_the_libraries_of_the_product() {
    let dependencies = |path: &str| {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("a manifest");
        toml::from_str::<toml::Table>(&text).expect("TOML")["dependencies"].as_table().expect("dependencies").clone()
    };
    let (own, fuzz) = (dependencies("Cargo.toml"), dependencies("fuzz/Cargo.toml"));
    for (name, wanted) in fuzz.iter().filter(|(name, _)| *name != "libfuzzer-sys") {
        assert_eq!(Some(wanted), own.get(name), "{name}");
    }
}

/// Only `flow` (and the loop of owed work) opens a writing transaction; pages read.
#[test]
fn pages_do_not_write() {
    for (path, text) in sources() {
        if layer(&path) == "web" && !path.ends_with("health.rs") {
            assert!(!text.contains("store.begin()"), "{} opens a writing transaction", path.display());
        }
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for (path, text) in sources() {
        assert!(text.starts_with("//! "), "{} has no head", path.display());
        let code = code(&text);
        let float = code.lines().find(|line| line.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == "f32" || word == "f64"));
        assert_eq!(float, None, "{} uses floating point", path.display());
    }
}

#[test]
fn migrations_stand_in_pairs() {
    let names = |engine: &str| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine);
        let mut names: Vec<String> =
            std::fs::read_dir(folder).expect("a folder of migrations").flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgres"));
}
