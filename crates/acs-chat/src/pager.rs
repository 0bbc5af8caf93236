//! Lists that come in pages (reference 3.5).
//!
//! A [`Pager`] asks for nothing until it is asked. Page by page or item by item, by a plain loop or as a stream:
//!
//! ```
//! # use acs_chat::*;
//! # async fn f<T: Transport>(thread: ChatThreadClient<T>) -> Result<(), ApiError> {
//! let mut messages = thread.list_messages(ListFromTime::default());
//! while let Some(message) = messages.next_item().await? {
//!     println!("{}", message.id);
//! }
//!
//! use futures_util::TryStreamExt;
//! let pages: Vec<Vec<ChatMessage>> = thread.list_messages(ListFromTime::default()).by_page().try_collect().await?;
//! # Ok(()) }
//! ```

use std::collections::{BTreeSet, VecDeque};

use futures_util::stream::{self, Stream};

use crate::api_error::ApiError;
use crate::client::Connection;
use crate::collection::Collection;
use crate::requests::Request;
use crate::transport::Transport;

/// A list, page after page.
///
/// After an error the place in the list is kept: asking again asks for the same page.
pub struct Pager<T, I> {
    connection: Connection<T>,
    /// Also knows how to read every later page.
    first: Result<Request<Collection<I>>, ApiError>,
    next: Next,
    /// Addresses asked for so far: a list that comes back to one of them would never end.
    visited: BTreeSet<String>,
    /// What [`Self::next_item`] has fetched and not yet given out.
    fetched: VecDeque<I>,
}

enum Next {
    First,
    Link(String),
    Nothing,
}

impl<T: Transport, I> Pager<T, I> {
    pub(crate) fn new(connection: Connection<T>, first: Result<Request<Collection<I>>, ApiError>) -> Self {
        Self { connection, first, next: Next::First, visited: BTreeSet::new(), fetched: VecDeque::new() }
    }

    /// The next page, or `None` after the last. A page may be empty and not be the last.
    ///
    /// # Errors
    /// [`ApiError`] of the request. [`ApiError::BrokenReply`] when the list leads to another origin, where the token must not
    /// go, or back to a page that was already read.
    pub async fn next_page(&mut self) -> Result<Option<Vec<I>>, ApiError> {
        if !self.fetched.is_empty() {
            return Ok(Some(std::mem::take(&mut self.fetched).into()));
        }
        let first = self.first.as_ref().map_err(Clone::clone)?;
        let request = match &self.next {
            Next::First => self.connection.request(first),
            Next::Link(link) => self.connection.next_page_request(link)?,
            Next::Nothing => return Ok(None),
        };
        let url = request.url.clone();
        if self.visited.contains(&url) {
            return Err(ApiError::broken("the list leads back to a page that was already read"));
        }
        let page = self.connection.exchange(first, request).await?;
        self.visited.insert(url);
        self.next = match page.next_link {
            Some(link) => Next::Link(link),
            None => Next::Nothing,
        };
        Ok(Some(page.value))
    }

    /// The next item, or `None` after the last. Asks for a page when the last one is used up.
    ///
    /// # Errors
    /// As [`Self::next_page`].
    pub async fn next_item(&mut self) -> Result<Option<I>, ApiError> {
        loop {
            if let Some(item) = self.fetched.pop_front() {
                return Ok(Some(item));
            }
            match self.next_page().await? {
                Some(page) => self.fetched = page.into(),
                None => return Ok(None),
            }
        }
    }

    /// The pages as a stream, which ends after an error. To poll it by hand, pin it.
    pub fn by_page(self) -> impl Stream<Item = Result<Vec<I>, ApiError>> {
        stream::try_unfold(self, async |mut pager| {
            let page = pager.next_page().await?;
            Ok(page.map(|page| (page, pager)))
        })
    }

    /// The items as a stream, which ends after an error. To poll it by hand, pin it.
    pub fn items(self) -> impl Stream<Item = Result<I, ApiError>> {
        stream::try_unfold(self, async |mut pager| {
            let item = pager.next_item().await?;
            Ok(item.map(|item| (item, pager)))
        })
    }
}
