//! What coding agents send unasked, and Bedrock refuses: hints for Anthropic's own platform are no reason not to answer.
#![cfg(all(feature = "gateway", feature = "emulator"))]

mod gateway;

use bedwire::gateway::GatewayOptions;
use bedwire::transport::Body;
use gateway::frames::{chunk, frame, streamed};
use gateway::support::{Script, answer, refusal};
use gateway::{Answer, alias, events_of, options, over, post, post_with};
use serde_json::{Value, json};

const MESSAGES: &str = "/v1/messages";
const COUNT: &str = "/v1/messages/count_tokens";
const NOVA: &str = "us.amazon.nova-lite-v1:0";
const CLAUDE_4: &str = "us.anthropic.claude-sonnet-4-20250514-v1:0";
const CLAUDE_4_5: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const CLAUDE_4_6: &str = "us.anthropic.claude-sonnet-4-6";

const OF_CLAUDE: &str = r#"{"type":"message","role":"assistant","model":"claude","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}"#;
const OF_CONVERSE: &str = r#"{"output":{"message":{"role":"assistant","content":[{"text":"Hi"}]}},"stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}"#;

fn led_to(ids: &[&str]) -> GatewayOptions {
    let mut options = GatewayOptions::default();
    options.models = vec![alias("m", ids)];
    options
}

/// A request with these members, and what reached Bedrock.
async fn sent(script: &Script, ids: &[&str], beta: &str, members: &str) -> (Answer, Vec<String>) {
    let headers = [("anthropic-beta", beta)];
    let body = format!(r#"{{"model":"m","max_tokens":9,{members}}}"#);
    let answer = post_with(&over(script.clone(), led_to(ids)), MESSAGES, &headers, body).await;
    let body = |(_, request): &(_, http::Request<Body>)| {
        let Body::Whole(body) = request.body() else { panic!("it streams") };
        String::from_utf8(body.to_vec()).unwrap()
    };
    let bodies = script.seen().iter().map(body).collect();
    (answer, bodies)
}

async fn to_a_claude(id: &str, beta: &str, members: &str) -> (Answer, String) {
    let (answer, mut bodies) = sent(&Script::new([answer(200, &[], OF_CLAUDE)]), &[id], beta, members).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    (answer, bodies.remove(0))
}

/// Claude Code's `user_id` is JSON, which the invocation log does not take.
#[tokio::test]
async fn who_asks_is_left_out_where_the_log_does_not_take_it() {
    let user = r#"{"device_id":"d","session_id":"s"}"#;
    let metadata = json!({ "metadata": { "user_id": user } }).to_string();
    let members =
        format!(r#"{},"messages":[{{"role":"user","content":"Hi"}}]"#, &metadata[1..metadata.len() - 1]);
    let script = Script::new([answer(200, &[], OF_CONVERSE)]);
    let (answer, bodies) = sent(&script, &["us.amazon.nova-lite-v1:0"], "", &members).await;
    assert_eq!((answer.status.as_u16(), answer.header("x-bedwire-dropped")), (200, "metadata.user_id"));
    assert!(!bodies[0].contains("requestMetadata"), "{}", bodies[0]);
}

#[tokio::test]
async fn betas_that_change_no_answer_are_left_out() {
    let betas = "redact-thinking-2026-02-12,token-efficient-tools-2026-03-28,prompt-caching-scope-2026-01-05,fast-mode-2026-02-01,\
                 token-efficient-tools-2025-02-19,advisor-tool-2026-03-01,mcp-servers-2025-12-04,advanced-tool-use-2025-11-20,\
                 files-api-2025-04-14,structured-outputs-2025-12-15,thinking-token-count-2026-05-13,mid-conversation-system-2026-04-07";
    let (answer, body) =
        to_a_claude(CLAUDE_4_5, betas, r#""messages":[{"role":"user","content":"Hi"}]"#).await;
    assert_eq!(answer.header("x-bedwire-dropped"), "anthropic-beta");
    assert!(body.ends_with(r#""anthropic_beta":["token-efficient-tools-2025-02-19"]}"#), "{body}");
}

/// Anthropic's own runner of tools keeps the chat in a thread on the platform, and sends what is new of it.
#[tokio::test]
async fn half_a_chat_is_never_answered() {
    let messages = r#""messages":[{"role":"user","content":"And before?"}]"#;
    let details = json!({ "error_code": "thread_unsupported_request", "unsupported": ["thread"] });
    for (id, path) in [(CLAUDE_4_5, MESSAGES), (NOVA, MESSAGES), (CLAUDE_4_5, COUNT), (NOVA, COUNT)] {
        for thread in [r#"{"type":"create"}"#, r#"{"type":"continue","previous_message_id":"msg_1"}"#] {
            let script = Script::new([]);
            let mut options = led_to(&[id]);
            options.drop_unsupported = true;
            let body = format!(r#"{{"model":"m","max_tokens":9,"thread":{thread},{messages}}}"#);
            let headers = [("anthropic-beta", "message-threads-2026-08-12")];
            let answer = post_with(&over(script.clone(), options), path, &headers, body).await;
            let (status, kind, message) = answer.anthropic_refusal();
            assert_eq!((status, kind.as_str()), (400, "invalid_request_error"));
            assert!(message.starts_with("thread is a chat"), "{message}");
            assert_eq!(answer.json()["error"]["details"], details);
            assert!(script.seen().is_empty());
        }
    }
    // What asks for no thread is answered, its beta left out.
    for thread in ["", r#""thread":null,"#] {
        let (answer, body) =
            to_a_claude(CLAUDE_4_5, "message-threads-2026-08-12", &format!("{thread}{messages}")).await;
        assert_eq!(answer.header("x-bedwire-dropped"), "anthropic-beta");
        assert!(!body.contains("thread"), "{body}");
    }
}

async fn to_nova(beta: &str, members: &str) -> (Answer, Value) {
    let (answer, bodies) = sent(&Script::new([answer(200, &[], OF_CONVERSE)]), &[NOVA], beta, members).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    (answer, serde_json::from_str(&bodies[0]).unwrap())
}

const MID_SYSTEM: &str = "mid-conversation-system-2026-04-07";
const INSTRUCTED: &str = r#""system":"Be brief.","messages":[
        {"role":"system","content":"First."},
        {"role":"user","content":"Look."},
        {"role":"system","content":[{"type":"text","text":"Agents: none.","cache_control":{"type":"ephemeral"}}]},
        {"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{"n" : 1.0}}]},
        {"role":"system","content":"Skills: none."},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"sunny"}]}]"#;

/// Of the Claudes only the newest take instructions among the messages, and none as the first of them.
#[tokio::test]
async fn instructions_among_the_messages_reach_every_claude() {
    let system = r#""system":[{"type":"text","text":"Be brief."},{"type":"text","text":"First."}],"#;
    let look = r#"{"role":"user","content":"Look."}"#;
    let agents = r#"[{"type":"text","text":"Agents: none.","cache_control":{"type":"ephemeral"}}]"#;
    let asks =
        r#"{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{"n" : 1.0}}]}"#;
    let answers = r#"{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"sunny"}]}"#;
    // What tools answer stands first.
    let older = format!(
        r#"{system}"messages":[{look},{{"role":"user","content":{agents}}},{asks},{answers},{{"role":"user","content":[{{"type":"text","text":"Skills: none."}}]}}]}}"#
    );
    let newer = format!(
        r#"{system}"messages":[{look},{{"role":"system","content":{agents}}},{asks},{{"role":"system","content":"Skills: none."}},{answers}]}}"#
    );
    for (id, expected) in [
        (CLAUDE_4, &older),
        (CLAUDE_4_5, &older),
        (CLAUDE_4_6, &older),
        ("us.anthropic.claude-opus-4-7", &older),
        ("us.anthropic.claude-opus-4-8", &newer),
        ("us.anthropic.claude-sonnet-5", &newer),
    ] {
        let (answered, body) = to_a_claude(id, MID_SYSTEM, INSTRUCTED).await;
        assert_eq!(answered.header("x-bedwire-dropped"), "anthropic-beta");
        assert!(body.ends_with(expected.as_str()), "{id}: {body}");
        let script = Script::new([answer(200, &[], r#"{"inputTokens":7}"#)]);
        let asked = format!(r#"{{"model":"m",{INSTRUCTED}}}"#);
        let counted = post_with(&over(script.clone(), led_to(&[id])), COUNT, &[], asked).await;
        assert_eq!(counted.text(), r#"{"input_tokens":7}"#);
        let counted = body_counted(&script, 0);
        assert!(counted.ends_with(expected.as_str()), "{id}: {counted}");
    }
}

/// What a message of the role `system` may have beside its words.
#[tokio::test]
async fn settings_among_the_messages_are_no_words_of_the_user() {
    let user = r#"{"role":"user","content":"Hi"}"#;
    let cached = r#"{"role":"system","cache_control":{"type":"ephemeral"},"content":"S"}"#;
    let effort = r#"{"role":"system","content":[],"output_config":{"effort":"low"}}"#;
    let block = r#"{"type":"text","text":"S","cache_control":{"type":"ephemeral"}}"#;
    for (given, dropped, expected) in [
        (
            format!("[{user},{cached}]"),
            "",
            format!(r#""messages":[{user},{{"role":"user","content":[{block}]}}]}}"#),
        ),
        (format!("[{cached},{user}]"), "", format!(r#""system":[{block}],"messages":[{user}]}}"#)),
        (format!("[{effort},{user}]"), "messages.0", format!(r#""messages":[{user}]}}"#)),
    ] {
        let (answer, body) = to_a_claude(CLAUDE_4_6, "", &format!(r#""messages":{given}"#)).await;
        assert_eq!(answer.header("x-bedwire-dropped"), dropped, "{given}");
        assert!(body.ends_with(&expected), "{body}");
    }
    let body = format!(r#"{{"model":"m","max_tokens":9,"messages":[{cached}]}}"#);
    let refused = post_with(&over(Script::new([]), led_to(&[CLAUDE_4_6])), MESSAGES, &[], body).await;
    assert!(refused.anthropic_refusal().2.starts_with("messages has nothing to be answered"));
}

/// Claude Code tells of its agents and skills with a message of the role `system`, to every model that it does not know.
#[tokio::test]
async fn instructions_among_the_messages_reach_every_model() {
    let (_, body) = to_nova(MID_SYSTEM, INSTRUCTED).await;
    assert_eq!(body["system"], json!([{ "text": "Be brief." }, { "text": "First." }]));
    let said = |message: usize, block: usize| body["messages"][message]["content"][block]["text"].clone();
    let roles: Vec<&Value> = body["messages"].as_array().unwrap().iter().map(|said| &said["role"]).collect();
    assert_eq!(roles, ["user", "assistant", "user"]);
    assert_eq!((said(0, 0), said(0, 1)), ("Look.".into(), "Agents: none.".into()));
    // What tools answer stands first.
    assert_eq!(body["messages"][2]["content"][0]["toolResult"]["toolUseId"], "t");
    assert_eq!(said(2, 1), "Skills: none.");
}

/// The rest of what Claude Code says unasked to a model that it does not know.
#[tokio::test]
async fn what_agents_say_unasked_is_no_reason_not_to_answer() {
    let messages = r#""messages":[{"role":"user","content":"Hi"}]"#;
    let tool = r#"{"name":"f","input_schema":{"type":"object","properties":{}}"#;
    for (members, dropped) in [
        (
            r#""context_management":{"edits":[{"type":"clear_thinking_20251015","keep":"all"}]}"#.to_owned(),
            "context_management",
        ),
        (r#""thinking":{"type":"adaptive"}"#.to_owned(), "thinking"),
        (r#""output_config":{"effort":"high"}"#.to_owned(), "output_config.effort"),
        (r#""thinking":{"type":"adaptive"},"output_config":{"effort":"high"}"#.to_owned(), "thinking"),
        (
            format!(
                r#""tools":[{{"type":"tool_search_tool_regex_20251119","name":"s"}},{tool},"defer_loading":true}}]"#
            ),
            "tools.0, defer_loading",
        ),
    ] {
        let (answer, body) = to_nova("", &format!("{members},{messages}")).await;
        assert_eq!(answer.header("x-bedwire-dropped"), dropped, "{members}");
        for gone in ["additionalModelRequestFields", "tool_search", "defer_loading"] {
            assert!(!body.to_string().contains(gone), "{body}");
        }
    }
    // A budget is an amount.
    let budget =
        format!(r#""thinking":{{"type":"enabled","budget_tokens":1024}},"max_tokens":2000,{messages}"#);
    let body = format!(r#"{{"model":"m",{budget}}}"#);
    let refused = post_with(&over(Script::new([]), led_to(&[NOVA])), MESSAGES, &[], body).await;
    assert!(refused.anthropic_refusal().2.starts_with("thinking is not known to this model"));

    // At high effort a Nova takes no bound of its answer, which Anthropic's API asks for.
    let high = format!(r#""thinking":{{"type":"adaptive"}},"output_config":{{"effort":"high"}},{messages}"#);
    let script = Script::new([answer(200, &[], OF_CONVERSE)]);
    let (answered, bodies) = sent(&script, &["us.amazon.nova-2-lite-v1:0"], "", &high).await;
    assert_eq!((answered.status.as_u16(), answered.header("x-bedwire-dropped")), (200, "thinking"));
    assert!(bodies[0].contains(r#""maxReasoningEffort":"medium""#), "{}", bodies[0]);

    let cached = format!(r#""cache_control":{{"type":"ephemeral"}},{messages}"#);
    let (_, body) = to_nova("", &cached).await;
    let content = json!([{ "text": "Hi" }, { "cachePoint": { "type": "default" } }]);
    assert_eq!(body["messages"][0]["content"], content);
}

/// Bedrock has two parts of what Anthropic's platform calls advanced, each by its own name; and what looks tools up needs one.
#[tokio::test]
async fn tools_that_are_looked_up_have_bedrocks_own_beta() {
    const ADVANCED: &str = "advanced-tool-use-2025-11-20";
    let search = r#"{"type":"tool_search_tool_regex_20251119","name":"s"}"#;
    let deferred = r#"{"name":"f","input_schema":{},"defer_loading":true}"#;
    let example = r#"{"name":"g","input_schema":{},"input_examples":[{}]}"#;
    let (found, examples) = (r#""tool-search-tool-2025-10-19""#, r#""tool-examples-2025-10-29""#);
    for (beta, tools, betas) in [
        (ADVANCED, format!("[{search},{deferred}]"), found.to_owned()),
        (ADVANCED, format!("[{deferred},{example}]"), format!("{found},{examples}")),
        ("", format!("[{search},{deferred}]"), found.to_owned()),
        ("tool-search-tool-2026-01-01", format!("[{search}]"), r#""tool-search-tool-2026-01-01""#.to_owned()),
    ] {
        let members = format!(r#""tools":{tools},"messages":[{{"role":"user","content":"Hi"}}]"#);
        let (answer, body) = to_a_claude(CLAUDE_4_6, beta, &members).await;
        assert_eq!(answer.header("x-bedwire-dropped"), "", "{tools}");
        assert!(body.contains(&format!(r#""tools":{tools},"#)), "{body}");
        assert!(body.ends_with(&format!(r#""anthropic_beta":[{betas}]}}"#)), "{body}");
    }
}

/// Each kind of edits has a beta of its own, and what sums up a chat needs no other.
#[tokio::test]
async fn what_is_edited_of_a_chat_needs_its_own_beta() {
    const COMPACTION: &str = "compact-2026-01-12";
    const MANAGEMENT: &str = "context-management-2025-06-27";
    let messages = r#""messages":[{"role":"user","content":"Hi"}]"#;
    let (compact, clear) = (r#"{"type":"compact_20260112"}"#, r#"{"type":"clear_tool_uses_20250919"}"#);
    let both = format!("{COMPACTION},{MANAGEMENT}");
    for (beta, edits, missing) in [
        (COMPACTION, format!("[{compact}]"), ""),
        (COMPACTION, "[]".to_owned(), ""),
        (MANAGEMENT, format!("[{clear}]"), ""),
        (&both, format!("[{clear},{compact}]"), ""),
        ("", format!("[{compact}]"), COMPACTION),
        (MANAGEMENT, format!("[{clear},{compact}]"), COMPACTION),
        (COMPACTION, format!("[{compact},{clear}]"), MANAGEMENT),
        ("", "[]".to_owned(), MANAGEMENT),
    ] {
        let management = format!(r#""context_management":{{"edits":{edits}}}"#);
        let members = format!("{management},{messages}");
        if missing.is_empty() {
            let (_, body) = to_a_claude(CLAUDE_4_6, beta, &members).await;
            assert!(body.contains(&management), "{body}");
            continue;
        }
        let body = format!(r#"{{"model":"m","max_tokens":9,{members}}}"#);
        let gateway = over(Script::new([]), led_to(&[CLAUDE_4_6]));
        let refused = post_with(&gateway, MESSAGES, &[("anthropic-beta", beta)], body).await;
        let (status, _, message) = refused.anthropic_refusal();
        assert!(
            status == 400 && message.ends_with(&format!("anthropic-beta: {missing}")),
            "{beta}: {message}"
        );
    }
}

/// "invalid beta flag" names none: those that AWS documents are tried, and then none, with what needs them.
#[tokio::test]
async fn a_beta_that_bedrock_refuses_costs_no_answer() {
    let betas =
        "effort-2025-11-24,context-management-2025-06-27,tool-search-tool-2025-10-19,brand-new-2027-01-01";
    let search = r#"{"type":"tool_search_tool_regex_20251119","name":"s"}"#;
    let members = format!(
        r#""context_management":{{"edits":[]}},"tools":[{search},{{"name":"f","defer_loading":true}}],"messages":[{{"role":"user","content":"Hi"}}]"#
    );
    let refused =
        || refusal(400, "ValidationException", "The model returned the following errors: invalid beta flag");
    let said = |body: &str| serde_json::from_str::<Value>(body).unwrap()["anthropic_beta"].clone();

    let script = Script::new([refused(), answer(200, &[], OF_CLAUDE)]);
    let (answered, bodies) = sent(&script, &[CLAUDE_4_6], betas, &members).await;
    assert_eq!((answered.status.as_u16(), answered.header("x-bedwire-dropped")), (200, "anthropic-beta"));
    let documented =
        json!(["effort-2025-11-24", "context-management-2025-06-27", "tool-search-tool-2025-10-19"]);
    assert_eq!(said(&bodies[1]), documented);
    assert!(bodies[1].contains(search) && bodies[1].contains("context_management"), "{}", bodies[1]);

    let script = Script::new([refused(), refused(), answer(200, &[], OF_CLAUDE)]);
    let (answered, bodies) = sent(&script, &[CLAUDE_4_6], betas, &members).await;
    let dropped = "anthropic-beta, tools.0, defer_loading, context_management";
    assert_eq!((answered.status.as_u16(), answered.header("x-bedwire-dropped")), (200, dropped));
    assert_eq!(said(&bodies[2]), Value::Null);
    assert!(bodies[2].contains(r#""tools":[{"name":"f"}]"#), "{}", bodies[2]);

    // A stream, too; and where no beta is left, its refusal is the answer.
    let streams = format!(r#""stream":true,{members}"#);
    let stop = chunk(r#"{"type":"message_stop"}"#);
    let script = Script::new([refused(), streamed([Ok(stop)])]);
    let (answered, bodies) = sent(&script, &[CLAUDE_4_6], betas, &streams).await;
    assert_eq!((answered.status.as_u16(), said(&bodies[1])), (200, documented));
    let script = Script::new([refused(), refused(), refused()]);
    let (answered, bodies) = sent(&script, &[CLAUDE_4_6], betas, &members).await;
    assert_eq!((answered.status.as_u16(), bodies.len()), (400, 3));
}

/// A count is of what would be answered: without the beta that the answer does without.
#[tokio::test]
async fn a_beta_that_bedrock_refuses_costs_no_count() {
    let refused = || refusal(400, "ValidationException", "invalid beta flag");
    let beta = [("anthropic-beta", "context-1m-2025-08-07")];
    let body = r#"{"model":"m","messages":[{"role":"user","content":"Hi"}]}"#;
    let script = Script::new([refused(), answer(200, &[], r#"{"inputTokens":7}"#)]);
    let counted = post_with(&over(script.clone(), led_to(&[CLAUDE_4_5])), COUNT, &beta, body).await;
    assert_eq!((counted.text().as_str(), script.count()), (r#"{"input_tokens":7}"#, 2));
    assert_eq!(counted.header("x-bedwire-dropped"), "anthropic-beta");
    let sent = format!(r#"{{"max_tokens":1,"anthropic_version":"bedrock-2023-05-31",{}"#, &body[13..]);
    assert_eq!(body_counted(&script, 1), sent);

    let script = Script::new([refused(), refused()]);
    let counted = post_with(&over(script.clone(), led_to(&[CLAUDE_4_5])), COUNT, &beta, body).await;
    assert!(counted.status == 400 && counted.text().contains("invalid beta flag"), "{}", counted.text());
}

/// The body that this call was to count.
fn body_counted(script: &Script, call: usize) -> String {
    let seen = script.seen();
    let Body::Whole(sent) = seen[call].1.body() else { panic!("it streams") };
    let sent: Value = serde_json::from_slice(sent).unwrap();
    let body = sent["input"]["invokeModel"]["body"].as_str().unwrap();
    String::from_utf8(base64_simd::STANDARD.decode_to_vec(body).unwrap()).unwrap()
}

/// Examples of a tool go with the beta that they need, and a tool that is given them without it goes without.
#[tokio::test]
async fn examples_of_tools_go_with_their_beta() {
    let tools = r#"[{"name":"f","input_schema":{"properties":{"input_examples":{}}},"input_examples":[{}]}]"#;
    let members = format!(r#""tools":{tools},"messages":[{{"role":"user","content":"Hi"}}]"#);
    let refused = refusal(400, "ValidationException", "invalid beta flag");
    let script = Script::new([
        refused,
        refusal(400, "ValidationException", "invalid beta flag"),
        answer(200, &[], OF_CLAUDE),
    ]);
    let betas = "advanced-tool-use-2025-11-20,brand-new-2027-01-01";
    let (answered, bodies) = sent(&script, &[CLAUDE_4_5], betas, &members).await;
    assert_eq!(answered.header("x-bedwire-dropped"), "anthropic-beta, input_examples");
    assert!(bodies[1].contains(tools) && bodies[1].contains("tool-examples-2025-10-29"), "{}", bodies[1]);
    let without = r#"[{"name":"f","input_schema":{"properties":{"input_examples":{}}}}]"#;
    assert!(bodies[2].contains(without), "{}", bodies[2]);
}

/// Fast mode is a beta and a member: one without the other is refused.
#[tokio::test]
async fn fast_mode_is_left_out_as_a_whole() {
    let members = r#""speed":"fast","messages":[{"role":"user","content":"Hi"}]"#;
    let (answer, body) = to_a_claude(CLAUDE_4_6, "fast-mode-2026-02-01", members).await;
    assert_eq!(answer.header("x-bedwire-dropped"), "anthropic-beta, speed");
    assert!(!body.contains("speed") && !body.contains("fast"), "{body}");
    let (answer, body) = to_nova("fast-mode-2026-02-01", members).await;
    assert_eq!(answer.header("x-bedwire-dropped"), "speed");
    assert_eq!(body.get("speed"), None);
}

/// Clients write their settings as they are, also where nothing is set.
#[tokio::test]
async fn what_is_empty_asks_for_nothing() {
    let members = r#""mcp_servers":[],"container":null,"context_management":{},"messages":[{"role":"user","content":"Hi"}]"#;
    let (answer, body) = to_a_claude(CLAUDE_4_5, "", members).await;
    assert_eq!(answer.header("x-bedwire-dropped"), "");
    assert!(
        !["mcp_servers", "container", "context_management"].iter().any(|name| body.contains(name)),
        "{body}"
    );
    let (answer, _) = to_nova("", members).await;
    assert_eq!(answer.header("x-bedwire-dropped"), "");
}

const HINTS: &str = r#""tools":[{"name":"f","eager_input_streaming":true,"defer_loading":true,"input_schema":{"properties":{"cache_control":{},"defer_loading":{}}},"cache_control":{"type":"ephemeral","ttl":"1h"}},{"name" : "g"}],"system":[{"type":"text","text":"cache_control","cache_control":{"type":"ephemeral","scope":"global"}}],"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"x","cache_control":{"scope":"o","type":"ephemeral"}}]},{"n" : 1.0}]},{ "role":"user","content":"cache_control"}]"#;

#[tokio::test]
async fn hints_that_bedrock_refuses_are_left_out_and_named() {
    let (answer, body) = to_a_claude(CLAUDE_4_5, "", HINTS).await;
    assert_eq!(
        answer.header("x-bedwire-dropped"),
        "eager_input_streaming, defer_loading, cache_control.scope"
    );
    let expected = r#"{"anthropic_version":"bedrock-2023-05-31","tools":[{"name":"f","input_schema":{"properties":{"cache_control":{},"defer_loading":{}}},"cache_control":{"type":"ephemeral","ttl":"1h"}},{"name" : "g"}],"max_tokens":9,"system":[{"type":"text","text":"cache_control","cache_control":{"type":"ephemeral"}}],"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"x","cache_control":{"type":"ephemeral"}}]},{"n" : 1.0}]},{ "role":"user","content":"cache_control"}]}"#;
    assert_eq!(body, expected);

    // What a newer one takes stays, and what a beta brings.
    let (answer, body) = to_a_claude(CLAUDE_4_6, "tool-search-tool-2025-10-19", HINTS).await;
    assert_eq!(answer.header("x-bedwire-dropped"), "cache_control.scope");
    assert!(body.contains(r#""eager_input_streaming":true,"defer_loading":true"#), "{body}");

    // An older one caches for five minutes only.
    let (answer, body) = to_a_claude(CLAUDE_4, "", HINTS).await;
    assert!(answer.header("x-bedwire-dropped").contains("cache_control.ttl"));
    assert!(body.contains(r#""cache_control":{"type":"ephemeral"}},{"name" : "g"}]"#), "{body}");
}

/// Anthropic's API takes `cache_control` of the request for that of its last block.
#[tokio::test]
async fn a_cache_point_of_the_request_is_that_of_its_last_block() {
    let control = r#""cache_control":{"type":"ephemeral"}"#;
    for (content, cached) in [
        (r#""Hi""#, format!(r#"[{{"type":"text","text":"Hi",{control}}}]"#)),
        (
            r#"[{"type":"text","text":"a"},{"type":"text","text":"b"}]"#,
            format!(r#"[{{"type":"text","text":"a"}},{{"type":"text","text":"b",{control}}}]"#),
        ),
        (
            r#"[{"type":"text","text":"a","cache_control":{"type":"ephemeral","ttl":"5m"}}]"#,
            r#"[{"type":"text","text":"a","cache_control":{"type":"ephemeral","ttl":"5m"}}]"#.to_owned(),
        ),
        (
            r#"[{"type":"text","text":"thinking"},{"type":"thinking","thinking":"t"}]"#,
            format!(
                r#"[{{"type":"text","text":"thinking",{control}}},{{"type":"thinking","thinking":"t"}}]"#
            ),
        ),
        ("[]", "[]".to_owned()),
        ("7", "7".to_owned()),
    ] {
        let first = r#"{"role":"user","content":"first"}"#;
        let members = format!(r#"{control},"messages":[{first},{{"role":"user","content":{content}}}]"#);
        let (answer, body) = to_a_claude(CLAUDE_4_5, "", &members).await;
        assert_eq!(answer.header("x-bedwire-dropped"), "");
        let messages = format!(r#""messages":[{first},{{"role":"user","content":{cached}}}]}}"#);
        assert!(body.ends_with(&messages), "{body}");
        assert!(!body.starts_with(r#"{"anthropic_version":"bedrock-2023-05-31","cache_control""#), "{body}");
    }
}

/// What is written for the first route's Claude is not what another one takes.
#[tokio::test(start_paused = true)]
async fn each_route_gets_what_its_claude_takes() {
    let unavailable = || refusal(503, "ServiceUnavailableException", "busy");
    let mut steps: Vec<_> = (0..20).map(|_| unavailable()).collect();
    steps.push(answer(200, &[], OF_CLAUDE));
    let script = Script::new(steps);
    let (_, bodies) = sent(&script, &[CLAUDE_4_6, CLAUDE_4], "", HINTS).await;
    let first = bodies.first().unwrap();
    assert!(first.contains("eager_input_streaming") && first.contains("1h"), "{first}");
    let other = bodies.iter().find(|body| !body.contains("eager_input_streaming")).unwrap();
    assert!(!other.contains("1h"), "{other}");
}

/// An agent takes an empty answer for "done".
#[tokio::test]
async fn what_bedrock_could_not_read_of_a_model_is_no_answer() {
    let body = json!({ "model": "nova", "max_tokens": 9, "messages": [{ "role": "user", "content": "Hi" }] });
    for path in [MESSAGES, "/v1/chat/completions"] {
        for (reason, content, status) in [
            ("malformed_tool_use", json!([]), 502),
            (
                "malformed_model_output",
                json!([{ "reasoningContent": { "reasoningText": { "text": "hm" } } }]),
                502,
            ),
            ("malformed_tool_use", json!([{ "text": "I will look." }]), 200),
        ] {
            let said = json!({
                "output": { "message": { "role": "assistant", "content": content } },
                "stopReason": reason, "usage": { "inputTokens": 1, "outputTokens": 1, "totalTokens": 2 },
            });
            let script = Script::new([answer(200, &[], &said.to_string())]);
            let answer = post_with(&over(script.clone(), options()), path, &[], body.to_string()).await;
            assert_eq!(answer.status, status, "{path} {reason} {}", answer.text());
            assert_eq!(answer.text().contains("ask it again"), status == 502, "{}", answer.text());
        }
    }
}

#[tokio::test]
async fn a_stream_of_it_ends_with_an_error() {
    let body = json!({ "model": "nova", "max_tokens": 9, "stream": true, "messages": [{ "role": "user", "content": "Hi" }] });
    let text = r#"{"contentBlockIndex":0,"delta":{"text":"I will look."}}"#;
    let stop = frame("messageStop", r#"{"stopReason":"malformed_tool_use"}"#);
    let begin = frame("messageStart", r#"{"role":"assistant"}"#);
    for (frames, is_error) in [
        (vec![begin.clone(), stop.clone()], true),
        (vec![begin, frame("contentBlockDelta", text), stop], false),
    ] {
        let script = Script::new([streamed(frames.into_iter().map(Ok).collect::<Vec<_>>())]);
        let answer =
            post_with(&over(script.clone(), options()), "/v1/chat/completions", &[], body.to_string()).await;
        let events = events_of(&answer);
        let data: Vec<&str> = events.iter().map(|(_, data)| data.as_str()).collect();
        assert_eq!(data.last() == Some(&"[DONE]"), !is_error, "{data:?}");
        let last: Option<Value> = data.last().and_then(|data| serde_json::from_str(data).ok());
        assert_eq!(last.is_some_and(|last| last.get("error").is_some()), is_error, "{data:?}");
    }
}

/// Bedrock says `end_turn` beside a tool use, and `tool_use` beside none: an agent would drop the one, and wait for the other.
#[tokio::test]
async fn an_answer_ends_as_what_it_says() {
    let messages = r#""messages":[{"role":"user","content":"Hi"}]"#;
    let text = r#"{"type":"text","text":"Hi"}"#;
    let tool = r#"{"type":"tool_use","id":"t","name":"f","input":{"a": 1.0}}"#;
    let on_server = r#"{"type":"server_tool_use","id":"t","name":"tool_use","input":{}}"#;
    for (said, content, truth) in [
        ("end_turn", tool, "tool_use"),
        ("tool_use", tool, "tool_use"),
        ("tool_use", text, "end_turn"),
        ("tool_use", on_server, "end_turn"),
        ("end_turn", text, "end_turn"),
        ("max_tokens", tool, "max_tokens"),
    ] {
        let of = |reason: &str, model: &str| {
            format!(
                r#"{{"type":"message","stop_reason" : "{reason}","model":"{model}","content":[{content}]}}"#
            )
        };
        let script = Script::new([answer(200, &[], &of(said, "claude"))]);
        let (answered, _) = sent(&script, &[CLAUDE_4_5], "", messages).await;
        assert_eq!(answered.text(), of(truth, "m"));

        let begin = format!(r#"{{"type":"content_block_start","index":0,"content_block":{content}}}"#);
        let end =
            |reason: &str| format!(r#"{{"type":"message_delta","delta":{{"stop_reason":"{reason}"}}}}"#);
        let stop = r#"{"type":"message_stop"}"#;
        let chunks = [begin.as_str(), &end(said), stop].map(|json| Ok(chunk(json)));
        let script = Script::new([streamed(chunks)]);
        let (answered, _) = sent(&script, &[CLAUDE_4_5], "", &format!(r#""stream":true,{messages}"#)).await;
        let data: Vec<String> = events_of(&answered).into_iter().map(|(_, data)| data).collect();
        assert_eq!(data, [begin.as_str(), &end(truth), stop]);
    }
}

#[tokio::test]
async fn so_does_one_of_another_model() {
    let tools = json!([{ "type": "function", "function": { "name": "f" } }]);
    let usage = json!({ "inputTokens": 1, "outputTokens": 1, "totalTokens": 2 });
    for (said, block, truth) in [
        ("end_turn", json!({ "toolUse": { "toolUseId": "t", "name": "f", "input": {} } }), "tool_calls"),
        ("tool_use", json!({ "text": "Hi" }), "stop"),
    ] {
        let whole =
            json!({ "output": { "message": { "content": [block] } }, "stopReason": said, "usage": usage });
        let start = match block.get("toolUse") {
            Some(_) => json!({ "contentBlockIndex": 0, "start": block }),
            None => json!({ "contentBlockIndex": 0, "start": {} }),
        };
        let delta = json!({ "contentBlockIndex": 0, "delta": { "text": "Hi" } });
        let frames = [
            frame("contentBlockStart", &start.to_string()),
            frame("contentBlockDelta", &delta.to_string()),
            frame("messageStop", &json!({ "stopReason": said }).to_string()),
        ];
        for streams in [false, true] {
            let step =
                if streams { streamed(frames.clone().map(Ok)) } else { answer(200, &[], &whole.to_string()) };
            let body = json!({
                "model": "nova", "stream": streams, "tools": tools, "messages": [{ "role": "user", "content": "Hi" }],
            });
            let gateway = over(Script::new([step]), options());
            let answer = post(&gateway, "/v1/chat/completions", &body).await;
            let ends = format!(r#""finish_reason":"{truth}""#);
            assert!(answer.text().contains(&ends), "{said} {streams}: {}", answer.text());
        }
    }
}

/// Agents compact a chat that has become too long, and ask again: where they can tell.
#[tokio::test]
async fn a_prompt_that_is_too_long_is_told_as_clients_know_it() {
    let body = json!({ "model": "nova", "max_tokens": 9, "messages": [{ "role": "user", "content": "Hi" }] });
    for (said, begins) in [
        ("Input is too long for requested model.", "prompt is too long: "),
        ("prompt is too long: 215234 tokens > 200000 maximum", "prompt is too long: "),
        (
            "Too many input tokens. Max input tokens: 8192, request input token count: 9000",
            "prompt is too long: ",
        ),
        (
            "input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000",
            "Converse was refused",
        ),
        ("The provided model identifier is invalid.", "Converse was refused"),
    ] {
        let ask = async |path: &str| {
            let script = Script::new([refusal(400, "ValidationException", said)]);
            post_with(&over(script.clone(), options()), path, &[], body.to_string()).await
        };
        let of_openai = ask("/v1/chat/completions").await.json();
        let is_too_long = !said.contains("identifier");
        let code = if is_too_long { json!("context_length_exceeded") } else { Value::Null };
        assert_eq!(of_openai["error"]["code"], code, "{said}");
        let (status, kind, message) = ask(MESSAGES).await.anthropic_refusal();
        assert_eq!((status, kind.as_str()), (400, "invalid_request_error"));
        assert!(message.starts_with(begins) && message.contains(said), "{message}");
    }
}
