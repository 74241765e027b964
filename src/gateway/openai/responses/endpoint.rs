//! `POST /v1/responses` and `POST /v1/responses/input_tokens`
//! <https://platform.openai.com/docs/api-reference/responses>

use super::events::ResponseEvents;
use super::head::Head;
use super::request::ResponseRequest;
use super::whole::whole;
use crate::gateway::asked::Asked;
use crate::gateway::bedrock;
use crate::gateway::models::Model;
use crate::gateway::refusal::Refusal;
use crate::gateway::response::{self, with_request_id};
use crate::gateway::{opening, sse};
use crate::transport::Body;
use http::Response;
use std::sync::Arc;

pub(in crate::gateway) async fn responses(asked: &Asked) -> Result<Response<Body>, Refusal> {
    asked.must_be_json()?;
    let ResponseRequest { model, chat, stream, tools, echo, dropped } = ResponseRequest::read(asked).await?;
    let found = asked.model(&model)?;
    let exchange = &asked.exchange;
    let head = Head::new(exchange.digits(), &model, tools, echo);
    exchange.dropped(&dropped);
    if stream {
        let of_exchange = Arc::clone(exchange);
        let open = |model: Arc<Model>| async move { bedrock::events(&model, &chat, &of_exchange).await };
        let answers = opening::open(asked, &found, [open]).await?;
        return Ok(sse::stream(asked, answers, ResponseEvents::new(head)));
    }
    let answer = bedrock::answer(&found, &chat, exchange).await?;
    exchange.heard(answer.usage.as_ref(), answer.stop_reason.as_ref());
    Ok(with_request_id(response::json(whole(&head, &answer)), answer.request_id.as_ref()))
}

pub(in crate::gateway) async fn input_tokens(asked: &Asked) -> Result<Response<Body>, Refusal> {
    asked.must_be_json()?;
    let ResponseRequest { model, chat, dropped, .. } = ResponseRequest::read(asked).await?;
    let found = asked.model(&model)?;
    asked.exchange.dropped(&dropped);
    let count = bedrock::count_chat(&found, &chat, &asked.exchange).await?;
    Ok(response::json(format!(r#"{{"object":"response.input_tokens","input_tokens":{count}}}"#)))
}
