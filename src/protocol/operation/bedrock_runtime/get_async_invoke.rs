//! get_async_invoke
