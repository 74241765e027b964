//! A server on a socket of this machine, until it is told to stop.
#![allow(dead_code, missing_docs, unreachable_pub)] // each test file uses its own part

use bedwire::transport::{Server, Transport};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub struct Running {
    pub address: SocketAddr,
    pub stop: oneshot::Sender<()>,
    pub served: JoinHandle<()>,
}

pub async fn run(transport: impl Transport, server: Server) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let served = tokio::spawn(async move {
        let shutdown = async move {
            let _ = stopped.await;
        };
        server.serve(listener, Arc::new(transport), shutdown).await;
    });
    Running { address, stop, served }
}
