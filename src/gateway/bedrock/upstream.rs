//! Which operation a chat becomes, and the call.
//!
//! A chat without tools goes to Converse. One with tools goes to InvokeModel where the model is a Claude, in its own
//! shape, and to Converse with `toolConfig` where it is not. The id is the same either way. A stream that the model
//! cannot write becomes a call whose answer is sent as a stream.

use super::answer::{of_claude, of_converse};
use super::claude::claude_body;
use super::converse::converse_body;
use super::events::Events;
use super::family::{Family, WithTools};
use super::fewer_tokens::{Lent, ask_within};
use super::history::has_tool_blocks;
use super::prepared::Prepared;
use super::restore::Restore;
use crate::Error;
use crate::client::Client;
use crate::gateway::by_routes::Failed;
use crate::gateway::chat::{Answer, Chat};
use crate::gateway::exchange::Exchange;
use crate::gateway::models::Model;
use crate::gateway::refusal::Refusal;
use crate::protocol::document::Document;
use crate::protocol::model::ModelId;
use crate::protocol::operation::bedrock_runtime::{
    Converse, ConverseStream, InvokeModel, InvokeModelWithResponseStream,
};
use crate::protocol::request_id::request_id;

/// Holds what so many answers may have of the key's tokens, at once: who asks for more than a minute has waits for a
/// minute's, and not for each answer's.
pub(in crate::gateway) fn reserve(
    model: &Model,
    chat: &Chat,
    answers: u64,
    exchange: &Exchange,
) -> Result<(), Refusal> {
    exchange.reserves(chat.max_tokens.unwrap_or(model.max_tokens).saturating_mul(answers))
}

/// Asks a model and waits for the whole answer.
pub(in crate::gateway) async fn answer(
    model: &Model,
    chat: &Chat,
    exchange: &Exchange,
) -> Result<Answer, Refusal> {
    reserve(model, chat, 1, exchange)?;
    model.ask(|client, model_id| answer_of_route(model, chat, exchange, client, model_id)).await
}

/// The same by one route.
pub(in crate::gateway) async fn answer_of_route(
    model: &Model,
    chat: &Chat,
    exchange: &Exchange,
    client: Client,
    model_id: ModelId,
) -> Result<Answer, Failed> {
    let client = &client;
    let ask = |chat| answer_within(model, chat, exchange, client, model_id.clone());
    ask_within(model, chat, exchange, &model_id, ask).await
}

async fn answer_within(
    model: &Model,
    chat: Lent<'_>,
    exchange: &Exchange,
    client: &Client,
    model_id: ModelId,
) -> Result<Answer, Failed> {
    let chat = &*chat;
    let family = model.families.family(client, &model_id).await?;
    if is_of_claude(chat, family) {
        let prepared = claude_body(chat, family, model.max_tokens)?;
        let Prepared { body, restore, options, .. } = told(prepared, exchange);
        exchange.calls("InvokeModel", client, model_id.as_str());
        let call = InvokeModel::new(model_id, body)?.options(options);
        let (headers, output) = client.call_with_headers(&call).await?;
        return Ok(with_request_id(of_claude(output.body(), &restore)?, &headers));
    }
    let Prepared { body, restore, .. } = told(converse_body(chat, &model_id, family)?, exchange);
    converse(exchange, client, model_id, body, restore).await
}

/// Asks a model and reads its answer as it is written. Returns when the first event is there.
pub(in crate::gateway) async fn events(
    model: &Model,
    chat: &Chat,
    exchange: &Exchange,
) -> Result<Events, Refusal> {
    reserve(model, chat, 1, exchange)?;
    model.ask(|client, model_id| events_of_route(model, chat, exchange, client, model_id)).await
}

/// The same by one route.
pub(in crate::gateway) async fn events_of_route(
    model: &Model,
    chat: &Chat,
    exchange: &Exchange,
    client: Client,
    model_id: ModelId,
) -> Result<Events, Failed> {
    let client = &client;
    let ask = |chat| events_within(model, chat, exchange, client, model_id.clone());
    ask_within(model, chat, exchange, &model_id, ask).await
}

async fn events_within(
    model: &Model,
    chat: Lent<'_>,
    exchange: &Exchange,
    client: &Client,
    model_id: ModelId,
) -> Result<Events, Failed> {
    let chat = &*chat;
    let family = model.families.family(client, &model_id).await?;
    if is_of_claude(chat, family) {
        let prepared = claude_body(chat, family, model.max_tokens)?;
        let Prepared { body, restore, options, .. } = told(prepared, exchange);
        exchange.calls("InvokeModelWithResponseStream", client, model_id.as_str());
        let call = InvokeModelWithResponseStream::new(model_id, body)?.options(options);
        return Ok(Events::of_claude(client.stream(call).await?, restore));
    }
    let prepared = told(converse_body(chat, &model_id, family)?, exchange);
    converse_events(exchange, client, model_id, prepared).await
}

async fn converse(
    exchange: &Exchange,
    client: &Client,
    model_id: ModelId,
    body: Document,
    restore: Restore,
) -> Result<Answer, Failed> {
    exchange.calls("Converse", client, model_id.as_str());
    let call = Converse::new(model_id, body)?;
    let (headers, output) = client.call_with_headers(&call).await?;
    Ok(with_request_id(of_converse(output, &restore)?, &headers))
}

/// What nobody knows of a model, its refusal says.
async fn converse_events(
    exchange: &Exchange,
    client: &Client,
    model_id: ModelId,
    Prepared { body, restore, can_stream, .. }: Prepared,
) -> Result<Events, Failed> {
    if can_stream {
        exchange.calls("ConverseStream", client, model_id.as_str());
        let call = ConverseStream::new(model_id.clone(), body.clone())?;
        match client.stream(call).await {
            Ok(stream) => return Ok(Events::of_converse(stream, restore)),
            Err(error) if cannot_stream(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Events::of_answer(converse(exchange, client, model_id, body, restore).await?))
}

/// Whether a model answers to this only as a whole: "This model doesn't support tool use in streaming mode." or "The model
/// is unsupported for streaming."
///
/// - <https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-supported-models-features.html>
/// - <https://github.com/earendil-works/pi/issues/3739>
fn cannot_stream(error: &Error) -> bool {
    let said = |text| error.message().contains(text);
    error.code() == Some("ValidationException")
        && (said("tool use in streaming mode") || said("unsupported for streaming"))
}

/// Whether a chat is sent to a route in Claude's own shape.
fn is_of_claude(chat: &Chat, family: &Family) -> bool {
    let has_tools = !chat.tools.is_empty() || has_tool_blocks(chat);
    has_tools && family.is_claude() && family.with_tools != WithTools::TakesNone
}

/// What is sent by one route; what was dropped for it, the client is told.
fn told(prepared: Prepared, exchange: &Exchange) -> Prepared {
    exchange.dropped(&prepared.dropped);
    prepared
}

fn with_request_id(mut answer: Answer, headers: &http::HeaderMap) -> Answer {
    answer.request_id = request_id(headers).cloned();
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Route;
    use crate::gateway::bedrock::chats::{chat, log_pair, tool};
    use crate::gateway::chat::Format;
    use crate::gateway::options::{GatewayOptions, ModelAlias};
    use crate::gateway::route::Route as Endpoints;
    use crate::gateway::state::Current;
    use crate::protocol::content::ServiceTier;
    use crate::transport::{Body, BoxFuture, Transport, TransportError};
    use http::Response;
    use std::sync::{Arc, Mutex};

    const PROFILE: &str = "arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/abc";

    /// Answers every operation, throttles one region, and keeps what came: host and path, headers, body.
    #[derive(Clone, Default)]
    struct Service(Arc<Mutex<Vec<http::Request<Body>>>>);

    impl Service {
        fn paths(&self) -> Vec<String> {
            self.0.lock().unwrap().iter().map(|request| request.uri().path().to_owned()).collect()
        }
    }

    impl Transport for Service {
        fn send(
            &self,
            request: http::Request<Body>,
        ) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
            let is_east = request.uri().host().is_some_and(|host| host.contains("us-east-1"));
            let body = match request.uri().path() {
                path if path.starts_with("/inference-profiles/") => {
                    r#"{"inferenceProfileId":"abc","models":[{"modelArn":"arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-sonnet-4-20250514-v1:0"}]}"#
                }
                path if path.ends_with("/invoke") => {
                    r#"{"role":"assistant","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}"#
                }
                _ => {
                    r#"{"output":{"message":{"role":"assistant","content":[{"text":"Hi"}]}},"stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}"#
                }
            };
            let mut response = Response::builder().header("x-amzn-requestid", "r-1");
            if is_east {
                response = response.status(503).header("x-amzn-errortype", "ServiceUnavailableException");
            }
            self.0.lock().unwrap().push(request);
            Box::pin(async move { Ok(response.body(Body::Whole(body.into())).unwrap()) })
        }
    }

    /// A model of these routes, and an exchange as it stands at the beginning of a request.
    fn model(service: &Service, routes: &[(&str, &str)]) -> (Arc<Model>, Arc<Exchange>) {
        let auth = aws_credential_types::Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
        let client =
            Client::builder().region("us-west-2").auth(auth).transport(service.clone()).build().unwrap();
        let route = |(region, id): &(&str, &str)| Route {
            region: (*region).to_owned(),
            model_id: ModelId::new(*id).unwrap(),
        };
        let mut options = GatewayOptions::default();
        options.models.push(ModelAlias {
            name: "m".to_owned(),
            routes: routes.iter().map(route).collect(),
            max_tokens: None,
        });
        let in_force = Current::new(&client, options).unwrap().get();
        let route = Endpoints::find(&http::Method::POST, "/v1/chat/completions", &http::HeaderMap::new());
        let exchange = Exchange::begin(&in_force, &route);
        (in_force.models.find("m").unwrap(), exchange)
    }

    #[tokio::test(start_paused = true)]
    async fn tools_on_a_claude_go_to_invoke_model_and_the_rest_to_converse() {
        let service = Service::default();
        let (claude, exchange) = model(&service, &[("us-west-2", PROFILE)]);
        let mut chat = Chat { service_tier: Some(ServiceTier::Flex), ..chat("Hi") };
        chat.metadata.push(log_pair("team", "a"));
        let plain = answer(&claude, &chat, &exchange).await.unwrap();
        assert_eq!(plain.request_id.unwrap(), "r-1");
        chat.tools.push(tool("f", "{}"));
        answer(&claude, &chat, &exchange).await.unwrap();
        let (nova, _) = model(&service, &[("us-west-2", "us.amazon.nova-lite-v1:0")]);
        answer(&nova, &chat, &exchange).await.unwrap();

        let profile = PROFILE.replace(':', "%3A").replace('/', "%2F");
        assert_eq!(
            service.paths(),
            [
                // Asked for once.
                format!("/inference-profiles/{profile}"),
                format!("/model/{profile}/converse"),
                format!("/model/{profile}/invoke"),
                "/model/us.amazon.nova-lite-v1%3A0/converse".to_owned(),
            ]
        );
        let seen = service.0.lock().unwrap();
        let header = |name: &str| seen[2].headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("x-amzn-bedrock-service-tier"), "flex");
        assert_eq!(header("x-amzn-bedrock-request-metadata"), r#"{"team":"a"}"#);
    }

    #[tokio::test(start_paused = true)]
    async fn each_route_gets_the_body_of_its_family() {
        let service = Service::default();
        let routes = [
            ("us-east-1", "us.anthropic.claude-sonnet-4-20250514-v1:0"),
            ("us-west-2", "us.amazon.nova-lite-v1:0"),
        ];
        let (model, exchange) = model(&service, &routes);
        let mut chat = chat("Hi");
        chat.tools.push(tool("f", "{}"));
        answer(&model, &chat, &exchange).await.unwrap();
        let paths = service.paths();
        assert!(paths[0].ends_with("/invoke"), "{paths:?}");
        assert_eq!(paths.last().map(String::as_str), Some("/model/us.amazon.nova-lite-v1%3A0/converse"));
    }

    #[tokio::test]
    async fn a_refusal_names_its_parameter_and_nothing_is_sent() {
        let service = Service::default();
        let (model, exchange) = model(&service, &[("us-west-2", "us.meta.llama4-scout-17b-instruct-v1:0")]);
        let mut chat = chat("Hi");
        chat.sampling.top_k = Some(5.into());
        chat.format = Format::Text;
        let refusal = answer(&model, &chat, &exchange).await.unwrap_err();
        let document = refusal.document(crate::gateway::shape::Shape::OpenAi);
        assert_eq!(document["error"]["param"], "top_k");
        assert!(service.paths().is_empty());
    }

    #[tokio::test]
    async fn both_can_be_awaited_anywhere() {
        fn is_send<T: Send>(_: &T) {}
        let service = Service::default();
        let (model, exchange) = model(&service, &[("us-west-2", "us.amazon.nova-lite-v1:0")]);
        let chat = chat("Hi");
        is_send(&answer(&model, &chat, &exchange));
        is_send(&events(&model, &chat, &exchange));
    }
}
