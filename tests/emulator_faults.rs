//! What the emulator does wrong on purpose, and to whom.
#![cfg(feature = "emulator")]

mod emulator_call;

use bedwire::emulator::{Emulator, EmulatorOptions, Faults, Hits, RateLimit};
use bedwire::protocol::outcome::WireFailure;
use emulator_call::{Call, fixed_clock, luma, options, send, start};
use http::{Method, StatusCode};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

fn with(faults: Faults) -> Emulator {
    Emulator::new(EmulatorOptions { faults, ..options() })
}

/// The statuses of so many ListAsyncInvokes.
async fn statuses(emulator: &Emulator, count: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..count {
        statuses.push(Call::get("/async-invoke").to(emulator).await.status.as_u16());
    }
    statuses
}

#[tokio::test]
async fn the_first_calls_are_throttled() {
    let retry_after = Some(Duration::from_millis(1500));
    let emulator = with(Faults { throttle: Hits::first(2), retry_after, ..Faults::default() });
    let answer = Call::get("/async-invoke").to(&emulator).await;
    answer.expect_refusal(429, "ThrottlingException", "Too many requests, please wait before trying again.");
    assert_eq!(answer.header("x-amz-retry-after"), "1500");
    assert_eq!(statuses(&emulator, 3).await, [429, 200, 200]);
}

#[tokio::test]
async fn a_burst_of_throttling_comes_later() {
    let throttle = Hits { after: 2, first: 3, rate: 0.0 };
    let emulator = with(Faults { throttle, ..Faults::default() });
    assert_eq!(statuses(&emulator, 7).await, [200, 200, 429, 429, 429, 200, 200]);
}

#[tokio::test]
async fn only_right_signatures_are_throttled() {
    let emulator = with(Faults { throttle: Hits::first(1), ..Faults::default() });
    let mut wrong = Call::get("/async-invoke");
    wrong.credentials = aws_credential_types::Credentials::new("AKIDEXAMPLE", "wrong", None, None, "test");
    assert_eq!(wrong.to(&emulator).await.status, 403);
    assert_eq!(statuses(&emulator, 2).await, [429, 200]);
}

#[tokio::test]
async fn s3_is_throttled_in_its_own_words() {
    let emulator = with(Faults { throttle: Hits::first(1), ..Faults::default() });
    Call::s3(Method::GET, "/demo/x").to(&emulator).await.expect_s3_refusal(503, "SlowDown");
}

#[tokio::test]
async fn a_share_of_the_calls_is_throttled_and_a_seed_repeats_it() {
    let faults = Faults { throttle: Hits::rate(0.3), ..Faults::default() };
    let first = statuses(&with(faults.clone()), 300).await;
    let throttled = first.iter().filter(|status| **status == 429).count();
    assert!((60..120).contains(&throttled), "{throttled}");
    assert_eq!(first, statuses(&with(faults), 300).await);
}

#[tokio::test]
async fn errors_have_the_status_that_is_asked_for() {
    for (status, code) in [
        (500, "InternalServerException"),
        (503, "ServiceUnavailableException"),
        (408, "ModelTimeoutException"),
        (424, "ModelErrorException"),
        (429, "ModelNotReadyException"),
    ] {
        let error_status = StatusCode::from_u16(status).ok();
        let emulator = with(Faults { error: Hits::first(1), error_status, ..Faults::default() });
        Call::get("/async-invoke").to(&emulator).await.expect_refusal(status, code, "");
        assert_eq!(statuses(&emulator, 1).await, [200]);
    }
    let error_status = Some(StatusCode::BAD_GATEWAY);
    let emulator = with(Faults { error: Hits::first(1), error_status, ..Faults::default() });
    let answer = Call::get("/async-invoke").to(&emulator).await;
    assert_eq!(
        (answer.status.as_u16(), answer.code(), answer.header("content-type")),
        (502, "", "text/html")
    );
}

#[tokio::test]
async fn an_expired_token_is_said_once() {
    let emulator = with(Faults { expired_token: Hits::first(1), ..Faults::default() });
    let answer = Call::get("/async-invoke").to(&emulator).await;
    answer.expect_refusal(
        403,
        "ExpiredTokenException",
        "The security token included in the request is expired",
    );
    assert_eq!(statuses(&emulator, 1).await, [200]);
}

#[tokio::test]
async fn the_servers_clock_may_be_off() {
    for (skew, signed_at) in
        [(3600, fixed_clock() + Duration::from_hours(1)), (-3600, fixed_clock() - Duration::from_hours(1))]
    {
        let emulator = with(Faults { clock_skew_seconds: skew, ..Faults::default() });
        let mut call = Call::get("/async-invoke");
        assert_eq!(call.to(&emulator).await.code(), "InvalidSignatureException");
        call.signed_at = signed_at;
        assert_eq!(call.to(&emulator).await.status, 200);
    }
    for skew in [i64::MAX, i64::MIN] {
        let emulator = with(Faults { clock_skew_seconds: skew, ..Faults::default() });
        Call::get("/async-invoke").to(&emulator).await;
    }
}

#[tokio::test(start_paused = true)]
async fn answers_may_be_slow() {
    let delay = Duration::from_millis(700);
    let emulator = with(Faults { delay, ..Faults::default() });
    let start = Instant::now();
    statuses(&emulator, 2).await;
    assert_eq!(start.elapsed(), 2 * delay);
}

#[tokio::test]
async fn a_cut_connection_loses_the_answer_and_not_the_job() {
    let emulator = with(Faults { cut: Hits::first(1), ..Faults::default() });
    let lost = send(&emulator, Call::post("/async-invoke", &luma(Some("t"))).signed()).await.unwrap_err();
    assert_eq!(lost.failure(), WireFailure::NoResponse);
    start(&emulator, &luma(Some("t"))).await;
    let list = Call::get("/async-invoke").to(&emulator).await.json();
    assert_eq!(list["asyncInvokeSummaries"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_body_is_cut_in_the_middle() {
    let emulator = with(Faults { truncate: Hits::first(1), ..Faults::default() });
    let cut = send(&emulator, Call::get("/async-invoke").signed()).await.unwrap_err();
    assert_eq!(cut.failure(), WireFailure::CutBody);
    assert_eq!(statuses(&emulator, 1).await, [200]);
}

#[tokio::test(start_paused = true)]
async fn what_is_over_the_rate_is_throttled() {
    let rate_limit = Some(RateLimit { per_second: 2.0, burst: 2 });
    let emulator = Emulator::new(EmulatorOptions { rate_limit, ..options() });
    assert_eq!(statuses(&emulator, 3).await, [200, 200, 429]);
    tokio::time::advance(Duration::from_millis(500)).await;
    assert_eq!(statuses(&emulator, 2).await, [200, 429]);
}

#[tokio::test]
async fn an_observer_sees_every_exchange() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&lines);
    let emulator = Emulator::new(EmulatorOptions {
        faults: Faults { throttle: Hits::first(1), cut: Hits::first(1), ..Faults::default() },
        observer: Some(Arc::new(move |exchange| seen.lock().unwrap().push(exchange.to_string()))),
        ..options()
    });
    for _ in 0..3 {
        let _ = send(&emulator, Call::get("/async-invoke").signed()).await;
    }
    assert_eq!(
        *lines.lock().unwrap(),
        [
            "GET /async-invoke ListAsyncInvokes → 429 ThrottlingException (throttled)",
            "GET /async-invoke ListAsyncInvokes → no answer (connection cut)",
            "GET /async-invoke ListAsyncInvokes → 200",
        ]
    );
}
