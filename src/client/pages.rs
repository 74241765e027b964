//! Answers that come a page at a time, as one stream of items.

use super::state::Client;
use crate::error::{Error, ErrorKind};
use crate::protocol::operation::Paged;
use futures_core::Stream;
use futures_util::stream::{self, TryStreamExt as _};
use std::collections::HashSet;
use std::pin::Pin;

/// The items of all pages. It asks for a page when the one before is used up.
pub type Items<'a, T> = Pin<Box<dyn Stream<Item = Result<T, Error>> + Send + 'a>>;

/// Where a listing stands.
struct Place<O> {
    ask: Option<O>,
    /// A service that repeats a token would be asked for ever.
    seen: HashSet<String>,
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
        let start = Place { ask: Some(first), seen: HashSet::new() };
        let pages = stream::try_unfold(start, move |mut place| async move {
            let Some(ask) = place.ask.take() else { return Ok(None) };
            let (items, token) = O::page(self.call_as_it_is(&ask).await?);
            if let Some(token) = token {
                if !place.seen.insert(token.clone()) {
                    return Err(repeated(ask.name()));
                }
                place.ask = Some(ask.with_token(token));
            }
            Ok(Some((stream::iter(items.into_iter().map(Ok)), place)))
        });
        Box::pin(pages.try_flatten())
    }
}

fn repeated(operation: &str) -> Error {
    let message =
        format!("{operation} answered with a nextToken that it had given before; the list does not end");
    Error::new(ErrorKind::Undecodable, message)
}
