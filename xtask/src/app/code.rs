//! The app's code, as small as it gets: cut in two, bound to JavaScript, optimised.
//!
//! Trunk does neither of the first two for us (it cannot cut, and its wasm-opt gets no exact options), so what it made of the
//! wasm is replaced by what is made of the same wasm here. All files of one build share a hash in their names, since they only
//! fit each other.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use sha2::{Digest, Sha384};

use super::page::{attribute, integrity_of};
use crate::process::run;
use crate::tools::AppTools;

/// How wasm-opt is run. `-tnh`: a trap is the end of the app, and no path of ours counts on one. The features are read from
/// the file itself: told of all, wasm-opt writes what Chromium refuses.
const WASM_OPT: [&str; 7] =
    ["--flatten", "--rereloop", "-Oz", "-Oz", "-tnh", "--low-memory-unused", "--zero-filled-memory"];

/// The script that loads what was cut off.
const LOADER: &str = "__wasm_split.js";

/// Replaces the code in what trunk built by a smaller one, made of what cargo built.
pub(super) fn replace(built: &Path, wasm: &Path, work: &Path, tools: &AppTools) -> Result<()> {
    if work.exists() {
        fs::remove_dir_all(work).with_context(|| format!("{} cannot be removed", work.display()))?;
    }
    fs::create_dir_all(work).with_context(|| format!("{} cannot be made", work.display()))?;
    run(tools.command("wasm-split-cli")?.arg(wasm).arg(work).args(["--out-name", "natter"]))
        .context("the app could not be cut in two")?;
    run(tools
        .command("wasm-bindgen")?
        .args(["--target", "web", "--no-typescript", "--keep-lld-exports", "--out-name", "natter"])
        .arg("--out-dir")
        .args([work, &work.join("natter.wasm")]))
    .context("the app could not be bound to JavaScript")?;
    fs::remove_file(work.join("natter.wasm"))?;
    let mut files = Vec::new();
    for entry in fs::read_dir(work)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "wasm") {
            run(tools.command("wasm-opt")?.args(WASM_OPT).arg(&path).arg("-o").arg(&path))
                .context("the app could not be optimised")?;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        files.push((name, fs::read(&path)?));
    }
    files.sort();
    let page_path = built.join("index.html");
    let page = fs::read_to_string(&page_path).context("trunk wrote no index.html")?;
    let named = Named::of(files);
    for old in old_names(&page)? {
        fs::remove_file(built.join(&old)).with_context(|| format!("{old} cannot be removed"))?;
    }
    for (name, bytes) in &named.files {
        fs::write(built.join(name), bytes).with_context(|| format!("{name} cannot be written"))?;
    }
    fs::write(&page_path, named.page(&page)?).context("index.html cannot be written")
}

/// The files of one build under the names that they are served by.
struct Named {
    hash: String,
    files: Vec<(String, Vec<u8>)>,
}

impl Named {
    fn of(files: Vec<(String, Vec<u8>)>) -> Self {
        let mut hash = Sha384::new();
        for (name, bytes) in &files {
            hash.update(name);
            hash.update(bytes);
        }
        let hash: String = hash.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        let names: Vec<(String, String)> =
            files.iter().map(|(name, _)| (name.clone(), served(name, &hash))).collect();
        let rename = |(name, bytes): (String, Vec<u8>)| {
            let bytes = match String::from_utf8(bytes) {
                Ok(text) if name.ends_with(".js") => {
                    names.iter().fold(text, |text, (old, new)| text.replace(old, new)).into_bytes()
                }
                Ok(text) => text.into_bytes(),
                Err(binary) => binary.into_bytes(),
            };
            (served(&name, &hash), bytes)
        };
        Self { files: files.into_iter().map(rename).collect(), hash }
    }

    /// Trunk's page, with these files in the place of its own.
    fn page(&self, page: &str) -> Result<String> {
        let [old_script, old_wasm] = old_names(page)?;
        let (script, wasm, loader) = (
            served("natter.js", &self.hash),
            served("natter_bg.wasm", &self.hash),
            served(LOADER, &self.hash),
        );
        let mut rest = page;
        let mut new = String::with_capacity(page.len() + 200);
        while let Some(start) = rest.find("<link") {
            let end = start + rest[start..].find('>').context("index.html: a <link> tag does not end")? + 1;
            let tag = &rest[start..end];
            new.push_str(&rest[..start]);
            if tag.contains(&old_script) {
                for name in [&script, &loader] {
                    new.push_str(&self.link(name, "rel=modulepreload")?);
                }
            } else if tag.contains(&old_wasm) {
                new.push_str(&self.link(&wasm, "rel=preload as=fetch type=application/wasm")?);
            } else {
                new.push_str(tag);
            }
            rest = &rest[end..];
        }
        new.push_str(rest);
        Ok(new.replace(&old_script, &script).replace(&old_wasm, &wasm))
    }

    fn link(&self, name: &str, kind: &str) -> Result<String> {
        let (_, bytes) = self
            .files
            .iter()
            .find(|(other, _)| other == name)
            .with_context(|| format!("{name} was not built"))?;
        let integrity = integrity_of(bytes);
        Ok(format!("<link {kind} href=\"./{name}\" crossorigin integrity=\"{integrity}\">"))
    }
}

/// `natter.js` becomes `natter-0123456789abcdef.js`.
fn served(name: &str, hash: &str) -> String {
    let name = if name == LOADER { "later.js" } else { name };
    let (stem, ending) = name.split_once('.').unwrap_or((name, ""));
    let stem = stem.strip_prefix("split_").unwrap_or(stem);
    format!("{stem}-{hash}.{ending}")
}

/// The names of trunk's script and wasm.
fn old_names(page: &str) -> Result<[String; 2]> {
    let named = |relation: &str, ending: &str| {
        let tags = page.match_indices("<link").filter_map(|(start, _)| page[start..].split('>').next());
        tags.filter(|tag| attribute(tag, "rel") == Some(relation))
            .filter_map(|tag| attribute(tag, "href"))
            .find(|address| address.ends_with(ending))
            .and_then(|address| Some(address.rsplit('/').next()?.to_owned()))
            .with_context(|| format!("index.html names no {ending} file: did trunk change how it writes?"))
    };
    Ok([named("modulepreload", ".js")?, named("preload", ".wasm")?])
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<link href=./a.svg rel=icon><script type=module>import init from './natter-1.js';\
        init('./natter-1_bg.wasm')</script><link crossorigin href=./natter-1.js integrity=sha384-x rel=modulepreload>\
        <link as=fetch href=\"./natter-1_bg.wasm\" integrity=sha384-y rel=preload type=application/wasm>";

    fn named(wasm: &[u8]) -> Named {
        Named::of(vec![
            (LOADER.to_owned(), b"import './natter.js'; fetch('./split_later.wasm')".to_vec()),
            ("natter.js".to_owned(), b"import './__wasm_split.js'; fetch('natter_bg.wasm')".to_vec()),
            ("natter_bg.wasm".to_owned(), wasm.to_vec()),
            ("split_later.wasm".to_owned(), vec![0xff]),
        ])
    }

    #[test]
    fn files_of_one_build_name_each_other() {
        let named = named(b"\0asm");
        let hash = &named.hash;
        let text = |name: &str| {
            let name = format!("{name}-{hash}.js");
            let (_, bytes) = named.files.iter().find(|(other, _)| *other == name).unwrap();
            String::from_utf8(bytes.clone()).unwrap()
        };
        assert_eq!(text("natter"), format!("import './later-{hash}.js'; fetch('natter_bg-{hash}.wasm')"));
        assert_eq!(text("later"), format!("import './natter-{hash}.js'; fetch('./later-{hash}.wasm')"));
        assert!(named.files.iter().any(|(name, _)| *name == format!("later-{hash}.wasm")));
    }

    #[test]
    fn another_wasm_is_another_name_for_all() {
        assert_ne!(named(b"a").hash, named(b"b").hash);
    }

    #[test]
    fn the_page_loads_the_new_files_and_checks_them() {
        let named = named(b"\0asm");
        let (hash, page) = (&named.hash, named.page(PAGE).unwrap());
        assert!(page.starts_with("<link href=./a.svg rel=icon><script type=module>"), "{page}");
        assert!(
            page.contains(&format!("import init from './natter-{hash}.js';init('./natter_bg-{hash}.wasm')"))
        );
        for (name, kind) in [("natter", "rel=modulepreload"), ("later", "rel=modulepreload")] {
            assert!(page.contains(&format!(
                "<link {kind} href=\"./{name}-{hash}.js\" crossorigin integrity=\"sha384-"
            )));
        }
        assert!(!page.contains("natter-1") && !page.contains("sha384-x") && !page.contains("sha384-y"));
    }

    #[test]
    fn a_page_of_another_trunk_is_an_error() {
        assert!(old_names("<link rel=modulepreload href=./a.js>").is_err());
    }
}
