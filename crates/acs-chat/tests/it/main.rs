//! The crate as its users see it: the wire both ways, every request, the clients over prepared replies.
#![allow(clippy::unwrap_used, reason = "clippy.toml allows it in tests, but does not count their helpers")]

mod client;
mod harness;
#[cfg(feature = "identity")]
mod identity;
mod paging;
mod requests;
mod wire;
