//! The request loop through its public face, over a scripted transport, in paused time.
#![cfg(feature = "client-core")]

mod support;

use aws_credential_types::Credentials;
use bedwire::client::credentials::{ProvideAuth, Wanted};
use bedwire::client::{Clock, Observer, Timeouts};
use bedwire::protocol::auth::{ApiKey, Auth};
use bedwire::protocol::endpoint::{Endpoint, Service};
use bedwire::protocol::invalid_input::InvalidInput;
use bedwire::protocol::operation::{Operation, Undecodable};
use bedwire::protocol::outcome::WireFailure;
use bedwire::protocol::retry::{Attempt, RetryMode, RetryPolicy};
use bedwire::protocol::sigv4::verify::Verifier;
use bedwire::protocol::timestamp::{amz_date, http_date, parse_amz_date};
use bedwire::transport::{Body, BoxFuture, Transport, TransportError};
use bedwire::{Error, ErrorKind, Setting};
use bytes::Bytes;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use support::{Script, Step, answer, builder, ok, refusal, seconds, throttled};

const MODEL: &str = "us.anthropic.claude-3-5-haiku-20241022-v1:0";

async fn invoke(script: &Script) -> Result<String, Error> {
    let client = builder(script).build().unwrap();
    client.invoke_model(MODEL, "{}").await.map(|answer| answer.body().text().into_owned())
}

fn policy(mode: RetryMode, max_attempts: Option<u32>) -> RetryPolicy {
    RetryPolicy { mode, max_attempts }
}

#[tokio::test(start_paused = true)]
async fn a_throttled_call_is_retried_until_it_gets_in() {
    let script = Script::new((0..12).map(|_| throttled()).chain([ok()]));
    assert_eq!(invoke(&script).await.unwrap(), r#"{"ok":true}"#);
    assert_eq!(script.count(), 13);
}

#[tokio::test(start_paused = true)]
async fn delays_stay_under_their_ceilings() {
    for _ in 0..20 {
        let script = Script::new((0..8).map(|_| throttled()).chain([ok()]));
        invoke(&script).await.unwrap();
        let times: Vec<_> = script.seen().iter().map(|(at, _)| *at).collect();
        for (index, pair) in times.windows(2).enumerate() {
            let ceiling = Duration::from_secs(1 << index).min(seconds(20));
            assert!(
                pair[1] - pair[0] <= ceiling + Duration::from_millis(2),
                "delay {index}: {:?}",
                pair[1] - pair[0]
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn each_attempt_is_signed_afresh_with_the_same_body() {
    let script = Script::new([refusal(503, "ServiceUnavailableException", "later"), ok()]);
    invoke(&script).await.unwrap();
    let seen = script.seen();
    for (_, request) in seen.iter() {
        assert!(request.headers().contains_key("authorization"));
        assert_eq!(request.uri().path(), "/model/us.anthropic.claude-3-5-haiku-20241022-v1%3A0/invoke");
    }
}

#[tokio::test(start_paused = true)]
async fn the_time_of_the_call_bounds_throttling() {
    let script = Script::new((0..1000).map(|_| throttled()));
    let timeouts = Timeouts { call: Some(seconds(60)), ..Timeouts::default() };
    let client = builder(&script).timeouts(timeouts).build().unwrap();
    let started = tokio::time::Instant::now();
    let error = client.invoke_model(MODEL, "{}").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert_eq!((error.code(), error.status()), (Some("ThrottlingException"), Some(429)));
    assert!(started.elapsed() <= seconds(60), "{:?}", started.elapsed());
    assert_eq!(error.attempts().len(), script.count());
    assert!(error.attempts().len() > 3, "{error:?}");
    assert!(error.hint().unwrap().contains("a longer timeout"), "{error}");
    assert_eq!(error.setting(), Some(Setting::CallTimeout));
}

#[tokio::test(start_paused = true)]
async fn by_default_a_call_waits_for_five_minutes_in_all() {
    let script = Script::new((0..1000).map(|_| throttled()));
    let started = tokio::time::Instant::now();
    let error = invoke(&script).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert!(started.elapsed() <= seconds(300) && started.elapsed() > seconds(200), "{:?}", started.elapsed());
    let hint = error.hint().unwrap();
    assert!(hint.starts_with(&format!("given up after {} attempts in ", script.count())), "{hint}");
    assert!(hint.contains("the 300 s that it may wait; a longer timeout gives it more"), "{hint}");

    let client = builder(&Script::new((0..1000).map(|_| throttled()))).build().unwrap();
    let started = tokio::time::Instant::now();
    let patient = client.waiting_at_most(seconds(900)).invoke_model(MODEL, "{}").await.unwrap_err();
    assert!(started.elapsed() > seconds(700), "{patient} {:?}", started.elapsed());
}

/// Refuses once, then answers late.
struct Slow(Mutex<u32>, Duration);

impl Transport for Slow {
    fn send(
        &self,
        _request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        *self.0.lock().unwrap() += 1;
        let is_first = *self.0.lock().unwrap() == 1;
        Box::pin(async move {
            tokio::time::sleep(self.1).await;
            let step = if is_first { refusal(500, "InternalServerException", "no") } else { ok() };
            let Step::Answer(response) = step else { panic!("an answer") };
            Ok(response)
        })
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_takes_its_time_and_so_does_the_one_after_it() {
    let slow = || Slow(Mutex::default(), Duration::from_mins(14));
    let client = bedwire::Client::builder().region("us-west-2").auth(support::credentials());
    client.transport(slow()).build().unwrap().invoke_model(MODEL, "{}").await.unwrap();

    // What was given for the call bounds everything.
    let client = bedwire::Client::builder().region("us-west-2").auth(support::credentials());
    let client = client.transport(slow()).timeouts(Timeouts::of_call(seconds(90))).build().unwrap();
    let started = tokio::time::Instant::now();
    let error = client.invoke_model(MODEL, "{}").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts().len()), (ErrorKind::Timeout, 1), "{error}");
    assert_eq!(started.elapsed().as_secs(), 90);
    assert!(error.message().contains("no whole answer came in the 90.0 s of the call"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn no_length_of_time_is_too_long() {
    let script = Script::new([throttled(), ok()]);
    let client = builder(&script).timeouts(Timeouts::of_call(Duration::MAX)).build().unwrap();
    client.invoke_model(MODEL, "{}").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_number_of_attempts_bounds_throttling_too() {
    let script = Script::new((0..9).map(|_| throttled()));
    let client = builder(&script).retry_policy(policy(RetryMode::Patient, Some(4))).build().unwrap();
    let error = client.invoke_model(MODEL, "{}").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts().len()), (ErrorKind::Throttled, 4));
}

#[tokio::test(start_paused = true)]
async fn the_quota_of_a_client_is_shared_by_its_calls() {
    let script = Script::new((0..1000).map(|_| refusal(500, "InternalServerException", "no")));
    let client = builder(&script).build().unwrap();
    let mut counts = Vec::new();
    for _ in 0..12 {
        counts.push(client.invoke_model(MODEL, "{}").await.unwrap_err().attempts().len());
    }
    // 500 tokens at 14 a retry are 35 retries; a call makes 4. After that, each call has its first attempt only.
    assert_eq!(counts.iter().map(|made| made - 1).sum::<usize>(), 35);
    assert_eq!(counts.last(), Some(&1));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_succeeds_gives_its_retry_back_but_saves_none_for_an_outage() {
    let failure = || refusal(500, "InternalServerException", "no");
    let calm = (0..100).map(|_| ok());
    let retried = (0..40).flat_map(|_| [failure(), ok()]);
    let script = Script::new(calm.chain(retried).chain((0..100).map(|_| failure())));
    let client = builder(&script).build().unwrap();
    for _ in 0..140 {
        client.invoke_model(MODEL, "{}").await.unwrap();
    }
    assert_eq!(script.count(), 180);
    let mut retries = 0;
    for _ in 0..12 {
        retries += client.invoke_model(MODEL, "{}").await.unwrap_err().attempts().len() - 1;
    }
    // As of a client that never made a call.
    assert_eq!(retries, 35);
}

#[tokio::test(start_paused = true)]
async fn delays_are_spread_over_all_that_they_may_take() {
    const CALLS: u32 = 200;
    let unavailable = || refusal(503, "ServiceUnavailableException", "later");
    let cases = [
        (unavailable as fn() -> Step, RetryPolicy::default(), Duration::from_millis(50)),
        (throttled, policy(RetryMode::Standard, Some(4)), seconds(1)),
    ];
    for (failure, policy, first) in cases {
        let mut delays = [const { Vec::new() }; 3];
        for _ in 0..CALLS {
            let script = Script::new([failure(), failure(), failure(), ok()]);
            let client = builder(&script).retry_policy(policy.clone()).build().unwrap();
            client.invoke_model(MODEL, "{}").await.unwrap();
            for (delays, pair) in delays.iter_mut().zip(script.seen().windows(2)) {
                delays.push(pair[1].0 - pair[0].0);
            }
        }
        for (delays, ceiling) in delays.iter().zip([first, first * 2, first * 4]) {
            let mean = delays.iter().sum::<Duration>() / CALLS;
            assert!(mean > ceiling * 3 / 10 && mean < ceiling * 7 / 10, "{mean:?} of {ceiling:?}");
            let (low, high) = (ceiling / 4, ceiling * 3 / 4);
            assert!(delays.iter().any(|delay| *delay < low), "none of {ceiling:?} is short");
            assert!(delays.iter().any(|delay| *delay > high), "none of {ceiling:?} is long");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn standard_mode_gives_up_as_the_sdk_does() {
    let script = Script::new((0..9).map(|_| throttled()));
    let client = builder(&script).retry_policy(policy(RetryMode::Standard, None)).build().unwrap();
    assert_eq!(client.invoke_model(MODEL, "{}").await.unwrap_err().attempts().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn what_trying_again_cannot_change_is_not_tried_again() {
    for (status, code, message, kind) in [
        (400, "ValidationException", "no", ErrorKind::Service),
        (403, "AccessDeniedException", "no", ErrorKind::Service),
        (404, "ResourceNotFoundException", "no", ErrorKind::Service),
        (400, "ServiceQuotaExceededException", "no", ErrorKind::Service),
        (403, "UnrecognizedClientException", "no", ErrorKind::Credentials),
        (
            429,
            "ThrottlingException",
            "Too many tokens per day, please wait before trying again.",
            ErrorKind::Throttled,
        ),
    ] {
        let script = Script::new([refusal(status, code, message)]);
        let error = invoke(&script).await.unwrap_err();
        assert_eq!((error.kind(), error.code(), error.attempts().len()), (kind, Some(code), 1));
        assert!(error.message().contains(message), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_clock_is_corrected_once_from_the_server() {
    let server = SystemTime::now() + seconds(3600);
    let date = http_date(server);
    let skewed = || {
        let errortype =
            "InvalidSignatureException:http://internal.amazon.com/coral/com.amazon.coral.service/";
        let message = r#"{"message":"Signature expired: 20260102T030405Z is now earlier than 20260102T040405Z (x - 5 min.)"}"#;
        answer(403, &[("x-amzn-errortype", errortype), ("date", &date)], message)
    };
    let script = Script::new([skewed(), ok()]);
    invoke(&script).await.unwrap();
    let signed = |index: usize| {
        let seen = script.seen();
        parse_amz_date(seen[index].1.headers()["x-amz-date"].to_str().unwrap()).unwrap()
    };
    let ahead = signed(1).duration_since(signed(0)).unwrap();
    assert!((seconds(3590)..=seconds(3610)).contains(&ahead), "{ahead:?}");

    let script = Script::new([skewed(), skewed()]);
    let error = invoke(&script).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts().len()), (ErrorKind::Credentials, 2));
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_fast_is_set_back() {
    let server = SystemTime::now() - seconds(3600);
    let message = format!(
        "Signature not yet current: {} is still later than {later} ({now} + 5 min.)",
        amz_date(SystemTime::now()),
        later = amz_date(server + seconds(300)),
        now = amz_date(server),
    );
    let script = Script::new([refused_at(server, "InvalidSignatureException", &message), ok()]);
    invoke(&script).await.unwrap();
    let seen = script.seen();
    let [first, second] =
        [0, 1].map(|index| parse_amz_date(seen[index].1.headers()["x-amz-date"].to_str().unwrap()).unwrap());
    let back = first.duration_since(second).unwrap();
    assert!((seconds(3590)..=seconds(3610)).contains(&back), "{back:?}");
}

#[tokio::test(start_paused = true)]
async fn a_wrong_secret_is_no_wrong_clock() {
    let message =
        "The request signature we calculated does not match the signature you provided. Check your key.";
    for code in ["InvalidSignatureException", "SignatureDoesNotMatch"] {
        let script = Script::new([refused_at(SystemTime::now() + seconds(3600), code, message)]);
        let error = invoke(&script).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts().len()), (ErrorKind::Credentials, 1), "{error}");
        let hint = error.hint().unwrap();
        assert!(hint.contains("the access key, its secret") && !hint.contains("clock"), "{hint}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_signature_for_another_region_is_told_from_a_wrong_secret() {
    let message =
        "Credential should be scoped to a valid region. (got 'us-east-1', this endpoint is in 'us-west-2')";
    let script = Script::new([refused_at(SystemTime::now(), "InvalidSignatureException", message)]);
    let error = invoke(&script).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts().len()), (ErrorKind::Credentials, 1), "{error}");
    assert!(
        error.hint().unwrap().starts_with("the signature is for another region than the host's"),
        "{error}"
    );
}

/// A refused signature, with the server's time beside it.
fn refused_at(server: SystemTime, code: &str, message: &str) -> Step {
    let body = serde_json::json!({ "message": message }).to_string();
    answer(403, &[("x-amzn-errortype", code), ("date", &http_date(server))], &body)
}

#[tokio::test(start_paused = true)]
async fn expired_credentials_are_refreshed_once() {
    struct Rotating(Mutex<u32>);
    impl ProvideAuth for Rotating {
        fn auth<'a>(&'a self, wanted: Wanted<'a>) -> BoxFuture<'a, Result<Auth, Error>> {
            *self.0.lock().unwrap() += u32::from(wanted.refused.is_some());
            let credentials = of_turn(*self.0.lock().unwrap());
            Box::pin(async { Ok(credentials.into()) })
        }
    }
    // The secret changes under the same key: a signing key that was kept would be of no use.
    fn of_turn(turn: u32) -> Credentials {
        Credentials::new("AKIDEXAMPLE", format!("secret {turn}"), None, None, "test")
    }
    let expired =
        || refusal(403, "ExpiredTokenException", "The security token included in the request is expired");
    let script = Script::new([expired(), ok()]);
    let client = builder(&script).credentials(Rotating(Mutex::new(0))).build().unwrap();
    client.invoke_model(MODEL, "{}").await.unwrap();
    for (turn, (_, request)) in (0..).zip(script.seen().iter()) {
        let verifier = Verifier {
            now: SystemTime::now(),
            credentials: &|_| Some(of_turn(turn)),
            region: None,
            services: &["bedrock"],
        };
        let mut sent = http::Request::new(Bytes::from_static(b"{}"));
        (*sent.method_mut(), *sent.uri_mut()) = (request.method().clone(), request.uri().clone());
        *sent.headers_mut() = request.headers().clone();
        assert!(verifier.verify(&sent).is_ok(), "attempt {turn}: {sent:?}");
    }

    let script = Script::new([expired(), expired()]);
    let client = builder(&script).credentials(Rotating(Mutex::new(0))).build().unwrap();
    let error = client.invoke_model(MODEL, "{}").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts().len()), (ErrorKind::Credentials, 2));
}

#[tokio::test(start_paused = true)]
async fn refused_credentials_are_named_as_what_they_are() {
    for code in ["UnrecognizedClientException", "ExpiredTokenException"] {
        let refused = || refusal(403, code, "The security token included in the request is invalid.");
        let script = Script::new([refused(), refused(), refused(), refused()]);
        let keys = builder(&script).build().unwrap();
        let keys = keys.invoke_model(MODEL, "{}").await.unwrap_err();
        assert!(!keys.hint().unwrap().contains("API key"), "{keys}");
        let bearer = builder(&script).auth(Auth::Bearer(ApiKey::new("x"))).build().unwrap();
        let bearer = bearer.invoke_model(MODEL, "{}").await.unwrap_err();
        assert_eq!(bearer.kind(), ErrorKind::Credentials, "{bearer}");
        assert!(bearer.hint().unwrap().starts_with("the API key (AWS_BEARER_TOKEN_BEDROCK)"), "{bearer}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_model_that_times_out_twice_is_not_said_to_need_more_attempts() {
    let script = Script::new((0..9).map(|_| refusal(408, "ModelTimeoutException", "too long")));
    let client = builder(&script).retry_policy(policy(RetryMode::Patient, Some(9))).build().unwrap();
    let error = client.invoke_model(MODEL, "{}").await.unwrap_err();
    assert_eq!((script.count(), error.attempts().len()), (2, 2));
    assert!(error.hint().unwrap().contains("stream the answer"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn what_the_server_asks_to_wait_is_waited() {
    let asks =
        |name: &'static str, value: &'static str| answer(429, &[(name, value)], r#"{"message":"slow down"}"#);
    for (step, least, most) in [
        (asks("x-amz-retry-after", "1500"), 1500, 1500),
        // No more than 5 s above our own delay, which is at most 1 s here.
        (asks("x-amz-retry-after", "60000"), 5000, 6000),
        (asks("retry-after", "30"), 30_000, 30_000),
    ] {
        let script = Script::new([step, ok()]);
        invoke(&script).await.unwrap();
        let waited = script.waited();
        let (least, most) = (Duration::from_millis(least), Duration::from_millis(most + 2));
        assert!((least..=most).contains(&waited), "{waited:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_broken_connection_is_retried_and_a_refused_certificate_is_not() {
    let script = Script::new([Step::Fail(WireFailure::NoResponse), Step::Fail(WireFailure::Connect), ok()]);
    invoke(&script).await.unwrap();
    let script = Script::new([Step::Fail(WireFailure::Tls)]);
    assert_eq!(invoke(&script).await.unwrap_err().kind(), ErrorKind::Network);
}

#[tokio::test(start_paused = true)]
async fn a_cut_answer_is_retried_only_where_running_twice_does_no_harm() {
    let cut = || {
        let chunks = futures_util::stream::iter([
            Ok(bytes::Bytes::from_static(b"{\"half")),
            Err(TransportError::new(WireFailure::CutBody, "cut")),
        ]);
        Step::Answer(http::Response::new(Body::stream(chunks, Some(100))))
    };
    let script = Script::new([cut(), ok()]);
    invoke(&script).await.unwrap();

    let script = Script::new([cut(), ok()]);
    let client = builder(&script).build().unwrap();
    let endpoint = client.endpoint(bedwire::protocol::endpoint::Service::BedrockRuntime, None).unwrap();
    let request = http::Request::post(endpoint.uri("/anything").unwrap()).body(bytes::Bytes::new()).unwrap();
    let error = client.request(request, endpoint.scope().clone(), false).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts().len()), (ErrorKind::Network, 1));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_never_comes_ends_in_time() {
    let script = Script::new([Step::Never, Step::Never]);
    let timeouts = Timeouts { first_byte: seconds(40), call: Some(seconds(60)), ..Timeouts::default() };
    let client = builder(&script).timeouts(timeouts).build().unwrap();
    let started = tokio::time::Instant::now();
    let error = client.invoke_model(MODEL, "{}").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(started.elapsed() <= seconds(61), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn credentials_that_never_come_end_in_time() {
    struct Hangs;
    impl ProvideAuth for Hangs {
        fn auth<'a>(&'a self, _wanted: Wanted<'a>) -> BoxFuture<'a, Result<Auth, Error>> {
            Box::pin(std::future::pending())
        }
    }
    let script = Script::new([]);
    let timeouts = Timeouts::of_call(seconds(3));
    let client = builder(&script).credentials(Hangs).timeouts(timeouts).build().unwrap();
    let started = tokio::time::Instant::now();
    let error = client.invoke_model(MODEL, "{}").await.unwrap_err();
    assert_eq!((error.kind(), started.elapsed()), (ErrorKind::Timeout, seconds(3)), "{error}");
    assert_eq!(error.message(), "the search for credentials did not end in the 3.0 s of the call");
    assert_eq!(error.attempts().len(), 0);

    // What is not sent after all, and what only asks for them, wait no longer.
    let scope = client.endpoint(Service::BedrockRuntime, None).unwrap().scope().clone();
    let request = http::Request::new(bytes::Bytes::new());
    let started = tokio::time::Instant::now();
    assert_eq!(client.prepare_request(request, scope).await.unwrap_err().kind(), ErrorKind::Timeout);
    let error = client.signs_with(&Service::BedrockRuntime).await.unwrap_err();
    assert_eq!((error.kind(), started.elapsed()), (ErrorKind::Timeout, seconds(6)), "{error}");
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_once_ends_in_time_too() {
    let stalls = futures_util::stream::pending();
    let stalls = Step::Answer(http::Response::new(Body::stream(stalls, None)));
    let script = Script::new([Step::Never, stalls]);
    let client = builder(&script).timeouts(Timeouts::of_call(seconds(3))).build().unwrap();
    let started = tokio::time::Instant::now();
    for seconds_in_all in [3, 6] {
        let scope = client.endpoint(Service::BedrockRuntime, None).unwrap().scope().clone();
        let request =
            http::Request::get("https://bedrock-runtime.us-west-2.amazonaws.com/").body(bytes::Bytes::new());
        let signed = client.prepare_request(request.unwrap(), scope).await.unwrap();
        let ended = match client.send_once(signed).await {
            Ok(response) => response.into_body().collect(1000).await.unwrap_err(),
            Err(error) => error,
        };
        assert_eq!((ended.failure(), started.elapsed()), (WireFailure::Timeout, seconds(seconds_in_all)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stalls_ends_at_the_idle_timer() {
    let stalls = || {
        let chunks = futures_util::stream::once(async { Ok(bytes::Bytes::from_static(b"{")) });
        let stalled = futures_util::StreamExt::chain(chunks, futures_util::stream::pending());
        Step::Answer(http::Response::new(Body::stream(stalled, None)))
    };
    let script = Script::new([stalls(), ok()]);
    invoke(&script).await.unwrap();
    let waited = script.waited();
    assert!(waited >= seconds(300) && waited < seconds(301), "{waited:?}");
}

/// A search by an embedder's own client ends with an error of that client.
#[tokio::test(start_paused = true)]
async fn the_attempts_of_a_search_for_credentials_are_kept() {
    struct Own(bedwire::Client);
    impl ProvideAuth for Own {
        fn auth<'a>(&'a self, _: Wanted<'a>) -> BoxFuture<'a, Result<Auth, Error>> {
            Box::pin(async { Err(self.0.invoke_model(MODEL, "{}").await.unwrap_err()) })
        }
    }
    let searched = Script::new([throttled(), refusal(403, "AccessDeniedException", "not you")]);
    let own = Own(builder(&searched).build().unwrap());
    let script = Script::new([]);
    let client = bedwire::Client::builder().region("us-west-2").credentials(own).transport(script.clone());
    let error = client.build().unwrap().invoke_model(MODEL, "{}").await.unwrap_err();
    assert_eq!((error.attempts().len(), script.count()), (2, 0), "{error}");
}

#[tokio::test(start_paused = true)]
async fn every_attempt_is_told() {
    #[derive(Default)]
    struct Told(Mutex<Vec<String>>);
    impl Observer for Told {
        fn on_attempt(&self, operation: &str, attempt: &Attempt) {
            self.0.lock().unwrap().push(format!("{operation} {attempt}"));
        }
    }
    let told = Arc::new(Told::default());
    let script = Script::new([throttled(), ok()]);
    let client = builder(&script).observer(told.clone()).build().unwrap();
    client.invoke_model(MODEL, "{}").await.unwrap();
    let told = told.0.lock().unwrap();
    assert!(
        told[0].starts_with("InvokeModel attempt 1: 429 ThrottlingException after 0 ms; next in "),
        "{told:?}"
    );
    assert!(told[1].starts_with("InvokeModel attempt 2: 200 after"), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_fixed_clock_dates_every_signature() {
    let script = Script::new([ok()]);
    let date = parse_amz_date("20260102T030405Z").unwrap();
    let client = builder(&script).clock(Clock::fixed(date)).build().unwrap();
    client.invoke_model(MODEL, "{}").await.unwrap();
    assert_eq!(script.seen()[0].1.headers()["x-amz-date"], amz_date(date).as_str());
}

#[tokio::test]
async fn bad_input_is_refused_before_anything_is_sent() {
    let script = Script::new([]);
    let client = builder(&script).build().unwrap();
    for (model, body) in
        [("", "{}"), ("..", "{}"), ("a b", "{}"), (MODEL, "[]"), (MODEL, "{"), (MODEL, "\"{}\"")]
    {
        let error = client.invoke_model(model, body).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{model} {body}");
    }
    assert_eq!(script.count(), 0);
}

#[tokio::test]
async fn what_an_operation_sends_elsewhere_is_not_signed() {
    struct Elsewhere(&'static str);
    impl Operation for Elsewhere {
        type Output = ();
        fn name(&self) -> &'static str {
            "Elsewhere"
        }
        fn service(&self) -> Service {
            Service::BedrockRuntime
        }
        fn request(&self, _endpoint: &Endpoint) -> Result<http::Request<Bytes>, InvalidInput> {
            Ok(http::Request::get(self.0).body(Bytes::new()).unwrap())
        }
        fn decode(&self, _response: http::Response<Bytes>) -> Result<(), Undecodable> {
            Ok(())
        }
    }
    let script = Script::new([ok()]);
    let client = builder(&script).build().unwrap();
    for url in [
        "https://bedrock-runtime.eu-west-1.amazonaws.com/a",
        "https://other.example/a",
        "https://x.bedrock-runtime.us-west-2.amazonaws.com/a",
        "http://bedrock-runtime.us-west-2.amazonaws.com/a",
    ] {
        for error in [
            client.call(&Elsewhere(url)).await.unwrap_err(),
            client.prepare(&Elsewhere(url)).await.unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
            assert!(error.to_string().contains("it is not signed for another origin"), "{error}");
        }
    }
    assert_eq!(script.count(), 0);
    client.call(&Elsewhere("https://bedrock-runtime.us-west-2.amazonaws.com/a")).await.unwrap();
}
