//! Waiting for an async invocation: polls with growing intervals. The service has no call that waits.

use super::state::Client;
use crate::error::{Error, ErrorKind};
use crate::protocol::operation::bedrock_runtime::{
    AsyncInvoke, AsyncInvokeStatus, GetAsyncInvoke, InvocationArn,
};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Polls in a row that may fail, once one has succeeded: a wait of many minutes outlives a network that comes back.
const FAILED_POLLS: u32 = 5;

/// How often to ask, and for how long.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Wait {
    /// Between the first poll, which is at once, and the second: 500 ms.
    pub first_interval: Duration,
    /// Each interval is so much longer than the last: 1.5 times.
    pub growth: f64,
    /// The longest interval: 15 s. A video takes from 90 s to 17 minutes.
    pub longest_interval: Duration,
    /// How long to wait at most: 1 hour. The job goes on after that.
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
    /// Waits no longer than this.
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    fn longer(&self, interval: Duration) -> Duration {
        let grown = Duration::try_from_secs_f64(interval.as_secs_f64() * self.growth);
        grown.unwrap_or(self.longest_interval).clamp(self.first_interval, self.longest_interval)
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
        let deadline = Instant::now() + wait.limit;
        let ask = GetAsyncInvoke::new(invocation_arn.clone());
        let mut interval = wait.first_interval;
        let mut failed = FAILED_POLLS;
        let mut status = AsyncInvokeStatus::InProgress;
        loop {
            match self.call(&ask).await {
                Ok(job) => {
                    failed = 0;
                    on_poll(&job);
                    match job.status() {
                        AsyncInvokeStatus::Completed => return Ok(job),
                        AsyncInvokeStatus::Failed => return Err(failure(&job)),
                        other => status = other.clone(),
                    }
                }
                Err(error) if error.is_retryable() && failed < FAILED_POLLS => failed += 1,
                Err(error) => return Err(error),
            }
            if Instant::now() + interval > deadline {
                return Err(still_running(invocation_arn, &status, wait.limit));
            }
            sleep(interval).await;
            interval = wait.longer(interval);
        }
    }
}

fn failure(job: &AsyncInvoke) -> Error {
    let why = job.failure_message().unwrap_or("the service gives no reason");
    Error::new(ErrorKind::InvocationFailed, format!("{} failed: {why}", job.invocation_arn()))
}

fn still_running(arn: &InvocationArn, status: &AsyncInvokeStatus, limit: Duration) -> Error {
    Error::new(ErrorKind::Timeout, format!("{arn} is still {status} after {} s", limit.as_secs_f64()))
        .with_hint("the job goes on; wait for it again")
}
