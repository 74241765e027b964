//! `POST /v1/embeddings`: texts → vectors, by the models of Titan, Cohere and Nova that embed.
//! <https://platform.openai.com/docs/api-reference/embeddings/create>

mod answer;
mod family;
mod request;

use crate::client::Client;
use crate::error::Error;
use crate::gateway::asked::Asked;
use crate::gateway::models::Model;
use crate::gateway::refusal::{Refusal, RefusalKind};
use crate::protocol::content::Usage;
use crate::protocol::model::ModelId;
use crate::protocol::operation::bedrock_runtime::{InvokeModel, InvokeModelOutput};
use crate::protocol::retry::pacing::Reservation;
use crate::transport::Body;
use answer::answer;
use bytes::Bytes;
use family::{EmbeddingFamily, Vector};
use futures_util::{StreamExt as _, stream};
use http::Response;
use request::EmbeddingsRequest;
use std::sync::atomic::{AtomicBool, Ordering};

/// Calls of one request that are under way at once: Titan and Nova take one text a call.
const AT_ONCE: usize = 8;

pub(in crate::gateway) async fn embeddings(asked: &Asked) -> Result<Response<Body>, Refusal> {
    asked.must_be_json()?;
    let request = EmbeddingsRequest::read(&asked.body, asked.in_force.options.drop_unsupported)?;
    asked.exchange.dropped(request.dropped.params());
    let model = asked.model(&request.model)?;
    let family = family_of(&model).await?;
    let family = EmbeddingFamily::of(&family).ok_or_else(|| not_embedding(&request.model))?;
    // All bodies first, so that nothing is sent of a request that is refused.
    let bodies = request.input.chunks(family.texts_a_call());
    let bodies: Vec<(Bytes, usize)> = bodies
        .map(|texts| Ok((family.body(texts, &request)?, texts.len())))
        .collect::<Result<_, Refusal>>()?;
    asked.exchange.reserves(bodies.iter().map(|(body, _)| Reservation::of(body).tokens()).sum())?;
    // Where one is refused, no further ones begin, and those under way are heard: what they took counts.
    let is_refused = AtomicBool::new(false);
    let (model, is_refused) = (&*model, &is_refused);
    let calls = bodies.into_iter().map(|(body, texts)| async move {
        if is_refused.load(Ordering::Relaxed) {
            return None;
        }
        let answer = call(asked, model, family, body, texts).await;
        is_refused.fetch_or(answer.is_err(), Ordering::Relaxed);
        Some(answer)
    });
    let answers: Vec<_> = stream::iter(calls).buffered(AT_ONCE).collect().await;
    let answers: Vec<(Vec<Vector>, u64)> = answers.into_iter().flatten().collect::<Result<_, _>>()?;
    let tokens = answers.iter().fold(0, |sum: u64, (_, tokens)| sum.saturating_add(*tokens));
    let vectors = answers.into_iter().flat_map(|(vectors, _)| vectors);
    Ok(answer(vectors, &request, tokens))
}

/// The vectors of one call, and how many tokens its texts have.
async fn call(
    asked: &Asked,
    model: &Model,
    family: EmbeddingFamily,
    body: Bytes,
    texts: usize,
) -> Result<(Vec<Vector>, u64), Refusal> {
    let output = model.call(|client, model_id| {
        asked.exchange.calls("InvokeModel", &client, model_id.as_str());
        let body = body.clone();
        async move { client.call(&InvokeModel::new(model_id, body)?).await }
    });
    let output = output.await?;
    let tokens = tokens(&output);
    if let Some(usage) = Usage::of_counts(Some(tokens), Some(0)) {
        asked.exchange.used(&usage);
    }
    let vectors = family.vectors(output.body())?;
    if vectors.len() == texts {
        return Ok((vectors, tokens));
    }
    let problem = format!("the model's answer has {} vectors instead of {texts}", vectors.len());
    Err(Refusal::new(RefusalKind::Upstream, problem))
}

/// With its version: Titan's two take different bodies.
async fn family_of(model: &Model) -> Result<String, Refusal> {
    async fn base(client: Client, model_id: ModelId) -> Result<String, Error> {
        let base = client.base_model(model_id.as_str()).await?;
        Ok(base.as_str().rsplit('/').next().unwrap_or_default().to_owned())
    }
    Ok(model.call(base).await?)
}

/// Cohere counts in the header alone.
fn tokens(output: &InvokeModelOutput) -> u64 {
    let in_body = || output.body().json().ok()?.get("inputTextTokenCount")?.as_u64();
    output.input_token_count().or_else(in_body).unwrap_or_default()
}

fn not_embedding(model: &str) -> Refusal {
    Refusal::field(
        "model",
        &format!(
            "is {model:?}, which does not embed; Titan Embed, Cohere Embed and Nova Multimodal Embeddings do"
        ),
    )
}
