//! Models: their ids and ARNs, and how an id travels in a path.

mod id;

pub(crate) use id::arn_region;
pub use id::{ModelId, path_segment};
