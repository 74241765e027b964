//! A chat for no more tokens than its model writes.

use crate::gateway::by_routes::Failed;
use crate::gateway::chat::Chat;
use crate::gateway::exchange::Exchange;
use crate::gateway::models::Model;
use crate::gateway::most_tokens::most_tokens;
use crate::protocol::model::ModelId;

/// The chat for no more tokens than the model is known to write, where it asks for more. What a client gives by a model's
/// own name may change that.
pub(super) fn within_known(
    model: &Model,
    chat: &Chat,
    exchange: &Exchange,
    model_id: &ModelId,
) -> Option<Box<Chat>> {
    let asked = chat.max_tokens.filter(|_| chat.additional.is_empty())?;
    let most = model.most_tokens.of(model_id).filter(|most| *most < asked)?;
    Some(within(most, chat, exchange))
}

/// The chat for no more tokens than the model says that it writes, where that is why it refuses.
pub(super) fn with_fewer_tokens(
    failed: Failed,
    model: &Model,
    chat: &Chat,
    exchange: &Exchange,
    model_id: &ModelId,
) -> Result<Box<Chat>, Failed> {
    let asked = chat.max_tokens.unwrap_or(u64::MAX);
    let Failed::Call(error) = &failed else { return Err(failed) };
    let Some(most) = most_tokens(error, asked) else { return Err(failed) };
    if chat.additional.is_empty() {
        model.most_tokens.keep(model_id, most);
    }
    Ok(within(most, chat, exchange))
}

fn within(most: u64, chat: &Chat, exchange: &Exchange) -> Box<Chat> {
    if chat.max_tokens.is_some() {
        exchange.dropped(&[chat.names.max_tokens.to_owned()]);
    }
    Box::new(Chat { max_tokens: Some(most), ..chat.clone() })
}
