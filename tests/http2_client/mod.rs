//! Clients of HTTP/2 with prior knowledge.
#![allow(dead_code, missing_docs, unreachable_pub)] // each test file uses its own part

use crate::emulator_call::Call;
use bytes::{Bytes, BytesMut};
use h2::RecvStream;
use h2::client::SendRequest;
use http::{Request, Response, StatusCode, header};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// A question to Claude.
pub const CONVERSE: &str = "/model/anthropic.claude-3-haiku-20240307-v1:0/converse";
/// Longer than anything here takes.
pub const LONG: Duration = Duration::from_secs(10);

/// One connection, and how it ended.
pub type Connected = (SendRequest<Bytes>, JoinHandle<Result<(), h2::Error>>);

pub async fn connect(address: SocketAddr, window: u32) -> Connected {
    let stream = TcpStream::connect(address).await.unwrap();
    let mut builder = h2::client::Builder::new();
    builder.initial_window_size(window).initial_connection_window_size(1 << 20);
    let (sender, connection) = builder.handshake(stream).await.unwrap();
    (sender, tokio::spawn(connection))
}

pub async fn begin(
    sender: &SendRequest<Bytes>,
    request: Request<Bytes>,
) -> Result<Response<RecvStream>, h2::Error> {
    let mut sender = sender.clone().ready().await?;
    let (parts, body) = request.into_parts();
    let (answer, mut sending) = sender.send_request(Request::from_parts(parts, ()), body.is_empty())?;
    if !body.is_empty() {
        sending.send_data(body, true)?;
    }
    timeout(LONG, answer).await.expect("no answer")
}

/// All of a body, or as much as came before the stream was reset.
pub async fn read(body: &mut RecvStream) -> (Bytes, Option<h2::Error>) {
    let mut read = BytesMut::new();
    while let Some(piece) = timeout(LONG, body.data()).await.expect("no end") {
        match piece {
            Ok(piece) => {
                body.flow_control().release_capacity(piece.len()).unwrap();
                read.extend_from_slice(&piece);
            }
            Err(error) => return (read.freeze(), Some(error)),
        }
    }
    (read.freeze(), None)
}

pub async fn send(sender: &SendRequest<Bytes>, request: Request<Bytes>) -> (StatusCode, Value) {
    let answer = begin(sender, request).await.unwrap();
    let (parts, mut body) = answer.into_parts();
    let (read, failed) = read(&mut body).await;
    assert!(failed.is_none(), "{failed:?}");
    (parts.status, serde_json::from_slice(&read).unwrap_or_else(|e| panic!("{e}: {read:?}")))
}

/// A question to Claude, signed for an address. The host is `:authority`.
pub fn question(address: SocketAddr, path: &str) -> Request<Bytes> {
    let text = json!({ "text": "hi" });
    let body = json!({ "messages": [{ "role": "user", "content": [text] }] });
    let mut call = Call::post(path, &body);
    call.url = call.url.replace("127.0.0.1:8099", &address.to_string());
    let mut request = call.signed();
    *request.version_mut() = http::Version::HTTP_2;
    request.headers_mut().remove(header::HOST);
    request
}

pub fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags, 0, 0, 0, stream], payload].concat()
}

/// Both literal, and not to be remembered.
pub fn field(name: &str, value: &str) -> Vec<u8> {
    let mut field = vec![0];
    for text in [name, value] {
        // A length is 127 and the rest in groups of seven bits. https://www.rfc-editor.org/rfc/rfc7541#section-5.1
        match text.len().checked_sub(127) {
            None => field.push(u8::try_from(text.len()).unwrap()),
            Some(rest) => {
                let (low, high) = (u8::try_from(rest % 128).unwrap(), u8::try_from(rest / 128).unwrap());
                field.extend([127, 128 | low, high]);
            }
        }
        field.extend(text.as_bytes());
    }
    field
}

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const RST_STREAM: u8 = 3;
pub const PING: u8 = 6;
pub const GOAWAY: u8 = 7;
pub const WINDOW_UPDATE: u8 = 8;

pub struct Frame {
    pub kind: u8,
    pub flags: u8,
    pub stream: u8,
    pub payload: Vec<u8>,
}

impl Frame {
    pub fn ends_stream(&self) -> bool {
        matches!(self.kind, DATA | HEADERS) && self.flags & 1 == 1
    }
}

/// Says nothing by itself: it acknowledges nothing, and gives no window back.
pub struct Raw(TcpStream);

impl Raw {
    pub async fn connect(address: SocketAddr, window: u32) -> Self {
        let mut raw = Self(TcpStream::connect(address).await.unwrap());
        let settings = [&[0, 4], &window.to_be_bytes()[..]].concat();
        raw.say(&[&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], &frame(4, 0, 0, &settings)].concat()).await;
        raw
    }

    /// The server may have closed the connection.
    pub async fn say(&mut self, frames: &[u8]) {
        let _ = self.0.write_all(frames).await;
    }

    /// Asks without a body, or with one that is to follow.
    pub async fn ask(&mut self, stream: u8, method: &str, path: &str, more: &[(&str, &str)], ends: bool) {
        let address = self.0.peer_addr().unwrap().to_string();
        let known = [(":method", method), (":scheme", "http"), (":authority", &address), (":path", path)];
        let fields: Vec<u8> = known.iter().chain(more).flat_map(|(name, value)| field(name, value)).collect();
        self.say(&frame(HEADERS, if ends { 5 } else { 4 }, stream, &fields)).await;
    }

    /// Lets so many more bytes of an answer come.
    pub async fn give(&mut self, stream: u8, bytes: usize) {
        let bytes = u32::try_from(bytes).unwrap().to_be_bytes();
        self.say(&[frame(WINDOW_UPDATE, 0, 0, &bytes), frame(WINDOW_UPDATE, 0, stream, &bytes)].concat())
            .await;
    }

    /// `None` at the end of the connection.
    pub async fn next(&mut self) -> Option<Frame> {
        let mut head = [0; 9];
        let read = timeout(LONG, self.0.read_exact(&mut head)).await.expect("silence");
        read.ok()?;
        let mut payload = vec![0; usize::from(head[1]) * 256 + usize::from(head[2])];
        self.0.read_exact(&mut payload).await.ok()?;
        Some(Frame { kind: head[3], flags: head[4], stream: head[8], payload })
    }

    /// The next one of a kind.
    pub async fn next_of(&mut self, kind: u8) -> Frame {
        loop {
            let frame = self.next().await.expect("the connection has ended");
            if frame.kind == kind {
                return frame;
            }
        }
    }

    /// All that comes to the end of a stream, or of the connection.
    pub async fn rest(&mut self, stream: u8) -> Vec<Frame> {
        let mut rest = Vec::new();
        while let Some(frame) = self.next().await {
            if frame.stream != stream {
                continue;
            }
            let is_last = frame.ends_stream() || frame.kind == RST_STREAM;
            rest.push(frame);
            if is_last {
                break;
            }
        }
        rest
    }
}
