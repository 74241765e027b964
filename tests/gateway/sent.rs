//! The emulator behind a gateway, and every body that was sent to it.

use super::over;
use bedwire::emulator::{Emulator, EmulatorOptions};
use bedwire::gateway::{Gateway, GatewayOptions};
use bedwire::transport::{Body, BoxFuture, Transport, TransportError};
use bytes::Bytes;
use http::{Request, Response};
use serde_json::Value;
use std::sync::{Arc, Mutex};

/// The emulator, and what was sent to it: the operation of each path, and its body.
#[derive(Clone)]
pub struct Sent {
    emulator: Arc<Emulator>,
    bodies: Arc<Mutex<Vec<(String, Bytes)>>>,
}

impl Default for Sent {
    fn default() -> Self {
        Self { emulator: Arc::new(Emulator::new(EmulatorOptions::default())), bodies: Arc::default() }
    }
}

impl Sent {
    pub fn gateway(&self) -> Gateway {
        self.gateway_with(GatewayOptions::default())
    }

    pub fn gateway_with(&self, options: GatewayOptions) -> Gateway {
        over(self.clone(), options)
    }

    /// What was sent since this was asked last.
    pub fn take(&self) -> Vec<(String, Bytes)> {
        std::mem::take(&mut *self.bodies.lock().unwrap())
    }

    /// The only body that was sent.
    pub fn only(&self) -> (String, Value) {
        let bodies = self.take();
        let [(operation, body)] = bodies.as_slice() else { panic!("{} bodies were sent", bodies.len()) };
        (operation.clone(), serde_json::from_slice(body).unwrap())
    }
}

impl Transport for Sent {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let body = body.collect(usize::MAX).await?;
            let path = parts.uri.path();
            if path.starts_with("/model/") {
                let operation = path.rsplit('/').next().unwrap_or_default().to_owned();
                self.bodies.lock().unwrap().push((operation, body.clone()));
            }
            self.emulator.send(Request::from_parts(parts, Body::Whole(body))).await
        })
    }
}
