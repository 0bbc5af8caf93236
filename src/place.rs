//! Where one is in the app, as the address says it: `#/`, `#/new`, `#/threads/<id>`, `#/threads/<id>/<message>`, `#/operator`.
//!
//! The address is the only memory of it, so the back button, a reload and a shared link all lead to the same place. It lives in
//! the fragment, which any static host serves. Ids are percent-encoded, since a thread's holds `:` and `@`.

use acs_chat::{MessageId, ThreadId};
use leptos::prelude::*;

use crate::platform::address;
use crate::signal::State;

/// A place in the app.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// The list of threads.
    #[default]
    Threads,
    /// The dialog that makes a thread.
    New,
    /// The operator's page, which asks for the service's key and for nobody's name.
    Operator,
    /// A thread, perhaps at one of its messages.
    Thread {
        /// Which thread.
        thread: ThreadId,
        /// Which message to show and mark.
        message: Option<MessageId>,
    },
}

impl Place {
    /// The place of a thread.
    #[must_use]
    pub const fn thread(thread: ThreadId) -> Self {
        Self::Thread { thread, message: None }
    }

    /// Reads a fragment, with or without its `#`. What it does not know is the list.
    #[must_use]
    pub fn parse(fragment: &str) -> Self {
        let mut parts = fragment.trim_start_matches('#').trim_start_matches('/').split('/');
        match (parts.next(), parts.next().and_then(decoded), parts.next().and_then(decoded)) {
            (Some("new"), ..) => Self::New,
            (Some("operator"), ..) => Self::Operator,
            (Some("threads"), Some(thread), message) => {
                Self::Thread { thread: ThreadId::new(thread), message: message.map(MessageId::new) }
            }
            _ => Self::Threads,
        }
    }

    /// The fragment, with its `#`.
    #[must_use]
    pub fn fragment(&self) -> String {
        match self {
            Self::Threads => "#/".to_owned(),
            Self::New => "#/new".to_owned(),
            Self::Operator => "#/operator".to_owned(),
            Self::Thread { thread, message } => {
                let mut fragment = "#/threads/".to_owned();
                push_encoded(&mut fragment, thread.as_str());
                if let Some(message) = message {
                    fragment.push('/');
                    push_encoded(&mut fragment, message.as_str());
                }
                fragment
            }
        }
    }
}

/// The place as a signal that follows the address.
#[derive(Clone, Copy, Debug)]
pub struct CurrentPlace(State<Place>);

impl CurrentPlace {
    /// Reads the address and follows it from now on.
    #[must_use]
    pub fn follow() -> Self {
        let place = State::new(Place::parse(&address::fragment()));
        address::on_change(move || {
            let now = Place::parse(&address::fragment());
            if place.with_untracked(|before| *before != now) {
                place.set(now);
            }
        });
        Self(place)
    }

    /// The one from the context.
    #[must_use]
    pub fn expect() -> Self {
        expect_context()
    }

    /// Where we are; tracked.
    #[must_use]
    pub fn get(self) -> Place {
        self.0.get()
    }

    /// Goes somewhere; the back button comes back.
    pub fn go(self, place: &Place) {
        address::go(&place.fragment());
    }

    /// Goes somewhere instead of here: the back button does not come back here.
    pub fn replace(self, place: Place) {
        address::replace(&place.fragment());
        self.0.set(place);
    }
}

/// Everything but RFC 3986's unreserved characters as `%XX`.
fn push_encoded(out: &mut String, text: &str) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for &byte in text.as_bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

/// Undoes it. None for nothing, and for what is no text.
fn decoded(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_and_its_address_are_the_same() {
        let thread = ThreadId::new("19:uni01_a/b%@thread.v2");
        for place in [
            Place::Threads,
            Place::New,
            Place::Operator,
            Place::thread(thread.clone()),
            Place::Thread { thread: thread.clone(), message: Some(MessageId::new("1593107077042")) },
        ] {
            assert_eq!(Place::parse(&place.fragment()), place);
        }
        assert_eq!(
            Place::thread(thread).fragment(),
            "#/threads/19%3Auni01_a%2Fb%25%40thread.v2",
            "a slash inside an id parts nothing"
        );
    }

    #[test]
    fn other_addresses_are_the_list() {
        for fragment in
            ["", "#", "#/", "#/threads", "#/threads/", "#/elsewhere", "#/threads/%zz", "#/threads/%ff"]
        {
            assert_eq!(Place::parse(fragment), Place::Threads, "{fragment}");
        }
        // As people paste it.
        assert_eq!(Place::parse("#/threads/19:a@thread.v2"), Place::thread(ThreadId::new("19:a@thread.v2")));
    }
}
