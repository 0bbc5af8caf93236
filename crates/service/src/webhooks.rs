//! Webhooks: what happened in threads, told to other people's servers as Azure Event Grid tells it (reference 8).
//! `docs/webhooks.md` says what a receiver sees.
//!
//! The store notes what happened in the transaction that did it, for as long as somebody has subscribed
//! (`store/sqlite/outbox.rs`). A [`Happening`](happening::Happening) is kept once; the [events](happening::Event) it means,
//! one for the thread and one for each recipient, are made when they are sent, in the [`Schema`](envelope::Schema) that the
//! [subscription](subscription::Subscription) asks for. The [deliverer](delivery::Deliverer) sends them, in order within a
//! thread, by [requests that go nowhere else](outgoing::Outgoing) and are [signed](signature). A receiver first has to say
//! that it wants them: the [handshake].

pub(crate) mod address;
pub(crate) mod delivery;
pub(crate) mod envelope;
pub(crate) mod handshake;
pub(crate) mod happening;
pub(crate) mod outgoing;
pub(crate) mod pending;
pub(crate) mod signature;
pub(crate) mod subscription;
