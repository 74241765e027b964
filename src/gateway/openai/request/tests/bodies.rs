//! Bodies of any kind: broken, hostile, recorded.

use super::*;

#[test]
fn no_body_breaks_the_reader() {
    for body in [
        "",
        "nonsense",
        "[]",
        r#"{"model":"m","model":"m","messages":[]}"#,
        r#"{"model":"m","messages":[{"role":"user","content":"\ud800"}]}"#,
        r#"{"model":"m","messages":[{"role":"user","role":"user","content":"x"}]}"#,
    ] {
        let refusal = ChatCompletion::read_body(&Bytes::from(body), &ReadOptions::default()).unwrap_err();
        assert_eq!(refusal.kind(), RefusalKind::Invalid, "{body}");
    }
    // A request that is cut anywhere, or has any byte changed, is refused or read, and nothing else.
    let whole = with(&json!({
        "tools": [{ "type": "function", "function": { "name": "f", "parameters": { "type": "object" } } }],
        "tool_choice": { "type": "function", "function": { "name": "f" } }, "stop": ["a"], "temperature": 0.5,
    }))
    .to_string();
    for end in 0..whole.len() {
        let cut = Bytes::from(whole.as_bytes()[..end].to_vec());
        assert!(ChatCompletion::read_body(&cut, &ReadOptions::default()).is_err(), "{end}");
        for byte in [0, b'"', b'\\', b'{', b']', b'0', 0xff] {
            let mut changed = whole.as_bytes().to_vec();
            changed[end] = byte;
            let _ = ChatCompletion::read_body(&changed.into(), &ReadOptions::default());
        }
    }
}

#[test]
fn large_hostile_bodies_take_no_time() {
    let user = r#"{"role":"user","content":"a"}"#;
    let call = |id: usize| format!(r#"{{"id":"{id}","function":{{"name":"f"}}}}"#);
    let result = |id: usize| format!(r#"{{"role":"tool","tool_call_id":"{id}"}}"#);
    let calls = (0..20_000).map(call).collect::<Vec<_>>().join(",");
    let backwards = (0..20_000).rev().map(result).collect::<Vec<_>>().join(",");
    let one_by_one = (0..20_000).map(|id| format!(r#"{{"role":"assistant","tool_calls":[{}]}}"#, call(id)));
    let one_by_one = one_by_one.collect::<Vec<_>>().join(",");
    for messages in [
        format!(r#"[{user},{{"role":"assistant","tool_calls":[{calls}]}},{backwards}]"#),
        format!("[{user},{one_by_one},{backwards}]"),
    ] {
        let read = read_text(&format!(r#"{{"model":"m","messages":{messages}}}"#));
        assert_eq!(read.chat.messages[2].blocks.len(), 20_000);
    }
}

#[test]
fn a_long_text_is_not_repeated_in_a_refusal() {
    let long = "é".repeat(100_000);
    for messages in [
        json!([{ "role": long, "content": "x" }]),
        json!([{ "role": "user", "content": "x" }, { "role": "tool", "tool_call_id": long }]),
        json!([{ "role": "user", "content": [{ "type": long }] }]),
        json!([{ "role": "user", "content": [{ "type": "image_url", "image_url": format!("s3://{long}") }] }]),
        json!([{ "role": "user", "content": "x", long.clone(): 1, "cache_control": { long.clone(): 1 } }]),
    ] {
        let (message, field) = refused(&json!({ "model": "m", "messages": messages }));
        assert!(message.len() < 600 && field.len() < 300, "{} {}", message.len(), field.len());
    }
    let (message, _) = refused(&with(&json!({ long.clone(): 1 })));
    assert!(message.len() < 300);
}

#[test]
fn recorded_requests_are_read_or_refused_by_name() {
    let folder = std::env::var_os("BEDWIRE_VECTORS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors"), PathBuf::from);
    let Ok(lines) = std::fs::read_to_string(folder.join("openai/chat-completions.jsonl")) else {
        println!("SKIPPED: no {}", folder.display());
        return;
    };
    let mut refusals = Vec::new();
    let mut count = 0;
    for line in lines.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        count += 1;
        match read_with(&ReadOptions::default(), &line["request"]) {
            Ok(read) => assert_eq!(line["request"]["model"], read.model),
            Err(refusal) => refusals.push(named(&refusal).1),
        }
    }
    assert_eq!(count, 55);
    // Two URLs, and a page where a JPEG should be.
    let image = "messages[0].content[1].image_url.url";
    assert_eq!(refusals, [image, image, image]);
}
