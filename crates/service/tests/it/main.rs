//! The service as its clients see it: the whole router, in process, on a real database in a temporary folder.

#![allow(clippy::unwrap_used, reason = "a test that fails should say where, in its helpers too")]

mod authorization;
mod demo;
mod description;
mod harness;
mod html;
mod http;
mod identities;
mod limits;
mod messages;
mod paging;
mod participants;
mod receipts;
mod repetition;
mod sign_in;
mod threads;
mod web;
