//! What real Bedrock answered, the emulator does not refuse, and what it refused, the emulator does not answer: every
//! recorded request of the runtime is asked again. The recordings lie in `$BEDWIRE_RECORDINGS`, else in
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

/// A model that answered when it was recorded, and has ended since.
const ENDED: &str = "This model version has reached the end of its life.";

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
        if u64::from(answer.status.as_u16()) == status || (status == 200 && text.contains(ENDED)) {
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

async fn ask(emulator: &Emulator, exchange: &Value) -> Answer {
    let mut call =
        Call::new(Method::POST, exchange["path"].as_str().unwrap(), recorded::body(exchange, "request_body"));
    let host = exchange["host"].as_str().unwrap();
    call.scope = SigningScope::new(host.split('.').nth(1).unwrap(), "bedrock");
    call.header("content-type", "application/json").to(emulator).await
}
