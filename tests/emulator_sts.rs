//! STS in the emulator: who one is, and refusals in its own words. An SDK reads them as XML and fails on anything else.
#![cfg(feature = "emulator")]

mod emulator_call;

use bedwire::emulator::{Emulator, EmulatorOptions, Faults, Hits, RateLimit};
use bedwire::protocol::endpoint::SigningScope;
use emulator_call::{Answer, Call, emulator, options, send};
use http::{Method, StatusCode};

fn call(body: &'static str) -> Call {
    let mut call =
        Call::new(Method::POST, "/", body).header("content-type", "application/x-www-form-urlencoded");
    call.scope = SigningScope::new("us-west-2", "sts");
    call
}

const WHO: &str = "Action=GetCallerIdentity&Version=2011-06-15";

#[track_caller]
fn expect(answer: &Answer, status: u16, at_fault: &str, code: &str) {
    let text = answer.text();
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (status, "text/xml"), "{text}");
    let error = format!("<Error><Type>{at_fault}</Type><Code>{code}</Code><Message>");
    assert!(text.starts_with("<ErrorResponse xmlns=") && text.contains(&error), "{text}");
    let id = format!("</Error><RequestId>{}</RequestId></ErrorResponse>", answer.header("x-amzn-requestid"));
    assert!(text.ends_with(&id), "{text}");
}

#[tokio::test]
async fn it_refuses_in_xml() {
    let emulator = emulator();
    assert_eq!(call(WHO).to(&emulator).await.status, 200);
    expect(&call("Action=AssumeRole").to(&emulator).await, 400, "Sender", "InvalidAction");
    let with = |key: &str, secret: &str| {
        let mut call = call(WHO);
        call.credentials = aws_credential_types::Credentials::new(key, secret, None, None, "test");
        call
    };
    expect(&with("AKIDEXAMPLE", "wrong").to(&emulator).await, 403, "Sender", "SignatureDoesNotMatch");
    expect(&with("AKIDNOBODY", "wrong").to(&emulator).await, 403, "Sender", "InvalidClientTokenId");
    let mut old = call(WHO);
    old.signed_at -= std::time::Duration::from_hours(1);
    expect(&old.to(&emulator).await, 403, "Sender", "SignatureDoesNotMatch");
}

#[tokio::test]
async fn what_nobody_signed_is_refused_in_xml_too() {
    let unsigned = |body: &'static str| {
        let mut request = call(body).signed();
        request.headers_mut().remove("authorization");
        request
    };
    // An SDK sends it without a key, and to AWS_ENDPOINT_URL as everything else.
    let web_identity = unsigned("Action=AssumeRoleWithWebIdentity&Version=2011-06-15&WebIdentityToken=t");
    expect(&send(&emulator(), web_identity).await.unwrap(), 400, "Sender", "InvalidAction");
    let answer = send(&emulator(), unsigned(WHO)).await.unwrap();
    expect(&answer, 403, "Sender", "MissingAuthenticationToken");
}

#[tokio::test(start_paused = true)]
async fn so_do_its_faults() {
    let first = || Hits::first(1);
    let failing = |faults| Emulator::new(EmulatorOptions { faults, ..options() });
    let throttled = failing(Faults { throttle: first(), ..Faults::default() });
    expect(&call(WHO).to(&throttled).await, 400, "Sender", "Throttling");
    let expired = failing(Faults { expired_token: first(), ..Faults::default() });
    expect(&call(WHO).to(&expired).await, 403, "Sender", "ExpiredToken");
    for (status, said, code) in
        [(503, 503, "ServiceUnavailable"), (500, 500, "InternalFailure"), (424, 500, "InternalFailure")]
    {
        let error_status = StatusCode::from_u16(status).ok();
        let failed = failing(Faults { error: first(), error_status, ..Faults::default() });
        expect(&call(WHO).to(&failed).await, said, "Receiver", code);
    }
    let rate_limit = Some(RateLimit { per_second: 1.0, burst: 1 });
    let limited = Emulator::new(EmulatorOptions { rate_limit, ..options() });
    assert_eq!(call(WHO).to(&limited).await.status, 200);
    expect(&call(WHO).to(&limited).await, 400, "Sender", "Throttling");
}
