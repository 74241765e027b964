//! Answers that come a page at a time, as one stream of items.

use super::state::Client;
use crate::error::{Error, ErrorKind};
use crate::protocol::by_key::ByName;
use crate::protocol::operation::Paged;
use futures_core::Stream;
use futures_util::stream::{self, TryStreamExt as _};
use std::pin::Pin;

/// The most pages of one list, and the most without an item in a row: a service that gives a new token each time would
/// be asked for ever.
const MAX_PAGES: usize = 10_000;
const MAX_EMPTY_PAGES: usize = 1_000;

/// The items of all pages. It asks for a page when the one before is used up.
pub type Items<'a, T> = Pin<Box<dyn Stream<Item = Result<T, Error>> + Send + 'a>>;

/// A listing, page by page.
pub(super) struct Pages<O> {
    ask: Option<O>,
    /// A service that repeats a token would be asked for ever.
    seen: ByName<()>,
    pages: usize,
    empty_in_a_row: usize,
}

impl<O: Paged> Pages<O> {
    pub(super) fn new(first: O) -> Self {
        Self { ask: Some(first), seen: ByName::default(), pages: 0, empty_in_a_row: 0 }
    }

    /// The items of the next page; `None` after the last.
    pub(super) async fn next(&mut self, client: &Client) -> Result<Option<Vec<O::Item>>, Error> {
        let Some(ask) = self.ask.take() else { return Ok(None) };
        let (items, token) = O::page(client.call_as_it_is(&ask).await?);
        self.turn(&ask, items.len(), token)?;
        Ok(Some(items))
    }

    /// Goes on to the next page, where there is one.
    fn turn(&mut self, ask: &O, items: usize, token: Option<String>) -> Result<(), Error> {
        let Some(token) = token else { return Ok(()) };
        self.pages += 1;
        self.empty_in_a_row = if items == 0 { self.empty_in_a_row + 1 } else { 0 };
        let problem = if self.seen.get(&token).is_some() {
            "answered with a nextToken that it had given before".to_owned()
        } else if self.empty_in_a_row == MAX_EMPTY_PAGES {
            format!("answered with {MAX_EMPTY_PAGES} pages in a row that have nothing in them")
        } else if self.pages == MAX_PAGES {
            format!("answered with {MAX_PAGES} pages")
        } else {
            self.ask = Some(ask.with_token(token.clone()));
            self.seen.insert(token, ());
            return Ok(());
        };
        Err(Error::new(ErrorKind::Undecodable, format!("{} {problem}; the list does not end", ask.name())))
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
    /// What a page's call failed with, or `Undecodable` when the service gives a token that it gave before, 1,000 pages
    /// in a row without an item, or a nextToken after 10,000 pages. The stream ends there.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::operation::bedrock::ListInferenceProfiles;

    /// How many pages are read of a list that never ends.
    fn read(items: fn(usize) -> usize, token: fn(usize) -> usize) -> (usize, String) {
        let ask = ListInferenceProfiles::new();
        let mut pages = Pages::new(ask.clone());
        let turned =
            |page| pages.turn(&ask, items(page), Some(token(page).to_string())).err().map(|e| (page, e));
        let (page, error) = (1..).find_map(turned).unwrap();
        assert_eq!(error.kind(), ErrorKind::Undecodable);
        (page, error.to_string())
    }

    #[test]
    fn a_list_that_does_not_end_is_left() {
        assert_eq!(read(|_| 1, |page| page % 7).0, 8);
        let (pages, problem) = read(|_| 0, |page| page);
        assert!(pages == MAX_EMPTY_PAGES && problem.contains("nothing in them"), "{problem}");
        assert_eq!(read(|page| usize::from(page % MAX_EMPTY_PAGES == 0), |page| page).0, MAX_PAGES);
        assert_eq!(read(|_| 1, |page| page).0, MAX_PAGES);
    }
}
