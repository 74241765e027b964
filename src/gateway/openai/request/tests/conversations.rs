//! Who says what.

use super::*;

#[test]
fn messages_are_merged_and_ordered() {
    let cached = json!({ "type": "ephemeral" });
    for (messages, expected) in [
        (
            json!([
                { "role": "user", "content": "a" },
                { "role": "system", "content": "S" },
                { "role": "user", "content": [{ "type": "text", "text": "b" }, { "type": "text", "text": " \n" }] },
                { "role": "developer", "content": [{ "type": "text", "text": "D", "cache_control": cached }] },
                { "role": "assistant", "content": null },
                { "role": "assistant", "content": "" },
                { "role": "user", "content": "c", "name": "Ann" },
            ]),
            vec![r#"system: "S" | "D" | CachePoint { ttl: None }"#, r#"user: "a" | "b" | "c""#],
        ),
        // Text that a model goes on with ends without white space.
        (
            json!([
                { "role": "user", "content": "a" },
                { "role": "assistant", "content": "b \n", "cache_control": { "type": "ephemeral", "ttl": "1h" } },
            ]),
            vec![r#"user: "a""#, r#"assistant: "b" | CachePoint { ttl: Some(Hour1) }"#],
        ),
        (
            json!([
                { "role": "user", "content": "a" },
                { "role": "assistant", "content": "b ", "refusal": "no" },
                { "role": "assistant", "content": [{ "type": "refusal", "refusal": "never" }] },
                { "role": "user", "content": "c" },
            ]),
            vec![r#"user: "a""#, r#"assistant: "b " | "no" | "never""#, r#"user: "c""#],
        ),
    ] {
        assert_eq!(said(&messages), expected, "{messages}");
    }
}

/// Bedrock's chats begin with the user, OpenAI's as they like.
#[test]
fn a_chat_begins_with_the_user() {
    let system = |text: &str| json!({ "role": "system", "content": text });
    let begins = r#"user: "(The chat begins.)""#;
    for (messages, expected) in [
        // The prompt of a program that has no other message.
        (json!([system("Say hi.")]), vec![r#"user: "Say hi.""#]),
        (
            json!([system("A"), { "role": "developer", "content": [{ "type": "text", "text": "B", "cache_control": { "type": "ephemeral" } }] }, system(" ")]),
            vec![r#"system: "A""#, r#"user: "B" | CachePoint { ttl: None }"#],
        ),
        (json!([system("A"), { "role": "user", "content": "" }]), vec![r#"user: "A""#]),
        // A greeting, and what is left of a history.
        (
            json!([system("S"), { "role": "assistant", "content": "Hi!" }, { "role": "user", "content": "a" }]),
            vec![r#"system: "S""#, begins, r#"assistant: "Hi!""#, r#"user: "a""#],
        ),
        (
            json!([
                { "role": "assistant", "tool_calls": [call("1", "f", "{}")] },
                { "role": "tool", "tool_call_id": "1", "content": "x" },
            ]),
            vec![begins, r"assistant: 1 f({})", r#"user: 1 -> "x""#],
        ),
    ] {
        assert_eq!(said(&messages), expected, "{messages}");
        assert_eq!(read(&json!({ "model": "m", "messages": messages })).dropped, ["messages[].role"]);
    }
    let usual = json!([system("S"), { "role": "user", "content": "a" }]);
    assert!(read(&json!({ "model": "m", "messages": usual })).dropped.is_empty());
}

#[test]
fn results_follow_their_calls() {
    let cached = json!({ "type": "ephemeral" });
    for (messages, expected) in [
        // Results stand in the order of their calls, and before what the user goes on with.
        (
            json!([
                { "role": "user", "content": "a" },
                { "role": "assistant", "content": "b", "tool_calls": [call("1", "f", "{\"z\": 1.0}"), call("2", "g", "")] },
                { "role": "tool", "tool_call_id": "2", "content": "{\"y\":1e2}", "cache_control": cached },
                { "role": "tool", "tool_call_id": "1", "content": "" },
                { "role": "system", "content": "S" },
                { "role": "user", "content": "c" },
            ]),
            vec![
                r#"system: "S""#,
                r#"user: "a""#,
                r#"assistant: "b" | 1 f({"z": 1.0}) | 2 g({})"#,
                r#"user: 1 -> "(no output)" | 2 -> {"y":1e2} | CachePoint { ttl: None } | "c""#,
            ],
        ),
        // Who says nothing is not there.
        (
            json!([
                { "role": "user", "content": "a" },
                { "role": "assistant", "tool_calls": [call("1", "f", "{}")] },
                { "role": "user", "content": "" },
                { "role": "assistant", "content": "" },
                { "role": "tool", "tool_call_id": "1", "content": "x" },
            ]),
            vec![r#"user: "a""#, "assistant: 1 f({})", r#"user: 1 -> "x""#],
        ),
        // Calls of one turn that a client has split.
        (
            json!([
                { "role": "user", "content": "a" },
                { "role": "assistant", "tool_calls": [call("1", "f", "not json")] },
                { "role": "assistant", "tool_calls": [call("2", "g", "[1]")] },
                { "role": "tool", "tool_call_id": "2", "content": [1, {"x": 2}] },
                { "role": "tool", "tool_call_id": "1", "content": {"z": 1, "a": 2} },
                { "role": "assistant", "tool_calls": [call("1", "f", "{}")] },
                { "role": "tool", "tool_call_id": "1", "content": 7 },
            ]),
            vec![
                r#"user: "a""#,
                r#"assistant: 1 f({"_raw":"not json"}) | 2 g({"_raw":"[1]"})"#,
                r#"user: 1 -> {"a":2,"z":1} | 2 -> "[1,{\"x\":2}]""#,
                r"assistant: 1 f({})",
                r#"user: 1 -> "7""#,
            ],
        ),
        // As it was before there were tools.
        (
            json!([
                { "role": "user", "content": "a" },
                { "role": "assistant", "content": "b" },
                { "role": "assistant", "content": null, "function_call": { "name": "f", "arguments": "{}" } },
                { "role": "function", "name": "f", "content": "null" },
                { "role": "assistant", "content": null, "function_call": { "name": "f", "arguments": "{}" } },
                { "role": "function", "name": "f", "content": null },
            ]),
            vec![
                r#"user: "a""#,
                r#"assistant: "b" | function_call_2 f({})"#,
                r#"user: function_call_2 -> "null""#,
                "assistant: function_call_4 f({})",
                r#"user: function_call_4 -> "(no output)""#,
            ],
        ),
        // Only signed thoughts go back.
        (
            json!([
                { "role": "user", "content": "a" },
                { "role": "assistant", "content": "b", "reasoning_content": "hm", "thinking_blocks": [
                    { "type": "thinking", "thinking": "hm", "signature": "sig" },
                    { "type": "thinking", "thinking": "unsigned", "signature": "" },
                    { "type": "redacted_thinking", "data": "AAAA" },
                ] },
                { "role": "user", "content": "c" },
                { "role": "assistant", "reasoning_content": "only this" },
                { "role": "assistant", "content": [
                    { "type": "thinking", "thinking": "hm", "signature": "sig" }, { "type": "thinking", "thinking": "x" },
                    { "type": "text", "text": "d" },
                ] },
            ]),
            vec![
                r#"user: "a""#,
                r#"assistant: thinks "hm" sig | thinks AAAA | "b""#,
                r#"user: "c""#,
                r#"assistant: thinks "hm" sig | "d""#,
            ],
        ),
    ] {
        assert_eq!(said(&messages), expected, "{messages}");
    }
}

#[test]
fn what_a_chat_cannot_be_is_refused_by_name() {
    let user = json!({ "role": "user", "content": "a" });
    let calls = json!({ "role": "assistant", "tool_calls": [call("1", "f", "{}"), call("2", "f", "{}")] });
    let result = |id: &str| json!({ "role": "tool", "tool_call_id": id, "content": "x" });
    for (messages, param, part) in [
        (json!("Hi"), "messages", "must be an array, not a string"),
        (json!([]), "messages", "has nothing that a user says"),
        (json!([{ "role": "system", "content": " " }]), "messages", "has nothing that a user says"),
        (json!([{ "role": "user", "content": " " }]), "messages", "has nothing that a user says"),
        (json!([7]), "messages[0]", "must be an object, not a number"),
        (json!([{ "content": "x" }]), "messages[0].role", "is missing"),
        (json!([{ "role": "user" }]), "messages[0].content", "is missing"),
        (json!([{ "role": "user", "content": null }]), "messages[0].content", "is missing"),
        (json!([{ "role": "user", "content": 5 }]), "messages[0].content", "must be a string or an array"),
        (json!([{ "role": "bot", "content": "x" }]), "messages[0].role", "is \"bot\""),
        (json!([user, result("1")]), "messages[1].tool_call_id", "has no tool call of that id"),
        (json!([user, { "role": "tool", "content": "x" }]), "messages[1].tool_call_id", "is missing"),
        (json!([user, calls]), "messages[1].tool_calls[0]", "tool_call_id \"1\" must follow"),
        (
            json!([user, calls, result("1"), user]),
            "messages[1].tool_calls[1]",
            "tool_call_id \"2\" must follow",
        ),
        (json!([user, calls, result("1"), calls]), "messages[1].tool_calls[1]", "has no result"),
        (
            json!([user, calls, { "role": "assistant", "content": "x" }]),
            "messages[1].tool_calls[0]",
            "has no result",
        ),
        (json!([user, calls, result("1"), result("1")]), "messages[3].tool_call_id", "has a result already"),
        (json!([user, calls, result("3")]), "messages[2].tool_call_id", "is \"3\""),
        (
            json!([user, { "role": "assistant", "tool_calls": [call("1", "f", "{}"), call("1", "f", "{}")] }]),
            "messages[1].tool_calls[1]",
            "which another call has",
        ),
        (
            json!([user, { "role": "assistant", "tool_calls": [{ "id": "1", "type": "custom", "custom": {} }] }]),
            "messages[1].tool_calls[0].type",
            "must be function",
        ),
        (
            json!([user, { "role": "assistant", "tool_calls": [call("", "f", "{}")] }]),
            "messages[1].tool_calls[0].id",
            "is blank",
        ),
        (
            json!([user, { "role": "function", "name": "f", "content": "x" }]),
            "messages[1].name",
            "no such function_call",
        ),
        (
            json!([user, { "role": "assistant", "content": [{ "type": "image_url", "image_url": { "url": "x" } }] }]),
            "messages[1].content[0].type",
            "does not belong here",
        ),
        (
            json!([{ "role": "system", "content": [{ "type": "file", "file": {} }] }]),
            "messages[0].content[0].type",
            "does not belong here",
        ),
        (
            json!([{ "role": "user", "content": [{ "type": "text" }] }]),
            "messages[0].content[0].text",
            "is missing",
        ),
        (
            json!([{ "role": "user", "content": "x", "cache_control": { "type": "forever" } }]),
            "messages[0].cache_control.type",
            "must be ephemeral",
        ),
        (
            json!([user, { "role": "assistant", "audio": { "id": "audio_1" } }]),
            "messages[1].audio",
            "cannot be honoured",
        ),
    ] {
        let (message, field) = refused(&json!({ "model": "m", "messages": messages }));
        assert_eq!(field, param, "{message}");
        assert!(message.contains(part), "{message}");
    }
    let part = json!({ "type": "text", "text": "x", "cache_control": { "type": "ephemeral" } });
    let (message, field) =
        refused(&json!({ "model": "m", "messages": [{ "role": "user", "content": vec![part; 5] }] }));
    assert_eq!(field, "messages[0].content[4].cache_control", "{message}");
}
