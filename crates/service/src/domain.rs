//! The rules of chat: who may do what, what a message may be, who sees which part of the history.
//!
//! Plain values and functions. No HTTP (that is `handlers`), no SQL (that is `store`), no clock: the time comes in as
//! an argument. A store calls these rules inside its transaction, so that every database obeys the same ones.
//!
//! In reading order: [`limits`] are the numbers and [`refusal`] what is said when a rule is broken; [`rate`] is how often
//! something may be asked for; [`access`] is what a token allows and [`membership`] what a place in a thread allows;
//! [`thread`], [`participant`], [`message`] and [`receipt`] are the things themselves; [`metadata`], [`text`], [`html`]
//! and [`name`] check their parts; [`stamp`] gives ids.

pub(crate) mod access;
pub(crate) mod html;
pub(crate) mod limits;
pub(crate) mod membership;
pub(crate) mod message;
pub(crate) mod metadata;
pub(crate) mod name;
pub(crate) mod participant;
pub(crate) mod rate;
pub(crate) mod receipt;
pub(crate) mod refusal;
pub(crate) mod stamp;
pub(crate) mod text;
pub(crate) mod thread;
