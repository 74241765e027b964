//! Bad input to the gateway, for the shapes of both APIs: the right status in the right shape, nothing of it in the
//! log, and good requests are answered all the same. What is about the wire alone (floods of headers, cut and slow
//! requests, bodies that are too long) is in `gateway_server`; who is let in, in `gateway_admission`.
#![cfg(all(feature = "gateway", feature = "emulator"))]

mod gateway;

use bedwire::gateway::{AccessEntry, AccessLog, Gateway, GatewayOptions, Key, KeyHash};
use bytes::Bytes;
use gateway::{Answer, get, offline, send};
use http::Method;
use serde_json::Value;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const CHAT: &str = "/v1/chat/completions";
const MESSAGES: &str = "/v1/messages";
const RESPONSES: &str = "/v1/responses";
const PATHS: [&str; 3] = [CHAT, MESSAGES, RESPONSES];
const KEY: &str = "key-of-a-developer";
/// In every prompt.
const PROMPT: &str = "PROMPT-NOBODY-READS";

/// All that is said may be a text there.
const IS_INPUT: &str = "messages are a text";

/// A Claude's own body passes through: these are for the service to refuse, and the emulator does not know them.
const FOR_BEDROCK: [&str; 1] = ["an unknown part"];

#[derive(Debug, Default)]
struct Lines(Mutex<String>);

impl AccessLog for Lines {
    fn ended(&self, entry: &AccessEntry<'_>) {
        let lines = format!("{entry}\n{}\n", entry.to_json());
        self.0.lock().unwrap().push_str(&lines);
    }
}

fn gateway(lines: &Arc<Lines>) -> Gateway {
    let mut options = GatewayOptions::default();
    options.keys = vec![Key::new("dev", KeyHash::of(KEY.as_bytes()))];
    options.access_log = Some(Arc::clone(lines) as _);
    offline(options)
}

async fn ask(gateway: &Gateway, path: &str, body: impl Into<Bytes>) -> Answer {
    let headers = [("content-type", "application/json"), ("x-api-key", KEY)];
    send(gateway, Method::POST, path, &headers, at(path, body)).await
}

/// The body of a chat as the endpoint at this path takes it.
fn at(path: &str, body: impl Into<Bytes>) -> Bytes {
    let mut body: Vec<u8> = body.into().to_vec();
    if path != RESPONSES {
        return body.into();
    }
    for (name, other) in [("\"messages\"", "\"input\""), ("\"max_tokens\"", "\"max_output_tokens\"")] {
        let place = |body: &[u8]| body.windows(name.len()).position(|window| window == name.as_bytes());
        while let Some(place) = place(&body) {
            body.splice(place..place + name.len(), other.bytes());
        }
    }
    body.into()
}

/// The message of a refusal in the shape of the API at this path.
#[track_caller]
fn refusal(answer: &Answer, path: &str, status: u16) -> String {
    if path != MESSAGES {
        return answer.refusal(status);
    }
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    let json = answer.json();
    assert_eq!(json["type"], "error", "{json}");
    assert!(json["error"]["type"].is_string(), "{json}");
    json["error"]["message"].as_str().unwrap().to_owned()
}

fn chat(messages: &str, more: &str) -> String {
    format!(r#"{{"model":"claude-sonnet-4","max_tokens":50,"messages":{messages}{more}}}"#)
}

fn good() -> String {
    chat(&format!(r#"[{{"role":"user","content":"{PROMPT}"}}]"#), "")
}

async fn goes_on(gateway: &Gateway) {
    for path in PATHS {
        let answer = ask(gateway, path, good()).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    }
}

fn says(content: &str) -> String {
    format!(r#"[{{"role":"user","content":{content}}}]"#)
}

#[tokio::test]
async fn a_body_that_is_no_request_is_refused_and_nothing_of_it_is_logged() {
    let lines = Arc::new(Lines::default());
    let gateway = gateway(&lines);
    let user = says(&format!("\"{PROMPT}\""));
    let mut not_utf8 = good().into_bytes();
    let place = not_utf8.windows(6).position(|window| window == b"NOBODY").unwrap();
    not_utf8[place] = 0xff;
    let deep = |open: &str, close: &str, levels: usize| {
        says(&format!("{}1{}", open.repeat(levels), close.repeat(levels)))
    };
    let bodies: Vec<(&str, Vec<u8>)> = [
        ("empty", String::new()),
        ("blank", " \n".to_owned()),
        ("a word", "null".to_owned()),
        ("a list", format!("[{}]", good())),
        ("a number", "1e999".to_owned()),
        ("no JSON", format!("{{{PROMPT}")),
        ("cut", good()[..good().len() - 3].to_owned()),
        ("two", good().repeat(2)),
        ("a comma too many", good().replace("]}", "],}")),
        ("single quotes", good().replace('"', "'")),
        ("NaN", chat(&user, r#","temperature":NaN"#)),
        ("a byte order mark", format!("\u{feff}{}", good())),
        ("a raw NUL", good().replace("NOBODY", "\0")),
        ("a raw line end", good().replace("NOBODY", "\n")),
        ("a wrong escape", good().replace("NOBODY", "\\q")),
        ("half an escape", good().replace("NOBODY", "\\u12")),
        ("a lone high surrogate", good().replace("NOBODY", "\\ud83d")),
        ("a lone low surrogate", good().replace("NOBODY", "\\ude00")),
        ("two high surrogates", good().replace("NOBODY", "\\ud83d\\ud83d")),
        ("lists in lists", chat(&deep("[", "]", 100_000), "")),
        ("objects in objects", chat(&deep("{\"a\":", "}", 100_000), "")),
        ("lists that do not end", "[".repeat(1_000_000)),
        ("deep in what passes through", chat(&user, &format!(r#","metadata":{}"#, "[".repeat(200_000)))),
        ("no messages", r#"{"model":"claude-sonnet-4","max_tokens":5}"#.to_owned()),
        ("no model", format!(r#"{{"max_tokens":5,"messages":{user}}}"#)),
        ("a model that is a number", good().replace("\"claude-sonnet-4\"", "4")),
        ("messages are a text", chat(&format!("\"{PROMPT}\""), "")),
        ("messages are an object", chat("{}", "")),
        ("messages are empty", chat("[]", "")),
        ("a message is a text", chat(&format!("[\"{PROMPT}\"]"), "")),
        ("a message is null", chat("[null]", "")),
        ("no role", chat(&format!(r#"[{{"content":"{PROMPT}"}}]"#), "")),
        ("an unknown role", chat(&user.replace("user", "boss"), "")),
        ("content is a number", chat(&says("7"), "")),
        ("content is an object", chat(&says(r#"{"text":"x"}"#), "")),
        ("a part is a text", chat(&says(&format!("[\"{PROMPT}\"]")), "")),
        ("an unknown part", chat(&says(r#"[{"type":"smell"}]"#), "")),
        ("a huge number of tokens", good().replace("50", &"9".repeat(400))),
        ("a fraction of a token", good().replace("50", "1.5")),
        ("fewer than no tokens", good().replace("50", "-1")),
        ("a huge temperature", chat(&user, r#","temperature":1e400"#)),
        ("a temperature in words", chat(&user, r#","temperature":"hot""#)),
        ("stream in words", chat(&user, r#","stream":"yes""#)),
        ("tools are an object", chat(&user, r#","tools":{}"#)),
        ("a tool without a name", chat(&user, r#","tools":[{}]"#)),
    ]
    .into_iter()
    .map(|(what, body)| (what, body.into_bytes()))
    .chain([("no UTF-8", not_utf8)])
    .collect();
    for (what, body) in bodies {
        for path in PATHS {
            let answer = ask(&gateway, path, body.clone()).await;
            if path == MESSAGES && FOR_BEDROCK.contains(&what) || path == RESPONSES && what == IS_INPUT {
                continue;
            }
            assert_eq!(answer.status, 400, "{path}: {what}: {}", answer.text());
            let message = refusal(&answer, path, 400);
            assert!(!message.is_empty() && message.len() < 1000, "{path}: {what}: {message}");
            assert!(!message.contains("panic"), "{path}: {what}: {message}");
            println!("{path}: {what}: {message}");
        }
    }
    goes_on(&gateway).await;
    let metrics = get(&gateway, "/metrics").await.text();
    let logged = lines.0.lock().unwrap();
    assert_eq!(logged.lines().count() % 2, 0);
    assert!(
        logged.contains(" 400 chat_completions ")
            && logged.contains(" 400 responses ")
            && logged.contains("key=dev"),
        "{logged}"
    );
    for secret in [PROMPT, "NOBODY", KEY] {
        assert!(!logged.contains(secret) && !metrics.contains(secret), "{secret} is told: {logged}{metrics}");
    }
}

#[tokio::test]
async fn what_looks_odd_and_is_right_is_answered() {
    let gateway = gateway(&Arc::default());
    for (what, body) in [
        ("an escaped NUL", good().replace("NOBODY", "\\u0000")),
        ("a pair of surrogates", good().replace("NOBODY", "\\ud83d\\ude00")),
        ("a name in escapes", good().replace("\"role\"", "\"r\\u006fle\"")),
        ("a space before and after", format!(" \r\n{}\t\n", good())),
    ] {
        for path in PATHS {
            let answer = ask(&gateway, path, body.clone()).await;
            assert_eq!(answer.status, 200, "{path}: {what}: {}", answer.text());
        }
    }
    // Which of two members counts is nobody's guess: one answer or a refusal, but never two meanings.
    for path in PATHS {
        let twice =
            ask(&gateway, path, good().replace("\"max_tokens\":50", "\"max_tokens\":50,\"max_tokens\":60"))
                .await;
        assert!([200, 400].contains(&twice.status.as_u16()), "{path}: {}", twice.text());
    }
}

#[tokio::test]
async fn tools_out_of_order_are_refused_by_place() {
    let gateway = gateway(&Arc::default());
    let call = r#"{"role":"assistant","content":null,"tool_calls":[{"id":"t1","type":"function","function":{"name":"f","arguments":"{}"}}]}"#;
    let tools = r#","tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]"#;
    let result = |id: &str| format!(r#"{{"role":"tool","tool_call_id":"{id}","content":"{PROMPT}"}}"#);
    let user = r#"{"role":"user","content":"hi"}"#;
    for (what, messages) in [
        ("no result", format!("[{user},{call},{user}]")),
        ("another's result", format!("[{user},{call},{}]", result("t2"))),
        ("a result of nothing", format!("[{user},{}]", result("t1"))),
    ] {
        let answer = ask(&gateway, CHAT, chat(&messages, tools)).await;
        let message = answer.refusal(400);
        assert!(message.contains("messages"), "{what}: {message}");
        assert!(!message.contains(PROMPT), "{what}: {message}");
    }
    goes_on(&gateway).await;
}

#[tokio::test]
async fn other_types_unknown_models_and_strangers_are_told_so_in_both_shapes() {
    let gateway = gateway(&Arc::default());
    for path in PATHS {
        let unknown = ask(&gateway, path, good().replace("claude-sonnet-4", "claude-sonet-4")).await;
        let message = refusal(&unknown, path, 404);
        assert!(message.contains("\"claude-sonet-4\"") && message.contains("claude-sonnet-4"), "{message}");
        for kind in ["text/plain", "application/x-www-form-urlencoded", "application/json5", ""] {
            let headers = [("content-type", kind), ("x-api-key", KEY)];
            let message =
                refusal(&send(&gateway, Method::POST, path, &headers, at(path, good())).await, path, 415);
            assert!(message.contains("application/json"), "{kind}: {message}");
        }
        for (encoding, status) in [("gzip", 415), ("br, zstd", 415), ("Identity", 200), ("", 200)] {
            let headers =
                [("content-type", "application/json"), ("x-api-key", KEY), ("content-encoding", encoding)];
            let answer = send(&gateway, Method::POST, path, &headers, at(path, good())).await;
            if status == 415 {
                let message = refusal(&answer, path, 415);
                assert!(message.contains(encoding), "{message}");
            }
            assert_eq!(answer.status, status, "{path} {encoding}: {}", answer.text());
        }
        for headers in [&[][..], &[("x-api-key", "wrong")], &[("authorization", "Bearer wrong")]] {
            let answer = send(&gateway, Method::POST, path, headers, at(path, good())).await;
            let message = refusal(&answer, path, 401);
            assert!(message.contains("key") && !message.contains("wrong"), "{message}");
        }
        let traversal = format!("{path}/../../etc/passwd");
        let answer = ask(&gateway, &traversal, good()).await;
        assert_eq!(answer.status, 404, "{}", answer.text());
        let answer = send(&gateway, Method::GET, path, &[("x-api-key", KEY)], "").await;
        assert_eq!(answer.header("allow"), "POST");
        refusal(&answer, path, 405);
        let too_long = vec![b' '; 25_000_001];
        refusal(&ask(&gateway, path, too_long).await, path, 413);
    }
    goes_on(&gateway).await;
}

/// What a client on a socket reads until the server closes.
async fn tell(address: std::net::SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let _ = stream.write_all(request).await;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn on_a_socket_it_is_the_same() {
    let gateway = gateway(&Arc::default());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(async move {
        let stopped = async { stopped.await.unwrap_or_default() };
        Gateway::server().serve(listener, Arc::new(gateway), stopped).await;
    });
    let post = |path: &str, body: &[u8]| {
        let length = body.len();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nx-api-key: {KEY}\r\n\
             content-length: {length}\r\nconnection: close\r\n\r\n"
        );
        [head.as_bytes(), body].concat()
    };
    for path in PATHS {
        for body in [&b"{"[..], b"", b"\xff\xfe", b"[[[[[[[[[[[[[[[[", "[".repeat(2_000_000).as_bytes()] {
            let answer = tell(address, &post(path, body)).await;
            let (head, body) = answer.split_once("\r\n\r\n").unwrap();
            assert!(head.starts_with("HTTP/1.1 400 "), "{path}: {answer}");
            let error: Value = serde_json::from_str(body).unwrap();
            assert_eq!(error["type"] == "error", path == MESSAGES, "{error}");
            assert!(error["error"]["message"].is_string(), "{error}");
        }
        // A client that goes away in the middle of its body.
        let whole = post(path, &at(path, good()));
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(&whole[..whole.len() - 20]).await.unwrap();
        drop(stream);
        let answer = tell(address, &whole).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
    drop(stop);
    server.await.unwrap();
}

/// Whose API is not here is told what is; a base URL is wrong only where it looks so.
#[tokio::test]
async fn a_path_that_is_not_served_says_what_is() {
    let gateway = gateway(&Arc::default());
    for (path, says) in [
        ("/v1/responses/resp_1", "a response that was kept is not served here; nothing is kept here"),
        ("/v1/responses/resp_1/cancel", "send all items of a chat to POST /v1/responses, with store: false"),
        ("/v1/responses/compact", "send a summary of it to /v1/responses"),
        ("/v1/conversations", "send all items of a chat to POST /v1/responses"),
        ("/v1/completions", "use /v1/chat/completions"),
        ("/v1/complete", "use /v1/messages"),
        ("/v1/images/generations", "/model/{id}/invoke"),
        ("/v1/moderations", "bedwire guardrail"),
        ("/v1/messages/batches", "bedwire batch"),
        ("/v1/batches", "bedwire batch"),
        ("/chat/completions", "the base URL of this gateway ends in /v1"),
        ("/v1/v1/chat/completions", "the base URL of this gateway ends in /v1"),
        ("//v1/chat/completions", "the base URL of this gateway ends in /v1"),
        ("/v1/v1/messages", "the base URL of this gateway"),
        ("/v1/imagesque", "there are /v1/chat/completions, /v1/responses, /v1/embeddings"),
        ("/", "there are /v1/chat/completions"),
    ] {
        let answer = ask(&gateway, path, "{}").await;
        let shape = if path.starts_with("/v1/messages") { MESSAGES } else { CHAT };
        let message = refusal(&answer, shape, 404);
        let begins = format!("there is nothing at POST {path}; ");
        assert!(message.starts_with(&begins) && message.contains(says), "{message}");
    }
}
