//! A request that goes to a Claude: whether a model leads to one, and what the Claude of a route is asked.

use super::asked_message::{AskedMessage, read};
use super::claude::{NativeBody, betas_are_refused, claude_takes, with_fewer_betas};
use crate::client::Client;
use crate::gateway::bedrock::ClaudeTakes;
use crate::gateway::by_routes::Failed;
use crate::gateway::dropped::Dropped;
use crate::gateway::exchange::Exchange;
use crate::gateway::models::Model;
use crate::gateway::most_tokens::most_tokens;
use crate::gateway::refusal::Refusal;
use crate::protocol::model::ModelId;
use bytes::Bytes;
use std::borrow::Cow;

/// What the Claude of a model's first route takes, which clients write for; `None` where that is none, or none that
/// takes this request as it is.
pub(super) async fn leads_to_claude(
    model: &Model,
    message: &AskedMessage<'_>,
) -> Result<Option<ClaudeTakes>, Refusal> {
    let takes = |client: Client, id: ModelId| async move { claude_takes(model, &client, &id).await };
    let takes = model.at_first_route().call(takes).await?;
    Ok(takes.filter(|takes| message.is_for(*takes)))
}

/// Asks the Claude of a route, with fewer betas or tokens where Bedrock refuses them.
pub(super) async fn ask_claude<'n, T, F>(
    takes: ClaudeTakes,
    native: &'n NativeBody,
    body: &Bytes,
    exchange: &Exchange,
    ask: impl Fn(Cow<'n, NativeBody>) -> F,
) -> Result<T, Failed>
where
    F: Future<Output = Result<T, Failed>>,
{
    let mut native = native_for(takes, native, body, exchange)?;
    loop {
        match ask(native.clone()).await {
            Err(failed) => native = Cow::Owned(with_fewer(failed, &native, body, exchange)?),
            answered => return answered,
        }
    }
}

/// What a Claude is sent once more where Bedrock refuses a beta: it does not say which, each release of the clients has
/// others, and no Claude takes all that AWS documents. Or where more tokens are asked for than this Claude writes.
fn with_fewer(
    failed: Failed,
    native: &NativeBody,
    body: &Bytes,
    exchange: &Exchange,
) -> Result<NativeBody, Failed> {
    let Failed::Call(error) = &failed else { return Err(failed) };
    if let Some(most) = most_tokens(error, native.max_tokens) {
        exchange.dropped(&["max_tokens".to_owned()]);
        return Ok(native.within(most));
    }
    if !betas_are_refused(error) {
        return Err(failed);
    }
    // What else of the request needs them goes with them.
    let mut dropped = Dropped::new(true);
    let fewer = with_fewer_betas(native, &AskedMessage::read(&read(body)?)?, &mut dropped)?;
    exchange.dropped(dropped.params());
    fewer.ok_or(failed)
}

/// What is sent to the Claude of a route. The body is read again where it is another than the first route's.
fn native_for<'n>(
    takes: ClaudeTakes,
    native: &'n NativeBody,
    body: &Bytes,
    exchange: &Exchange,
) -> Result<Cow<'n, NativeBody>, Refusal> {
    if native.is_for(takes) {
        return Ok(Cow::Borrowed(native));
    }
    let mut dropped = Dropped::new(exchange.drops_unsupported());
    let native = native.written_for(takes, &AskedMessage::read(&read(body)?)?, &mut dropped)?;
    exchange.dropped(dropped.params());
    Ok(Cow::Owned(native))
}
