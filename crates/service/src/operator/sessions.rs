//! Sessions of operators: a browser sends the access key once and then a token that ends soon, also with the service.

use crate::random;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// How long a session lasts.
const LIFE_MS: i64 = 60 * 60_000;

/// Sessions at a time; the oldest goes.
const SESSIONS: usize = 32;

/// Wrong keys in a minute, by anybody. A key has at least 128 bits: this is for the log's sake.
const WRONG_KEYS: usize = 10;

/// The sessions, by the hashes of their tokens: that a look-up takes longer or less tells nothing of a token.
#[derive(Default)]
pub(crate) struct Sessions(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    ends_ms: HashMap<[u8; 32], i64>,
    wrong_ms: Vec<i64>,
}

impl Sessions {
    /// Milliseconds to wait, if there were too many wrong keys in the last minute.
    pub(crate) fn wait_ms(&self, now_ms: i64) -> Option<i64> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.wrong_ms.retain(|at_ms| (*at_ms..at_ms + 60_000).contains(&now_ms));
        let first = inner.wrong_ms.first().filter(|_| inner.wrong_ms.len() >= WRONG_KEYS)?;
        Some(first + 60_000 - now_ms)
    }

    /// A key was wrong.
    pub(crate) fn wrong(&self, now_ms: i64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).wrong_ms.push(now_ms);
    }

    /// Begins one: its token, and when it ends.
    pub(crate) fn begin(&self, now_ms: i64) -> (String, i64) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.ends_ms.retain(|_, ends_ms| *ends_ms > now_ms);
        if inner.ends_ms.len() >= SESSIONS
            && let Some(oldest) =
                inner.ends_ms.iter().min_by_key(|(_, ends_ms)| **ends_ms).map(|(hash, _)| *hash)
        {
            inner.ends_ms.remove(&oldest);
        }
        let token = URL_SAFE_NO_PAD.encode(random::bytes::<32>());
        inner.ends_ms.insert(hash(&token), now_ms + LIFE_MS);
        (token, now_ms + LIFE_MS)
    }

    /// Whether a token is of a session.
    pub(crate) fn knows(&self, token: &str, now_ms: i64) -> bool {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.ends_ms.get(&hash(token)).is_some_and(|ends_ms| (ends_ms - LIFE_MS..*ends_ms).contains(&now_ms))
    }
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}
