//! What a client says of how its request is served (caches, how tools are streamed, loaded and shown), as far as Bedrock
//! refuses it: "Extra inputs are not permitted". The answer is the same without.
//!
//! - <https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching>
//! - <https://github.com/BerriAI/litellm/pull/22867> (`scope`), <https://github.com/BerriAI/litellm/issues/26320> (at the top)
//! - <https://github.com/anthropics/claude-agent-sdk-python/issues/694> (`eager_input_streaming`)
//! - <https://github.com/anthropics/claude-code/issues/82549> (`defer_loading`), <https://github.com/BerriAI/litellm/issues/33193> (`strict`)

use super::betas::{has_tool_examples, has_tool_search};
use super::textual::member_of;
use crate::gateway::bedrock::ClaudeTakes;
use crate::gateway::dropped::Dropped;
use crate::protocol::document::{
    Change, ObjectWriter, array, elements, member, members_in_order, rewritten, rewritten_elements, string,
};
use std::borrow::Cow;

pub(super) const CACHE_CONTROL: &str = "cache_control";
const SCOPE: &str = "scope";
const TTL: &str = "ttl";
const EAGER_INPUT: &str = "eager_input_streaming";
const STRICT: &str = "strict";
const DEFER_LOADING: &str = "defer_loading";
const INPUT_EXAMPLES: &str = "input_examples";

/// Which hints stay.
pub(super) struct Hints<'a> {
    takes: ClaudeTakes,
    may_defer_tools: bool,
    may_have_examples: bool,
    /// The `cache_control` of the whole request, which Bedrock does not know: it is that of the last block.
    last_block: Option<&'a str>,
}

impl<'a> Hints<'a> {
    pub(super) fn new(takes: ClaudeTakes, betas: &[String], cache_control: Option<&'a str>) -> Self {
        Self {
            takes,
            may_defer_tools: has_tool_search(betas),
            may_have_examples: has_tool_examples(betas),
            last_block: cache_control,
        }
    }

    /// The tools without what Bedrock refuses in them.
    pub(super) fn tools<'t>(&self, json: &'t str, dropped: &mut Dropped) -> Cow<'t, str> {
        let has_hint = |hint| json.contains(hint);
        if ![CACHE_CONTROL, EAGER_INPUT, DEFER_LOADING, INPUT_EXAMPLES, STRICT].into_iter().any(has_hint) {
            return json.into();
        }
        rewritten_elements(json, |tool| self.block(tool, dropped)).map_or(json.into(), Cow::from)
    }

    /// The same of `system`, a text or blocks.
    pub(super) fn system<'t>(&self, json: &'t str, dropped: &mut Dropped) -> Cow<'t, str> {
        if !json.contains(CACHE_CONTROL) {
            return json.into();
        }
        rewritten_elements(json, |block| self.block(block, dropped)).map_or(json.into(), Cow::from)
    }

    /// The same of the messages.
    pub(super) fn messages<'t>(&self, json: &'t str, dropped: &mut Dropped) -> Cow<'t, str> {
        let cached = self.last_block.and_then(|control| with_last_block_cached(json, control));
        let text = cached.as_deref().unwrap_or(json);
        let changed = text
            .contains(CACHE_CONTROL)
            .then(|| rewritten_elements(text, |message| self.content(message, dropped)))
            .flatten();
        changed.or(cached).map_or(json.into(), Cow::from)
    }

    /// An object whose `content` is a list of blocks.
    fn content(&self, json: &str, dropped: &mut Dropped) -> Option<String> {
        let changed = |name: &str, value: &str| match name {
            "content" => written(rewritten_elements(value, |block| self.block(block, dropped))),
            _ => Change::Keep,
        };
        Some(rewritten(&members_in_order(json)?, changed)?.finish_text())
    }

    /// A tool or a block.
    fn block(&self, json: &str, dropped: &mut Dropped) -> Option<String> {
        let changed = |name: &str, value: &str| match name {
            CACHE_CONTROL => written(self.cache_control(value, dropped)),
            // Of what a tool answered.
            "content" => written(rewritten_elements(value, |block| self.block(block, dropped))),
            EAGER_INPUT if !self.takes.eager_input => without(name, dropped),
            STRICT if !self.takes.schemas && value == "false" => Change::LeaveOut,
            STRICT if !self.takes.schemas => without(name, dropped),
            DEFER_LOADING if !self.may_defer_tools => without(name, dropped),
            INPUT_EXAMPLES if !self.may_have_examples => without(name, dropped),
            _ => Change::Keep,
        };
        Some(rewritten(&members_in_order(json)?, changed)?.finish_text())
    }

    fn cache_control(&self, json: &str, dropped: &mut Dropped) -> Option<String> {
        let changed = |name: &str, value: &str| match name {
            SCOPE => without("cache_control.scope", dropped),
            TTL if value == "\"1h\"" && !self.takes.one_hour => without("cache_control.ttl", dropped),
            _ => Change::Keep,
        };
        Some(rewritten(&members_in_order(json)?, changed)?.finish_text())
    }
}

fn written(changed: Option<String>) -> Change {
    changed.map_or(Change::Keep, Change::Write)
}

fn without(hint: &str, dropped: &mut Dropped) -> Change {
    dropped.in_any_case(hint);
    Change::LeaveOut
}

/// The messages with a cache point at their last block, where it has none. Thoughts take none.
fn with_last_block_cached(json: &str, control: &str) -> Option<String> {
    let messages = elements(json)?;
    let (last, before) = messages.split_last()?;
    let members = members_in_order(last.get())?;
    let content = member(&members, "content")?.get();
    let blocks = if content.starts_with('"') {
        let mut block = ObjectWriter::default();
        block.string("type", "text").raw("text", content).raw(CACHE_CONTROL, control);
        array([block.finish_text()])
    } else {
        let blocks = elements(content)?;
        let last = blocks.iter().rposition(|block| !is_thought(block.get()))?;
        let cached = cached(blocks.get(last)?.get(), control)?;
        array(
            blocks.iter().enumerate().map(|(place, block)| if place == last { &cached } else { block.get() }),
        )
    };
    let message = rewritten(&members, |name, _| match name {
        "content" => Change::Write(blocks.clone()),
        _ => Change::Keep,
    })?
    .finish_text();
    Some(array(before.iter().map(|message| message.get()).chain([message.as_str()])))
}

fn is_thought(block: &str) -> bool {
    let kind = member_of(block, "type").and_then(string);
    kind.is_some_and(|kind| matches!(kind.as_str(), "thinking" | "redacted_thinking"))
}

/// A block with a cache point, where it has none.
pub(super) fn cached(block: &str, control: &str) -> Option<String> {
    let members = members_in_order(block)?;
    if member(&members, CACHE_CONTROL).is_some() {
        return None;
    }
    let mut object = ObjectWriter::default();
    object.raws(&members);
    Some(object.raw(CACHE_CONTROL, control).finish_text())
}
