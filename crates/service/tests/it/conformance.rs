//! `docs/acs-conformance.md` and `docs/features.md` name tests that exist.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The tables, with how many cells a row has, and how many tests they name at least.
const TABLES: [(&str, usize, usize); 2] = [("docs/acs-conformance.md", 2, 200), ("docs/features.md", 3, 40)];

/// The file that a name of the table is in.
fn file(module: &str) -> PathBuf {
    let (place, rest) = module.split_once('/').expect("a place and a module");
    let folder = match place {
        "it" => "crates/service/tests/it",
        "tests" => "crates/service/tests",
        "service" => "crates/service/src",
        "acs-chat" => "crates/acs-chat/src",
        "client" => "crates/acs-chat/tests/it",
        "app" => "src",
        "flow" => "tests/flow",
        "web" => "tests/web",
        "e2e" => "tests/e2e",
        "sdk" => "tests/sdk",
        _ => panic!("{module}: no such place"),
    };
    Path::new(folder).join(rest).with_extension(if place == "sdk" { "py" } else { "rs" })
}

/// Whether the text has a test of this name, and not a function that happens to have it.
fn has_test(text: &str, file: &Path, name: &str) -> bool {
    let mut lines = text.lines().map(str::trim);
    if file.extension().is_some_and(|extension| extension == "py") {
        return lines.any(|line| line.starts_with(&format!("def {name}(")));
    }
    let mut marked = false;
    lines.any(|line| {
        if ["#[test]", "#[tokio::test", "#[wasm_bindgen_test"].iter().any(|mark| line.starts_with(mark)) {
            marked = true;
        } else if line.contains("fn ") {
            let found = marked && line.contains(&format!("fn {name}("));
            marked = false;
            return found;
        }
        false
    })
}

#[test]
fn every_test_named_exists() {
    for (table, cells, least) in TABLES {
        every_test_of(table, cells, least);
    }
}

fn every_test_of(table: &str, columns: usize, least: usize) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = fs::read_to_string(root.join(table)).unwrap();
    let mut texts: BTreeMap<PathBuf, String> = BTreeMap::new();
    let mut named = 0;
    for line in text.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        assert_eq!(cells.len(), columns, "{table}: {line}");
        let held_by = cells[columns - 1];
        if matches!(held_by, "held by" | "---") {
            continue;
        }
        let tests: Vec<&str> =
            held_by.split('`').skip(1).step_by(2).filter(|name| name.contains("::")).collect();
        assert!(
            !tests.is_empty() || held_by.starts_with("not done: "),
            "neither a test nor a reason: {line}"
        );
        for test in tests {
            let (module, name) = test.split_once("::").unwrap();
            let file = file(module);
            let text = texts.entry(file.clone()).or_insert_with(|| {
                fs::read_to_string(root.join(&file)).unwrap_or_else(|error| panic!("{test}: {error}"))
            });
            assert!(has_test(text, &file, name), "{test} does not exist");
            named += 1;
        }
    }
    assert!(named > least, "{table}: only {named} were found: is it read at all?");
}
