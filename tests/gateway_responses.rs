//! OpenAI's Responses API in front of Bedrock: what its items become, what of a request is refused by name, and that
//! nothing which only OpenAI keeps is answered as if it were here.
#![cfg(all(feature = "gateway", feature = "emulator"))]

mod gateway;

use bedwire::gateway::GatewayOptions;
use bytes::Bytes;
use gateway::canned::Canned;
use gateway::responses::{read_response_stream, unpacked};
use gateway::sent::Sent;
use gateway::{Answer, CLAUDE, NOVA, offline, over, post, respond, whole};
use serde_json::{Value, json};

const PATH: &str = "/v1/responses";
const PIXEL: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

fn dropping() -> GatewayOptions {
    let mut options = GatewayOptions::default();
    options.drop_unsupported = true;
    options
}

/// A request with more members.
fn asking(model: &str, members: &Value) -> Value {
    let mut body = json!({ "model": model, "input": "Hi" });
    body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    body
}

/// What Bedrock is sent for a request.
async fn sent(model: &str, members: &Value) -> (Answer, Value) {
    let sent = Sent::default();
    let answer = post(&sent.gateway(), PATH, &asking(model, members)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    (answer, sent.only().1)
}

/// What a request becomes that Bedrock answers with this body.
async fn answered(operation: &'static str, body: &Value, members: &Value) -> Value {
    let model = if operation == "invoke" { CLAUDE } else { NOVA };
    let canned = Canned::new(operation, Bytes::from(body.to_string()));
    let response = respond(&over(canned, GatewayOptions::default()), &asking(model, members)).await;
    let document = whole(response).await;
    serde_json::from_str(&document).unwrap()
}

fn function(name: &str) -> Value {
    json!({ "type": "function", "name": name, "parameters": { "type": "object" }, "strict": false })
}

fn call(id: &str) -> Value {
    json!({ "type": "function_call", "id": "fc_1", "call_id": id, "name": "f", "arguments": "{\"n\": 1.0}", "status": "completed" })
}

fn output(id: &str, output: &Value) -> Value {
    json!({ "type": "function_call_output", "call_id": id, "output": output })
}

#[tokio::test]
async fn items_become_turns() {
    let part = |kind: &str, text: &str| json!({ "type": kind, "text": text });
    let members = json!({
        "instructions": "Be brief.",
        "tools": [function("f")],
        "input": [
            { "role": "developer", "content": "And kind." },
            { "role": "user", "content": "One." },
            { "type": "message", "role": "user", "content": [part("input_text", "Two."), part("input_text", " ")] },
            { "type": "message", "id": "msg_1", "status": "completed", "role": "assistant", "content": [
                part("output_text", "Well,"), { "type": "refusal", "refusal": "no." }] },
            call("a"),
            // Words between two calls of one turn.
            { "role": "assistant", "content": "And:", "phase": "commentary" },
            call("b"),
            output("b", &json!("of b")),
            output("a", &json!([part("input_text", "of a"), { "type": "input_image", "image_url": format!("data:image/png;base64,{PIXEL}") }])),
            call("c"),
            output("c", &json!("{\"of\":\"c\"}")),
            { "role": "user", "content": "So?" },
        ],
    });
    let (_, body) = sent("claude-sonnet-4", &members).await;
    let text = |text: &str| json!({ "type": "text", "text": text });
    assert_eq!(body["system"], json!([text("Be brief."), text("And kind.")]));
    let messages = body["messages"].as_array().unwrap();
    let roles: Vec<&str> = messages.iter().map(|message| message["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["user", "assistant", "user", "assistant", "user"]);
    assert_eq!(messages[0]["content"], json!([text("One."), text("Two.")]));
    let uses = |id: &str| json!({ "type": "tool_use", "id": id, "name": "f", "input": { "n": 1.0 } });
    assert_eq!(
        messages[1]["content"],
        json!([text("Well,"), text("no."), uses("a"), text("And:"), uses("b")])
    );
    let results = messages[2]["content"].as_array().unwrap();
    let ids: Vec<&Value> = results.iter().map(|result| &result["tool_use_id"]).collect();
    assert_eq!(ids, ["a", "b"]);
    assert_eq!(results[0]["content"][1]["source"]["media_type"], "image/png");
    assert_eq!(messages[4]["content"][1], text("So?"));
}

#[tokio::test]
async fn images_and_files_are_given_as_they_are() {
    let (answer, body) = sent(
        "nova-lite",
        &json!({ "input": [{ "role": "user", "content": [
            { "type": "input_text", "text": "What is it?" },
            { "type": "input_image", "detail": "high", "image_url": format!("data:image/png;base64,{PIXEL}") },
            { "type": "input_file", "filename": "notes.txt", "file_data": "data:text/plain;base64,SGVsbG8=" },
            { "type": "input_file", "filename": "more.csv", "file_data": "YSxi" },
        ] }] }),
    )
    .await;
    assert_eq!(answer.header("x-bedwire-dropped"), "input[].content[].detail");
    let content = &body["messages"][0]["content"];
    assert_eq!(content[1]["image"]["format"], "png");
    let document = |place: usize| {
        (&content[place]["document"]["format"], &content[place]["document"]["source"]["bytes"])
    };
    assert_eq!(document(2), (&json!("txt"), &json!("SGVsbG8=")));
    assert_eq!(document(3), (&json!("csv"), &json!("YSxi")));
}

/// A Claude goes on thinking only where its own thoughts come back, each signed, in their places.
#[tokio::test]
async fn thoughts_go_to_the_client_and_come_back() {
    let thoughts = json!([
        { "type": "thinking", "thinking": "Is \"it\"\nraining?", "signature": "c2ln+/==" },
        { "type": "redacted_thinking", "data": "AAECAw==" },
    ]);
    let uses = json!({ "type": "tool_use", "id": "toolu_1", "name": "f", "input": {} });
    let said = json!({ "type": "message", "role": "assistant", "stop_reason": "tool_use",
        "content": [thoughts[0], thoughts[1], uses], "usage": { "input_tokens": 3, "output_tokens": 4 } });
    let members = json!({ "tools": [function("f")], "reasoning": { "effort": "low", "summary": "auto" },
        "include": ["reasoning.encrypted_content"] });
    let response = answered("invoke", &said, &members).await;
    let kinds: Vec<&Value> =
        response["output"].as_array().unwrap().iter().map(|item| &item["type"]).collect();
    assert_eq!(kinds, ["reasoning", "reasoning", "function_call"], "{response}");
    assert_eq!(
        response["output"][0]["summary"][0],
        json!({ "type": "summary_text", "text": "Is \"it\"\nraining?" })
    );
    for place in [0, 1] {
        assert_eq!(
            unpacked(response["output"][place]["encrypted_content"].as_str().unwrap()),
            thoughts[place]
        );
    }

    let mut items = vec![json!({ "role": "user", "content": "Is it raining?" })];
    items.extend(response["output"].as_array().unwrap().clone());
    // Words that are none come between what it thought and what it did.
    items.insert(3, json!({ "role": "assistant", "content": "" }));
    items.push(output("toolu_1", &json!("yes")));
    let mut again = members.clone();
    again["input"] = items.into();
    let (answer, body) = sent("claude-sonnet-4-5", &again).await;
    assert_eq!(answer.headers.get("x-bedwire-dropped"), None);
    assert_eq!(body["thinking"]["type"], "enabled", "{body}");
    assert_eq!(body["messages"][1]["content"], json!([thoughts[0], thoughts[1], uses]));
    // Another model is not told them.
    again["reasoning"] = Value::Null;
    let (_, body) = sent("nova-lite", &again).await;
    assert!(!body.to_string().contains("raining?\\n") && !body.to_string().contains("c2ln"), "{body}");
}

#[tokio::test]
async fn thoughts_that_no_model_here_can_read_are_left_out() {
    let reasoning = |more: Value| {
        let mut item = json!({ "type": "reasoning", "id": "rs_1", "summary": [{ "type": "summary_text", "text": "Hm." }] });
        item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "input": [{ "role": "user", "content": "Hi" }, item, { "role": "assistant", "content": "Yes." },
            { "role": "user", "content": "So?" }] })
    };
    for (more, dropped) in [
        (json!({}), ""),
        (json!({ "encrypted_content": null }), ""),
        (json!({ "encrypted_content": "gAAAAABm" }), "input[].encrypted_content"),
    ] {
        let (answer, body) = sent("claude-sonnet-4-5", &reasoning(more)).await;
        assert_eq!(answer.header("x-bedwire-dropped"), dropped);
        assert_eq!(body["messages"][1]["content"], json!([{ "text": "Yes." }]), "{body}");
    }
    for broken in ["bedwire-1:", "bedwire-1:!", "bedwire-1:e30=", "bedwire-1:W10="] {
        let body = asking("claude-sonnet-4-5", &reasoning(json!({ "encrypted_content": broken })));
        let answer = post(&offline(GatewayOptions::default()), PATH, &body).await;
        let message = answer.refusal(400);
        assert!(message.starts_with("input[1].encrypted_content is not as the gateway gave it"), "{message}");
    }
}

/// Whatever may be left out, this may not: the answer would be to a part of the chat.
#[tokio::test]
async fn what_would_have_to_be_kept_is_refused_by_name() {
    for (members, param, says) in [
        (json!({ "previous_response_id": "resp_1" }), "previous_response_id", "send all items of the chat"),
        (json!({ "conversation": { "id": "conv_1" } }), "conversation", "send all items of the chat"),
        (json!({ "background": true }), "background", "leave it out"),
        (json!({ "prompt": { "id": "pmpt_1" } }), "prompt", "send its text as instructions"),
        (json!({ "input": [{ "type": "item_reference", "id": "msg_1" }] }), "input[0].type", "store: false"),
        (json!({ "input": [{ "id": "msg_1" }] }), "input[0]", "send the item itself"),
        (
            json!({ "input": [{ "type": "compaction", "encrypted_content": "x" }] }),
            "input[0].type",
            "send the items",
        ),
    ] {
        for options in [GatewayOptions::default(), dropping()] {
            let answer = post(&offline(options), PATH, &asking("nova-lite", &members)).await;
            let message = answer.refusal(400);
            assert!(message.starts_with(param) && message.contains(says), "{message}");
            let error = &answer.json()["error"];
            assert_eq!((&error["param"], &error["code"]), (&json!(param), &json!("unsupported_parameter")));
        }
    }
    for nothing in
        [json!({ "previous_response_id": null, "conversation": null, "background": false, "prompt": null })]
    {
        let (answer, _) = sent("nova-lite", &nothing).await;
        assert_eq!(answer.headers.get("x-bedwire-dropped"), None);
    }
}

#[tokio::test]
async fn what_cannot_be_honoured_is_refused_by_name_or_left_out_and_named() {
    let tool = |kind: &str| json!({ "tools": [function("f"), { "type": kind }] });
    let item =
        |kind: &str| json!({ "input": [{ "role": "user", "content": "Hi" }, { "type": kind, "id": "x" }] });
    for (members, param) in [
        (tool("web_search"), "tools[1].type"),
        (tool("file_search"), "tools[1].type"),
        (tool("computer_use_preview"), "tools[1].type"),
        (tool("mcp"), "tools[1].type"),
        (tool("code_interpreter"), "tools[1].type"),
        (tool("image_generation"), "tools[1].type"),
        (tool("local_shell"), "tools[1].type"),
        (tool("tool_search"), "tools[1].type"),
        (item("web_search_call"), "input[1].type"),
        (item("local_shell_call"), "input[1].type"),
        (json!({ "include": ["message.output_text.logprobs"] }), "include[0]"),
        (json!({ "top_logprobs": 5 }), "top_logprobs"),
        (json!({ "moderation": { "model": "m" } }), "moderation"),
        (json!({ "reasoning": { "mode": "pro" } }), "reasoning.mode"),
        (json!({ "tools": [{ "type": "function", "name": "f", "async": true }] }), "tools[0].async"),
        (
            json!({ "tools": [{ "type": "function", "name": "f", "allowed_callers": ["programmatic"] }] }),
            "tools[0].allowed_callers",
        ),
    ] {
        let refused = post(&offline(GatewayOptions::default()), PATH, &asking("nova-lite", &members)).await;
        let message = refused.refusal(400);
        assert!(message.starts_with(param) && message.contains("--drop-unsupported"), "{message}");
        assert_eq!(refused.json()["error"]["param"], param);
        let answer = post(&offline(dropping()), PATH, &asking("nova-lite", &members)).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("x-bedwire-dropped")),
            (200, param),
            "{}",
            answer.text()
        );
        // What is left out is not in force.
        assert_eq!(
            answer.json()["tools"].as_array().unwrap().len(),
            usize::from(members.get("tools").is_some())
        );
    }
}

#[tokio::test]
async fn what_an_answer_is_as_good_without_is_left_out_and_named() {
    for (members, dropped) in [
        (json!({ "store": true }), "store"),
        (
            json!({ "store": false, "include": ["reasoning.encrypted_content", "web_search_call.results"] }),
            "",
        ),
        (json!({ "truncation": "auto" }), "truncation"),
        (
            json!({ "truncation": "disabled", "max_tool_calls": 3, "stream_options": { "include_obfuscation": false } }),
            "",
        ),
        (json!({ "text": { "verbosity": "low" } }), "text.verbosity"),
        (
            json!({ "text": { "verbosity": "medium", "format": { "type": "text" } }, "reasoning": { "summary": "auto" } }),
            "",
        ),
        (json!({ "prompt_cache_key": "k", "safety_identifier": "u" }), "prompt_cache_key, safety_identifier"),
        (
            json!({ "context_management": [{ "type": "compaction", "compact_threshold": 9 }] }),
            "context_management",
        ),
        (json!({ "stream_options": { "include_obfuscation": true } }), "stream_options.include_obfuscation"),
        (
            json!({ "client_metadata": { "a": "b" }, "reasoning": { "context": "all_turns" } }),
            "client_metadata, reasoning.context",
        ),
        (json!({ "temperature": 1.5 }), "temperature"),
        (
            json!({ "tools": [{ "type": "function", "name": "f", "defer_loading": true }] }),
            "tools[0].defer_loading",
        ),
        (json!({ "metadata": { "team": "a" }, "user": "u", "service_tier": "auto" }), ""),
    ] {
        let (answer, _) = sent("nova-lite", &members).await;
        assert_eq!(answer.header("x-bedwire-dropped"), dropped, "{members}");
        let response = answer.json();
        let in_force = ["store", "truncation"].map(|name| response[name].clone());
        assert_eq!(in_force, [json!(false), json!("disabled")]);
    }
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let user = json!({ "role": "user", "content": "Hi" });
    let items = |more: Value| json!({ "input": [user, more] });
    let part = |part: Value| json!({ "input": [{ "role": "user", "content": [part] }] });
    for (members, param, says) in [
        (json!({ "input": null }), "input", "is missing"),
        (json!({ "input": 7 }), "input", "must be a string or an array of items"),
        (json!({ "input": "" }), "input", "has nothing that a user says"),
        (json!({ "input": [] }), "input", "has nothing that a user says"),
        (items(json!("Hi")), "input[1]", "must be an object"),
        (items(json!({})), "input[1]", "has neither a type nor a role"),
        (items(json!({ "type": "smell" })), "input[1].type", "no items of the type \"smell\""),
        (items(json!({ "role": "tool", "content": "x" })), "input[1].role", "is \"tool\"; give one of"),
        (items(json!({ "role": "user" })), "input[1].content", "is missing"),
        (
            items(call("a")),
            "input[1]",
            "an item of the type function_call_output with the call_id \"a\" must follow",
        ),
        (items(output("a", &json!("x"))), "input[1].call_id", "no tool call of that id"),
        (items(json!({ "type": "function_call", "name": "f" })), "input[1].call_id", "is missing"),
        (
            items(json!({ "type": "custom_tool_call", "call_id": "a", "name": "f" })),
            "input[1].input",
            "is missing",
        ),
        (part(json!({ "type": "image_url" })), "input[0].content[0].type", "does not belong here"),
        (part(json!({ "type": "input_image" })), "input[0].content[0]", "has no image_url"),
        (
            part(json!({ "type": "input_image", "file_id": "file_1" })),
            "input[0].content[0].file_id",
            "was uploaded",
        ),
        (
            part(json!({ "type": "input_image", "image_url": "https://a.example/b.png" })),
            "input[0].content[0].image_url",
            "--fetch-images",
        ),
        (
            part(json!({ "type": "input_file", "file_url": "https://a.example/b.pdf" })),
            "input[0].content[0].file_url",
            "give file_data",
        ),
        (json!({ "max_output_tokens": 0 }), "max_output_tokens", "give a whole number from 1"),
        (json!({ "temperature": 9 }), "temperature", "from 0 to 2"),
        (json!({ "include": ["everything"] }), "include[0]", "give one of"),
        (json!({ "truncation": "some" }), "truncation", "give one of auto, disabled"),
        (json!({ "text": { "format": { "type": "xml" } } }), "text.format.type", "is none of text"),
        (
            json!({ "text": { "format": { "type": "json_schema", "name": "n" } } }),
            "text.format.schema",
            "is missing",
        ),
        (json!({ "reasoning": { "effort": "huge" } }), "reasoning.effort", "is none of none"),
        (json!({ "reasoning": { "effort": "low" } }), "reasoning.effort", "is not known to this model"),
        (json!({ "tools": [{ "name": "f" }] }), "tools[0].type", "is missing"),
        (json!({ "tools": [function("f"), function("f")] }), "tools[1]", "has the name \"f\""),
        (
            json!({ "tools": [{ "type": "custom", "name": "f", "format": { "type": "xml" } }] }),
            "tools[0].format.type",
            "is neither",
        ),
        (
            json!({ "tools": [function("f")], "tool_choice": { "type": "function", "name": "g" } }),
            "tool_choice.name",
            "none of the tools",
        ),
        (
            json!({ "tools": [function("f")], "tool_choice": { "type": "web_search" } }),
            "tool_choice.type",
            "is none of function, custom",
        ),
        (json!({ "tool_choice": "required" }), "tool_choice", "needs tools"),
        (json!({ "messages": [] }), "messages", "Unrecognized request argument"),
        (json!({ "model": "" }), "model", "is blank"),
    ] {
        let answer = post(&offline(GatewayOptions::default()), PATH, &asking("nova-lite", &members)).await;
        let message = answer.refusal(400);
        assert!(message.contains(says), "{message}");
        assert_eq!(answer.json()["error"]["param"], param, "{message}");
    }
    let unknown =
        post(&offline(GatewayOptions::default()), PATH, &asking("claude-sonet-4", &json!({}))).await;
    assert!(unknown.refusal(404).contains("claude-sonnet-4"));
}

/// The form of the answer, and which tools may be used, reach the model as they do from a chat completion.
#[tokio::test]
async fn format_and_choice_of_tools_are_those_of_a_chat() {
    let schema = json!({ "type": "object", "properties": { "a": { "type": "string" } }, "required": ["a"], "additionalProperties": false });
    let format = json!({ "type": "json_schema", "name": "n", "schema": schema, "strict": true });
    let (answer, body) = sent("nova-lite", &json!({ "text": { "format": format } })).await;
    assert_eq!(body["toolConfig"]["toolChoice"]["tool"]["name"], "n", "{body}");
    let response = answer.json();
    let text: Value =
        serde_json::from_str(response["output"][0]["content"][0]["text"].as_str().unwrap()).unwrap();
    assert!(text["a"].is_string(), "{response}");
    assert_eq!(response["text"], json!({ "format": format }));

    let tools = json!([function("f"), function("g"), { "type": "custom", "name": "h" }]);
    let names = |body: &Value| -> Vec<String> {
        let tools = body["toolConfig"]["tools"].as_array().cloned().unwrap_or_default();
        tools.iter().map(|tool| tool["toolSpec"]["name"].as_str().unwrap().to_owned()).collect()
    };
    for (choice, given, forced) in [
        (json!("auto"), vec!["f", "g", "h"], Value::Null),
        (json!("required"), vec!["f", "g", "h"], json!({ "any": {} })),
        (json!({ "type": "custom", "name": "h" }), vec!["f", "g", "h"], json!({ "tool": { "name": "h" } })),
        (
            json!({ "type": "allowed_tools", "mode": "required", "tools": [{ "type": "function", "name": "g" }, { "type": "custom", "name": "h" }] }),
            vec!["g", "h"],
            json!({ "any": {} }),
        ),
    ] {
        let (answer, body) = sent("nova-lite", &json!({ "tools": tools, "tool_choice": choice })).await;
        assert_eq!(
            (names(&body), &body["toolConfig"]["toolChoice"]),
            (given.into_iter().map(str::to_owned).collect(), &forced)
        );
        assert_eq!((&answer.json()["tool_choice"], &answer.json()["tools"]), (&choice, &tools));
    }
    let (_, body) = sent("nova-lite", &json!({ "tools": tools, "tool_choice": "none" })).await;
    assert!(names(&body).is_empty(), "{body}");
}

const PATCH: &str = "*** Begin Patch\n*** Add File: a \"b\".txt\n+\\ \u{1f600}\n*** End Patch\n";

fn patching() -> Value {
    let grammar =
        json!({ "type": "grammar", "syntax": "lark", "definition": "start: begin_patch hunk+ end_patch" });
    json!({ "tools": [
        { "type": "custom", "name": "apply_patch", "description": "Edits files.", "format": grammar },
        { "type": "namespace", "name": "mcp__files", "description": "Files.", "tools": [
            function("read"), { "type": "custom", "name": "write" }] },
        function("read"),
    ] })
}

/// A tool that takes a text is a function of one string for the model; a tool in a group has the group in its name.
#[tokio::test]
async fn tools_that_the_model_knows_otherwise_come_back_as_the_client_knows_them() {
    let uses = |id: &str, name: &str, input: Value| json!({ "toolUse": { "toolUseId": id, "name": name, "input": input } });
    let said = json!({ "output": { "message": { "role": "assistant", "content": [
        uses("a", "apply_patch", json!({ "input": PATCH })),
        uses("b", "mcp__files_read", json!({ "n": 1 })),
        uses("c", "mcp__files_write", json!({ "input": "x" })),
        uses("d", "read", json!({})),
    ] } }, "stopReason": "tool_use", "usage": { "inputTokens": 1, "outputTokens": 2, "totalTokens": 3 } });
    let response = answered("converse", &said, &patching()).await;
    let items = response["output"].as_array().unwrap();
    let item = |place: usize| {
        let item = &items[place];
        ["type", "call_id", "namespace", "name", "input", "arguments"]
            .map(|name| item[name].as_str().unwrap_or("-"))
    };
    assert_eq!(item(0), ["custom_tool_call", "a", "-", "apply_patch", PATCH, "-"]);
    assert_eq!(item(1), ["function_call", "b", "mcp__files", "read", "-", "{\"n\":1}"]);
    assert_eq!(item(2), ["custom_tool_call", "c", "mcp__files", "write", "x", "-"]);
    assert_eq!(item(3), ["function_call", "d", "-", "read", "-", "{}"]);

    let mut again = patching();
    let mut input = vec![json!({ "role": "user", "content": "Edit it." })];
    input.extend(items.clone());
    for item in items {
        let kind = format!("{}_output", item["type"].as_str().unwrap());
        input.push(json!({ "type": kind, "call_id": item["call_id"], "output": "done" }));
    }
    again["input"] = input.into();
    let (answer, body) = sent("nova-lite", &again).await;
    assert_eq!(answer.header("x-bedwire-dropped"), "tools[0].format");
    let spec = &body["toolConfig"]["tools"][0]["toolSpec"];
    let about = spec["description"].as_str().unwrap();
    assert!(
        about.starts_with("Edits files.\n\n") && about.ends_with("start: begin_patch hunk+ end_patch"),
        "{about}"
    );
    assert_eq!(spec["inputSchema"]["json"]["required"], json!(["input"]));
    let used = &body["messages"][1]["content"];
    assert_eq!(used[0]["toolUse"]["input"], json!({ "input": PATCH }));
    let names: Vec<&str> = (0..4).map(|place| used[place]["toolUse"]["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["apply_patch", "mcp__files_read", "mcp__files_write", "read"]);
}

#[tokio::test]
async fn an_answer_that_is_cut_is_incomplete() {
    for (reason, status, why) in [
        ("end_turn", "completed", Value::Null),
        ("stop_sequence", "completed", Value::Null),
        ("max_tokens", "incomplete", json!({ "reason": "max_output_tokens" })),
        ("model_context_window_exceeded", "incomplete", json!({ "reason": "max_output_tokens" })),
        ("content_filtered", "incomplete", json!({ "reason": "content_filter" })),
        ("guardrail_intervened", "incomplete", json!({ "reason": "content_filter" })),
    ] {
        let said = json!({ "output": { "message": { "role": "assistant", "content": [{ "text": "One " }, { "text": "two" }] } },
            "stopReason": reason, "serviceTier": { "type": "flex" },
            "usage": { "inputTokens": 1, "outputTokens": 2, "totalTokens": 3 } });
        let response = answered("converse", &said, &json!({})).await;
        assert_eq!(
            (&response["status"], &response["incomplete_details"]),
            (&json!(status), &why),
            "{reason}"
        );
        let [message] = response["output"].as_array().unwrap().as_slice() else { panic!("{response}") };
        assert_eq!((&message["status"], &message["content"][0]["text"]), (&json!(status), &json!("One two")));
        assert_eq!((&response["service_tier"], &response["error"]), (&json!("flex"), &Value::Null));
    }
}

/// A body may have line ends between its values; an event may not.
#[tokio::test]
async fn what_a_response_repeats_of_its_request_is_on_one_line() {
    let members = json!({ "stream": true, "instructions": "Be\nbrief.", "tools": [function("f")], "metadata": { "a": "b" },
        "max_output_tokens": 50, "top_p": 0.5, "temperature": 0.25, "parallel_tool_calls": false,
        "tool_choice": { "type": "function", "name": "f" }, "max_tool_calls": 2, "prompt_cache_key": "k" });
    let body =
        serde_json::to_string_pretty(&asking("claude-sonnet-4", &members)).unwrap().replace('\n', "\r\n");
    let headers = [("content-type", "application/json")];
    let answer =
        gateway::send(&offline(GatewayOptions::default()), http::Method::POST, PATH, &headers, body).await;
    let response = read_response_stream(&answer.text(), "pretty");
    for (name, value) in members.as_object().unwrap().iter().filter(|(name, _)| *name != "stream") {
        assert_eq!(&response[name], value, "{name}");
    }
    assert_eq!(response["output"][0]["name"], "f");
}

#[tokio::test]
async fn tokens_of_a_response_are_counted_before_it_is_asked_for() {
    let gateway = offline(GatewayOptions::default());
    let path = "/v1/responses/input_tokens";
    let count = |members: Value| {
        let gateway = &gateway;
        async move {
            let answer = post(gateway, path, &asking("claude-sonnet-4", &members)).await.json();
            assert_eq!(answer["object"], "response.input_tokens", "{answer}");
            answer["input_tokens"].as_u64().unwrap()
        }
    };
    let few = count(json!({})).await;
    let more = count(json!({ "instructions": "Be brief. ".repeat(50), "tools": [function("f")] })).await;
    assert!(0 < few && few + 50 < more, "{few} {more}");
    let refused =
        post(&gateway, path, &asking("claude-sonnet-4", &json!({ "previous_response_id": "resp_1" }))).await;
    assert!(refused.refusal(400).starts_with("previous_response_id"));
}

/// What Codex sends to a model that it knows, and again with what came of it.
#[tokio::test]
async fn codex_is_answered_where_hosted_tools_may_be_left_out() {
    let message = |role: &str, text: &str| json!({ "type": "message", "id": "msg_1", "role": role, "content": [{ "type": "input_text", "text": text }] });
    let mut members = patching();
    let tools = members["tools"].as_array_mut().unwrap();
    tools.push(json!({ "type": "tool_search", "execution": "client", "description": "Finds tools.", "parameters": { "type": "object" } }));
    tools.push(json!({ "type": "web_search", "external_web_access": false }));
    let more = json!({ "stream": true, "store": false, "tool_choice": "auto", "parallel_tool_calls": true,
        "reasoning": { "effort": "medium" }, "include": ["reasoning.encrypted_content"], "prompt_cache_key": "k",
        "text": { "verbosity": "low" }, "client_metadata": { "turn_id": "t" },
        "input": [message("developer", "You are an agent."), message("user", "<environment>"), message("user", "Edit it.")] });
    members.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let (sent, model) = (Sent::default(), "claude-sonnet-4-5");
    let gateway = sent.gateway_with(dropping());
    let dropped =
        "client_metadata, prompt_cache_key, tools[0].format, tools[3].type, tools[4].type, text.verbosity";
    for turn in 0..3 {
        let answer = post(&gateway, PATH, &asking(model, &members)).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("x-bedwire-dropped")),
            (200, dropped),
            "{}",
            answer.text()
        );
        let response = read_response_stream(&answer.text(), "codex");
        let (operation, body) = sent.only();
        assert_eq!(
            (operation.as_str(), &body["thinking"]["type"]),
            ("invoke-with-response-stream", &json!("enabled"))
        );
        let items = response["output"].as_array().unwrap().clone();
        let input = members["input"].as_array_mut().unwrap();
        input.extend(items.iter().cloned());
        for item in items.iter().filter(|item| item.get("call_id").is_some()) {
            let kind = format!("{}_output", item["type"].as_str().unwrap());
            input.push(json!({ "type": kind, "id": "out_1", "call_id": item["call_id"], "output": "done" }));
        }
        input.push(message("user", &format!("Turn {turn}: call apply_patch and read.")));
    }
    let kinds: Vec<&str> =
        members["input"].as_array().unwrap().iter().map(|item| item["type"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"custom_tool_call") && kinds.contains(&"function_call_output"), "{kinds:?}");
}
