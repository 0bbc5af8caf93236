//! Makes trunk's page one for release.
//!
//! Trunk starts the app from a script inside the page, which a policy without 'unsafe-inline' forbids. Here
//! each such script becomes a file with a hash in its name, the stylesheets go into the page (over a slow line asking for them
//! would cost the first paint as long as the page itself did), which the policy allows by their hash and by nothing else, but for
//! those that the skeleton does without: they are one file, which the app waits for. And the policy goes into the page too (so that
//! it holds on a plain static host).
//! Last of all, what is worth it gets compressed siblings.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256, Sha384};

use crate::compress;

/// Behind the sources of styles comes the hash of the page's own. The service sends what the page says as a header too, with
/// `frame-ancestors`, which a page cannot say.
const POLICY: [&str; 2] = [
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'",
    "; img-src 'self' data: blob:; font-src 'self'; \
    connect-src 'self' https: http://localhost:* http://127.0.0.1:*; manifest-src 'self'; \
    worker-src 'self'; base-uri 'none'; form-action 'none'",
];

/// What compresses well. Pictures and fonts already are.
const COMPRESSED: [&str; 8] = ["css", "html", "js", "json", "svg", "txt", "wasm", "webmanifest"];

/// Edited where it is hosted: a compressed sibling would go on saying what it said before.
pub(super) const EDITED_LATER: &str = "config.json";

/// As in Trunk.toml: the same files work under any path of any static host.
const PUBLIC_URL: &str = "./";

/// Where the styles of the page belong.
const STYLES: &str = "<!--styles-->";

/// The stylesheets that the skeleton does without, by their names in `style`.
const NOT_THE_SKELETON: [&str; 11] = [
    "field",
    "details",
    "assistant",
    "dialog",
    "banner",
    "sign-in",
    "menu",
    "operator",
    "emoji-picker",
    "dictation",
    "toast",
];

/// Finishes the page in this folder.
pub(super) fn complete(built: &Path) -> Result<()> {
    let path = built.join("index.html");
    let page = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let styled = gather_styles(&page, PUBLIC_URL, |name| Ok(fs::read_to_string(built.join(name))?))?;
    let finished = finish(&styled, PUBLIC_URL)?;
    for (name, text) in &finished.files {
        fs::write(built.join(name), text).with_context(|| format!("{name} cannot be written"))?;
    }
    for name in &styled.files {
        fs::remove_file(built.join(name)).with_context(|| format!("{name} cannot be removed"))?;
    }
    fs::write(&path, &finished.page).with_context(|| format!("{} cannot be written", path.display()))
}

/// A page that waits for its styles: what they are, those of the skeleton and the others, and the files that they were in.
#[derive(Default)]
struct Styled {
    page: String,
    css: String,
    others: String,
    files: Vec<String>,
}

/// Takes the stylesheets out, in their order, and leaves [`STYLES`] in the place of the first.
fn gather_styles(page: &str, public_url: &str, read: impl Fn(&str) -> Result<String>) -> Result<Styled> {
    let mut styled = Styled { page: String::with_capacity(page.len()), ..Styled::default() };
    let mut rest = page;
    while let Some(start) = rest.find("<link") {
        let end = start + rest[start..].find('>').context("index.html: a <link> tag does not end")? + 1;
        let tag = &rest[start..end];
        styled.page.push_str(&rest[..start]);
        let plain = attribute(tag, "rel") == Some("stylesheet") && attribute(tag, "media").is_none();
        let ours = attribute(tag, "href").and_then(|address| address.strip_prefix(public_url));
        if let Some(name) = ours.filter(|_| plain) {
            let text = read(name).with_context(|| format!("{name} cannot be read"))?;
            if let Some(found) = ["@import", "@charset", "</"].into_iter().find(|found| text.contains(found))
            {
                bail!("{name} holds {found}, which has no place inside a page: do without");
            }
            if styled.files.is_empty() {
                styled.page.push_str(STYLES);
            }
            // Trunk puts a hash behind the name.
            let others = name.rsplit_once('-').is_some_and(|(name, _)| NOT_THE_SKELETON.contains(&name));
            let css = if others { &mut styled.others } else { &mut styled.css };
            css.push_str(text.trim());
            css.push('\n');
            styled.files.push(name.to_owned());
        } else {
            styled.page.push_str(tag);
        }
        rest = &rest[end..];
    }
    styled.page.push_str(rest);
    Ok(styled)
}

/// An attribute of a tag, with its quotes or without. Not for values with spaces inside.
pub(super) fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let words = tag.trim_end_matches(['>', '/']).split_ascii_whitespace();
    let value = words.filter_map(|word| word.split_once('=')).find(|(key, _)| *key == name)?.1;
    Some(value.trim_matches(['"', '\'']))
}

pub(super) fn short_hash(text: &str) -> String {
    Sha384::digest(text)[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn integrity(text: &str) -> String {
    integrity_of(text.as_bytes())
}

/// What a tag says a file has to be.
pub(super) fn integrity_of(bytes: &[u8]) -> String {
    format!("sha384-{}", STANDARD.encode(Sha384::digest(bytes)))
}

/// A page without scripts inside, and the files that they and the styles that come after it became.
struct Finished {
    page: String,
    files: Vec<(String, String)>,
}

fn finish(styled: &Styled, public_url: &str) -> Result<Finished> {
    let Styled { page, css, others, .. } = styled;
    if page.contains("<style") || page.contains(" style=") {
        bail!("index.html holds styles, which the content security policy forbids: move them into style/");
    }
    let mut files = Vec::new();
    let mut finished = String::with_capacity(page.len());
    let mut rest = page.as_str();
    while let Some(start) = rest.find("<script") {
        let element = Script::at(&rest[start..])?;
        finished.push_str(&rest[..start]);
        if element.is_inline_code()? {
            let name = format!("start-{}.js", short_hash(element.content));
            let (attributes, integrity) = (element.attributes, integrity(element.content));
            finished.push_str(&format!(
                "<script{attributes} src=\"{public_url}{name}\" integrity=\"{integrity}\" \
                 crossorigin=\"anonymous\"></script>"
            ));
            files.push((name, element.content.to_owned()));
        } else {
            finished.push_str(element.whole);
        }
        rest = &rest[start + element.whole.len()..];
    }
    finished.push_str(rest);
    let mut style = if css.is_empty() { String::new() } else { format!("<style>{css}</style>") };
    if !others.is_empty() {
        let name = format!("app-{}.css", short_hash(others));
        // `start.js` makes it a stylesheet: as one it would hold up the first paint.
        style.push_str(&format!(
            "<link rel=preload as=style href=\"{public_url}{name}\" integrity=\"{}\">",
            integrity(others)
        ));
        files.push((name, others.clone()));
    }
    let page = with_policy(&finished, css)?.replacen(STYLES, &style, 1);
    Ok(Finished { page, files })
}

/// A script element, from the page that trunk wrote: well-formed, perhaps with its quotes minified away.
pub(super) struct Script<'a> {
    pub(super) whole: &'a str,
    attributes: &'a str,
    pub(super) content: &'a str,
}

impl<'a> Script<'a> {
    /// Those of a page, in their order.
    pub(super) fn all(page: &'a str) -> Result<Vec<Self>> {
        page.match_indices("<script").map(|(start, _)| Self::at(&page[start..])).collect()
    }

    fn at(html: &'a str) -> Result<Self> {
        const CLOSING: &str = "</script>";
        let tag_end = html.find('>').context("index.html: a <script> tag does not end")?;
        let length = html[tag_end..].find(CLOSING).context("index.html: a <script> is not closed")?;
        Ok(Self {
            whole: &html[..tag_end + length + CLOSING.len()],
            attributes: html["<script".len()..tag_end].trim_end(),
            content: &html[tag_end + 1..tag_end + length],
        })
    }

    /// Whether the policy would stop it. Data blocks run nothing and stay.
    fn is_inline_code(&self) -> Result<bool> {
        if attribute(self.attributes, "src").is_some() {
            return Ok(false);
        }
        match attribute(self.attributes, "type") {
            None | Some("" | "module" | "text/javascript" | "application/javascript") => Ok(true),
            Some(kind @ ("importmap" | "speculationrules")) => {
                bail!("index.html holds a script of type {kind}, which cannot be a file: do without")
            }
            Some(_) => Ok(false),
        }
    }
}

/// First in the head: it holds for what comes after it only.
fn with_policy(page: &str, css: &str) -> Result<String> {
    // Trunk's minifier leaves out the tags that HTML allows to.
    let after = ["head", "html", "!doctype"].iter().find_map(|name| after_tag(page, name));
    let (before, rest) = page.split_at(after.context("index.html does not begin like a page")?);
    let [sources, others] = POLICY;
    let hash = STANDARD.encode(Sha256::digest(css));
    let policy = format!("{sources} 'sha256-{hash}'{others}");
    Ok(format!("{before}<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">{rest}"))
}

/// Where the first tag of this name ends. `head` is not found in `<header>`.
fn after_tag(page: &str, name: &str) -> Option<usize> {
    page.match_indices('<').find_map(|(start, _)| {
        let tag = &page[start + 1..start + page[start..].find('>')?];
        let found = tag.split_ascii_whitespace().next()?;
        found.eq_ignore_ascii_case(name).then_some(start + 1 + tag.len() + 1)
    })
}

/// Writes `.br` and `.gz` beside each file that gains by it.
pub(super) fn compress_all(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            compress_all(&path)?;
            continue;
        }
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        if !COMPRESSED.contains(&extension.as_ref()) || path.file_name() == Some(EDITED_LATER.as_ref()) {
            continue;
        }
        let bytes = fs::read(&path)?;
        for (ending, compressed) in [("br", compress::brotli(&bytes)?), ("gz", compress::gzip(&bytes)?)] {
            if compressed.len() < bytes.len() {
                fs::write(path.with_added_extension(ending), compressed)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths;

    const PAGE: &str = "<!doctype html><html lang=en><head><meta charset=utf-8>\
        <script type=\"application/json\">{}</script>\n<script type=\"module\">\nimport init from './a.js';\n\
        </script><link rel=\"modulepreload\" href=\"./a.js\"></head><body><script src=./b.js></script></body>";

    /// A page that holds these styles.
    fn styled(page: &str, css: &str) -> Styled {
        Styled { page: page.to_owned(), css: css.to_owned(), ..Styled::default() }
    }

    #[test]
    fn scripts_inside_the_page_become_files() {
        let finished = finish(&styled(PAGE, ""), "./").unwrap();
        let [(name, script)] = &finished.files[..] else { panic!("one script") };
        assert_eq!(script, "\nimport init from './a.js';\n");
        assert!(name.starts_with("start-") && name.ends_with(".js"), "{name}");
        let expected = format!("<script type=\"module\" src=\"./{name}\" integrity=\"sha384-");
        assert!(finished.page.contains(&expected), "{}", finished.page);
        assert!(!finished.page.contains("import init"));
    }

    #[test]
    fn what_the_policy_allows_stays() {
        let page = finish(&styled(PAGE, ""), "./").unwrap().page;
        assert!(page.contains("<script type=\"application/json\">{}</script>"));
        assert!(page.contains("<script src=./b.js></script></body>"));
        assert!(page.contains("<link rel=\"modulepreload\" href=\"./a.js\">"));
    }

    #[test]
    fn the_policy_comes_first_in_the_head() {
        let page = finish(&styled(PAGE, ""), "./").unwrap().page;
        assert!(
            page.contains("<head><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';")
        );
        assert!(!page.contains("unsafe-inline"));
    }

    #[test]
    fn the_policy_comes_first_where_the_head_has_no_tag() {
        let page = styled("<!doctype html><html lang=en><meta charset=utf-8><header></header>", "");
        let page = finish(&page, "./").unwrap().page;
        assert!(page.starts_with("<!doctype html><html lang=en><meta http-equiv="), "{page}");
    }

    #[test]
    fn stylesheets_go_into_the_page_in_their_order() {
        let page = "<head><title>x</title><link href=./b.css integrity=sha384-x rel=stylesheet>\
            <link rel=\"icon\" href=\"./i.svg\"><link rel=\"stylesheet\" href=\"./a.css\"></head>";
        let styled = gather_styles(page, "./", |name| Ok(format!("{name}{{}}\n"))).unwrap();
        assert_eq!(styled.css, "b.css{}\na.css{}\n");
        assert_eq!(styled.files, ["b.css", "a.css"]);
        let page = finish(&styled, "./").unwrap().page;
        let end =
            "<title>x</title><style>b.css{}\na.css{}\n</style><link rel=\"icon\" href=\"./i.svg\"></head>";
        assert!(page.ends_with(end), "{page}");
    }

    #[test]
    fn what_the_skeleton_does_without_is_a_file_that_holds_nothing_up() {
        let page = "<head><link rel=stylesheet href=./base-01.css><link rel=stylesheet href=./emoji-picker-02.css>\
            <link rel=stylesheet href=./thread-row-03.css></head>";
        let styled = gather_styles(page, "./", |name| Ok(format!("{name}{{}}"))).unwrap();
        assert_eq!(styled.css, "base-01.css{}\nthread-row-03.css{}\n");
        let Finished { page, files } = finish(&styled, "./").unwrap();
        let [(name, css)] = &files[..] else { panic!("one file") };
        assert_eq!(css, "emoji-picker-02.css{}\n");
        let link = format!("</style><link rel=preload as=style href=\"./{name}\" integrity=\"sha384-");
        assert!(page.contains(&link) && !page.contains("rel=stylesheet"), "{page}");
    }

    #[test]
    fn every_style_is_one_of_the_project_s() {
        for name in NOT_THE_SKELETON {
            assert!(paths::root().join(format!("style/{name}.css")).is_file(), "{name}");
        }
    }

    #[test]
    fn the_policy_allows_the_styles_of_the_page_by_their_hash() {
        let page = finish(&styled("<head><!--styles--></head>", "a{}\n"), "./").unwrap().page;
        // As `printf 'a{}\n' | openssl dgst -sha256 -binary | base64` says.
        assert!(
            page.contains(
                "; style-src 'self' 'sha256-u0Jj2e1i7IBkNDEHdGEj6YSZteK6W+q1Sv+Vn8x343I='; img-src"
            ),
            "{page}"
        );
    }

    #[test]
    fn styles_that_a_page_cannot_hold_are_refused() {
        for text in ["@import 'x.css';", "@charset 'utf-8';", "/* </style> */"] {
            let page = "<link rel=stylesheet href=./a.css>";
            assert!(gather_styles(page, "./", |_| Ok(text.to_owned())).is_err(), "{text}");
        }
    }

    #[test]
    fn what_the_policy_would_stop_in_the_browser_stops_here() {
        assert!(finish(&styled("<head></head><style>a{}</style>", ""), "./").is_err());
        assert!(finish(&styled("<head></head><p style='color:red'>", ""), "./").is_err());
        assert!(finish(&styled("<head><script type=importmap>{}</script></head>", ""), "./").is_err());
    }
}
