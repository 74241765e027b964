//! What programs ask that were written for OpenAI's or Anthropic's own models, in the shape in which their libraries send
//! it: a Bedrock model that is asked in another way answers all the same.
#![cfg(all(feature = "gateway", feature = "emulator"))]

mod gateway;

use bedwire::gateway::GatewayOptions;
use bedwire::transport::Body;
use gateway::frames::{frame, streamed};
use gateway::support::{Script, Step, answer, refusal};
use gateway::{Answer, CHAT, NOVA, alias, events_of, over, post_with};
use serde_json::{Value, json};

const MESSAGES: &str = "/v1/messages";
const RESPONSES: &str = "/v1/responses";
const LLAMA: &str = "us.meta.llama4-scout-17b-instruct-v1:0";

const TWO_TOOLS: &str = r#"{"output":{"message":{"role":"assistant","content":[{"text":"Let me see."},
    {"toolUse":{"toolUseId":"t1","name":"Person","input":{"name":"Ann"}}},
    {"toolUse":{"toolUseId":"t2","name":"Person","input":{"name":"Bob"}}},{"text":"Both?"}]}},
    "stopReason":"tool_use","usage":{"inputTokens":3,"outputTokens":2,"totalTokens":5}}"#;

/// The same, as ConverseStream has it.
fn two_tools_streamed() -> Step {
    let tool = |place: u8, id: &str, name: &str| {
        let start = json!({ "contentBlockIndex": place, "start": { "toolUse": { "toolUseId": id, "name": "Person" } } });
        let input = json!({ "name": name }).to_string();
        let delta = json!({ "contentBlockIndex": place, "delta": { "toolUse": { "input": input } } });
        [
            frame("contentBlockStart", &start.to_string()),
            frame("contentBlockDelta", &delta.to_string()),
            frame("contentBlockStop", &json!({ "contentBlockIndex": place }).to_string()),
        ]
    };
    let text = |place: u8, text: &str| {
        let delta = json!({ "contentBlockIndex": place, "delta": { "text": text } });
        frame("contentBlockDelta", &delta.to_string())
    };
    let mut frames = vec![frame("messageStart", r#"{"role":"assistant"}"#), text(0, "Let me see.")];
    frames.extend(tool(1, "t1", "Ann"));
    frames.extend(tool(2, "t2", "Bob"));
    frames.extend([
        text(3, "Both?"),
        frame("messageStop", r#"{"stopReason":"tool_use"}"#),
        frame("metadata", r#"{"usage":{"inputTokens":3,"outputTokens":2,"totalTokens":5}}"#),
    ]);
    streamed(frames.into_iter().map(Ok).collect::<Vec<_>>())
}

/// What a program is answered, and the body that reached Bedrock.
async fn asked(step: Step, id: &str, path: &str, body: &Value) -> (Answer, Value) {
    let mut options = GatewayOptions::default();
    options.models = vec![alias("m", &[id])];
    let script = Script::new([step]);
    let answer = post_with(&over(script.clone(), options), path, &[], body.to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let seen = script.seen();
    let Body::Whole(sent) = seen[0].1.body() else { panic!("it streams") };
    let sent = serde_json::from_slice(sent).unwrap();
    (answer, sent)
}

fn with(body: &Value, more: &Value) -> Value {
    let mut body = body.clone();
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

/// LangChain's `with_structured_output` by functions, and agents that run one tool at a time.
#[tokio::test]
async fn a_program_of_openai_that_takes_one_tool_gets_the_first() {
    let schema = json!({ "type": "object", "properties": { "name": { "type": "string" } } });
    let function = json!({ "type": "function", "function": { "name": "Person", "parameters": schema } });
    let body = json!({
        "model": "m", "messages": [{ "role": "user", "content": "Who?" }], "parallel_tool_calls": false,
        "tool_choice": "auto", "tools": [function],
    });
    for id in [NOVA, LLAMA] {
        let (whole, sent) = asked(answer(200, &[], TWO_TOOLS), id, CHAT, &body).await;
        assert_eq!(sent["toolConfig"]["tools"][0]["toolSpec"]["name"], "Person");
        assert_eq!(whole.header("x-bedwire-dropped"), "");
        let choice = &whole.json()["choices"][0];
        assert_eq!(choice["finish_reason"], "tool_calls");
        let calls = choice["message"]["tool_calls"].as_array().unwrap().clone();
        let ids: Vec<&Value> = calls.iter().map(|call| &call["id"]).collect();
        assert_eq!(ids, ["t1"], "{id}");
        assert_eq!(calls[0]["function"]["arguments"], r#"{"name":"Ann"}"#);
    }
    let stream = with(&body, &json!({ "stream": true }));
    for (id, step) in [(NOVA, two_tools_streamed()), (LLAMA, answer(200, &[], TWO_TOOLS))] {
        let (streamed, _) = asked(step, id, CHAT, &stream).await;
        let events = events_of(&streamed);
        let chunks = events.iter().filter_map(|(_, data)| serde_json::from_str::<Value>(data).ok());
        let deltas: Vec<Value> = chunks.map(|chunk| chunk["choices"][0]["delta"].clone()).collect();
        let calls: Vec<&Value> =
            deltas.iter().filter_map(|delta| delta["tool_calls"].as_array()).flatten().collect();
        assert!(calls.iter().all(|call| call["index"] == 0), "{id}: {calls:?}");
        let arguments: String =
            calls.iter().filter_map(|call| call["function"]["arguments"].as_str()).collect();
        assert_eq!(arguments, r#"{"name":"Ann"}"#, "{id}");
        assert!(streamed.text().contains(r#""finish_reason":"tool_calls""#), "{id}");
    }
}

/// Instructor and Vercel's AI SDK ask Anthropic's API for objects like this.
#[tokio::test]
async fn a_program_of_anthropic_that_takes_one_tool_gets_the_first() {
    let schema = json!({ "type": "object", "properties": { "name": { "type": "string" } } });
    let body = json!({
        "model": "m", "max_tokens": 500, "messages": [{ "role": "user", "content": "Who?" }],
        "tool_choice": { "type": "tool", "name": "Person", "disable_parallel_tool_use": true },
        "tools": [{ "name": "Person", "input_schema": schema }],
    });
    let (whole, sent) = asked(answer(200, &[], TWO_TOOLS), NOVA, MESSAGES, &body).await;
    assert_eq!(sent["toolConfig"]["toolChoice"], json!({ "tool": { "name": "Person" } }));
    assert_eq!((whole.header("x-bedwire-dropped"), &whole.json()["stop_reason"]), ("", &json!("tool_use")));
    let expected = json!([
        { "type": "text", "text": "Let me see." },
        { "type": "tool_use", "id": "t1", "name": "Person", "input": { "name": "Ann" } },
        { "type": "text", "text": "Both?" },
    ]);
    assert_eq!(whole.json()["content"], expected);

    let (streamed, _) =
        asked(two_tools_streamed(), NOVA, MESSAGES, &with(&body, &json!({ "stream": true }))).await;
    let events = events_of(&streamed);
    let blocks = |name: &str| {
        let of_name = events.iter().filter(move |(event, _)| event == name);
        of_name.map(|(_, data)| serde_json::from_str::<Value>(data).unwrap()).collect::<Vec<_>>()
    };
    let starts = blocks("content_block_start");
    let kinds: Vec<_> =
        starts.iter().map(|start| (&start["index"], &start["content_block"]["type"])).collect();
    assert_eq!(
        kinds,
        [(&json!(0), &json!("text")), (&json!(1), &json!("tool_use")), (&json!(2), &json!("text"))]
    );
    assert_eq!(blocks("content_block_stop").len(), 3);
    assert!(!streamed.text().contains("Bob"), "{}", streamed.text());
}

/// Who may run several is not bounded to one.
#[tokio::test]
async fn a_program_that_takes_several_tools_gets_them_all() {
    let tool = json!({ "type": "function", "function": { "name": "Person" } });
    let body = json!({ "model": "m", "messages": [{ "role": "user", "content": "Who?" }], "tools": [tool] });
    for more in [json!({}), json!({ "parallel_tool_calls": true })] {
        let (whole, _) = asked(answer(200, &[], TWO_TOOLS), NOVA, CHAT, &with(&body, &more)).await;
        assert_eq!(whole.json()["choices"][0]["message"]["tool_calls"].as_array().unwrap().len(), 2);
    }
}

const HI: &str = r#"{"output":{"message":{"role":"assistant","content":[{"text":"Hi"}]}},"stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}"#;

/// Prompts that are one message of the role system (LangChain's templates), and chats that begin with a greeting.
#[tokio::test]
async fn a_chat_that_the_user_does_not_begin_is_answered() {
    let prompt = json!([{ "role": "system", "content": "Say hi." }]);
    let greeting = json!([{ "role": "assistant", "content": "How can I help?" }, { "role": "user", "content": "Say hi." }]);
    for (messages, expected) in [
        (prompt, json!([{ "role": "user", "content": [{ "text": "Say hi." }] }])),
        (
            greeting,
            json!([
                { "role": "user", "content": [{ "text": "(The chat begins.)" }] },
                { "role": "assistant", "content": [{ "text": "How can I help?" }] },
                { "role": "user", "content": [{ "text": "Say hi." }] },
            ]),
        ),
    ] {
        for (path, list) in [(CHAT, "messages"), (RESPONSES, "input")] {
            let body = json!({ "model": "m", list: messages });
            let (whole, sent) = asked(answer(200, &[], HI), NOVA, path, &body).await;
            assert_eq!(sent, json!({ "messages": expected }));
            assert_eq!(whole.header("x-bedwire-dropped"), format!("{list}[].role"));
            assert!(whole.text().contains("\"Hi\""), "{}", whole.text());
        }
    }
    // Instructions beside an empty input ask nothing.
    let body = json!({ "model": "nova-lite", "instructions": "Say hi.", "input": [] });
    let gateway = over(Script::new([]), GatewayOptions::default());
    let refused = post_with(&gateway, RESPONSES, &[], body.to_string()).await;
    assert!(refused.refusal(400).contains("nothing that a user says"));
}

const TOO_MANY: &str = "The maximum tokens you requested exceeds the model limit of 10000. Try again with a maximum tokens value that is lower than 10000.";
const OF_CLAUDE: &str = r#"{"type":"message","role":"assistant","model":"claude","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}"#;
const HAIKU: &str = "anthropic.claude-3-haiku-20240307-v1:0";

/// The path of each call, and how many tokens it asks for.
fn calls(script: &Script) -> Vec<(String, u64)> {
    let call = |(_, request): &(_, http::Request<Body>)| {
        let Body::Whole(sent) = request.body() else { panic!("it streams") };
        let sent: Value = serde_json::from_slice(sent).unwrap();
        let tokens = [&sent["inferenceConfig"]["maxTokens"], &sent["max_tokens"]];
        let operation = request.uri().path().rsplit('/').next().unwrap().to_owned();
        (operation, tokens.into_iter().find_map(Value::as_u64).unwrap())
    };
    script.seen().iter().map(call).collect()
}

/// opencode asks for 32,000 of every model, Claude Code for as many.
#[tokio::test]
async fn who_asks_for_more_tokens_than_a_model_writes_gets_what_it_writes() {
    let too_many = || refusal(400, "ValidationException", TOO_MANY);
    let body =
        json!({ "model": "m", "max_tokens": 32000, "messages": [{ "role": "user", "content": "Hi" }] });
    let stream = with(&body, &json!({ "stream": true }));
    let tools = with(&body, &json!({ "tools": [{ "type": "function", "function": { "name": "f" } }] }));
    let newer = json!({ "model": "m", "max_completion_tokens": 32000, "messages": body["messages"] });
    let streamed_hi = || {
        let events = [
            frame("messageStart", r#"{"role":"assistant"}"#),
            frame("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"Hi"}}"#),
            frame("messageStop", r#"{"stopReason":"end_turn"}"#),
        ];
        streamed(events.map(Ok))
    };
    for (id, path, asked, step, operation, name) in [
        (NOVA, CHAT, &body, answer(200, &[], HI), "converse", "max_tokens"),
        (NOVA, CHAT, &newer, answer(200, &[], HI), "converse", "max_completion_tokens"),
        (NOVA, CHAT, &stream, streamed_hi(), "converse-stream", "max_tokens"),
        (NOVA, MESSAGES, &body, answer(200, &[], HI), "converse", "max_tokens"),
        (HAIKU, CHAT, &tools, answer(200, &[], OF_CLAUDE), "invoke", "max_tokens"),
        (HAIKU, MESSAGES, &body, answer(200, &[], OF_CLAUDE), "invoke", "max_tokens"),
    ] {
        let mut options = GatewayOptions::default();
        options.models = vec![alias("m", &[id])];
        let script = Script::new([too_many(), step]);
        let whole = post_with(&over(script.clone(), options), path, &[], asked.to_string()).await;
        assert_eq!(whole.status, 200, "{}", whole.text());
        assert!(whole.text().contains("Hi"), "{}", whole.text());
        assert_eq!(whole.header("x-bedwire-dropped"), name, "{id} {path}");
        assert_eq!(calls(&script), [(operation.to_owned(), 32000), (operation.to_owned(), 10000)]);
    }
}

#[tokio::test]
async fn what_a_model_writes_is_asked_once() {
    let mut options = GatewayOptions::default();
    options.models = vec![alias("m", &[NOVA])];
    let refused = refusal(400, "ValidationException", TOO_MANY);
    let script = Script::new([refused, answer(200, &[], HI), answer(200, &[], HI), answer(200, &[], HI)]);
    let gateway = over(script.clone(), options);
    for (tokens, dropped) in [(32000, "max_tokens"), (20000, "max_tokens"), (9000, "")] {
        let body =
            json!({ "model": "m", "max_tokens": tokens, "messages": [{ "role": "user", "content": "Hi" }] });
        let answer = post_with(&gateway, CHAT, &[], body.to_string()).await;
        assert_eq!((answer.status.as_u16(), answer.header("x-bedwire-dropped")), (200, dropped));
    }
    let tokens: Vec<u64> = calls(&script).into_iter().map(|(_, tokens)| tokens).collect();
    assert_eq!(tokens, [32000, 10000, 10000, 9000]);
}

/// A model that says it of fewer than were asked for is asked no second time, and no more often than that.
#[tokio::test]
async fn a_refusal_that_fewer_tokens_do_not_help_is_told() {
    for (tokens, refusals) in [(9000, 1), (32000, 2)] {
        let mut options = GatewayOptions::default();
        options.models = vec![alias("m", &[NOVA])];
        let script = Script::new((0..3).map(|_| refusal(400, "ValidationException", TOO_MANY)));
        let body =
            json!({ "model": "m", "max_tokens": tokens, "messages": [{ "role": "user", "content": "Hi" }] });
        let refused = post_with(&over(script.clone(), options), CHAT, &[], body.to_string()).await;
        assert!(refused.refusal(400).contains("the model limit of 10000"));
        assert_eq!(script.seen().len(), refusals);
    }
}
