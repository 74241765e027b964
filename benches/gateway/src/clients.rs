//! Clients of a gateway that speaks chat completions. Each prints one JSON line.

use crate::http::{Connection, find};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};
use tokio::sync::Barrier;

/// Where to send, and what stands in each head.
struct Target {
    address: String,
    path: String,
    headers: String,
    model: String,
}

impl Target {
    /// `http://127.0.0.1:1/v1`; a header `model: NAME` is the model.
    fn new(url: &str, headers: &[&str]) -> Arc<Self> {
        let rest = url.strip_prefix("http://").expect("an http URL");
        let (address, base) =
            rest.split_once('/').map_or((rest, String::new()), |(a, b)| (a, format!("/{b}")));
        let mut target = Self {
            address: address.to_owned(),
            path: format!("{base}/chat/completions"),
            headers: String::new(),
            model: "nova-lite".to_owned(),
        };
        for header in headers {
            match header.strip_prefix("model: ") {
                Some(model) => target.model = model.to_owned(),
                None => target.headers.push_str(&format!("{header}\r\n")),
            }
        }
        Arc::new(target)
    }

    /// About 1 KB of a chat.
    fn request(&self, nonce: &str, stream: bool) -> Vec<u8> {
        let padding = "All work and no play makes a dull gateway. ".repeat(20);
        let body = format!(
            r#"{{"model":"{}","stream":{stream},"max_tokens":100,"messages":[{{"role":"system","content":"{padding}"}},{{"role":"user","content":"{nonce} Hello"}}]}}"#,
            self.model
        );
        format!(
            "POST {} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\nauthorization: Bearer sk-bench-0123456789\r\n{}content-length: {}\r\n\r\n{body}",
            self.path, self.address, self.headers, body.len()
        )
        .into_bytes()
    }
}

pub async fn chat(url: &str, requests: usize, at_once: usize, headers: &[&str]) {
    let target = Target::new(url, headers);
    let next = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let clients: Vec<_> = (0..at_once)
        .map(|_| {
            let (target, next) = (Arc::clone(&target), Arc::clone(&next));
            tokio::spawn(async move { one_after_another(&target, &next, requests).await })
        })
        .collect();
    let mut took = Vec::new();
    let (mut foreign, mut refused) = (0, Vec::new());
    for client in clients {
        let done = client.await.expect("no panic");
        took.extend(done.took);
        foreign += done.foreign;
        refused.extend(done.refused);
    }
    let wall = started.elapsed().as_secs_f64();
    took.sort_unstable();
    let percentile = |share: f64| {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let place = (took.len() as f64 * share) as usize;
        took.get(place.min(took.len().saturating_sub(1))).map_or(0, Duration::as_micros)
    };
    #[allow(clippy::cast_precision_loss)]
    let rate = took.len() as f64 / wall;
    println!(
        r#"{{"ok":{},"fail":{},"foreign":{foreign},"wall_s":{wall:.3},"calls_s":{rate:.0},"p50_us":{},"p99_us":{},"first_failure":{:?}}}"#,
        took.len(),
        refused.len(),
        percentile(0.5),
        percentile(0.99),
        refused.first().map_or("", String::as_str)
    );
}

#[derive(Default)]
struct Done {
    took: Vec<Duration>,
    /// Answers that were somebody else's.
    foreign: usize,
    refused: Vec<String>,
}

async fn one_after_another(target: &Target, next: &AtomicUsize, requests: usize) -> Done {
    let mut done = Done::default();
    let mut connection = None;
    loop {
        let number = next.fetch_add(1, Relaxed);
        if number >= requests {
            return done;
        }
        let nonce = format!("nonce-{number:08}");
        let started = Instant::now();
        let mut open = match connection.take() {
            Some(open) => open,
            None => match Connection::open(&target.address).await {
                Ok(open) => open,
                Err(e) => {
                    done.refused.push(e.to_string());
                    continue;
                }
            },
        };
        let answer = match open.write(&target.request(&nonce, false)).await {
            Ok(()) => open.message().await,
            Err(e) => Err(e),
        };
        match answer {
            Ok(Some(answer)) if answer.second_word() == "200" => {
                done.took.push(started.elapsed());
                done.foreign += usize::from(find(&answer.body, nonce.as_bytes()).is_none());
                connection = Some(open);
            }
            Ok(Some(answer)) => {
                let body = String::from_utf8_lossy(&answer.body).into_owned();
                done.refused.push(format!("{} {body}", answer.second_word()));
                connection = Some(open);
            }
            Ok(None) => done.refused.push("the connection was closed".to_owned()),
            Err(e) => done.refused.push(e.to_string()),
        }
    }
}

pub async fn streams(url: &str, streams: usize, seconds: usize, headers: &[&str]) {
    let target = Target::new(url, headers);
    let all_open = Arc::new(Barrier::new(streams + 1));
    let clients: Vec<_> = (0..streams)
        .map(|_| {
            let (target, all_open) = (Arc::clone(&target), Arc::clone(&all_open));
            tokio::spawn(async move {
                let opened = async {
                    let mut connection = Connection::open(&target.address).await?;
                    connection.write(&target.request("nonce-0", true)).await?;
                    let head = connection.head().await?;
                    std::io::Result::Ok((connection, head.is_some_and(|head| head.contains(" 200 "))))
                };
                let opened = opened.await;
                all_open.wait().await;
                let Ok((mut connection, true)) = opened else { return false };
                let mut text = Vec::new();
                while let Ok(Some(chunk)) = connection.chunk().await {
                    text.extend_from_slice(&chunk);
                }
                find(&text, b"[DONE]").is_some()
            })
        })
        .collect();
    all_open.wait().await;
    println!(r#"{{"open":{streams}}}"#);
    let mut whole = 0;
    let end = Instant::now() + Duration::from_secs(u64::try_from(seconds).unwrap_or(60));
    for client in clients {
        let left = end.saturating_duration_since(Instant::now());
        if let Ok(Ok(true)) = tokio::time::timeout(left, client).await {
            whole += 1;
        }
    }
    println!(r#"{{"whole":{whole}}}"#);
}

pub async fn first_token(url: &str, times: usize, headers: &[&str]) {
    let target = Target::new(url, headers);
    let mut took = Vec::new();
    let mut connection = Connection::open(&target.address).await.expect("a server");
    // Straight to the upstream where its own path was given.
    let request = if url.contains("/model/") { direct(&target) } else { target.request("nonce-0", true) };
    for _ in 0..times {
        let started = Instant::now();
        connection.write(&request).await.expect("written");
        connection.head().await.expect("a head");
        let mut text = Vec::new();
        let mut first = None;
        while let Ok(Some(chunk)) = connection.chunk().await {
            text.extend_from_slice(&chunk);
            if first.is_none() && find(&text, b"Hello").is_some() {
                first = Some(started.elapsed());
            }
        }
        took.extend(first);
    }
    took.sort_unstable();
    let median = took.get(took.len() / 2).map_or(0, Duration::as_micros);
    println!(r#"{{"ok":{},"first_token_us":{median}}}"#, took.len());
}

fn direct(target: &Target) -> Vec<u8> {
    let path = target.path.replace("/chat/completions", "");
    let body = r#"{"messages":[{"role":"user","content":[{"text":"Hello"}]}]}"#;
    format!(
        "POST {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        target.address,
        body.len()
    )
    .into_bytes()
}
