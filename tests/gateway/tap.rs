//! A Bedrock that answers piece by piece, when a test says so.

use super::frames::frame;
use bedwire::transport::{Body, BoxFuture, Transport, TransportError};
use bytes::Bytes;
use http::{Request, Response};
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::{mpsc, oneshot};

/// When an answer's headers come, and its pieces.
type Expected = (oneshot::Receiver<()>, mpsc::UnboundedReceiver<Bytes>);

/// A Bedrock whose answers a test sends piece by piece. Each call takes the next one.
#[derive(Clone, Default)]
pub struct Tap {
    answers: Arc<Mutex<Vec<Expected>>>,
    /// Calls and bodies that somebody holds.
    held: Arc<AtomicUsize>,
}

/// The test's end of one answer.
pub struct Pen {
    headers: Option<oneshot::Sender<()>>,
    pub pieces: mpsc::UnboundedSender<Bytes>,
}

struct Held(Arc<AtomicUsize>);

impl Held {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(count))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Tap {
    pub fn pen(&self) -> Pen {
        let (headers, answered) = oneshot::channel();
        let (pieces, body) = mpsc::unbounded_channel();
        self.answers.lock().unwrap().insert(0, (answered, body));
        Pen { headers: Some(headers), pieces }
    }

    pub fn held(&self) -> usize {
        self.held.load(Ordering::SeqCst)
    }
}

impl Pen {
    pub fn write(&mut self, frame: impl Into<Bytes>) {
        if let Some(headers) = self.headers.take() {
            let _ = headers.send(());
        }
        let _ = self.pieces.send(frame.into());
    }

    pub fn begin(&mut self, text: &str) {
        self.write([frame("messageStart", &json!({ "role": "assistant" })), delta(text)].concat());
    }

    /// All of it is there: the last frames, and the end of the body.
    pub fn end(mut self) {
        self.write(end());
    }
}

pub fn delta(text: &str) -> Bytes {
    frame("contentBlockDelta", &json!({ "contentBlockIndex": 0, "delta": { "text": text } }))
}

pub fn end() -> Bytes {
    let usage = json!({ "usage": { "inputTokens": 3, "outputTokens": 2, "totalTokens": 5 } });
    [
        frame("contentBlockStop", &json!({ "contentBlockIndex": 0 })),
        frame("messageStop", &json!({ "stopReason": "end_turn" })),
        frame("metadata", &usage),
    ]
    .concat()
    .into()
}

impl Transport for Tap {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        if !request.uri().path().starts_with("/model/") {
            let refused = Response::builder().status(403).body(Body::empty()).unwrap();
            return Box::pin(async { Ok(refused) });
        }
        let (answered, body) = self.answers.lock().unwrap().pop().expect("no answer is left");
        let held = Held::new(&self.held);
        Box::pin(async move {
            let _ = answered.await;
            let stream = futures_util::stream::unfold((body, held), |(mut body, held)| async move {
                Some((Ok(body.recv().await?), (body, held)))
            });
            let response = Response::builder().header("x-amzn-requestid", "0123-4567");
            Ok(response.body(Body::stream(stream, None)).unwrap())
        })
    }
}
