//! Answers that come a page at a time, as one stream of items.

use super::state::Client;
use crate::error::{Error, ErrorKind};
use crate::protocol::by_key::ByName;
use crate::protocol::operation::Paged;
use futures_core::Stream;
use futures_util::stream::{self, TryStreamExt as _};
use std::pin::Pin;

/// The items of all pages. It asks for a page when the one before is used up.
pub type Items<'a, T> = Pin<Box<dyn Stream<Item = Result<T, Error>> + Send + 'a>>;

/// A listing, page by page.
pub(super) struct Pages<O> {
    ask: Option<O>,
    /// A service that repeats a token would be asked for ever.
    seen: ByName<()>,
}

impl<O: Paged> Pages<O> {
    pub(super) fn new(first: O) -> Self {
        Self { ask: Some(first), seen: ByName::default() }
    }

    /// The items of the next page; `None` after the last.
    pub(super) async fn next(&mut self, client: &Client) -> Result<Option<Vec<O::Item>>, Error> {
        let Some(ask) = self.ask.take() else { return Ok(None) };
        let (items, token) = O::page(client.call_as_it_is(&ask).await?);
        if let Some(token) = token {
            if self.seen.get(&token).is_some() {
                return Err(repeated(ask.name()));
            }
            self.ask = Some(ask.with_token(token.clone()));
            self.seen.insert(token, ());
        }
        Ok(Some(items))
    }
}

impl Client {
    /// The items of a listing, over all its pages.
    ///
    /// ```no_run
    /// # async fn example(client: bedwire::Client) -> Result<(), bedwire::Error> {
    /// use bedwire::protocol::operation::bedrock::ListInferenceProfiles;
    /// use futures_util::TryStreamExt as _;
    ///
    /// let mut profiles = client.items(ListInferenceProfiles::new());
    /// while let Some(profile) = profiles.try_next().await? {
    ///     println!("{}", profile.inference_profile_id());
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// What a page's call failed with, or `Undecodable` when the service gives a token that it gave before. The
    /// stream ends there.
    pub fn items<'a, O>(&'a self, first: O) -> Items<'a, O::Item>
    where
        O: Paged + Send + Sync + 'a,
        O::Item: Send + 'a,
        O::Output: Send,
    {
        let pages = stream::try_unfold(Pages::new(first), move |mut pages| async move {
            let page = pages.next(self).await;
            page.map(|page| page.map(|items| (stream::iter(items.into_iter().map(Ok)), pages)))
        });
        Box::pin(pages.try_flatten())
    }
}

fn repeated(operation: &str) -> Error {
    let message =
        format!("{operation} answered with a nextToken that it had given before; the list does not end");
    Error::new(ErrorKind::Undecodable, message)
}
