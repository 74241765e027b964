//! A chat for no more tokens than its model writes.

use crate::gateway::by_routes::Failed;
use crate::gateway::chat::Chat;
use crate::gateway::exchange::Exchange;
use crate::gateway::models::Model;
use crate::gateway::most_tokens::most_tokens;
use crate::protocol::model::ModelId;
use std::future::Future;
use std::ops::Deref;
use std::sync::Arc;

/// A chat as the client asked it, or one for fewer tokens.
#[derive(Clone)]
pub(super) enum Lent<'c> {
    Asked(&'c Chat),
    Fewer(Arc<Chat>),
}

impl Deref for Lent<'_> {
    type Target = Chat;

    fn deref(&self) -> &Chat {
        match self {
            Self::Asked(chat) => chat,
            Self::Fewer(chat) => chat,
        }
    }
}

/// Asks for no more than the model is known to write; once more, where it refuses and says how many that are.
pub(super) async fn ask_within<'c, T, F>(
    model: &Model,
    chat: &'c Chat,
    exchange: &Exchange,
    model_id: &ModelId,
    ask: impl Fn(Lent<'c>) -> F,
) -> Result<T, Failed>
where
    F: Future<Output = Result<T, Failed>>,
{
    let chat = within_known(model, chat, exchange, model_id).unwrap_or(Lent::Asked(chat));
    match ask(chat.clone()).await {
        Err(failed) => {
            let fewer = with_fewer_tokens(failed, model, &chat, exchange, model_id)?;
            Box::pin(ask(fewer)).await
        }
        answered => answered,
    }
}

/// The chat for no more tokens than the model is known to write, where it asks for more. What a client gives by a model's
/// own name may change that.
fn within_known(
    model: &Model,
    chat: &Chat,
    exchange: &Exchange,
    model_id: &ModelId,
) -> Option<Lent<'static>> {
    let asked = chat.max_tokens.filter(|_| chat.additional.is_empty())?;
    let most = model.most_tokens.of(model_id).filter(|most| *most < asked)?;
    Some(within(most, chat, exchange))
}

/// The chat for no more tokens than the model says that it writes, where that is why it refuses.
fn with_fewer_tokens(
    failed: Failed,
    model: &Model,
    chat: &Chat,
    exchange: &Exchange,
    model_id: &ModelId,
) -> Result<Lent<'static>, Failed> {
    let asked = chat.max_tokens.unwrap_or(u64::MAX);
    let Failed::Call(error) = &failed else { return Err(failed) };
    let Some(most) = most_tokens(error, asked) else { return Err(failed) };
    if chat.additional.is_empty() {
        model.most_tokens.keep(model_id, most);
    }
    Ok(within(most, chat, exchange))
}

fn within(most: u64, chat: &Chat, exchange: &Exchange) -> Lent<'static> {
    if chat.max_tokens.is_some() {
        exchange.dropped(&[chat.names.max_tokens.to_owned()]);
    }
    Lent::Fewer(Arc::new(Chat { max_tokens: Some(most), ..chat.clone() }))
}
