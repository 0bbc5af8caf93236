//! What a first visit loads, against the budget, and which crates the wasm comes from.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result};
use serde_json::json;

use super::Outcome;
use crate::progress::{Steps, result, thousands};
use crate::{app, compress, paths, tools, wasm};

/// The budget of the first load with everything in, in bytes. The main job alone had two thirds of it, and took 199,348.
const BUDGET: usize = 300_000;

/// How many crates the table names; the rest is one line.
const CRATES: usize = 20;

struct File {
    name: String,
    raw: usize,
    brotli: usize,
}

pub(super) fn run() -> Result<Outcome> {
    let mut steps = Steps::new(tools::APP_TOOLS + 1);
    let tools = tools::app_tools(&mut steps)?;
    steps.begin("The app: building for release");
    app::build(&steps, &tools)?;
    let (files, later) = loads()?;
    let total: usize = files.iter().map(|file| file.brotli).sum();
    result(&format!("{:<44}{:>12}{:>12}", "First load, bytes", "raw", "brotli"));
    for file in &files {
        result(&format!("{:<44}{:>12}{:>12}", file.name, thousands(file.raw), thousands(file.brotli)));
    }
    let raw: usize = files.iter().map(|file| file.raw).sum();
    result(&format!("{:<44}{:>12}{:>12}", "all", thousands(raw), thousands(total)));
    result(&format!("{:<44}{:>12}{:>12}", "budget", "", thousands(BUDGET)));
    for file in &later {
        result(&format!(
            "{:<44}{:>12}{:>12}",
            format!("later: {}", file.name),
            thousands(file.raw),
            thousands(file.brotli)
        ));
    }
    let crates = crates()?;
    result(&format!("\n{:<44}{:>12}", "Code by crate, before wasm-opt", "raw"));
    let rest: usize = crates.iter().skip(CRATES).map(|(_, bytes)| bytes).sum();
    for (name, bytes) in crates.iter().take(CRATES) {
        result(&format!("{name:<44}{:>12}", thousands(*bytes)));
    }
    result(&format!("{:<44}{:>12}", "the rest", thousands(rest)));
    let figures = json!({
        "firstLoad": {
            "budgetBytes": BUDGET,
            "brotliBytes": total,
            "files": files.iter().map(|file| json!({
                "name": file.name, "rawBytes": file.raw, "brotliBytes": file.brotli
            })).collect::<Vec<_>>(),
        },
        "codeBytesByCrate": crates.into_iter().collect::<BTreeMap<_, _>>(),
    });
    Ok(Outcome { figures, within_budget: total <= BUDGET })
}

/// The first load: the page, what it names, and the configuration that the app asks for. And the code that comes later.
fn loads() -> Result<(Vec<File>, Vec<File>)> {
    let dist = paths::dist();
    let page = fs::read_to_string(dist.join("index.html")).context("dist/index.html cannot be read")?;
    let (mut files, mut later) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(&dist)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let compressed = path.extension().is_some_and(|ending| ending == "br" || ending == "gz");
        let named = page.contains(&format!("./{name}"));
        let first = named || name == "index.html" || name == "config.json";
        if path.is_file() && !compressed && (first || name.ends_with(".wasm")) {
            let bytes = fs::read(&path)?;
            // A small file may be smaller without.
            let brotli = compress::brotli(&bytes)?.len().min(bytes.len());
            let files = if first { &mut files } else { &mut later };
            files.push(File { name, raw: bytes.len(), brotli });
        }
    }
    files.sort_by_key(|file| std::cmp::Reverse(file.brotli));
    Ok((files, later))
}

/// Crates by the size of their code, the largest first. Generic code counts where it was written.
fn crates() -> Result<Vec<(String, usize)>> {
    let path = paths::target()?.join("wasm32-unknown-unknown").join(app::PROFILE).join("natter.wasm");
    let bytes = fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let mut crates = BTreeMap::<String, usize>::new();
    for function in wasm::functions(&bytes).context("the wasm file is not understood")? {
        *crates.entry(crate_of(&function.name)).or_default() += function.size;
    }
    let mut crates: Vec<_> = crates.into_iter().collect();
    crates.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    Ok(crates)
}

/// `<leptos::A as core::B>::c` belongs to leptos. What is not Rust's has no path.
fn crate_of(symbol: &str) -> String {
    let path = format!("{:#}", rustc_demangle::demangle(symbol));
    if !path.contains("::") {
        return "(not Rust)".to_owned();
    }
    let start = path.trim_start_matches(|letter: char| !letter.is_alphanumeric() && letter != '_');
    let start = ["dyn ", "mut ", "const ", "impl "]
        .into_iter()
        .fold(start, |path, word| path.trim_start_matches(word));
    let name: String =
        start.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
    if start[name.len()..].starts_with("::") { name } else { "core".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::crate_of;

    #[test]
    fn a_function_belongs_to_the_crate_of_its_type() {
        assert_eq!(crate_of("_ZN6leptos5mount4body17h0123456789abcdefE"), "leptos");
        assert_eq!(crate_of("<&mut natter::app::App as core::fmt::Debug>::fmt"), "natter");
        assert_eq!(crate_of("<(A, B) as tachys::View>::build"), "core");
        assert_eq!(crate_of("memcpy"), "(not Rust)");
    }
}
