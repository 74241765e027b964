//! One file per operation, in AWS's words: its request and its answer side by side. A new operation is one file, one
//! line in its folder's `mod.rs`, one row in `paths`, one fixture directory.
//!
//! | file | job |
//! |---|---|
//! | [`bedrock_runtime`], [`bedrock`] | inference; models, profiles and batch inference |
//! | [`s3`], [`sts`], [`sso`] | what those need of other services |
//! | `stream`, `paged` | operations that answer in events, or a page at a time |
//! | `job_arn` | the ARN of a job of either kind |
//! | `paths` | which operation a request asks for |
//! | `xml` | the answers of S3 and STS |

pub mod bedrock;
pub mod bedrock_runtime;
mod job_arn;
mod paged;
#[cfg(any(feature = "client-core", feature = "diagnosis"))]
// A diagnosis asks for the halves of Bedrock alone.
#[cfg_attr(not(feature = "client-core"), allow(dead_code))]
pub(crate) mod paths;
pub mod s3;
pub mod sso;
mod stream;
pub mod sts;
pub(crate) mod xml;

pub use job_arn::{JobArn, JobKind};
pub use paged::Paged;
pub use stream::{Collector, Incomplete, StreamError, StreamOperation, collect, refusal_in};

use super::endpoint::{Endpoint, Service, host_header};
use super::invalid_input::InvalidInput;
use super::model::ModelId;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Uri, header};
use std::fmt;

/// An operation of an AWS service, with its input.
pub trait Operation: Send + Sync {
    /// What [`Operation::decode`] makes of an answer.
    type Output;

    /// The name, as AWS has it: `InvokeModel`.
    fn name(&self) -> &'static str;

    /// The service that has it.
    fn service(&self) -> Service;

    /// A region that the input itself names (an ARN does): it decides endpoint and signing region.
    fn region(&self) -> Option<&str> {
        None
    }

    /// The model that it asks, where it asks one: a refusal of its id then says which id would work.
    fn model_id(&self) -> Option<&ModelId> {
        None
    }

    /// The same for another model. `None` where there is none in it, or it must go out as it is.
    fn with_model_id(&self, model_id: ModelId) -> Option<Self>
    where
        Self: Sized,
    {
        let _ = model_id;
        None
    }

    /// Whether [`Operation::model_id`] may be an inference profile: CountTokens and StartAsyncInvoke take base ids.
    fn takes_profiles(&self) -> bool {
        true
    }

    /// Whether sending it twice does no more than sending it once.
    fn is_repeatable(&self) -> bool {
        true
    }

    /// Whether its output is made of headers, too: they need not be copied for one whose is not.
    fn decodes_headers(&self) -> bool {
        true
    }

    /// The unsigned request, complete: everything that will be on the wire but for the signature.
    fn request(&self, endpoint: &Endpoint) -> Result<http::Request<Bytes>, InvalidInput>;

    /// The output, from a successful answer.
    fn decode(&self, response: http::Response<Bytes>) -> Result<Self::Output, Undecodable>;
}

/// A successful answer that is not what the operation answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecodable {
    operation: &'static str,
    problem: String,
}

impl Undecodable {
    /// `problem` says what is missing or wrong, and where.
    pub fn new(operation: &'static str, problem: impl Into<String>) -> Self {
        Self { operation, problem: problem.into() }
    }
}

impl fmt::Display for Undecodable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the answer to {} cannot be read: {}", self.operation, self.problem)
    }
}

impl std::error::Error for Undecodable {}

/// A request with a `host` header, since what is signed must be what is sent.
pub(crate) fn request_to(
    endpoint: &Endpoint,
    method: Method,
    path_and_query: impl Into<String>,
    headers: &[(&'static str, &'static str)],
    body: Bytes,
) -> Result<Request<Bytes>, InvalidInput> {
    let mut request = with_host(method, endpoint.uri(path_and_query)?, endpoint.host().clone(), body);
    for (name, value) in headers {
        request.headers_mut().append(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    Ok(request)
}

/// The same, to any URL.
pub(crate) fn with_headers(
    method: Method,
    uri: Uri,
    headers: &[(&'static str, &str)],
    body: Bytes,
) -> Result<Request<Bytes>, InvalidInput> {
    let value = |text: &str| {
        HeaderValue::from_str(text).map_err(|e| InvalidInput::new("request", format!("cannot be built: {e}")))
    };
    let host = value(&host_header(&uri))?;
    let mut request = with_host(method, uri, host, body);
    for (name, text) in headers {
        request.headers_mut().append(HeaderName::from_static(name), value(text)?);
    }
    Ok(request)
}

fn with_host(method: Method, uri: Uri, host: HeaderValue, body: Bytes) -> Request<Bytes> {
    let mut request = Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    request.headers_mut().insert(header::HOST, host);
    request
}
