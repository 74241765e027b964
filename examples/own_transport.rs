//! A client over an HTTP client of one's own, here hyper's, without reqwest: `own_transport URL` makes one Converse call.
//!
//! ```text
//! bedwire emulate --listen 127.0.0.1:8098
//! cargo run --no-default-features --features client-core --example own_transport http://127.0.0.1:8098
//! ```
//!
//! Region and credentials come from the environment. This connector speaks plain HTTP; for AWS it is one that speaks TLS,
//! such as those of hyper-rustls and hyper-tls.

use bedwire::client::ClientBuilder;
use bedwire::protocol::model::ModelId;
use bedwire::protocol::operation::bedrock_runtime::Converse;
use bedwire::protocol::outcome::WireFailure;
use bedwire::transport::{Body, BoxFuture, Transport, TransportError};
use futures_util::TryStreamExt as _;
use http_body::Body as _;
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::connect::{Connect, HttpConnector};
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::TokioExecutor;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// hyper's client, which sends path, query and headers as they are, as it must be: they are signed.
pub(crate) struct Hyper<C>(Client<C, Body>);

impl<C: Connect + Clone> Hyper<C> {
    pub(crate) fn new(connector: C) -> Self {
        Self(Client::builder(TokioExecutor::new()).build(connector))
    }
}

impl<C: Connect + Clone + Send + Sync + 'static> Transport for Hyper<C> {
    fn send(
        &self,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        Box::pin(async move {
            let host = request.uri().host().unwrap_or_default().to_owned();
            let response = self.0.request(request).await.map_err(|e| no_answer(&host, e))?;
            Ok(response.map(|body| {
                let length = body.size_hint().exact();
                let chunks = body.into_data_stream().map_err(|e| {
                    TransportError::new(WireFailure::CutBody, "the connection broke in the body").because(e)
                });
                Body::stream(chunks, length)
            }))
        })
    }
}

/// The kind of failure decides whether the call is tried again.
fn no_answer(host: &str, error: Error) -> TransportError {
    let (failure, what) = if error.is_connect() {
        (WireFailure::Connect, "no connection to")
    } else {
        (WireFailure::NoResponse, "the connection broke before an answer from")
    };
    TransportError::new(failure, format!("{what} {host}")).because(error)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let url = std::env::args().nth(1).ok_or("usage: own_transport URL")?;
    let transport = Hyper::new(HttpConnector::new());
    let client = ClientBuilder::from_env()?.endpoint_url(None, url).transport(transport).build()?;
    let body = r#"{"messages":[{"role":"user","content":[{"text":"Hello"}]}]}"#;
    let model = ModelId::new("us.amazon.nova-lite-v1:0")?;
    println!("{}", client.call(&Converse::new(model, body)?).await?.text());
    Ok(())
}
