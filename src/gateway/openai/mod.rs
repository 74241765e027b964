//! OpenAI's API: chat completions, responses, models, embeddings, videos.
//! <https://platform.openai.com/docs/api-reference>
//!
//! | file | job |
//! |---|---|
//! | `chat_completions` | the endpoint |
//! | `request/` | a request → a chat |
//! | `completion`, `chunks` | an answer → a completion, or its chunks |
//! | `finish_reason`, `usage` | what both say at their end |
//! | `responses/` | the Responses API, over the same request and answer |
//! | `models`, `embeddings/`, `videos/` | the other endpoints |
//! | `data_url` | files that are written in their URL |

mod chat_completions;
mod chunks;
mod completion;
mod data_url;
mod embeddings;
mod finish_reason;
mod models;
mod request;
mod responses;
mod usage;
mod videos;

pub(super) use chat_completions::chat_completions;
pub(super) use embeddings::embeddings;
pub(super) use models::{model, models};
pub(super) use responses::{input_tokens, responses};
pub(super) use videos::{create_video, video, video_content, videos};
