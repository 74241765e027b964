//! Which operation a chat becomes, and the call.
//!
//! A chat without tools goes to Converse. One with tools goes to InvokeModel where the model is a Claude, in its own
//! shape, and to Converse with `toolConfig` where it is not. The id is the same either way.

use super::events::Events;
use crate::gateway::chat::{Answer, Chat};
use crate::gateway::exchange::Exchange;
use crate::gateway::models::Model;
use crate::gateway::refusal::{Refusal, RefusalKind};

/// Asks a model and waits for the whole answer.
pub(in crate::gateway) async fn answer(
    _model: &Model,
    _chat: &Chat,
    _exchange: &Exchange,
) -> Result<Answer, Refusal> {
    Err(Refusal::new(RefusalKind::Internal, "chats are not served yet"))
}

/// Asks a model and reads its answer as it is written. Returns when the first event is there.
pub(in crate::gateway) async fn events(
    _model: &Model,
    _chat: &Chat,
    _exchange: &Exchange,
) -> Result<Events, Refusal> {
    Err(Refusal::new(RefusalKind::Internal, "chats are not served yet"))
}
