//! One call: what is sent, to whom, and how it may be repeated.

use super::pacing::Charge;
use crate::protocol::endpoint::{Service, SigningScope};
use crate::protocol::retry::Attempt;
use crate::protocol::retry::pacing::used_tokens;
use crate::transport::Body;
use bytes::Bytes;
use percent_encoding::percent_decode_str;

/// One call, before its first attempt.
pub(super) struct Call<'a> {
    /// `InvokeModel`
    pub(super) operation: &'a str,
    pub(super) service: Service,
    pub(super) scope: SigningScope,
    /// Complete but for its signature.
    pub(super) request: http::Request<Bytes>,
    /// Whether running it twice does no more than running it once.
    pub(super) repeatable: bool,
    pub(super) answer: Answer,
}

/// What belongs to the attempt; the rest of the body is handed to the caller as it arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The whole body.
    Whole,
    /// The headers.
    Headers,
    /// The headers and the first event, since a refusal may come as that.
    Events,
}

/// What a stream takes along from the call that opened it.
#[derive(Clone, Default)]
pub(super) struct Begun {
    /// All of them; the last one was answered with this stream.
    pub(super) attempts: Vec<Attempt>,
    pub(super) charge: Option<Charge>,
    /// Whether the last one carried an API key: a refusal within the stream is of that key.
    pub(super) carried_api_key: bool,
}

impl Call<'_> {
    /// What shares a quota: the calls that run one model at one endpoint; of all others, those of one kind.
    pub(super) fn lane(&self) -> String {
        let request = &self.request;
        let host = request.uri().authority().map_or("", |authority| authority.as_str());
        let region = &self.scope.region;
        let mut segments = request.uri().path().trim_start_matches('/').split('/');
        match (segments.next(), segments.next(), segments.next()) {
            (Some("model"), Some(model), Some("count-tokens")) => {
                [host, " ", region, " count-tokens ", model].concat()
            }
            (Some("model"), Some(model), _) => [host, " ", region, " model ", model].concat(),
            (kind, ..) => {
                [host, " ", region, " ", request.method().as_str(), " ", kind.unwrap_or("")].concat()
            }
        }
    }

    /// The model that it runs.
    pub(super) fn model_id(&self) -> Option<String> {
        let segment = self.request.uri().path().strip_prefix("/model/")?.split('/').next()?;
        Some(percent_decode_str(segment).decode_utf8().ok()?.into_owned())
    }

    /// What an answer has used of the quota of tokens, where output counts so many times.
    pub(super) fn used(&self, burndown: u64, response: &http::Response<Body>) -> Option<u64> {
        let body = match response.body() {
            Body::Whole(bytes) => bytes.as_ref(),
            Body::Stream { .. } => &[],
        };
        used_tokens(burndown, response.headers(), body)
    }
}
