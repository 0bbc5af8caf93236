//! The service as its clients see it: the whole router, in process, on a real database in a temporary folder.

#![allow(clippy::unwrap_used, reason = "a test that fails should say where, in its helpers too")]

mod assistant;
mod authorization;
mod conformance;
mod demo;
mod description;
mod errors;
mod events;
mod harness;
mod html;
mod http;
mod identities;
mod limits;
mod messages;
mod metrics;
mod model;
mod operator;
mod paging;
mod participants;
mod rates;
mod receipts;
mod repetition;
mod seeding;
mod sequences;
mod server;
mod sign_in;
mod threads;
mod translation;
mod unicode;
mod upgrade;
mod versions;
mod web;
mod webhooks;
mod webhooks_handshake;
