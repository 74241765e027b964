//! A body that is ready to be sent.

use super::restore::Restore;
use crate::gateway::refusal::Refusal;
use crate::protocol::document::{Document, ObjectWriter};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::operation::bedrock_runtime::InvocationOptions;
use bytes::Bytes;

/// Which form a body has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Converse,
    /// Claude's own, for InvokeModel.
    Claude,
}

/// A body, and what is to be done with its answer.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) body: Document,
    /// What InvokeModel has in headers: nothing for Converse.
    pub(super) options: InvocationOptions,
    pub(super) restore: Restore,
    /// Parameters that the model cannot honour and that were dropped.
    pub(super) dropped: Vec<String>,
    /// Whether the model can stream what it answers to this body.
    pub(super) can_stream: bool,
}

/// Members that only one model has. What a client gives by its own name is sent as it is, in place of ours.
#[derive(Debug, Default)]
pub(super) struct Additional {
    own: Vec<(&'static str, String)>,
}

impl Additional {
    pub(super) fn add(&mut self, name: &'static str, json: String) {
        self.own.push((name, json));
    }

    /// Writes ours and the client's.
    pub(super) fn write(
        &self,
        given: &[(String, Bytes)],
        object: &mut ObjectWriter<'_>,
    ) -> Result<(), Refusal> {
        for (name, json) in &self.own {
            if !given.iter().any(|(given, _)| given == name) {
                object.raw(name, json);
            }
        }
        for (name, json) in given {
            let json = std::str::from_utf8(json).map_err(|_| Refusal::field(name, "is no UTF-8"))?;
            object.raw(name, json);
        }
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.own.is_empty()
    }
}

/// What a part of a body is refused with, with the path of the field.
pub(super) fn refused(error: &InvalidInput) -> Refusal {
    Refusal::invalid(error.to_string()).at(error.field())
}
