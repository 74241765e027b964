//! Captures of every form are read, refusals are explained, and nothing that a file may hold makes a reader fail.
#![cfg(feature = "cli")]

mod command;
mod recorded;
mod signer;
mod vectors;

use bedwire::protocol::capture;
use bedwire::protocol::diagnosis::{Diagnosis, Keys, Mistake, Verdict, Verification, diagnose, verify};
use bedwire::protocol::refusals::RefusalKind;
use command::{Emulate, bedwire, run};
use serde_json::{Value, json};
use signer::{SECRET, Wire};

const PATH: &str = "/model/luma.ray-v2%3A0/invoke";
const KEYS: Option<Keys<'static>> = Some(Keys { secret: SECRET, access_key_id: None, session_token: None });

fn signed() -> Wire {
    let mut wire = Wire::post(PATH, "{\"it's\": \"é\"}");
    let signing = wire.signing();
    wire.sign(&signing);
    wire
}

fn verified(text: &str) -> Verification {
    verify(capture::read(text.as_bytes()).unwrap().request().unwrap(), KEYS)
}

fn headers(wire: &Wire, prefix: &str) -> String {
    wire.headers.iter().map(|(name, value)| format!("{prefix}{name}: {value}\n")).collect()
}

/// The same right request, as each program writes it.
fn forms() -> Vec<(&'static str, String)> {
    let wire = signed();
    let body = String::from_utf8(wire.body.clone()).unwrap();
    let url = format!("https://{}{PATH}", wire.header("host").unwrap());
    let length = wire.body.len();
    let python: Vec<String> = wire
        .headers
        .iter()
        .filter(|(name, _)| name != "Host")
        .map(|(name, value)| format!("'{name}': b'{value}'"))
        .collect();
    let botocore = format!(
        "2026-01-02 03:04:05,123 botocore.endpoint [DEBUG] Making request for OperationModel(name=InvokeModel) with params: {{'url_path': '{PATH}', 'body': b'{{\"it\\'s\": \"\\xc3\\xa9\"}}', 'url': '{url}'}}\n\
         2026-01-02 03:04:05,124 botocore.endpoint [DEBUG] Sending http request: <AWSPreparedRequest stream_output=True, method=POST, url={url}, headers={{{}, 'Content-Length': '{length}'}}>\n",
        python.join(", ")
    );
    let curl_headers: String =
        wire.headers.iter().map(|(name, value)| format!(" \\\n  -H '{name}: {value}'")).collect();
    let curl = format!("curl -X POST '{url}'{curl_headers} \\\n  --data-binary '{{\"it'\\''s\": \"é\"}}'\n");
    let har_headers: Vec<Value> =
        wire.headers.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
    let har = json!({"log": {"entries": [{"request": {
        "method": "POST", "url": url, "headers": har_headers, "postData": {"mimeType": "application/json", "text": body},
    }}]}});
    let go = format!(
        "SDK 2026/01/02 03:04:05 DEBUG Request\nPOST {PATH} HTTP/1.1\r\n{}Content-Length: {length}\r\n\r\n{body}\nSDK 2026/01/02 03:04:06 DEBUG Response\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{{}}\n",
        headers(&wire, "").replace('\n', "\r\n")
    );
    let java: String = format!("POST {PATH} HTTP/1.1\n{}Content-Length: {length}\n\n", headers(&wire, ""))
        .lines()
        .map(|line| {
            format!("2026-01-02 03:04:05 [main] DEBUG wire:73 - http-outgoing-0 >> \"{line}[\\r][\\n]\"\n")
        })
        .collect::<String>()
        + &format!("2026-01-02 03:04:05 [main] DEBUG wire:87 - http-outgoing-0 >> \"{body}\"\n");
    let verbose = format!(
        "$ curl -v --data-binary '{{\"it'\\''s\": \"é\"}}' {url}\n*   Trying 127.0.0.1:443...\n> POST {PATH} HTTP/1.1\n{}> Content-Length: {length}\n> \n* upload completely sent off\n< HTTP/1.1 200 OK\n< \n{{}}",
        headers(&wire, "> ")
    );
    let wrapped =
        String::from_utf8(wire.text("\r\n")).unwrap().replace(", SignedHeaders", ",\r\n SignedHeaders");
    let two = format!("{}\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", String::from_utf8(wire.text("\r\n")).unwrap());
    let two_commands = format!("# my first curl of two\ncurl -sS 'http://127.0.0.1:9/x'\n\n{curl}");
    vec![
        ("botocore", botocore),
        ("curl", curl),
        ("HAR", har.to_string()),
        ("Go SDK", go),
        ("Java wire log", java),
        ("curl -v", verbose),
        ("wrapped", wrapped),
        ("two requests", two),
        ("curl after curl", two_commands),
    ]
}

#[test]
fn every_form_is_read() {
    for (name, text) in forms() {
        let found = verified(&text);
        assert_eq!(found.verdict, Verdict::Match, "{name}: {}\n{text}", found.explanation);
    }
}

#[test]
fn a_dry_run_verifies_in_all_its_forms() {
    for form in ["http", "curl", "json"] {
        let option = format!("--dry-run={form}");
        let ran = run(command::with_keys(&mut bedwire()).args([
            &option,
            "invoke",
            "luma.ray-v2:0",
            "--body",
            "{\"a\": \"é'\"}",
        ]));
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let found = verified(&ran.stdout);
        assert_eq!(found.verdict, Verdict::Match, "{form}: {}\n{}", found.explanation, ran.stdout);
    }
    let ran = run(command::with_keys(&mut bedwire()).args([
        "--dry-run=explain",
        "invoke",
        "luma.ray-v2:0",
        "--body",
        "{}",
    ]));
    assert!(
        ran.stdout.contains("checked: ") && ran.stdout.contains("%253A is %3A on the wire"),
        "{}",
        ran.stdout
    );
    assert!(!ran.stdout.contains(SECRET) && !ran.stdout.contains('\x1b'));
}

#[test]
fn a_body_that_is_not_there_is_not_guessed() {
    let text = String::from_utf8(signed().text("\n")).unwrap();
    let cut = &text[..text.len() - 4];
    let found = verified(cut);
    assert_eq!(found.verdict, Verdict::Unknown, "{}", found.explanation);
    let found = verified(cut.split("\n\n").next().unwrap());
    assert_eq!(found.verdict, Verdict::Unknown, "{}", found.explanation);
}

#[test]
fn curl_signs_and_is_read() {
    let emulate = Emulate::start(&[], &[]);
    let mut curl = std::process::Command::new("curl");
    let ran = curl
        .args(["-sv", "--noproxy", "*", "--aws-sigv4", "aws:amz:us-west-2:bedrock", "--user"])
        .arg(format!("AKIDEXAMPLE:{SECRET}"))
        .arg(format!("{}/async-invoke", emulate.url))
        .output();
    let Ok(ran) = ran else {
        println!("SKIPPED: there is no curl");
        return;
    };
    let text = String::from_utf8_lossy(&ran.stderr).into_owned() + &String::from_utf8_lossy(&ran.stdout);
    if !text.to_lowercase().contains("authorization: aws4") {
        println!("SKIPPED: this curl does not sign: {text}");
        return;
    }
    let found = verified(&text);
    assert_eq!(found.verdict, Verdict::Match, "{}\n{text}", found.explanation);
}

/// What happens to a request on its way.
type Change = fn(&mut Wire);

/// What S3 says of a date, with the request before it.
fn refused_date(request: &str, error: &str) -> Diagnosis {
    let text = format!(
        "{request}\nHTTP/1.1 403 Forbidden\nDate: Mon, 23 Nov 2026 11:20:00 GMT\nContent-Type: application/xml\n\n<Error>{error}</Error>"
    );
    diagnose(capture::read(text.as_bytes()).unwrap().refused().unwrap(), KEYS).unwrap()
}

#[test]
fn the_end_of_a_presigned_url_is_no_matter_of_the_clock() {
    let url = "GET /b/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20261123%2Fus-west-2%2Fs3%2Faws4_request&X-Amz-Date=20261123T100000Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host&X-Amz-Signature=00 HTTP/1.1\nHost: s3.us-west-2.amazonaws.com\n";
    let bare = "<Code>AccessDenied</Code><Message>Request has expired</Message>";
    let whole = "<Code>AccessDenied</Code><Message>Request has expired</Message><X-Amz-Expires>3600</X-Amz-Expires><Expires>2026-11-23T11:00:00Z</Expires><ServerTime>2026-11-23T11:20:00Z</ServerTime>";
    for (request, error) in [(url, whole), (url, bare), ("", whole)] {
        let found = refused_date(request, error);
        assert_eq!((found.refusal, found.clock_offset_seconds), (Some(RefusalKind::PresignedExpired), None));
        let said = "good for 3600 s, until 2026-11-23T11:00:00Z, and AWS read it 1200 s later";
        assert!(found.verdict.contains(said), "{}", found.verdict);
        assert!(found.fix.unwrap().contains("make a new URL"));
    }
    assert_eq!(refused_date("", bare).refusal, Some(RefusalKind::PresignedExpired));
    let text = format!("<Error>{whole}</Error>");
    assert!(Diagnosis::of_text(&text, None, None).unwrap().verdict.contains("1200 s later"));
}

#[test]
fn s3_says_itself_how_far_a_date_may_be_off() {
    let request = "GET /b/k HTTP/1.1\nHost: s3.us-west-2.amazonaws.com\nx-amz-date: 20261123T110000Z\nAuthorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261123/us-west-2/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=00\n";
    let dated = request.replace("x-amz-date: 20261123T110000Z", "date: Mon, 23 Nov 2026 11:00:00 GMT");
    let bare = "<Code>RequestTimeTooSkewed</Code><Message>The difference between the request time and the current time is too large.</Message>";
    let times = |request_time: &str| {
        format!(
            "{bare}<RequestTime>{request_time}</RequestTime><ServerTime>2026-11-23T11:20:00Z</ServerTime><MaxAllowedSkewMilliseconds>900000</MaxAllowedSkewMilliseconds>"
        )
    };
    for (request, error) in [
        (request, bare.to_owned()),
        (dated.as_str(), bare.to_owned()),
        ("", times("20261123T110000Z")),
        ("", times("Mon, 23 Nov 2026 11:00:00 GMT")),
    ] {
        let found = refused_date(request, &error);
        assert_eq!(
            (found.refusal, found.clock_offset_seconds),
            (Some(RefusalKind::ClockSkew), Some(1200)),
            "{error}"
        );
        let said = "1200 s behind AWS's clock, and 900 s are allowed";
        assert!(found.verdict.contains(said), "{}", found.verdict);
    }
}

#[test]
fn the_exceptions_of_a_stream_are_explained_as_programs_print_them() {
    for (code, id) in [
        ("throttlingException", "throttled"),
        ("modelStreamErrorException", "model-error"),
        ("internalServerException", "service-failure"),
        ("serviceUnavailableException", "service-failure"),
        ("modelTimeoutException", "model-timeout"),
        ("validationException", "invalid-request"),
    ] {
        let message = "Too many requests, please wait before trying again.";
        for text in [
            format!(
                "botocore.exceptions.EventStreamError: An error occurred ({code}) when calling the ConverseStream operation: {message}"
            ),
            format!("stream failed: {code}: {message}"),
        ] {
            let found = Diagnosis::of_text(&text, None, None).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(found.refusal.map(RefusalKind::as_str), Some(id), "{text}");
            assert!(found.message.ends_with(message) && found.code.unwrap().ends_with(&code[1..]), "{text}");
        }
    }
}

#[test]
fn the_line_that_differs_is_marked() {
    let emulate = Emulate::start(&[], &[]);
    let host = emulate.url.trim_start_matches("http://").to_owned();
    let changes: [(Change, &str, Mistake); 4] = [
        (|w| w.path = PATH.replace("%3A", "%253A"), "path", Mistake::PathEncodedThrice),
        (|w| w.set("Content-Type", "text/plain"), "header content-type", Mistake::HeaderValue),
        (|w| w.body.push(b' '), "payload hash", Mistake::BodyChanged),
        (|w| w.query = "x=1".into(), "query", Mistake::QueryEncoding),
    ];
    for (change, part, mistake) in changes {
        let mut wire = Wire::post(PATH, "{}");
        wire.set("Host", &host);
        wire.set("X-Amz-Date", &bedwire::protocol::timestamp::amz_date(std::time::SystemTime::now()));
        let signing = wire.signing();
        wire.sign(&signing);
        let captured = wire.text("\r\n");
        change(&mut wire);
        wire.set("Connection", "close");
        let answer = sent(&host, &wire.text("\r\n"));
        let text = [captured, answer].concat();
        let capture = capture::read(&text).unwrap();
        let diagnosis = diagnose(capture.refused().unwrap(), None).unwrap();
        assert_eq!(
            diagnosis.refusal,
            Some(RefusalKind::SignatureMismatch),
            "{}",
            String::from_utf8_lossy(&text)
        );
        let parts: Vec<&str> = diagnosis.differences.iter().map(|found| found.part.as_str()).collect();
        assert_eq!(parts, [part], "{}", String::from_utf8_lossy(&text));
        assert_eq!(diagnosis.mistakes, [mistake]);
        assert!(diagnosis.fix.is_some());
    }
}

fn sent(host: &str, request: &[u8]) -> Vec<u8> {
    use std::io::{Read as _, Write as _};
    let mut socket = std::net::TcpStream::connect(host).unwrap();
    socket.write_all(request).unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).unwrap();
    answer
}

fn answer(status: u16, code: &str, message: &str) -> String {
    format!(
        "HTTP/1.1 {status} X\nx-amzn-ErrorType: {code}:http://internal.amazon.com/\n\n{}",
        json!({"message": message})
    )
}

#[test]
fn refusals_are_explained() {
    for (status, code, message, id) in [
        (
            403,
            "InvalidSignatureException",
            "Signature expired: 20241008T195522Z is now earlier than 20241008T195940Z (20241008T200440Z - 5 min.)",
            "signature-expired",
        ),
        (
            403,
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
            "unknown-token",
        ),
        (
            403,
            "ExpiredTokenException",
            "The security token included in the request is expired",
            "expired-token",
        ),
        (
            403,
            "AccessDeniedException",
            "User: arn:aws:iam::1:user/x is not authorized to perform: bedrock:InvokeModel on resource: arn:aws:bedrock:us-east-1::foundation-model/x because no identity-based policy allows it",
            "policy-denied",
        ),
        (
            400,
            "ValidationException",
            "Invocation of model ID x with on-demand throughput isn\u{2019}t supported. Retry your request",
            "on-demand-throughput",
        ),
        (
            404,
            "ResourceNotFoundException",
            "This model version has reached the end of its life. Please",
            "end-of-life",
        ),
        (
            400,
            "ValidationException",
            "The toolConfig field must be defined when using toolUse and toolResult content blocks.",
            "tool-config",
        ),
        (
            400,
            "ValidationException",
            "The text field in the ContentBlock object at messages.0.content.0 is blank. Add text to the text field, and try again.",
            "blank-text",
        ),
        (
            429,
            "ThrottlingException",
            "Too many tokens per day, please wait before trying again.",
            "quota-per-day",
        ),
        (
            404,
            "ResourceNotFoundException",
            "Model use case details have not been submitted for this account.",
            "use-case-form",
        ),
        (400, "ValidationException", "Invalid S3 credentials", "s3-permission"),
    ] {
        let text = answer(status, code, message);
        let capture = capture::read(text.as_bytes()).unwrap();
        let diagnosis = diagnose(capture.refused().unwrap(), None).unwrap();
        assert_eq!(diagnosis.refusal.map(RefusalKind::as_str), Some(id), "{message}");
        match id {
            "signature-expired" => assert_eq!(diagnosis.clock_offset_seconds, Some(558)),
            "policy-denied" => assert!(
                diagnosis
                    .verdict
                    .contains("bedrock:InvokeModel on arn:aws:bedrock:us-east-1::foundation-model/x")
            ),
            _ => {}
        }
        // As a program prints it.
        let printed = format!(
            "botocore.errorfactory.X: An error occurred ({code}) when calling the Converse operation: {message}"
        );
        assert_eq!(
            Diagnosis::of_text(&printed, None, None).unwrap().refusal.map(RefusalKind::as_str),
            Some(id),
            "{printed}"
        );
    }
}

#[test]
fn documented_refusals_are_explained() {
    let Some(file) = vectors::find("documented/bedrock-errors-from-issues.json") else { return };
    let cases: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    for case in cases["cases"].as_array().unwrap() {
        let message = case["message"].as_str().or_else(|| case["body"].as_str()).unwrap();
        let status = u16::try_from(case["status"].as_u64().unwrap()).unwrap();
        let text = answer(status, case["errortype"].as_str().unwrap_or_default(), message);
        let capture = capture::read(text.as_bytes()).unwrap();
        let id = if status == 429 { "throttled" } else { "on-demand-throughput" };
        let refusal = diagnose(capture.refused().unwrap(), None).unwrap().refusal;
        assert_eq!(refusal.map(RefusalKind::as_str), Some(id), "{case}");
    }
}

#[test]
fn throttling_is_told_by_status_code_or_text() {
    let throttled = Some("throttled");
    let answer = |status: u16, code: &str, message: &str| {
        let text =
            format!("HTTP/1.1 {status} X\nx-amzn-errortype: {code}\n\n{}", json!({"message": message}));
        let capture = capture::read(text.as_bytes()).unwrap();
        diagnose(capture.refused().unwrap(), None).unwrap().refusal.map(RefusalKind::as_str)
    };
    let getting = "Model is getting throttled. Try your request again.";
    let requests = "Too many requests, please wait before trying again.";
    let tokens = "Too many tokens, please wait before trying again.";
    for (status, code, message, id) in [
        (429, "", requests, throttled),
        (429, "", "slow down", throttled),
        (429, "", "Too many tokens per day, please wait before trying again.", Some("quota-per-day")),
        (429, "ModelNotReadyException", "loading", Some("model-not-ready")),
        (400, "ThrottledException", "Rate exceeded", throttled),
        (503, "ServiceUnavailableException", getting, throttled),
        (503, "ServiceUnavailableException", "try later", Some("service-failure")),
        (500, "", "", Some("service-failure")),
        (502, "", "", Some("service-failure")),
        (504, "", "", Some("service-failure")),
        (500, "", "The security token included in the request is expired", Some("expired-token")),
        (400, "ValidationException", "Too many tokens in the prompt", Some("invalid-request")),
        (418, "", "I am a teapot", None),
    ] {
        assert_eq!(answer(status, code, message), id, "{status} {code} {message}");
    }
    for (text, id) in [
        (json!({"message": requests}).to_string(), throttled),
        (json!({"message": tokens}).to_string(), throttled),
        (json!({"__type": "ServiceUnavailableException", "message": getting}).to_string(), throttled),
        (
            format!(
                "An error occurred (ServiceUnavailableException) when calling the Converse operation: {getting}"
            ),
            throttled,
        ),
        (format!("stream failed: serviceUnavailableException: {getting}"), throttled),
        (
            "An error occurred (TooManyRequestsException) when calling the X operation: no".to_owned(),
            throttled,
        ),
        ("someStrangeException: no".to_owned(), None),
    ] {
        let found = Diagnosis::of_text(&text, None, None);
        assert_eq!(found.and_then(|found| found.refusal).map(RefusalKind::as_str), id, "{text}");
    }
}

#[test]
fn a_folder_is_a_fixture_or_a_recording_and_is_not_looked_through_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("deep/record");
    let recorded = bedwire()
        .args(["--offline", "--record", record.to_str().unwrap(), "invoke", "no.such-model", "--body", "{}"])
        .output();
    assert_eq!(recorded.unwrap().status.code(), Some(4));
    let diagnosed = |path: &std::path::Path| run(bedwire().arg("diagnose").arg(path));
    let case =
        std::fs::read_dir(record.join("bedrock/invoke-model")).unwrap().next().unwrap().unwrap().path();
    let (service, operation) = (record.join("bedrock"), record.join("bedrock/invoke-model"));
    for place in [&record, &service, &operation, &case, &case.join("response.http")] {
        let ran = diagnosed(place);
        assert!(ran.code == 0 && ran.stdout.contains("verdict: "), "{place:?}: {}{}", ran.stdout, ran.stderr);
    }
    // What is asked of a host that is none of AWS's is called by its path.
    std::fs::rename(&service, record.join("other")).unwrap();
    let ran = diagnosed(&record);
    assert!(ran.code == 0 && ran.stdout.contains("verdict: "), "{}{}", ran.stdout, ran.stderr);
    let crowd = tempfile::tempdir().unwrap();
    for n in 0..10_000 {
        std::fs::File::create(crowd.path().join(n.to_string())).unwrap();
    }
    let ran = diagnosed(crowd.path());
    assert!(ran.code == 2 && ran.stderr.contains("too many to look through"), "{}", ran.stderr);
    for command in ["diagnose", "verify"] {
        let ran = run(bedwire().arg(command).arg(folder.path()));
        assert_eq!(ran.code, 2, "{}", ran.stdout);
        assert!(
            ran.stderr.contains("the folder is no fixture: there is no case.json in it"),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn a_body_that_a_model_does_not_take_is_told_from_other_bad_values() {
    for message in [
        "The model returned the following errors: messages.2.content.2.document.source.type: Field required",
        "This model doesn't support the video content block that you provided. Update the content block and try again.",
    ] {
        let printed =
            format!("An error occurred (ValidationException) when calling the Converse operation: {message}");
        assert_eq!(
            Diagnosis::of_text(&printed, None, None).unwrap().refusal,
            Some(RefusalKind::MalformedBody)
        );
    }
}

#[test]
fn every_recorded_refusal_is_a_known_one() {
    for exchange in recorded::exchanges() {
        let status = exchange["status"].as_u64().unwrap();
        if status < 400 {
            continue;
        }
        let headers = exchange["response_headers"].as_object().unwrap();
        let code = headers.get("x-amzn-errortype").and_then(Value::as_str);
        let body = recorded::body(&exchange, "response_body");
        let head = code.map_or(String::new(), |code| format!("x-amzn-errortype: {code}\r\n"));
        let text = format!("HTTP/1.1 {status} No\r\n{head}\r\n{}", String::from_utf8_lossy(&body));
        let capture = capture::read(text.as_bytes()).unwrap();
        let refusal = diagnose(capture.refused().unwrap(), None).unwrap().refusal;
        assert!(refusal.is_some(), "{text}");
        let is_throttled = status == 429 || text.contains("getting throttled");
        assert_eq!(refusal == Some(RefusalKind::Throttled), is_throttled, "{text}");
    }
}

/// Seconds of fuzzing for each reader: `BEDWIRE_FUZZ_SECONDS`, else a few rounds.
#[test]
fn no_bytes_make_a_reader_fail() {
    let seconds = std::env::var("BEDWIRE_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut seed = 1_u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below.max(1)
    };
    for (name, text) in forms() {
        let started = std::time::Instant::now();
        let mut rounds = 0;
        while rounds < 60 || started.elapsed().as_secs() < seconds {
            rounds += 1;
            let mut bytes = text.clone().into_bytes();
            for _ in 0..=random(6) {
                let at = random(bytes.len());
                match random(5) {
                    0 => bytes.truncate(at),
                    1 if !bytes.is_empty() => bytes[at] = u8::try_from(random(256)).unwrap(),
                    2 => bytes.insert(at, [0, b'\n', b'\'', 0xff, b'"', b'\\', b' ', b':', b'{'][random(9)]),
                    3 => drop(bytes.drain(at..(at + random(40)).min(bytes.len()))),
                    _ => bytes.extend_from_within(at..(at + random(200)).min(bytes.len())),
                }
            }
            if let Ok(capture) = capture::read(&bytes) {
                if let Some(request) = capture.request() {
                    // The search is the same for all: a few rounds of it will do.
                    let found = verify(request, KEYS.filter(|_| rounds % 20 == 0));
                    assert!(!found.explanation.contains(SECRET), "{name}");
                }
                if let Some(exchange) = capture.refused() {
                    diagnose(exchange, None);
                }
            }
            Diagnosis::of_text(&String::from_utf8_lossy(&bytes), None, None);
        }
    }
    for garbage in [&b""[..], b"\0\xff\xfe", b"{", b"curl", b"curl '", b"HTTP/1.1 ", b"POST  HTTP/1.1"] {
        let _ = capture::read(garbage);
    }
}

#[test]
fn what_repeats_itself_is_read_in_its_own_length() {
    // A map of headers has room for 24,576.
    let headers: String = (0..30_000).map(|n| format!("x-{n}: v\n")).collect();
    let capture = capture::read(format!("HTTP/1.1 403 Forbidden\n{headers}\n{{}}").as_bytes()).unwrap();
    assert_eq!(capture.exchanges[0].answer.as_ref().unwrap().headers.len(), 1_000);
    // Records of botocore that are none, behind one with many headers.
    let headers: Vec<String> = (0..20_000).map(|n| format!("'h{n}': b'v'")).collect();
    let log = format!(
        "<AWSPreparedRequest stream_output=False, method=POST, url=https://h/x, headers={{{}}}>\n{}",
        headers.join(", "),
        "<AWSPreparedRequest \n".repeat(20_000)
    );
    assert_eq!(capture::read(log.as_bytes()).unwrap().exchanges.len(), 1);
    let letters = format!("curl -{} -XPUT https://h/", "s".repeat(100_000));
    assert_eq!(capture::read(letters.as_bytes()).unwrap().request().unwrap().method, "PUT");
    let words = capture::read(format!("curl https://h/ {}", "a ".repeat(300_000)).as_bytes()).unwrap();
    assert!(words.request().unwrap().is_guessed);
    assert!(words.notes.iter().any(|note| note.contains("more words than are read")), "{:?}", words.notes);
}

#[test]
fn too_long_a_file_is_refused_with_the_bound() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long");
    std::fs::File::create(&path).unwrap().set_len(100 * 1024 * 1024).unwrap();
    for command in ["verify", "diagnose"] {
        let ran = run(bedwire().arg(command).arg(&path));
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        assert!(ran.stderr.contains("64 MiB"), "{}", ran.stderr);
    }
}
