//! ListAsyncInvokes, from the service's side.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ListAsyncInvokes.html>

use super::async_invocations::{AsyncInvocation, AsyncInvocations};
use crate::emulator::moment::Moment;
use crate::emulator::query::{invalid, max_results, pairs, value};
use crate::emulator::refused::Refused;
use crate::protocol::timestamp::parse_iso_8601;
use serde_json::Value;
use std::time::SystemTime;

const DEFAULT_RESULTS: usize = 100;

/// What a page is asked with.
struct Filter {
    after: Option<SystemTime>,
    before: Option<SystemTime>,
    status: Option<String>,
    ascending: bool,
    max_results: usize,
    /// The number of the last job on the page before.
    last_seen: Option<usize>,
}

/// One page of the jobs in a region.
pub(in crate::emulator) fn list_async_invokes(
    query: &str,
    region: &str,
    jobs: &mut AsyncInvocations,
    now: Moment,
) -> Result<Value, Refused> {
    let filter = Filter::read(&pairs(query))?;
    let mut found = jobs.list(region, now);
    found.retain(|(_, job)| filter.admits(job));
    if !filter.ascending {
        found.reverse();
    }
    if let Some(last) = filter.last_seen {
        found.retain(|(number, _)| if filter.ascending { *number > last } else { *number < last });
    }
    let page = found.get(..filter.max_results.min(found.len())).unwrap_or_default();
    let summaries: Vec<Value> = page.iter().map(|(_, job)| job.document()).collect();
    let mut answer = serde_json::json!({ "asyncInvokeSummaries": summaries });
    if let (Some((last, _)), true, Some(answer)) =
        (page.last(), found.len() > page.len(), answer.as_object_mut())
    {
        answer.insert("nextToken".to_owned(), Value::from(filter.token_after(*last)));
    }
    Ok(answer)
}

impl Filter {
    fn read(query: &[(String, String)]) -> Result<Self, Refused> {
        let value = |name: &str| value(query, name);
        let time = |name: &str| match value(name) {
            None => Ok(None),
            Some(text) => parse_iso_8601(text).map(Some).ok_or_else(|| {
                invalid(name, text, "Member must be a timestamp such as 2026-01-02T03:04:05Z")
            }),
        };
        let choice = |name: &str, choices: &[&str]| match value(name) {
            Some(text) if !choices.contains(&text) => Err(invalid(
                name,
                text,
                &format!("Member must satisfy enum value set: [{}]", choices.join(", ")),
            )),
            other => Ok(other),
        };
        choice("sortBy", &["SubmissionTime"])?;
        let ascending = choice("sortOrder", &["Ascending", "Descending"])? == Some("Ascending");
        let last_seen = match value("nextToken") {
            None => None,
            Some(token) => {
                let last = read_token(token, ascending);
                Some(last.ok_or_else(|| Refused::validation("The provided nextToken is invalid."))?)
            }
        };
        Ok(Self {
            after: time("submitTimeAfter")?,
            before: time("submitTimeBefore")?,
            status: choice("statusEquals", &["InProgress", "Completed", "Failed"])?.map(str::to_owned),
            ascending,
            max_results: max_results(value("maxResults"), DEFAULT_RESULTS)?,
            last_seen,
        })
    }

    fn admits(&self, job: &AsyncInvocation) -> bool {
        self.after.is_none_or(|after| job.submitted() > after)
            && self.before.is_none_or(|before| job.submitted() < before)
            && self.status.as_deref().is_none_or(|status| job.status() == status)
    }

    /// Opaque to clients, and with `/`, `+` and `=` in it, as AWS's tokens have.
    fn token_after(&self, last: usize) -> String {
        base64_simd::STANDARD.encode_to_string(format!("{}?>{last}", direction(self.ascending)))
    }
}

/// The number in a token that was made for the same order.
fn read_token(token: &str, ascending: bool) -> Option<usize> {
    let text = String::from_utf8(base64_simd::STANDARD.decode_to_vec(token).ok()?).ok()?;
    text.strip_prefix(direction(ascending))?.strip_prefix("?>")?.parse().ok()
}

fn direction(ascending: bool) -> &'static str {
    if ascending { "after" } else { "before" }
}
