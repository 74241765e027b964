//! `list`: the async invocations of an account in one region, over all pages.

use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::protocol::operation::bedrock_runtime::{
    AsyncInvoke, AsyncInvokeStatus, ListAsyncInvokes, SortOrder,
};
use crate::protocol::timestamp::parse_iso_8601;
use crate::{Error, ErrorKind};
use clap::Args;
use futures_util::TryStreamExt as _;
use std::time::SystemTime;

/// The most that the service puts in one page.
const PAGE: usize = 1000;

#[derive(Args)]
pub(in crate::cli) struct ListArgs {
    /// Only those with this status: InProgress, Completed or Failed
    #[arg(long, value_name = "STATUS")]
    status: Option<String>,

    /// Only those submitted after this time: 2026-01-02 or 2026-01-02T03:04:05Z
    #[arg(long, value_name = "TIME")]
    after: Option<String>,

    /// Only those submitted before this time
    #[arg(long, value_name = "TIME")]
    before: Option<String>,

    /// The oldest first, instead of the newest
    #[arg(long)]
    oldest_first: bool,

    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: usize,
}

/// Prints one job a line, or one JSON document of them all. `keep` says which ones.
pub(in crate::cli) async fn run(
    args: &ListArgs,
    keep: fn(&AsyncInvoke) -> bool,
    session: &Session,
    output: &Output,
) -> Result<(), Error> {
    let first = args.first_page()?;
    if session.stops_before(&first, output).await? {
        return Ok(());
    }
    let mut jobs: Vec<AsyncInvoke> = Vec::new();
    let mut all = session.client().items(first);
    while jobs.len() < args.limit
        && let Some(job) = all.try_next().await?
    {
        if keep(&job) {
            jobs.push(job);
        }
    }
    if output.is_json() {
        // Put together from the jobs as they came, so that nothing in them is lost.
        let all: Vec<_> = jobs.iter().map(|job| job.document().text().into_owned()).collect();
        let document = format!(r#"{{"asyncInvokeSummaries":[{}]}}"#, all.join(","));
        return output.bytes(document.as_bytes());
    }
    for job in &jobs {
        output.row(&line(job))?;
    }
    if jobs.is_empty() {
        output.note(&format!("no such jobs in {}", session.client().region()));
    }
    Ok(())
}

/// Luma Ray2 and Nova Reel, by the ARN of the model.
pub(in crate::cli) fn is_video_model(model_arn: &str) -> bool {
    let id = model_arn.rsplit('/').next().unwrap_or(model_arn);
    id.starts_with("luma.ray-") || id.starts_with("amazon.nova-reel-")
}

impl ListArgs {
    fn first_page(&self) -> Result<ListAsyncInvokes, Error> {
        if self.limit == 0 {
            return Err(invalid("--limit is 0; give 1 or more".to_owned()));
        }
        let order = if self.oldest_first { SortOrder::Ascending } else { SortOrder::Descending };
        let page = u16::try_from(self.limit.min(PAGE)).unwrap_or(u16::MAX);
        let mut list = ListAsyncInvokes::new().sort_order(order).max_results(page)?;
        if let Some(name) = &self.status {
            let status = AsyncInvokeStatus::named(name);
            if let AsyncInvokeStatus::Other(_) = status {
                return Err(invalid(format!(
                    "--status {name:?} is none; give InProgress, Completed or Failed"
                )));
            }
            list = list.status_equals(status);
        }
        if let Some(text) = &self.after {
            list = list.submit_time_after(time("--after", text)?);
        }
        if let Some(text) = &self.before {
            list = list.submit_time_before(time("--before", text)?);
        }
        Ok(list)
    }
}

fn line(job: &AsyncInvoke) -> String {
    let model = job.model_arn().and_then(|arn| arn.rsplit('/').next()).unwrap_or("-");
    format!(
        "{}  {:<10}  {:<20}  {model}",
        job.invocation_arn(),
        job.status().as_str(),
        job.submit_time_text().unwrap_or("-")
    )
}

fn time(option: &str, text: &str) -> Result<SystemTime, Error> {
    parse_iso_8601(text).or_else(|| parse_iso_8601(&format!("{text}T00:00:00Z"))).ok_or_else(|| {
        invalid(format!("{option} {text:?} is no time; write it as 2026-01-02 or 2026-01-02T03:04:05Z"))
    })
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}
