//! OpenAI's API: chat completions, models, embeddings, videos.
//! <https://platform.openai.com/docs/api-reference>

mod chat_completions;
mod chunks;
mod completion;
mod embeddings;
mod finish_reason;
mod models;
mod request;
mod usage;
mod videos;

pub(super) use chat_completions::chat_completions;
pub(super) use embeddings::embeddings;
pub(super) use models::{model, models};
pub(super) use videos::{create_video, video, video_content, videos};
