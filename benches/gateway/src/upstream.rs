//! An upstream that answers Converse and ConverseStream, and chat completions for gateways that cannot be pointed at a
//! Bedrock of one's own. It repeats the first word of a request that begins with `nonce-`, so that a client sees whose
//! answer it was given. `POST /_config?throttle=5&cut=1&gap_ms=200`: percent of the calls that are throttled and cut, and
//! the time between two events of a stream; `GET /_stats`: what was asked and answered.

use crate::frames::frame;
use crate::http::{Connection, Message, find};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tokio::net::TcpListener;

#[derive(Default)]
struct State {
    throttle: AtomicU64,
    cut: AtomicU64,
    gap_ms: AtomicU64,
    calls: AtomicU64,
    answered: AtomicU64,
    throttled: AtomicU64,
    were_cut: AtomicU64,
}

pub async fn serve(port: u16) {
    let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("a free port");
    println!("listening on http://{}", listener.local_addr().expect("an address"));
    let state = Arc::new(State::default());
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            let mut connection = Connection::new(stream);
            while let Ok(Some(message)) = connection.message().await {
                if !answer(&state, &mut connection, &message).await {
                    return;
                }
            }
        });
    }
}

/// Whether the connection goes on.
async fn answer(state: &State, connection: &mut Connection, message: &Message) -> bool {
    let path = message.second_word();
    if let Some(query) = path.strip_prefix("/_config?") {
        for (name, value) in query.split('&').filter_map(|part| part.split_once('=')) {
            let value = value.parse().unwrap_or(0);
            match name {
                "throttle" => state.throttle.store(value, Relaxed),
                "cut" => state.cut.store(value, Relaxed),
                "gap_ms" => state.gap_ms.store(value, Relaxed),
                _ => {}
            }
        }
        for counter in [&state.calls, &state.answered, &state.throttled, &state.were_cut] {
            counter.store(0, Relaxed);
        }
        return json(connection, 200, "{}").await;
    }
    if path == "/_stats" {
        let of = |counter: &AtomicU64| counter.load(Relaxed);
        let stats = format!(
            r#"{{"calls":{},"answered":{},"throttled":{},"cut":{}}}"#,
            of(&state.calls),
            of(&state.answered),
            of(&state.throttled),
            of(&state.were_cut)
        );
        return json(connection, 200, &stats).await;
    }
    let number = state.calls.fetch_add(1, Relaxed);
    // Spread evenly: 37 and 100 have no common factor.
    let place = number.wrapping_mul(37) % 100;
    let (throttle, cut) = (state.throttle.load(Relaxed), state.cut.load(Relaxed));
    if place < throttle {
        state.throttled.fetch_add(1, Relaxed);
        return throttled(connection).await;
    }
    if place < throttle + cut {
        state.were_cut.fetch_add(1, Relaxed);
        // Half of them before the answer, half of them in the middle of it.
        if number % 2 == 0 {
            let _ = connection
                .write(
                    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 400\r\n\r\n{\"out",
                )
                .await;
        }
        return false;
    }
    state.answered.fetch_add(1, Relaxed);
    let nonce = nonce(&message.body);
    if path.ends_with("/converse-stream") {
        return stream(state, connection).await;
    }
    if path.ends_with("/chat/completions") {
        let body = format!(
            r#"{{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{{"index":0,"message":{{"role":"assistant","content":"Hello {nonce}"}},"finish_reason":"stop"}}],"usage":{{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}}}"#
        );
        return json(connection, 200, &body).await;
    }
    let body = format!(
        r#"{{"output":{{"message":{{"role":"assistant","content":[{{"text":"Hello {nonce}"}}]}}}},"stopReason":"end_turn","usage":{{"inputTokens":10,"outputTokens":5,"totalTokens":15}},"metrics":{{"latencyMs":1}}}}"#
    );
    json(connection, 200, &body).await
}

async fn json(connection: &mut Connection, status: u16, body: &str) -> bool {
    let answer = format!(
        "HTTP/1.1 {status} OK\r\ncontent-type: application/json\r\nx-amzn-requestid: 0000\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    connection.write(answer.as_bytes()).await.is_ok()
}

async fn throttled(connection: &mut Connection) -> bool {
    let body = r#"{"message":"Too many requests, please wait before trying again."}"#;
    let answer = format!(
        "HTTP/1.1 429 Too Many Requests\r\ncontent-type: application/json\r\nx-amzn-errortype: ThrottlingException\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    connection.write(answer.as_bytes()).await.is_ok()
}

/// Ten pieces of text, `gap_ms` apart.
async fn stream(state: &State, connection: &mut Connection) -> bool {
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/vnd.amazon.eventstream\r\ntransfer-encoding: chunked\r\n\r\n";
    let gap = Duration::from_millis(state.gap_ms.load(Relaxed));
    let mut events = vec![frame("messageStart", r#"{"role":"assistant"}"#)];
    for _ in 0..10 {
        events.push(frame("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"Hello "}}"#));
    }
    events.push(frame("contentBlockStop", r#"{"contentBlockIndex":0}"#));
    events.push(frame("messageStop", r#"{"stopReason":"end_turn"}"#));
    events.push(frame(
        "metadata",
        r#"{"usage":{"inputTokens":10,"outputTokens":10,"totalTokens":20},"metrics":{"latencyMs":1}}"#,
    ));
    if connection.write(head).await.is_err() {
        return false;
    }
    for (place, event) in events.iter().enumerate() {
        if place > 1 && !gap.is_zero() {
            tokio::time::sleep(gap).await;
        }
        let mut chunk = format!("{:x}\r\n", event.len()).into_bytes();
        chunk.extend_from_slice(event);
        chunk.extend_from_slice(b"\r\n");
        if connection.write(&chunk).await.is_err() {
            return false;
        }
    }
    connection.write(b"0\r\n\r\n").await.is_ok()
}

fn nonce(body: &[u8]) -> String {
    let Some(at) = find(body, b"nonce-") else { return String::new() };
    let word = body[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-');
    word.map(|byte| char::from(*byte)).collect()
}
