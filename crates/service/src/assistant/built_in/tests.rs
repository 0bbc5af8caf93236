use super::*;

const NINE_MS: i64 = 1_767_258_000_000; // 2026-01-01T09:00:00Z

fn said(number: i64, who: &str, text: &str) -> Said {
    let at_ms = NINE_MS + number * 60_000;
    Said { id: at_ms, at_ms, who: who.to_owned(), text: text.to_owned(), by_assistant: false }
}

fn conversation() -> Vec<Said> {
    vec![
        said(0, "Ann", "The budget for the release is 500 euros. See https://x.example/budget"),
        said(1, "Bob", "I think the release budget is too small."),
        said(2, "Ann", "Let us meet on Friday at 10:30 about it"),
        said(3, "Bob", "Fine"),
        said(4, "Cleo", "The release needs a budget for tests too!"),
        said(5, "小安", "预算太少了，周五再讨论吧。我去订会议室。"),
        Said { by_assistant: true, ..said(6, "Assistant", "budget budget release") },
        said(7, "Ann", "@assistant summarise the release budget"),
    ]
}

fn ask_in(question: &str, language: Language, said: &[Said]) -> String {
    answer(&Asked { question, language, said, utc_offset_minutes: 60 }).text
}

fn ask(question: &str) -> String {
    ask_in(question, Language::English, &conversation())
}

/// The lines that list sentences.
fn listed(answer: &str) -> Vec<&str> {
    let numbered =
        |line: &&str| line.split_once(". **").is_some_and(|(number, _)| number.parse::<u32>().is_ok());
    answer.lines().filter(numbered).collect()
}

#[test]
fn the_first_line_says_that_there_is_no_model() {
    for question in ["Summarise this", "help", "who said budget", "quux?"] {
        assert!(ask(question).starts_with("*Built-in assistant, without a language model"), "{question}");
        assert!(ask_in(question, Language::English, &[]).starts_with("*Built-in"), "{question}");
    }
    assert!(ask("总结一下").starts_with("*内置助手，不使用语言模型"));
    assert!(ask("總結一下").starts_with("*內建助理，不使用語言模型"));
}

#[test]
fn a_summary_is_what_the_others_vouch_for_with_who_and_when() {
    let answer = ask("Please summarise this");
    let listed = listed(&answer);
    assert_eq!(listed.len(), 3, "{answer}");
    assert!(listed[0].starts_with("1. **Ann**, 2026-01-01 10:00: The budget for the release"), "{answer}");
    assert!(!answer.contains(": Fine"), "{answer}");
    assert!(!answer.contains("budget budget") && !answer.contains("@assistant"), "of people only: {answer}");
    assert!(
        answer.contains("Messages: 7, people: 4, from 2026-01-01 10:00 to 2026-01-01 10:07."),
        "{answer}"
    );
}

#[test]
fn a_summary_says_nothing_twice() {
    let mut said: Vec<Said> =
        (0..40).map(|n| super::tests::said(n, "Ann", "The build is red again today")).collect();
    said.push(super::tests::said(50, "Bob", "The build server needs a new disk"));
    let answer = ask_in("summary", Language::English, &said);
    assert_eq!(listed(&answer).len(), 2, "{answer}");
}

#[test]
fn who_said_what_and_when_in_both_languages() {
    let answer = ask("Who said something about \"tests\" and when?");
    assert_eq!(listed(&answer), ["1. **Cleo**, 2026-01-01 10:04: The release needs a budget for tests too!"]);
    let answer = ask("who mentioned the meetings?");
    assert_eq!(listed(&answer), Vec::<&str>::new(), "no form of it: {answer}");
    assert!(answer.contains("Nothing of the kind"), "{answer}");
    let answer = ask("谁说过预算？");
    assert_eq!(listed(&answer), ["1. **小安**, 2026-01-01 10:05: 预算太少了，周五再讨论吧。"]);
    let answer = ask("誰說過「會議室」?");
    assert!(answer.contains("誰說過「會議室」"), "{answer}");
}

#[test]
fn what_somebody_said() {
    let answer = ask("What did Bob say?");
    assert_eq!(listed(&answer).len(), 2, "{answer}");
    assert!(listed(&answer).iter().all(|line| line.contains("**Bob**")));
    assert!(listed(&ask("小安说了什么？")).iter().all(|line| line.contains("**小安**")));
    // A name within a word is none.
    assert!(!ask("What did Bobby say?").contains("What Bob said"));
}

#[test]
fn dates_and_links() {
    let answer = ask("Which dates were named?");
    assert_eq!(listed(&answer).len(), 2, "{answer}");
    assert!(answer.contains("Friday at 10:30") && answer.contains("周五"), "{answer}");
    let answer = ask("有哪些链接？");
    assert_eq!(listed(&answer), ["1. **Ann**, 2026-01-01 10:00: See https://x.example/budget"]);
}

#[test]
fn another_question_gets_the_nearest_sentences_or_the_summary() {
    let answer = ask("small budget release?");
    assert!(answer.contains("Nearest to your question"), "{answer}");
    assert!(ask("Will it rain?").contains("I cannot answer that by rules"));
}

#[test]
fn the_language_is_that_of_the_question_and_else_of_the_screen() {
    assert!(ask_in("???", Language::Simplified, &[]).starts_with("*内置"));
    assert!(ask_in("Help", Language::Simplified, &[]).starts_with("*Built-in"));
    // These characters are the same in both scripts.
    assert!(ask_in("摘要", Language::Traditional, &conversation()).starts_with("*內建"));
    assert!(ask_in("摘要", Language::Simplified, &conversation()).starts_with("*内置"));
    assert!(ask_in("总结", Language::Traditional, &conversation()).starts_with("*内置"));
}

#[test]
fn sources_are_the_messages_that_are_listed() {
    let said = conversation();
    let asked = Asked { question: "links?", language: Language::English, said: &said, utc_offset_minutes: 0 };
    let sources = answer(&asked).sources;
    assert_eq!(sources.len(), 1);
    assert_eq!((sources[0].number.as_str(), sources[0].title.as_str()), ("1", "Ann, 2026-01-01 09:00"));
    assert_eq!(sources[0].message_id.as_deref(), Some(NINE_MS.to_string().as_str()));
}

#[test]
fn an_answer_comes_in_pieces_and_is_whole() {
    let answer =
        answer(&Asked { question: "帮助", language: Language::English, said: &[], utc_offset_minutes: 0 });
    let text = answer.text.clone();
    let events = events(answer, "s".to_owned());
    let mut read = assistant::Answer::default();
    for event in &events {
        if let Event::Text { keep, text } = event {
            assert!(read.change(*keep, text) && text.chars().count() <= PIECE_CHARS);
        }
    }
    assert_eq!(read.text(), text);
    assert!(events.len() > 5);
    assert!(matches!(events.last(), Some(Event::Done { reason: Reason::End, .. })));
}
