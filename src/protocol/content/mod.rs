//! Shapes that several operations share: thin typed views over documents that stay as they came, and builders that say
//! which field is wrong.
//!
//! A tool that a model asks for is answered by the next message, behind the model's own as it came:
//!
//! ```no_run
//! # #[cfg(feature = "client-core")]
//! # async fn example(client: bedwire::Client) -> Result<(), bedwire::Error> {
//! use bedwire::protocol::content::{ConverseBody, Message, Tool, ToolConfig, ToolResult};
//! use bedwire::protocol::{model::ModelId, operation::bedrock_runtime::Converse};
//!
//! let model = ModelId::new("us.amazon.nova-lite-v1:0")?;
//! let weather = Tool::new("weather", r#"{"type":"object","properties":{"city":{"type":"string"}}}"#);
//! let mut body = ConverseBody::prompt("What is the weather in Paris?").tool_config(ToolConfig::new().tool(weather));
//! loop {
//!     let answer = client.call(&Converse::typed(model.clone(), &body)?).await?;
//!     let mut results = Message::user();
//!     for asked in answer.tool_uses() {
//!         println!("{} {}", asked.name(), asked.input().text()); // weather {"city":"Paris"}
//!         results = results.tool_result(ToolResult::new(asked.tool_use_id()).text("sunny"));
//!     }
//!     if answer.tool_uses().next().is_none() {
//!         println!("{}", answer.text());
//!         return Ok(());
//!     }
//!     body = body.message(Message::json(answer.message().clone())).message(results);
//! }
//! # }
//! ```
//!
//! | file | job |
//! |---|---|
//! | `converse_body` | a body of Converse, put together and checked |
//! | `message`, `content_block` | what is said: texts, tools' results |
//! | `document_block`, `document_names`, `media`, `media_format` | files |
//! | `tool_config`, `inference_config`, `guardrail`, `performance`, `cache_point` | how it is answered |
//! | `request_metadata` | what the invocation log has beside a call |
//! | `converse_output`, `answer_block`, `usage`, `stop_reason` | the answer |
//! | `converse_event`, `text_delta`, `converse_collector` | the answer event by event, and put together |
//! | `native_answer`, `native_stream` | the answer of InvokeModel, in each family's own shape |

mod answer_block;
mod cache_point;
mod content_block;
mod converse_body;
mod converse_collector;
mod converse_event;
mod converse_output;
mod document_block;
mod document_names;
mod guardrail;
mod inference_config;
mod media;
mod media_format;
mod message;
mod native_answer;
mod native_stream;
mod performance;
pub(crate) mod request_metadata;
mod stop_reason;
mod text_delta;
mod tool_config;
mod usage;

pub use answer_block::{AnswerBlock, Reasoning, ToolUse};
pub use cache_point::{CachePoint, CacheTtl};
pub use content_block::{ContentBlock, ToolResult, ToolResultStatus};
pub use converse_body::ConverseBody;
pub use converse_collector::ConverseCollector;
pub use converse_event::{BlockDelta, BlockStart, ConverseEvent};
pub use converse_output::ConverseOutput;
pub use document_block::{DocumentBlock, DocumentSource};
pub use document_names::DocumentNames;
pub use guardrail::{Guardrail, GuardrailConfig, GuardrailTrace, StreamProcessingMode};
pub use inference_config::InferenceConfig;
pub use media::{Audio, Image, MediaSource, Video};
pub use media_format::{AudioFormat, DocumentFormat, ImageFormat, VideoFormat};
pub use message::{Message, Role};
pub use native_answer::NativeAnswer;
pub use performance::{Latency, ServiceTier};
pub use stop_reason::StopReason;
pub use tool_config::{Tool, ToolChoice, ToolConfig};
pub use usage::Usage;
