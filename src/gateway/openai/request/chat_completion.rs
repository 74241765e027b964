//! A whole request.

use super::reading::{Read, ReadOptions, Reading, with_images};
use super::{messages, metadata, parameters, reasoning, response_format, tool_choice, tools, unsupported};
use crate::gateway::asked::Asked;
use crate::gateway::chat::{Chat, ParamNames};
use crate::gateway::image_fetch::Images;
use crate::gateway::json::{Json, Value};
use crate::gateway::refusal::Refusal;
use bytes::Bytes;

/// What a client asks for.
#[derive(Clone, Debug)]
pub(in crate::gateway) struct ChatCompletion {
    /// As the client names it.
    pub(in crate::gateway) model: String,
    pub(in crate::gateway) chat: Chat,
    /// How many answers: at least one.
    pub(in crate::gateway) n: usize,
    pub(in crate::gateway) stream: bool,
    /// A stream ends with a chunk of what it took.
    pub(in crate::gateway) include_usage: bool,
    /// The client gives `functions`, as before there were `tools`, and expects `function_call` in the answer.
    pub(in crate::gateway) legacy_functions: bool,
    /// What was dropped or changed, by the names of the parameters, as a header has them.
    pub(in crate::gateway) dropped: Vec<String>,
}

impl ChatCompletion {
    /// Reads a request, and fetches the images that it names.
    pub(in crate::gateway) async fn read(asked: &Asked) -> Result<Self, Refusal> {
        with_images(asked, Self::read_with).await
    }

    /// Reads a body. Images that are to be fetched are empty in it.
    #[cfg(test)]
    pub(in crate::gateway) fn read_body(body: &Bytes, options: &ReadOptions) -> Result<Self, Refusal> {
        Ok(Self::read_with(body, options, &Images::new())?.request)
    }

    pub(super) fn read_with(
        body: &Bytes,
        options: &ReadOptions,
        images: &Images,
    ) -> Result<Read<Self>, Refusal> {
        let json = Json::object(body)?;
        let root = json.root().object()?;
        let mut reading = Reading::new(options, images);
        unsupported::check(&root, &mut reading)?;
        let model = root.required("model")?.name()?.into_owned();
        let tools = tools::read(&root, &mut reading)?;
        let (tool_choice, tools) = tool_choice::read(&root, tools, &["function"])?;
        let (system, messages) = messages::read(root.required("messages")?, &mut reading)?;
        let reasoning = reasoning::read(&root, &mut reading)?;
        let legacy_functions = root.get("functions").is_some() && root.get("tools").is_none();
        let chat = Chat {
            system,
            messages,
            tools,
            tool_choice,
            parallel_tool_calls: root.get("parallel_tool_calls").map(Value::boolean).transpose()?,
            // One `function_call` is all that such a client can be answered.
            takes_one_tool: legacy_functions,
            max_tokens: parameters::max_tokens(&root)?,
            sampling: parameters::sampling(&root, &mut reading)?,
            stop: parameters::stop(&root, &mut reading)?,
            format: response_format::read(&root)?,
            reasoning: reasoning.as_ref().map(|(_, reasoning)| reasoning.clone()),
            thinking_is_wish: false,
            service_tier: parameters::service_tier(&root)?,
            metadata: metadata::read(&root)?,
            additional: parameters::additional(&root)?,
            names: ParamNames {
                max_tokens: parameters::name_of_max_tokens(&root),
                reasoning: reasoning.map_or(ParamNames::OPENAI.reasoning, |(name, _)| name),
                budget: reasoning::name_of_budget(&root),
                tool_choice: tool_choice::name(&root),
                ..ParamNames::OPENAI
            },
            drop_unsupported: options.drop_unsupported,
        };
        let request = Self {
            model,
            chat,
            n: parameters::n(&root)?,
            stream: parameters::stream(&root)?,
            include_usage: parameters::include_usage(&root)?,
            legacy_functions,
            dropped: reading.dropped.into_params(),
        };
        Ok(Read { request, image_urls: reading.image_urls })
    }
}
