//! InvokeModel, from the service's side: it answers from fixtures.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html>

use super::member::malformed;
use super::start_async_invoke::{UNKNOWN_MODEL, async_family};
use crate::emulator::answerable::refuse_unanswerable;
use crate::emulator::models::find_case;
use crate::emulator::refused::Refused;
use crate::fixture::Store;
use crate::protocol::model::ModelId;
use bytes::Bytes;
use http::Response;
use http::header::CONTENT_TYPE;
use serde_json::Value;

/// What a model answers, with the headers that are the model's: its content type, its token counts, its latency.
pub(in crate::emulator) fn invoke_model(
    model_id: &str,
    region: &str,
    body: &[u8],
    stores: &[&Store],
) -> Result<Response<Bytes>, Refused> {
    let body = match serde_json::from_slice::<Value>(body) {
        Ok(body) if body.is_object() => body,
        Ok(_) => return Err(malformed("expected type: JSONObject")),
        Err(e) => return Err(malformed(&format!("the body is no JSON ({e})"))),
    };
    let unknown = || Refused::validation(UNKNOWN_MODEL);
    let model = ModelId::new(model_id).map_err(|_| unknown())?;
    if model.arn_region().is_some_and(|named| named != region) {
        return Err(unknown());
    }
    if async_family(&model).is_some() {
        return Err(Refused::validation(
            "This model doesn't support InvokeModel. Use StartAsyncInvoke with this model instead.",
        ));
    }
    refuse_unanswerable(&model, region)?;
    let case = stores.iter().find_map(|store| find_case(store, &model, &body)).ok_or_else(unknown)?;
    let recorded = case.responses.last().ok_or_else(unknown)?;
    let mut answer = Response::new(recorded.body().clone());
    *answer.status_mut() = recorded.status();
    let is_kept = |name: &str| {
        name == CONTENT_TYPE.as_str() || name == "x-amzn-errortype" || name.starts_with("x-amzn-bedrock-")
    };
    for (name, value) in recorded.headers().iter().filter(|(name, _)| is_kept(name.as_str())) {
        answer.headers_mut().append(name.clone(), value.clone());
    }
    Ok(answer)
}
