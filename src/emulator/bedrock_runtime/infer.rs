//! InvokeModel, Converse and their streams, from the service's side: one path for all four, so that a model that is
//! refused by one is refused by all. They answer from fixtures, or with what they were asked.
//!
//! - <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html>
//! - <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModelWithResponseStream.html>
//! - <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>
//! - <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html>

use super::compose::{acknowledge, compose};
use super::embed::embed;
use super::inference_operation::InferenceOperation;
use super::member::{malformed, returned};
use super::start_async_invoke::is_async_only;
use super::{
    answered_settings, claude, converse, echo, families, guarded, streamed_tools, structured_output, thoughts,
};
use crate::emulator::answerable::refuse_unanswerable;
use crate::emulator::catalog::{Catalog, UNKNOWN_MODEL};
use crate::emulator::models::{find_case, is_of_another_shape};
use crate::emulator::refused::Refused;
use crate::emulator::stand_ins::{is_prompt, model_behind};
use crate::fixture::{Case, Store};
use crate::protocol::model::ModelId;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Request, Response};
use serde_json::Value;

/// What a model answers. A stream is answered as the bytes of its frames.
pub(in crate::emulator) fn infer(
    operation: InferenceOperation,
    model_id: &str,
    region: &str,
    request: &Request<Bytes>,
    catalog: &Catalog,
    echo: bool,
) -> Result<Response<Bytes>, Refused> {
    let body = match serde_json::from_slice::<Value>(request.body()) {
        Ok(body) if body.is_object() => body,
        Ok(_) => return Err(malformed("expected type: JSONObject")),
        Err(e) => return Err(malformed(&format!("the body is no JSON ({e})"))),
    };
    let asked = checked_model(operation, model_id, region, catalog)?;
    let behind = model_behind(&asked, operation.is_converse(), &body, region, &catalog.stores);
    let model = behind.unwrap_or_else(|| asked.clone());
    if operation.is_converse() && is_prompt(&asked) {
        converse::check_prompted(&model, &body)?;
    } else if operation.is_converse() {
        converse::check(&model, &body)?;
        streamed_tools::check(operation, &model, &body)?;
        families::check(&model, &body)?;
    }
    if echo {
        return echo::answer(operation, &asked, (&model, &body), request);
    }
    if !operation.is_converse() {
        claude::check(&model, &body)?;
    }
    structured_output::check(&body).and_then(|()| thoughts::check(&model, &body)).map_err(|problem| {
        // Only Converse says that it has this from the model.
        if operation.is_converse() { returned(&problem) } else { Refused::validation(problem) }
    })?;
    let is_converse = operation.is_converse();
    let guard = if is_converse { None } else { guarded::Guard::read(request.headers(), &body)? };
    let intervention = match &guard {
        Some(guard) => guard.intervention(),
        None => is_converse.then(|| guarded::intervention(&body)).flatten(),
    };
    let answer = match intervention {
        Some(reply) => reply.answer(operation, &model)?,
        None => said(operation, &model, &body, catalog)?,
    };
    let answer = match guard {
        Some(guard) => guard.tell(answer),
        None => answer,
    };
    Ok(answered_settings::add(operation, &body, answer))
}

/// What the model says: what a fixture has for this very request, else what is made for it, else what a fixture of its
/// family has.
fn said(
    operation: InferenceOperation,
    model: &ModelId,
    body: &Value,
    catalog: &Catalog,
) -> Result<Response<Bytes>, Refused> {
    let stores = &catalog.stores;
    let case = stores.iter().find_map(|store| find_case(store, operation.fixtures(), model, body));
    let is_for_this = case.is_some_and(|case| has_body(case, body) || is_told_when(case, stores));
    if let Some(reply) = (!is_for_this).then(|| compose(operation, model, body)).flatten() {
        return reply.answer(operation, model);
    }
    if let Some(answer) = (!is_for_this).then(|| embed(operation, model, body)).flatten() {
        return answer;
    }
    match case.and_then(answer_of) {
        Some(answer) => Ok(answer),
        // A model that is known by its name alone answers, too.
        None if speaks(model, catalog) => acknowledge(operation, body).answer(operation, model),
        None => Err(Refused::validation(UNKNOWN_MODEL)),
    }
}

/// Whether a case was written for this very body.
fn has_body(case: &Case, body: &Value) -> bool {
    serde_json::from_slice::<Value>(case.request.body()).is_ok_and(|known| known == *body)
}

/// Whether a fixture that is not embedded says itself which requests it answers.
fn is_told_when(case: &Case, stores: &[&Store]) -> bool {
    let own = stores.split_last().map_or(&[][..], |(_, own)| own);
    case.when.count() > 0 && own.iter().flat_map(|store| store.cases()).any(|known| std::ptr::eq(known, case))
}

/// Whether a model of the table writes text.
fn speaks(model: &ModelId, catalog: &Catalog) -> bool {
    catalog.row(model).is_some_and(|row| !is_of_another_shape(row.base_id()))
}

/// The model, where it may be asked here and in this way: the one place that all four pass.
fn checked_model(
    operation: InferenceOperation,
    model_id: &str,
    region: &str,
    catalog: &Catalog,
) -> Result<ModelId, Refused> {
    let unknown = || Refused::validation(UNKNOWN_MODEL);
    let model = ModelId::new(model_id).map_err(|_| unknown())?;
    if model.arn_region().is_some_and(|named| named != region) {
        return Err(unknown());
    }
    if is_async_only(&model) {
        let name = operation.name();
        return Err(Refused::validation(format!(
            "This model doesn't support {name}. Use StartAsyncInvoke with this model instead."
        )));
    }
    refuse_unanswerable(&model, region, catalog)?;
    catalog.refuse_misspelt(&model)?;
    Ok(model)
}

/// The last answer of a case, with the headers that are the model's: its content type, its token counts, its latency.
fn answer_of(case: &Case) -> Option<Response<Bytes>> {
    let recorded = case.responses.last()?;
    let mut answer = Response::new(recorded.body().clone());
    *answer.status_mut() = recorded.status();
    let is_kept = |name: &str| {
        name == CONTENT_TYPE.as_str() || name == "x-amzn-errortype" || name.starts_with("x-amzn-bedrock-")
    };
    for (name, value) in recorded.headers().iter().filter(|(name, _)| is_kept(name.as_str())) {
        answer.headers_mut().append(name.clone(), value.clone());
    }
    Some(answer)
}
