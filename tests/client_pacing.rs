//! The pacing as a client drives it: many calls at once against a token bucket, in paused time.
#![cfg(feature = "client-core")]

mod support;

use aws_credential_types::Credentials;
use bedwire::client::credentials::{Cached, Lookup, MayAsk, ProvideAuth, Wanted};
use bedwire::client::{ClientBuilder, Timeouts};
use bedwire::protocol::auth::Auth;
use bedwire::protocol::document::Document;
use bedwire::protocol::eventstream::{HeaderValue, encode};
use bedwire::protocol::model::ModelId;
use bedwire::protocol::operation::bedrock_runtime::ConverseStream;
use bedwire::protocol::retry::pacing::PacingOptions;
use bedwire::protocol::retry::{RetryMode, RetryPolicy};
use bedwire::transport::{Body, BoxFuture, Transport, TransportError};
use bedwire::{Client, Error, ErrorKind};
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use support::{Step, credentials, ok, refusal, seconds, throttled};
use tokio::time::{Instant, sleep};

const MODEL: &str = "us.anthropic.claude-3-5-haiku-20241022-v1:0";

/// A service with a token bucket for each path.
#[derive(Clone)]
struct Bucket(Arc<Mutex<State>>);

struct State {
    rate: f64,
    burst: f64,
    level: f64,
    at: Instant,
    answer: Duration,
    /// Paths and bodies of the calls that were let in.
    let_in: Vec<(String, String)>,
    throttled: usize,
}

impl Bucket {
    fn new(rate: f64, burst: f64, answer: Duration) -> Self {
        let (let_in, at) = (Vec::new(), Instant::now());
        Self(Arc::new(Mutex::new(State { rate, burst, level: burst, at, answer, let_in, throttled: 0 })))
    }

    fn builder(&self) -> ClientBuilder {
        Client::builder().region("us-west-2").auth(credentials()).transport(self.clone())
    }

    fn client(&self) -> Client {
        self.builder().build().unwrap()
    }

    fn throttled(&self) -> usize {
        self.0.lock().unwrap().throttled
    }
}

impl Transport for Bucket {
    fn send(
        &self,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        let (step, after) = {
            let mut state = self.0.lock().unwrap();
            let now = Instant::now();
            let filled = state.level + (now - state.at).as_secs_f64() * state.rate;
            (state.level, state.at) = (filled.min(state.burst), now);
            if state.level >= 1.0 {
                state.level -= 1.0;
                let Body::Whole(body) = request.body() else { panic!("a body in one piece") };
                let body = String::from_utf8(body.to_vec()).unwrap();
                state.let_in.push((request.uri().path().to_owned(), body));
                (ok(), state.answer)
            } else {
                state.throttled += 1;
                (throttled(), Duration::from_millis(20))
            }
        };
        Box::pin(async move {
            sleep(after).await;
            let Step::Answer(response) = step else { panic!("an answer") };
            Ok(response)
        })
    }
}

/// Makes calls, so many at once, and returns how long they took and what failed.
async fn load(client: &Client, calls: usize, at_once: usize) -> (Duration, Vec<Error>) {
    let started = Instant::now();
    let mut numbers = 0..calls;
    let mut running = FuturesUnordered::new();
    let mut failed = Vec::new();
    loop {
        while running.len() < at_once
            && let Some(number) = numbers.next()
        {
            running.push(client.invoke_model(MODEL, format!("{{\"n\":{number}}}")));
        }
        match running.next().await {
            Some(result) => failed.extend(result.err()),
            None => return (started.elapsed(), failed),
        }
    }
}

fn fail_fast() -> RetryPolicy {
    RetryPolicy { mode: RetryMode::FailFast, ..RetryPolicy::default() }
}

#[tokio::test(start_paused = true)]
async fn many_calls_use_up_the_quota_and_are_hardly_refused() {
    for (rate, calls, answer, most_throttled) in
        [(20.0, 200, 20, 16), (100.0, 1000, 20, 60), (20.0, 200, 1000, 16), (5.0, 50, 20, 9)]
    {
        let bucket = Bucket::new(rate, rate, Duration::from_millis(answer));
        let (took, failed) = load(&bucket.client(), calls, 64).await;
        let ideal = (f64::from(u32::try_from(calls).unwrap()) - rate) / rate;
        let answered = took.as_secs_f64() - Duration::from_millis(answer).as_secs_f64();
        println!(
            "{rate}/s, {calls} calls: {:.3} × ideal, {} throttled",
            answered / ideal,
            bucket.throttled()
        );
        assert!(failed.is_empty(), "{failed:?}");
        assert!(answered <= ideal * 1.05, "{took:?} instead of {ideal} s");
        assert!(bucket.throttled() <= most_throttled, "{} of {calls} throttled", bucket.throttled());
    }
}

/// Credentials that take a while, and are good for a while; how often they were looked for is kept.
#[derive(Clone)]
struct Slow {
    takes: Duration,
    life: Option<Duration>,
    looked: Arc<Mutex<usize>>,
}

impl Slow {
    fn new(takes: Duration, life: Option<Duration>) -> Self {
        Self { takes, life, looked: Arc::default() }
    }
}

impl ProvideAuth for Slow {
    fn auth<'a>(&'a self, _wanted: Wanted<'a>) -> BoxFuture<'a, Result<Auth, Error>> {
        self.look(MayAsk::Anybody)
    }
}

impl Lookup for Slow {
    fn look(&self, _: MayAsk) -> BoxFuture<'_, Result<Auth, Error>> {
        Box::pin(async {
            sleep(self.takes).await;
            *self.looked.lock().unwrap() += 1;
            let end = self.life.map(|life| SystemTime::now() + life);
            Ok(Auth::SigV4(Credentials::new(support::ACCESS_KEY_ID, support::SECRET, None, end, "test")))
        })
    }
}

#[tokio::test(start_paused = true)]
async fn credentials_that_take_a_while_are_no_calls_that_were_let_through() {
    let bucket = Bucket::new(20.0, 20.0, Duration::from_millis(20));
    let first_take_a_second = Cached::new(Slow::new(seconds(1), None));
    let client = bucket.builder().credentials(first_take_a_second).build().unwrap();
    let (took, failed) = load(&client, 200, 64).await;
    assert!(failed.is_empty(), "{failed:?}");
    assert!(took <= Duration::from_millis(10_450), "{took:?} instead of 1 + 9 s");
    assert!(bucket.throttled() <= 16, "{} of 200 throttled", bucket.throttled());
}

#[tokio::test(start_paused = true)]
async fn the_search_for_credentials_is_no_waiting_for_a_turn() {
    let bucket = Bucket::new(1000.0, 1000.0, Duration::from_millis(20));
    // Both are looked for in 30 s; then one call goes, and the other's turn comes 5 s later.
    let quota = PacingOptions::RateAndBurst { per_second: 0.2, burst: 1.0 };
    let client = |waiting| {
        let slow = Slow::new(seconds(30), None);
        let client = bucket.builder().credentials(slow).pacing(quota).build().unwrap();
        client.waiting_at_most(waiting)
    };
    let started = Instant::now();
    let (_, failed) = load(&client(seconds(20)), 2, 2).await;
    assert!(failed.is_empty(), "{failed:?}");
    assert!(started.elapsed() > seconds(34), "{:?}: nothing was waited for", started.elapsed());

    let (_, failed) = load(&client(seconds(3)), 2, 2).await;
    let kinds: Vec<_> = failed.iter().map(Error::kind).collect();
    assert_eq!(kinds, [ErrorKind::Throttled], "{failed:?}");
}

#[tokio::test]
async fn a_call_that_waits_until_its_credentials_have_expired_looks_for_new_ones() {
    let bucket = Bucket::new(1000.0, 1000.0, Duration::ZERO);
    let options = PacingOptions::RateAndBurst { per_second: 4.0, burst: 1.0 };
    let short = Slow::new(Duration::ZERO, Some(Duration::from_millis(100)));
    let client = bucket.builder().credentials(short.clone()).pacing(options).build().unwrap();
    client.invoke_model(MODEL, "{}").await.unwrap();
    assert_eq!(*short.looked.lock().unwrap(), 1);
    // Its turn comes in a quarter of a second.
    client.invoke_model(MODEL, "{}").await.unwrap();
    assert_eq!(*short.looked.lock().unwrap(), 3);
}

#[tokio::test(start_paused = true)]
async fn calls_get_in_as_they_came() {
    let bucket = Bucket::new(5.0, 1.0, Duration::from_millis(20));
    load(&bucket.client(), 40, 40).await;
    let state = bucket.0.lock().unwrap();
    let order: Vec<usize> = state
        .let_in
        .iter()
        .map(|(_, body)| body.trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap())
        .collect();
    // Calls of one volley may get in while an earlier one of it is refused.
    let late = order.windows(2).filter(|pair| pair[1] < pair[0]).count();
    assert!(late <= 3, "{order:?}");
}

#[tokio::test(start_paused = true)]
async fn a_given_quota_is_kept_from_the_start() {
    let bucket = Bucket::new(20.0, 20.0, Duration::from_millis(20));
    let options = PacingOptions::RateAndBurst { per_second: 20.0, burst: 20.0 };
    let (took, failed) = load(&bucket.builder().pacing(options).build().unwrap(), 200, 64).await;
    assert!(failed.is_empty() && took <= Duration::from_millis(9300), "{took:?}");
    assert_eq!(bucket.throttled(), 0);
}

#[tokio::test(start_paused = true)]
async fn unpaced_calls_hammer_as_aws_does() {
    let bucket = Bucket::new(20.0, 20.0, Duration::from_millis(20));
    let standard = RetryPolicy { mode: RetryMode::Standard, ..RetryPolicy::default() };
    let (_, failed) = load(&bucket.builder().retry_policy(standard).build().unwrap(), 200, 64).await;
    assert!(failed.len() > 50 && bucket.throttled() > 200, "{} {}", failed.len(), bucket.throttled());
}

#[tokio::test(start_paused = true)]
async fn a_given_quota_is_kept_to_in_the_standard_mode_of_aws_too() {
    let standard = RetryPolicy { mode: RetryMode::Standard, ..RetryPolicy::default() };
    for options in [
        PacingOptions::Rate { per_second: 20.0 },
        PacingOptions::RateAndBurst { per_second: 20.0, burst: 20.0 },
    ] {
        let bucket = Bucket::new(20.0, 20.0, Duration::from_millis(20));
        let client = bucket.builder().retry_policy(standard.clone()).pacing(options).build().unwrap();
        let (took, failed) = load(&client, 200, 64).await;
        assert!(failed.is_empty() && took <= Duration::from_millis(9500), "{took:?} {failed:?}");
        assert!(bucket.throttled() <= 8, "{}", bucket.throttled());
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_too_long_says_how_long_how_often_and_for_what_rate() {
    let bucket = Bucket::new(1.0, 5.0, Duration::from_millis(20));
    let timeouts = Timeouts { call: Some(seconds(20)), ..Timeouts::default() };
    let client = bucket.builder().timeouts(timeouts).build().unwrap();
    let (took, failed) = load(&client, 64, 64).await;
    assert!(took <= Duration::from_millis(20_100), "{took:?}");
    assert!(failed.len() > 30, "{}", failed.len());
    for error in &failed {
        let hint = error.hint().unwrap();
        assert_eq!(error.kind(), ErrorKind::Throttled, "{error}");
        assert!(hint.contains("calls a second") && hint.contains("a longer timeout"), "{error}");
        assert!(hint.contains(" s;") && hint.contains(" attempt"), "{error}");
    }
    let unsent = failed.iter().find(|error| error.attempts().is_empty()).unwrap();
    assert!(unsent.message().starts_with("InvokeModel was not sent"), "{unsent}");
    assert!(unsent.hint().unwrap().starts_with("given up after 0 attempts in 20.0 s"), "{unsent}");
}

#[tokio::test(start_paused = true)]
async fn in_a_hurry_nobody_waits_for_a_quota() {
    let bucket = Bucket::new(1.0, 5.0, Duration::from_millis(20));
    let client = bucket.builder().retry_policy(fail_fast()).build().unwrap();
    let (took, failed) = load(&client, 20, 20).await;
    assert!(took < seconds(1), "{took:?}");
    assert_eq!(failed.len(), 15);
    for error in &failed {
        assert_eq!(error.kind(), ErrorKind::Throttled);
        assert!(error.attempts().len() <= 1, "{error:?}");
    }
    assert!(bucket.throttled() < 8, "{}", bucket.throttled());
    sleep(seconds(3)).await;
    client.invoke_model(MODEL, "{}").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn in_a_hurry_nobody_waits_for_a_quota_of_tokens() {
    let bucket = Bucket::new(100.0, 100.0, seconds(4));
    let builder = bucket.builder().retry_policy(fail_fast()).tokens_per_minute(2000);
    let client = builder.build().unwrap();
    let started = Instant::now();
    let calls = (0..4).map(|_| client.invoke_model(MODEL, r#"{"max_tokens":900,"messages":[]}"#));
    let answers = futures_util::future::join_all(calls).await;
    assert_eq!(started.elapsed(), seconds(4));
    assert!(answers[0].is_ok() && answers[1].is_ok());
    for refused in answers.into_iter().skip(2) {
        let error = refused.unwrap_err();
        assert_eq!((error.kind(), error.attempts().len()), (ErrorKind::Throttled, 0), "{error}");
        // Nobody has throttled anything.
        assert!(error.message().contains("held back to their quota"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_holds_nobody_up() {
    let bucket = Bucket::new(2.0, 1.0, Duration::from_millis(20));
    let client = bucket.client();
    let calls = (0..30).map(|_| client.invoke_model(MODEL, "{}"));
    // All of them give up: in the queue, sent, or between attempts.
    let all = futures_util::future::join_all(calls);
    assert!(tokio::time::timeout(seconds(3), all).await.is_err());
    let before = Instant::now();
    client.invoke_model(MODEL, "{}").await.unwrap();
    assert!(before.elapsed() < seconds(3), "{:?}", before.elapsed());
}

#[tokio::test(start_paused = true)]
async fn models_do_not_wait_for_each_other() {
    let script = support::Script::new((0..9).map(|_| throttled()).chain([ok()]));
    let client =
        support::builder(&script).timeouts(Timeouts { call: Some(seconds(9)), ..Timeouts::default() });
    let client = client.build().unwrap();
    let throttled_model = client.invoke_model(MODEL, "{}").await;
    assert!(throttled_model.is_err());
    let attempts = script.count();
    let script_has = 10 - attempts;
    let before = Instant::now();
    let _ = client.invoke_model("amazon.nova-lite-v1:0", "{}").await;
    let seen = script.seen();
    assert!(script_has > 0 && seen[attempts].0 == before, "another model starts at once");
}

#[tokio::test(start_paused = true)]
async fn retries_of_a_single_call_become_rare() {
    let script = support::Script::new((0..12).map(|_| throttled()).chain([ok()]));
    support::builder(&script).build().unwrap().invoke_model(MODEL, "{}").await.unwrap();
    let times: Vec<Instant> = script.seen().iter().map(|(at, _)| *at).collect();
    let in_first = |span: Duration| times.iter().filter(|at| **at - times[0] < span).count();
    assert!(
        in_first(seconds(1)) <= 4 && in_first(seconds(10)) <= 8 && in_first(seconds(60)) <= 12,
        "{times:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_is_no_throttling_leaves_the_lane_open() {
    let script = support::Script::new([refusal(500, "InternalServerException", "no"), ok(), ok()]);
    let client = support::builder(&script).build().unwrap();
    client.invoke_model(MODEL, "{}").await.unwrap();
    let before = Instant::now();
    client.invoke_model(MODEL, "{}").await.unwrap();
    assert_eq!(before.elapsed(), Duration::ZERO);
}

/// Counts the tokens of each minute as Bedrock does: `max_tokens` at the start, what was used at the end.
struct TokenMinute {
    per_minute: u64,
    state: Mutex<(u64, u64, usize)>,
    started: Instant,
}

impl Transport for TokenMinute {
    fn send(
        &self,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        let Body::Whole(body) = request.body() else { panic!("a body in one piece") };
        assert!(body.starts_with(b"{\"max_tokens\":2000"));
        let minute = self.started.elapsed().as_secs() / 60;
        let step = {
            let mut state = self.state.lock().unwrap();
            if state.0 != minute {
                (state.0, state.1) = (minute, 0);
            }
            if state.1 + 2010 <= self.per_minute {
                state.1 += 2010;
                support::answer(
                    200,
                    &[
                        ("x-amzn-bedrock-input-token-count", "10"),
                        ("x-amzn-bedrock-output-token-count", "490"),
                    ],
                    "{}",
                )
            } else {
                state.2 += 1;
                throttled()
            }
        };
        Box::pin(async move {
            sleep(seconds(2)).await;
            let Step::Answer(response) = step else { panic!("an answer") };
            if response.status().is_success() {
                self.state.lock().unwrap().1 -= 1510;
            }
            Ok(response)
        })
    }
}

#[tokio::test(start_paused = true)]
async fn a_given_quota_of_tokens_is_kept_and_used() {
    let state = Mutex::new((0, 0, 0));
    let service = Arc::new(TokenMinute { per_minute: 50_000, state, started: Instant::now() });
    let client = Client::builder().region("us-west-2").auth(credentials());
    let client = client.transport(Arc::clone(&service)).tokens_per_minute(50_000).build().unwrap();
    let started = Instant::now();
    let calls = (0..280).map(|_| client.invoke_model(MODEL, r#"{"max_tokens":2000,"messages":[]}"#));
    let answers = futures_util::future::join_all(calls).await;
    assert!(answers.iter().all(Result::is_ok));
    // 95 calls a minute, since the last must still fit with all that it reserves: three minutes, the first at once.
    assert!(started.elapsed() <= seconds(160), "{:?}", started.elapsed());
    assert_eq!(service.state.lock().unwrap().2, 0, "calls were throttled");
}

/// Answers of 100 tokens by what is behind an application profile; the question what that is.
struct Profile {
    /// What is answered to it; `None`: nothing, ever.
    behind: Option<(u16, &'static str)>,
    asked: AtomicUsize,
}

impl Transport for Profile {
    fn send(
        &self,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        let response = http::Response::builder();
        if request.uri().path().starts_with("/model/") {
            let response = response.header("x-amzn-bedrock-input-token-count", 10);
            let response = response.header("x-amzn-bedrock-output-token-count", 100);
            let response = response.body(Bytes::from_static(b"{}").into());
            return Box::pin(async move {
                sleep(seconds(1)).await;
                Ok(response.unwrap())
            });
        }
        assert_eq!(request.uri().host(), Some("bedrock.us-west-2.amazonaws.com"));
        self.asked.fetch_add(1, Ordering::Relaxed);
        let Some((status, model)) = self.behind else { return Box::pin(std::future::pending()) };
        let arn = format!("arn:aws:bedrock:us-west-2::foundation-model/{model}");
        let body = format!(r#"{{"inferenceProfileId":"abcdefghijkl","models":[{{"modelArn":"{arn}"}}]}}"#);
        Box::pin(async move { Ok(response.status(status).body(Bytes::from(body).into()).unwrap()) })
    }
}

const PROFILE: &str = "arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/abcdefghijkl";

#[tokio::test(start_paused = true)]
async fn output_counts_as_that_of_the_model_behind_an_application_profile() {
    const SONNET: &str = "anthropic.claude-sonnet-4-20250514-v1:0";
    for (behind, waits) in [
        (Some((200, "amazon.nova-lite-v1:0")), false),
        (Some((200, SONNET)), true),
        // Where it is not known, what costs most is counted.
        (Some((403, "")), true),
        (None, true),
    ] {
        let service = Arc::new(Profile { behind, asked: AtomicUsize::default() });
        let client = Client::builder().region("us-west-2").auth(credentials());
        let client = client.transport(Arc::clone(&service)).tokens_per_minute(1200).build().unwrap();
        let started = Instant::now();
        for _ in 0..4 {
            client.invoke_model(PROFILE, r#"{"max_tokens":100,"messages":[]}"#).await.unwrap();
        }
        assert_eq!(started.elapsed() > seconds(60), waits, "{behind:?}: {:?}", started.elapsed());
        let asked = service.asked.load(Ordering::Relaxed);
        // What was refused, or not answered in 10 s, is asked again after a minute.
        let most = if behind.is_some_and(|(status, _)| status == 200) { 1 } else { 2 };
        assert!((1..=most).contains(&asked), "{behind:?}: {asked}");
    }
    // Without a quota nobody needs to know.
    let service = Arc::new(Profile { behind: None, asked: AtomicUsize::default() });
    let client = Client::builder().region("us-west-2").auth(credentials()).transport(Arc::clone(&service));
    client.build().unwrap().invoke_model(PROFILE, r#"{"messages":[]}"#).await.unwrap();
    assert_eq!(service.asked.load(Ordering::Relaxed), 0);
}

#[tokio::test(start_paused = true)]
async fn an_unset_max_tokens_is_warned_of_once_where_calls_are_throttled() {
    for (body, warned) in [(r#"{"messages":[]}"#, 1), (r#"{"messages":[],"max_tokens":9}"#, 0)] {
        let warnings = Arc::new(Warnings::default());
        let script = support::Script::new((0..4).map(|_| throttled()).chain([ok()]));
        let client = support::builder(&script).observer(warnings.clone()).build().unwrap();
        client.invoke_model(MODEL, body).await.unwrap();
        let warnings = warnings.0.lock().unwrap();
        assert_eq!(warnings.len(), warned, "{warnings:?}");
        assert!(warnings.iter().all(|warning| warning.contains("max_tokens")), "{warnings:?}");
    }
}

/// Streams of one token a frame, in frames of half a second; the last says what was used.
struct Streams;

impl Transport for Streams {
    fn send(
        &self,
        _request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        let frame = |name: &str, payload: &str| {
            let headers = [(":event-type", name), (":message-type", "event")];
            Ok(encode(headers.map(|(name, value)| (name, HeaderValue::String(value))), payload.as_bytes())
                .unwrap())
        };
        let delta = r#"{"contentBlockIndex":0,"delta":{"text":"word"}}"#;
        let chunks = [
            frame("messageStart", r#"{"role":"assistant"}"#),
            frame("contentBlockDelta", delta),
            frame("messageStop", r#"{"stopReason":"end_turn"}"#),
            frame("metadata", r#"{"usage":{"inputTokens":40,"outputTokens":60}}"#),
        ];
        let chunks = futures_util::stream::iter(chunks).then(|chunk| async {
            sleep(Duration::from_millis(500)).await;
            chunk
        });
        Box::pin(async { Ok(http::Response::new(Body::stream(chunks, None))) })
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_settles_what_it_reserved_however_it_ends() {
    let client = Client::builder().region("us-west-2").auth(credentials());
    let client = client.transport(Streams).tokens_per_minute(1500).build().unwrap();
    let open = || {
        let body =
            r#"{"messages":[{"role":"user","content":[{"text":"x"}]}],"inferenceConfig":{"maxTokens":1000}}"#;
        let body = Document::object("body", body).unwrap();
        client.stream(ConverseStream::new(ModelId::new(MODEL).unwrap(), body).unwrap())
    };
    let started = Instant::now();
    let whole = open().await.unwrap();
    // The first reserves more than half: the second waits until it is known what the first has used.
    let (answer, second) = futures_util::future::join(whole.collect(), open()).await;
    answer.unwrap();
    assert_eq!(started.elapsed(), Duration::from_millis(2500));
    // A stream that is dropped has used what has come of it.
    let mut dropped = second.unwrap();
    dropped.next().await.unwrap().unwrap();
    drop(dropped);
    let third = open().await.unwrap();
    assert!(started.elapsed() <= seconds(4), "{:?}", started.elapsed());
    // A call that is lost counts for its minute.
    drop(third);
    let lost = tokio::time::timeout(Duration::from_millis(10), open()).await;
    assert!(lost.is_err());
    let before = Instant::now();
    open().await.unwrap();
    assert!(before.elapsed() > seconds(50) && before.elapsed() < seconds(61), "{:?}", before.elapsed());
}

#[tokio::test(start_paused = true)]
async fn where_the_quota_of_tokens_is_given_an_unset_max_tokens_is_warned_of_at_once() {
    let warnings = Arc::new(Warnings::default());
    let script = support::Script::new([ok(), ok()]);
    let client = support::builder(&script).observer(warnings.clone()).tokens_per_minute(100_000);
    let client = client.build().unwrap();
    client.invoke_model(MODEL, r#"{"messages":[]}"#).await.unwrap();
    client.invoke_model(MODEL, r#"{"messages":[]}"#).await.unwrap();
    let warnings = warnings.0.lock().unwrap();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("sets no max_tokens"), "{warnings:?}");
}

#[tokio::test]
async fn a_quota_that_is_given_is_not_that_of_another_program() {
    let folder = tempfile::tempdir().unwrap();
    let slow = PacingOptions::RateAndBurst { per_second: 0.1, burst: 1.0 };
    let fast = PacingOptions::RateAndBurst { per_second: 100.0, burst: 100.0 };
    let call = async |options| {
        let client = support::builder(&support::Script::new([ok()])).shared_pacing(folder.path());
        let client = client.pacing(options).build().unwrap().waiting_at_most(Duration::from_millis(20));
        client.invoke_model(MODEL, "{}").await.is_ok()
    };
    assert!(call(slow).await);
    assert!(!call(slow).await, "the same quota is shared");
    assert!(!call(PacingOptions::Learn).await, "what another was given is better than nothing");
    assert!(call(fast).await, "the first was given a wrong one");
    assert!(call(PacingOptions::Learn).await);
    assert!(call(slow).await, "nor does it matter the other way round");
}

#[tokio::test]
async fn programs_that_share_a_folder_share_a_quota_of_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let client = || {
        let script = support::Script::new((0..4).map(|_| {
            support::answer(
                200,
                &[("x-amzn-bedrock-input-token-count", "100"), ("x-amzn-bedrock-output-token-count", "1400")],
                "{}",
            )
        }));
        let client = support::builder(&script).shared_pacing(folder.path()).tokens_per_minute(3500);
        client.build().unwrap().waiting_at_most(Duration::from_millis(100))
    };
    let (one, other) = (client(), client());
    let body = r#"{"max_tokens":1500,"messages":[]}"#;
    one.invoke_model(MODEL, body).await.unwrap();
    other.invoke_model(MODEL, body).await.unwrap();
    // Both have used 1500 of 3500: neither has room for 1500 more.
    for client in [&one, &other] {
        let error = client.invoke_model(MODEL, body).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Throttled);
        assert!(error.message().contains("was not sent"), "{error}");
    }
}

#[derive(Default)]
struct Warnings(Mutex<Vec<String>>);

impl bedwire::client::Observer for Warnings {
    fn on_warning(&self, operation: &str, warning: &str) {
        self.0.lock().unwrap().push(format!("{operation}: {warning}"));
    }
}

/// In real time, since processes share a pacer by the clock of the machine.
#[tokio::test]
async fn programs_that_share_a_folder_share_a_quota() {
    let folder = tempfile::tempdir().unwrap();
    let bucket = Bucket::new(50.0, 50.0, Duration::from_millis(20));
    let client = || bucket.builder().shared_pacing(folder.path()).build().unwrap();
    let (one, other) = (client(), client());
    let ((took, failed), (other_took, other_failed)) =
        futures_util::future::join(load(&one, 100, 32), load(&other, 100, 32)).await;
    println!("{took:?} and {other_took:?}, {} throttled", bucket.throttled());
    assert!(failed.is_empty() && other_failed.is_empty());
    // As one program would be: each on its own finds the wall, and finds it again and again.
    assert!(bucket.throttled() <= 24, "{}", bucket.throttled());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn a_shared_file_that_is_no_pacer_is_written_anew() {
    let folder = tempfile::tempdir().unwrap();
    let bucket = Bucket::new(1000.0, 1000.0, Duration::from_millis(1));
    let client = || bucket.builder().shared_pacing(folder.path()).build().unwrap();
    load(&client(), 3, 3).await;
    let file = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    let whole = std::fs::read_to_string(&file).unwrap();
    // Of another program or version, of a process that was killed while it wrote, and with a digit that has changed.
    let (_, unchecked) = whole.split_once('\n').unwrap();
    let torn = format!("{}{}", &whole[..whole.len() / 2], &whole[whole.len() / 2 + 3..]);
    // The bits of 0.2.
    let changed = whole.replacen(" 3fc999999999999a ", " 3fd999999999999a ", 1);
    assert_ne!(changed, whole);
    for damaged in ["", "x", "\0\0\0", "{}", unchecked, &whole[..whole.len() / 2], &torn, &changed] {
        std::fs::write(&file, damaged).unwrap();
        let (_, failed) = load(&client(), 5, 5).await;
        assert!(failed.is_empty(), "{damaged:?}: {failed:?}");
        assert!(std::fs::read_to_string(&file).unwrap().trim_end().ends_with("end"), "{damaged:?}");
    }
    std::fs::remove_file(&file).unwrap();
    assert!(load(&client(), 5, 5).await.1.is_empty());

    // A folder that is not there is made; one that cannot be is an error, and a file that cannot be opened is told of.
    let new = folder.path().join("made/of two");
    load(&bucket.builder().shared_pacing(&new).build().unwrap(), 1, 1).await;
    assert_eq!(std::fs::read_dir(&new).unwrap().count(), 1);
    let refused = bucket.builder().shared_pacing(file.join("below a file")).build().unwrap_err();
    assert!(refused.message().contains("below a file"), "{refused}");
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    let warnings = Arc::new(Warnings::default());
    let client = bucket.builder().shared_pacing(folder.path()).observer(warnings.clone()).build().unwrap();
    assert!(load(&client, 5, 5).await.1.is_empty());
    let warnings = warnings.0.lock().unwrap();
    assert!(warnings.len() == 1 && warnings[0].contains("not shared"), "{warnings:?}");
}

/// Answers one model, and knows no other.
struct OneModel;

impl Transport for OneModel {
    fn send(
        &self,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        let step = if request.uri().path().contains("haiku") {
            ok()
        } else {
            refusal(400, "ValidationException", "The provided model identifier is invalid.")
        };
        Box::pin(async {
            let Step::Answer(response) = step else { panic!("an answer") };
            Ok(response)
        })
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_known_of_a_quota_outlives_any_number_of_other_names() {
    let builder = || Client::builder().region("us-west-2").auth(credentials()).transport(OneModel);
    let body = r#"{"max_tokens":80,"messages":[]}"#;
    let once_a_minute = PacingOptions::RateAndBurst { per_second: 1.0 / 60.0, burst: 1.0 };
    for client in [builder().tokens_per_minute(100), builder().pacing(once_a_minute)] {
        let client = client.build().unwrap();
        client.invoke_model(MODEL, body).await.unwrap();
        let begun = Instant::now();
        for n in 0..200 {
            client.invoke_model(&format!("acme.guess-{n}"), body).await.unwrap_err();
        }
        assert!(begun.elapsed() < seconds(1));
        client.invoke_model(MODEL, body).await.unwrap();
        assert!(begun.elapsed() > seconds(50), "{:?}", begun.elapsed());
    }
}
