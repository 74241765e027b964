//! list_async_invokes
