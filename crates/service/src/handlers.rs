//! What each route does: take the request apart, call the store, put the reply together. No rules of chat here.

pub(crate) mod assistant;
pub(crate) mod completions;
pub(crate) mod description;
pub(crate) mod event_subscriptions;
pub(crate) mod events;
pub(crate) mod health;
pub(crate) mod identities;
pub(crate) mod images;
pub(crate) mod messages;
pub(crate) mod metrics;
pub(crate) mod operator;
pub(crate) mod participants;
pub(crate) mod people;
pub(crate) mod receipts;
pub(crate) mod sign_in;
pub(crate) mod threads;
pub(crate) mod translations;
pub(crate) mod typing;
