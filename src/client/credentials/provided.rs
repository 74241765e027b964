//! Anything that gives credentials to AWS's own SDK gives them here, too.

use super::cache::{Cached, Lookup, MayAsk};
use super::{ProvideAuth, Wanted};
use crate::error::{Error, ErrorKind};
use crate::protocol::auth::Auth;
use crate::transport::BoxFuture;
use aws_credential_types::provider::ProvideCredentials;
use std::fmt;

/// A [`ProvideCredentials`] of AWS's SDK, such as `aws-config`'s default chain. What it gives is kept and refreshed as
/// [`Cached`] says.
///
/// ```
/// use aws_credential_types::{Credentials, provider::ProvideCredentials};
/// use bedwire::{Client, client::credentials::Provided};
///
/// let provider = Credentials::new("AKIDEXAMPLE", "secret", None, None, "example"); // or aws-config's chain
/// let builder = Client::builder().region("us-west-2").credentials(Provided::new(provider));
/// ```
pub struct Provided(Cached);

impl Provided {
    /// Asks this provider.
    pub fn new(provider: impl ProvideCredentials + 'static) -> Self {
        Self(Cached::new(Provider(provider)))
    }
}

impl ProvideAuth for Provided {
    fn auth<'a>(&'a self, wanted: Wanted<'a>) -> BoxFuture<'a, Result<Auth, Error>> {
        self.0.auth(wanted)
    }
}

impl fmt::Debug for Provided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Provided")
    }
}

struct Provider<P>(P);

impl<P: ProvideCredentials + 'static> Lookup for Provider<P> {
    fn look(&self, _: MayAsk) -> BoxFuture<'_, Result<Auth, Error>> {
        Box::pin(async {
            let credentials = self.0.provide_credentials().await.map_err(|e| {
                let cause =
                    std::error::Error::source(&e).map(|cause| format!(": {cause}")).unwrap_or_default();
                let problem = format!("the credentials provider of this program has none: {e}{cause}");
                Error::new(ErrorKind::Credentials, problem).because(e)
            })?;
            Ok(Auth::SigV4(credentials))
        })
    }
}
