//! How long `verify` takes for a body of 1 MB whose signature no mistake and no pair explains: the whole search.
//! `cargo bench --no-default-features --features diagnosis --bench verify`

#[path = "../tests/signer/mod.rs"]
mod signer;

use bedwire::protocol::capture;
use bedwire::protocol::diagnosis::{Keys, verify};
use std::time::Instant;

fn main() {
    let text = "lorem ipsum dolor sit amet, 'caf\u{e9}' & <b>".repeat(22);
    for messages in [1024, 1] {
        measure(&text, messages);
    }
}

fn measure(text: &str, messages: usize) {
    let messages: Vec<String> =
        (0..messages).map(|_| format!("{{\"role\": \"user\", \"content\": \"{text}\"}}")).collect();
    let body = format!("{{\"messages\": [{}], \"max_tokens\": 16}}", messages.join(", "));
    let mut wire = signer::Wire::post("/model/anthropic.claude-3-haiku-20240307-v1%3A0/invoke", &body);
    for name in ["Accept", "X-Amzn-Bedrock-Trace", "X-Amz-Security-Token", "X-Amz-Content-Sha256"] {
        wire.set(name, "value");
    }
    wire.query = "b=2&a=%2F&c=x%20y".into();
    let mut signing = wire.signing();
    signing.secret = "another secret altogether".into();
    wire.sign(&signing);
    let capture = wire.text("\r\n");
    let keys = Keys { secret: signer::SECRET, access_key_id: None, session_token: None };
    let mut times: Vec<_> = (0..5)
        .map(|_| {
            let started = Instant::now();
            let read = capture::read(&capture).expect("a capture");
            let found = verify(read.request().expect("a request"), Some(keys));
            assert!(!found.explanation.is_empty());
            started.elapsed()
        })
        .collect();
    times.sort();
    println!("{} bytes: fastest {:?}, median {:?}, slowest {:?}", body.len(), times[0], times[2], times[4]);
}
