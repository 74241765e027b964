//! What real Bedrock answered, the emulator does not refuse, and what it refused, the emulator refuses in the same words:
//! every recorded request of the runtime is asked again. The recordings lie in `$BEDWIRE_RECORDINGS`, else in
//! `../shared/recordings`; without them this test says so and passes.
#![cfg(feature = "emulator")]

mod emulator_call;
mod recorded;

use bedwire::emulator::{Emulator, EmulatorOptions};
use bedwire::protocol::endpoint::SigningScope;
use emulator_call::{Answer, Call, options};
use http::Method;
use serde_json::Value;

/// What is answered otherwise, by a part of the exchange's source and of the emulator's answer, and why.
const EXCEPTIONS: [(&str, &str, &str); 1] =
    [("test_bedrock_model_other_parameters", "EOF while parsing", "its recorder stored half of the body")];

/// A model that answered when it was recorded and has ended since, and who is asked in its place.
const ENDED: (&str, &str) =
    ("/anthropic.claude-3-5-sonnet-20240620-v1", "/us.anthropic.claude-3-5-sonnet-20241022-v2");

#[tokio::test]
async fn what_bedrock_answered_is_answered_and_what_it_refused_is_refused() {
    let emulator = Emulator::new(EmulatorOptions { fixtures: None, ..options() });
    let mut met = [0; EXCEPTIONS.len()];
    let mut wrong = Vec::new();
    let exchanges = recorded::exchanges();
    for exchange in &exchanges {
        // 403 and 503 are about whom asks and when, not about what is asked.
        let status = exchange["status"].as_u64().unwrap();
        if exchange["operation"].is_null() || status == 403 || status == 503 {
            continue;
        }
        let answer = ask(&emulator, exchange).await;
        let text = answer.text();
        let is_in_its_words = status == 200 || answer.message() == recorded_message(exchange);
        if u64::from(answer.status.as_u16()) == status && is_in_its_words {
            continue;
        }
        let source = exchange["source"].as_str().unwrap();
        match EXCEPTIONS.iter().position(|(name, part, _)| source.contains(name) && text.contains(part)) {
            Some(at) => met[at] += 1,
            None => wrong.push(format!("{status} {} {source}: {} {text}", exchange["path"], answer.status)),
        }
    }
    assert!(wrong.is_empty(), "{} answers:\n{}", wrong.len(), wrong.join("\n"));
    for ((name, ..), met) in EXCEPTIONS.iter().zip(met) {
        assert!(exchanges.is_empty() || met > 0, "{name} is no exception any more");
    }
}

fn recorded_message(exchange: &Value) -> String {
    let body: Value = serde_json::from_slice(&recorded::body(exchange, "response_body")).unwrap();
    body["message"].as_str().unwrap().to_owned()
}

async fn ask(emulator: &Emulator, exchange: &Value) -> Answer {
    let mut call = Call::new(
        Method::POST,
        &exchange["path"].as_str().unwrap().replace(ENDED.0, ENDED.1),
        recorded::body(exchange, "request_body"),
    );
    let host = exchange["host"].as_str().unwrap();
    call.scope = SigningScope::new(host.split('.').nth(1).unwrap(), "bedrock");
    call.header("content-type", "application/json").to(emulator).await
}
