//! The ids by which a request is found again: the gateway's own, and Bedrock's.
#![cfg(feature = "gateway")]

mod gateway_call;
mod support;

use gateway_call::{exception, options, post, scripted, streamed};
use serde_json::json;
use support::Script;

const PATHS: [&str; 2] = ["/v1/chat/completions", "/v1/messages"];

fn ask(stream: bool) -> String {
    let messages = json!([{ "role": "user", "content": "Hi" }]);
    json!({ "model": "nova", "max_tokens": 9, "messages": messages, "stream": stream }).to_string()
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_comes_as_the_first_event_has_the_id_of_its_headers() {
    for (name, status) in [("validationException", 400), ("modelStreamErrorException", 502)] {
        for path in PATHS {
            let gateway = scripted(&Script::new([streamed([Ok(exception(name, "no"))])]), options());
            let said = post(&gateway, path, &[], ask(true)).await;
            assert_eq!(said.status, status, "{}", said.text());
            assert_eq!(said.header("x-amzn-requestid"), "of-bedrock", "{path}");
        }
    }
}
