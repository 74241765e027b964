//! The request loop over any transport: `client/send.rs` is the loop, everything else serves it.
//!
//! ```no_run
//! # async fn example() -> Result<(), bedwire::Error> {
//! use bedwire::Client;
//!
//! let client = Client::from_env()?;
//! let body = r#"{"inputText":"Hello"}"#;
//! let answer = client.invoke_model("amazon.titan-text-express-v1", body).await?;
//! println!("{}", answer.body().text());
//! # Ok(()) }
//! ```

mod builder;
mod clock;
pub mod credentials;
mod delay;
mod download;
mod observer;
mod operations;
mod part_file;
mod send;
pub mod settings;
mod timeouts;
mod token;
mod wait;

pub use builder::ClientBuilder;
pub use clock::Clock;
pub use download::{Download, Progress};
pub use observer::Observer;
pub use timeouts::Timeouts;
pub use token::random_token;
pub use wait::Wait;

use crate::error::Error;
use crate::protocol::endpoint::{Endpoint, Service, SigningScope};
use crate::protocol::operation::Operation;
use crate::protocol::retry::{RetryPolicy, RetryQuota};
use crate::protocol::sigv4::SignedRequest;
use crate::transport::{Body, Transport};
use bytes::Bytes;
use credentials::ProvideAuth;
use send::Call;
use settings::Endpoints;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// A client: region, credentials, endpoints, retries and a transport. Cloning it is cheap, and clones share one
/// connection pool and one retry quota.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    transport: Arc<dyn Transport>,
    credentials: Arc<dyn ProvideAuth>,
    region: String,
    endpoints: Endpoints,
    policy: RetryPolicy,
    quota: Mutex<RetryQuota>,
    timeouts: Timeouts,
    clock: Clock,
    observer: Arc<dyn Observer>,
}

impl Client {
    /// A client with everything given by hand.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// A client from the environment and the shared AWS files, as the AWS SDKs find it.
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env()?.build()
    }

    /// The region that calls go to, unless an ARN names another.
    pub fn region(&self) -> &str {
        &self.inner.region
    }

    /// Runs an operation: request, signature, attempts, answer.
    pub async fn call<O: Operation>(&self, operation: &O) -> Result<O::Output, Error> {
        let response = self.run(self.prepared_call(operation, true)?).await?;
        Ok(operation.decode(whole(response))?)
    }

    /// Runs an operation up to the headers of its answer; the body is the caller's, as it arrives.
    pub async fn open<O: Operation>(&self, operation: &O) -> Result<http::Response<Body>, Error> {
        self.run(self.prepared_call(operation, false)?).await
    }

    /// Everything that [`Client::call`] does before the wire: the request as its next attempt would send it.
    pub async fn prepare<O: Operation>(&self, operation: &O) -> Result<SignedRequest, Error> {
        self.sign(&self.prepared_call(operation, true)?, false).await
    }

    /// Signs and sends any request. `repeatable` says whether running it twice does no more than running it once.
    pub async fn request(
        &self,
        request: http::Request<Bytes>,
        scope: SigningScope,
        repeatable: bool,
    ) -> Result<http::Response<Bytes>, Error> {
        Ok(whole(self.run(Self::raw_call(request, scope, repeatable)).await?))
    }

    /// Everything that [`Client::request`] does before the wire.
    pub async fn prepare_request(
        &self,
        request: http::Request<Bytes>,
        scope: SigningScope,
    ) -> Result<SignedRequest, Error> {
        self.sign(&Self::raw_call(request, scope, true), false).await
    }

    /// Where a service answers: in this region, or in the one that an ARN names.
    pub fn endpoint(&self, service: Service, region: Option<&str>) -> Result<Endpoint, Error> {
        Ok(self.inner.endpoints.resolve(service, region.unwrap_or(self.region()))?)
    }

    fn prepared_call<O: Operation>(&self, operation: &O, collect: bool) -> Result<Call<'static>, Error> {
        let endpoint = self.endpoint(operation.service(), operation.region())?;
        Ok(Call {
            operation: operation.name(),
            service: operation.service(),
            scope: endpoint.scope().clone(),
            request: operation.request(&endpoint)?,
            repeatable: operation.is_repeatable(),
            collect,
        })
    }

    fn raw_call(request: http::Request<Bytes>, scope: SigningScope, repeatable: bool) -> Call<'static> {
        let service = Service::named(&scope.service);
        Call { operation: "request", service, scope, request, repeatable, collect: true }
    }

    fn transport(&self) -> &dyn Transport {
        &*self.inner.transport
    }

    fn credentials(&self) -> &dyn ProvideAuth {
        &*self.inner.credentials
    }

    fn policy(&self) -> &RetryPolicy {
        &self.inner.policy
    }

    fn timeouts(&self) -> &Timeouts {
        &self.inner.timeouts
    }

    fn observer(&self) -> &dyn Observer {
        &*self.inner.observer
    }

    fn quota(&self) -> MutexGuard<'_, RetryQuota> {
        self.inner.quota.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> SystemTime {
        self.inner.clock.now()
    }

    fn correct_clock(&self, server_time: SystemTime) {
        self.inner.clock.correct(server_time);
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("region", &self.inner.region).finish_non_exhaustive()
    }
}

/// The body of a call that collects it.
fn whole(response: http::Response<Body>) -> http::Response<Bytes> {
    response.map(|body| match body {
        Body::Whole(bytes) => bytes,
        Body::Stream { .. } => Bytes::new(),
    })
}
