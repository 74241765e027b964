//! What goes in, and which events come out.

use super::*;
use crate::gateway::bedrock::json_answer::Kind;
use std::collections::BTreeMap;

fn json() -> Blocks {
    by_tool(false)
}

fn by_tool(is_wrapped: bool) -> Blocks {
    let json = JsonAnswer::Arguments { tool: "json".into(), is_wrapped };
    Blocks::new(Restore::new(BTreeMap::new(), json))
}

fn in_text() -> Blocks {
    Blocks::new(Restore::new(BTreeMap::new(), JsonAnswer::InText(Kind::Object)))
}

fn plain() -> Blocks {
    Blocks::new(Restore::new(BTreeMap::from([("a_b".to_owned(), "a b".to_owned())]), JsonAnswer::AsItIs))
}

/// The events, each as one word or two.
fn told(mut blocks: Blocks) -> String {
    let mut told = Vec::new();
    while let Some(event) = blocks.pop() {
        told.push(match event {
            Event::BlockStart { index, start: Start::Text } => format!("{index}:text"),
            Event::BlockStart { index, start: Start::Thinking } => format!("{index}:thinking"),
            Event::BlockStart { index, start: Start::RedactedThinking(data) } => {
                format!("{index}:redacted={data}")
            }
            Event::BlockStart { index, start: Start::ToolUse { id, name } } => {
                format!("{index}:tool={id}/{name}")
            }
            Event::Delta { index, delta } => format!("{index}+{delta:?}"),
            Event::BlockStop { index } => format!("{index}."),
            Event::Stop { reason, stop_sequence } => format!("{reason} {stop_sequence:?}"),
            Event::Usage(usage) => format!("{} tokens", usage.total_tokens()),
        });
    }
    told.join(" | ")
}

fn text(piece: &str) -> String {
    piece.to_owned()
}

#[test]
fn starts_and_stops_that_are_left_out_are_put_in() {
    let mut blocks = plain();
    blocks.thinking(0, text("hm"));
    blocks.signature(0, text("sig"));
    // The same place goes on as a text; empty pieces say nothing.
    blocks.text(0, text(""));
    blocks.text(0, text("Hi"));
    blocks.tool_use(3, text("id"), "a_b");
    blocks.stop_block(3);
    blocks.tool_use(5, text("other"), "c");
    blocks.tool_input(5, text(""));
    blocks.tool_input(5, text("{}"));
    blocks.stop(StopReason::ToolUse, None);
    blocks.stop(StopReason::EndTurn, None);
    assert_eq!(
        told(blocks),
        "0:thinking | 0+Thinking(\"hm\") | 0+Signature(\"sig\") | 0. | 1:text | 1+Text(\"Hi\") | 1. \
         | 2:tool=id/a b | 2. | 3:tool=other/c | 3+ToolInput(\"{}\") | 3. | tool_use None"
    );
}

#[test]
fn pieces_of_two_tools_at_once_stay_apart() {
    let mut blocks = plain();
    blocks.tool_use(1, text("x"), "x");
    blocks.tool_use(2, text("y"), "y");
    blocks.tool_input(1, text("1"));
    blocks.tool_input(2, text("2"));
    blocks.tool_input(9, text("of none"));
    blocks.stop(StopReason::ToolUse, None);
    assert_eq!(
        told(blocks),
        "0:tool=x/x | 1:tool=y/y | 0+ToolInput(\"1\") | 1+ToolInput(\"2\") | 0. | 1. | tool_use None"
    );
}

#[test]
fn pieces_of_encrypted_thoughts_are_one_block() {
    let mut blocks = plain();
    blocks.redacted(0, text("YQ=="));
    blocks.redacted(0, text("YmM="));
    blocks.stop_block(0);
    blocks.text(1, text("Hi"));
    blocks.stop(StopReason::EndTurn, Some(text("END")));
    assert_eq!(told(blocks), "0:redacted=YWJj | 0. | 1:text | 1+Text(\"Hi\") | 1. | end_turn Some(\"END\")");
}

#[test]
fn tools_of_the_service_are_passed_over() {
    let mut blocks = plain();
    blocks.pass_over(0);
    blocks.tool_input(0, text("{}"));
    blocks.stop_block(0);
    blocks.text(1, text("Hi"));
    blocks.stop(StopReason::EndTurn, None);
    assert_eq!(told(blocks), "0:text | 0+Text(\"Hi\") | 0. | end_turn None");
}

#[test]
fn arguments_of_the_json_tool_are_the_text_and_nothing_else_is() {
    let mut blocks = json();
    blocks.text(0, text("Here it is:"));
    blocks.stop_block(0);
    blocks.tool_use(1, text("id"), "json");
    blocks.tool_input(1, text("{\"a\":"));
    blocks.tool_input(1, text("1}"));
    blocks.stop_block(1);
    blocks.tool_use(2, text("again"), "json");
    blocks.tool_input(2, text("{}"));
    blocks.text(3, text("Done."));
    blocks.stop(StopReason::ToolUse, None);
    assert_eq!(told(blocks), "0:text | 0+Text(\"{\\\"a\\\":\") | 0+Text(\"1}\") | 0. | end_turn None");
}

#[test]
fn a_json_tool_without_arguments_answers_an_empty_object() {
    let mut blocks = json();
    blocks.tool_use(0, text("id"), "json");
    blocks.stop(StopReason::ToolUse, None);
    assert_eq!(told(blocks), "0:text | 0+Text(\"{}\") | 0. | end_turn None");
}

#[test]
fn without_its_json_the_text_is_the_answer() {
    let mut blocks = json();
    blocks.text(0, text("I must "));
    blocks.text(0, text("refuse."));
    blocks.stop(StopReason::EndTurn, None);
    assert_eq!(told(blocks), "0:text | 0+Text(\"I must refuse.\") | 0. | end_turn None");
}

#[test]
fn a_wrapped_answer_is_said_when_it_is_whole() {
    let mut blocks = by_tool(true);
    blocks.tool_use(0, text("id"), "json");
    blocks.tool_input(0, text("{\"answer\": [1.0,"));
    blocks.tool_input(0, text(" 2]}"));
    blocks.stop(StopReason::ToolUse, None);
    assert_eq!(told(blocks), "0:text | 0+Text(\"[1.0, 2]\") | 0. | end_turn None");
}

#[test]
fn json_in_a_text_is_said_as_it_comes_and_nothing_else_is() {
    let mut blocks = in_text();
    for piece in ["Sure! ", "```json\n{", "\"a\"", ": 1}\n`", "``\nDone."] {
        blocks.text(0, text(piece));
    }
    blocks.stop_block(0);
    blocks.text(1, text("{\"b\":2}"));
    blocks.stop(StopReason::EndTurn, None);
    assert_eq!(told(blocks), "0:text | 0+Text(\"{\\\"a\\\"\") | 0+Text(\": 1}\") | 0. | end_turn None");
}

#[test]
fn a_text_without_json_is_said_before_the_tool_that_follows_it() {
    let mut blocks = in_text();
    blocks.text(0, text("Let me "));
    blocks.text(0, text("look."));
    blocks.tool_use(1, text("id"), "f");
    blocks.stop_block(1);
    blocks.text(2, text("No."));
    blocks.stop(StopReason::ToolUse, None);
    assert_eq!(
        told(blocks),
        "0:text | 0+Text(\"Let me look.\") | 0. | 1:tool=id/f | 1. | 2:text | 2+Text(\"No.\") | 2. | tool_use None"
    );
}
