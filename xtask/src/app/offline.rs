//! Makes the app one that starts without a network: tells its service worker which files it is made of.
//!
//! `sw.js` lies beside the page, written by hand but for the list of files, with what each has to be, and the version, which
//! is the hash of all of it. So a browser that asks whether the script has changed learns of each new build.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::page::{EDITED_LATER, integrity_of, short_hash};
use crate::paths;

/// The script, here and in the build.
const SCRIPT: &str = "sw.js";

/// Where the list of files belongs.
const NO_FILES: &str = "const FILES = new Map([]);";

/// Where the version belongs.
const NO_VERSION: &str = "const VERSION = '';";

/// Writes the service worker of what is built in this folder.
pub(super) fn complete(built: &Path) -> Result<()> {
    let script = paths::root().join(SCRIPT);
    let script =
        fs::read_to_string(&script).with_context(|| format!("{} cannot be read", script.display()))?;
    let mut files = Vec::new();
    collect(built, "", &mut files)?;
    files.sort();
    fs::write(built.join(SCRIPT), with_files(&script, &files)?).context("sw.js cannot be written")
}

/// The files of the app by their paths, and what each has to be. Of what is compressed beside them the browser knows nothing.
fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, String)>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))? {
        let (path, name) = {
            let entry = entry?;
            (entry.path(), format!("{prefix}{}", entry.file_name().to_string_lossy()))
        };
        let compressed = path.extension().is_some_and(|ending| ending == "br" || ending == "gz");
        if path.is_dir() {
            collect(&path, &format!("{name}/"), files)?;
        } else if name != SCRIPT && name != EDITED_LATER && !compressed {
            let bytes = fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
            files.push((name, integrity_of(&bytes)));
        }
    }
    Ok(())
}

/// The script with its list and its version.
fn with_files(script: &str, files: &[(String, String)]) -> Result<String> {
    for place in [NO_FILES, NO_VERSION] {
        ensure!(script.matches(place).count() == 1, "sw.js has to hold `{place}` once");
    }
    let script =
        script.replace(NO_FILES, &format!("const FILES = new Map({});", serde_json::to_string(files)?));
    let version = short_hash(&script);
    Ok(script.replace(NO_VERSION, &format!("const VERSION = '{version}';")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(files: &[(&str, &str)]) -> String {
        let files: Vec<_> =
            files.iter().map(|(name, integrity)| (name.to_string(), integrity.to_string())).collect();
        with_files(&format!("{NO_FILES}\n{NO_VERSION}\n"), &files).unwrap()
    }

    #[test]
    fn the_script_names_the_files() {
        let script = script(&[("index.html", "sha384-a"), ("languages/zh-Hans.txt", "sha384-b")]);
        let files =
            r#"const FILES = new Map([["index.html","sha384-a"],["languages/zh-Hans.txt","sha384-b"]]);"#;
        assert!(script.starts_with(files), "{script}");
    }

    #[test]
    fn the_version_is_another_when_a_file_is() {
        let version = |content: &str| {
            let script = script(&[("index.html", content)]);
            script.split("const VERSION = '").nth(1).unwrap()[..16].to_owned()
        };
        assert_eq!(version("sha384-a"), version("sha384-a"));
        assert_ne!(version("sha384-a"), version("sha384-b"));
    }

    #[test]
    fn a_script_without_their_places_is_refused() {
        assert!(with_files(NO_FILES, &[]).is_err());
        assert!(with_files(NO_VERSION, &[]).is_err());
    }

    #[test]
    fn what_is_edited_later_or_compressed_is_none_of_the_files() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("languages")).unwrap();
        for name in ["index.html", "index.html.br", "config.json", "sw.js", "languages/zh-Hans.txt"] {
            fs::write(folder.path().join(name), name).unwrap();
        }
        let mut files = Vec::new();
        collect(folder.path(), "", &mut files).unwrap();
        files.sort();
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["index.html", "languages/zh-Hans.txt"]);
        assert_eq!(files[0].1, integrity_of(b"index.html"));
    }

    #[test]
    fn the_script_of_this_checkout_has_both_places() {
        let script = fs::read_to_string(paths::root().join(SCRIPT)).unwrap();
        with_files(&script, &[]).unwrap();
    }
}
