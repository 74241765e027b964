//! ListInferenceProfiles: which profiles a region has, a page at a time. It is the truth about which id answers where.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListInferenceProfiles.html>

use crate::protocol::document::Document;
use crate::protocol::endpoint::{Endpoint, Service};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::model::inference_profile::{InferenceProfile, InferenceProfileType};
use crate::protocol::operation::paged::{Paged, page_size, path_with_query, read_page};
use crate::protocol::operation::{Operation, Undecodable, request_to};
use bytes::Bytes;
use http::Method;

/// Lists inference profiles. The caller needs the permission
/// `bedrock:ListInferenceProfiles`.
#[derive(Clone, Debug, Default)]
pub struct ListInferenceProfiles {
    type_equals: Option<InferenceProfileType>,
    max_results: Option<u16>,
    next_token: Option<String>,
}

impl ListInferenceProfiles {
    /// All profiles, in pages of the service's own size.
    pub fn new() -> Self {
        Self::default()
    }

    /// The profiles that AWS made, in the largest pages: what a model's name is looked up in.
    pub fn of_aws() -> Self {
        Self {
            type_equals: Some(InferenceProfileType::SystemDefined),
            max_results: Some(1000),
            ..Self::default()
        }
    }

    /// Only those that AWS made, or only one's own.
    #[must_use]
    pub fn type_equals(mut self, kind: InferenceProfileType) -> Self {
        self.type_equals = Some(kind);
        self
    }

    /// At most this many in one page: 1 to 1000.
    pub fn max_results(mut self, count: u16) -> Result<Self, InvalidInput> {
        self.max_results = Some(page_size(count)?);
        Ok(self)
    }

    /// The page after the one that gave this token ([`InferenceProfilePage::next_token`]).
    #[must_use]
    pub fn next_token(mut self, token: impl Into<String>) -> Self {
        self.next_token = Some(token.into());
        self
    }
}

impl Operation for ListInferenceProfiles {
    type Output = InferenceProfilePage;

    fn name(&self) -> &'static str {
        "ListInferenceProfiles"
    }

    fn service(&self) -> Service {
        Service::Bedrock
    }

    fn request(&self, endpoint: &Endpoint) -> Result<http::Request<Bytes>, InvalidInput> {
        let max_results = self.max_results.map(|count| count.to_string());
        let pairs = [
            ("maxResults", max_results.as_deref()),
            ("nextToken", self.next_token.as_deref()),
            ("type", self.type_equals.map(InferenceProfileType::as_str)),
        ];
        request_to(endpoint, Method::GET, path_with_query("/inference-profiles", &pairs), &[], Bytes::new())
    }

    fn decode(&self, response: http::Response<Bytes>) -> Result<InferenceProfilePage, Undecodable> {
        let document = Document::new(response.into_body());
        let (summaries, next_token) = read_page(self.name(), "inferenceProfileSummaries", &document)?;
        let items: Result<_, _> = summaries.into_iter().map(InferenceProfile::read).collect();
        let items = items.map_err(|problem| Undecodable::new(self.name(), problem))?;
        Ok(InferenceProfilePage { items, next_token, document })
    }
}

impl Paged for ListInferenceProfiles {
    type Item = InferenceProfile;

    fn page(output: InferenceProfilePage) -> (Vec<InferenceProfile>, Option<String>) {
        (output.items, output.next_token)
    }

    fn with_token(&self, token: String) -> Self {
        self.clone().next_token(token)
    }
}

/// One page of profiles.
#[derive(Clone, Debug)]
pub struct InferenceProfilePage {
    items: Vec<InferenceProfile>,
    next_token: Option<String>,
    document: Document,
}

impl InferenceProfilePage {
    /// The profiles, in the service's order. A page may be empty and yet have a next one.
    pub fn items(&self) -> &[InferenceProfile] {
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
    fn a_profile_says_whose_model_it_is() {
        let text = r#"{"inferenceProfileSummaries":[{"inferenceProfileId":"us.a.b-v1:0","type":"NEW","models":
            [{"modelArn":"arn:aws:bedrock:us-east-1::foundation-model/a.b-v1:0"},{"new":1}]}],"nextToken":""}"#;
        let page = ListInferenceProfiles::new().decode(http::Response::new(Bytes::from(text))).unwrap();
        let profile = &page.items()[0];
        assert_eq!(profile.base_model_id(), Some("a.b-v1:0"));
        assert!(profile.contains("a.b-v1:0") && !profile.contains("b-v1:0") && !profile.is_system_defined());
        assert_eq!((page.next_token(), profile.profile_type()), (None, Some("NEW")));
    }

    #[test]
    fn a_page_that_is_none_is_said_to_be_none() {
        for bad in ["", "[]", "<html>", r#"{"inferenceProfileSummaries":[{}]}"#, r#"{"nextToken":1}"#] {
            let refused = ListInferenceProfiles::new().decode(http::Response::new(Bytes::from(bad)));
            assert!(refused.unwrap_err().to_string().contains("ListInferenceProfiles"), "{bad}");
        }
    }
}
