//! Plain hyper, a connection for each caller: what is below reqwest.

use crate::peer::{Failure, Peer, invoke_path};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpStream;

#[derive(Clone)]
pub struct PlainHyper {
    address: String,
    path: String,
    idle: Arc<Mutex<Vec<SendRequest<Full<Bytes>>>>>,
}

impl Peer for PlainHyper {
    const NAME: &str = "plain_hyper";

    async fn of(url: &str) -> Result<Self, Failure> {
        let address = url.strip_prefix("http://").ok_or("the URL is http://ADDRESS")?.to_owned();
        Ok(Self { address, path: invoke_path(), idle: Arc::default() })
    }

    async fn invoke(&self, body: Bytes) -> Result<(), Failure> {
        let mut connection = self.connection().await?;
        let request = Request::post(self.path.as_str())
            .header("host", self.address.as_str())
            .header("content-type", "application/json")
            .body(Full::new(body))?;
        let answer = connection.send_request(request).await?;
        if !answer.status().is_success() {
            return Err(answer.status().to_string().into());
        }
        answer.into_body().collect().await?;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        Ok(())
    }
}

impl PlainHyper {
    async fn connection(&self) -> Result<SendRequest<Full<Bytes>>, Failure> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(mut connection) = idle {
            connection.ready().await?;
            return Ok(connection);
        }
        let stream = TcpStream::connect(&self.address).await?;
        stream.set_nodelay(true)?;
        let (connection, driver) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(driver);
        Ok(connection)
    }
}
