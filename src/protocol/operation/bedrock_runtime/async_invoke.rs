//! async_invoke
