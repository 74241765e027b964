//! OpenAI's and Anthropic's APIs in front of Bedrock. It is a [`Transport`], which [`crate::transport::Server`] puts on a
//! socket: a program that speaks either API gets Bedrock by changing its base URL.
//!
//! A chat goes one way: a reader of the API's shape (`openai/request/`, `anthropic/request/`) makes a
//! `chat::Chat`; `bedrock/` writes it as a body of Converse, or of InvokeModel where a Claude is given tools, sends it
//! through the client (its routes, its pacing) and reads answer or events back as `chat::Answer` or `chat::Event`;
//! a writer of the API's shape ends it. No shape knows another.
//!
//! | file | job |
//! |---|---|
//! | `options`, `config/` | what can be set, and the file that says it |
//! | `state` | what is in force: models, keys, limits; swapped whole at a reload |
//! | `route`, `shape` | which path is which endpoint, and in whose shape it answers |
//! | `unserved` | paths that are none, and what there is instead |
//! | `health` | `/healthz`, `/readyz`, `/metrics` |
//! | `admission` | who may ask, and how much |
//! | `origins` | which web pages may ask, and what their browsers are told |
//! | `keys`, `limits` | who has which key; what is left of what it may |
//! | `models`, `families` | a name → the routes to a model, a route → its family |
//! | `most_tokens` | how many tokens a model writes, as its refusals say |
//! | `by_routes` | a request by the routes of a model, whose models may not all be asked the same |
//! | `asked`, `exchange` | one request, and what is kept of it: tokens, times, for log, metrics and quotas |
//! | `body_type` | what a request says that its body is |
//! | `ledger` | what outlives a reload |
//! | `metrics/`, `access_log`, `span` | what is told of requests |
//! | `dropped` | what cannot be honoured: refused by name, or dropped and named |
//! | `refusal` | what is refused, in the shape of each API |
//! | `response` | the forms of an answer, and the headers that go with them |
//! | `image_fetch` | images that a chat names by URL |
//! | `json/` | the JSON of a request, read in place |
//! | `chat/` | what both APIs mean: a chat, an answer, its events |
//! | `bedrock/` | chat ⇄ Converse and Claude's InvokeModel; native paths passed through |
//! | `openai/` | chat completions, responses, models, embeddings, videos |
//! | `anthropic/` | messages, count_tokens |
//! | `opening` | how a stream begins: refused, or told that the model thinks |
//! | `sse` | events on their way to a client, heartbeats included |

mod access_log;
mod admission;
mod anthropic;
mod asked;
mod bedrock;
mod body_type;
mod by_routes;
mod chat;
pub mod config;
mod dropped;
mod exchange;
mod families;
mod health;
mod image_fetch;
mod json;
mod keys;
mod ledger;
mod limits;
mod metrics;
mod models;
mod most_tokens;
mod openai;
mod opening;
mod options;
mod origins;
mod refusal;
mod response;
mod route;
mod shape;
mod span;
mod sse;
mod state;
mod unserved;

pub use access_log::{AccessEntry, AccessLog, Tokens};
pub use keys::{Key, KeyHash};
pub use options::{GatewayOptions, ImageFetching, ModelAlias};
pub use origins::Origin;

use crate::client::Client;
use crate::error::Error;
use crate::protocol::operation::bedrock_runtime::MAX_BODY_BYTES;
use crate::transport::{Body, BoxFuture, Refused, Server, Transport, TransportError};
use admission::{admit, may_ask};
use asked::Asked;
use body_type::must_be_plain;
use bytes::Bytes;
use exchange::Exchange;
use http::{HeaderMap, Request, Response};
use refusal::Refusal;
use route::{Endpoint, Route};
use shape::Shape;
use state::Current;
use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

/// Answers OpenAI's and Anthropic's APIs, and Bedrock's own, with the models of Bedrock.
pub struct Gateway {
    current: Current,
}

impl Gateway {
    /// A gateway that asks Bedrock through `client`.
    pub fn new(client: &Client, options: GatewayOptions) -> Result<Self, Error> {
        Ok(Self { current: Current::new(client, options)? })
    }

    /// Puts other options in force. Requests under way end under the options they began with. Where the options are
    /// refused, those before stay in force.
    pub fn reload(&self, options: GatewayOptions) -> Result<(), Error> {
        self.current.replace(options)
    }

    /// A server with bounds for a gateway: streams under way have half a minute to end when it stops.
    pub fn server() -> Server {
        Server {
            // Who has no key is told so before 25 MB of theirs are held.
            stream_bodies: true,
            shutdown_grace: Duration::from_secs(30),
            ..Server::default()
        }
    }
}

async fn answered(route: &Route, asked: &mut Asked, body: Body) -> Result<Response<Body>, Refusal> {
    admit(&asked.in_force, route, &asked.parts, &asked.exchange)?;
    let endpoint = route.endpoint.as_ref().map_err(Clone::clone)?;
    // What goes through to Bedrock as it came is not read here, but for the model of a job.
    if *endpoint != Endpoint::Native {
        must_be_plain(&asked.parts.headers)?;
    }
    // Who may ask this without a key may not have the gateway hold anything of his.
    let body = if endpoint.is_open() || *endpoint == Endpoint::Preflight { Body::empty() } else { body };
    asked.body = body.collect(MAX_BODY_BYTES).await.map_err(|e| Refusal::unreadable(&e))?;
    let asked = &*asked;
    // Each in a box of its own: else every request would move the largest of them about.
    let answering: BoxFuture<'_, _> = match endpoint {
        Endpoint::ChatCompletions => Box::pin(openai::chat_completions(asked)),
        Endpoint::Responses => Box::pin(openai::responses(asked)),
        Endpoint::ResponseInputTokens => Box::pin(openai::input_tokens(asked)),
        Endpoint::Embeddings => Box::pin(openai::embeddings(asked)),
        Endpoint::Models => return Ok(openai::models(asked)),
        Endpoint::Model(name) => return openai::model(asked, name),
        Endpoint::CreateVideo => Box::pin(openai::create_video(asked)),
        Endpoint::Videos => Box::pin(openai::videos(asked)),
        Endpoint::Video(id) => Box::pin(openai::video(asked, id)),
        Endpoint::VideoContent(id) => Box::pin(openai::video_content(asked, id)),
        Endpoint::Messages => Box::pin(anthropic::messages(asked)),
        Endpoint::CountTokens => Box::pin(anthropic::count_tokens(asked)),
        Endpoint::Native => Box::pin(bedrock::native(asked)),
        Endpoint::Preflight => {
            return origins::preflight(&asked.in_force.options.allowed_origins, &asked.parts.headers);
        }
        Endpoint::Health => return Ok(health::live()),
        Endpoint::Ready => Box::pin(health::ready(&asked.in_force, may_ask(&asked.in_force, &asked.parts))),
        Endpoint::Metrics => return Ok(health::metrics(&asked.in_force)),
    };
    answering.await
}

impl Transport for Gateway {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        Box::pin(async move {
            let route = Route::find(request.method(), request.uri().path(), request.headers());
            let in_force = self.current.get();
            let exchange = Exchange::begin(&in_force, &route);
            let page = origins::allowed(&in_force.options.allowed_origins, request.headers()).cloned();
            let (parts, body) = request.into_parts();
            let mut asked = Asked {
                parts,
                body: Bytes::new(),
                in_force: Arc::clone(&in_force),
                exchange: Arc::clone(&exchange),
            };
            let mut answering = pin!(answered(&route, &mut asked, body));
            let answering = poll_fn(|context| match answering.as_mut().poll(context) {
                Poll::Pending if in_force.ledger.is_cut() => Poll::Ready(Err(Refusal::cut())),
                polled => polled,
            });
            let answered = exchange.around(pin!(answering)).await;
            let mut answer = answered.unwrap_or_else(|refusal| exchange.refused(refusal).answer(route.shape));
            exchange.answered(&mut answer);
            if let Some(origin) = page {
                origins::let_read(&mut answer, origin);
            }
            Ok(answer)
        })
    }

    /// A request that the server could not read is one all the same, with an id and a line in the log.
    fn refuse(&self, refused: &Refused<'_>) -> Response<Body> {
        let none = HeaderMap::new();
        let headers = refused.headers.unwrap_or(&none);
        let refusal = Refusal::unread(refused.status, refused.message);
        let route = match refused.method {
            Some(method) => Route::find(method, refused.path, headers),
            None => Route { endpoint: Err(refusal.clone()), shape: Shape::of(refused.path, headers) },
        };
        let in_force = self.current.get();
        let exchange = Exchange::begin(&in_force, &route);
        let mut answer = exchange.refused(refusal).answer(route.shape);
        *answer.status_mut() = refused.status;
        exchange.answered(&mut answer);
        if let Some(origin) = origins::allowed(&in_force.options.allowed_origins, headers) {
            origins::let_read(&mut answer, origin.clone());
        }
        answer
    }

    fn cut(&self) {
        self.current.get().ledger.cut();
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").finish_non_exhaustive()
    }
}
