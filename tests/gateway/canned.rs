//! A Bedrock that always answers the same.

use bedwire::transport::{Body, BoxFuture, Transport, TransportError};
use bytes::Bytes;
use http::{Request, Response};
use std::sync::{Arc, Mutex};

/// Answers one operation with the same body, cut in pieces where it is a stream.
#[derive(Clone)]
pub struct Canned {
    operation: &'static str,
    body: Bytes,
    pub piece: usize,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Canned {
    pub fn new(operation: &'static str, body: Bytes) -> Self {
        Self { operation, body, piece: 1021, seen: Arc::default() }
    }

    /// The operations that were asked, in order.
    pub fn operations(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

impl Transport for Canned {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        let path = request.uri().path().to_owned();
        let operation = path.rsplit('/').next().unwrap().to_owned();
        if !path.starts_with("/model/") {
            let refused = Response::builder().status(403).body(Body::empty()).unwrap();
            return Box::pin(async { Ok(refused) });
        }
        let is_asked = operation == self.operation;
        self.seen.lock().unwrap().push(operation);
        let response = Response::builder().header("x-amzn-requestid", "0123-4567");
        let response = if !is_asked {
            response.status(404).body(Body::empty())
        } else if self.operation.ends_with("stream") {
            let body = self.body.clone();
            let pieces: Vec<_> =
                body.chunks(self.piece).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
            response.body(Body::stream(futures_util::stream::iter(pieces), None))
        } else {
            response.body(Body::Whole(self.body.clone()))
        };
        Box::pin(async { Ok(response.unwrap()) })
    }
}
