//! Builds the app with trunk, unless what it is built from is what it was built from last time.
//!
//! Trunk compiles and collects; [`code`] then makes the code small, [`page`] makes the page strict, [`offline`] makes it start
//! without a network.

mod code;
mod names;
mod offline;
mod page;
mod unused;

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

/// What makes the code small, beside the profile. A panic becomes a trap at once, without words (src/recovery.rs shows them),
/// no value is ever written out for a programmer, and `split` cuts off what comes later (src/views/later.rs); relocations tell
/// where it can be cut.
const FLAGS: &str = "--cfg split -Clink-arg=--emit-relocs -Zunstable-options -Cpanic=immediate-abort \
    -Zfmt-debug=none -Zlocation-detail=none";

/// Options that cargo and rustc take of a nightly toolchain only, and of ours when told to; with them goes a standard library
/// that is built for size like the app.
const SMALL: [(&str, &str); 4] = [
    ("RUSTC_BOOTSTRAP", "1"),
    ("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort"),
    ("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size"),
    ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", FLAGS),
];

/// Builds the app for release into `dist`.
pub(crate) fn build(steps: &Steps, tools: &AppTools) -> Result<()> {
    let target = paths::target()?;
    let stamp = target.join(STAMP);
    let sources = fingerprint_of_sources()?;
    let built = |sources: &str| Some(format!("{sources} {}\n", fingerprint_of_page()?));
    if fs::read_to_string(&stamp).is_ok_and(|stamped| built(&sources) == Some(stamped)) {
        steps.say("nothing has changed since it was built");
        return Ok(());
    }
    fetch(&SMALL)?;
    let folder = target.join("natter-app");
    let mut trunk = tools.command("trunk")?;
    trunk.args(["build", "--release", "--cargo-profile", PROFILE, "--offline=true", "--dist"]).arg(&folder);
    run(trunk.envs(SMALL)).context("the app could not be built")?;
    let wasm = target.join("wasm32-unknown-unknown").join(PROFILE).join("natter.wasm");
    code::replace(&folder, &wasm, &target.join("natter-code"), tools)?;
    page::complete(&folder)?;
    offline::complete(&folder)?;
    page::compress_all(&folder)?;
    let dist = paths::dist();
    if dist.exists() {
        fs::remove_dir_all(&dist).with_context(|| format!("{} cannot be removed", dist.display()))?;
    }
    put(&folder, &dist)?;
    if let Some(built) = built(&sources) {
        fs::write(&stamp, built).with_context(|| format!("{} cannot be written", stamp.display()))?;
    }
    Ok(())
}

/// Makes of what was built a version that is another one, in its own folder: for the tests of what a new version does to the pages
/// of the one before. Its page says so in a tag.
pub(crate) fn build_next(dist: &Path) -> Result<PathBuf> {
    let folder = paths::target()?.join("natter-app-next");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("{} cannot be removed", folder.display()))?;
    }
    put(dist, &folder)?;
    let path = folder.join("index.html");
    let page = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    fs::write(&path, page + "<meta name=\"next\">")?;
    // Beside them would lie what they were.
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "br" || ending == "gz") {
            fs::remove_file(path)?;
        }
    }
    offline::complete(&folder)?;
    Ok(folder)
}

/// The app in a folder of its own, with other pages beside it that are served as it is.
pub(crate) fn beside(dist: &Path, pages: &Path, name: &str) -> Result<PathBuf> {
    let folder = paths::target()?.join("natter-app-beside");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("{} cannot be removed", folder.display()))?;
    }
    put(dist, &folder)?;
    put(pages, &folder.join(name))?;
    page::compress_all(&folder.join(name))?;
    Ok(folder)
}

/// Copies a folder: the target directory may be on another disk.
fn put(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("{} cannot be made", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("{} cannot be read", from.display()))? {
        let (from, to) = {
            let entry = entry?;
            (entry.path(), to.join(entry.file_name()))
        };
        if from.is_dir() {
            put(&from, &to)?;
        } else {
            fs::copy(&from, &to).with_context(|| format!("{} cannot be written", to.display()))?;
        }
    }
    Ok(())
}

/// Gets the packages, so that trunk can be told to stay off the network: else it asks for its own wasm-opt.
pub(crate) fn fetch(settings: &[(&str, &str)]) -> Result<()> {
    let mut cargo = command("cargo");
    cargo.args(["fetch", "--quiet", "--target", "wasm32-unknown-unknown"]).current_dir(paths::root());
    cargo.envs(settings.iter().copied());
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
