//! Natter, the chat web app.
//!
//! In reading order: [`model`] is what the app knows, as plain values; [`backend`] is what a chat service is to it;
//! [`sync`] keeps the one in step with the other; [`platform`] is the browser underneath; [`store`] is the reactive
//! handle that the screen reads and acts through.

pub mod model;
pub mod store;
