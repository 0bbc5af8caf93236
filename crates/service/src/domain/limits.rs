//! The numbers of the contract, each with where it comes from (reference `acs-chat.md` 4.4).

/// Bytes of a message's content: "about 28 KB" in the vendor's documentation.
pub(crate) const CONTENT_BYTES: usize = 28 * 1024;

/// Characters of a topic. Not documented by ACS; the Teams graph, which stands behind it, allows 250.
pub(crate) const TOPIC_CHARS: usize = 250;

/// Characters of a display name. Not documented; long enough for any name, short enough for a list.
pub(crate) const DISPLAY_NAME_CHARS: usize = 256;

/// Bytes of all keys and values together, on a thread, a participant or a message.
pub(crate) const METADATA_BYTES: usize = 1024;

/// Participants that one request may name.
pub(crate) const PARTICIPANTS_PER_REQUEST: usize = 200;

/// Participants of a thread.
pub(crate) const PARTICIPANTS_PER_THREAD: usize = 250;

/// Above so many participants receipts are accepted but not shown (4.3).
pub(crate) const RECEIPT_PARTICIPANTS: usize = 20;

/// Days that a retention policy may give.
pub(crate) const RETENTION_DAYS: std::ops::RangeInclusive<u32> = 30..=90;

/// Minutes that a token may live.
pub(crate) const TOKEN_MINUTES: std::ops::RangeInclusive<i64> = 60..=1440;

/// The greatest page.
pub(crate) const PAGE_SIZE_MAX: u32 = 200;

/// A page when the caller names no size: a screenful.
pub(crate) const PAGE_SIZE: u32 = 20;

/// Bytes of a client's request id that are kept for recognising a repetition. A UUID has 36.
pub(crate) const REQUEST_ID_BYTES: usize = 128;

/// How long a repeated creation of a thread is answered with the first one.
pub(crate) const REPEAT_CREATION_MS: i64 = 24 * 60 * 60 * 1000;
