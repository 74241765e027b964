//! The body of `POST /v1/responses` → a chat.
//! <https://platform.openai.com/docs/api-reference/responses/create>
//!
//! | file | job |
//! |---|---|
//! | `response_request` | the whole request |
//! | `items` | who said, thought, called and answered what |
//! | `content` | texts and files |
//! | `tools` | functions, custom tools, and groups of both |
//! | `settings` | reasoning, text, and what a response is to include |
//! | `unsupported` | what nobody keeps here, and what Bedrock has nothing for |
//! | `echo` | what a response repeats of its request |

mod content;
mod echo;
mod items;
mod response_request;
mod settings;
mod tools;
mod unsupported;

pub(super) use response_request::ResponseRequest;
