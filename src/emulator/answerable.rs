//! Whether an id answers in a region at all: a base id that needs a profile, a profile of another geography and a
//! model that has ended are refused in the service's words.

use super::catalog::{Catalog, UNKNOWN_MODEL};
use super::models::told_resource;
use super::refused::Refused;
use crate::protocol::model::{ModelId, serves, split_geography};
use http::StatusCode;

/// Base ids that were seen to answer, though the table knows only profiles of them: a client is better off with those.
const SEEN_DIRECT: [&str; 2] = ["anthropic.claude-3-5-haiku-20241022-v1:0", "meta.llama3-2-1b-instruct-v1:0"];

/// Refuses what does not answer in this region. An id that the table does not know is let through.
pub(super) fn refuse_unanswerable(model: &ModelId, region: &str, catalog: &Catalog) -> Result<(), Refused> {
    refuse_ended(model, catalog)?;
    let Some(resource) = told_resource(model) else { return Ok(()) };
    let (geography, base) = split_geography(resource);
    let Some(row) = catalog.row(model) else { return Ok(()) };
    match geography {
        Some(geography) if !serves(geography, region) => Err(Refused::validation(UNKNOWN_MODEL)),
        None if row.direct().is_empty() && !SEEN_DIRECT.contains(&base) => Err(Refused::validation(format!(
            "Invocation of model ID {resource} with on-demand throughput isn\u{2019}t supported. Retry your request with the ID or ARN of an inference profile that contains this model."
        ))),
        _ => Ok(()),
    }
}

/// Refuses a model that nobody may ask for anything any more.
pub(super) fn refuse_ended(model: &ModelId, catalog: &Catalog) -> Result<(), Refused> {
    if !catalog.row(model).is_some_and(|row| row.has_ended(None)) {
        return Ok(());
    }
    Err(Refused::service(
        StatusCode::NOT_FOUND,
        "ResourceNotFoundException",
        "This model version has reached the end of its life. Please refer to the AWS documentation for more details.",
    ))
}
