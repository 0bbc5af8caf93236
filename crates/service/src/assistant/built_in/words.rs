//! What the built-in assistant says in its own words, in three languages.

use super::Asked;
use super::stamp;
use std::collections::BTreeSet;

/// A language to answer in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Language {
    /// English.
    #[default]
    English,
    /// Chinese in simplified characters.
    Simplified,
    /// Chinese in traditional characters.
    Traditional,
}

/// Characters that are written in one way only in each script, common in questions.
const SIMPLIFIED_ONLY: &str = "谁说么么这个总结问过时间链规讨论关什开会发给为结们还没约";
const TRADITIONAL_ONLY: &str = "誰說麼這個總結問過時間鏈規討論關開會發給為們還沒約幫";

impl Language {
    /// The language of this name (`en`, `zh-CN`, `zh-TW`).
    #[must_use]
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "en" => Some(Self::English),
            "zh-CN" => Some(Self::Simplified),
            "zh-TW" => Some(Self::Traditional),
            _ => None,
        }
    }

    /// Its name.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Simplified => "Simplified Chinese",
            Self::Traditional => "Traditional Chinese",
        }
    }

    /// The language of a text; none when it has no letters.
    #[must_use]
    pub(crate) fn of(text: &str) -> Option<Self> {
        if text.chars().any(is_han) {
            return Some(if is_traditional(text) { Self::Traditional } else { Self::Simplified });
        }
        text.chars().any(char::is_alphabetic).then_some(Self::English)
    }

    /// A Chinese question that could be in either script is answered in that of the screen.
    #[must_use]
    pub(super) fn as_on_screen(self, screen: Self, question: &str) -> Self {
        let either = self == Self::Simplified
            && !question.chars().any(|c| is_only(SIMPLIFIED_ONLY, TRADITIONAL_ONLY, c));
        if either && screen == Self::Traditional { screen } else { self }
    }
}

fn is_traditional(text: &str) -> bool {
    text.chars().any(|character| is_only(TRADITIONAL_ONLY, SIMPLIFIED_ONLY, character))
}

fn is_only(here: &str, there: &str, character: char) -> bool {
    here.contains(character) && !there.contains(character)
}

/// Whether a character is Chinese.
#[must_use]
pub(super) fn is_han(character: char) -> bool {
    matches!(u32::from(character), 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x323af)
}

fn choose(language: Language, english: &str, simplified: &str, traditional: &str) -> String {
    match language {
        Language::English => english,
        Language::Simplified => simplified,
        Language::Traditional => traditional,
    }
    .to_owned()
}

/// The first line of every answer.
pub(super) fn disclosure(language: Language) -> String {
    choose(
        language,
        "*Built-in assistant, without a language model: it picks out what people said, by rules.*",
        "*内置助手，不使用语言模型：按规则挑选大家说过的话。*",
        "*內建助理，不使用語言模型：依規則挑選大家說過的話。*",
    )
}

/// How much was read.
pub(super) fn extent(language: Language, asked: &Asked<'_>) -> String {
    let said: Vec<_> = asked.said.iter().filter(|said| !said.by_assistant).collect();
    let people = said.iter().map(|said| said.who.as_str()).collect::<BTreeSet<_>>().len();
    let (Some(first), Some(last)) = (said.first(), said.last()) else { return String::new() };
    let [from, to] = [first, last].map(|said| stamp(said.at_ms, asked.utc_offset_minutes));
    let messages = said.len();
    match language {
        Language::English => format!("Messages: {messages}, people: {people}, from {from} to {to}."),
        Language::Simplified => format!("消息 {messages} 条，{people} 人，{from} 至 {to}。"),
        Language::Traditional => format!("訊息 {messages} 則，{people} 人，{from} 至 {to}。"),
    }
}

pub(super) fn summary(language: Language) -> String {
    choose(language, "What says most about it:", "最能说明内容的几句：", "最能說明內容的幾句：")
}

pub(super) fn no_answer(language: Language) -> String {
    choose(
        language,
        "I cannot answer that by rules. What was said, in short:",
        "这个问题无法按规则回答。大家所说的要点：",
        "這個問題無法依規則回答。大家所說的要點：",
    )
}

pub(super) fn nearest(language: Language) -> String {
    choose(language, "Nearest to your question:", "与你的问题最接近的内容：", "與你的問題最接近的內容：")
}

pub(super) fn found(language: Language, query: &str) -> String {
    match language {
        Language::English => format!("Who said something about “{query}”:"),
        Language::Simplified => format!("谁说过“{query}”："),
        Language::Traditional => format!("誰說過「{query}」："),
    }
}

pub(super) fn said_by(language: Language, name: &str) -> String {
    match language {
        Language::English => format!("What {name} said last:"),
        Language::Simplified => format!("{name} 最近说的："),
        Language::Traditional => format!("{name} 最近說的："),
    }
}

pub(super) fn dates(language: Language) -> String {
    choose(language, "Dates and times:", "日期和时间：", "日期與時間：")
}

pub(super) fn links(language: Language) -> String {
    choose(language, "Links:", "链接：", "連結：")
}

pub(super) fn none_found(language: Language) -> String {
    choose(
        language,
        "Nothing of the kind is in what I may read.",
        "在我可以读取的内容中没有找到。",
        "在我可以讀取的內容中沒有找到。",
    )
}

pub(super) fn nothing_to_read(language: Language) -> String {
    let more = choose(
        language,
        "There is nothing here that I may read. Choose what of the conversation goes along with your question.",
        "这里没有我可以读取的内容。请选择随问题一起提供的对话范围。",
        "這裡沒有我可以讀取的內容。請選擇隨問題一起提供的對話範圍。",
    );
    format!("{}\n\n{more}\n\n{}", disclosure(language), abilities(language))
}

pub(super) fn help(language: Language) -> String {
    let natter = choose(
        language,
        "In Natter:\n\n\
         - **New thread** starts a conversation; add people by name or id.\n\
         - Formatting is a little Markdown: `**bold**`, `*italic*`, `` `code` ``; or Ctrl+B, Ctrl+I, Ctrl+E.\n\
         - `@` completes people, `:` emoji; `/topic`, `/add`, `/leave`, `/me` and `/help` are commands.\n\
         - `U` marks a message and all after it unread, `G` goes to a date, `D` opens the diagnostics.\n\
         - What could not be sent keeps its words: retry, edit or discard it.",
        "在 Natter 中：\n\n\
         - 用**新建会话**开始交谈，可按名字或 ID 添加成员。\n\
         - 支持少量 Markdown:`**粗体**`、`*斜体*`、`` `代码` ``，或 Ctrl+B、Ctrl+I、Ctrl+E。\n\
         - `@` 补全成员，`:` 补全表情；命令有 `/topic`、`/add`、`/leave`、`/me` 和 `/help`。\n\
         - `U` 将一条及其后的消息标为未读，`G` 跳到某一天，`D` 打开诊断。\n\
         - 未能发送的消息会保留原文：可重试、编辑或放弃。",
        "在 Natter 中：\n\n\
         - 用**新增對話**開始交談，可依名字或 ID 加入成員。\n\
         - 支援少量 Markdown:`**粗體**`、`*斜體*`、`` `程式碼` ``，或 Ctrl+B、Ctrl+I、Ctrl+E。\n\
         - `@` 補全成員，`:` 補全表情符號；指令有 `/topic`、`/add`、`/leave`、`/me` 和 `/help`。\n\
         - `U` 將一則及其後的訊息標為未讀，`G` 跳到某一天，`D` 開啟診斷。\n\
         - 未能送出的訊息會保留原文：可重試、編輯或捨棄。",
    );
    format!("{}\n\n{}\n\n{natter}", disclosure(language), abilities(language))
}

fn abilities(language: Language) -> String {
    choose(
        language,
        "You can ask me: “Summarise this”, “Who said something about the budget?”, “What did Ann say?”, \
         “Which dates were named?”, “Which links are there?”",
        "你可以问我：“总结一下”“谁说过预算？”“小安说了什么？”“提到了哪些日期？”“有哪些链接？”",
        "你可以問我：「總結一下」「誰說過預算？」「小安說了什麼？」「提到了哪些日期？」「有哪些連結？」",
    )
}
