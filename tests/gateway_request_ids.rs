//! The ids by which a request is found again: the gateway's own, and Bedrock's.
#![cfg(all(feature = "gateway", feature = "emulator"))]

mod gateway;

use gateway::frames::{exception, frame, streamed};
use gateway::support::{Script, refusal};
use gateway::{events_of, options, over, post_with};
use serde_json::{Value, json};

const PATHS: [&str; 2] = ["/v1/chat/completions", "/v1/messages"];

fn ask(stream: bool) -> String {
    let messages = json!([{ "role": "user", "content": "Hi" }]);
    json!({ "model": "nova", "max_tokens": 9, "messages": messages, "stream": stream }).to_string()
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_comes_as_the_first_event_has_the_id_of_its_headers() {
    for (name, status) in [("validationException", 400), ("modelStreamErrorException", 502)] {
        for path in PATHS {
            // The second is asked for again, as long as there are attempts.
            let answers = (0..5).map(|_| streamed([Ok(exception(name, "no"))]));
            let gateway = over(Script::new(answers), options());
            let said = post_with(&gateway, path, &[], ask(true)).await;
            assert_eq!(said.status, status, "{}", said.text());
            assert_eq!(said.header("x-amzn-requestid"), "of-bedrock", "{path}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_of_anthropics_shape_has_the_id_of_its_header() {
    let gateway = over(Script::new([refusal(403, "AccessDeniedException", "no")]), options());
    // Refused by Bedrock, and before it is asked.
    for body in [ask(false), "{".to_owned()] {
        let said = post_with(&gateway, "/v1/messages", &[], body).await;
        let id = said.header("request-id");
        assert!(id.starts_with("req_") && said.status.is_client_error(), "{}", said.text());
        assert_eq!(said.json()["request_id"], id, "{}", said.text());
    }
    let frames =
        [frame("messageStart", r#"{"role":"assistant"}"#), exception("internalServerException", "no")];
    let gateway = over(Script::new([streamed(frames.map(Ok))]), options());
    let said = post_with(&gateway, "/v1/messages", &[], ask(true)).await;
    let (name, data) = events_of(&said).pop().unwrap();
    let data: Value = serde_json::from_str(&data).unwrap();
    assert_eq!((&*name, &data["request_id"]), ("error", &json!(said.header("request-id"))), "{data}");
}
