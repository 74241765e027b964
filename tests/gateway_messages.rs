//! Anthropic's messages through the gateway to a Claude: what goes out, and what comes back.
#![cfg(all(feature = "gateway", feature = "emulator"))]

mod gateway;
mod recorded;

use bedwire::gateway::GatewayOptions;
use bedwire::transport::{Body, Transport as _};
use bytes::Bytes;
use gateway::frames::{chunk, exception, streamed, streamed_body};
use gateway::support::{Script, Step, answer, refusal, seconds, throttled};
use gateway::{Answer, events, events_of, json_request, offline, options, over, post_with};
use serde_json::{Value, json};

const PATH: &str = "/v1/messages";
const ANSWER: &str = r#"{ "id":"msg_bdrk_1", "type":"message","role":"assistant","model" : "claude-sonnet-4-20250514","content":[{"type":"tool_use","id":"t","name":"f","input":{"z":1.0,"a":12345678901234567890123}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":2,"service_tier":"standard"}}"#;

fn answered() -> Script {
    Script::new([answer(200, &[("x-amzn-requestid", "of-bedrock")], ANSWER)])
}

async fn sent(headers: &[(&str, &str)], body: &str, options: GatewayOptions) -> (Answer, Option<Seen>) {
    let script = answered();
    let answer = post_with(&over(script.clone(), options), PATH, headers, body.to_owned()).await;
    let seen = script.seen().first().map(|(_, request)| Seen::of(request));
    (answer, seen)
}

/// What reached Bedrock.
struct Seen {
    path: String,
    tier: String,
    body: String,
}

impl Seen {
    fn of(request: &http::Request<Body>) -> Self {
        let Body::Whole(body) = request.body() else { panic!("it streams") };
        let tier = request.headers().get("x-amzn-bedrock-service-tier");
        Self {
            path: request.uri().path().to_owned(),
            tier: tier.map_or("", |tier| tier.to_str().unwrap()).to_owned(),
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }
}

fn dropping() -> GatewayOptions {
    let mut options = options();
    options.drop_unsupported = true;
    options
}

#[tokio::test]
async fn a_body_passes_through_byte_for_byte() {
    let body = r#"{"unknown" : [ 1.0, 1e400 ], "model":"claude","max_tokens": 16, "stream":false,
 "tools":[{"name":"f","input_schema":{"type":"object","properties":{"z":{},"a":{}}}}],
 "messages":[{"role":"user","content":"h\u00e9"}],"metadata":{"user_id":"u"},"anthropic_version":"of the client"}"#;
    let (answer, seen) =
        sent(&[("anthropic-version", "2023-06-01"), ("x-api-key", "any")], body, options()).await;
    let seen = seen.unwrap();
    assert_eq!(seen.path, "/model/us.anthropic.claude-sonnet-4-20250514-v1%3A0/invoke");
    let tools = r#"[{"name":"f","input_schema":{"type":"object","properties":{"z":{},"a":{}}}}]"#;
    let expected = format!(
        r#"{{"anthropic_version":"bedrock-2023-05-31","tools":{tools},"unknown":[ 1.0, 1e400 ],"max_tokens":16,"messages":[{{"role":"user","content":"h\u00e9"}}],"metadata":{{"user_id":"u"}}}}"#
    );
    assert_eq!(seen.body, expected);
    assert_eq!(answer.text(), ANSWER.replace("\"claude-sonnet-4-20250514\"", "\"claude\""));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("x-bedwire-dropped"), "");
}

#[tokio::test]
async fn betas_are_members_of_the_body() {
    let body = r#"{"model":"claude","max_tokens":1,"messages":[{}],"anthropic_beta":["b-1","a-1"],"context_management":{}}"#;
    let headers = [
        ("anthropic-beta", "a-1, context-management-2025-06-27,claude-code-20250219"),
        ("anthropic-beta", "c-1,,"),
    ];
    let (answer, seen) = sent(&headers, body, options()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let body: Value = serde_json::from_str(&seen.unwrap().body).unwrap();
    assert_eq!(body["anthropic_beta"], json!(["b-1", "a-1", "context-management-2025-06-27", "c-1"]));
    assert_eq!(body["context_management"], json!({}));
}

/// The names of what was a beta once: Bedrock does it unasked, and refuses the name.
#[tokio::test]
async fn what_is_no_beta_any_more_stays_behind() {
    let body = r#"{"model":"claude","max_tokens":1,"messages":[{}],"anthropic_beta":["pdfs-2024-09-25"]}"#;
    let past = "token-counting-2024-11-01,extended-cache-ttl-2025-04-11, prompt-caching-2024-07-31";
    let (answer, seen) = sent(&[("anthropic-beta", past)], body, options()).await;
    assert_eq!((answer.status.as_u16(), answer.header("x-bedwire-dropped")), (200, ""));
    let body = seen.unwrap().body;
    assert!(!body.contains("anthropic_beta"), "{body}");

    let with_one_more = format!("{past},context-1m-2025-08-07");
    let (_, seen) = sent(&[("anthropic-beta", &with_one_more)], BODY_WHOLE, options()).await;
    let body = seen.unwrap().body;
    assert!(body.ends_with(r#","anthropic_beta":["context-1m-2025-08-07"]}"#), "{body}");
}

#[tokio::test]
async fn the_service_tier_is_a_header() {
    for (given, tier) in [("\"auto\"", ""), ("\"standard_only\"", ""), ("null", ""), ("\"flex\"", "flex")] {
        let body = format!(r#"{{"model":"claude","max_tokens":1,"messages":[{{}}],"service_tier":{given}}}"#);
        let (_, seen) = sent(&[], &body, options()).await;
        let seen = seen.unwrap();
        assert_eq!((seen.tier.as_str(), seen.body.contains("service_tier")), (tier, false), "{given}");
    }
}

/// What Bedrock does not have: the members beside `model`, `max_tokens` and `messages`, the header, and the name.
const UNSUPPORTED: [(&str, &str, &str); 5] = [
    (r#""container":"c""#, "", "container"),
    (r#""mcp_servers":[{}]"#, "", "mcp_servers"),
    (r#""context_management":{"edits":[]}"#, "", "context_management"),
    (
        r#""tools":[{"name":"f","input_schema":{}},{"type":"web_search_20250305","name":"web_search"}]"#,
        "",
        "tools.1",
    ),
    (r#""tool_choice":{"type":"auto"},"tools":[{"type":"mcp_toolset"}]"#, "", "tools.0"),
];

#[tokio::test]
async fn what_bedrock_does_not_have_is_refused_by_name_or_left_out() {
    for (members, beta, name) in UNSUPPORTED {
        let body = format!(r#"{{"model":"claude","max_tokens":1,"messages":[{{}}],{members}}}"#);
        let (answer, seen) = sent(&[("anthropic-beta", beta)], &body, options()).await;
        let (status, kind, message) = answer.anthropic_refusal();
        assert_eq!((status, kind.as_str()), (400, "invalid_request_error"), "{name}");
        assert!(message.starts_with(name), "{message}");
        assert!(seen.is_none(), "{name}");

        let (answer, seen) = sent(&[("anthropic-beta", beta)], &body, dropping()).await;
        assert_eq!((answer.status.as_u16(), answer.header("x-bedwire-dropped")), (200, name));
        let body = seen.unwrap().body;
        for gone in ["container", "mcp", "context_management", "web_search", "tool_choice"] {
            assert!(!body.contains(gone), "{body}");
        }
        assert_eq!(body.contains(r#""tools":[{"name":"f","input_schema":{}}]"#), name == "tools.1", "{body}");
    }
}

/// A choice of a tool that is left out cannot be kept, or Claude would be told to use one that it does not have.
#[tokio::test]
async fn a_choice_of_a_tool_that_is_left_out_is_left_out() {
    let asked = |choice: &str| {
        format!(
            r#"{{"model":"claude","max_tokens":1,"messages":[{{}}],"tool_choice":{choice},"tools":[{{"type":"web_search_20250305","name":"w"}},{{"name":"f","input_schema":{{}}}}]}}"#
        )
    };
    let (answer, seen) = sent(&[], &asked(r#"{"type":"tool","name":"w"}"#), dropping()).await;
    assert_eq!(answer.header("x-bedwire-dropped"), "tools.0, tool_choice");
    let body = seen.unwrap().body;
    assert!(!body.contains("tool_choice") && body.contains(r#""name":"f""#), "{body}");
    for kept in [r#"{"type":"tool","name":"f"}"#, r#"{"type":"any"}"#, r#"{"type":"auto"}"#] {
        let (answer, seen) = sent(&[], &asked(kept), dropping()).await;
        assert_eq!(answer.header("x-bedwire-dropped"), "tools.0");
        let body = seen.unwrap().body;
        assert!(body.contains(&format!(r#""tool_choice":{kept}"#)), "{body}");
    }
    // To a model that is no Claude, too.
    let script = Script::new([answer_of_nova()]);
    let body = asked(r#"{"type":"tool","name":"w"}"#)
        .replace("\"claude\"", "\"nova\"")
        .replace("[{}]", r#"[{"role":"user","content":"x"}]"#);
    let answer = post_with(&over(script.clone(), dropping()), PATH, &[], body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("x-bedwire-dropped"), "tools.0, tool_choice");
    let body = Seen::of(&script.seen()[0].1).body;
    assert!(!body.contains("toolChoice") && body.contains(r#""name":"f""#), "{body}");
}

fn answer_of_nova() -> Step {
    let body = r#"{"output":{"message":{"role":"assistant","content":[{"text":"Hi"}]}},"stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}"#;
    answer(200, &[], body)
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let deep = format!(r#"{{"model":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    // Each is compared with all others, so that many would hold up a server for minutes.
    let betas: Vec<String> = (0..101).map(|number| format!("beta-{number}")).collect();
    let betas =
        json!({"model": "claude", "max_tokens": 1, "messages": [{}], "anthropic_beta": betas}).to_string();
    for (body, part) in [
        (&*betas, "anthropic-beta has 101 names; give at most 100"),
        ("", "the body is empty"),
        ("[]", "the body must be a JSON object"),
        ("{\"model\":\"claude\"", "the body is not valid JSON"),
        ("{}", "model is missing"),
        (r#"{"model":7}"#, "model must be a string, not a number"),
        (r#"{"model":null}"#, "model is missing"),
        (&deep, "the body is nested more than 128 deep"),
        (r#"{"model":"claude","stream":"yes"}"#, "stream must be true or false, not a string"),
        (r#"{"model":"claude","messages":[{}]}"#, "max_tokens is missing"),
        (
            r#"{"model":"claude","messages":[{}],"max_tokens":0}"#,
            "max_tokens is 0; give a whole number from 1",
        ),
        (r#"{"model":"claude","messages":[ ],"max_tokens":1}"#, "messages is empty"),
        (r#"{"model":"claude","messages":[{}],"max_tokens":1.5}"#, "max_tokens is 1.5; give a whole number"),
        (r#"{"model":"claude","max_tokens":1}"#, "messages is missing"),
        (r#"{"model":"claude","max_tokens":1,"messages":{}}"#, "messages must be an array, not an object"),
        (
            r#"{"model":"claude","max_tokens":1,"messages":[{"content":[{"type":"document","source":{"type":"url","url":"http://x"}}]}]}"#,
            "messages.0.content.0.source is a URL, which Bedrock",
        ),
        (
            r#"{"model":"claude","max_tokens":1,"messages":[{"content":[{"type":"tool_result","content":[{"source":{"type":"file"}}]}]}]}"#,
            "messages.0.content.0.content.0.source is a file",
        ),
        (
            r#"{"model":"claude","max_tokens":1,"messages":[{}],"anthropic_beta":[7]}"#,
            "anthropic_beta.0 must be",
        ),
        (
            r#"{"model":"claude","max_tokens":1,"messages":[{}],"service_tier":"x"}"#,
            "service_tier is \"x\"; give one of",
        ),
        // For other models than Claude.
        (r#"{"model":"nova","messages":[]}"#, "max_tokens is missing"),
        (r#"{"model":"nova","max_tokens":0,"messages":[{"role":"user","content":"x"}]}"#, "max_tokens is 0"),
        (r#"{"model":"nova","max_tokens":1,"messages":[]}"#, "messages has nothing to be answered"),
        (
            r#"{"model":"nova","max_tokens":1,"messages":[{"role":"user","content":"x"}],"mood":"good"}"#,
            "mood",
        ),
        (
            r#"{"model":"nova","max_tokens":1,"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/gif","data":"R0lGODlhKCMQAA=="}}]}]}"#,
            "source.data is 9000 x 16 pixels",
        ),
    ] {
        let (answer, seen) = sent(&[], body, options()).await;
        let (status, kind, message) = answer.anthropic_refusal();
        assert_eq!((status, kind.as_str()), (400, "invalid_request_error"), "{part}: {message}");
        assert!(message.contains(part), "{message:?} lacks {part:?}");
        assert!(seen.is_none(), "{part}");
    }
    let script = answered();
    let answer = post_with(&over(script.clone(), options()), PATH, &[], &b"{\"model\":\"\xff\"}"[..]).await;
    assert_eq!(answer.anthropic_refusal().2, "the body is no UTF-8 at byte 10; send JSON");
    let answer = post_with(&over(script.clone(), options()), PATH, &[], r#"{"model":"clod"}"#).await;
    let (status, kind, message) = answer.anthropic_refusal();
    assert_eq!((status, kind.as_str()), (404, "not_found_error"), "{message}");
}

#[tokio::test]
async fn a_url_in_a_text_is_no_file() {
    let body = r#"{"model":"claude","max_tokens":1,"messages":[{"role":"user","content":[{"type":"text","text":"\"url\""}]},{"role":"user","content":"url"},{"role":"assistant","content":[{"type":"tool_use","input":{"source":{"type":"x"},"url":"url"}}]}],"tools":[{"name":"url","description":"web_search_"}]}"#;
    let (answer, _) = sent(&[], body, options()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

const BODY: &str =
    r#"{"model":"claude","max_tokens":1,"messages":[{"role":"user","content":"hi"}],"stream":true}"#;

const BODY_WHOLE: &str = r#"{"model":"claude","max_tokens":1,"messages":[{"role":"user","content":"hi"}]}"#;

#[tokio::test]
async fn refusals_have_anthropics_shape() {
    for (status, code, expected, kind) in [
        (400, "ValidationException", 400, "invalid_request_error"),
        (403, "AccessDeniedException", 403, "permission_error"),
        (404, "ResourceNotFoundException", 404, "not_found_error"),
    ] {
        for body in [BODY, &BODY.replace("true", "false")] {
            let script = Script::new([refusal(status, code, "no")]);
            let answer = post_with(&over(script.clone(), options()), PATH, &[], body.to_owned()).await;
            let (status, found, message) = answer.anthropic_refusal();
            assert_eq!((status, found.as_str()), (expected, kind), "{message}");
            assert!(message.contains("no"), "{message}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn throttling_that_outlasts_the_bound_is_429() {
    let script = Script::new((0..50).map(|_| throttled()));
    let mut options = options();
    options.throttled_for = seconds(5);
    let answer = post_with(&over(script.clone(), options), PATH, &[], BODY).await;
    let (status, kind, _) = answer.anthropic_refusal();
    assert_eq!((status, kind.as_str()), (429, "rate_limit_error"));
    assert!(answer.header("retry-after").parse::<u64>().unwrap() > 0);
}

const START: &str =
    r#"{"type":"message_start","message":{"id":"m","model":"claude-4","usage":{"input_tokens":3}}}"#;
const DELTA: &str = r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}"#;
const STOP: &str = r#"{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":3}}"#;

#[tokio::test]
async fn a_stream_is_anthropics() {
    let frames = [START, "{}", DELTA, r#"{"no":"type"}"#, STOP].map(|json| Ok(chunk(json)));
    let script = Script::new([streamed(frames)]);
    let answer = post_with(&over(script.clone(), options()), PATH, &[], BODY).await;
    let seen = Seen::of(&script.seen()[0].1);
    assert!(seen.path.ends_with("/invoke-with-response-stream"), "{}", seen.path);
    assert!(!seen.body.contains("stream"), "{}", seen.body);
    let start = START.replace("claude-4", "claude");
    let expected = format!(
        "event: message_start\ndata: {start}\n\nevent: content_block_delta\ndata: {DELTA}\n\n\
         event: message_stop\ndata: {{\"type\":\"message_stop\"}}\n\n"
    );
    assert_eq!(answer.text(), expected);
    assert_eq!(answer.header("cache-control"), "no-cache");
}

#[tokio::test]
async fn a_stream_that_breaks_ends_with_an_error() {
    for (rest, kind, part) in [
        (vec![exception("throttlingException", "slow down")], "rate_limit_error", "slow down"),
        (vec![exception("modelStreamErrorException", "lost")], "api_error", "lost"),
        (vec![], "api_error", "cut"),
        (vec![Bytes::from_static(b"no frame at all, but bytes")], "api_error", "broken"),
        // Claude's own events.
        (vec![gave_up("overloaded_error"), chunk(STOP)], "overloaded_error", "enough"),
        (vec![gave_up("rate_limit_error")], "rate_limit_error", "enough"),
        (vec![gave_up("of_a_new_type")], "api_error", "enough"),
    ] {
        let frames: Vec<_> = [chunk(START), chunk(DELTA)].into_iter().chain(rest).map(Ok).collect();
        let gateway = over(Script::new([streamed(frames)]), options());
        let answer = post_with(&gateway, PATH, &[], BODY).await;
        let events = events_of(&answer);
        assert_eq!((answer.status.as_u16(), events.len()), (200, 3));
        let (name, data) = events.last().unwrap();
        let error: Value = serde_json::from_str(data).unwrap();
        assert_eq!((name.as_str(), &error["type"]), ("error", &json!("error")));
        assert_eq!(error["error"]["type"], kind, "{error}");
        assert!(error["error"]["message"].as_str().unwrap().contains(part), "{error}");
        assert_eq!(error["request_id"], answer.header("request-id"), "{error}");
        let metrics = http::Request::get("http://127.0.0.1/metrics").body(Body::empty()).unwrap();
        let metrics = Answer::collect(gateway.send(metrics).await.unwrap()).await.text();
        assert!(metrics.contains("\nbedwire_failures_total{kind="), "{kind}: {metrics}");
    }
}

/// Claude's event that it gives up, not in the order of its members that is usual.
fn gave_up(kind: &str) -> Bytes {
    chunk(&format!(r#"{{"error":{{"type":"{kind}","message":"enough"}},"type":"error"}}"#))
}

#[tokio::test(start_paused = true)]
async fn a_silent_stream_is_kept_alive_and_a_gone_client_ends_it() {
    let (sender, receiver) = tokio::sync::mpsc::channel::<Bytes>(4);
    sender.send(chunk(START)).await.unwrap();
    let body = futures_util::stream::unfold(receiver, |mut receiver| async move {
        let frame = receiver.recv().await?;
        Some((Ok(frame), receiver))
    });
    let script = Script::new([streamed_body(Body::stream(body, None))]);
    let answer = over(script.clone(), options()).send(json_request(PATH, &[], BODY)).await.unwrap();
    let mut body = answer.into_body();
    let mut text = String::new();
    for _ in 0..3 {
        text.push_str(std::str::from_utf8(&body.chunk().await.unwrap().unwrap()).unwrap());
    }
    let names: Vec<String> = events(&text).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["message_start", "ping", "ping"]);
    assert!(!sender.is_closed());
    drop(body);
    assert!(sender.is_closed());
}

/// A Claude may think for minutes before Bedrock sends the first event, or even the headers.
#[tokio::test(start_paused = true)]
async fn pings_go_out_before_the_first_event() {
    for comes_with_headers in [true, false] {
        let (sender, receiver) = tokio::sync::mpsc::channel::<Bytes>(4);
        let body = futures_util::stream::unfold(receiver, |mut receiver| async move {
            let frame = receiver.recv().await?;
            Some((Ok(frame), receiver))
        });
        let step = if comes_with_headers { streamed_body(Body::stream(body, None)) } else { Step::Never };
        let began = tokio::time::Instant::now();
        let script = Script::new([step]);
        let answer = over(script.clone(), options()).send(json_request(PATH, &[], BODY)).await.unwrap();
        assert_eq!(answer.status(), 200);
        let mut body = answer.into_body();
        let mut text = String::new();
        for _ in 0..3 {
            text.push_str(std::str::from_utf8(&body.chunk().await.unwrap().unwrap()).unwrap());
        }
        // The first at 25 s: 10 s of patience for the headers, and then one each 15 s.
        assert_eq!(began.elapsed().as_secs(), 55);
        if !comes_with_headers {
            continue;
        }
        for frame in [START, DELTA, STOP] {
            sender.send(chunk(frame)).await.unwrap();
        }
        drop(sender);
        while let Some(chunk) = body.chunk().await {
            text.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
        }
        let names: Vec<String> = events(&text).into_iter().map(|(name, _)| name).collect();
        let expected = ["ping", "ping", "ping", "message_start", "content_block_delta", "message_stop"];
        assert_eq!(names, expected);
    }
}

/// What is refused after the first ping is an event.
#[tokio::test(start_paused = true)]
async fn a_refusal_after_a_ping_is_an_event() {
    let (sender, receiver) = tokio::sync::oneshot::channel::<Bytes>();
    let body = futures_util::stream::once(async move { Ok(receiver.await.unwrap()) });
    let script = Script::new([streamed_body(Body::stream(body, None))]);
    let answer = over(script.clone(), options()).send(json_request(PATH, &[], BODY)).await.unwrap();
    sender.send(exception("validationException", "That is too long.")).unwrap();
    let text = answer.into_body().collect(1 << 16).await.unwrap();
    let events = events(std::str::from_utf8(&text).unwrap());
    let (name, data) = events.last().unwrap();
    assert_eq!(name, "error");
    assert!(data.contains("invalid_request_error") && data.contains("That is too long."), "{data}");
}

#[tokio::test]
async fn the_emulator_answers_and_asks_for_tools() {
    let gateway = offline(options());
    let text = post_with(&gateway, PATH, &[], BODY.replace("true", "false")).await.json();
    assert_eq!((&text["type"], &text["model"]), (&json!("message"), &json!("claude")));
    assert_eq!(text["content"][0]["type"], "text");
    let tools = r#","tools":[{"name":"get_weather","input_schema":{"type":"object"}}]}"#;
    let body = format!("{}{tools}", BODY.strip_suffix('}').unwrap());
    let events = events_of(&post_with(&gateway, PATH, &[], body).await);
    let last: Value = serde_json::from_str(&events[events.len() - 2].1).unwrap();
    assert_eq!(last["delta"]["stop_reason"], "tool_use");
    assert_eq!(events.last().unwrap().1, r#"{"type":"message_stop"}"#);
}

#[tokio::test]
async fn an_unknown_path_and_method_are_refused_in_anthropics_shape() {
    let answer = post_with(&offline(options()), "/v1/messages/batches", &[], "{}").await;
    assert_eq!(answer.anthropic_refusal().0, 404);
}

#[tokio::test]
async fn cut_and_failed_answers_are_refused() {
    let script = Script::new([Step::Fail(bedwire::protocol::outcome::WireFailure::TooLarge)]);
    let answer = post_with(&over(script.clone(), options()), PATH, &[], BODY).await;
    assert_eq!(answer.anthropic_refusal().1, "api_error");
}

/// A 200 of Bedrock, or of a proxy before it, may have anything in it.
#[tokio::test]
async fn a_200_without_a_message_is_a_bad_gateway() {
    for said in ["{}", "", "<html>Sign in</html>", "[]", r#"{"content":"x"}"#, r#"{"message":"no"}"#] {
        let script = Script::new([answer(200, &[], said)]);
        let answer = post_with(&over(script.clone(), options()), PATH, &[], BODY_WHOLE).await;
        let (status, kind, message) = answer.anthropic_refusal();
        assert_eq!((status, kind.as_str()), (502, "api_error"), "{said}: {message}");
        assert!(message.contains("content"), "{message}");
    }
}

/// The exchanges of a Claude with InvokeModel or its stream that others recorded: path and answer.
fn recorded_answers(operation: &str) -> Vec<(String, Bytes)> {
    let exchanges = recorded::exchanges();
    let path = |exchange: &Value| exchange["path"].as_str().unwrap().to_owned();
    let of_claude = exchanges.iter().filter(|exchange| {
        let path = path(exchange);
        exchange["status"] == 200 && path.contains("anthropic.") && path.ends_with(operation)
    });
    let found: Vec<_> =
        of_claude.map(|exchange| (path(exchange), recorded::body(exchange, "response_body"))).collect();
    assert!(exchanges.is_empty() || !found.is_empty(), "no {operation} is recorded");
    found
}

#[tokio::test]
async fn every_recorded_stream_comes_out_as_events() {
    use bedwire::protocol::eventstream::Decoder;
    for (path, recording) in recorded_answers("/invoke-with-response-stream") {
        let mut decoder = Decoder::new();
        decoder.push(recording.clone());
        let mut expected = Vec::new();
        while let Some(frame) = decoder.next_frame().unwrap() {
            let payload: Value = serde_json::from_slice(frame.payload()).unwrap();
            let json = base64_simd::STANDARD.decode_to_vec(payload["bytes"].as_str().unwrap()).unwrap();
            let mut event: Value = serde_json::from_slice(&json).unwrap();
            event.as_object_mut().unwrap().remove("amazon-bedrock-invocationMetrics");
            if event.pointer("/message/model").is_some() {
                event["message"]["model"] = json!("claude");
            }
            if event.get("type").is_some() {
                expected.push(event);
            }
        }
        let script = Script::new([streamed([Ok(recording)])]);
        let answer = post_with(&over(script.clone(), options()), PATH, &[], BODY).await;
        let events = events_of(&answer);
        let read: Vec<Value> = events.iter().map(|(_, data)| serde_json::from_str(data).unwrap()).collect();
        assert_eq!(read, expected, "{path}");
        for ((name, _), data) in events.iter().zip(&read) {
            assert_eq!(data["type"], name.as_str(), "{path}");
        }
    }
}

#[tokio::test]
async fn every_recorded_answer_comes_out_byte_for_byte() {
    for (path, recording) in recorded_answers("/invoke") {
        let text = String::from_utf8(recording.to_vec()).unwrap();
        let json: Value = serde_json::from_str(&text).unwrap();
        let model = json["model"].as_str().map(str::to_owned);
        let script = Script::new([answer(200, &[], &text)]);
        let answer = post_with(&over(script.clone(), options()), PATH, &[], BODY_WHOLE).await;
        if !json["content"].is_array() {
            // What Claude 2 completed, or nothing at all, is no message.
            assert_eq!((json["type"] == "message", answer.status.as_u16()), (false, 502), "{path}: {text}");
            continue;
        }
        let expected = match model {
            // A model could be named in the answer's text, too: the member comes first.
            Some(model) => text.replacen(&format!("\"{model}\""), "\"claude\"", 1),
            None => text,
        };
        assert_eq!(answer.text(), expected, "{path}");
    }
}
