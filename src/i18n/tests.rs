//! Every language as it is in its file, held against the keys and against English.

use std::collections::BTreeSet;

use acs_chat::RawId;

use super::file::entries;
use super::words::{KEYS, KINDS, Phrase};
use super::*;
use crate::model::rows::{ActionError, Author, InvalidInput, SystemNote};

/// The languages that are files, with them.
const FILES: [(Language, &str); 2] = [
    (Language::Simplified, include_str!("../../languages/zh-Hans.txt")),
    (Language::Traditional, include_str!("../../languages/zh-Hant.txt")),
];

fn learn_all() {
    for (language, file) in FILES {
        assert!(learn(language, file.to_owned()), "{language:?}");
    }
}

fn keys() -> Vec<&'static str> {
    KEYS.split_terminator(' ').collect()
}

/// The places of a form; panics when a brace is something else.
fn places(form: &str) -> BTreeSet<&str> {
    let mut pieces = form.split('{');
    assert!(!pieces.next().unwrap().contains('}'), "{form}");
    pieces
        .map(|piece| {
            let (place, rest) = piece.split_once('}').unwrap_or_else(|| panic!("{form}"));
            assert!(matches!(place.as_bytes(), [b'1'..=b'9']) && !rest.contains('}'), "{form}");
            place
        })
        .collect()
}

fn ann() -> Author {
    Author { id: RawId::new("Ann"), name: "Ann".to_owned(), initial: String::new(), hue: 1 }
}

fn created(by: Option<&str>, people: &[&str]) -> String {
    let author = |name: &str| Author { id: RawId::new(name), name: name.to_owned(), ..ann() };
    let people = people.iter().map(|name| author(name)).collect();
    say_note(&SystemNote::Created { by: by.map(author), people })
}

#[test]
fn a_file_has_every_key_once_and_no_other() {
    for (language, file) in FILES {
        assert_eq!(language.file(), ["languages/", language.tag(), ".txt"].concat());
        let mut found: Vec<&str> = entries(file).map(|(key, _)| key).collect();
        let mut known = keys();
        found.sort_unstable();
        known.sort_unstable();
        assert_eq!(found, known, "{language:?}");
    }
}

#[test]
fn a_file_has_nothing_that_the_app_would_pass_over() {
    for (language, file) in FILES {
        for line in file.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (key, words) = entries(line).next().unwrap_or_else(|| panic!("{language:?}: {line}"));
            let plain = [key, " = ", words].concat();
            let quoted = [key, " = \"", words, "\""].concat();
            assert!(
                if words == words.trim() { line == plain } else { line == quoted },
                "{language:?}: {line}"
            );
        }
    }
}

#[test]
fn words_are_neither_blank_nor_escaped() {
    learn_all();
    for language in Language::ALL {
        set_language(language);
        for (key, said) in keys().into_iter().zip(words().0) {
            assert!(!said.trim().is_empty(), "{language:?}: {key}");
            assert!(!said.contains(['\\', '"', '<', '&']), "{language:?}: {key} = {said}");
        }
    }
}

#[test]
fn places_are_the_same_in_every_language() {
    learn_all();
    let english = words().0;
    for language in Language::ALL {
        set_language(language);
        for (at, key) in keys().into_iter().enumerate() {
            let (ours, theirs) = (words().0[at], english[at]);
            if KINDS[at] == "Text" {
                assert!(!ours.contains(['{', '}', '|']), "{language:?}: {key} = {ours}");
                continue;
            }
            assert!(theirs.contains('{'), "{key} = {theirs} has no place");
            let forms: Vec<&str> = ours.split('|').collect();
            assert!(forms.len() <= theirs.split('|').count(), "{language:?}: {key} = {ours}");
            for (form, english) in theirs.split('|').enumerate() {
                let ours = places(forms.get(form).unwrap_or(&forms[forms.len() - 1]));
                // How many more there are, or how many in all: one of the two.
                let either = key == "names_more" && ours == BTreeSet::from(["1", "3"]);
                assert!(ours == places(english) || either, "{language:?}: {key}, form {form}");
            }
        }
    }
}

#[test]
fn every_phrase_is_said_in_every_language() {
    type Row = (fn() -> String, [&'static str; 3]);
    let rows: &[Row] = &[
        (|| list(&["Ann"], 0), ["Ann", "Ann", "Ann"]),
        (|| list(&["Ann", "Bo"], 0), ["Ann and Bo", "Ann、Bo", "Ann、Bo"]),
        (|| list(&["Ann", "Bo", "Cy"], 0), ["Ann, Bo and Cy", "Ann、Bo、Cy", "Ann、Bo、Cy"]),
        (|| list(&["Ann", "Bo"], 3), ["Ann, Bo and 3 more", "Ann、Bo等 5 人", "Ann、Bo等 5 人"]),
        (|| list(&[], 0), ["", "", ""]),
        (
            || words().no_match().with(&["x"]),
            [
                "No topic or last message has “x”.",
                "没有主题或最后一条消息包含“x”。",
                "沒有主題或最後一則訊息包含「x」。",
            ],
        ),
        (
            || said_by(words().topic_changed(), Some(&ann()), "x"),
            ["Ann changed the topic to “x”", "Ann将主题改为“x”", "Ann將主題改為「x」"],
        ),
        (
            || said_by(words().topic_changed(), None, "x"),
            ["The topic is now “x”", "主题现为“x”", "主題現為「x」"],
        ),
        (|| said_by(words().added(), Some(&ann()), "Bo"), ["Ann added Bo", "Ann添加了Bo", "Ann加入了Bo"]),
        (|| said_by(words().added(), None, "Bo"), ["Bo joined", "Bo加入了会话", "Bo加入了對話"]),
        (
            || said_by(words().removed(), Some(&ann()), "Bo"),
            ["Ann took out Bo", "Ann移出了Bo", "Ann移出了Bo"],
        ),
        (|| said_by(words().removed(), None, "Bo"), ["Bo was taken out", "Bo已被移出", "Bo已被移出"]),
        (|| words().left().with(&["Ann"]), ["Ann left", "Ann离开了会话", "Ann離開了對話"]),
        (
            || created(Some("Ann"), &["Ann", "Bo"]),
            ["Ann started the thread with Bo", "Ann与Bo发起了会话", "Ann與Bo發起了對話"],
        ),
        (|| created(Some("Ann"), &["Ann"]), ["Ann started the thread", "Ann发起了会话", "Ann發起了對話"]),
        (|| created(None, &["Bo"]), ["The thread was started", "会话已发起", "對話已發起"]),
        (|| words().people_line().count(1, &["Ann"]), ["1 person: Ann", "1 人：Ann", "1 人：Ann"]),
        (
            || words().people_line().count(2, &["Ann, Bo"]),
            ["2 people: Ann, Bo", "2 人：Ann, Bo", "2 人：Ann, Bo"],
        ),
        (|| words().new_messages().count(1, &[]), ["1 new", "1 条新消息", "1 則新訊息"]),
        (|| words().new_messages().count(7, &[]), ["7 new", "7 条新消息", "7 則新訊息"]),
        (
            || words().going_back().with(&["1 May"]),
            ["Going back. Now at 1 May…", "正在往前载入，现在是1 May…", "正在往前載入，現在是1 May…"],
        ),
        (|| say_typing(&["Ann"]), ["Ann is typing", "Ann正在输入", "Ann正在輸入"]),
        (|| say_typing(&["Ann", "Bo"]), ["Ann and Bo are typing", "Ann、Bo正在输入", "Ann、Bo正在輸入"]),
        (
            || say_typing(&["Ann", "Bo", "Cy"]),
            ["Ann, Bo and Cy are typing", "Ann、Bo、Cy正在输入", "Ann、Bo、Cy正在輸入"],
        ),
        (
            || words().load_failed().with(&["Why."]),
            [
                "The messages did not load. Why. It is being tried again.",
                "消息没有载入。Why.正在重试。",
                "訊息沒有載入。Why.正在重試。",
            ],
        ),
        (|| words().service_said().with(&["x"]), ["The service said: x", "服务返回：x", "服務回應：x"]),
        (
            || words().wait_rate().count(7, &[]),
            ["Too many at once, goes in 7 s", "发送太频繁，7 秒后发出", "傳送太頻繁，7 秒後送出"],
        ),
        (|| words().not_sent_why().with(&["x"]), ["Not sent: x", "未发送：x", "未傳送：x"]),
        (
            || words().why_too_long().with(&["31 KB", "28 KB"]),
            ["31 KB, and the limit is 28 KB", "31 KB，上限为 28 KB", "31 KB，上限為 28 KB"],
        ),
        (|| words().answers_model().with(&["x"]), ["Model: x.", "模型：x。", "模型：x。"]),
        (|| words().seen_by().with(&["Ann"]), ["Seen by Ann", "Ann已读", "Ann已讀"]),
        (|| words().message_to().with(&["x"]), ["Message x", "发消息到 x", "傳訊息到 x"]),
        (
            || words().editing_of().with(&["09:42"]),
            [" your message of 09:42", "你 09:42 的消息", "你 09:42 的訊息"],
        ),
        (|| words().room_left().with(&["1 KB"]), ["1 KB left", "还可输入 1 KB", "還可輸入 1 KB"]),
        (
            || words().too_long().with(&["1 KB"]),
            ["1 KB too long to send", "超出 1 KB，无法发送", "超出 1 KB，無法傳送"],
        ),
        (
            || words().rate_title().count(7, &[]),
            ["The service asks us to wait 7 s.", "服务要求等待 7 秒。", "服務要求等待 7 秒。"],
        ),
        (|| words().next_try().count(7, &[]), [" Next try in 7 s.", " 7 秒后重试。", " 7 秒後重試。"]),
        (
            || say_error(&ActionError::TooManyPeople { limit: 250 }),
            ["A thread takes at most 250 people.", "一个会话最多 250 人。", "一個對話最多 250 人。"],
        ),
        (
            || say_error(&ActionError::Refused { status: 418, message: "x".to_owned() }),
            ["The service said no: 418 x", "服务拒绝：418 x", "服務拒絕：418 x"],
        ),
        (
            || say_error(&ActionError::Invalid(InvalidInput::TopicTooLong { limit: 250 })),
            ["A topic has at most 250 characters.", "主题最多 250 个字符。", "主題最多 250 個字元。"],
        ),
        (
            || words().inv_token_expired().with(&["12 October"]),
            [
                "This token ended on 12 October. Make a new one.",
                "此令牌已于 12 October 过期，请重新生成。",
                "此權杖已於 12 October 過期，請重新產生。",
            ],
        ),
        (
            || said_by(words().created_on(), Some(&ann()), "12 October"),
            ["Created by Ann on 12 October", "由 Ann 创建于 12 October", "由 Ann 建立於 12 October"],
        ),
        (
            || said_by(words().created_on(), None, "12 October"),
            ["Created on 12 October", "创建于 12 October", "建立於 12 October"],
        ),
        (
            || words().deleted_after().count(30, &[]),
            [
                "The thread is deleted 30 days after it was created.",
                "会话将在创建 30 天后删除。",
                "對話將在建立 30 天後刪除。",
            ],
        ),
        (
            || words().deleted_after().count(1, &[]),
            [
                "The thread is deleted 1 day after it was created.",
                "会话将在创建 1 天后删除。",
                "對話將在建立 1 天後刪除。",
            ],
        ),
        (
            || words().since().with(&["12 October"]),
            ["since 12 October", "12 October 加入", "12 October 加入"],
        ),
        (
            || words().reads_from().with(&["12 October"]),
            ["reads from 12 October", "可读 12 October 起的消息", "可讀 12 October 起的訊息"],
        ),
        (|| words().take_out().with(&["Ann"]), ["Take out Ann", "移出 Ann", "移出 Ann"]),
        (
            || words().receipts_off().count(20, &[]),
            [
                "Receipts are not available in threads of more than 20 people.",
                "超过 20 人的会话没有已读回执。",
                "超過 20 人的對話沒有已讀回條。",
            ],
        ),
        (
            || words().places().with(&["7", "250"]),
            ["7 of 250 places are taken.", "已有 7 人，上限 250 人。", "已有 7 人，上限 250 人。"],
        ),
        (
            || words().take_off().with(&["Ann"]),
            ["Take Ann off the list", "从名单中去掉 Ann", "從名單中去掉 Ann"],
        ),
        (|| words().add_n().count(1, &[]), ["Add 1 person", "添加 1 人", "加入 1 人"]),
        (|| words().add_n().count(2, &[]), ["Add 2 people", "添加 2 人", "加入 2 人"]),
        (|| words().add_n().count(0, &[]), ["Add 0 people", "添加 0 人", "加入 0 人"]),
        (|| words().people_line().count(0, &[""]), ["0 people: ", "0 人：", "0 人："]),
        (|| words().added_some().form(0, &["0"]), ["Nobody was added:", "没有添加成功：", "沒有加入成功："]),
        (
            || words().added_some().form(1, &["1"]),
            ["1 added. These were not:", "已添加 1 人，以下未成功：", "已加入 1 人，以下未成功："],
        ),
        (
            || words().added_some().form(1, &["7"]),
            ["7 added. These were not:", "已添加 7 人，以下未成功：", "已加入 7 人，以下未成功："],
        ),
        (
            || words().ask_take_out().with(&["Ann"]),
            ["Take Ann out of this thread?", "将 Ann 移出此会话？", "將 Ann 移出此對話？"],
        ),
        (
            || words().kept_here().with(&["Ann"]),
            [
                "Kept in this browser. Signed in as Ann.",
                "保存在此浏览器中。当前登录：Ann。",
                "儲存在此瀏覽器中。目前登入：Ann。",
            ],
        ),
    ];
    learn_all();
    for (language, at) in Language::ALL.into_iter().zip(0..) {
        set_language(language);
        for (say, expected) in rows {
            let expected: &str = expected[at];
            assert_eq!(say(), expected, "{language:?}");
        }
    }
}

#[test]
fn a_filling_is_not_read_as_a_phrase() {
    let phrase = Phrase("{1}: {2}|no {1}");
    assert_eq!(phrase.with(&["{2}|", "{1}"]), "{2}|: {1}");
}

#[test]
fn a_phrase_that_does_not_fit_its_fillings_is_no_reason_to_stop() {
    assert_eq!(Phrase("{1} and {2}").with(&["one"]), "one and ");
    assert_eq!(Phrase("one").with(&["two"]), "one");
    assert_eq!(Phrase("one|two").form(7, &[]), "two");
    for broken in ["{", "}", "{}", "{0}", "{1", "a {é} b", "", "|"] {
        let _ = Phrase(broken).with(&["one"]);
    }
}

#[test]
fn what_a_file_lacks_is_said_in_english() {
    let file =
        "# an older one\nclose = 关闭\nsave =\nnever_heard_of = x\n\nno equals sign\nseen_by = {1}已读\r\n";
    assert!(learn(Language::Simplified, file.to_owned()));
    set_language(Language::Simplified);
    let words = words();
    assert_eq!((words.close(), words.save(), words.cancel()), ("关闭", "Save", "Cancel"));
    assert_eq!(words.seen_by().with(&["小林"]), "小林已读");
    assert_eq!(words.unread(), " unread");
}

#[test]
fn what_is_no_file_of_words_teaches_nothing() {
    for other in ["", "<!doctype html>\n<p class=close>Not found", "# close = 关闭", "close ="] {
        assert!(!learn(Language::Traditional, other.to_owned()), "{other}");
    }
    assert!(!knows(Language::Traditional) && knows(Language::English));
    set_language(Language::Traditional);
    assert_eq!(words().close(), "Close");
}

#[test]
fn browser_tags_find_their_language() {
    assert_eq!(Language::from_tag("en-GB"), Some(Language::English));
    assert_eq!(Language::from_tag("zh"), Some(Language::Simplified));
    assert_eq!(Language::from_tag("zh-CN"), Some(Language::Simplified));
    assert_eq!(Language::from_tag("zh-Hant-HK"), Some(Language::Traditional));
    assert_eq!(Language::from_tag("zh_TW"), Some(Language::Traditional));
    assert_eq!(Language::from_tag("de"), None);
    for language in Language::ALL {
        assert_eq!(Language::from_tag(language.tag()), Some(language));
    }
}
