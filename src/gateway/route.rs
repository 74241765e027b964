//! Which path is which endpoint, and in whose shape it answers.

use super::origins::is_preflight;
use super::refusal::Refusal;
use super::shape::Shape;
use super::unserved::unserved;
use http::{HeaderMap, Method};
use percent_encoding::percent_decode_str;

/// Where a request leads. An unknown path has a shape, too: its refusal must be readable for who asked.
pub(super) struct Route {
    /// What is asked, or why nothing is.
    pub(super) endpoint: Result<Endpoint, Refusal>,
    /// How refusals look.
    pub(super) shape: Shape,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// `POST /v1/chat/completions`
    ChatCompletions,
    /// `POST /v1/responses`
    Responses,
    /// `POST /v1/responses/input_tokens`
    ResponseInputTokens,
    /// `POST /v1/embeddings`
    Embeddings,
    /// `GET /v1/models`
    Models,
    /// `GET /v1/models/{name}`
    Model(String),
    /// `POST /v1/videos`
    CreateVideo,
    /// `GET /v1/videos`
    Videos,
    /// `GET /v1/videos/{id}`
    Video(String),
    /// `GET /v1/videos/{id}/content`
    VideoContent(String),
    /// `POST /v1/messages`
    Messages,
    /// `POST /v1/messages/count_tokens`
    CountTokens,
    /// Bedrock's own paths: `/model/{id}/{operation}` and `/async-invoke`.
    Native,
    /// `OPTIONS`, by a browser, of any path: what a page may send there.
    Preflight,
    /// `GET /healthz`: the process lives.
    Health,
    /// `GET /readyz`: it could answer.
    Ready,
    /// `GET /metrics`
    Metrics,
}

impl Endpoint {
    /// Whether anybody may ask: what a load balancer and a scraper ask for tells nothing of prompts.
    pub(super) fn is_open(&self) -> bool {
        matches!(self, Self::Health | Self::Ready | Self::Metrics)
    }

    /// The name in logs and metrics.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::ChatCompletions => "chat_completions",
            Self::Responses => "responses",
            Self::ResponseInputTokens => "response_input_tokens",
            Self::Embeddings => "embeddings",
            Self::Models => "models",
            Self::Model(_) => "model",
            Self::CreateVideo => "create_video",
            Self::Videos => "videos",
            Self::Video(_) => "video",
            Self::VideoContent(_) => "video_content",
            Self::Messages => "messages",
            Self::CountTokens => "count_tokens",
            Self::Native => "native",
            Self::Preflight => "preflight",
            Self::Health => "healthz",
            Self::Ready => "readyz",
            Self::Metrics => "metrics",
        }
    }
}

impl Route {
    /// `path` is as it came on the wire. Anthropic's clients say so in a header, which tells the two `/v1/models` apart.
    pub(super) fn find(method: &Method, path: &str, headers: &HeaderMap) -> Self {
        let shape = Shape::of(path, headers);
        if is_preflight(method, headers) {
            return Self { endpoint: Ok(Endpoint::Preflight), shape };
        }
        Self { endpoint: endpoint(method, path, shape), shape }
    }
}

fn endpoint(method: &Method, path: &str, shape: Shape) -> Result<Endpoint, Refusal> {
    let path = path.strip_suffix('/').filter(|rest| !rest.is_empty()).unwrap_or(path);
    if shape == Shape::Bedrock {
        return Ok(Endpoint::Native);
    }
    let (allowed, endpoint) = match path {
        "/healthz" => (&[Method::GET, Method::HEAD][..], Endpoint::Health),
        "/readyz" => (&[Method::GET, Method::HEAD][..], Endpoint::Ready),
        "/metrics" => (&[Method::GET][..], Endpoint::Metrics),
        "/v1/chat/completions" => (&[Method::POST][..], Endpoint::ChatCompletions),
        "/v1/responses" => (&[Method::POST][..], Endpoint::Responses),
        "/v1/responses/input_tokens" => (&[Method::POST][..], Endpoint::ResponseInputTokens),
        "/v1/embeddings" => (&[Method::POST][..], Endpoint::Embeddings),
        "/v1/messages" => (&[Method::POST][..], Endpoint::Messages),
        "/v1/messages/count_tokens" => (&[Method::POST][..], Endpoint::CountTokens),
        "/v1/models" => (&[Method::GET][..], Endpoint::Models),
        "/v1/videos" if method == Method::GET => (&[Method::GET][..], Endpoint::Videos),
        "/v1/videos" => (&[Method::POST, Method::GET][..], Endpoint::CreateVideo),
        _ => match named(path)? {
            Some(endpoint) => (&[Method::GET][..], endpoint),
            None => return Err(unserved(method, path)),
        },
    };
    if allowed.contains(method) { Ok(endpoint) } else { Err(Refusal::wrong_method(method, path, allowed)) }
}

/// What is one of many.
fn named(path: &str) -> Result<Option<Endpoint>, Refusal> {
    // A model's name may be an ARN: what follows is one name, however many slashes are in it.
    if let Some(name) = path.strip_prefix("/v1/models/") {
        return Ok(Some(Endpoint::Model(decoded(name)?)));
    }
    let Some(video) = path.strip_prefix("/v1/videos/") else { return Ok(None) };
    Ok(match video.split_once('/') {
        None => Some(Endpoint::Video(decoded(video)?)),
        Some((id, "content")) => Some(Endpoint::VideoContent(decoded(id)?)),
        Some(_) => None,
    })
}

fn decoded(segment: &str) -> Result<String, Refusal> {
    let decoded = percent_decode_str(segment).decode_utf8();
    decoded.map(std::borrow::Cow::into_owned).map_err(|_| {
        Refusal::invalid(format!("the path segment {segment:?} is no UTF-8 when it is percent-decoded"))
    })
}
