//! What a call is charged in tokens, and the ledger that keeps to a known quota of them.

use bedwire::protocol::retry::pacing::{Ledger, Reservation, burndown, used_tokens};
use http::HeaderMap;
use std::time::Duration;

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

#[test]
fn max_tokens_is_found_under_every_name() {
    for (body, max_tokens, is_unbounded) in [
        (r#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":256,"messages":[]}"#, Some(256), false),
        (r#"{"messages":[],"inferenceConfig":{"maxTokens":300}}"#, Some(300), false),
        (r#"{"messages":[],"inferenceConfig":{"max_new_tokens":400}}"#, Some(400), false),
        (r#"{"prompt":"hi","max_gen_len":512}"#, Some(512), false),
        (r#"{"messages":[],"max_completion_tokens":100}"#, Some(100), false),
        (r#"{"prompt":"hi","max_tokens_to_sample":200}"#, Some(200), false),
        (r#"{"prompt":"hi","maxTokens":50}"#, Some(50), false),
        (r#"{"inputText":"hi","textGenerationConfig":{"maxTokenCount":64}}"#, Some(64), false),
        (r#"{"messages":[{"role":"user","content":[{"text":"\"max_tokens\": 5"}]}]}"#, None, true),
        (r#"{"prompt":"hi"}"#, None, true),
        // An embedding writes nothing.
        (r#"{"inputText":"hi"}"#, None, false),
        ("no JSON", None, false),
        ("", None, false),
        (r#"{"max_tokens":-1,"messages":[]}"#, None, true),
        (r#"{"max_tokens":"many","messages":[]}"#, None, true),
    ] {
        let reservation = Reservation::of(body.as_bytes());
        assert_eq!((reservation.max_tokens, reservation.is_unbounded), (max_tokens, is_unbounded), "{body}");
        assert!(reservation.tokens() >= max_tokens.unwrap_or(0));
    }
}

/// Chinese has no spaces, and as JSON of a program often no character beyond ASCII.
#[test]
fn a_long_text_without_spaces_is_no_image() {
    for (text, least) in [("\u{4f60}", 12_000), ("\\u4f60", 12_000)] {
        let body = format!(r#"{{"max_tokens":10,"prompt":"{}"}}"#, text.repeat(12_000));
        let input = Reservation::of(body.as_bytes()).input;
        assert!((least..least * 2).contains(&input), "{input}");
    }
}

#[test]
fn an_image_does_not_count_by_its_length() {
    let image = "A".repeat(1_000_000);
    let body = format!(r#"{{"max_tokens":10,"messages":[{{"source":{{"data":"{image}"}}}}]}}"#);
    assert!((1600..1700).contains(&Reservation::of(body.as_bytes()).input));
    let text = "many words ".repeat(1000);
    let body = format!(r#"{{"max_tokens":10,"messages":[{{"text":"{text}"}}]}}"#);
    assert!((2700..2800).contains(&Reservation::of(body.as_bytes()).input));
}

#[test]
fn usage_is_read_from_headers_or_from_the_answer() {
    let mut headers = HeaderMap::new();
    headers.insert("x-amzn-bedrock-input-token-count", "25".parse().unwrap());
    headers.insert("x-amzn-bedrock-output-token-count", "60".parse().unwrap());
    assert_eq!(used_tokens(1, &headers, b""), Some(85));
    assert_eq!(used_tokens(5, &headers, b""), Some(325));
    let converse = br#"{"usage":{"inputTokens":10,"outputTokens":20,"cacheReadInputTokens":500,"cacheWriteInputTokens":7}}"#;
    assert_eq!(used_tokens(1, &HeaderMap::new(), converse), Some(37));
    for nothing in ["", "{}", "[]", r#"{"usage":null}"#, r#"{"usage":{"outputTokens":3}}"#] {
        assert_eq!(used_tokens(1, &HeaderMap::new(), nothing.as_bytes()), None, "{nothing}");
    }
}

/// An ARN that does not tell the model counts as the model that costs most.
#[test]
fn output_counts_as_often_as_the_model_behind_the_id_says() {
    for (model_id, times) in [
        ("anthropic.claude-3-7-sonnet-20250219-v1:0", 5),
        ("us.anthropic.claude-sonnet-4-20250514-v1:0", 5),
        ("anthropic.claude-3-5-sonnet-20241022-v2:0", 1),
        ("amazon.nova-lite-v1:0", 1),
        ("arn:aws:bedrock:us-west-2:123456789012:inference-profile/us.amazon.nova-lite-v1:0", 1),
        ("arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/abcdefghijkl", 5),
        ("arn%3Aaws%3Abedrock%3Aus-west-2%3A123456789012%3Aprovisioned-model%2Fabcdefghijkl", 5),
        ("arn:aws:bedrock:us-west-2:123456789012:prompt/ABCDEFGHIJ:1", 5),
        ("arn%3Aaws%3Abedrock%3Aus-west-2%3A123456789012%3Aprompt%2FABCDEFGHIJ", 5),
        // Llama, Mistral, Qwen: none of them is a Claude.
        ("arn:aws:bedrock:us-west-2:123456789012:imported-model/abcdefghijkl", 1),
    ] {
        assert_eq!(burndown(model_id), times, "{model_id}");
    }
}

#[test]
fn a_call_waits_until_a_minute_ago_has_made_room() {
    let mut ledger = Ledger::new(1000);
    for id in 0..3 {
        assert_eq!(ledger.room_for(300, seconds(id)), seconds(id));
        ledger.reserve(id, 300, seconds(id));
    }
    let room = ledger.room_for(300, seconds(3));
    assert!(room > seconds(60) && room < seconds(61), "{room:?}");
    // Two of the first must go for 500.
    assert!(ledger.room_for(500, seconds(3)) > room + Duration::from_millis(900));
    ledger.settle(1, 50);
    assert_eq!(ledger.room_for(300, seconds(3)), seconds(3));
    ledger.settle(0, 0);
    ledger.settle(77, 5); // of no call that it knows
    assert_eq!(ledger.room_for(600, seconds(3)), seconds(3));
    assert_eq!(ledger.room_for(1000, seconds(100)), seconds(100));
}

#[test]
fn a_saved_ledger_has_the_same_room() {
    let mut ledger = Ledger::new(1000);
    for id in 0..40 {
        let at = Duration::from_millis(id * 20);
        ledger.reserve(id, 20, at);
        if id % 4 != 0 {
            ledger.settle(id, id % 3 * 10);
        }
    }
    let text = ledger.save();
    // Settled calls of a quarter of a second are one entry, those of nothing are none.
    assert!(text.split(' ').count() < 60, "{text}");
    let mut again = Ledger::new(1000);
    again.replace(Ledger::load(&text).unwrap());
    for tokens in [10, 400, 500, 700, 900, 1000] {
        assert_eq!(ledger.room_for(tokens, seconds(1)), again.room_for(tokens, seconds(1)), "{tokens}");
    }
    again.settle(8, 5);
    assert_ne!(again.save(), text);
    for damaged in ["", "x", "1", "2 - 5 5", "1 5 x 5", "99999999 -"] {
        assert!(Ledger::load(damaged).is_none(), "{damaged}");
    }
    assert_eq!(Ledger::unbounded().room_for(u64::MAX, seconds(5)), seconds(5));
}

#[test]
fn a_call_for_more_than_a_minute_gives_goes_when_nothing_else_counts() {
    let mut ledger = Ledger::new(1000);
    assert_eq!(ledger.room_for(u64::MAX, seconds(1)), seconds(1));
    ledger.reserve(0, 10, seconds(1));
    let room = ledger.room_for(5000, seconds(2));
    assert!(room > seconds(61) && room < seconds(62), "{room:?}");
}
