//! The retry decisions, against botocore's tables and against our own. botocore's lie in `BEDWIRE_VECTORS`, else in
//! `../shared/vectors`.

mod vectors;

use bedwire::protocol::outcome::{Outcome, WireFailure, classify};
use bedwire::protocol::retry::{Decision, Delay, History, RetryMode, RetryPolicy, RetryQuota, StopReason};
use bedwire::protocol::service_error::{RetryAfter, ServiceError};
use bedwire::protocol::timestamp::parse_amz_date;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::Value;
use std::time::Duration;

/// Rows of botocore's tables that mean something else here, each with the reason.
const OTHERWISE: [(&str, u64, &str, &str); 1] = [(
    "retryable_transient_errors",
    400,
    "PriorRequestNotComplete",
    "botocore lists it in both tables; here it is throttling, the longer wait of the two",
)];

/// A call: its history, and the quota of its client.
struct Call {
    policy: RetryPolicy,
    history: History,
    quota: RetryQuota,
    repeatable: bool,
}

impl Call {
    fn new(mode: RetryMode, max_attempts: Option<u32>) -> Self {
        let policy = RetryPolicy { mode, max_attempts };
        Self { policy, history: History::default(), quota: RetryQuota::default(), repeatable: true }
    }

    fn patient() -> Self {
        Self::new(RetryMode::Patient, None)
    }

    fn that_runs_once() -> Self {
        Self { repeatable: false, ..Self::patient() }
    }

    fn after(&mut self, outcome: &Outcome) -> Decision {
        self.after_asking(outcome, None)
    }

    fn after_asking(&mut self, outcome: &Outcome, server: Option<RetryAfter>) -> Decision {
        self.policy.decide(&mut self.history, outcome, self.repeatable, server, &mut self.quota)
    }

    /// How often it is sent, if every attempt ends like this.
    fn attempts(&mut self, outcome: &Outcome) -> (u32, StopReason) {
        let mut attempts = 1;
        loop {
            match self.after(outcome) {
                Decision::Stop(reason) => return (attempts, reason),
                _ if attempts == 1000 => panic!("no end: {outcome:?}"),
                _ => attempts += 1,
            }
        }
    }
}

fn delay(decision: &Decision) -> Delay {
    match decision {
        Decision::Retry(delay) => *delay,
        other => panic!("no retry: {other:?}"),
    }
}

fn refusal(status: u16, code: Option<&str>, message: &str, headers: &[(&str, &str)]) -> ServiceError {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(HeaderName::try_from(*name).unwrap(), HeaderValue::from_str(value).unwrap());
    }
    if let Some(code) = code {
        map.insert("x-amzn-errortype", HeaderValue::from_str(&format!("{code}:http://internal/")).unwrap());
    }
    let body = serde_json::json!({ "message": message }).to_string();
    ServiceError::decode(StatusCode::from_u16(status).unwrap(), &map, body.as_bytes())
}

fn tables() -> Option<Value> {
    let path = vectors::find("retry/botocore-retry-tables.json")?;
    Some(serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
}

fn seconds(value: &Value) -> Duration {
    Duration::from_secs_f64(value.as_f64().unwrap())
}

#[test]
fn the_ceilings_are_botocores() {
    let Some(tables) = tables() else { return };
    let table = &tables["standard_v2_1"];
    let mut call = Call::new(RetryMode::Patient, Some(100));
    for expected in table["backoff_attempts_1_to_11"].as_array().unwrap() {
        let delay = delay(&call.after(&Outcome::Transient));
        assert_eq!(delay.ceiling(), seconds(expected));
        assert_eq!(delay.cap, seconds(&table["max_backoff_s"]));
    }
}

#[test]
fn the_quota_costs_what_botocores_costs() {
    let Some(tables) = tables() else { return };
    let table = &tables["standard_v2_1"];
    let number = |value: &Value| u32::try_from(value.as_u64().unwrap()).unwrap();
    let initial = number(&table["quota_initial"]);
    assert_eq!(RetryQuota::default().available(), initial);
    for (name, outcome) in [
        ("non_throttling", Outcome::Transient),
        ("timeout", Outcome::Wire(WireFailure::Timeout)),
        ("throttling", Outcome::Throttled),
    ] {
        let mut call = Call::new(RetryMode::Standard, None);
        call.after(&outcome);
        let cost = number(&table["quota_cost"][name]);
        assert_eq!(call.quota.available(), initial - cost, "{name}");
        call.quota.succeeded(call.history.last_cost);
        assert_eq!(call.quota.available(), initial, "{name}");
    }
    let mut call = Call::patient();
    call.after(&Outcome::Transient);
    let before = call.quota.available();
    call.quota.succeeded(None);
    assert_eq!(call.quota.available() - before, number(&table["release_no_retry_increment"]));
}

#[test]
fn the_header_of_the_server_makes_the_wait_that_botocore_waits() {
    let Some(tables) = tables() else { return };
    for row in tables["standard_v2_1"]["x_amz_retry_after_ms"].as_array().unwrap() {
        let header = row["header"].as_str().unwrap();
        let error = refusal(500, None, "", &[("x-amz-retry-after", header)]);
        let decision = Call::patient().after_asking(&classify(&error), error.retry_after());
        let delay = delay(&decision);
        assert_eq!(delay.at_least(delay.ceiling()), seconds(&row["delay_s"]), "{header}");
    }
}

#[test]
fn a_date_to_wait_for_is_counted_from_the_servers_own_clock() {
    let date = ("date", "Fri, 02 Jan 2026 03:04:05 GMT");
    for (until, wait) in [("03:04:12", 7), ("03:04:05", 0), ("03:04:00", 0), ("04:04:05", 3600)] {
        let until = format!("Fri, 02 Jan 2026 {until} GMT");
        let asked = refusal(429, None, "", &[date, ("retry-after", &until)]).retry_after();
        assert_eq!(asked, Some(RetryAfter::Http(Duration::from_secs(wait))), "{until}");
    }
    // How long that is from now, nobody knows without it.
    let alone = refusal(429, None, "", &[("retry-after", "Fri, 02 Jan 2026 03:04:12 GMT")]);
    assert_eq!(alone.retry_after(), None);
}

#[test]
fn codes_and_statuses_mean_what_they_mean_to_botocore() {
    let Some(tables) = tables() else { return };
    let mut otherwise = OTHERWISE.to_vec();
    for (table, class) in
        [("retryable_throttled_responses", "throttled"), ("retryable_transient_errors", "transient")]
    {
        for row in tables["classification_status_errorcode_retryable"][table].as_array().unwrap() {
            let (status, code, expected) = (row[0].as_u64(), row[1].as_str(), row[2].as_bool().unwrap());
            let known = otherwise
                .iter()
                .position(|(t, s, c, _)| *t == table && Some(*s) == status && Some(*c) == code);
            let is = is_of_class(class, status, code);
            assert_eq!(is, expected != known.is_some(), "{table}: {row}");
            if let Some(known) = known {
                println!("otherwise: {row}: {}", otherwise.remove(known).3);
            }
        }
    }
    assert!(otherwise.is_empty(), "listed, but not in the tables: {otherwise:?}");
}

/// Whether a row is retried as throttling, or as a passing failure.
fn is_of_class(class: &str, status: Option<u64>, code: Option<&str>) -> bool {
    let outcome = match status {
        // An exception of botocore's HTTP client: there was no answer.
        None => Outcome::Wire(WireFailure::NoResponse),
        // Not an error at all: the loop classifies refusals only.
        Some(200) => Outcome::Success,
        Some(status) => classify(&refusal(u16::try_from(status).unwrap(), code, "no", &[])),
    };
    let is_retried = matches!(Call::patient().after(&outcome), Decision::Retry(_));
    is_retried && (outcome == Outcome::Throttled) == (class == "throttled")
}

#[test]
fn each_refusal_of_bedrock_is_what_the_documentation_says() {
    let day = "Too many tokens per day, please wait before trying again.";
    for (status, code, message, expected) in [
        (
            429,
            Some("ThrottlingException"),
            "Too many tokens, please wait before trying again.",
            Outcome::Throttled,
        ),
        (429, None, "slow down", Outcome::Throttled),
        (429, Some("ThrottlingException"), day, Outcome::DayLimit),
        (400, Some("ThrottlingException"), "Too many requests PER DAY", Outcome::DayLimit),
        (429, Some("ModelNotReadyException"), "loading", Outcome::NotReady),
        (
            503,
            Some("ServiceUnavailableException"),
            "Model is getting throttled. Try your request again.",
            Outcome::Throttled,
        ),
        (503, Some("ServiceUnavailableException"), "try later", Outcome::Transient),
        (500, Some("InternalServerException"), "oops", Outcome::Transient),
        (504, None, "", Outcome::Transient),
        (501, None, "", Outcome::Refused),
        (408, Some("ModelTimeoutException"), "too long", Outcome::ModelTimeout),
        (424, Some("ModelErrorException"), "no", Outcome::Refused),
        (424, Some("ModelStreamErrorException"), "An error occurred while streaming.", Outcome::Transient),
        (400, Some("ValidationException"), "Too many tokens in the prompt", Outcome::Refused),
        (400, Some("ServiceQuotaExceededException"), "no", Outcome::Refused),
        (400, Some("ConflictException"), "no", Outcome::Refused),
        (403, Some("AccessDeniedException"), "no", Outcome::Refused),
        (404, Some("ResourceNotFoundException"), "no", Outcome::Refused),
        (403, Some("ExpiredTokenException"), "expired", Outcome::ExpiredCredentials),
        (400, Some("ExpiredToken"), "expired", Outcome::ExpiredCredentials),
        (403, Some("UnrecognizedClientException"), "invalid", Outcome::BadCredentials),
        (403, Some("InvalidSignatureException"), "does not match", Outcome::BadCredentials),
    ] {
        assert_eq!(classify(&refusal(status, code, message, &[])), expected, "{status} {code:?} {message}");
    }
    let said = "Signature expired: 20241008T195522Z is now earlier than 20241008T195940Z (20241008T200440Z - 5 min.)";
    let server_time = parse_amz_date("20241008T200440Z").unwrap();
    let skew = classify(&refusal(403, Some("InvalidSignatureException"), said, &[]));
    assert_eq!(skew, Outcome::ClockSkew { server_time });
    let date = [("date", "Fri, 02 Jan 2026 03:04:05 GMT")];
    let skew = classify(&refusal(403, Some("RequestTimeTooSkewed"), "no", &date));
    assert_eq!(skew, Outcome::ClockSkew { server_time: parse_amz_date("20260102T030405Z").unwrap() });
}

#[test]
fn the_model_behind_the_service_says_whether_it_may_recover() {
    for (status, expected) in [(500, Outcome::Transient), (503, Outcome::Transient), (400, Outcome::Refused)]
    {
        for code in ["ModelErrorException", "ModelStreamErrorException"] {
            let mut headers = HeaderMap::new();
            headers.insert("x-amzn-errortype", HeaderValue::from_static(code));
            let body = format!("{{\"message\":\"no\",\"originalStatusCode\":{status}}}");
            let error = ServiceError::decode(StatusCode::FAILED_DEPENDENCY, &headers, body.as_bytes());
            assert_eq!(classify(&error), expected, "{code} {status}");
        }
    }
}

#[test]
fn how_often_a_call_is_sent() {
    use RetryMode::{Patient, Standard};
    use StopReason::{AttemptsUsed, NotRetryable, QuotaUsed};
    let skew = Outcome::ClockSkew { server_time: parse_amz_date("20260102T030405Z").unwrap() };
    let cut = Outcome::Wire(WireFailure::CutBody);
    for (mode, max_attempts, outcome, expected) in [
        (Patient, None, &Outcome::Refused, (1, NotRetryable)),
        (Patient, None, &Outcome::DayLimit, (1, NotRetryable)),
        (Patient, None, &Outcome::BadCredentials, (1, NotRetryable)),
        (Patient, None, &Outcome::Wire(WireFailure::Tls), (1, NotRetryable)),
        (Patient, None, &Outcome::Wire(WireFailure::NoFixture), (1, NotRetryable)),
        (Patient, None, &skew, (2, NotRetryable)),
        (Patient, None, &Outcome::ExpiredCredentials, (2, NotRetryable)),
        (Patient, None, &Outcome::ModelTimeout, (2, NotRetryable)),
        (Patient, Some(9), &Outcome::ModelTimeout, (2, NotRetryable)),
        (Patient, Some(1), &Outcome::ModelTimeout, (1, AttemptsUsed)),
        (Patient, None, &Outcome::NotReady, (5, AttemptsUsed)),
        (Patient, None, &Outcome::Transient, (5, AttemptsUsed)),
        (Patient, None, &cut, (5, AttemptsUsed)),
        (Patient, Some(2), &Outcome::Throttled, (2, AttemptsUsed)),
        (Patient, Some(30), &Outcome::Throttled, (30, AttemptsUsed)),
        // 500 tokens pay 35 retries of 14.
        (Patient, Some(90), &Outcome::Transient, (36, QuotaUsed)),
        (Standard, None, &Outcome::Throttled, (3, AttemptsUsed)),
        (Standard, None, &Outcome::Transient, (3, AttemptsUsed)),
        // 500 tokens pay 100 retries of 5.
        (Standard, Some(900), &Outcome::Throttled, (101, QuotaUsed)),
        // A bound that was given holds for every attempt; 0 means the one that there must be.
        (Patient, Some(1), &Outcome::Transient, (1, AttemptsUsed)),
        (Patient, Some(0), &Outcome::Throttled, (1, AttemptsUsed)),
        (Patient, Some(1), &skew, (1, AttemptsUsed)),
        (Patient, Some(1), &Outcome::ExpiredCredentials, (1, AttemptsUsed)),
    ] {
        let sent = Call::new(mode, max_attempts).attempts(outcome);
        assert_eq!(sent, expected, "{mode:?} {max_attempts:?} {outcome:?}");
    }
}

#[test]
fn throttling_of_a_patient_call_has_no_end_and_costs_nothing() {
    let mut call = Call::patient();
    for _ in 0..200 {
        delay(&call.after(&Outcome::Throttled));
    }
    assert_eq!(call.quota, RetryQuota::default());
    // Nor does it use up the attempts of other failures.
    assert_eq!(call.attempts(&Outcome::Transient), (5, StopReason::AttemptsUsed));
}

#[test]
fn corrections_do_not_use_up_the_attempts_of_a_patient_call() {
    let mut call = Call::patient();
    let server_time = parse_amz_date("20260102T030405Z").unwrap();
    assert_eq!(call.after(&Outcome::ClockSkew { server_time }), Decision::CorrectClock(server_time));
    assert_eq!(call.after(&Outcome::ExpiredCredentials), Decision::RefreshCredentials);
    assert_eq!(call.attempts(&Outcome::Transient), (5, StopReason::AttemptsUsed));

    // But they are attempts: three in all is three in all.
    let mut call = Call::new(RetryMode::Patient, Some(3));
    assert_eq!(call.after(&Outcome::ClockSkew { server_time }), Decision::CorrectClock(server_time));
    assert_eq!(call.attempts(&Outcome::Throttled), (2, StopReason::AttemptsUsed));
}

#[test]
fn what_must_not_run_twice_is_sent_again_only_before_an_answer_begins() {
    for (failure, is_retried) in [
        (WireFailure::Connect, true),
        (WireFailure::NoResponse, true),
        (WireFailure::CutBody, false),
        (WireFailure::Timeout, false),
    ] {
        let decision = Call::that_runs_once().after(&Outcome::Wire(failure));
        assert_eq!(matches!(decision, Decision::Retry(_)), is_retried, "{failure}: {decision:?}");
        delay(&Call::patient().after(&Outcome::Wire(failure)));
    }
    delay(&Call::that_runs_once().after(&Outcome::Throttled));
}

#[test]
fn throttling_waits_from_a_second_and_anything_else_from_50_ms() {
    let ceilings = |outcome: &Outcome| {
        let mut call = Call::patient();
        [(); 3].map(|()| delay(&call.after(outcome)).ceiling().as_millis())
    };
    assert_eq!(ceilings(&Outcome::Throttled), [1000, 2000, 4000]);
    assert_eq!(ceilings(&Outcome::NotReady), [50, 100, 200]);
    assert_eq!(ceilings(&Outcome::Wire(WireFailure::Connect)), [50, 100, 200]);
    let mut call = Call::patient();
    let last = (0..100).map(|_| delay(&call.after(&Outcome::Throttled)).ceiling()).last();
    assert_eq!(last, Some(Duration::from_secs(20)));
}

#[test]
fn a_gateway_is_waited_for_up_to_five_minutes() {
    let wait = |seconds| {
        let asked = RetryAfter::Http(Duration::from_secs(seconds));
        Call::patient().after_asking(&Outcome::Throttled, Some(asked))
    };
    let own = Duration::from_millis(300);
    assert_eq!(delay(&wait(300)).at_least(own), Duration::from_mins(5));
    assert_eq!(delay(&wait(0)).at_least(own), own);
    assert_eq!(wait(301), Decision::Stop(StopReason::WaitTooLong));
    // The SDKs' own header never makes it longer than 5 s above our delay, so it never ends a call.
    let asked = RetryAfter::Amz(Duration::from_hours(1));
    let delay = delay(&Call::patient().after_asking(&Outcome::Throttled, Some(asked)));
    assert_eq!(delay.at_least(own), own + Duration::from_secs(5));
}
