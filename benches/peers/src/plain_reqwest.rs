//! Plain reqwest, which signs nothing and retries nothing: what is below bedwire.

use crate::peer::{Failure, Peer, invoke_path};
use bytes::Bytes;

#[derive(Clone)]
pub struct PlainReqwest {
    client: reqwest::Client,
    url: String,
}

impl Peer for PlainReqwest {
    const NAME: &str = "plain_reqwest";

    async fn of(url: &str) -> Result<Self, Failure> {
        Ok(Self { client: reqwest::Client::builder().build()?, url: format!("{url}{}", invoke_path()) })
    }

    async fn invoke(&self, body: Bytes) -> Result<(), Failure> {
        let request = self.client.post(&self.url).header("content-type", "application/json").body(body);
        request.send().await?.error_for_status()?.bytes().await?;
        Ok(())
    }
}
