//! ListAsyncInvokes: the async invocations of an account in one region, a page at a time.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ListAsyncInvokes.html>

use super::async_invoke::{AsyncInvoke, AsyncInvokeStatus};
use crate::protocol::document::Document;
use crate::protocol::endpoint::{Endpoint, Service};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::operation::paged::{Paged, page_size, path_with_query, read_page};
use crate::protocol::operation::{Operation, Undecodable, request_to};
use crate::protocol::timestamp;
use crate::protocol::words::words;
use bytes::Bytes;
use http::Method;
use std::time::SystemTime;

/// Lists async invocations, all of them unless filtered.
#[derive(Clone, Debug, Default)]
pub struct ListAsyncInvokes {
    submit_time_after: Option<SystemTime>,
    submit_time_before: Option<SystemTime>,
    status_equals: Option<AsyncInvokeStatus>,
    max_results: Option<u16>,
    next_token: Option<String>,
    sort_order: Option<SortOrder>,
}

words! {
    /// By the time of submission.
    SortOrder, "sortOrder" {
        /// The oldest first.
        Ascending = "Ascending",
        /// The newest first.
        Descending = "Descending",
    }
}

impl ListAsyncInvokes {
    /// All invocations, in pages of the service's own size.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only those submitted after this moment.
    #[must_use]
    pub fn submit_time_after(mut self, at: SystemTime) -> Self {
        self.submit_time_after = Some(at);
        self
    }

    /// Only those submitted before this moment.
    #[must_use]
    pub fn submit_time_before(mut self, at: SystemTime) -> Self {
        self.submit_time_before = Some(at);
        self
    }

    /// Only those with this status.
    #[must_use]
    pub fn status_equals(mut self, status: AsyncInvokeStatus) -> Self {
        self.status_equals = Some(status);
        self
    }

    /// At most this many in one page: 1 to 1000.
    pub fn max_results(mut self, count: u16) -> Result<Self, InvalidInput> {
        self.max_results = Some(page_size(count)?);
        Ok(self)
    }

    /// The page after the one that gave this token ([`AsyncInvokePage::next_token`]).
    #[must_use]
    pub fn next_token(mut self, token: impl Into<String>) -> Self {
        self.next_token = Some(token.into());
        self
    }

    /// The order by the time of submission.
    #[must_use]
    pub fn sort_order(mut self, order: SortOrder) -> Self {
        self.sort_order = Some(order);
        self
    }
}

impl Operation for ListAsyncInvokes {
    type Output = AsyncInvokePage;

    fn name(&self) -> &'static str {
        "ListAsyncInvokes"
    }

    fn service(&self) -> Service {
        Service::BedrockRuntime
    }

    fn request(&self, endpoint: &Endpoint) -> Result<http::Request<Bytes>, InvalidInput> {
        let max_results = self.max_results.map(|count| count.to_string());
        let submit_time_after = self.submit_time_after.map(timestamp::iso_8601);
        let submit_time_before = self.submit_time_before.map(timestamp::iso_8601);
        let pairs = [
            ("maxResults", max_results.as_deref()),
            ("nextToken", self.next_token.as_deref()),
            ("sortOrder", self.sort_order.map(SortOrder::as_str)),
            ("statusEquals", self.status_equals.as_ref().map(AsyncInvokeStatus::as_str)),
            ("submitTimeAfter", submit_time_after.as_deref()),
            ("submitTimeBefore", submit_time_before.as_deref()),
        ];
        let path = path_with_query("/async-invoke", &pairs);
        request_to(endpoint, Method::GET, &path, &[], Bytes::new())
    }

    fn decode(&self, response: http::Response<Bytes>) -> Result<AsyncInvokePage, Undecodable> {
        let document = Document::new(response.into_body());
        let (summaries, next_token) = read_page(self.name(), "asyncInvokeSummaries", &document)?;
        let items = summaries.into_iter().map(|summary| AsyncInvoke::read(self.name(), summary));
        let items = items.collect::<Result<_, _>>()?;
        Ok(AsyncInvokePage { items, next_token, document })
    }
}

impl Paged for ListAsyncInvokes {
    type Item = AsyncInvoke;

    fn page(output: AsyncInvokePage) -> (Vec<AsyncInvoke>, Option<String>) {
        (output.items, output.next_token)
    }

    fn with_token(&self, token: String) -> Self {
        self.clone().next_token(token)
    }
}

/// One page of invocations.
#[derive(Clone, Debug)]
pub struct AsyncInvokePage {
    items: Vec<AsyncInvoke>,
    next_token: Option<String>,
    document: Document,
}

impl AsyncInvokePage {
    /// The invocations, in the order asked for. A page may be empty and yet have a next one.
    pub fn items(&self) -> &[AsyncInvoke] {
        &self.items
    }

    /// What asks for the next page, where there is one.
    pub fn next_token(&self) -> Option<&str> {
        self.next_token.as_deref()
    }

    /// The answer, as it came.
    pub fn document(&self) -> &Document {
        &self.document
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_keeps_what_it_does_not_know() {
        let arn = "arn:aws:bedrock:us-west-2:123456789012:async-invoke/abcdefghij12";
        let text =
            format!(r#"{{"asyncInvokeSummaries":[{{"invocationArn":"{arn}","x":1e2}}],"nextToken":"n"}}"#);
        let page = ListAsyncInvokes::new().decode(http::Response::new(text.clone().into())).unwrap();
        assert_eq!(page.next_token(), Some("n"));
        assert_eq!(page.items()[0].document().text(), format!(r#"{{"invocationArn":"{arn}","x":1e2}}"#));
        assert_eq!(page.document().text(), text);
        let empty = ListAsyncInvokes::new().decode(http::Response::new(Bytes::from("{}"))).unwrap();
        assert!(empty.items().is_empty() && empty.next_token().is_none());
    }

    #[test]
    fn a_page_that_is_none_is_said_to_be_none() {
        for bad in ["", "[]", r#"{"asyncInvokeSummaries":1}"#, r#"{"asyncInvokeSummaries":[{}]}"#] {
            let refused = ListAsyncInvokes::new().decode(http::Response::new(Bytes::from(bad)));
            assert!(refused.unwrap_err().to_string().contains("ListAsyncInvokes"), "{bad}");
        }
    }

    #[test]
    fn a_page_has_1_to_1000() {
        for bad in [0, 1001] {
            assert!(ListAsyncInvokes::new().max_results(bad).is_err());
        }
        assert!(ListAsyncInvokes::new().max_results(1000).is_ok());
    }
}
