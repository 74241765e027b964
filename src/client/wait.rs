//! Waiting for an async invocation or a job of batch inference: polls with growing intervals. The service has no call
//! that waits.

use super::state::Client;
use super::timeouts::after;
use crate::error::{Error, ErrorKind};
use crate::protocol::decimals::short;
use crate::protocol::operation::Operation;
use crate::protocol::operation::bedrock::{GetModelInvocationJob, ModelInvocationJob, ModelInvocationJobArn};
use crate::protocol::operation::bedrock_runtime::{
    AsyncInvoke, AsyncInvokeStatus, GetAsyncInvoke, InvocationArn,
};
use std::fmt::Display;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// Polls in a row that may fail, once one has succeeded: a wait of many minutes outlives a network that comes back.
const FAILED_POLLS: u32 = 5;

/// How often to ask, and for how long.
#[derive(Clone, Debug, PartialEq)]
pub struct Wait {
    /// Between the first poll, which is at once, and the second: 500 ms.
    pub first_interval: Duration,
    /// Each interval is so much longer than the last: 1.5 times.
    pub growth: f64,
    /// The longest interval, where the first is not longer: 15 s. A video takes from 90 s to 17 minutes.
    pub longest_interval: Duration,
    /// How long to wait at most: 1 hour. The last poll is at its end, and the job goes on after that.
    pub limit: Duration,
}

impl Default for Wait {
    fn default() -> Self {
        Self {
            first_interval: Duration::from_millis(500),
            growth: 1.5,
            longest_interval: Duration::from_secs(15),
            limit: Duration::from_hours(1),
        }
    }
}

impl Wait {
    /// For jobs of batch inference: from a second to a minute between two polls, for as long as a job may take.
    pub fn for_batch_inference() -> Self {
        Self {
            first_interval: Duration::from_secs(1),
            longest_interval: Duration::from_mins(1),
            limit: Duration::from_hours(168),
            ..Self::default()
        }
    }

    /// Waits no longer than this.
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    fn longer(&self, interval: Duration) -> Duration {
        let grown = Duration::try_from_secs_f64(interval.as_secs_f64() * self.growth);
        grown.unwrap_or(self.longest_interval).min(self.longest_interval).max(self.first_interval)
    }
}

impl Client {
    /// Waits until an async invocation is `Completed`. `on_poll` hears of every answer, changed or not.
    ///
    /// # Errors
    /// `InvocationFailed`, with the service's message, when the job ends as `Failed`; `Timeout` when the limit is
    /// reached while the job goes on; whatever the service or the network refuses. Dropping the future stops the wait,
    /// never the job: there is no way to cancel one.
    pub async fn wait_async_invoke(
        &self,
        invocation_arn: &InvocationArn,
        wait: &Wait,
        mut on_poll: impl FnMut(&AsyncInvoke),
    ) -> Result<AsyncInvoke, Error> {
        let ask = GetAsyncInvoke::new(invocation_arn.clone());
        let look = |job: &AsyncInvoke| {
            on_poll(job);
            match job.status() {
                AsyncInvokeStatus::Completed => Ok(Stands::Over),
                AsyncInvokeStatus::Failed => Err(failure(invocation_arn, job.failure_message())),
                other => Ok(Stands::Running(other.to_string())),
            }
        };
        self.wait_for(&ask, invocation_arn, wait, look).await
    }

    /// Waits until a job of batch inference is over and has output. `on_poll` hears of every answer, changed or not.
    ///
    /// # Errors
    /// As those of [`Client::wait_async_invoke`].
    pub async fn wait_model_invocation_job(
        &self,
        job_arn: &ModelInvocationJobArn,
        wait: &Wait,
        mut on_poll: impl FnMut(&ModelInvocationJob),
    ) -> Result<ModelInvocationJob, Error> {
        let ask = GetModelInvocationJob::new(job_arn.clone());
        let look = |job: &ModelInvocationJob| {
            on_poll(job);
            match job.status() {
                _ if job.has_output() => Ok(Stands::Over),
                _ if job.has_failed() => Err(failure(job_arn, job.message())),
                status => Ok(Stands::Running(status.to_owned())),
            }
        };
        self.wait_for(&ask, job_arn, wait, look).await
    }

    /// Asks until `look` says that it is over.
    async fn wait_for<O: Operation>(
        &self,
        ask: &O,
        arn: &impl Display,
        wait: &Wait,
        mut look: impl FnMut(&O::Output) -> Result<Stands, Error>,
    ) -> Result<O::Output, Error> {
        let deadline = after(Instant::now(), wait.limit);
        let mut interval = wait.first_interval;
        let mut failed = FAILED_POLLS;
        let mut status = String::from("not known");
        loop {
            match self.call(ask).await {
                Ok(job) => {
                    failed = 0;
                    match look(&job)? {
                        Stands::Over => return Ok(job),
                        Stands::Running(now) => status = now,
                    }
                }
                Err(error) if error.is_retryable() && failed < FAILED_POLLS => failed += 1,
                Err(error) => return Err(error),
            }
            if Instant::now() >= deadline {
                let message = format!("{arn} is still {status} after {} s", short(wait.limit.as_secs_f64()));
                let error = Error::new(ErrorKind::Timeout, message);
                return Err(error.with_hint("the job goes on; wait for it again"));
            }
            sleep_until(after(Instant::now(), interval).min(deadline)).await;
            interval = wait.longer(interval);
        }
    }
}

/// How a job stands.
enum Stands {
    Running(String),
    Over,
}

fn failure(arn: &impl Display, why: Option<&str>) -> Error {
    let why = why.unwrap_or("the service gives no reason");
    Error::new(ErrorKind::InvocationFailed, format!("{arn} failed: {why}"))
}
