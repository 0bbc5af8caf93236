//! The parts of the screen. They read the store and call its actions; what they work out is in plain functions.
//!
//! [`screen`] is what the parts share (which dialog is open, what was just said to a screen reader); [`keyed`] turns the store's
//! lists into rows that change one by one; [`keys`] are the shortcuts.

#![allow(missing_docs, reason = "a prop says by its name what it is; what it does not say is said at it")]

pub mod assistant;
pub mod conversation;
pub mod details;
pub mod dialogs;
pub mod dictation;
pub mod emoji;
pub mod emoji_picker;
pub mod keyed;
pub mod keys;
pub mod later;
pub mod mood;
pub mod nothing;
pub mod operator;
pub mod reading;
pub mod screen;
pub mod sign_in;
pub mod threads;
pub mod translation;
pub mod update;
