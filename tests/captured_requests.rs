//! Requests as people and programs write them are read as what they are: the options of curl, the words of a shell, the
//! forms of JavaScript, and the hosts that tell what a request must be signed for.
#![cfg(feature = "cli")]

mod command;
mod signer;

use bedwire::protocol::capture;
use bedwire::protocol::diagnosis::{Keys, Mistake, Verdict, Verification, verify};
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
