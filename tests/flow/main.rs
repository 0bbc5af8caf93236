//! The app's own code, from the actions of the core down to HTTP, against the real service in process.
//!
//! Time is the test's: it moves when everybody waits, so an hour of polling takes a moment, and nothing sleeps.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)] // a test that fails should say where

mod assistant;
mod changes;
mod creation;
mod crowd;
mod diagnostics;
mod important;
mod kept;
mod listening;
mod news;
mod outbox;
mod polling;
mod session;
mod stories;
mod tabs;
mod world;
