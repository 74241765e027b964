//! What `bedwire serve` tells of the requests it serves: at `-vv`, in its access log, in its metrics and in its refusals
//! there is no key, no credential and no prompt.
#![cfg(feature = "cli")]

mod command;

use command::Server;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

const KEY: &str = "gateway-key-sEcReT";
const WRONG_KEY: &str = "wrong-key-sEcReT";
const SECRET: &str = "aWs/sEcReT+kEy";
const TOKEN: &str = "sEsSiOn-sEcReT";
const PROMPT: &str = "pRoMpT-sEcReT";

/// A request's whole answer.
fn ask(url: &str, head: &str, key: &str, body: &str) -> String {
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(
        stream,
        "{head} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\nauthorization: Bearer {key}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Serves a few requests and returns what it said of them: its refusals and metrics, and its stderr.
fn told(log: &str, arguments: &[&str]) -> (String, String) {
    let environment = [
        ("GATEWAY_KEY", KEY),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
        ("AWS_SESSION_TOKEN", TOKEN),
        ("AWS_REGION", "us-west-2"),
    ];
    let serve = ["serve", "-vv", "--key-variable", "GATEWAY_KEY", "--log", log];
    let mut server = Server::start(&[&serve, arguments].concat(), &environment);
    let url = server.url.clone();
    let chat = |model: &str, more: &str| {
        format!(
            r#"{{"model":"{model}","max_tokens":9,"messages":[{{"role":"user","content":"{PROMPT}"}}]{more}}}"#
        )
    };
    let mut refusals = String::new();
    for path in ["/v1/chat/completions", "/v1/messages"] {
        let head = format!("POST {path}");
        for more in ["", r#","stream":true"#] {
            ask(&url, &head, KEY, &chat("claude-sonnet-4", more));
            ask(&url, &head, KEY, &chat("nova-lite", more));
        }
        for (key, body) in [
            (WRONG_KEY, chat("nova-lite", "")),
            (KEY, chat("no-such-model", "")),
            (KEY, chat("nova-lite", r#","seed":"#)),
            (KEY, chat("claude-sonnet-4", r#","temperature":"hot""#)),
            (KEY, format!("{{\"{PROMPT}\"")),
        ] {
            let answer = ask(&url, &head, key, &body);
            assert!(answer.starts_with("HTTP/1.1 4") || answer.starts_with("HTTP/1.1 5"), "{answer}");
            refusals.push_str(&answer);
        }
    }
    ask(&url, "POST /model/nova-lite/converse", KEY, &chat("x", ""));
    refusals.push_str(&ask(&url, "GET /metrics", KEY, ""));
    let mut stderr = server.stderr();
    drop(server);
    let mut said = String::new();
    stderr.read_to_string(&mut said).unwrap();
    (refusals, said)
}

#[test]
fn serving_shows_no_key_and_no_prompt() {
    // The last is refused by its upstream, which quotes what was signed.
    let emulate = command::Emulate::start(&[], &[]);
    for (log, arguments) in [
        ("text", vec!["--offline"]),
        ("json", vec!["--offline"]),
        ("text", vec!["--endpoint-url", &*emulate.url]),
    ] {
        let (refusals, said) = told(log, &arguments);
        assert!(refusals.contains("bedwire_requests_total"), "{refusals}");
        assert!(said.contains("chat_completions") && said.lines().count() > 20, "{said}");
        for secret in [KEY, WRONG_KEY, SECRET, TOKEN, PROMPT] {
            assert!(!refusals.contains(secret), "{log} {arguments:?}: an answer shows {secret}: {refusals}");
            assert!(!said.contains(secret), "{log} {arguments:?}: stderr shows {secret}: {said}");
        }
    }
}
