//! What a question wants, by its words.

use super::sentences::Sentence;

/// What a question wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Intent {
    /// How Natter or this assistant is used.
    Help,
    /// Who said something about this.
    WhoSaid(String),
    /// What somebody of this name said.
    SaidBy(String),
    /// Dates and times.
    Dates,
    /// Links.
    Links,
    /// A summary.
    Summary,
    /// Something else.
    Unknown,
}

const HELP: [&str; 12] = [
    "help",
    "how do i",
    "how can i",
    "what can you do",
    "natter",
    "shortcut",
    "怎么用",
    "怎麼用",
    "帮助",
    "幫助",
    "你能做什么",
    "你能做什麼",
];
const WHO_SAID: [&str; 20] = [
    "who said",
    "who says",
    "who mentioned",
    "who wrote",
    "who talked about",
    "who asked",
    "did anyone say",
    "did anybody say",
    "did anyone mention",
    "when did anyone say",
    "谁说过",
    "谁说了",
    "谁说",
    "谁提到",
    "谁提过",
    "誰說過",
    "誰說了",
    "誰說",
    "誰提到",
    "誰提過",
];
const SAID: [&str; 8] = ["say", "said", "wr", "think", "mean", "说", "說", "提"];
const LINKS: [&str; 6] = ["link", "url", "website", "链接", "連結", "网址"];
const DATES: [&str; 10] =
    ["date", "deadline", "when", "what time", "schedule", "日期", "时间", "時間", "什么时候", "什麼時候"];
const SUMMARY: [&str; 15] = [
    "summar",
    "sum up",
    "recap",
    "catch me up",
    "tl;dr",
    "tldr",
    "what did i miss",
    "in short",
    "总结",
    "總結",
    "概括",
    "摘要",
    "要点",
    "錯過",
    "错过",
];

/// What a question wants. Names are those of who spoke.
pub(super) fn of(question: &str, sentences: &[Sentence<'_>]) -> Intent {
    let asked = question.trim().to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| asked.contains(word));
    if let Some(query) = who_said(question.trim(), &asked) {
        return Intent::WhoSaid(query);
    }
    if has(&SUMMARY) {
        return Intent::Summary;
    }
    if has(&SAID)
        && let Some(name) = name_in(&asked, sentences)
    {
        return Intent::SaidBy(name);
    }
    if has(&LINKS) {
        return Intent::Links;
    }
    if has(&HELP) {
        return Intent::Help;
    }
    if has(&DATES) {
        return Intent::Dates;
    }
    Intent::Unknown
}

/// What stands in quotation marks, or behind the words that ask.
fn who_said(question: &str, asked: &str) -> Option<String> {
    let phrase = WHO_SAID.iter().find(|phrase| asked.contains(**phrase))?;
    if let Some(quoted) = quoted(question) {
        return Some(quoted.to_owned());
    }
    let (_, rest) = asked.split_once(phrase)?;
    let mut rest = rest.trim_matches(|c: char| !c.is_alphanumeric());
    for word in ["something about ", "anything about ", "about ", "that ", "the ", "关于", "關於"] {
        rest = rest.strip_prefix(word).unwrap_or(rest);
    }
    for word in [" and when", ", when", "是什么时候", "是什麼時候", "的事", "吗", "嗎"] {
        rest = rest.strip_suffix(word).unwrap_or(rest);
    }
    let rest = rest.trim_matches(|c: char| !c.is_alphanumeric());
    (!rest.is_empty()).then(|| rest.to_owned())
}

fn quoted(question: &str) -> Option<&str> {
    [('"', '"'), ('“', '”'), ('「', '」'), ('『', '』'), ('‘', '’')].into_iter().find_map(|(open, close)| {
        let (_, rest) = question.split_once(open)?;
        let (quoted, _) = rest.split_once(close)?;
        (!quoted.trim().is_empty()).then(|| quoted.trim())
    })
}

/// The name of somebody who spoke, in the question: as a word of its own, or in Chinese anywhere.
fn name_in(asked: &str, sentences: &[Sentence<'_>]) -> Option<String> {
    let is_named = |name: &str| {
        let name = name.to_lowercase();
        !name.is_empty()
            && asked.match_indices(&name).any(|(at, _)| {
                let ends = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric());
                ends(asked[..at].chars().next_back()) && ends(asked[at + name.len()..].chars().next())
            })
    };
    let mut names: Vec<&str> = sentences.iter().map(|sentence| sentence.said.who.as_str()).collect();
    // The longest: who asks for Ann Lee does not mean Ann.
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    names.into_iter().find(|name| is_named(name)).map(str::to_owned)
}
