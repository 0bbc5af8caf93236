//! Subscriptions whose receiver has not said yet that it wants events. As with Event Grid, somebody may say so in its place
//! within five minutes, by visiting an address that only the receiver was told.
//!
//! They are in memory: after a restart somebody has to subscribe anew.

use super::subscription::{SUBSCRIPTIONS, Subscription, SubscriptionId};
use crate::random;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How long an address is good, as with Event Grid.
const VALID_MS: i64 = 5 * 60_000;

/// The subscriptions that wait, by the last part of the address.
#[derive(Default)]
pub(crate) struct Pending(Mutex<HashMap<String, Subscription>>);

impl Pending {
    /// Lets one wait. The last part of its address, 256 bits that nobody can guess; none when too many wait.
    pub(crate) fn wait(&self, subscription: Subscription) -> Option<String> {
        let mut waiting = self.waiting(subscription.created_ms);
        if waiting.len() >= SUBSCRIPTIONS {
            return None;
        }
        let token = URL_SAFE_NO_PAD.encode(random::bytes::<32>());
        waiting.insert(token.clone(), subscription);
        Some(token)
    }

    /// The one that waits for this address, which is good for nothing then.
    pub(crate) fn take(&self, token: &str, now_ms: i64) -> Option<Subscription> {
        self.waiting(now_ms).remove(token)
    }

    /// Whether somebody is still to visit this address.
    pub(crate) fn has(&self, token: &str, now_ms: i64) -> bool {
        self.waiting(now_ms).contains_key(token)
    }

    /// All that wait, the oldest first.
    pub(crate) fn list(&self, now_ms: i64) -> Vec<Subscription> {
        let mut list: Vec<Subscription> = self.waiting(now_ms).values().cloned().collect();
        list.sort_by(|a, b| (a.created_ms, &a.id).cmp(&(b.created_ms, &b.id)));
        list
    }

    /// Forgets one. Says whether it was there.
    pub(crate) fn remove(&self, id: &SubscriptionId, now_ms: i64) -> bool {
        let mut waiting = self.waiting(now_ms);
        let before = waiting.len();
        waiting.retain(|_, subscription| subscription.id != *id);
        waiting.len() < before
    }

    fn waiting(&self, now_ms: i64) -> MutexGuard<'_, HashMap<String, Subscription>> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back makes none good for longer.
        waiting.retain(|_, subscription| {
            (subscription.created_ms..subscription.created_ms + VALID_MS).contains(&now_ms)
        });
        waiting
    }
}
