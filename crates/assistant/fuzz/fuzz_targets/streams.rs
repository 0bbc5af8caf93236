//! Any bytes, cut anywhere, as a stream of each kind of server and of ours: nothing panics, cuts change nothing, and what is
//! told is the text.

#![no_main]

use assistant::beebot::Conversation;
use assistant::openai::ChatCompletions;
use assistant::reading::{Dialect, Reading};
use assistant::{Answer, Decoder, Event};
use libfuzzer_sys::fuzz_target;

/// What is told of a stream in pieces of this length.
fn told<D: Dialect + Default>(stream: &[u8], length: usize) -> Vec<Event> {
    let mut reading = Reading::new(D::default());
    let mut events = Vec::new();
    for piece in stream.chunks(length) {
        events.extend(reading.push(piece));
    }
    events.extend(reading.finish());
    assert!(reading.is_over());
    let mut answer = Answer::default();
    for event in &events {
        if let Event::Text { keep, text } = event {
            assert!(answer.change(*keep, text));
        }
    }
    assert_eq!(answer.text(), reading.text());
    events
}

fuzz_target!(|input: &[u8]| {
    let Some((length, stream)) = input.split_first() else { return };
    let length = usize::from(*length).max(1);
    assert_eq!(told::<Conversation>(stream, length), told::<Conversation>(stream, usize::MAX));
    assert_eq!(told::<ChatCompletions>(stream, length), told::<ChatCompletions>(stream, usize::MAX));
    // And as the app reads what the service sends.
    let mut decoder = Decoder::default();
    let mut answer = Answer::default();
    for piece in stream.chunks(length) {
        for frame in decoder.push(piece).unwrap_or_default() {
            match Event::read(&frame.data) {
                Some(Event::Text { keep, text }) => _ = answer.change(keep, &text),
                Some(event) => assert_eq!(Event::read(&event.write()), Some(event)),
                None => {}
            }
        }
    }
});
