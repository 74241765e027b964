//! `emulate`: the emulator on a socket, for any client in any language.

mod streams;

use super::dry_run;
use super::global::GlobalOptions;
use super::listen::{self, Listening};
use super::output::Output;
use super::session::{all_recorded, recorder};
use super::stderr;
use crate::client::settings::Environment;
use crate::emulator::{
    Emulator, EmulatorOptions, Exchange, Faults, Hits, JobDuration, Lateness, RateLimit, example_credentials,
};
use crate::fixture::Store;
use crate::protocol::auth::{ApiKey, Auth};
use crate::transport::{Record, Transport};
use crate::{Error, ErrorKind};
use aws_credential_types::Credentials;
use clap::Args;
use http::StatusCode;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use streams::StreamArgs;

const KEY_PAIR_HELP: &str = "\
Keys: it accepts the pair in its environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN), by default that of \
AWS's documentation (AKIDEXAMPLE, wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY), in any region or only in that of --region. Of API \
keys it accepts that of AWS_BEARER_TOKEN_BEDROCK, and short-term ones that were made with the pair (bedwire api-key create).";

/// Where the emulator listens and how it behaves.
#[derive(Args)]
#[command(after_help = KEY_PAIR_HELP)]
pub(super) struct EmulateArgs {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8099", value_parser = listen::address)]
    listen: SocketAddr,

    /// Answer from the fixtures in this folder first
    #[arg(long, value_name = "DIR")]
    fixtures: Option<PathBuf>,

    /// Print no line on stderr for every request
    #[arg(long)]
    quiet: bool,

    /// Let models answer with what they were asked: model, body, and the headers that are no secret
    #[arg(long)]
    echo: bool,

    /// Milliseconds between the events of a stream
    #[arg(long, value_name = "MS", default_value_t = 0)]
    event_gap: u32,

    #[command(flatten)]
    jobs: JobArgs,

    #[command(flatten)]
    faults: FaultArgs,
}

/// How async invocations go.
#[derive(Args)]
#[command(next_help_heading = "Async invocations")]
struct JobArgs {
    /// Answers of GetAsyncInvoke that say InProgress before a job ends
    #[arg(long, value_name = "N", default_value_t = 3, conflicts_with = "job_seconds")]
    job_polls: u32,

    /// Seconds that a job is InProgress, instead of polls
    #[arg(long, value_name = "SECS", value_parser = seconds)]
    job_seconds: Option<Duration>,

    /// Let every job end as Failed with this message
    #[arg(long, value_name = "MESSAGE")]
    fail_jobs: Option<String>,

    /// Requests for the output of a completed job that are answered with NoSuchKey before it is there
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with = "output_late_seconds")]
    output_late_polls: u32,

    /// Seconds after its job that the output appears
    #[arg(long, value_name = "SECS", value_parser = seconds)]
    output_late_seconds: Option<Duration>,
}

/// What goes wrong on purpose. Only requests whose signature is right are throttled or failed.
#[derive(Args)]
#[command(next_help_heading = "Faults")]
struct FaultArgs {
    /// Answer N requests in a row with 429 ThrottlingException (S3: 503 SlowDown)
    #[arg(long, value_name = "N", default_value_t = 0)]
    throttle_first: u64,

    /// Let N requests pass before those of --throttle-first
    #[arg(long, value_name = "N", default_value_t = 0)]
    throttle_after: u64,

    /// Share of the requests that is throttled at random, 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    throttle_rate: f64,

    /// Requests a second that the server takes; what is over it is answered with 429
    #[arg(long, value_name = "R", value_parser = rate)]
    rate: Option<f64>,

    /// Requests that --rate takes at once when it has rested [default: R, at least 1]
    #[arg(long, value_name = "B", requires = "rate", value_parser = clap::value_parser!(u32).range(1..))]
    burst: Option<u32>,

    /// Answer the first N requests with an error of the service
    #[arg(long, value_name = "N", default_value_t = 0)]
    error_first: u64,

    /// Share of the requests that is answered with an error at random, 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    error_rate: f64,

    /// Status of those errors: 408, 424, 429 (ModelNotReadyException), 500, 502, 503 or 504
    #[arg(long, value_name = "STATUS", default_value = "500", value_parser = error_status)]
    error_status: StatusCode,

    /// Milliseconds in x-amz-retry-after of throttled and failed requests
    #[arg(long, value_name = "MS")]
    retry_after_ms: Option<u32>,

    /// Milliseconds that every answer waits
    #[arg(long, value_name = "MS", default_value_t = 0)]
    delay: u32,

    /// Cut the connection instead of the first N answers; what was asked for happens all the same
    #[arg(long, value_name = "N", default_value_t = 0)]
    cut_first: u64,

    /// Share of the answers in whose place the connection is cut, 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    cut_rate: f64,

    /// Cut the first N successful answers in the middle of their body
    #[arg(long, value_name = "N", default_value_t = 0)]
    truncate_first: u64,

    /// Share of the successful answers that is cut in the middle of the body, 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    truncate_rate: f64,

    /// Answer the first N requests with ExpiredTokenException
    #[arg(long, value_name = "N", default_value_t = 0)]
    expired_token: u64,

    /// Seconds that the server's clock is ahead; negative is behind
    #[arg(long, value_name = "SECS", default_value_t = 0, allow_negative_numbers = true)]
    clock_skew: i64,

    #[command(flatten)]
    stream: StreamArgs,

    /// What random ids and faults grow from, to repeat a run
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

/// Serves until SIGINT or SIGTERM.
pub(super) async fn run(args: EmulateArgs, global: &GlobalOptions) -> Result<(), Error> {
    dry_run::refuse_for_server("emulate", global, "emulate answers others, and sends nothing at all")?;
    if global.replay.is_some() {
        return Err(Error::new(ErrorKind::InvalidInput, "--replay does not go with emulate")
            .with_hint("emulate --fixtures DIR answers from the fixtures of a folder"));
    }
    let output = Output::new(global.output);
    let environment = Environment::process();
    let options = options(&args, &environment, global.region.clone())?;
    let api_keys = options.api_keys.iter().cloned().map(Auth::Bearer);
    let accepted: Vec<Auth> = options.credentials.iter().cloned().map(Auth::from).chain(api_keys).collect();
    let emulator: Arc<dyn Transport> = Arc::new(Emulator::new(options));
    let record = recorder(global, &emulator, Some("bedwire emulate"))?;
    stderr::write_in_thread()?;
    let listening = Listening::open(args.listen).await?;
    let Some(record) = record else { return listening.serve(emulator, &output).await };
    for auth in &accepted {
        record.keep_out(auth);
    }
    listening.serve(Arc::<Record>::clone(&record), &output).await?;
    all_recorded(&record)
}

fn options(
    args: &EmulateArgs,
    environment: &Environment,
    only_region: Option<String>,
) -> Result<EmulatorOptions, Error> {
    let (jobs, faults) = (&args.jobs, &args.faults);
    let mut options = EmulatorOptions {
        credentials: vec![credentials(environment)?],
        api_keys: environment.variable("AWS_BEARER_TOKEN_BEDROCK")?.map(ApiKey::new).into_iter().collect(),
        only_region,
        fixtures: args.fixtures.as_deref().map(open_fixtures).transpose()?,
        models: environment.model_table()?.map(Arc::new),
        echo: args.echo,
        event_gap: Duration::from_millis(args.event_gap.into()),
        job_duration: jobs.job_seconds.map_or(JobDuration::Polls(jobs.job_polls), JobDuration::Time),
        job_failure: jobs.fail_jobs.clone(),
        output_lateness: jobs
            .output_late_seconds
            .map_or(Lateness::Polls(jobs.output_late_polls), Lateness::Time),
        faults: faults.plan(),
        rate_limit: faults.rate_limit(),
        seed: faults.seed,
        ..EmulatorOptions::default()
    };
    if !args.quiet {
        options.observer = Some(Arc::new(log));
    }
    Ok(options)
}

impl FaultArgs {
    fn plan(&self) -> Faults {
        let hits = |first, rate| Hits { first, rate, ..Hits::default() };
        Faults {
            delay: Duration::from_millis(self.delay.into()),
            clock_skew_seconds: self.clock_skew,
            expired_token: Hits::first(self.expired_token),
            throttle: Hits { after: self.throttle_after, ..hits(self.throttle_first, self.throttle_rate) },
            error: hits(self.error_first, self.error_rate),
            error_status: Some(self.error_status),
            cut: hits(self.cut_first, self.cut_rate),
            truncate: hits(self.truncate_first, self.truncate_rate),
            stream: self.stream.plan(),
            retry_after: self.retry_after_ms.map(|ms| Duration::from_millis(ms.into())),
        }
    }

    fn rate_limit(&self) -> Option<RateLimit> {
        let per_second = self.rate?;
        // A burst of less than one request would never let one through.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        // `as` saturates, and no rate is negative
        let burst = self.burst.unwrap_or((per_second.ceil() as u32).max(1));
        Some(RateLimit { per_second, burst })
    }
}

/// The key pair in the environment, else the one of the documentation.
fn credentials(environment: &Environment) -> Result<Credentials, Error> {
    match (environment.owned("AWS_ACCESS_KEY_ID")?, environment.owned("AWS_SECRET_ACCESS_KEY")?) {
        (Some(key), Some(secret)) => {
            Ok(Credentials::new(key, secret, environment.owned("AWS_SESSION_TOKEN")?, None, "environment"))
        }
        (None, None) => Ok(example_credentials()),
        (Some(_), None) => Err(half_a_pair("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")),
        (None, Some(_)) => Err(half_a_pair("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID")),
    }
}

fn half_a_pair(set: &str, missing: &str) -> Error {
    Error::new(ErrorKind::Credentials, format!("{set} is set and {missing} is not"))
        .with_hint("set both to the pair that the emulator shall accept, or neither")
}

fn open_fixtures(directory: &Path) -> Result<Store, Error> {
    Store::open(directory).map_err(|e| Error::new(ErrorKind::InvalidInput, format!("--fixtures: {e}")))
}

fn log(exchange: &Exchange) {
    stderr::note(&exchange.to_string());
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: Option<f64> = text.parse().ok();
    let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    duration.ok_or_else(|| "it takes a number of seconds such as 90 or 0.5".to_owned())
}

fn share(text: &str) -> Result<f64, String> {
    let share: Option<f64> = text.parse().ok();
    share
        .filter(|share| (0.0..=1.0).contains(share))
        .ok_or_else(|| "it takes a number from 0 to 1".to_owned())
}

fn rate(text: &str) -> Result<f64, String> {
    let rate: Option<f64> = text.parse().ok();
    rate.filter(|rate| rate.is_finite() && *rate > 0.0)
        .ok_or_else(|| "it takes a number of requests a second above 0".to_owned())
}

fn error_status(text: &str) -> Result<StatusCode, String> {
    match text {
        "408" | "424" | "429" | "500" | "502" | "503" | "504" => {
            StatusCode::from_bytes(text.as_bytes()).map_err(|e| e.to_string())
        }
        _ => Err("it takes 408, 424, 429, 500, 502, 503 or 504".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_out_of_their_range_are_refused() {
        assert_eq!(share("0.5"), Ok(0.5));
        for bad in ["-0.1", "1.1", "NaN", "x", ""] {
            assert!(share(bad).is_err() && rate(bad).is_err() == (bad != "1.1"), "{bad}");
        }
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        assert!(seconds("-1").is_err() && seconds("inf").is_err());
        assert!(error_status("200").is_err());
    }

    #[test]
    fn half_a_key_pair_is_refused() {
        let with = |variables: &[(&'static str, &'static str)]| {
            credentials(&Environment::given(variables.iter().copied(), []))
        };
        assert_eq!(with(&[]).unwrap().access_key_id(), "AKIDEXAMPLE");
        assert!(with(&[("AWS_ACCESS_KEY_ID", "A")]).is_err());
        assert!(with(&[("AWS_SECRET_ACCESS_KEY", "S")]).is_err());
        let pair = [("AWS_ACCESS_KEY_ID", "A"), ("AWS_SECRET_ACCESS_KEY", "S"), ("AWS_SESSION_TOKEN", "T")];
        assert_eq!(with(&pair).unwrap().session_token(), Some("T"));
    }
}
