//! What a model is asked: settled once of a chat, for a family and a form of body. What the model cannot honour is refused
//! here, or dropped; the bodies are only written from it.

use super::family::{Family, TopK, WithTools};
use super::history::is_begun;
use super::json_answer::JsonAnswer;
use super::json_format::{AnswerSchema, JsonFormat, json_format};
use super::metadata::pairs;
use super::prepared::{Additional, Form, Prepared};
use super::reasoning::{ToldToThink, told_to_think};
use super::restore::Restore;
use super::sampling::{Drawn, drawn};
use super::tool_names::ToolNames;
use super::tools::{Choice, Tools};
use crate::gateway::chat::Chat;
use crate::gateway::dropped::Dropped;
use crate::gateway::refusal::Refusal;
use crate::protocol::document::Document;
use crate::protocol::operation::bedrock_runtime::InvocationOptions;
use std::collections::BTreeSet;

/// What a model is asked.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) chat: &'a Chat,
    pub(super) family: &'a Family,
    pub(super) names: ToolNames,
    pub(super) told: ToldToThink,
    pub(super) tools: Tools<'a>,
    /// What the model is to hold its answer to.
    pub(super) schema: Option<AnswerSchema<'a>>,
    /// What it is told beside the chat's own instructions.
    pub(super) instruction: Option<String>,
    /// The most that the answer may have, where the client says so.
    pub(super) max_tokens: Option<u32>,
    pub(super) drawn: Drawn<'a>,
    /// What the invocation log gets.
    pub(super) log_pairs: Vec<(&'a str, &'a str)>,
    answer: JsonAnswer,
    dropped: Dropped,
}

impl<'a> Plan<'a> {
    /// What a model of this family is asked by a body of this form.
    pub(super) fn of(chat: &'a Chat, family: &'a Family, form: Form) -> Result<Self, Refusal> {
        let mut dropped = Dropped::new(chat.drop_unsupported);
        let names = ToolNames::of(chat);
        let told = told_to_think(chat, family, &mut dropped)?;
        let mut tools = Tools::of(chat, family, form, &names, &mut dropped)?;
        let can_force = tools.choice == Choice::None && told.lets_force(family) && family.can_force_tools();
        // Converse is given no tool beside the one of the answer.
        let beside = if form == Form::Claude { names.taken(chat) } else { BTreeSet::new() };
        let format = json_format(chat, family, family.takes_schemas(form), can_force, &beside);
        let answer = format.answer(is_begun(chat, family));
        let (mut schema, mut instruction) = (None, None);
        match format {
            JsonFormat::Text => {}
            JsonFormat::Native(given) => schema = Some(given),
            JsonFormat::Tool { tool, .. } => tools = tools.with_answer(&tool, chat, family, form)?,
            JsonFormat::Instruction { text, .. } => instruction = Some(text),
        }
        let drawn = drawn(chat, family, told.sampling(family), told.thinks, &mut dropped)?;
        let max_tokens = max_tokens(chat)?;
        let log_pairs = pairs(chat, &mut dropped);
        Ok(Self {
            chat,
            family,
            names,
            told,
            tools,
            schema,
            instruction,
            max_tokens,
            drawn,
            log_pairs,
            answer,
            dropped,
        })
    }

    /// Members that only this family has: of Claude's own body, or of Converse's additional fields.
    pub(super) fn additional(&self) -> Additional {
        let mut additional = Additional::default();
        if let Some((name, json)) = &self.told.member {
            additional.add(name, json.clone());
        }
        if let (Some(place), Some(top_k)) = (self.family.top_k, self.drawn.top_k) {
            match place {
                TopK::Member(name) => additional.add(name, top_k.to_string()),
                TopK::InferenceConfig => additional.add("inferenceConfig", format!(r#"{{"topK":{top_k}}}"#)),
            }
        }
        additional
    }

    /// The body that was written from this, and what is to be done with its answer.
    pub(super) fn prepared(self, body: Document) -> Prepared {
        let can_stream = self.tools.given.is_empty() || self.family.with_tools == WithTools::Streams;
        // Beside the JSON of a tool's arguments there is no text to cut.
        let is_cut = !self.family.stop_sequences && !matches!(self.answer, JsonAnswer::Arguments { .. });
        let restore = Restore::new(self.names.back(), self.answer);
        Prepared {
            body,
            options: InvocationOptions::new(),
            restore: restore
                .cut_at(if is_cut { &self.chat.stop } else { &[] })
                .with_first_tool_only(self.chat.parallel_tool_calls == Some(false)),
            dropped: self.dropped.into_params(),
            can_stream,
        }
    }
}

fn max_tokens(chat: &Chat) -> Result<Option<u32>, Refusal> {
    let Some(tokens) = chat.max_tokens else { return Ok(None) };
    let fit = u32::try_from(tokens).ok().filter(|tokens| (1..=i32::MAX.unsigned_abs()).contains(tokens));
    fit.map(Some).ok_or_else(|| {
        let problem = format!("is {tokens}; give a number from 1 to {}", i32::MAX);
        Refusal::field(chat.names.max_tokens, &problem)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::bedrock::chats::{chat, tool};
    use crate::gateway::chat::ToolChoice;

    #[test]
    fn what_is_refused_does_not_hang_on_the_form() {
        type Change = fn(&mut Chat);
        let changes: [(Change, &str); 3] = [
            (|chat| chat.max_tokens = Some(1 << 31), "max_tokens is 2147483648; give a number from 1 to"),
            (|chat| chat.tool_choice = ToolChoice::Required, "tool_choice cannot force a tool"),
            // Before whether it can be forced: it is wrong for every model.
            (|chat| chat.tool_choice = ToolChoice::Tool("g".to_owned()), "tool_choice names \"g\", which is"),
        ];
        for (change, expected) in changes {
            let mut chat = chat("Hi");
            chat.tools.push(tool("f", "{}"));
            change(&mut chat);
            for form in [Form::Converse, Form::Claude] {
                let refusal = Plan::of(&chat, Family::of("anthropic.claude-opus-5-5"), form).unwrap_err();
                assert!(refusal.message().starts_with(expected), "{form:?}: {}", refusal.message());
            }
        }
    }
}
