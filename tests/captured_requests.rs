//! Requests as people and programs write them are read as what they are: the options of curl, the words of a shell, the
//! forms of JavaScript, and the hosts that tell what a request must be signed for.
#![cfg(feature = "cli")]

mod command;
mod signer;

use bedwire::protocol::capture;
use bedwire::protocol::diagnosis::{Keys, Mistake, Verdict, Verification, diagnose, verify};
use command::{bedwire, run};
use serde_json::{Value, json};
use signer::{SECRET, Wire};

const PATH: &str = "/model/luma.ray-v2%3A0/invoke";
const KEYS: Option<Keys<'static>> = Some(Keys { secret: SECRET, access_key_id: None, session_token: None });

fn verified(text: &str) -> Verification {
    verify(capture::read(text.as_bytes()).unwrap().request().unwrap(), KEYS)
}

#[test]
fn what_request_signs_for_is_what_verify_asks_for() {
    let target = |service: &str, target: &str| {
        let mut command = bedwire();
        command::with_keys(&mut command).args(["--dry-run", "request", "GET", target]);
        let ran = run(if service.is_empty() { &mut command } else { command.args(["--service", service]) });
        assert_eq!(ran.code, 0, "{service} {target}: {}", ran.stderr);
        ran.stdout
    };
    for (service, url, host, signing_name) in [
        ("bedrock-agent-runtime", "/rerank", "bedrock-agent-runtime.us-west-2.amazonaws.com", "bedrock"),
        ("bedrock-data-automation", "/x", "bedrock-data-automation.us-west-2.amazonaws.com", "bedrock"),
        ("bedrock-mantle", "/v1/models", "bedrock-mantle.us-west-2.api.aws", "bedrock-mantle"),
        (
            "",
            "https://bedrock-mantle.us-west-2.api.aws/v1/models",
            "bedrock-mantle.us-west-2.api.aws",
            "bedrock-mantle",
        ),
        (
            "",
            "https://bedrock-agent.us-west-2.amazonaws.com/agents",
            "bedrock-agent.us-west-2.amazonaws.com",
            "bedrock",
        ),
        ("", "https://sts.us-west-2.amazonaws.com/", "sts.us-west-2.amazonaws.com", "sts"),
        ("", "http://127.0.0.1:9/model/x/invoke", "127.0.0.1:9", "bedrock"),
        ("lambda", "/2015-03-31/functions", "lambda.us-west-2.amazonaws.com", "lambda"),
    ] {
        let text = target(service, url);
        assert!(text.to_lowercase().contains(&format!("host: {host}\r\n")), "{text}");
        assert!(text.contains(&format!("/us-west-2/{signing_name}/aws4_request")), "{text}");
        let found = verified(&text);
        assert_eq!(found.verdict, Verdict::Match, "{url}: {}", found.explanation);
    }
    // The name of a bucket may be that of a service.
    for bucket in ["sts", "bedrock", "my.sts.bucket"] {
        let text = target("", &format!("https://{bucket}.s3.us-west-2.amazonaws.com/k"));
        assert!(text.contains("/us-west-2/s3/aws4_request"), "{text}");
        let found = verified(&text);
        assert!(!found.mistakes.contains(&Mistake::WrongService), "{bucket}: {}", found.explanation);
    }
}

#[test]
fn a_path_alone_does_not_make_a_service_wrong() {
    let sign = |service: &str, host: &str| {
        let mut wire = Wire::post(PATH, "{}");
        wire.set("Host", host);
        let mut signing = wire.signing();
        signing.service = service.into();
        wire.sign(&signing);
        String::from_utf8(wire.text("\n")).unwrap()
    };
    let text = sign("execute-api", "llm.corp.example");
    let found = verified(&text);
    assert_eq!(found.verdict, Verdict::Match, "{}", found.explanation);
    let found = verify(capture::read(text.as_bytes()).unwrap().request().unwrap(), None);
    assert_eq!(found.verdict, Verdict::Unknown, "{}", found.explanation);
    // Nothing is ever signed for this one.
    assert_eq!(verified(&sign("bedrock-runtime", "llm.corp.example")).mistakes, [Mistake::WrongService]);
    let aws = sign("execute-api", "bedrock-runtime.us-west-2.amazonaws.com");
    assert_eq!(verified(&aws).mistakes, [Mistake::WrongService]);
}

const JAVASCRIPT_BODY: &str = "{\"b\":1,\"a\":\"é\"}";

/// A right request as the AWS SDK for JavaScript keeps it, with the body and the query in these forms.
fn of_javascript(body: &Value, query: &Value, as_sent: &str) -> Value {
    let mut wire = Wire::post(PATH, JAVASCRIPT_BODY);
    wire.query = as_sent.into();
    let signing = wire.signing();
    wire.sign(&signing);
    let headers: serde_json::Map<String, Value> =
        wire.headers.iter().map(|(name, value)| (name.to_lowercase(), json!(value))).collect();
    json!({
        "method": "POST", "hostname": wire.header("host"), "path": PATH, "query": query, "headers": headers, "body": body,
    })
}

#[test]
fn bodies_and_queries_of_javascript_are_read() {
    let bytes = JAVASCRIPT_BODY.as_bytes();
    let indexed: serde_json::Map<String, Value> =
        bytes.iter().enumerate().map(|(place, byte)| (place.to_string(), json!(byte))).collect();
    for body in [Value::from(indexed), json!({"type": "Buffer", "data": bytes})] {
        let found = verified(&of_javascript(&body, &json!({}), "").to_string());
        assert_eq!(found.verdict, Verdict::Match, "{body}: {}", found.explanation);
    }
    let query = json!({"a": ["1", "b c"], "alone": null, "n": 5});
    let capture = of_javascript(&json!(JAVASCRIPT_BODY), &query, "a=1&a=b%20c&alone=&n=5");
    let found = verified(&capture.to_string());
    assert_eq!(found.verdict, Verdict::Match, "{}", found.explanation);
}

#[test]
fn a_body_that_a_program_has_parsed_is_a_guess() {
    for length in [Value::Null, json!("16"), json!("18")] {
        let mut capture = of_javascript(&json!({"b": 1, "a": "é"}), &json!({}), "");
        capture["headers"]["content-length"] = length.clone();
        let capture = capture::read(capture.to_string().as_bytes()).unwrap();
        assert!(capture.notes.iter().any(|note| note.contains("are a guess")), "{:?}", capture.notes);
        let found = verify(capture.request().unwrap(), KEYS);
        assert_eq!(found.verdict, Verdict::Unknown, "{length}: {}", found.explanation);
        assert!(found.mistakes.is_empty(), "{:?}", found.mistakes);
    }
}

/// The right request as a curl command, with more options before its URL and words before the command.
fn curl(before: &str, options: &str) -> String {
    let mut wire = Wire::post(PATH, "{\"it's\": \"é\"}");
    let signing = wire.signing();
    wire.sign(&signing);
    let headers: String = wire.headers.iter().map(|(name, value)| format!(" -H '{name}: {value}'")).collect();
    let url = format!("https://{}{PATH}", wire.header("host").unwrap());
    format!(
        "{before}curl {options} {url}{headers} --data-binary '{{\"it'\\''s\": \"é\"}}' 2>&1 | jq '.a\n.b'\n"
    )
}

#[test]
fn curl_is_read_as_people_write_it() {
    for options in [
        "-sSX POST",
        "-sXPOST",
        "-so /dev/null",
        "-siX POST",
        "-sw '%{http_code}'",
        "--noproxy '*'",
        "--max-redirs 5",
        "--capath D",
        "--unix-socket P",
        "--tls-max 1.2",
        "--retry-max-time 3",
        "-U u:p",
        "--keepalive-time 3",
        "-r 0-1",
        "--proto =https",
        "--stderr -",
        "-fsSLk --compressed --http1.1 -x http://127.0.0.1:1",
        "--not-an-option-yet",
        "--not-an-option-yet value",
    ] {
        let found = verified(&curl("", options));
        assert_eq!(found.verdict, Verdict::Match, "{options}: {}", found.explanation);
    }
    for before in [
        "time ",
        "$ time -p ",
        "AWS_REGION=us-west-2 NAME='a b\nc' ",
        "export A=b\n",
        "#!/bin/sh\nset -e\nURL=\"a;b\"\n",
        "```sh\n",
        "/usr/bin/",
    ] {
        let found = verified(&curl(before, "-s"));
        assert_eq!(found.verdict, Verdict::Match, "{before}: {}", found.explanation);
    }
}

#[test]
fn what_curl_or_the_shell_makes_is_not_guessed() {
    for options in [
        "-F a=b",
        "--data-urlencode 'a=b c'",
        "--not-an-option-yet",
        "-K file",
        "-H @file",
        "-H \"x-amz-meta: $META\"",
        "-T file",
    ] {
        // As it stands there it is another request than the one that was signed.
        let text = curl("", options).replace("\"é\"", "\"e\"");
        let capture = capture::read(text.as_bytes()).unwrap();
        assert!(!capture.notes.is_empty(), "{options}");
        let found = verify(capture.request().unwrap(), KEYS);
        assert_eq!(found.verdict, Verdict::Unknown, "{options}: {}", found.explanation);
    }
    // What is proven is said: the signature is that of another path.
    let text = curl("", "--not-an-option-yet").replace("%3A", "%253A");
    assert_eq!(verified(&text).mistakes, [Mistake::PathEncodedThrice]);
}

#[test]
fn the_host_is_read_and_signed_by_the_name_that_http_2_has_for_it() {
    let sign = |signed_host: &str| {
        let mut wire = Wire::post(PATH, "{}");
        let mut signing = wire.signing();
        signing.lines.retain(|(name, _)| name != "host");
        signing.lines.insert(0, (":authority".into(), signed_host.into()));
        signing.list = signing.lines.iter().map(|(name, _)| name.clone()).collect();
        wire.sign(&signing);
        wire
    };
    let host = "bedrock-runtime.us-west-2.amazonaws.com";
    let right = String::from_utf8(sign(host).text("\n")).unwrap().replace("HTTP/1.1", "HTTP/2");
    for text in [
        right.clone(),
        // As a browser shows it.
        right.replace(
            &format!("Host: {host}\n"),
            &format!(":authority: {host}\n:method: POST\n:path: {PATH}\n:scheme: https\n"),
        ),
    ] {
        let found = verified(&text);
        assert_eq!(found.verdict, Verdict::Match, "{}\n{text}", found.explanation);
        assert!(found.canonical_request.unwrap().contains(&format!("\n:authority:{host}\n")), "{text}");
        let unkeyed = verify(capture::read(text.as_bytes()).unwrap().request().unwrap(), None);
        assert_eq!(unkeyed.verdict, Verdict::Unknown, "{}", unkeyed.explanation);
    }
    let with_port = verified(&String::from_utf8(sign(&format!("{host}:443")).text("\n")).unwrap());
    assert_eq!(with_port.mistakes, [Mistake::HostPort], "{}", with_port.explanation);
}

/// The right request, changed before and after it is signed.
fn changed(before: fn(&mut Wire), after: fn(&mut Wire)) -> String {
    let mut wire = Wire::post(PATH, "{}");
    before(&mut wire);
    let signing = wire.signing();
    wire.sign(&signing);
    after(&mut wire);
    String::from_utf8(wire.text("\n")).unwrap()
}

#[test]
fn what_stood_there_when_it_was_signed_is_said() {
    let proxied = verified(&changed(|_| {}, |wire| wire.set("Host", "proxy.internal:8080")));
    assert_eq!(proxied.mistakes, [Mistake::HeaderValue]);
    let was = "whose host was \"bedrock-runtime.us-west-2.amazonaws.com\" when it was signed";
    assert!(proxied.explanation.contains(was), "{}", proxied.explanation);
    assert!(proxied.fix.unwrap().contains("the host must be signed"));

    let twice = |wire: &mut Wire| wire.headers.push(("Content-Type".into(), "application/json".into()));
    let twice = verified(&changed(|_| {}, twice));
    assert_eq!(twice.mistakes, [Mistake::HeaderValue]);
    assert!(twice.explanation.contains("one of the 2 values that were sent"), "{}", twice.explanation);

    // What is wrong with a signature that is right tells that the secret is right, too.
    let unsignable = verified(&changed(|wire| wire.set("User-Agent", "x/1"), |_| {}));
    assert_eq!(unsignable.mistakes, [Mistake::UnsignableHeader]);
    assert!(unsignable.explanation.ends_with("apart from that the signature is right, and so is the secret"));

    // A token is shown to nobody.
    let token = "IQoJb3JpZ2luX2VjEExample";
    let text = changed(
        |wire| wire.set("X-Amz-Security-Token", "IQoJb3JpZ2luX2VjEExample"),
        |wire| wire.headers.retain(|(name, _)| name != "X-Amz-Security-Token"),
    );
    let keys = Keys { secret: SECRET, access_key_id: Some("AKIDEXAMPLE"), session_token: Some(token) };
    let lost = verify(capture::read(text.as_bytes()).unwrap().request().unwrap(), Some(keys));
    assert!(lost.explanation.contains("whose x-amz-security-token was another"), "{}", lost.explanation);
    assert!(!format!("{lost:?}").contains(token));
}

#[test]
fn what_is_signed_in_another_way_is_told_from_what_is_not_signed() {
    let authorized = |authorization: &str| {
        format!(
            "GET /foundation-models HTTP/1.1\nHost: bedrock.us-west-2.amazonaws.com\nAuthorization: {authorization}\n\n"
        )
    };
    for (text, expected) in [
        (
            authorized(
                "AWS4-ECDSA-P256-SHA256 Credential=AKIDEXAMPLE/20260102/bedrock/aws4_request, SignedHeaders=host, Signature=30",
            ),
            "Version 4A",
        ),
        (authorized("AWS AKIDEXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg="), "Signature Version 2"),
        (
            "https://b.s3.us-west-2.amazonaws.com/k?AWSAccessKeyId=AKIDEXAMPLE&Signature=a%3D&Expires=1"
                .to_owned(),
            "Signature Version 2",
        ),
        (authorized("Basic dTpw"), "of the kind Basic"),
        (authorized("Bearer abc"), "bearer key"),
        (authorized("top-secret key"), "neither AWS4-HMAC-SHA256 nor Bearer"),
    ] {
        let found = verified(&text);
        assert_eq!(found.verdict, Verdict::Unknown);
        assert!(found.explanation.contains(expected), "{expected}: {}", found.explanation);
        assert!(!found.explanation.contains("top-secret"), "{}", found.explanation);
        assert_eq!(found.fix.is_some(), expected.contains("Version"), "{expected}");
    }
}

#[test]
fn a_presigned_url_alone_is_a_capture() {
    let host = "b.s3.us-west-2.amazonaws.com";
    let query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20260102%2Fus-west-2%2Fs3%2Faws4_request\
                 &X-Amz-Date=20260102T030405Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host";
    let url = |method: &str| {
        let mut wire = Wire::post("/out/a%20b.mp4", "");
        wire.method = method.into();
        wire.headers = vec![("Host".into(), host.into())];
        wire.query = query.into();
        let mut signing = wire.signing();
        signing.path = wire.path.clone();
        signing.service = "s3".into();
        signing.payload = "UNSIGNED-PAYLOAD".into();
        wire.sign(&signing);
        let authorization = wire.header("authorization").unwrap().to_owned();
        let signature = authorization.rsplit_once('=').unwrap().1;
        format!("https://{host}{}?{query}&X-Amz-Signature={signature}", wire.path)
    };
    let plain = url("GET");
    for text in
        [plain.clone(), format!("\"{plain}\"\n"), plain.replace('&', "&amp;"), plain.replace('&', "\\u0026")]
    {
        let capture = capture::read(text.as_bytes()).unwrap();
        assert!(capture.notes[0].contains("taken for a GET"), "{:?}", capture.notes);
        let found = verify(capture.request().unwrap(), KEYS);
        assert_eq!(found.verdict, Verdict::Match, "{}\n{text}", found.explanation);
    }
    let put = verified(&url("PUT"));
    assert_eq!(put.mistakes, [Mistake::MethodChanged], "{}", put.explanation);
    assert!(put.explanation.contains("whose method was PUT"), "{}", put.explanation);
    let words = format!("see {plain}");
    assert!(capture::read(words.as_bytes()).is_err());
}

#[test]
fn a_refusal_of_a_right_signature_is_no_mistake_of_the_client() {
    let text = changed(|_| {}, |_| {})
        + "\nHTTP/1.1 403 Forbidden\nx-amzn-errortype: InvalidSignatureException\n\n\
           {\"message\":\"The request signature we calculated does not match the signature you provided.\"}";
    let exchange = |text: &str| capture::read(text.as_bytes()).unwrap().exchanges[0].clone();
    let right = diagnose(&exchange(&text), KEYS).unwrap();
    assert!(
        right.verdict.contains("the signature is right for the request that the capture shows"),
        "{}",
        right.verdict
    );
    assert!(right.fix.unwrap().contains("behind the last proxy"));
    assert!(right.mistakes.is_empty());
    let unkeyed = diagnose(&exchange(&text), None).unwrap();
    assert!(unkeyed.verdict.contains("without the secret it cannot be known"), "{}", unkeyed.verdict);
    assert!(unkeyed.fix.unwrap().contains("give the secret"));
    // What curl -v does not print is asked for.
    let (asked, answered) = text.split_once("\nHTTP/").unwrap();
    let mark =
        |text: &str, mark: &str| text.lines().map(|line| format!("{mark} {line}\n")).collect::<String>();
    let (answered, message) = answered.split_once("\n\n").unwrap();
    let asked = mark(asked.strip_suffix("{}").unwrap(), ">");
    let quoted = format!("{asked}{}< \n{message}", mark(&format!("HTTP/{answered}"), "<"));
    let unseen = diagnose(&exchange(&quoted), KEYS).unwrap();
    assert!(unseen.verdict.contains("does not show the body"), "{}\n{quoted}", unseen.verdict);
    assert!(unseen.fix.unwrap().contains("capture the request with its body"));
}

#[test]
fn a_cassette_is_a_capture() {
    let mut wire = Wire::post(PATH, "{\"a\": 1}");
    let signing = wire.signing();
    wire.sign(&signing);
    let headers: String =
        wire.headers.iter().map(|(name, value)| format!("      {name}:\n      - '{value}'\n")).collect();
    let message = "The request signature we calculated does not match the signature you provided.";
    let yaml = format!(
        "interactions:\n- request:\n    body: '{{\"a\": 1}}'\n    headers:\n{headers}    method: POST\n    \
         uri: https://bedrock-runtime.us-west-2.amazonaws.com{PATH}\n  response:\n    body:\n      string: \
         '{{\"message\":\"{message}\"}}'\n    headers:\n      x-amzn-ErrorType:\n      - InvalidSignatureException\n    \
         status:\n      code: 403\n      message: Forbidden\nversion: 1\n"
    );
    let named: serde_json::Map<String, Value> =
        wire.headers.iter().map(|(name, value)| (name.clone(), json!([value]))).collect();
    let json = json!({"version": 1, "interactions": [{
        "request": {"method": "POST", "uri": format!("https://bedrock-runtime.us-west-2.amazonaws.com{PATH}"), "headers": named, "body": "{\"a\": 1}"},
        "response": {"status": {"code": 403}, "headers": {"x-amzn-ErrorType": ["InvalidSignatureException"]}, "body": {"string": format!("{{\"message\":\"{message}\"}}")}},
    }]})
    .to_string();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cassette");
    let on_it = |command: &str, cassette: &str| {
        std::fs::write(&file, cassette).unwrap();
        run(bedwire().args([command, "--secret-key", SECRET]).arg(&file))
    };
    for cassette in [yaml, json] {
        let verify = on_it("verify", &cassette);
        assert_eq!(verify.code, 0, "{}\n{}", verify.stdout, verify.stderr);
        let diagnose = on_it("diagnose", &cassette);
        assert!(diagnose.stdout.contains("the signature is right for the request"), "{}", diagnose.stdout);
        let changed = cassette.replace("\\\"a\\\": 1", "\\\"a\\\":1").replace("'{\"a\": 1}'", "'{\"a\":1}'");
        let verify = on_it("verify", &changed);
        assert!(verify.stdout.contains("mistakes: body-changed"), "{}\n{}", verify.stdout, verify.stderr);
    }
}
