//! Natter, the chat web app.
//!
//! In reading order: [`model`] is what the app knows, as plain values; [`backend`] is what a chat service is to it;
//! [`sync`] keeps the one in step with the other; [`platform`] is the browser underneath; [`store`] is the reactive
//! handle that the screen reads and acts through.
//!
//! The screen: [`app`] sets it up; [`place`] is where one is, [`settings`] how it looks; [`views`] has a folder for each part of
//! the screen, made of [`components`]; [`text`] shows what people wrote, [`i18n`] says what the app says.

pub mod app;
pub mod backend;
pub mod components;
pub mod i18n;
pub mod model;
pub mod place;
pub mod platform;
pub mod recovery;
pub mod settings;
pub mod signal;
pub mod store;
pub mod sync;
pub mod text;
pub mod views;
