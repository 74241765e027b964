//! Where credentials come from: one file per source.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html>

mod chain;
mod environment;
mod fixed;
mod profile;

pub use chain::Chain;
pub use fixed::Static;

use crate::error::Error;
use crate::protocol::auth::Auth;
use crate::transport::BoxFuture;

/// A source of what requests are signed with.
pub trait ProvideAuth: Send + Sync + 'static {
    /// What to sign with now. `fresh` asks for new credentials: the service said that the last ones have expired.
    fn auth(&self, fresh: bool) -> BoxFuture<'_, Result<Auth, Error>>;
}

/// What a source found.
enum Found {
    Credentials(Auth),
    /// Nothing, and what was looked at.
    Nothing(String),
}
