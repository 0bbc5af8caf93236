//! What the app knows, as plain values with plain methods: no browser, no I/O, nobody asked for the time.

pub mod drafts;
pub mod names;
pub mod outbox;
pub mod roster;
pub mod rows;
pub mod unread;
pub mod words;
