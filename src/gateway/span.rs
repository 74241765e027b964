//! A span for each request that asks a model, with the semantic names of GenAI. It is entered while its request is worked
//! on, so that what a transport or an observer tells stands in it. The only file that names `tracing`.
//! <https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/>

use super::access_log::AccessEntry;
use super::route::Endpoint;
use std::future::poll_fn;
use std::pin::Pin;
use tracing::field::{Empty, debug};

/// The span of one request. It costs next to nothing where nobody subscribes.
#[derive(Debug)]
pub(super) struct Span {
    span: tracing::Span,
    operation: &'static str,
}

impl Span {
    pub(super) fn begin(endpoint: Option<&Endpoint>) -> Self {
        let Some(operation) = endpoint.and_then(operation) else {
            return Self { span: tracing::Span::none(), operation: "" };
        };
        let span = tracing::info_span!(
            target: "bedwire::gateway",
            "gen_ai",
            "otel.name" = Empty,
            "otel.kind" = "client",
            "otel.status_code" = Empty,
            "gen_ai.operation.name" = operation,
            "gen_ai.provider.name" = "aws.bedrock",
            // The name of the same before version 1.37 of the conventions.
            "gen_ai.system" = "aws.bedrock",
            "gen_ai.request.model" = Empty,
            "gen_ai.response.model" = Empty,
            "cloud.region" = Empty,
            "gen_ai.response.finish_reasons" = Empty,
            "gen_ai.usage.input_tokens" = Empty,
            "gen_ai.usage.output_tokens" = Empty,
            "gen_ai.usage.cache_read.input_tokens" = Empty,
            "gen_ai.usage.cache_creation.input_tokens" = Empty,
            "http.response.status_code" = Empty,
            "error.type" = Empty,
            "bedwire.key" = Empty,
            "bedwire.request_id" = Empty,
            "gen_ai.response.time_to_first_chunk" = Empty,
        );
        Self { span, operation }
    }

    /// Work in the span: it is entered each time that the work goes on.
    pub(super) async fn around<T>(&self, mut work: Pin<&mut impl Future<Output = T>>) -> T {
        poll_fn(|context| self.span.in_scope(|| work.as_mut().poll(context))).await
    }

    /// Does a piece of work in the span.
    pub(super) fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        self.span.in_scope(work)
    }

    /// Tells what came of it. The span ends when it is dropped.
    pub(super) fn end(&self, entry: &AccessEntry<'_>) {
        let span = &self.span;
        if span.is_disabled() {
            return;
        }
        if let Some(model) = entry.model {
            span.record("gen_ai.request.model", model);
            // The convention for the name of such a span: `chat claude-sonnet-4`.
            span.record("otel.name", format!("{} {model}", self.operation).as_str());
        }
        if let Some(model) = entry.upstream_model {
            span.record("gen_ai.response.model", model);
        }
        if let Some(region) = entry.region {
            span.record("cloud.region", region);
        }
        if let Some(reason) = entry.stop_reason {
            span.record("gen_ai.response.finish_reasons", debug([reason]));
        }
        if let Some(tokens) = entry.tokens {
            let input = tokens.input.saturating_add(tokens.cache_read).saturating_add(tokens.cache_write);
            span.record("gen_ai.usage.input_tokens", input);
            span.record("gen_ai.usage.output_tokens", tokens.output);
            span.record("gen_ai.usage.cache_read.input_tokens", tokens.cache_read);
            span.record("gen_ai.usage.cache_creation.input_tokens", tokens.cache_write);
        }
        span.record("http.response.status_code", entry.status);
        if let Some(error) = entry.error {
            span.record("error.type", error);
            span.record("otel.status_code", "ERROR");
        }
        if let Some(key) = entry.key {
            span.record("bedwire.key", key);
        }
        span.record("bedwire.request_id", entry.request_id);
        if let Some(first_token) = entry.first_token {
            span.record("gen_ai.response.time_to_first_chunk", first_token.as_secs_f64());
        }
    }
}

/// `None` where no model is asked.
fn operation(endpoint: &Endpoint) -> Option<&'static str> {
    match endpoint {
        Endpoint::ChatCompletions | Endpoint::Responses | Endpoint::Messages => Some("chat"),
        Endpoint::Embeddings => Some("embeddings"),
        Endpoint::CreateVideo => Some("generate_content"),
        Endpoint::CountTokens | Endpoint::ResponseInputTokens => Some("count_tokens"),
        Endpoint::Native => Some("invoke_model"),
        _ => None,
    }
}
