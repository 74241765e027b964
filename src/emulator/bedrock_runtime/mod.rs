//! Bedrock Runtime, from the service's side: each operation reads the request itself, so that client and emulator
//! cannot share a mistake.
//!
//! | file | job |
//! |---|---|
//! | `infer`, `inference_operation` | InvokeModel, Converse and their streams: one path for all four |
//! | `converse`, `media`, `tool_turns` | what Converse takes: shape, files, tools that are asked for and answered |
//! | `settings`, `structured_output` | the bounds of what it takes beside the conversation |
//! | `families`, `streamed_tools`, `thoughts`, `claude` | what some models refuse that others take |
//! | `compose`, `sample`, `echo` | what a model says to a request that no fixture knows |
//! | `answer`, `reply`, `native`, `function_calls`, `embed` | the same as bytes: Converse's, each family's own, vectors |
//! | `answered_settings`, `guarded` | what an answer says again of its settings; what a guardrail finds |
//! | `guardrails`, `count_tokens` | ApplyGuardrail, InvokeGuardrailChecks, CountTokens |
//! | `start_async_invoke`, `get_async_invoke`, `list_async_invokes` | the operations of those names |
//! | `async_invocations` | the jobs that were started, and where their output lies |
//! | `luma`, `nova` | the `modelInput` of the video models |
//! | `member` | one member of a document, with the path that a refusal names |

mod answer;
mod answered_settings;
mod async_invocations;
mod claude;
mod compose;
mod converse;
mod count_tokens;
mod echo;
mod embed;
mod families;
mod function_calls;
mod get_async_invoke;
mod guarded;
mod guardrails;
mod infer;
mod inference_operation;
mod list_async_invokes;
mod luma;
mod media;
mod member;
mod native;
mod nova;
mod reply;
mod sample;
mod settings;
mod start_async_invoke;
mod streamed_tools;
mod structured_output;
mod thoughts;
mod tool_turns;

pub(super) use async_invocations::{AsyncInvocation, AsyncInvocations, AsyncModel, OutputObject};
pub(super) use count_tokens::count_tokens;
pub(super) use get_async_invoke::get_async_invoke;
pub(super) use guardrails::{apply_guardrail, invoke_guardrail_checks};
pub(super) use infer::infer;
pub(super) use inference_operation::InferenceOperation;
pub(super) use list_async_invokes::list_async_invokes;
pub(super) use start_async_invoke::start_async_invoke;
