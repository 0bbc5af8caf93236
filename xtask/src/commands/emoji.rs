//! `cargo xtask emoji`: writes `emoji/`, from which the picker and `:short` names are filled.
//!
//! What it writes is part of the project, so that nobody who builds the app needs it. It is run when Unicode has new ones.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::progress::{self, Steps};
use crate::{paths, tools};

/// The languages of the screen, and what the package calls them.
const LANGUAGES: [(&str, &str); 3] = [("en", "en"), ("zh-Hans", "zh"), ("zh-Hant", "zh-hant")];

/// The newest that the systems of the last years show.
const NEWEST: f64 = 15.0;

/// Its group of skin tones and hair, which are no emoji by themselves.
const COMPONENTS: u64 = 2;

/// The first of the five skin tones, as the file's reader joins it to an emoji.
const TONE: char = '\u{1f3fb}';

pub(crate) fn run() -> Result<ExitCode> {
    let package = tools::emoji_data(&mut Steps::new(1))?;
    let folder = paths::root().join("emoji");
    fs::create_dir_all(&folder)?;
    fs::copy(package.join("LICENSE"), folder.join("LICENSE")).context("the licence cannot be copied")?;
    let short_names: HashMap<String, Value> = read(&package.join("en/shortcodes/github.json"))?;
    let more_names: HashMap<String, Value> = read(&package.join("en/shortcodes/emojibase.json"))?;
    let short_name = |code: &str| {
        let names = short_names.get(code).or_else(|| more_names.get(code))?;
        Some(names.as_str().or_else(|| names[0].as_str())?.to_owned())
    };
    for (tag, language) in LANGUAGES {
        let entries: Vec<Value> = read(&package.join(language).join("data.json"))?;
        let file = folder.join(format!("{tag}.txt"));
        let written = file_of(entries, short_name);
        fs::write(&file, &written).with_context(|| format!("{} cannot be written", file.display()))?;
        progress::result(&format!("emoji/{tag}.txt: {} emoji", written.lines().count()));
    }
    Ok(ExitCode::SUCCESS)
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    let text = fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is no list of emoji", path.display()))
}

/// A line each, in the order of Unicode: the number of its group, `+` if it has skin tones, the emoji, its short name, its name,
/// and words to find it by. Between them a tab.
fn file_of(mut entries: Vec<Value>, short_name: impl Fn(&str) -> Option<String>) -> String {
    entries.retain(|entry| {
        let group = entry["group"].as_u64();
        group.is_some_and(|group| group != COMPONENTS)
            && entry["version"].as_f64().is_some_and(|version| version <= NEWEST)
    });
    entries.sort_by_key(|entry| entry["order"].as_u64());
    let mut file = String::new();
    for entry in entries {
        let text = |key| entry[key].as_str().unwrap_or_default();
        let Some(short) = short_name(text("hexcode")) else { continue };
        let group = entry["group"].as_u64().unwrap_or_default();
        let tones = if has_tones(&entry) { "+" } else { "" };
        let (emoji, name) = (text("emoji"), text("label"));
        let tags = entry["tags"].as_array().into_iter().flatten().filter_map(Value::as_str);
        // What the name says already finds it.
        let tags: Vec<&str> = tags.filter(|tag| !name.contains(tag) && !short.contains(tag)).collect();
        let tags = tags.join(" ");
        let _ = writeln!(file, "{group}{tones}\t{emoji}\t{short}\t{name}\t{tags}");
    }
    file
}

/// Its skin tones are made as the app makes them: the tone after the first sign.
fn has_tones(entry: &Value) -> bool {
    let plain = entry["emoji"].as_str().unwrap_or_default();
    let mut signs = plain.chars();
    let toned: String =
        signs.next().into_iter().chain([TONE]).chain(signs.skip_while(|sign| *sign == '\u{fe0f}')).collect();
    entry["skins"].as_array().into_iter().flatten().any(|skin| skin["emoji"] == toned.as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_has_what_the_app_reads() {
        let entries = vec![
            json!({"emoji": "👍️", "hexcode": "1F44D", "label": "thumbs up", "tags": ["+1", "up", "yes"], "group": 1, "order": 2, "version": 0.6,
                "skins": [{"emoji": "👍🏻"}]}),
            json!({"emoji": "😀", "hexcode": "1F600", "label": "grinning face", "group": 0, "order": 1, "version": 1}),
            json!({"emoji": "🏻", "hexcode": "1F3FB", "label": "light skin tone", "group": 2, "order": 3, "version": 1}),
            json!({"emoji": "🫩", "hexcode": "1FAE9", "label": "too new", "group": 0, "order": 4, "version": 16}),
        ];
        let file = file_of(entries, |code| Some(format!("short_{code}")));
        assert_eq!(file, "0\t😀\tshort_1F600\tgrinning face\t\n1+\t👍️\tshort_1F44D\tthumbs up\t+1 yes\n");
    }
}
