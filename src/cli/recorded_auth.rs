//! Credentials whose secrets a recorder and a replay are told of: the one writes them nowhere, the other looks for what
//! that left of them.

use crate::Error;
use crate::client::credentials::{ProvideAuth, Wanted};
use crate::protocol::auth::Auth;
use crate::transport::{BoxFuture, Record, Replay};
use std::sync::Arc;

pub(super) struct RecordedAuth {
    pub(super) credentials: Arc<dyn ProvideAuth>,
    pub(super) record: Option<Arc<Record>>,
    pub(super) replay: Option<Arc<Replay>>,
}

impl ProvideAuth for RecordedAuth {
    fn auth<'a>(&'a self, wanted: Wanted<'a>) -> BoxFuture<'a, Result<Auth, Error>> {
        Box::pin(async move {
            let auth = self.credentials.auth(wanted).await?;
            if let Some(record) = &self.record {
                record.keep_out(&auth);
            }
            if let Some(replay) = &self.replay {
                replay.keep_out(&auth);
            }
            Ok(auth)
        })
    }
}
