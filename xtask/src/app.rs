//! Builds the app with trunk, unless what it is built from is what it was built from last time.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::paths;
use crate::process::{command, run};
use crate::progress::Steps;
use crate::tools::AppTools;

/// Folders of the checkout that the app is not made from.
const NOT_THE_APP: [&str; 7] = ["crates/service", "data", "dist", "docs", "node_modules", "target", "tests"];

/// Beside the build, says what `dist` was made from: trunk itself would optimise and compress anew each time.
const STAMP: &str = "natter-app.stamp";

/// Cargo's profile for the app: small rather than fast.
pub(crate) const PROFILE: &str = "wasm-release";

/// Builds the app for release into `dist`.
pub(crate) fn build(steps: &Steps, tools: &AppTools) -> Result<()> {
    let stamp = paths::target()?.join(STAMP);
    let sources = fingerprint_of_sources()?;
    let built = |sources: &str| Some(format!("{sources} {}\n", fingerprint_of_page()?));
    if fs::read_to_string(&stamp).is_ok_and(|stamped| built(&sources) == Some(stamped)) {
        steps.say("nothing has changed since it was built");
        return Ok(());
    }
    fetch()?;
    let mut trunk = tools.trunk()?;
    trunk.args(["build", "--release", "--cargo-profile", PROFILE, "--offline=true"]);
    run(&mut trunk).context("the app could not be built")?;
    if let Some(built) = built(&sources) {
        fs::write(&stamp, built).with_context(|| format!("{} cannot be written", stamp.display()))?;
    }
    Ok(())
}

/// Gets the packages, so that trunk can be told to stay off the network: else it asks for its own wasm-opt.
pub(crate) fn fetch() -> Result<()> {
    let mut cargo = command("cargo");
    cargo.args(["fetch", "--quiet", "--target", "wasm32-unknown-unknown"]).current_dir(paths::root());
    run(&mut cargo).context("the app's packages could not be fetched")
}

/// By content, not by time: a fresh checkout of the same commit builds nothing twice.
fn fingerprint_of_sources() -> Result<String> {
    let mut files = Vec::new();
    collect(&paths::root(), &mut files)?;
    files.sort();
    let mut hash = Sha256::new();
    for file in files {
        let bytes = fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
        hash.update(file.to_string_lossy().as_bytes());
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    }
    Ok(format!("{:x}", hash.finalize()))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))? {
        let path = entry?.path();
        let inside = path.strip_prefix(paths::root()).unwrap_or(&path);
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let words = path.extension().is_some_and(|extension| extension == "md");
        if hidden || words || NOT_THE_APP.iter().any(|not| inside == Path::new(not)) {
            continue;
        }
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// The page names every other file by its hash. None when it was not built for release, or not at all.
fn fingerprint_of_page() -> Option<String> {
    let page = fs::read(paths::dist().join("index.html")).ok()?;
    Some(format!("{:x}", Sha256::digest(page)))
}
