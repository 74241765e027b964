//! OpenAI's Responses API: the same chat as that of chat completions, in items. Nothing is kept: what a client wants to
//! be remembered, it sends again.
//! <https://platform.openai.com/docs/api-reference/responses>
//!
//! | file | job |
//! |---|---|
//! | `endpoint` | the endpoints: a response, and how many tokens its input has |
//! | `request/` | a request → a chat |
//! | `client_tools` | what a client calls its tools, where a model knows them otherwise |
//! | `thoughts` | what a model thought, on its way to the client and back |
//! | `head` | what a response says beside its output |
//! | `item` | one item of the output |
//! | `whole`, `events` | an answer → a response, or its events |

mod client_tools;
mod endpoint;
mod events;
mod head;
mod item;
mod request;
mod thoughts;
mod whole;

pub(in crate::gateway) use endpoint::{input_tokens, responses};
