//! What an emulator is told: whom it accepts, how its jobs go, what it does wrong on purpose.

use super::hits::Hits;
use super::stream_options::StreamFaults;
use crate::fixture::Store;
use crate::protocol::auth::ApiKey;
use crate::protocol::model::Table;
use aws_credential_types::Credentials;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// How an emulator behaves. The default accepts the key pair of AWS's documentation in any region, ends jobs as
/// `Completed` after three polls, and does nothing wrong.
#[derive(Clone)]
pub struct EmulatorOptions {
    /// The key pairs that are accepted, each with its session token where it is temporary.
    pub credentials: Vec<Credentials>,
    /// The long-term API keys that are accepted. Short-term ones are, that were made with one of the key pairs.
    pub api_keys: Vec<ApiKey>,
    /// The only region that is accepted; `None` accepts any.
    pub only_region: Option<String>,
    /// Fixtures that come before the embedded ones. The very request that one holds is answered as it was then, in
    /// turn, where the embedded ones only answer for their models.
    pub fixtures: Option<Store>,
    /// The models that there are besides those of the fixtures; `None` takes [`Table::embedded`].
    pub models: Option<Arc<Table>>,
    /// Whether models answer with what they were asked instead of from fixtures.
    pub echo: bool,
    /// The pause before each event of a stream but the first.
    pub event_gap: Duration,
    /// How long an async invocation is `InProgress`.
    pub job_duration: JobDuration,
    /// Where it is set, async invocations end as `Failed` with this message.
    pub job_failure: Option<String>,
    /// How much later than `Completed` the output object appears.
    pub output_lateness: Lateness,
    /// What goes wrong on purpose.
    pub faults: Faults,
    /// A limit on verified requests to Bedrock; what is over it is answered with 429.
    pub rate_limit: Option<RateLimit>,
    /// The wall clock: for signatures and for the times in answers. Durations use tokio's time.
    pub clock: fn() -> SystemTime,
    /// What random ids and random faults grow from; `None` takes a fresh one.
    pub seed: Option<u64>,
    /// Told of every exchange when its answer is ready.
    pub observer: Option<Observer>,
}

/// Told of every exchange.
pub type Observer = Arc<dyn Fn(&Exchange) + Send + Sync>;

/// One exchange, for a log line.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Exchange {
    /// `POST`
    pub method: http::Method,
    /// The path, as it came on the wire.
    pub path: String,
    /// The operation, where the request was understood: `StartAsyncInvoke`.
    pub operation: Option<&'static str>,
    /// The status of the answer; `None` where the connection was cut instead.
    pub status: Option<http::StatusCode>,
    /// The code of a refusal: `ThrottlingException`.
    pub code: Option<String>,
    /// The fault that was injected: `throttled`, `cut`.
    pub fault: Option<&'static str>,
}

impl fmt::Display for Exchange {
    /// `POST /async-invoke StartAsyncInvoke → 429 ThrottlingException (throttled)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        if let Some(operation) = self.operation {
            write!(f, " {operation}")?;
        }
        match self.status {
            Some(status) => write!(f, " → {}", status.as_u16())?,
            None => f.write_str(" → no answer")?,
        }
        if let Some(code) = &self.code {
            write!(f, " {code}")?;
        }
        match self.fault {
            Some(fault) => write!(f, " ({fault})"),
            None => Ok(()),
        }
    }
}

/// How long an async invocation is `InProgress`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobDuration {
    /// So many answers of GetAsyncInvoke say `InProgress`.
    Polls(u32),
    /// So long, in tokio's time.
    Time(Duration),
}

/// How much later than `Completed` the output object appears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lateness {
    /// So many requests for it are answered with NoSuchKey.
    Polls(u32),
    /// So long, in tokio's time.
    Time(Duration),
}

/// A token bucket on the server's side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateLimit {
    /// Requests a second that it refills.
    pub per_second: f64,
    /// Requests that it holds when it is full.
    pub burst: u32,
}

/// What goes wrong on purpose. The first that hits decides, in this order.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// How long every answer waits.
    pub delay: Duration,
    /// How far the server's clock is ahead of [`EmulatorOptions::clock`], in seconds; negative is behind.
    pub clock_skew_seconds: i64,
    /// Rightly signed requests that are answered with ExpiredTokenException.
    pub expired_token: Hits,
    /// Rightly signed requests that are answered with 429 ThrottlingException (S3: 503 SlowDown).
    pub throttle: Hits,
    /// Rightly signed requests that are answered with [`Faults::error_status`].
    pub error: Hits,
    /// The status of [`Faults::error`]. 502 and 504 have the HTML body of a gateway. Default 500.
    pub error_status: Option<http::StatusCode>,
    /// Requests that take effect, but whose connection is cut instead of an answer.
    pub cut: Hits,
    /// Successful answers whose body is cut in the middle.
    pub truncate: Hits,
    /// What goes wrong inside event streams.
    pub stream: StreamFaults,
    /// `x-amz-retry-after` of the answers to throttled and failed requests.
    pub retry_after: Option<Duration>,
}

impl Default for EmulatorOptions {
    fn default() -> Self {
        Self {
            credentials: vec![example_credentials()],
            api_keys: Vec::new(),
            only_region: None,
            fixtures: None,
            models: None,
            echo: false,
            event_gap: Duration::ZERO,
            job_duration: JobDuration::Polls(3),
            job_failure: None,
            output_lateness: Lateness::Polls(0),
            faults: Faults::default(),
            rate_limit: None,
            clock: SystemTime::now,
            seed: None,
            observer: None,
        }
    }
}

/// The key pair of AWS's documentation, which opens nothing anywhere else.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-test-suite.html>
pub const EXAMPLE_KEY_PAIR: (&str, &str) = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");

/// [`EXAMPLE_KEY_PAIR`] as credentials: what an emulator accepts where it is told nothing else.
pub fn example_credentials() -> Credentials {
    Credentials::new(EXAMPLE_KEY_PAIR.0, EXAMPLE_KEY_PAIR.1, None, None, "example")
}

impl fmt::Debug for EmulatorOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<&str> = self.credentials.iter().map(Credentials::access_key_id).collect();
        f.debug_struct("EmulatorOptions")
            .field("access_key_ids", &keys)
            .field("only_region", &self.only_region)
            .field("echo", &self.echo)
            .field("event_gap", &self.event_gap)
            .field("job_duration", &self.job_duration)
            .field("job_failure", &self.job_failure)
            .field("output_lateness", &self.output_lateness)
            .field("faults", &self.faults)
            .field("rate_limit", &self.rate_limit)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}
