//! Amazon Bedrock Runtime: inference.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Operations_Amazon_Bedrock_Runtime.html>
//!
//! | file | operation, or what several have in common |
//! |---|---|
//! | `invoke_model`, `invoke_model_with_response_stream` | InvokeModel, whole and in chunks |
//! | `invocation_options` | the headers of both |
//! | `converse`, `converse_stream` | Converse, whole and event by event |
//! | `count_tokens` | CountTokens |
//! | `apply_guardrail` | ApplyGuardrail |
//! | `invoke_guardrail_checks`, `guardrail_check_words` | InvokeGuardrailChecks, and the names of its checks |
//! | `start_async_invoke`, `get_async_invoke`, `list_async_invokes` | the operations of those names |
//! | `async_invoke`, `client_request_token`, `job_patterns` | an async invocation, its token, the texts of a job |

mod apply_guardrail;
mod async_invoke;
mod client_request_token;
mod converse;
mod converse_stream;
mod count_tokens;
mod get_async_invoke;
pub(crate) mod guardrail_check_words;
mod invocation_options;
mod invoke_guardrail_checks;
mod invoke_model;
mod invoke_model_with_response_stream;
pub(crate) mod job_patterns;
mod list_async_invokes;
mod start_async_invoke;

pub use apply_guardrail::{
    ApplyGuardrail, ApplyGuardrailOutput, ContentQualifier, GuardrailAction, GuardrailContentSource,
    OutputScope,
};
pub use async_invoke::{AsyncInvocation, AsyncInvoke, AsyncInvokeStatus, InvocationArn};
pub use client_request_token::ClientRequestToken;
pub use converse::Converse;
pub use converse_stream::ConverseStream;
pub use count_tokens::{CountTokens, CountTokensOutput};
pub use get_async_invoke::GetAsyncInvoke;
pub use invocation_options::InvocationOptions;
pub use invoke_guardrail_checks::{
    CheckScore, CheckedMessage, InvokeGuardrailChecks, InvokeGuardrailChecksOutput, SensitiveInformation,
};
pub use invoke_model::{InvokeModel, InvokeModelOutput, MAX_BODY_BYTES};
pub use invoke_model_with_response_stream::{
    InvocationMetrics, InvokeModelCollector, InvokeModelEvent, InvokeModelStreamOutput,
    InvokeModelWithResponseStream,
};
pub use list_async_invokes::{AsyncInvokePage, ListAsyncInvokes, SortOrder};
pub use start_async_invoke::{StartAsyncInvoke, StartAsyncInvokeOutput};
