//! The app's code, as small as it gets: cut in two, bound to JavaScript, optimised, its scripts made one.
//!
//! Trunk cannot cut, and does not minify what wasm-bindgen writes, so what it made of the wasm is replaced by what is made of
//! the same wasm here. All files of one build share a hash in their names, since they only fit each other.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use sha2::{Digest, Sha384};

use super::names::Names;
use super::page::{Script, attribute, integrity_of};
use super::unused::{self, UNUSED};
use crate::process::run;
use crate::tools::AppTools;

/// How wasm-opt is run. `-tnh`: a trap is the end of the app, and no path of ours counts on one. The features are read from
/// the file itself: told of all, wasm-opt writes what Chromium refuses. What is tuned is tuned for the compressed size: functions that
/// are alike compress best beside each other, and their names bring them there. And browsers compile a function when it is first
/// called, which takes longer than a tiny one is worth.
const WASM_OPT: [&str; 14] = [
    "--flatten",
    "--rereloop",
    "-Oz",
    "-Oz",
    "--flatten",
    "--rereloop",
    "-Oz",
    "-Oz",
    "--always-inline-max-function-size=4",
    "--one-caller-inline-max-function-size=60",
    "--reorder-functions-by-name",
    "-tnh",
    "--low-memory-unused",
    "--zero-filled-memory",
];

/// Starts the app.
const START: &str = include_str!("start.js");
/// Draws the newest messages before the app is there.
const FIRST: &str = include_str!("first.js");

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
    let (mut files, mut names) = (Vec::new(), Names::default());
    for entry in fs::read_dir(work)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "wasm") {
            fs::write(&path, unused::clear(&fs::read(&path)?)?)?;
            let exports = UNUSED.map(|part| format!("--remove-exports=*{part}*"));
            run(tools.command("wasm-opt")?.args(exports).args(WASM_OPT).arg(&path).arg("-o").arg(&path))
                .context("the app could not be optimised")?;
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            files.push((name, names.shorten(&fs::read(&path)?)?));
        }
    }
    files.sort();
    files.push(("natter.js".to_owned(), bundle(work, &names, tools)?));
    let page_path = built.join("index.html");
    let page = fs::read_to_string(&page_path).context("trunk wrote no index.html")?;
    let code = Code::of(files);
    for old in old_names(&page)? {
        fs::remove_file(built.join(&old)).with_context(|| format!("{old} cannot be removed"))?;
    }
    for (name, bytes) in &code.files {
        fs::write(built.join(name), bytes).with_context(|| format!("{name} cannot be written"))?;
    }
    fs::write(&page_path, code.page(&page)?).context("index.html cannot be written")
}

/// One script out of all.
fn bundle(work: &Path, names: &Names, tools: &AppTools) -> Result<Vec<u8>> {
    let bindings = work.join("natter.js");
    let script = fs::read_to_string(&bindings).context("wasm-bindgen wrote no script")?;
    // What a bundler cannot know to be without effect.
    let used = |line: &&str| {
        !(line.starts_with("if (Symbol.dispose)")
            && UNUSED.iter().any(|part| line.to_lowercase().contains(part)))
    };
    let script = script.lines().filter(used).collect::<Vec<_>>().join("\n");
    let script = script.replace("new FinalizationRegistry(", "/* @__PURE__ */ new FinalizationRegistry(");
    fs::write(&bindings, names.adapt(&script))?;
    let (start, bundled) = (work.join("start.js"), work.join("bundled.js"));
    fs::write(&start, START)?;
    fs::write(work.join("first.js"), FIRST)?;
    let options = ["--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=warning"];
    let mut esbuild = tools.command("esbuild")?;
    // The app asks for nothing that is warned of.
    esbuild.arg(start).args(options).arg("--pure:console.warn");
    run(esbuild.arg(format!("--outfile={}", bundled.display())))
        .context("the scripts could not be bundled")?;
    Ok(fs::read(bundled)?)
}

/// The files of one build under the names that they are served by.
struct Code {
    hash: String,
    files: Vec<(String, Vec<u8>)>,
}

impl Code {
    /// Of the files as they were built; the script comes last and names the others.
    fn of(mut files: Vec<(String, Vec<u8>)>) -> Self {
        let mut hash = Sha384::new();
        for (name, bytes) in &files {
            hash.update(name);
            hash.update(bytes);
        }
        let hash: String = hash.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        let names: Vec<String> = files.iter().map(|(name, _)| name.clone()).collect();
        for (name, bytes) in &mut files {
            if name.ends_with(".js") {
                let script = String::from_utf8_lossy(bytes).into_owned();
                let renamed =
                    names.iter().fold(script, |script, old| script.replace(old, &served(old, &hash)));
                *bytes = renamed.into_bytes();
            }
            *name = served(name, &hash);
        }
        Self { hash, files }
    }

    /// Trunk's page, with these files in the place of its own.
    fn page(&self, page: &str) -> Result<String> {
        let [old_script, old_wasm] = old_names(page)?;
        let mut new = String::with_capacity(page.len());
        let mut rest = page;
        while let Some(start) = rest.find("<link") {
            let end = start + rest[start..].find('>').context("index.html: a <link> tag does not end")? + 1;
            let tag = &rest[start..end];
            new.push_str(&rest[..start]);
            if tag.contains(&old_wasm) {
                let (name, integrity) = self.named("natter_bg.wasm")?;
                new.push_str(&format!(
                    "<link rel=preload as=fetch type=application/wasm href=\"./{name}\" crossorigin integrity=\"{integrity}\">"
                ));
            } else if !tag.contains(&old_script) {
                new.push_str(tag);
            }
            rest = &rest[end..];
        }
        new.push_str(rest);
        let start = Script::all(&new)?.into_iter().find(|script| script.content.contains(&old_script));
        let start = start.context("index.html does not start the app: did trunk change how it does?")?;
        let (name, integrity) = self.named("natter.js")?;
        let script =
            format!("<script type=module src=\"./{name}\" integrity=\"{integrity}\" crossorigin></script>");
        Ok(new.replace(start.whole, &script))
    }

    /// The name that a file is served by, and what it has to be.
    fn named(&self, built: &str) -> Result<(String, String)> {
        let name = served(built, &self.hash);
        let found = self.files.iter().find(|(other, _)| *other == name);
        let (_, bytes) = found.with_context(|| format!("{built} was not built"))?;
        Ok((name, integrity_of(bytes)))
    }
}

/// `natter.js` becomes `natter-0123456789abcdef.js`, `natter_bg.wasm` too, and `split_later.wasm` becomes `later-….wasm`.
fn served(built: &str, hash: &str) -> String {
    let (stem, ending) = built.split_once('.').unwrap_or((built, ""));
    let stem = stem.strip_prefix("split_").unwrap_or(stem).trim_end_matches("_bg");
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
        <link as=fetch href=\"./natter-1_bg.wasm\" integrity=sha384-y rel=preload type=application/wasm><script src=b.js></script>";

    fn code(wasm: &[u8]) -> Code {
        Code::of(vec![
            ("natter_bg.wasm".to_owned(), wasm.to_vec()),
            ("split_later.wasm".to_owned(), vec![0xff]),
            ("natter.js".to_owned(), b"new URL('natter_bg.wasm');fetch('./split_later.wasm')".to_vec()),
        ])
    }

    #[test]
    fn the_script_names_the_others() {
        let code = code(b"\0asm");
        let hash = &code.hash;
        let names: Vec<&str> = code.files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            ["wasm", "wasm", "js"]
                .iter()
                .zip(["natter", "later", "natter"])
                .map(|(ending, stem)| format!("{stem}-{hash}.{ending}"))
                .collect::<Vec<_>>()
        );
        let script = String::from_utf8(code.files[2].1.clone()).unwrap();
        assert_eq!(script, format!("new URL('natter-{hash}.wasm');fetch('./later-{hash}.wasm')"));
    }

    #[test]
    fn what_is_kept_is_read_where_the_app_keeps_it() {
        let settings = include_str!("../../../src/settings.rs");
        let browser = include_str!("../../../src/platform/browser.rs");
        for (file, name) in [(settings, "THEME_KEY"), (browser, "SESSION_KEY")] {
            let key = file.split_once(&format!("{name}: &str = \"")).unwrap().1.split('"').next().unwrap();
            assert!(START.contains(&format!("kept('{key}')")), "{key}");
        }
    }

    #[test]
    fn another_wasm_is_another_name_for_all() {
        assert_ne!(code(b"a").hash, code(b"b").hash);
    }

    #[test]
    fn the_page_loads_the_new_files_and_checks_them() {
        let code = code(b"\0asm");
        let (hash, page) = (&code.hash, code.page(PAGE).unwrap());
        let start = format!(
            "<link href=./a.svg rel=icon><script type=module src=\"./natter-{hash}.js\" integrity=\"sha384-"
        );
        assert!(page.starts_with(&start), "{page}");
        let wasm =
            format!("type=application/wasm href=\"./natter-{hash}.wasm\" crossorigin integrity=\"sha384-");
        assert!(page.contains(&wasm), "{page}");
        assert!(page.ends_with("\"><script src=b.js></script>"), "{page}");
        assert!(!page.contains("natter-1") && !page.contains("sha384-x") && !page.contains("sha384-y"));
    }

    #[test]
    fn a_page_of_another_trunk_is_an_error() {
        assert!(old_names("<link rel=modulepreload href=./a.js>").is_err());
    }
}
