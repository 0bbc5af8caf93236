//! What the hosted service's replies tell of themselves (reference 2.3): a name that support finds them by, how long they
//! took, and that nothing cached them. The names are in our log too.

use crate::random;
use axum::http::HeaderValue;
use axum::http::header::{HeaderMap, HeaderName};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

/// The names of one reply.
pub(crate) struct Correlation {
    /// `MS-CV`, a correlation vector: 128 random bits, and zero for the first of a chain of calls.
    pub(crate) vector: String,
    /// `X-Azure-Ref`: the edge's own name.
    reference: String,
}

impl Correlation {
    /// Fresh names. The edge's has `0`, then in base64 the second, four zeros and 128 random bits, as recorded; the name
    /// of the place, which follows there, is `LOCAL` here.
    pub(crate) fn new(now_ms: i64) -> Self {
        let vector = format!("{}.0", STANDARD_NO_PAD.encode(random::bytes::<16>()));
        let second = u32::try_from(now_ms.div_euclid(1000)).unwrap_or(0);
        let parts = [&second.to_le_bytes(), &[0; 4], &random::bytes::<16>()[..], b"LOCAL"];
        Self { vector, reference: format!("0{}", STANDARD.encode(parts.concat())) }
    }

    /// Writes all four headers.
    pub(crate) fn write(&self, headers: &mut HeaderMap, took_ms: i64) {
        let text = |text: &str| HeaderValue::from_str(text).expect("base64 and digits are ASCII");
        headers.insert(HeaderName::from_static("ms-cv"), text(&self.vector));
        headers.insert(HeaderName::from_static("x-azure-ref"), text(&self.reference));
        headers.insert(HeaderName::from_static("x-cache"), HeaderValue::from_static("CONFIG_NOCACHE"));
        headers.insert(HeaderName::from_static("x-processing-time"), text(&format!("{took_ms}ms")));
    }
}
