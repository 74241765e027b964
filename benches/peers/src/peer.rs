//! What each client can do, whatever it is made of.

use bytes::Bytes;
use std::time::Duration;

pub type Failure = Box<dyn std::error::Error + Send + Sync>;

pub const MODEL: &str = "anthropic.claude-3-5-sonnet-20241022-v2:0";

/// A client of one server. A clone is the same client, for another caller.
pub trait Peer: Clone + Send + Sync + 'static {
    const NAME: &str;

    fn of(url: &str) -> impl Future<Output = Result<Self, Failure>>;

    /// Makes an InvokeModel call, and reads its answer to the end.
    fn invoke(&self, body: Bytes) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Makes a ConverseStream call, and reads its events to the end.
    fn stream(&self) -> impl Future<Output = Result<Streamed, Failure>> {
        async { Err(format!("{} reads no streams", Self::NAME).into()) }
    }
}

/// A stream that was read.
#[derive(Default)]
pub struct Streamed {
    pub events: usize,
    pub text_bytes: usize,
    pub first_event: Duration,
}

/// A request of this length.
pub fn body(bytes: usize) -> Bytes {
    let (begin, end) = (
        r#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":256,"messages":[{"role":"user","content":[{"type":"text","text":""#,
        r#""}]}]}"#,
    );
    let text = "a".repeat(bytes.saturating_sub(begin.len() + end.len()));
    format!("{begin}{text}{end}").into()
}

/// The path of the call, for a client that does not make it itself.
pub fn invoke_path() -> String {
    format!("/model/{}/invoke", MODEL.replace(':', "%3A"))
}

pub fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}
