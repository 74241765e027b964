//! Models: their ids and ARNs, how an id travels in a path, and which id a name means in a region.
//!
//! | file | job |
//! |---|---|
//! | `id` | a model id, and its encoding as one path segment |
//! | `inference_profile` | what the service says of a profile |
//! | `geography` | what stands before a profile's id, and which regions it serves |
//! | `table`, `models.tsv` | which names there are, and which ids answer where: data |
//! | `resolve` | a name → the id to use in a region |
//! | `hint` | a refused id → the one that would work |

mod geography;
mod hint;
mod id;
pub(in crate::protocol) mod inference_profile;
mod resolve;
mod table;

pub use geography::{GLOBAL, geographies_of, is_commercial, serves, split_geography};
pub use hint::{AskedModel, ModelHint, hint_for};
pub use id::{ModelId, path_segment};
pub(crate) use id::{arn_region, is_application_profile};
pub use resolve::{
    ModelKind, Resolution, ResolveOptions, ResolvedFrom, Unresolved, base_model_id, names_near, needs_list,
    resolve,
};
#[cfg(feature = "client-core")]
pub(crate) use table::looks_like_id;
pub use table::{Row, Table};
