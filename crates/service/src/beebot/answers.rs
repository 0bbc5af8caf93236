//! What the stand-in says: fixed answers of every kind that there is, chosen by words in the question.

use super::stream::Asked;
use serde_json::{Value, json};

/// What the original says of itself in the vendor's sample.
const SKILLS: &str =
    "我是个大模型,能够回答问题、创作文字,比如写故事、写公文、写邮件、写剧本等等,还能表达观点,玩游戏等。";

/// Between two pieces of what is slow.
const SLOW_MS: i64 = 500;

/// Longer than anybody waits.
const SILENT_MS: i64 = 10 * 60 * 1000;

/// A step of an answer.
pub(super) enum Step {
    /// A frame with this body; the first has none.
    Say(Option<Value>),
    /// The last frame.
    End(Option<Value>),
    /// A frame that refuses.
    Refuse(&'static str),
    /// Something that is not as it should be.
    Raw(String),
    /// Nothing for so many milliseconds.
    Wait(i64),
}

/// The steps of the answer to a question.
pub(super) fn answer(asked: &Asked) -> Vec<Step> {
    let question = asked.utterance.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| question.contains(word));
    if has(&["clarify", "哪个", "哪個"]) {
        return begun([Step::End(Some(clarify()))]);
    }
    if has(&["error", "错误", "錯誤"]) {
        return begun([Step::Say(Some(direct("这是出错之前的话。"))), Step::Refuse("Throttling.User")]);
    }
    if has(&["break off", "断开", "斷開"]) {
        return begun(growing("这句话没有说完，因为").map(Step::Say));
    }
    if has(&["broken json"]) {
        let raw = "data:{\"data\":[{\"type\":\"JSON_TEXT\",\"value\":\"{\\\"IsAIGC\\\":tr\"}],\"success\":true}\n\n";
        return begun([Step::Say(Some(direct("so far"))), Step::Raw(raw.to_owned())]);
    }
    if has(&["silent", "沉默"]) {
        return begun([Step::Say(Some(direct("so far"))), Step::Wait(SILENT_MS)]);
    }
    if has(&["slow", "慢"]) {
        let text = "慢慢来 🙂 slowly, one piece after the other, until all of it has been said.";
        return begun(growing(text).flat_map(|body| [Step::Wait(SLOW_MS), Step::Say(body)])).ending(text);
    }
    if has(&["human", "人工"]) {
        let mut body = direct("正在为您转接人工。");
        body["Commands"] =
            json!({"sysToAgent": r#"{"ext":"","skillGroup":"1","toAgentReason":"HitKeywords"}"#});
        return begun([Step::Say(Some(body.clone())), Step::End(Some(body))]);
    }
    if has(&["sources", "来源", "來源"]) {
        let mut body = direct("见手册。[1]");
        body["DirectMessageBody"]["AnswerReference"] = json!({"ItemList": [
            {"Number": 1, "Title": "手册", "Id": "7", "ContentType": "RICH_TEXT", "DataSource": "doc",
             "ReferenceExt": {"Url": "https://handbook.example/1"}},
        ]});
        return begun([Step::Say(Some(body.clone())), Step::End(Some(body))]);
    }
    if has(&["rewrite", "改写", "改寫"]) {
        let first = Step::Say(Some(direct("今天下雨。")));
        return begun([first, Step::Say(Some(direct("今天不下雨。")))]).ending("今天不下雨。");
    }
    let text = if has(&["script"]) {
        "看：<script>alert(1)</script><img src=x onerror=alert(1)> [链接](javascript:alert(1))".to_owned()
    } else if has(&["long", "很长", "很長"]) {
        long()
    } else if has(&["session", "会话", "會話"]) {
        let new = asked.session.is_none();
        if new { "This is a new session." } else { "This follows an earlier question." }.to_owned()
    } else {
        SKILLS.to_owned()
    };
    let steps: Vec<Step> = growing(&text).map(Step::Say).collect();
    begun(steps).ending(&text)
}

/// A header without a body, and empty texts, before anything is said: as in the vendor's transcript.
fn begun(steps: impl IntoIterator<Item = Step>) -> Vec<Step> {
    let mut all = vec![Step::Say(None), Step::Say(Some(direct(""))), Step::Say(Some(direct("")))];
    all.extend(steps);
    all
}

trait Ending {
    /// The whole text once more, and then as the last frame.
    fn ending(self, text: &str) -> Self;
}

impl Ending for Vec<Step> {
    fn ending(mut self, text: &str) -> Self {
        self.push(Step::Say(Some(direct(text))));
        self.push(Step::End(Some(direct(text))));
        self
    }
}

/// The text so far, growing to the whole.
fn growing(text: &str) -> impl Iterator<Item = Option<Value>> {
    let pieces = crate::assistant::built_in::pieces(text);
    let ends = pieces.scan(0, |end, piece| {
        *end += piece.len();
        Some(*end)
    });
    ends.map(|end| Some(direct(&text[..end])))
}

fn direct(text: &str) -> Value {
    json!({
        "DirectMessageBody": {"ContentType": "RICH_TEXT", "Ext": {}, "SentenceList": [{"Content": text}]},
        "Type": "Direct",
        "VoiceConfig": {},
    })
}

fn clarify() -> Value {
    json!({
        "ClarifyMessageBody": {
            "ClarifyContent": "你想了解哪个套餐？",
            "ClarifyList": [{"Title": "标准套餐"}, {"Title": "企业套餐"}],
            "Title": "套餐",
        },
        "Type": "Clarify",
        "VoiceConfig": {},
    })
}

/// Some thousand characters, with code among them.
fn long() -> String {
    let paragraph =
        "这是一个很长的回答，用来看文字怎样一点一点地出现。A long answer, to see text as it grows.\n\n";
    let code = "```rust\nfn main() {\n    println!(\"你好\");\n}\n```\n\n";
    (0..12).map(|number| format!("## {number}\n\n{paragraph}{code}")).collect()
}
