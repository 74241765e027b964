//! The body of `POST /v1/chat/completions` → a chat.
//! <https://platform.openai.com/docs/api-reference/chat/create>
//!
//! | file | job |
//! |---|---|
//! | `parameters` | numbers, stop sequences, streaming, the count of choices |
//! | `reasoning`, `response_format`, `metadata` | how much is thought, what the text must be, what the log gets |
//! | `unsupported` | what Bedrock has nothing for: refused, or left out and named |
//! | `messages`, `assistant`, `tool_results` | who says what: merged, ordered, each result with its call |
//! | `parts`, `media`, `media_type`, `data_url` | texts and files |
//! | `tools`, `tool_choice` | functions, and whether one must be called |
//! | `cache_control` | where a prompt is cached up to |

mod assistant;
mod cache_control;
mod data_url;
mod media;
mod media_type;
mod messages;
mod metadata;
mod parameters;
mod parts;
mod reading;
mod reasoning;
mod response_format;
#[cfg(test)]
mod tests;
mod tool_choice;
mod tool_results;
mod tools;
mod unsupported;

use crate::gateway::asked::Asked;
use crate::gateway::chat::{Chat, Sampling};
use crate::gateway::image_fetch::{ImageUrl, Images};
use crate::gateway::json::{Json, Value};
use crate::gateway::options::GatewayOptions;
use crate::gateway::refusal::Refusal;
use bytes::Bytes;
use reading::Reading;

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
    /// What was left out or changed, by the names of the parameters: visible ASCII without commas, for a header.
    pub(in crate::gateway) dropped: Vec<String>,
    /// Images that must be fetched first; until then nothing stands in their places.
    image_urls: Vec<ImageUrl>,
}

/// What the operator allows.
#[derive(Clone, Debug, Default)]
pub(in crate::gateway) struct ReadOptions {
    /// Leaves out what Bedrock cannot honour, instead of refusing it.
    pub(in crate::gateway) drop_unsupported: bool,
    /// Fetches images that are given as http(s) URLs.
    pub(in crate::gateway) fetch_images: bool,
}

impl From<&GatewayOptions> for ReadOptions {
    fn from(options: &GatewayOptions) -> Self {
        Self { drop_unsupported: options.drop_unsupported, fetch_images: options.fetch_images.is_some() }
    }
}

impl ChatCompletion {
    /// Reads a request, and fetches the images that it names.
    pub(in crate::gateway) async fn read(asked: &Asked) -> Result<Self, Refusal> {
        let in_force = &asked.in_force;
        let options = ReadOptions::from(&in_force.options);
        let read = Self::read_body(&asked.body, &options)?;
        match &in_force.images {
            Some(fetch) if !read.image_urls.is_empty() => {
                // To read again takes microseconds, to fetch takes milliseconds.
                let images = fetch.fetch(&read.image_urls).await?;
                Self::read_with(&asked.body, &options, &images)
            }
            _ => Ok(read),
        }
    }

    /// Reads a body. Images that are to be fetched are empty in it.
    pub(in crate::gateway) fn read_body(body: &Bytes, options: &ReadOptions) -> Result<Self, Refusal> {
        Self::read_with(body, options, &Images::new())
    }

    fn read_with(body: &Bytes, options: &ReadOptions, images: &Images) -> Result<Self, Refusal> {
        let json = Json::object(body)?;
        let root = json.root().object()?;
        let mut reading = Reading::new(options, images);
        unsupported::check(&root, &mut reading)?;
        let model = root.required("model")?.name()?.into_owned();
        let tools = tools::read(&root, &mut reading)?;
        let (tool_choice, tools) = tool_choice::read(&root, tools)?;
        let (system, messages) = messages::read(root.required("messages")?, &mut reading)?;
        let legacy_functions = root.get("functions").is_some() && root.get("tools").is_none();
        let chat = Chat {
            system,
            messages,
            tools,
            tool_choice,
            // One `function_call` is all that such a client can be answered.
            parallel_tool_calls: if legacy_functions {
                Some(false)
            } else {
                root.get("parallel_tool_calls").map(Value::boolean).transpose()?
            },
            max_tokens: parameters::max_tokens(&root)?,
            sampling: Sampling {
                temperature: parameters::temperature(&root, &mut reading)?,
                top_p: root.get("top_p").map(|value| value.number(0.0, 1.0)).transpose()?,
                top_k: parameters::top_k(&root)?,
            },
            stop: parameters::stop(&root, &mut reading)?,
            format: response_format::read(&root)?,
            reasoning: reasoning::read(&root, &mut reading)?,
            service_tier: parameters::service_tier(&root)?,
            metadata: metadata::read(&root, &mut reading)?,
            additional: parameters::additional(&root)?,
            drop_unsupported: options.drop_unsupported,
        };
        Ok(Self {
            model,
            chat,
            n: parameters::n(&root)?,
            stream: parameters::stream(&root)?,
            include_usage: parameters::include_usage(&root)?,
            legacy_functions,
            dropped: reading.dropped,
            image_urls: reading.image_urls,
        })
    }
}
