//! `POST /v1/messages/count_tokens`
//! <https://docs.anthropic.com/en/api/messages-count-tokens>

use super::asked_message::{AskedMessage, read};
use super::claude::counted_body;
use super::messages::leads_to_claude;
use super::request::counted_chat;
use super::sources::with_images;
use crate::gateway::asked::Asked;
use crate::gateway::bedrock;
use crate::gateway::left_out::LeftOut;
use crate::gateway::refusal::Refusal;
use crate::gateway::response;
use crate::transport::Body;
use http::Response;

pub(in crate::gateway) async fn count_tokens(asked: &Asked) -> Result<Response<Body>, Refusal> {
    let body = with_images(asked).await?;
    let json = read(&body)?;
    let message = AskedMessage::read(&json)?;
    let model = asked.model(&message.model)?;
    let mut left_out = LeftOut::new(asked.in_force.options.drop_unsupported);
    let count = if let Some(takes) = leads_to_claude(&model, &message).await? {
        let body = counted_body(&message, &asked.parts.headers, takes, &mut left_out)?;
        bedrock::count_claude(&model, body, &asked.exchange).await?
    } else {
        let chat = counted_chat(&message, &mut left_out)?;
        bedrock::count_chat(&model, &chat, &asked.exchange).await?
    };
    asked.exchange.dropped(left_out.params());
    Ok(response::json(format!("{{\"input_tokens\":{count}}}")))
}
