//! AWS STS, as far as credentials and `doctor` need it: its query protocol takes a form and answers XML.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html>

mod assume_role;
mod assume_role_with_web_identity;
mod get_caller_identity;
mod query;

pub use assume_role::AssumeRole;
pub use assume_role_with_web_identity::AssumeRoleWithWebIdentity;
pub use get_caller_identity::{CallerIdentity, GetCallerIdentity};
