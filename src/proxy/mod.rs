//! Signs whatever an unsigned or wrongly signed client sends, forwards it, and shows what went over the wire. It is a
//! [`Transport`], which [`crate::transport::Server`] puts on a socket.
//!
//! A request is held until all of it is there, since its hash is signed; an answer streams through as it arrives. It
//! is sent once: a refusal reaches the client as it is, and retries are the client's, so that none is hidden.
//!
//! | file | job |
//! |---|---|
//! | `access` | who may ask: programs of this machine, and no web page |
//! | `target` | which service a request is for, and what of it goes on |
//! | `check` | whether the client's own signature is right |
//! | `answer` | what the proxy says itself |
//! | `watch` | an answer that is looked at while it streams |
//! | `exchange`, `exchanges` | what is kept of one exchange, and of the last ones |
//! | `page` | `/_bedwire/`: the exchanges, live |

mod access;
mod answer;
mod check;
mod exchange;
mod exchanges;
mod page;
mod target;
mod watch;

use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::protocol::endpoint::Service;
use crate::protocol::operation::bedrock_runtime::MAX_BODY_BYTES;
use crate::protocol::outcome::WireFailure;
use crate::transport::{Body, BoxFuture, Transport, TransportError, drop_hop_by_hop, in_thread};
use bytes::Bytes;
use check::{Check, Depth, check};
use exchange::Signed;
use exchanges::Exchanges;
use http::{Method, Request, Response, StatusCode};
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;
use watch::{Watch, watched};

/// How a proxy behaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProxyOptions {
    /// The service that every request is for; otherwise its path tells.
    pub service: Option<Service>,
    /// Check the client's own signature and answer with what is wrong with it, instead of forwarding.
    pub verify: bool,
    /// Serve requests whose `Host` is not this machine's loopback. The page is off then: whoever reaches the port
    /// could read every prompt.
    pub allow_remote: bool,
}

/// Signs and forwards.
pub struct Proxy {
    client: Client,
    options: ProxyOptions,
    exchanges: Arc<Exchanges>,
}

impl Proxy {
    /// A proxy that signs with the credentials of `client` and sends to its endpoints.
    pub fn new(client: Client, options: ProxyOptions) -> Self {
        Self { client, options, exchanges: Arc::default() }
    }

    async fn exchange(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let (parts, body) = request.into_parts();
        let request = Request::from_parts(parts, body.collect(MAX_BODY_BYTES).await?);
        if let Some(refusal) = access::refusal(&request, self.options.allow_remote) {
            return Ok(answer::refused(StatusCode::FORBIDDEN, "AccessDeniedException", refusal));
        }
        if page::is_asked(&request) && !self.options.allow_remote {
            return Ok(page::answer(&request, &self.exchanges));
        }
        if let Some(refusal) = access::no_forwarding(&request) {
            return Ok(answer::refused(StatusCode::FORBIDDEN, "AccessDeniedException", refusal));
        }
        let service = target::service(&request, self.options.service.as_ref());
        let check = self.check(&request, &service).await;
        let id = self.exchanges.begin(&request, &service, &check);
        let watch = Watch::begin(Arc::clone(&self.exchanges), id);
        let is_head = request.method() == Method::HEAD;
        let answer = if self.options.verify {
            answer::verdict(&check)
        } else {
            match self.forward(request, service, id).await {
                Ok(answer) => answer,
                Err(failure) => {
                    self.exchanges.update(id, |exchange| exchange.fail(&failure.message));
                    failure.answer()
                }
            }
        };
        let (mut parts, mut body) = answer.into_parts();
        if is_head || parts.status == StatusCode::NO_CONTENT || parts.status == StatusCode::NOT_MODIFIED {
            // Nobody reads a body that must not be there; its end is read here, where a recorder waits for it.
            while let Some(Ok(_)) = body.chunk().await {}
            body = Body::empty();
        }
        self.exchanges.update(id, |exchange| exchange.answered(&parts));
        let body = watched(body, &parts.headers, watch);
        answer::without_origin(&mut parts.headers);
        Ok(Response::from_parts(parts, body))
    }

    /// Checks the client's own signature.
    async fn check(&self, request: &Request<Bytes>, service: &Service) -> Check {
        let auth = match self.client.signs_with(service).await {
            Ok(auth) => auth,
            Err(error) => return Check::unknown(error.to_string()),
        };
        self.exchanges.keep_out(&auth);
        let now = SystemTime::now();
        let depth = if self.options.verify { Depth::Whole } else { Depth::InPassing };
        // A search for a mistake may hash for seconds, in which others are served.
        let (request, service) = (request.clone(), service.clone());
        let search = move || check(&request, &auth, service.signing_name(), now, depth);
        let searching = in_thread("check of a signature", search);
        searching.await.unwrap_or_else(|e| Check::unknown(format!("The signature could not be checked: {e}")))
    }

    /// Signs for the service's endpoint and sends.
    async fn forward(
        &self,
        request: Request<Bytes>,
        service: Service,
        id: u64,
    ) -> Result<Response<Body>, Failure> {
        let region = target::region(&request, &service);
        let endpoint = self.client.endpoint(service, region.as_deref())?;
        let request = target::request(request, &endpoint)?;
        let signed = self.client.prepare_request(request, endpoint.scope().clone()).await?;
        let auth = self.client.signs_with(endpoint.service()).await?;
        self.exchanges.update(id, |exchange| exchange.signed(Signed::of(&signed, &auth), &auth));
        let mut response = self.client.send_once(signed).await?;
        drop_hop_by_hop(response.headers_mut());
        Ok(response)
    }
}

impl Transport for Proxy {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        Box::pin(self.exchange(request))
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("client", &self.client)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// Why there is no answer of the service.
struct Failure {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Failure {
    fn answer(&self) -> Response<Body> {
        answer::refused(self.status, self.code, &self.message)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let (status, code) = match error.kind() {
            ErrorKind::InvalidInput => (StatusCode::BAD_REQUEST, "ValidationException"),
            // No retry mends missing credentials.
            ErrorKind::Credentials => (StatusCode::FORBIDDEN, "UnrecognizedClientException"),
            _ => (StatusCode::BAD_GATEWAY, "BadGatewayException"),
        };
        Self { status, code, message: error.to_string() }
    }
}

impl From<crate::protocol::invalid_input::InvalidInput> for Failure {
    fn from(error: crate::protocol::invalid_input::InvalidInput) -> Self {
        Error::from(error).into()
    }
}

impl From<TransportError> for Failure {
    fn from(error: TransportError) -> Self {
        let (status, code) = match error.failure() {
            WireFailure::NotSent => (StatusCode::BAD_REQUEST, "ValidationException"),
            WireFailure::NoFixture => (StatusCode::NOT_FOUND, "ResourceNotFoundException"),
            WireFailure::Timeout => (StatusCode::GATEWAY_TIMEOUT, "GatewayTimeoutException"),
            _ => (StatusCode::BAD_GATEWAY, "BadGatewayException"),
        };
        Self { status, code, message: error.to_string() }
    }
}
