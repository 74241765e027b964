//! Checks bodies of InvokeModel against Claude's own shape, of which there is no model: what its documentation says.
//! <https://docs.anthropic.com/en/api/messages>

use serde_json::Value;

/// What a body may have.
const MEMBERS: [&str; 15] = [
    "anthropic_version",
    "anthropic_beta",
    "max_tokens",
    "messages",
    "metadata",
    "output_config",
    "stop_sequences",
    "system",
    "temperature",
    "thinking",
    "tool_choice",
    "tools",
    "top_k",
    "top_p",
    "context_management",
];

/// What is wrong with a body, each with its path.
pub fn claude_problems(body: &[u8]) -> Vec<String> {
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        return vec!["the body is no JSON".to_owned()];
    };
    let mut problems = Vec::new();
    let mut check = |is_right: bool, what: String| {
        if !is_right {
            problems.push(what);
        }
    };
    let empty = Vec::new();
    for name in body.as_object().into_iter().flat_map(|members| members.keys()) {
        check(MEMBERS.contains(&name.as_str()), format!("there is no member {name}"));
    }
    check(body["anthropic_version"] == "bedrock-2023-05-31", "anthropic_version".to_owned());
    let max_tokens = body["max_tokens"].as_u64().unwrap_or_default();
    check(max_tokens > 0, "max_tokens".to_owned());
    if let Some(budget) = body["thinking"]["budget_tokens"].as_u64() {
        check(budget >= 1024 && budget < max_tokens, format!("a budget of {budget} of {max_tokens}"));
    }
    let tools = body["tools"].as_array().unwrap_or(&empty);
    let mut names = Vec::new();
    for tool in tools {
        let name = tool["name"].as_str().unwrap_or_default();
        check(is_word(name, 64), format!("the tool {name:?}"));
        check(!names.contains(&name), format!("a second tool {name}"));
        check(tool["input_schema"]["type"] == "object", format!("the schema of {name}"));
        names.push(name);
    }
    match body["tool_choice"]["type"].as_str() {
        None => check(body.get("tool_choice").is_none(), "tool_choice".to_owned()),
        Some("tool") => {
            let name = body["tool_choice"]["name"].as_str().unwrap_or_default();
            check(names.contains(&name), format!("{name:?} is chosen"));
        }
        Some(word) => {
            check(!tools.is_empty() && ["auto", "any", "none"].contains(&word), format!("tool_choice {word}"))
        }
    }
    let mut ids = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    let messages = body["messages"].as_array().unwrap_or(&empty);
    check(!messages.is_empty(), "messages".to_owned());
    for (place, message) in messages.iter().enumerate() {
        let path = format!("messages[{place}]");
        let role = if place % 2 == 0 { "user" } else { "assistant" };
        check(message["role"] == role, format!("{path}: the role is not {role}"));
        let blocks = message["content"].as_array().unwrap_or(&empty);
        check(!blocks.is_empty(), format!("{path}: no content"));
        let mut asked = Vec::new();
        for block in blocks {
            let text = |name: &str| block[name].as_str().unwrap_or_default();
            let is_right = match (text("type"), role) {
                ("text", _) => !text("text").trim().is_empty(),
                ("image", "user") | ("document", "user") => block["source"]["type"].is_string(),
                ("tool_use", "assistant") => {
                    asked.push(text("id"));
                    let is_new = !ids.contains(&text("id"));
                    ids.push(text("id"));
                    is_new
                        && is_word(text("id"), 64)
                        && is_word(text("name"), 64)
                        && block["input"].is_object()
                }
                ("tool_result", "user") => {
                    let at = open.iter().position(|id| *id == text("tool_use_id"));
                    at.map(|at| open.remove(at)).is_some() && block["content"].is_array()
                }
                ("thinking", "assistant") => !text("signature").is_empty(),
                ("redacted_thinking", "assistant") => !text("data").is_empty(),
                _ => false,
            };
            check(is_right, format!("{path}: the block {block}"));
        }
        check(open.is_empty(), format!("{path}: no result for {open:?}"));
        check(asked.is_empty() || !tools.is_empty(), format!("{path}: a tool is used, and there are none"));
        open = asked;
    }
    if body["thinking"]["type"] == "enabled" {
        let is_open = messages
            .last()
            .is_some_and(|last| last["role"] == "assistant" || last["content"][0]["type"] == "tool_result");
        let thoughts = ["thinking", "redacted_thinking"];
        let is_thought = |message: &Value| {
            message["role"] == "assistant"
                && thoughts.iter().any(|kind| message["content"][0]["type"] == *kind)
        };
        check(!is_open || messages.iter().any(is_thought), "a turn begins without a thought".to_owned());
    }
    problems
}

fn is_word(text: &str, max: usize) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    (1..=max).contains(&text.len()) && text.bytes().all(fits)
}
