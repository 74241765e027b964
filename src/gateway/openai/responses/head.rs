//! What a response says beside its output: what it is of, how far it is, what it took.

use super::client_tools::{ClientTool, ClientTools};
use crate::gateway::openai::completion::{seconds_now, tier};
use crate::gateway::openai::finish_reason::finish_reason;
use crate::gateway::openai::usage::Tokens;
use crate::gateway::refusal::{Refusal, RefusalKind};
use crate::protocol::content::{StopReason, Usage};
use crate::protocol::decimals::push_whole;
use crate::protocol::document::push_string;

/// What all states of a response have in common.
pub(super) struct Head {
    /// In the ids of the response and of its items, so that they can be found in the log.
    digits: String,
    created: u64,
    /// As the client named it.
    model: String,
    tools: ClientTools,
    /// Members that repeat the request.
    echo: String,
}

/// How far a response is.
#[derive(Clone, Copy)]
pub(super) enum State<'a> {
    InProgress,
    Completed,
    /// It ended before it was whole, for this reason.
    Incomplete(&'static str),
    Failed(&'a Refusal),
}

/// What is known at its end.
#[derive(Clone, Copy, Default)]
pub(super) struct Known<'a> {
    pub(super) usage: Option<&'a Usage>,
    /// In AWS's word.
    pub(super) tier: Option<&'a str>,
}

impl State<'_> {
    /// How a response ended. An end that OpenAI has no word for is an ordinary one.
    pub(super) fn of_end(reason: Option<&StopReason>) -> Self {
        match finish_reason(reason, false) {
            "length" => Self::Incomplete("max_output_tokens"),
            "content_filter" => Self::Incomplete("content_filter"),
            _ => Self::Completed,
        }
    }

    /// The status of the item that was last written.
    pub(super) fn of_last_item(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            _ => "incomplete",
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Incomplete(_) => "incomplete",
            Self::Failed(_) => "failed",
        }
    }
}

impl Head {
    pub(super) fn new(digits: &str, model: &str, tools: ClientTools, echo: String) -> Self {
        Self { digits: digits.to_owned(), created: seconds_now(), model: model.to_owned(), tools, echo }
    }

    /// The id of an item; `place` is its place in the output.
    pub(super) fn item_id(&self, kind: &str, place: usize) -> String {
        format!("{kind}_{}_{place}", self.digits)
    }

    /// The client's tool of a name in the chat.
    pub(super) fn tool(&self, name: &str) -> ClientTool {
        self.tools.find(name)
    }

    /// The whole object; `output` are the items that are done, with commas between them.
    pub(super) fn write(&self, state: State<'_>, output: &str, known: Known<'_>, out: &mut String) {
        out.reserve(self.echo.len() + output.len() + 512);
        for text in ["{\"id\":\"resp_", &self.digits, "\",\"object\":\"response\",\"created_at\":"] {
            out.push_str(text);
        }
        push_whole(out, self.created);
        for text in [",\"status\":\"", state.word(), "\",\"background\":false,\"completed_at\":"] {
            out.push_str(text);
        }
        match state {
            State::Completed => push_whole(out, seconds_now()),
            _ => out.push_str("null"),
        }
        out.push_str(",\"error\":");
        match state {
            State::Failed(refusal) => push_error(refusal, out),
            _ => out.push_str("null"),
        }
        out.push_str(",\"incomplete_details\":");
        match state {
            State::Incomplete(reason) => out.push_str(&format!("{{\"reason\":\"{reason}\"}}")),
            _ => out.push_str("null"),
        }
        out.push_str(",\"model\":");
        push_string(out, &self.model);
        out.push_str(&self.echo);
        if let Some(tier) = known.tier.and_then(tier) {
            out.push_str(",\"service_tier\":");
            push_string(out, tier);
        }
        for text in [",\"output\":[", output, "],\"usage\":"] {
            out.push_str(text);
        }
        match Tokens::of(known.usage) {
            Some(tokens) => tokens.write_for_response(out),
            None => out.push_str("null"),
        }
        out.push('}');
    }
}

/// Why it failed. There are few codes, of which clients look at some: whether to try again, and whether to send less.
fn push_error(refusal: &Refusal, out: &mut String) {
    let code = match (refusal.kind(), refusal.error_code()) {
        (RefusalKind::Throttled, _) => "rate_limit_exceeded",
        (RefusalKind::Invalid | RefusalKind::TooLarge, code) => code.unwrap_or("invalid_prompt"),
        _ => "server_error",
    };
    for text in ["{\"code\":\"", code, "\",\"message\":"] {
        out.push_str(text);
    }
    push_string(out, refusal.message());
    out.push('}');
}
