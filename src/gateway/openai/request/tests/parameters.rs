//! Parameters of one value, and those that Bedrock has nothing for.

use super::*;

#[test]
fn parameters_are_read() {
    let all = json!({
        "max_tokens": 5, "max_completion_tokens": 7, "temperature": 0.25, "top_p": 1, "top_k": 40, "n": 2, "stream": true,
        "stream_options": { "include_usage": true }, "stop": ["END", "", "\n"], "service_tier": "flex",
        "metadata": { "team": "a b", "bad\u{e9}": "x", "n": 5 }, "user": "u-1",
        "response_format": { "type": "json_object" }, "additionalModelRequestFields": { "k": [1.5] },
        "logprobs": false, "top_logprobs": 0, "logit_bias": {}, "presence_penalty": 0, "frequency_penalty": 0.0,
        "modalities": ["text"], "store": false, "verbosity": "medium", "audio": null, "seed": 42,
    });
    let read = read(&with(&all));
    assert_eq!((read.n, read.stream, read.include_usage), (2, true, true));
    assert_eq!(read.dropped, ["seed", "stop"]);
    let chat = read.chat;
    assert_eq!(chat.max_tokens, Some(7));
    assert_eq!(chat.sampling.temperature.unwrap().to_string(), "0.25");
    assert_eq!(chat.sampling.top_p.unwrap().to_string(), "1");
    assert_eq!(chat.sampling.top_k.unwrap().to_string(), "40");
    assert_eq!(chat.stop, ["END"]);
    assert_eq!(chat.service_tier, Some(ServiceTier::Flex));
    let pairs = chat.metadata.iter().map(|pair| (pair.param, pair.key.as_str(), pair.value.as_str()));
    let all = [
        ("metadata", "bad\u{e9}", "x"),
        ("metadata", "n", "5"),
        ("metadata", "team", "a b"),
        ("user", "user", "u-1"),
    ];
    assert!(pairs.eq(all));
    assert_eq!(chat.additional, [("k".to_owned(), Bytes::from_static(b"[1.5]"))]);
    assert!(matches!(chat.format, Format::JsonObject));

    let warm = self::read(&with(&json!({ "temperature": 1.5, "stop": "x", "service_tier": "auto" })));
    assert_eq!(warm.chat.sampling.temperature.unwrap().to_string(), "1");
    assert_eq!((warm.dropped, warm.chat.service_tier), (vec!["temperature".to_owned()], None));
}

#[test]
fn reasoning_has_three_shapes() {
    for (members, expected) in [
        (json!({}), None),
        (json!({ "reasoning_effort": null }), None),
        (json!({ "reasoning_effort": "none" }), Some(Reasoning::Off)),
        (json!({ "reasoning_effort": "minimal" }), Some(Reasoning::Effort(Effort::Minimal))),
        (json!({ "reasoning_effort": "xhigh" }), Some(Reasoning::Effort(Effort::ExtraHigh))),
        (json!({ "reasoning": { "effort": "low" } }), Some(Reasoning::Effort(Effort::Low))),
        (json!({ "reasoning": { "max_tokens": 2000 } }), Some(Reasoning::Budget(2000))),
        (json!({ "reasoning": { "enabled": false } }), Some(Reasoning::Off)),
        (json!({ "reasoning_effort": "low", "thinking": { "type": "adaptive" } }), Some(Reasoning::Adaptive)),
        (json!({ "thinking": { "type": "enabled", "budget_tokens": 1024 } }), Some(Reasoning::Budget(1024))),
        (json!({ "thinking": { "type": "disabled" } }), Some(Reasoning::Off)),
    ] {
        assert_eq!(read(&with(&members)).chat.reasoning, expected, "{members}");
    }
}

#[test]
fn parameters_of_a_wrong_kind_are_refused_by_name() {
    for (members, param) in [
        (json!({ "model": "" }), "model"),
        (json!({ "model": 5 }), "model"),
        (json!({ "model": null }), "model"),
        (json!({ "max_tokens": 0 }), "max_tokens"),
        (json!({ "max_tokens": 1.5 }), "max_tokens"),
        (json!({ "max_completion_tokens": "5" }), "max_completion_tokens"),
        (json!({ "temperature": 2.1 }), "temperature"),
        (json!({ "temperature": -0.1 }), "temperature"),
        (json!({ "temperature": "1" }), "temperature"),
        (json!({ "top_p": 1.1 }), "top_p"),
        (json!({ "top_k": -2 }), "top_k"),
        (json!({ "n": 0 }), "n"),
        (json!({ "n": 9 }), "n"),
        (json!({ "stream": "yes" }), "stream"),
        (json!({ "stream_options": { "include_usage": 1 } }), "stream_options.include_usage"),
        (json!({ "stop": 1 }), "stop"),
        (json!({ "stop": ["a", 1] }), "stop[1]"),
        (json!({ "service_tier": "gold" }), "service_tier"),
        (json!({ "metadata": [] }), "metadata"),
        (json!({ "metadata": { "k": {} } }), "metadata.k"),
        (json!({ "user": 5 }), "user"),
        (json!({ "response_format": { "type": "yaml" } }), "response_format.type"),
        (json!({ "response_format": { "type": "json_schema" } }), "response_format.json_schema"),
        (
            json!({ "response_format": { "type": "json_schema", "json_schema": { "name": "x", "schema": true } } }),
            "response_format.json_schema.schema",
        ),
        (json!({ "reasoning_effort": "huge" }), "reasoning_effort"),
        (json!({ "reasoning": { "max_tokens": -1 } }), "reasoning.max_tokens"),
        (json!({ "thinking": { "type": "enabled" } }), "thinking.budget_tokens"),
        (json!({ "thinking": { "type": "much" } }), "thinking.type"),
        (json!({ "additionalModelRequestFields": 1 }), "additionalModelRequestFields"),
    ] {
        let (message, field) = refused(&with(&members));
        assert_eq!(field, param, "{message}");
    }
}

#[test]
fn what_bedrock_has_nothing_for_is_refused_or_left_out_and_named() {
    let dropping = ReadOptions { drop_unsupported: true, ..ReadOptions::default() };
    for (members, param) in [
        (json!({ "logprobs": true }), "logprobs"),
        (json!({ "top_logprobs": 3 }), "top_logprobs"),
        (json!({ "logit_bias": { "50256": -100 } }), "logit_bias"),
        (json!({ "presence_penalty": 0.5 }), "presence_penalty"),
        (json!({ "frequency_penalty": -1 }), "frequency_penalty"),
        (json!({ "modalities": ["text", "audio"] }), "modalities"),
        (json!({ "audio": { "voice": "alloy", "format": "wav" } }), "audio"),
        (json!({ "web_search_options": {} }), "web_search_options"),
        (json!({ "reasoning": { "exclude": true } }), "reasoning.exclude"),
        (json!({ "tools": [{ "type": "custom", "custom": { "name": "f" } }] }), "tools[0].type"),
        (json!({ "repetition_penalty": 1.1 }), "repetition_penalty"),
    ] {
        let (message, field) = refused(&with(&members));
        assert_eq!(field, param, "{message}");
        assert!(message.contains(param), "{message}");
        let read = read_with(&dropping, &with(&members)).unwrap();
        assert_eq!(read.dropped, [param]);
    }
    let (message, _) = refused(&with(&json!({ "repetition_penalty": 1.1 })));
    assert_eq!(message, "Unrecognized request argument supplied: repetition_penalty");
    for members in [
        json!({ "seed": 7 }),
        json!({ "store": true }),
        json!({ "verbosity": "low" }),
        json!({ "prediction": { "type": "content", "content": "x" } }),
        json!({ "prompt_cache_key": "k" }),
        json!({ "safety_identifier": "k" }),
    ] {
        let name = members.as_object().unwrap().keys().next().unwrap();
        assert_eq!(read(&with(&members)).dropped, [name.as_str()]);
    }
    let image = |detail: &str| json!({ "type": "image_url", "image_url": { "url": format!("data:;base64,{PNG}"), "detail": detail } });
    let said = |name: &Value, detail| {
        let user = json!({ "role": "user", "content": [image(detail)], "name": name });
        let tool = json!({ "id": "1", "type": "function", "function": { "name": "f" } });
        let tool = json!({ "role": "assistant", "content": "", "tool_calls": [tool] });
        let result = json!({ "role": "tool", "tool_call_id": "1", "content": "x", "name": "f" });
        json!({ "messages": [{ "role": "system", "content": "S", "name": name }, user, tool, result] })
    };
    // Each once, however many messages have it; and not where it asks for nothing, or is in the call already.
    assert_eq!(
        read(&with(&said(&json!("Ann"), "low"))).dropped,
        ["messages[].name", "messages[].content[].image_url.detail"]
    );
    assert!(read(&with(&said(&Value::Null, "auto"))).dropped.is_empty());
    // Names from a stranger go into a header.
    let mut many = json!({ "a,b\r\nx: y\u{e9}": 1 });
    for place in 0..100 {
        many[format!("unknown_{place}_{}", "x".repeat(100))] = json!(1);
    }
    let dropped = read_with(&dropping, &with(&many)).unwrap().dropped;
    assert_eq!((dropped.len(), dropped[0].as_str()), (33, "a_b__x:_y_"));
    assert_eq!(dropped[32], "...", "there are more");
    assert!(
        dropped.iter().all(|name| name.len() <= 64 && name.chars().all(|c| c.is_ascii_graphic() && c != ','))
    );
}
