//! Whole streams, in the forms of the servers that they are asked of, cut wherever a network may cut them.
//!
//! `beebot.sse` is the transcript of the vendor's sample; the others have the shapes that the three servers' sources give
//! their chunks.

use assistant::beebot::Conversation;
use assistant::openai::ChatCompletions;
use assistant::reading::{ANSWER_BYTES, Dialect, Reading};
use assistant::{Answer, Event, Failure, NoteKind, Reason};
use proptest::prelude::*;

const BEEBOT: &[u8] = include_bytes!("streams/beebot.sse");
const VLLM: &[u8] = include_bytes!("streams/vllm.sse");
const LLAMA_CPP: &[u8] = include_bytes!("streams/llama.cpp.sse");
const OLLAMA: &[u8] = include_bytes!("streams/ollama.sse");

/// What is told of a stream that comes in these pieces.
fn told<'a, D: Dialect>(dialect: D, pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Event> {
    let mut reading = Reading::new(dialect);
    let mut events = Vec::new();
    for piece in pieces {
        events.extend(reading.push(piece));
    }
    events.extend(reading.finish());
    assert!(reading.is_over());
    assert_eq!(text(&events), reading.text(), "what was told is the text");
    events
}

fn text(events: &[Event]) -> String {
    let mut answer = Answer::default();
    for event in events {
        if let Event::Text { keep, text } = event {
            assert!(answer.change(*keep, text), "{event:?}");
        }
    }
    answer.into_text()
}

fn started(session: &str, by: &str) -> Event {
    Event::Started { session: session.to_owned(), by: by.to_owned() }
}

fn said(keep: usize, text: &str) -> Event {
    Event::Text { keep, text: text.to_owned() }
}

fn done(reason: Reason) -> Event {
    Event::Done { reason, message_id: None }
}

fn note(kind: NoteKind, text: &str) -> Event {
    Event::Note { kind, text: text.to_owned() }
}

fn of_beebot(stream: &str) -> Vec<Event> {
    told(Conversation::default(), [stream.as_bytes()])
}

fn of_openai(stream: &str) -> Vec<Event> {
    told(ChatCompletions::default(), [stream.as_bytes()])
}

/// A frame of Beebot's around this inner JSON.
fn frame(inner: &str) -> String {
    let inner = serde_json::Value::from(inner);
    format!(
        "data:{{\"data\":[{{\"type\":\"JSON_TEXT\",\"value\":{inner}}}],\"messageId\":\"m\",\"success\":true}}\n\n"
    )
}

fn direct(text: &str, more: &str, end: bool) -> String {
    let text = serde_json::Value::from(text);
    frame(&format!(
        r#"{{"SessionId":"s","MessageBody":{{"Type":"Direct","DirectMessageBody":{{"SentenceList":[{{"Content":{text}}}]{more}}}}},"StreamEnd":{end}}}"#
    ))
}

#[test]
fn the_transcript_of_the_sample_is_told_in_small_changes() {
    let events = told(Conversation::default(), [BEEBOT]);
    assert_eq!(events[0], started("dfa8ed43a2584d6c867a1c9b5baee490", "beebot"));
    assert_eq!(events[1], said(0, "我是个大模型,能够"));
    assert_eq!(events.last(), Some(&done(Reason::End)));
    // Twelve frames: four empty texts and two repeats say nothing new.
    assert_eq!(events.len(), 7);
    assert!(text(&events).ends_with("还能表达观点,玩游戏等。"));
    assert!(events[1..6].iter().all(|event| matches!(event, Event::Text { .. })), "{events:?}");
}

#[test]
fn the_three_servers_are_told_alike() {
    let thought = note(NoteKind::Reasoning, "The user greets.");
    let words = [said(0, "Hel"), said(3, "lo, 世"), said(10, "界 😀\n")];
    let story =
        |before: &[Event], reason| [&[started("", "openai")], before, &words, &[done(reason)]].concat();
    let thinking = [thought];
    assert_eq!(told(ChatCompletions::default(), [VLLM]), story(&thinking, Reason::End));
    assert_eq!(told(ChatCompletions::default(), [LLAMA_CPP]), story(&[], Reason::Length));
    assert_eq!(told(ChatCompletions::default(), [OLLAMA]), story(&thinking, Reason::End));
}

#[test]
fn a_stream_cut_at_any_byte_is_told_alike() {
    fn check<D: Dialect + Default>(stream: &[u8]) {
        let whole = told(D::default(), [stream]);
        for cut in 0..=stream.len() {
            let (before, after) = stream.split_at(cut);
            assert_eq!(told(D::default(), [before, after]), whole, "cut at {cut}");
        }
        assert_eq!(told(D::default(), stream.chunks(1)), whole, "byte by byte");
        // CR LF, which some proxies make of LF.
        let crlf = String::from_utf8(stream.to_vec()).unwrap().replace('\n', "\r\n");
        assert_eq!(told(D::default(), crlf.as_bytes().chunks(1)), whole, "with CR LF");
    }
    check::<Conversation>(BEEBOT);
    for stream in [VLLM, LLAMA_CPP, OLLAMA] {
        check::<ChatCompletions>(stream);
    }
}

#[test]
fn a_stream_that_ends_too_early_broke_off_and_keeps_its_text() {
    for (stream, is_openai) in [(BEEBOT, false), (VLLM, true), (LLAMA_CPP, true), (OLLAMA, true)] {
        // Wherever it ends before the frame that says so.
        let whole = String::from_utf8(stream.to_vec()).unwrap();
        let end = if is_openai {
            whole.find("\"finish_reason\":\"").unwrap()
        } else {
            whole.rfind("data:").unwrap()
        };
        let half = whole.floor_char_boundary(end);
        let events = if is_openai { of_openai(&whole[..half]) } else { of_beebot(&whole[..half]) };
        assert_eq!(events.last(), Some(&Failure::BrokenOff.event()));
        assert!(!text(&events).is_empty());
    }
    // Without [DONE], but with a reason, it is whole.
    let whole = String::from_utf8(VLLM.to_vec()).unwrap();
    let events = of_openai(&whole[..whole.find("data: [DONE]").unwrap()]);
    assert_eq!(events.last(), Some(&done(Reason::End)));
    assert_eq!(of_openai(""), [Failure::BrokenOff.event()]);
}

#[test]
fn beebot_may_rewrite_and_what_follows_the_end_is_ignored() {
    let stream =
        [direct("今天下雨", "", false), direct("今天不下雨", "", true), direct("later", "", true)].concat();
    let events = of_beebot(&stream);
    assert_eq!(events, [started("s", "beebot"), said(0, "今天下雨"), said(6, "不下雨"), done(Reason::End)]);
}

#[test]
fn beebot_asks_back_proposes_refers_and_hands_over() {
    let clarify = r#"{"SessionId":"s","MessageBody":{"Type":"Clarify","ClarifyMessageBody":
        {"Title":"t","ClarifyContent":"Which one?","ClarifyList":["A",{"Title":"B"},{"content":"C"},7,""]}},"StreamEnd":true}"#;
    let choices =
        Event::Choices { title: "Which one?".to_owned(), items: ["A", "B", "C"].map(str::to_owned).into() };
    assert_eq!(of_beebot(&frame(clarify))[1..], [choices, done(Reason::End)]);

    let references = r#","AnswerReference":{"ItemList":[{"Number":1,"Title":"Guide","ReferenceExt":{"url":"https://x.example/g"}},
        {"Title":"Bad","Url":"javascript:x()"}]},"RelatedQuestionList":["And then?"]"#;
    let stream = [direct("a", references, false), direct("ab", references, true)].concat();
    let events = of_beebot(&stream);
    let Event::Sources(sources) = &events[3] else { panic!("{events:?}") };
    assert_eq!((sources[0].number.as_str(), sources[0].url.as_deref()), ("1", Some("https://x.example/g")));
    assert_eq!((sources[1].number.as_str(), sources[1].url.as_deref()), ("2", None));
    assert_eq!(events.len(), 6, "sources and proposals are told once: {events:?}");

    let commands = r#"{"SessionId":"s","Commands":{"sysToAgent":"{\"toAgentReason\":\"HitKeywords\"}"},"StreamEnd":true}"#;
    assert_eq!(of_beebot(&frame(commands))[1], note(NoteKind::HandOver, "HitKeywords"));
}

#[test]
fn beebots_unknown_kinds_and_other_cases_of_names_are_no_failure() {
    let unknown = r#"{"SessionId":"s","MessageBody":{"Type":"Hologram"},"StreamEnd":false}"#;
    let lower = r#"{"sessionId":"s","messageBody":{"type":"Direct","directMessageBody":{"sentenceList":[{"content":"a"},{"content":"b"}]}},"streamEnd":true}"#;
    let events = of_beebot(&[frame(unknown), frame(unknown), frame(lower)].concat());
    assert_eq!(
        events,
        [started("s", "beebot"), note(NoteKind::Unknown, "Hologram"), said(0, "ab"), done(Reason::End)]
    );
}

#[test]
fn beebots_errors_and_broken_json_end_the_answer_and_keep_its_text() {
    for (bad, failure) in [
        (
            "data:{\"success\":false,\"code\":\"Throttling.User\",\"message\":\"m\"}\n\n".to_owned(),
            Failure::Busy,
        ),
        ("data:{\"success\":false}\n\n".to_owned(), Failure::ServerError),
        ("data:{\"success\":false,\"code\":\"InvalidParameter\"}\n\n".to_owned(), Failure::Refused),
        ("data:{\"success\":false,\"code\":\"SignatureDoesNotMatch\"}\n\n".to_owned(), Failure::KeyRefused),
        (
            "data:{\"data\":[{\"type\":\"JSON_TEXT\",\"value\":\"{\\\"Sess\"}],\"success\":true}\n\n"
                .to_owned(),
            Failure::BrokenReply,
        ),
        ("data:{\"data\":[],\"success\":true}\n\n".to_owned(), Failure::BrokenReply),
        ("data:<html>\n\n".to_owned(), Failure::BrokenReply),
    ] {
        let events = of_beebot(&(direct("so far", "", false) + &bad + &direct("later", "", true)));
        assert_eq!(events, [started("s", "beebot"), said(0, "so far"), failure.event()], "{bad}");
    }
}

#[test]
fn errors_in_the_stream_in_the_forms_of_each_server() {
    let begun =
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"so far\"},\"finish_reason\":null}]}\n\n";
    for (bad, failure) in [
        (
            "data: {\"error\":{\"message\":\"m\",\"type\":\"InternalServerError\",\"code\":500}}\n\ndata: [DONE]\n\n",
            Failure::ServerError,
        ),
        (
            "data: {\"error\":{\"code\":400,\"message\":\"m\",\"type\":\"exceed_context_size_error\"}}\n\n",
            Failure::TooLong,
        ),
        ("error: {\"code\":503,\"message\":\"loading\",\"type\":\"unavailable_error\"}\n\n", Failure::Busy),
        ("data: {\"object\":\"error\",\"message\":\"m\",\"code\":401}\n\n", Failure::KeyRefused),
        ("data: {\"choices\":[{\n\n", Failure::BrokenReply),
        ("data: 7\n\n", Failure::BrokenReply),
        ("", Failure::BrokenOff),
    ] {
        let events = of_openai(&(begun.to_owned() + bad));
        assert_eq!(events, [started("", "openai"), said(0, "so far"), failure.event()], "{bad}");
    }
}

#[test]
fn tools_are_ignored_politely_and_other_choices_altogether() {
    let stream = r#"data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"name":"rain","arguments":""}}]}}]}

data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}}]}

data: {"choices":[{"index":1,"delta":{"content":"other"},"finish_reason":"stop"},{"index":0,"delta":{"content":"mine"}}]}

data: {"choices":[{"index":0,"delta":{},"finish_reason":"content_filter"}]}

data: [DONE]

"#;
    assert_eq!(
        of_openai(stream),
        [started("", "openai"), note(NoteKind::ToolCall, "rain"), said(0, "mine"), done(Reason::Filtered)]
    );
}

#[test]
fn refusals_before_the_stream_are_told_apart() {
    use assistant::{beebot, openai};
    let context = br#"{"error":{"code":400,"message":"m","type":"exceed_context_size_error"}}"#;
    assert_eq!(openai::refusal(400, context), Failure::TooLong);
    assert_eq!(openai::refusal(401, b"no JSON"), Failure::KeyRefused);
    assert_eq!(openai::refusal(404, br#"{"error":{"message":"no model"}}"#), Failure::Refused);
    assert_eq!(openai::refusal(503, br#"{"error":{"type":"unavailable_error"}}"#), Failure::Busy);
    assert_eq!(openai::refusal(500, b""), Failure::ServerError);
    assert_eq!(beebot::refusal(400, br#"{"Code":"SignatureDoesNotMatch"}"#), Failure::KeyRefused);
    assert_eq!(beebot::refusal(400, br#"{"Code":"Throttling.Api"}"#), Failure::Busy);
    assert_eq!(beebot::refusal(403, b"<html>"), Failure::KeyRefused);
}

#[test]
fn a_request_is_json_in_json() {
    let body = assistant::beebot::request("m", "chatbot-cn-x", "你有什么技能?", Some("s"));
    let inner: serde_json::Value = serde_json::from_str(body["data"][0]["value"].as_str().unwrap()).unwrap();
    assert_eq!(
        inner,
        serde_json::json!({"InstanceId": "chatbot-cn-x", "Utterance": "你有什么技能?", "SessionId": "s"})
    );
}

#[test]
fn an_answer_without_an_end_is_cut_and_kept() {
    let piece = format!(
        "data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{}\"}}}}]}}\n\n",
        "你好".repeat(500)
    );
    let mut reading = Reading::new(ChatCompletions::default());
    let mut events = Vec::new();
    for _ in 0..10_000 {
        events.extend(reading.push(piece.as_bytes()));
        if reading.is_over() {
            break;
        }
    }
    assert_eq!(events.last(), Some(&done(Reason::Cut)));
    let length = reading.text().len();
    assert!((ANSWER_BYTES - 3..=ANSWER_BYTES).contains(&length), "{length}");
    assert_eq!(text(&events), reading.text());

    // One of Beebot's lines is over the decoder's limit before it can be read.
    let long = direct("so far", "", false) + &direct(&"a".repeat(10_000_000), "", true);
    assert_eq!(of_beebot(&long), [Failure::BrokenReply.event()], "in one piece nothing was told yet");
    let events = told(Conversation::default(), long.as_bytes().chunks(1000));
    assert_eq!(events, [started("s", "beebot"), said(0, "so far"), done(Reason::Cut)]);
}

#[test]
fn twelve_thousand_tokens_are_not_quadratic() {
    let mut reading = Reading::new(ChatCompletions::default());
    let piece = b"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\" token\"}}]}\n\n";
    let sent: usize = (0..12_000).flat_map(|_| reading.push(piece)).map(|event| event.write().len()).sum();
    assert_eq!(reading.text().len(), 72_000);
    assert!(sent < 12_000 * 60, "{sent}");
}

proptest! {
    #[test]
    fn cut_anywhere_and_often_it_is_told_alike(cuts in proptest::collection::vec(1usize..200, 1..60)) {
        for stream in [VLLM, LLAMA_CPP, OLLAMA] {
            prop_assert_eq!(told(ChatCompletions::default(), pieces(stream, &cuts)), told(ChatCompletions::default(), [stream]));
        }
        prop_assert_eq!(told(Conversation::default(), pieces(BEEBOT, &cuts)), told(Conversation::default(), [BEEBOT]));
    }

    #[test]
    fn whatever_comes_nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400), at in 0usize..5000) {
        let mut broken = BEEBOT.to_vec();
        let at = at % broken.len();
        broken.splice(at..(at + bytes.len()).min(BEEBOT.len()), bytes.iter().copied());
        told(Conversation::default(), broken.chunks(97));
        let mut broken = VLLM.to_vec();
        let at = at % broken.len();
        broken.splice(at..(at + bytes.len()).min(VLLM.len()), bytes);
        told(ChatCompletions::default(), broken.chunks(97));
    }
}

/// A stream in pieces of these lengths, over and over.
fn pieces<'a>(mut stream: &'a [u8], cuts: &'a [usize]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    for cut in cuts.iter().cycle() {
        let (piece, rest) = stream.split_at((*cut).min(stream.len()));
        pieces.push(piece);
        stream = rest;
        if stream.is_empty() {
            break;
        }
    }
    pieces
}
