//! Credentials whose secrets a recorder is told of, so that it writes them nowhere.

use crate::Error;
use crate::client::credentials::{ProvideAuth, Wanted};
use crate::protocol::auth::Auth;
use crate::transport::{BoxFuture, Record};
use std::sync::Arc;

pub(super) struct RecordedAuth {
    pub(super) credentials: Arc<dyn ProvideAuth>,
    pub(super) record: Option<Arc<Record>>,
}

impl ProvideAuth for RecordedAuth {
    fn auth<'a>(&'a self, wanted: Wanted<'a>) -> BoxFuture<'a, Result<Auth, Error>> {
        Box::pin(async move {
            let auth = self.credentials.auth(wanted).await?;
            if let Some(record) = &self.record {
                record.keep_out(&auth);
            }
            Ok(auth)
        })
    }
}
