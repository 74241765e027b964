//! A stand-in until this file is merged from the branch that writes it.

use super::restore::Restore;
use crate::gateway::chat::Chat;
use crate::gateway::refusal::{Refusal, RefusalKind};
use crate::protocol::document::Document;
use crate::protocol::model::ModelId;

pub(super) struct Prepared {
    pub(super) body: Document,
    pub(super) restore: Restore,
}

pub(super) fn converse_body(_: &Chat, _: &ModelId, _: &str) -> Result<Prepared, Refusal> {
    Err(Refusal::new(RefusalKind::Internal, "chats are not served yet"))
}
