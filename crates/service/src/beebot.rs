//! A stand-in for Tongyi Beebot, on a listener of its own: to try the assistant and the vendor's samples on, without an
//! account (reference 8).
//!
//! [`calls`] give tokens to who signs with the key pair of the stand-in, and [`stream`] answers who shows one. What it says
//! is fixed, and chosen by words in the question ([`answers`]). It is of no use beyond that: it knows nothing.

mod answers;
mod calls;
mod stream;

use crate::clock::Clock;
use crate::random;
use crate::secret::Secret;
use assistant::signing::hex;
use axum::Router;
use axum::routing::post;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// So long a token counts (reference 2).
const TOKEN_MS: i64 = 2 * 60 * 60 * 1000;

/// More tokens, or nonces, than this are not remembered: all go, and who has one asks anew.
const MOST: usize = 10_000;

/// What the stand-in knows.
#[derive(Clone)]
struct StandIn(Arc<Inner>);

struct Inner {
    access_key_id: String,
    access_key_secret: Secret,
    clock: Clock,
    tokens: Mutex<HashMap<String, Token>>,
    /// When each was seen.
    nonces: Mutex<HashMap<String, i64>>,
}

/// What was given out with a token.
#[derive(Clone)]
struct Token {
    channel_id: String,
    stream_secret: String,
    until_ms: i64,
}

/// The stand-in as one `tower` service, for whoever has this key pair.
pub fn stand_in(access_key_id: String, access_key_secret: Secret, clock: Clock) -> Router {
    let stand_in = StandIn(Arc::new(Inner {
        access_key_id,
        access_key_secret,
        clock,
        tokens: Mutex::default(),
        nonces: Mutex::default(),
    }));
    Router::new()
        .route("/", post(calls::call))
        .route("/sse/paas4Json/{token}/{channel}/{sign}/{timestamp}", post(stream::ask))
        .fallback(async || stream::refused())
        .with_state(stand_in)
}

impl StandIn {
    fn now_ms(&self) -> i64 {
        self.0.clock.now_ms()
    }

    fn issue(&self) -> (String, Token) {
        let token = Token {
            channel_id: random::guid(),
            stream_secret: random::guid(),
            until_ms: self.now_ms() + TOKEN_MS,
        };
        let access_token = hex(&random::bytes::<16>());
        let mut tokens = lock(&self.0.tokens);
        if tokens.len() >= MOST {
            tokens.clear();
        }
        tokens.insert(access_token.clone(), token.clone());
        (access_token, token)
    }

    fn token(&self, access_token: &str) -> Option<Token> {
        let now_ms = self.now_ms();
        lock(&self.0.tokens).get(access_token).filter(|token| now_ms < token.until_ms).cloned()
    }

    /// Whether a nonce is new; from now on it is not.
    fn is_new(&self, nonce: &str) -> bool {
        let mut nonces = lock(&self.0.nonces);
        let now_ms = self.now_ms();
        if nonces.len() >= MOST {
            nonces.retain(|_, seen_ms| now_ms - *seen_ms < 2 * calls::CLOCK_MS);
        }
        nonces.insert(nonce.to_owned(), now_ms).is_none()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
