//! What the app knows, as plain values with plain methods: no browser, no I/O, nobody asked for the time.

pub mod outbox;
pub mod rows;
