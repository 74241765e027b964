//! The JSON documents in which other programs hand out credentials and tokens: processes, containers, instances, and
//! the caches of the AWS CLI. Foreign bytes: what is wrong with them is said, and no value of theirs is quoted.

mod keys;
mod login;
mod members;
mod sso_token;

pub use keys::{SessionTokenMember, read_keys};
pub use login::read_login;
pub(crate) use members::Members;
pub use sso_token::{Refresh, SsoTokenFile};
