//! The events of one answer of Bedrock, as a chat's.

use crate::gateway::chat::Event;
use crate::gateway::refusal::Refusal;

/// An answer that arrives. Dropping it closes the connection to Bedrock, which ends the work there.
pub(in crate::gateway) struct Events {}

impl Events {
    /// The next event; `None` at the end, which comes after [`Event::Stop`] only. An error is the last item.
    pub(in crate::gateway) async fn next(&mut self) -> Option<Result<Event, Refusal>> {
        None
    }

    /// What AWS's support asks for.
    pub(in crate::gateway) fn request_id(&self) -> Option<&str> {
        None
    }
}
