//! A Bedrock that answers locally: it checks signatures, runs async invocations and hands out their videos, and does
//! wrong what it is asked to do wrong. It is a [`Transport`], so that a client talks to it in process, and
//! [`crate::transport::serve`] puts it on a socket for clients in any language.
//!
//! | file | job |
//! |---|---|
//! | `options`, `stream_options` | what it is told |
//! | `host`, `auth` | which service and region are asked, and whether the signature holds |
//! | `fault`, `hits`, `rate`, `random` | what goes wrong on purpose |
//! | `route`, `query` | which operation is asked for, and with which parameters |
//! | `operate` | the operation that a route is |
//! | `stream` | event streams, frame by frame |
//! | `bedrock/`, `bedrock_runtime/`, `s3/`, `sts` | the operations, one file each, and what they keep |
//! | `job_course`, `moment`, `arn` | how a job goes on; one moment on both clocks; what a job is called |
//! | `answerable`, `misspelt` | whether a model's id answers in a region, and whether it is meant to be another |
//! | `catalog` | which models there are |
//! | `stand_ins` | who answers for an ARN that does not tell its model |
//! | `listed` | the entries of the lists in the fixtures, as a region has them |
//! | `recorded`, `models` | which fixture answers the very request, or for a model |
//! | `answer`, `refused` | what answers have in common; refusals in each service's words |

mod answer;
mod answerable;
mod arn;
mod auth;
mod bedrock;
mod bedrock_runtime;
mod catalog;
mod fault;
mod hits;
mod host;
mod job_course;
mod listed;
mod misspelt;
mod models;
mod moment;
mod operate;
mod options;
mod query;
mod random;
mod rate;
mod recorded;
mod refused;
mod route;
mod s3;
mod stand_ins;
mod stream;
mod stream_options;
mod sts;

pub use hits::Hits;
pub use options::{
    EXAMPLE_KEY_PAIR, EmulatorOptions, Exchange, Faults, JobDuration, Lateness, Observer, RateLimit,
    example_credentials,
};

pub use stream_options::{StreamFailure, StreamFaults};

use crate::fixture::{Store, Turns, events};
use crate::protocol::model::Table;
use crate::protocol::operation::bedrock_runtime::MAX_BODY_BYTES;
use crate::protocol::outcome::WireFailure;
use crate::protocol::sigv4::canonical::has_signed_events;
use crate::transport::{Body, BoxFuture, Transport, TransportError};
use answer::{json, stamp};
use bedrock::{Answering, ModelInvocationJobs};
use bedrock_runtime::AsyncInvocations;
use bytes::Bytes;
use catalog::Catalog;
use fault::{FaultPlan, half};
use host::Host;
use http::{Method, Request, Response, StatusCode};
use moment::Moment;
use random::Random;
use rate::Bucket;
use recorded::recorded;
use refused::{Dialect, Refused};
use route::Route;
use s3::StoredObjects;
use std::fmt;
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, SystemTime};
use stream::Pace;
use tokio::time::Instant;

/// A Bedrock that answers locally.
///
/// ```
/// use bedwire::emulator::{Emulator, EmulatorOptions, Faults, Hits};
///
/// let faults = Faults { throttle: Hits::first(2), ..Faults::default() };
/// let emulator = Emulator::new(EmulatorOptions { faults, ..EmulatorOptions::default() });
/// ```
pub struct Emulator {
    options: EmulatorOptions,
    random: Random,
    faults: FaultPlan,
    bucket: Option<Bucket>,
    jobs: Mutex<AsyncInvocations>,
    puts: Mutex<StoredObjects>,
    batches: Mutex<ModelInvocationJobs>,
    embedded: OnceLock<Store>,
    turns: Turns,
}

/// What became of one request, before the faults that hit answers.
struct Answered {
    response: Response<Bytes>,
    operation: Option<&'static str>,
    code: Option<String>,
    fault: Option<&'static str>,
}

impl Emulator {
    /// An emulator without any job yet.
    pub fn new(options: EmulatorOptions) -> Self {
        Self {
            random: Random::new(options.seed),
            faults: FaultPlan::new(options.faults.clone()),
            bucket: options.rate_limit.map(Bucket::new),
            jobs: Mutex::new(AsyncInvocations::new(
                options.job_duration,
                options.job_failure.clone(),
                options.output_lateness,
            )),
            puts: Mutex::default(),
            batches: Mutex::new(ModelInvocationJobs::new(options.job_duration, options.job_failure.clone())),
            embedded: OnceLock::new(),
            turns: Turns::default(),
            options,
        }
    }

    async fn exchange(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let (parts, body) = request.into_parts();
        // A stream of events ends when its client has the last answer: whoever reads it to its end first, waits for ever.
        let body = if has_signed_events(&parts.headers) { Body::empty() } else { body };
        let request = match body.collect(MAX_BODY_BYTES).await {
            Ok(body) => Request::from_parts(parts, body),
            Err(e) if e.failure() == WireFailure::TooLarge => {
                return Ok(self.refuse_unread(&Request::from_parts(parts, Bytes::new())));
            }
            Err(broken) => return Err(broken),
        };
        if !self.options.faults.delay.is_zero() {
            tokio::time::sleep(self.options.faults.delay).await;
        }
        let mut answered = self.answer(&request);
        let wire = self.break_wire(&mut answered, request.method());
        self.observe(&request, &answered, wire.is_ok());
        wire
    }

    /// The answer to a request of which there is more than is read: the same as on a socket.
    fn refuse_unread(&self, request: &Request<Bytes>) -> Response<Body> {
        let message = format!("The request body is longer than {MAX_BODY_BYTES} bytes.");
        let mut response = json(&serde_json::json!({ "message": message }));
        *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
        let dialect = auth::dialect(request, &Host::of(request));
        stamp(&mut response, dialect, &self.random.uuid(), self.server_time());
        let answered = Answered { response, operation: None, code: None, fault: None };
        self.observe(request, &answered, true);
        answered.response.map(Body::Whole)
    }

    /// What the service answers.
    fn answer(&self, request: &Request<Bytes>) -> Answered {
        let now = Moment { wall: self.server_time(), instant: Instant::now() };
        let request_id = self.random.uuid();
        let host = Host::of(request);
        let dialect = auth::dialect(request, &host);
        let mut answered =
            Answered { response: Response::default(), operation: None, code: None, fault: None };
        let response = self.judge(request, &host, dialect, now, &mut answered);
        answered.response = response.unwrap_or_else(|refused| {
            answered.code = Some(refused.code().to_owned()).filter(|code| !code.is_empty());
            refused.answer(dialect, &request_id)
        });
        stamp(&mut answered.response, dialect, &request_id, now.wall);
        if request.method() == Method::HEAD {
            *answered.response.body_mut() = Bytes::new();
        }
        answered
    }

    /// Signature first, then what goes wrong on purpose (AWS throttles only whom it knows), then the operation.
    fn judge(
        &self,
        request: &Request<Bytes>,
        host: &Host,
        dialect: Dialect,
        now: Moment,
        answered: &mut Answered,
    ) -> Result<Response<Bytes>, Refused> {
        let caller = auth::authenticate(request, host, &self.options, now.wall)?;
        let route = Route::find(&caller.service, request.method(), request.uri(), host);
        let operation = route.as_ref().ok().map(Route::name);
        answered.operation = operation.map(|name| s3::copying(name, request.headers()));
        if let Some((fault, refused)) = self.faults.refuse(&self.random, dialect) {
            answered.fault = Some(fault);
            return Err(refused);
        }
        if dialect != Dialect::S3 && self.bucket.as_ref().is_some_and(|bucket| !bucket.take(now.instant)) {
            answered.fault = Some("over the rate");
            return Err(self.faults.throttled(dialect));
        }
        let own =
            self.options.fixtures.as_ref().filter(|_| !route.as_ref().is_ok_and(|route| self.makes(route)));
        if let Some(answer) = own.and_then(|store| recorded(store, &self.turns, request, &caller)) {
            return Ok(answer);
        }
        self.operate(route?, request, &caller.region, now)
    }

    /// The answer on its way: whole, cut in the middle, or not at all. What was asked for has happened in any case.
    fn break_wire(&self, answered: &mut Answered, method: &Method) -> Result<Response<Body>, TransportError> {
        let response = std::mem::take(&mut answered.response);
        // The observer reads the status of what is sent.
        *answered.response.status_mut() = response.status();
        if answered.fault.is_none() && self.faults.cuts(&self.random) {
            answered.fault = Some("connection cut");
            return Err(TransportError::new(
                WireFailure::NoResponse,
                "the emulator cut the connection, as it was asked to",
            ));
        }
        let is_cuttable =
            response.status().is_success() && response.body().len() > 1 && method != Method::HEAD;
        if answered.fault.is_none() && is_cuttable && self.faults.truncates(&self.random) {
            answered.fault = Some("body cut");
            let is_announced = !events::is_stream(response.headers());
            return Ok(response.map(|whole| half(&whole, is_announced)));
        }
        if events::is_stream(response.headers()) {
            return Ok(response.map(|frames| self.stream(frames, answered)));
        }
        Ok(response.map(Body::Whole))
    }

    fn stream(&self, frames: Bytes, answered: &mut Answered) -> Body {
        let faults = self.faults.in_stream(&self.random).filter(|_| answered.fault.is_none());
        if faults.is_some() {
            answered.fault = Some("in the stream");
        }
        let pace = Pace { event_gap: self.options.event_gap, faults: faults.unwrap_or_default() };
        stream::body(frames, pace, Random::new(Some(self.random.next())))
    }

    /// The fixtures that answers come from, the embedded ones last. They are read at the first need of them.
    fn stores(&self) -> Vec<&Store> {
        // The project's tests read every embedded fixture, so there is nothing to fail here.
        let embedded = self.embedded.get_or_init(|| Store::embedded().unwrap_or_default());
        self.options.fixtures.iter().chain([embedded]).collect()
    }

    fn catalog(&self) -> Catalog<'_> {
        Catalog {
            stores: self.stores(),
            table: self.options.models.as_deref().unwrap_or_else(|| Table::embedded()),
        }
    }

    /// What answers the records of a batch.
    fn answering<'a>(&'a self, puts: &'a mut StoredObjects) -> Answering<'a> {
        Answering { catalog: self.catalog(), echo: self.options.echo, puts }
    }

    fn server_time(&self) -> SystemTime {
        let now = (self.options.clock)();
        let skew = self.options.faults.clock_skew_seconds;
        let by = Duration::from_secs(skew.unsigned_abs());
        let skewed = if skew < 0 { now.checked_sub(by) } else { now.checked_add(by) };
        skewed.unwrap_or(now)
    }

    fn observe(&self, request: &Request<Bytes>, answered: &Answered, has_answer: bool) {
        if let Some(observer) = &self.options.observer {
            observer(&Exchange {
                method: request.method().clone(),
                path: request.uri().path().to_owned(),
                operation: answered.operation,
                status: has_answer.then(|| answered.response.status()),
                code: answered.code.clone(),
                fault: answered.fault,
            });
        }
    }
}

impl Transport for Emulator {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        Box::pin(self.exchange(request))
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator").field("options", &self.options).finish_non_exhaustive()
    }
}
