//! Where things lie: the checkout, what is built, and the cache for what is installed once per machine.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow};

/// The checkout. Asked for as it runs, for one target directory may serve several checkouts.
pub(crate) fn root() -> PathBuf {
    let package = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&package).parent().expect("xtask lies in the checkout").to_owned()
}

/// What trunk makes of the app for release.
pub(crate) fn dist() -> PathBuf {
    root().join("dist")
}

/// Tools, virtual environments and the like: outside the checkout, so that a fresh clone finds them.
pub(crate) fn cache() -> Result<PathBuf> {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("NATTER_CACHE")
        .or_else(|| set("XDG_CACHE_HOME").map(|caches| caches.join("natter")))
        .or_else(|| env::home_dir().map(|home| home.join(".cache/natter")))
        .ok_or_else(|| anyhow!("there is no home directory: set NATTER_CACHE to a folder for tools"))
}

/// Where cargo builds, which may be set in many places: so cargo is asked.
pub(crate) fn target() -> Result<PathBuf> {
    let output = Command::new("cargo")
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root())
        .output()
        .context("cargo could not be started")?;
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)
        .with_context(|| String::from_utf8_lossy(&output.stderr).trim().to_owned())?;
    let directory = metadata["target_directory"].as_str().context("cargo names no target directory")?;
    Ok(directory.into())
}

/// Finds a program the way a shell does.
pub(crate) fn which(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(name)).find(|path| path.is_file())
}
