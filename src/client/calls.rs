//! Runs operations and any request: from input to output.

use super::builder::ClientBuilder;
use super::call::{Answer, Call};
use super::credentials::Wanted;
use super::outgoing::Outgoing;
use super::state::Client;
use crate::error::{Error, ErrorKind};
use crate::protocol::auth::Auth;
use crate::protocol::endpoint::{Endpoint, Service, SigningScope};
use crate::protocol::operation::Operation;
use crate::protocol::sigv4::SignedRequest;
use crate::transport::{Body, BoxFuture};
use bytes::Bytes;

/// A call on its way. In a box, so that its code is there once, whoever waits for it.
type Running<'a> = BoxFuture<'a, Result<http::Response<Body>, Error>>;

impl Client {
    /// A client with everything given by hand.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// A client from the environment and the shared AWS files, as the AWS SDKs find it. For one over a transport of
    /// your own: [`ClientBuilder::from_env`].
    #[cfg(feature = "_network")]
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env()?.build()
    }

    /// Runs an operation: request, signature, attempts, answer.
    pub async fn call<O: Operation>(&self, operation: &O) -> Result<O::Output, Error> {
        let response = self.run_model(operation, Answer::Whole).await?;
        Ok(operation.decode(whole(response))?)
    }

    /// The same, with the headers of the answer: the request id that AWS's support asks for is in them.
    pub async fn call_with_headers<O: Operation>(
        &self,
        operation: &O,
    ) -> Result<(http::HeaderMap, O::Output), Error> {
        let mut response = whole(self.run_model(operation, Answer::Whole).await?);
        let headers = if operation.decodes_headers() {
            response.headers().clone()
        } else {
            std::mem::take(response.headers_mut())
        };
        Ok((headers, operation.decode(response)?))
    }

    /// The same for what names no model, or names it as it must go out.
    pub(super) async fn call_as_it_is<O: Operation>(&self, operation: &O) -> Result<O::Output, Error> {
        let response = self.run_id(operation, Answer::Whole).await?;
        Ok(operation.decode(whole(response))?)
    }

    /// Runs an operation up to the headers of its answer; the body is the caller's, as it arrives.
    pub async fn open<O: Operation>(&self, operation: &O) -> Result<http::Response<Body>, Error> {
        self.run_model(operation, Answer::Headers).await
    }

    /// Runs it with the id that its model's name means, and once more with another id where the service refuses that
    /// one and repairing it is allowed.
    pub(super) fn run_model<'a>(&'a self, operation: &'a dyn Outgoing, answer: Answer) -> Running<'a> {
        Box::pin(async move {
            let resolved = self.with_resolved_model(operation).await?;
            let meant = resolved.as_deref().unwrap_or(operation);
            let call = Box::new(self.prepared_call(meant, answer)?);
            let failed = match self.run(&call).await {
                Ok(response) => return Ok(response),
                Err(failed) => failed,
            };
            // `meant` is found again: what is kept over the call takes room in its state.
            match self.judge_model(resolved.as_deref().unwrap_or(operation), failed) {
                (_, Some(repaired)) => self.run_id(&*repaired, answer).await,
                (failed, None) => Err(failed),
            }
        })
    }

    /// Runs it with the id that it has.
    fn run_id<'a>(&'a self, operation: &'a dyn Outgoing, answer: Answer) -> Running<'a> {
        Box::pin(async move {
            let call = Box::new(self.prepared_call(operation, answer)?);
            self.run(&call).await
        })
    }

    /// Everything that [`Client::call`] does before the wire: the request as its next attempt would send it. Nothing
    /// is sent, so a model's name is looked up in the table alone.
    pub async fn prepare<O: Operation>(&self, operation: &O) -> Result<SignedRequest, Error> {
        let resolved = self.with_model_of_table(operation)?;
        self.sign(&self.prepared_call(resolved.as_deref().unwrap_or(operation), Answer::Whole)?).await
    }

    /// Signs and sends any request. `repeatable` says whether running it twice does no more than running it once.
    pub async fn request(
        &self,
        request: http::Request<Bytes>,
        scope: SigningScope,
        repeatable: bool,
    ) -> Result<http::Response<Bytes>, Error> {
        Ok(whole(self.run(&Self::raw_call(request, scope, repeatable)).await?))
    }

    /// Everything that [`Client::request`] does before the wire.
    pub async fn prepare_request(
        &self,
        request: http::Request<Bytes>,
        scope: SigningScope,
    ) -> Result<SignedRequest, Error> {
        self.sign(&Self::raw_call(request, scope, true)).await
    }

    /// What the next request to a service would be signed with.
    pub async fn signs_with(&self, service: &Service) -> Result<Auth, Error> {
        self.auth(Wanted::new(service), &self.time()).await
    }

    /// Where a service answers: in this region, or in the one that an ARN names.
    pub fn endpoint(&self, service: Service, region: Option<&str>) -> Result<Endpoint, Error> {
        Ok(self.inner.endpoints.resolve(service, region.unwrap_or(self.region()))?)
    }

    fn prepared_call(&self, operation: &dyn Outgoing, answer: Answer) -> Result<Call<'static>, Error> {
        let endpoint = self.endpoint(operation.service(), operation.region())?;
        let call = Call {
            operation: operation.name(),
            service: operation.service(),
            scope: endpoint.scope().clone(),
            request: operation.request(&endpoint)?,
            repeatable: operation.is_repeatable(),
            answer,
        };
        at_its_endpoint(call, &endpoint)
    }

    fn raw_call(request: http::Request<Bytes>, scope: SigningScope, repeatable: bool) -> Call<'static> {
        let service = Service::named(&scope.service);
        Call { operation: "request", service, scope, request, repeatable, answer: Answer::Whole }
    }
}

/// The call, where it goes where it is signed for.
fn at_its_endpoint(call: Call<'static>, endpoint: &Endpoint) -> Result<Call<'static>, Error> {
    if endpoint.covers(call.request.uri()) {
        return Ok(call);
    }
    Err(Error::new(
        ErrorKind::InvalidInput,
        format!(
            "{} would go to {}, which is not at {endpoint}; it is not signed for another origin",
            call.operation,
            call.request.uri()
        ),
    ))
}

/// The body of a call that collects it.
fn whole(response: http::Response<Body>) -> http::Response<Bytes> {
    response.map(|body| match body {
        Body::Whole(bytes) => bytes,
        Body::Stream { .. } => Bytes::new(),
    })
}
