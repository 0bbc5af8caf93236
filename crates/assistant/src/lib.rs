//! What an assistant says, as it says it.
//!
//! Bytes come in and events go out; there is no I/O and no clock here, and it builds for WebAssembly too.
//!
//! - [`decoder`] makes frames of the bytes of a `text/event-stream`, wherever they are cut.
//! - [`event`] is the one set of events that the app knows: [`event::Event`], read from a frame of the service.
//! - [`answer`] is the text so far, and what changes in it.
//!
//! With the feature `service` also what only a service needs:
//!
//! - [`reading`] is a stream from its first byte to its end; [`beebot`] and [`openai`] understand what these servers say.
//! - [`failure`] is what can go wrong, in our words.
//! - [`signing`] signs and verifies what Beebot asks for.
//!
//! `docs/assistant.md` says what goes over the wire. "Reference 5" and the like are sections of our notes on the contract,
//! `reference/beebot.md`.
//!
//! ```
//! use assistant::{Answer, Decoder, Event};
//!
//! let mut decoder = Decoder::default();
//! let mut answer = Answer::default();
//! for piece in [&b"data: {\"kind\":\"text\",\"keep\":0,"[..], b"\"text\":\"Hi\"}\n\n"] {
//!     for frame in decoder.push(piece).unwrap() {
//!         if let Some(Event::Text { keep, text }) = Event::read(&frame.data) {
//!             assert!(answer.change(keep, &text));
//!         }
//!     }
//! }
//! assert_eq!(answer.text(), "Hi");
//! ```

pub mod answer;
pub mod decoder;
pub mod event;

#[cfg(feature = "service")]
pub mod beebot;
#[cfg(feature = "service")]
pub mod failure;
#[cfg(feature = "service")]
pub mod openai;
#[cfg(feature = "service")]
pub mod reading;
#[cfg(feature = "service")]
pub mod signing;

pub use answer::Answer;
pub use decoder::{Decoder, Frame, TooLong};
#[cfg(feature = "service")]
pub use failure::Failure;
#[cfg(feature = "service")]
pub use reading::Reading;

pub use event::{Event, NoteKind, Reason, Source};
