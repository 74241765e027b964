//! The client's body → the body of InvokeModel: without `model` and `stream`, with what Bedrock has in its place.

use super::betas::{betas, documented, fewer, has_tool_search, missing_for_edits};
use super::hints::Hints;
use super::system_messages::placed;
use super::textual::{member_of, replaced};
use super::tools;
use crate::gateway::anthropic::CHOICE_OF_DROPPED;
use crate::gateway::anthropic::asked_message::AskedMessage;
use crate::gateway::anthropic::sources;
use crate::gateway::bedrock::ClaudeTakes;
use crate::gateway::dropped::Dropped;
use crate::gateway::json::Value;
use crate::gateway::refusal::Refusal;
use crate::protocol::content::ServiceTier;
use crate::protocol::document::{ObjectWriter, push_string};
use crate::protocol::operation::bedrock_runtime::InvocationOptions;
use bytes::Bytes;
use http::HeaderMap;

const VERSION: &str = r#"{"anthropic_version":"bedrock-2023-05-31""#;

/// What goes to InvokeModel.
#[derive(Clone, Debug)]
pub(in crate::gateway::anthropic) struct NativeBody {
    pub(super) body: Bytes,
    pub(super) options: InvocationOptions,
    betas: Vec<String>,
    /// What the Claude takes that it is written for.
    takes: ClaudeTakes,
    has_format: bool,
    /// The most that the answer may have.
    pub(in crate::gateway::anthropic) max_tokens: u64,
    /// Whether that is less than the client asked for.
    is_bounded: bool,
}

/// The body of a request for an answer.
pub(in crate::gateway::anthropic) fn native_body(
    asked: &AskedMessage<'_>,
    headers: &HeaderMap,
    takes: ClaudeTakes,
    dropped: &mut Dropped,
) -> Result<NativeBody, Refusal> {
    let max_tokens = asked.body.required("max_tokens")?.at_least(1)?;
    let betas = betas(&asked.body, headers, dropped)?;
    let (body, options) = written(asked, &betas, takes, dropped)?;
    let has_format = asked.format().is_some();
    Ok(NativeBody { body, options, betas, takes, has_format, max_tokens, is_bounded: false })
}

impl NativeBody {
    /// Whether a Claude takes it as it is.
    pub(in crate::gateway::anthropic) fn is_for(&self, takes: ClaudeTakes) -> bool {
        self.takes == takes
    }

    /// It with how many tokens the answer may have, which must be in what is counted.
    pub(in crate::gateway::anthropic) fn counted(&self, asked: &AskedMessage<'_>) -> Bytes {
        if asked.body.get("max_tokens").is_some() {
            return self.body.clone();
        }
        let members = self.body.get(1..).unwrap_or_default();
        [format!("{{\"max_tokens\":{},", self.max_tokens).as_bytes(), members].concat().into()
    }

    /// The same request for no more tokens than these.
    pub(in crate::gateway::anthropic) fn within(&self, most: u64) -> Self {
        let text = std::str::from_utf8(&self.body).unwrap_or_default();
        let given = member_of(text, "max_tokens");
        let body = given.map(|given| replaced(text, &[(given, &most.to_string())]).into());
        Self {
            body: body.unwrap_or_else(|| self.body.clone()),
            max_tokens: most,
            is_bounded: true,
            ..self.clone()
        }
    }

    /// Whether a Claude takes it, as it is or written anew.
    pub(in crate::gateway::anthropic) fn fits(&self, takes: ClaudeTakes) -> bool {
        takes.schemas || !self.has_format
    }

    /// The same request for another Claude.
    pub(in crate::gateway::anthropic) fn written_for(
        &self,
        takes: ClaudeTakes,
        asked: &AskedMessage<'_>,
        dropped: &mut Dropped,
    ) -> Result<Self, Refusal> {
        let (body, options) = written(asked, &self.betas, takes, dropped)?;
        Ok(Self { body, options, takes, ..self.clone() })
    }
}

/// The same request with fewer betas, where Bedrock refused one of those that it had.
pub(in crate::gateway::anthropic) fn with_fewer_betas(
    native: &NativeBody,
    asked: &AskedMessage<'_>,
    dropped: &mut Dropped,
) -> Result<Option<NativeBody>, Refusal> {
    let Some(betas) = fewer(&native.betas, dropped) else { return Ok(None) };
    let (body, options) = written(asked, &betas, native.takes, dropped)?;
    let fewer = NativeBody { body, options, betas, ..native.clone() };
    Ok(Some(if native.is_bounded { fewer.within(native.max_tokens) } else { fewer }))
}

/// The body of a request to count its tokens, which need not say how many the answer may have.
pub(in crate::gateway::anthropic) fn body_to_count(
    asked: &AskedMessage<'_>,
    headers: &HeaderMap,
    takes: ClaudeTakes,
    dropped: &mut Dropped,
) -> Result<NativeBody, Refusal> {
    // Of the others none changes the count.
    let betas = documented(&betas(&asked.body, headers, dropped)?);
    let (body, options) = written(asked, &betas, takes, dropped)?;
    let has_format = asked.format().is_some();
    Ok(NativeBody {
        body,
        options,
        betas,
        takes,
        has_format,
        max_tokens: most_to_count(asked)?,
        is_bounded: false,
    })
}

/// More than what may be thought, as it must be.
fn most_to_count(asked: &AskedMessage<'_>) -> Result<u64, Refusal> {
    let thinking = asked.body.get("thinking").map(Value::object).transpose()?;
    let budget = thinking.and_then(|thinking| thinking.get("budget_tokens"));
    Ok(budget.map_or(Ok(0), |budget| budget.at_least(0))?.saturating_add(1))
}

fn written(
    asked: &AskedMessage<'_>,
    betas: &[String],
    takes: ClaudeTakes,
    dropped: &mut Dropped,
) -> Result<(Bytes, InvocationOptions), Refusal> {
    let messages = asked.body.required("messages")?;
    if messages.elements()?.next().is_none() {
        return Err(messages.refuse("is empty; give at least one message"));
    }
    sources::check(messages)?;
    let said = placed(messages, takes.system_messages, dropped)?;
    let system = said.system(asked.body.get("system"))?;
    let hints = Hints::new(takes, betas, asked.body.get("cache_control").map(Value::text));
    let mut options = InvocationOptions::default();
    let size: usize = asked.body.all_members().map(|(name, node)| name.len() + node.text().len() + 4).sum();
    let mut body = String::with_capacity(size + VERSION.len() + 64);
    body.push_str(VERSION);
    let mut kept = None;
    if let Some(given) = asked.body.get("tools") {
        let tools = tools::tools(given, has_tool_search(betas), dropped)?;
        if let Some(json) = &tools.json {
            push_member(&mut body, "tools", &hints.tools(json, dropped));
        }
        kept = Some(tools);
    }
    for (name, node) in asked.body.all_members() {
        match name {
            // What is elsewhere in Bedrock's body; a thread is refused before, and its null is none.
            "model" | "stream" | "anthropic_version" | "anthropic_beta" | "tools" | "cache_control"
            | "output_format" | "thread" => {}
            // With what leads the messages, before them.
            "system" if system.is_some() => {}
            "system" => push_member(&mut body, name, &hints.system(node.text(), dropped)),
            "messages" => {
                if let Some(system) = &system {
                    push_member(&mut body, "system", &hints.system(system, dropped));
                }
                push_member(&mut body, name, &hints.messages(&said.messages, dropped));
            }
            "tool_choice" if kept.as_ref().is_some_and(|tools| tools.json.is_none()) => {}
            "tool_choice" if kept.as_ref().is_some_and(|tools| tools.are_without(node)) => {
                dropped.param(name, CHOICE_OF_DROPPED)?;
            }
            "container" | "mcp_servers" | "inference_geo" | "speed" if node.asks_nothing() => {}
            "container" | "mcp_servers" | "inference_geo" => {
                dropped.param(name, "is of Anthropic's own platform; Bedrock does not offer it")?;
            }
            // Its beta does not go out either: the answer comes as it would, only later.
            "speed" => dropped.in_any_case(name),
            "context_management" => match missing_for_edits(node, betas) {
                None => push_member(&mut body, name, node.text()),
                Some(_) if node.asks_nothing() => {}
                Some(beta) => {
                    let problem = format!("needs a beta on Bedrock; send the header anthropic-beta: {beta}");
                    dropped.param(name, &problem)?;
                }
            },
            // With what was given beside it, at the end.
            "output_config" if asked.body.get("output_format").is_some() => {}
            "service_tier" => options = with_tier(options, node)?,
            _ => push_member(&mut body, name, node.text()),
        }
    }
    if asked.body.get("output_format").is_some() {
        push_member(&mut body, "output_config", &output_config(asked)?);
    }
    if !betas.is_empty() {
        body.push_str(",\"anthropic_beta\":[");
        for (place, beta) in betas.iter().enumerate() {
            if place > 0 {
                body.push(',');
            }
            push_string(&mut body, beta);
        }
        body.push(']');
    }
    body.push('}');
    Ok((body.into(), options))
}

/// The settings of the answer, with a format that was given as long as that was a beta: Bedrock knows it here alone.
fn output_config(asked: &AskedMessage<'_>) -> Result<String, Refusal> {
    let mut config = ObjectWriter::default();
    if let Some(given) = asked.body.get("output_config") {
        for (name, node) in given.object()?.members().filter(|(name, _)| *name != "format") {
            config.raw(name, node.text());
        }
    }
    if let Some(format) = asked.format() {
        config.raw("format", format.text());
    }
    Ok(config.finish_text())
}

fn push_member(body: &mut String, name: &str, json: &str) {
    body.push(',');
    push_string(body, name);
    body.push(':');
    body.push_str(json);
}

/// Anthropic's tiers are what Bedrock does unasked; Bedrock's own have a header.
fn with_tier(options: InvocationOptions, tier: Value<'_>) -> Result<InvocationOptions, Refusal> {
    const WORDS: [&str; 6] = ["auto", "standard_only", "default", "flex", "priority", "reserved"];
    if tier.is_null() {
        return Ok(options);
    }
    Ok(match tier.word(&WORDS)? {
        "auto" | "standard_only" => options,
        bedrocks => options.service_tier(bedrocks.parse::<ServiceTier>()?),
    })
}
