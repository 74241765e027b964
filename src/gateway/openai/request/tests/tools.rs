//! Functions, and the choice among them.

use super::*;

#[test]
fn schemas_pass_byte_for_byte() {
    let read = read_text(
        r#"{"model":"m","messages":[{"role":"user","content":"a"}],"tools":[
            {"type":"function","function":{"name":"näme of any kind","description":" ","strict":true,
             "parameters":{"type":"object", "z":1.0,"a":1e2}},"cache_control":{"type":"ephemeral"}},
            {"function":{"name":"g","description":"d","parameters":{}}}],
            "response_format":{"type":"json_schema","json_schema":{"name":"r","strict":true,"schema":{"z": 1.0,"a":{}}}}}"#,
    );
    let [first, second] = read.chat.tools.as_slice() else { panic!() };
    assert_eq!((first.name.as_str(), &first.description), ("näme of any kind", &None));
    assert_eq!(first.input_schema.as_ref().unwrap(), "{\"type\":\"object\", \"z\":1.0,\"a\":1e2}");
    assert_eq!((first.strict, first.cache_point.is_some()), (Some(true), true));
    assert_eq!((second.description.as_deref(), second.input_schema.is_none()), (Some("d"), true));
    let Format::JsonSchema { name, schema, .. } = read.chat.format else { panic!() };
    assert_eq!((name.as_str(), schema), ("r", Bytes::from_static(b"{\"z\": 1.0,\"a\":{}}")));
}

#[test]
fn a_choice_of_tools_is_kept() {
    let tools = json!([{ "type": "function", "function": { "name": "f" } }, { "type": "function", "function": { "name": "g" } }]);
    let allowed = |list: Value| json!({ "type": "allowed_tools", "allowed_tools": list });
    for (choice, expected, count) in [
        (json!(null), ToolChoice::Unset, 2),
        (json!("none"), ToolChoice::None, 2),
        (json!("auto"), ToolChoice::Auto, 2),
        (json!("required"), ToolChoice::Required, 2),
        (json!({ "type": "function", "function": { "name": "g" } }), ToolChoice::Tool("g".into()), 2),
        (
            allowed(
                json!({ "mode": "required", "tools": [{ "type": "function", "function": { "name": "g" } }] }),
            ),
            ToolChoice::Required,
            1,
        ),
        (
            json!({ "type": "allowed_tools", "mode": "auto", "tools": [{ "type": "function", "name": "f" }] }),
            ToolChoice::Auto,
            1,
        ),
    ] {
        let chat = read(&with(&json!({ "tools": tools, "tool_choice": choice }))).chat;
        assert_eq!((&chat.tool_choice, chat.tools.len()), (&expected, count), "{choice}");
    }
    let legacy = json!({ "functions": [{ "name": "f", "parameters": { "type": "object" } }], "function_call": { "name": "f" } });
    let legacy = read(&with(&legacy));
    assert!(legacy.legacy_functions);
    assert_eq!(legacy.chat.tool_choice, ToolChoice::Tool("f".into()));
    assert!(legacy.chat.takes_one_tool && legacy.chat.parallel_tool_calls.is_none());
    for (members, param) in [
        (json!({ "tools": tools, "tool_choice": "sometimes" }), "tool_choice"),
        (json!({ "tools": tools, "tool_choice": 1 }), "tool_choice"),
        (json!({ "tool_choice": "required" }), "tool_choice"),
        (
            json!({ "tools": tools, "tool_choice": { "type": "function", "function": { "name": "h" } } }),
            "tool_choice.function.name",
        ),
        (
            json!({ "tools": tools, "tool_choice": { "type": "custom", "custom": { "name": "f" } } }),
            "tool_choice.type",
        ),
        (
            json!({ "tools": tools, "tool_choice": allowed(json!({ "mode": "auto", "tools": [{ "name": "h" }] })) }),
            "tool_choice.allowed_tools.tools[0].name",
        ),
        (
            json!({ "tools": tools, "tool_choice": allowed(json!({ "mode": "auto", "tools": [] })) }),
            "tool_choice.allowed_tools.tools",
        ),
        (json!({ "tools": {} }), "tools"),
        (json!({ "tools": [{ "type": "custom", "custom": { "name": "f" } }] }), "tools[0].type"),
        (json!({ "tools": [{ "type": "function" }] }), "tools[0].function"),
        (json!({ "tools": [{ "type": "function", "function": { "name": "" } }] }), "tools[0].function.name"),
        (
            json!({ "tools": [{ "type": "function", "function": { "name": "f", "parameters": [] } }] }),
            "tools[0].function.parameters",
        ),
        (json!({ "tools": [tools[0], tools[0]] }), "tools[1]"),
        (json!({ "functions": [{}] }), "functions[0].name"),
        (json!({ "parallel_tool_calls": "no" }), "parallel_tool_calls"),
    ] {
        let (message, field) = refused(&with(&members));
        assert_eq!(field, param, "{message}");
    }
}
