//! bedwire with its defaults, where allocations are counted. For the rest there is its `examples/load.rs`.

use crate::peer::{Failure, MODEL, Peer};
use bedwire::Client;
use bedwire::client::ClientBuilder;
use bytes::Bytes;

#[derive(Clone)]
pub struct Bedwire(Client);

impl Peer for Bedwire {
    const NAME: &str = "bedwire";

    async fn of(url: &str) -> Result<Self, Failure> {
        Ok(Self(ClientBuilder::from_env()?.endpoint_url(None, url).build()?))
    }

    async fn invoke(&self, body: Bytes) -> Result<(), Failure> {
        self.0.invoke_model(MODEL, body).await?;
        Ok(())
    }
}
