//! Amazon Bedrock Runtime: inference.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Operations_Amazon_Bedrock_Runtime.html>

mod async_invoke;
mod get_async_invoke;
mod invoke_model;
mod list_async_invokes;
mod start_async_invoke;

pub use async_invoke::{AsyncInvoke, AsyncInvokeStatus, InvocationArn};
pub use get_async_invoke::GetAsyncInvoke;
pub use invoke_model::{InvokeModel, InvokeModelOutput};
pub use list_async_invokes::{AsyncInvokePage, ListAsyncInvokes, SortOrder};
pub use start_async_invoke::{ClientRequestToken, StartAsyncInvoke, StartAsyncInvokeOutput};
