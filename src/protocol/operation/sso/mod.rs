//! IAM Identity Center: the credentials of a permission set, and the tokens that buy them. Nothing is signed.
//! <https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/Welcome.html>

mod create_token;
mod get_role_credentials;

pub use create_token::{CreateToken, SsoToken};
pub use get_role_credentials::GetRoleCredentials;
