//! The events of one answer of Bedrock, as a chat's.

use super::restore::Restore;
use crate::client::EventStream;
use crate::gateway::chat::Event;
use crate::gateway::refusal::Refusal;
use crate::protocol::operation::bedrock_runtime::{ConverseStream, InvokeModelWithResponseStream};

/// An answer that arrives. Dropping it closes the connection to Bedrock, which ends the work there.
pub(in crate::gateway) struct Events {}

impl Events {
    pub(super) fn of_converse(_events: EventStream<ConverseStream>, _restore: Restore) -> Self {
        Self {}
    }

    pub(super) fn of_claude(_events: EventStream<InvokeModelWithResponseStream>, _restore: Restore) -> Self {
        Self {}
    }

    /// The next event; `None` at the end, which comes after [`Event::Stop`] only. An error is the last item.
    pub(in crate::gateway) async fn next(&mut self) -> Option<Result<Event, Refusal>> {
        None
    }

    /// What AWS's support asks for.
    pub(in crate::gateway) fn request_id(&self) -> Option<&str> {
        None
    }
}
