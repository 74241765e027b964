//! Bedrock Runtime, from the service's side: each operation reads the request itself, so that client and emulator
//! cannot share a mistake.

mod get_async_invoke;
mod invoke_model;
mod list_async_invokes;
mod luma;
mod member;
mod nova;
mod start_async_invoke;

pub(super) use get_async_invoke::get_async_invoke;
pub(super) use invoke_model::invoke_model;
pub(super) use list_async_invokes::list_async_invokes;
pub(super) use start_async_invoke::start_async_invoke;
