//! A whole request.

use super::super::client_tools::ClientTools;
use super::{echo, items, settings, tools, unsupported};
use crate::gateway::asked::Asked;
use crate::gateway::chat::{Chat, ParamNames};
use crate::gateway::image_fetch::Images;
use crate::gateway::json::{Json, Value};
use crate::gateway::openai::request::reading::{Read, ReadOptions, Reading, with_images};
use crate::gateway::openai::request::{metadata, parameters, reasoning, tool_choice};
use crate::gateway::refusal::Refusal;
use bytes::Bytes;

/// What a client asks for.
pub(in crate::gateway::openai::responses) struct ResponseRequest {
    /// As the client names it.
    pub(in crate::gateway::openai::responses) model: String,
    pub(in crate::gateway::openai::responses) chat: Chat,
    pub(in crate::gateway::openai::responses) stream: bool,
    pub(in crate::gateway::openai::responses) tools: ClientTools,
    /// Members of the response that repeat the request.
    pub(in crate::gateway::openai::responses) echo: String,
    /// What was dropped or changed, by the names of the parameters, as a header has them.
    pub(in crate::gateway::openai::responses) dropped: Vec<String>,
}

impl ResponseRequest {
    /// Reads a request, and fetches the images that it names.
    pub(in crate::gateway::openai::responses) async fn read(asked: &Asked) -> Result<Self, Refusal> {
        with_images(asked, Self::read_with).await
    }

    fn read_with(body: &Bytes, options: &ReadOptions, images: &Images) -> Result<Read<Self>, Refusal> {
        let json = Json::object(body)?;
        let root = json.root().object()?;
        let mut reading = Reading::new(options, images);
        unsupported::check(&root, &mut reading)?;
        let model = root.required("model")?.name()?.into_owned();
        let tools::Given { tools, client, kept } = tools::read(&root, &mut reading)?;
        let (tool_choice, tools) = tool_choice::read(&root, tools, &tools::KINDS)?;
        let (system, messages) = items::read(&root, &mut reading)?;
        settings::include(&root, &mut reading)?;
        settings::check_reasoning(&root, &mut reading)?;
        let reasoning = reasoning::read(&root, &mut reading)?;
        let chat = Chat {
            system,
            messages,
            tools,
            tool_choice,
            parallel_tool_calls: root.get("parallel_tool_calls").map(Value::boolean).transpose()?,
            takes_one_tool: false,
            max_tokens: root.get("max_output_tokens").map(|value| value.at_least(1)).transpose()?,
            sampling: parameters::sampling(&root, &mut reading)?,
            stop: parameters::stop(&root, &mut reading)?,
            format: settings::format(&root, &mut reading)?,
            reasoning: reasoning.as_ref().map(|(_, reasoning)| reasoning.clone()),
            thinking_is_wish: false,
            service_tier: parameters::service_tier(&root)?,
            metadata: metadata::read(&root)?,
            additional: parameters::additional(&root)?,
            names: ParamNames {
                reasoning: reasoning.map_or(ParamNames::RESPONSES.reasoning, |(name, _)| name),
                budget: reasoning::name_of_budget(&root),
                ..ParamNames::RESPONSES
            },
            drop_unsupported: options.drop_unsupported,
        };
        let request = Self {
            model,
            stream: parameters::stream(&root)?,
            echo: echo::written(&root, &chat, &kept)?,
            tools: client,
            chat,
            dropped: reading.dropped.into_params(),
        };
        Ok(Read { request, image_urls: reading.image_urls })
    }
}
