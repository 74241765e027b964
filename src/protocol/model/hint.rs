//! A refusal that is about the model's id → the id that would work. The geography is never widened.

use super::geography::{geographies_of, split_geography};
use super::id::ModelId;
use super::inference_profile::InferenceProfile;
use super::resolve::{ResolveOptions, Unresolved, base_model_id, profile_of_row, resolve_row};
use super::table::{Row, Table};
use crate::protocol::service_error::ServiceError;
use crate::protocol::timestamp;

/// What to do about a refusal of a model's id.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelHint {
    /// For people.
    pub text: String,
    /// The id that would work, where one is known and its geography is no wider than the one that was asked for.
    pub model_id: Option<ModelId>,
}

/// What was asked.
#[derive(Clone, Copy, Debug)]
pub struct AskedModel<'a> {
    /// The id that was sent.
    pub model_id: &'a ModelId,
    /// The region that it was sent to.
    pub region: &'a str,
    /// Whether the operation takes inference profiles: CountTokens and StartAsyncInvoke do not.
    pub takes_profiles: bool,
}

/// What a refusal says about the id.
enum Trouble {
    /// `Invocation of model ID … with on-demand throughput isn’t supported.`
    NeedsProfile,
    /// `This model version has reached the end of its life.`
    Ended,
    /// `The provided model identifier is invalid.`
    Invalid,
}

/// The hint for a refusal; `None` where it is about something else.
pub fn hint_for(
    error: &ServiceError,
    asked: AskedModel<'_>,
    table: &Table,
    profiles: Option<&[InferenceProfile]>,
    options: ResolveOptions,
) -> Option<ModelHint> {
    let trouble = Trouble::read(error)?;
    let id = asked.model_id.as_str();
    let region = asked.region;
    let Some(row) = table.meant_by(id) else {
        if let Some(misspelt) = Unresolved::misspelt(id, table) {
            return Some(ModelHint { text: misspelt.to_string(), model_id: None });
        }
        let which = if matches!(trouble, Trouble::NeedsProfile) { "profiles" } else { "list" };
        return Some(ModelHint {
            text: format!("`bedwire models {which} --region {region}` shows the ids of that region"),
            model_id: None,
        });
    };
    let found = match trouble {
        Trouble::Ended => successor(row, error, asked, table, profiles, options),
        _ if !asked.takes_profiles => Ok(base_model_id(id, table).unwrap_or_else(|| asked.model_id.clone())),
        Trouble::NeedsProfile => profile_of_row(id, row, region, profiles, options)
            .map(|resolution| resolution.model_id)
            .ok_or_else(|| Unresolved::elsewhere(id, row, region)),
        Trouble::Invalid => {
            resolve_row(id, row, region, profiles, options).map(|resolution| resolution.model_id)
        }
    };
    match found {
        Ok(model_id) if model_id == *asked.model_id => Some(ModelHint {
            text: format!("`bedwire models list --region {region}` shows the ids of that region"),
            model_id: None,
        }),
        Ok(model_id) => {
            let text = match trouble {
                Trouble::Ended => format!("{} has ended; use {model_id} in {region}", row.base_id()),
                _ => format!("use {model_id} in {region}"),
            };
            let is_wider = widens(asked, &model_id);
            Some(ModelHint { text, model_id: Some(model_id).filter(|_| !is_wider) })
        }
        Err(unresolved) => Some(ModelHint { text: unresolved.to_string(), model_id: None }),
    }
}

impl Trouble {
    /// Both apostrophes: the service writes U+2019.
    fn read(error: &ServiceError) -> Option<Self> {
        let message = error.message().to_ascii_lowercase().replace('\u{2019}', "'");
        [
            ("on-demand throughput isn't supported", Self::NeedsProfile),
            ("reached the end of its life", Self::Ended),
            ("model identifier is invalid", Self::Invalid),
        ]
        .into_iter()
        .find_map(|(words, trouble)| message.contains(words).then_some(trouble))
    }
}

/// The next model of the line that has not ended by the server's clock and answers in this region.
fn successor(
    row: &Row,
    error: &ServiceError,
    asked: AskedModel<'_>,
    table: &Table,
    profiles: Option<&[InferenceProfile]>,
    options: ResolveOptions,
) -> Result<ModelId, Unresolved> {
    let today =
        error.server_time().map(|time| timestamp::iso_8601(time).chars().take(10).collect::<String>());
    let mut last = row;
    // A line is never longer than the table; a table of somebody's own may have a line that is a circle.
    for _ in table.rows() {
        let Some(next) = last.successor().and_then(|base| table.row(base)) else { break };
        last = next;
        if next.has_ended(today.as_deref()) {
            continue;
        }
        if !asked.takes_profiles && next.is_direct_in(asked.region) {
            return Ok(ModelId::new(next.base_id()).unwrap_or_else(|_| asked.model_id.clone()));
        }
        let name = asked.model_id.as_str();
        if let Ok(resolution) = resolve_row(name, next, asked.region, profiles, options) {
            return Ok(resolution.model_id);
        }
    }
    if last.base_id() == row.base_id() {
        // Nothing follows it: the id that was asked for stands for "no better one".
        return Ok(asked.model_id.clone());
    }
    Err(Unresolved::elsewhere(last.base_id(), last, asked.region))
}

/// Whether an id may be answered in more of the world than the profile that was asked for: `apac.` instead of `jp.`.
/// People are told of such an id, but nothing takes it unasked.
fn widens(asked: AskedModel<'_>, found: &ModelId) -> bool {
    let geographies = geographies_of(asked.region);
    let breadth = |id: &ModelId| {
        let geography = split_geography(id.as_str()).0?;
        Some(geographies.iter().position(|known| *known == geography).unwrap_or(usize::MAX))
    };
    matches!((breadth(asked.model_id), breadth(found)), (Some(asked), Some(found)) if found > asked)
}
