//! Async invocations of any model, for `async` and `video`: one is started, followed to its end, or found in a list.

pub(super) mod follow;
pub(super) mod list;
pub(super) mod start;
