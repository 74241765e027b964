//! start_async_invoke
