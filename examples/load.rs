//! Makes many calls at once and prints what they cost, as one JSON line.
//!
//! `load URL invoke CALLS AT_ONCE [BYTES]` makes InvokeModel calls with a body of BYTES (1024) through one client with
//! its defaults; `load URL stream TIMES` reads ConverseStream answers to their end, a line each. Credentials and region
//! come from the environment. It prints `ok, fail, wall_s, calls_s, cpu_us_call, p50_us, p99_us, max_us, rss_kb`; for a
//! stream `events, wall_s, ev_s, cpu_us_ev, ttfe_us, rss_kb`. CPU and memory are read where there is a `/proc`.
//!
//! `RPS` and `BURST` give the client its quota beforehand, in calls a second; `SHARED` is a folder in which it shares what
//! it learns with other programs; `RT=multi` takes a thread for each core.

use bedwire::Client;
use bedwire::client::ClientBuilder;
use bedwire::protocol::model::ModelId;
use bedwire::protocol::operation::bedrock_runtime::ConverseStream;
use bedwire::protocol::retry::pacing::PacingOptions;
use bytes::Bytes;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

const MODEL: &str = "anthropic.claude-3-5-sonnet-20241022-v2:0";

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        [url, "invoke", calls, at_once, rest @ ..] => {
            invoke(url, calls, at_once, rest.first().copied().unwrap_or("1024"))
        }
        [url, "stream", times, ..] => stream(url, times),
        _ => Err("usage: load URL invoke CALLS AT_ONCE [BYTES] | load URL stream TIMES".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn invoke(url: &str, calls: &str, at_once: &str, bytes: &str) -> Result<(), Failure> {
    let (calls, at_once, bytes) = (calls.parse()?, at_once.parse()?, bytes.parse()?);
    runtime()?.block_on(async {
        let (client, body) = (client(url)?, Bytes::from(body(bytes)));
        let next = Arc::new(AtomicUsize::new(0));
        let (cpu, started) = (cpu_us(), Instant::now());
        let callers: Vec<_> = (0..at_once)
            .map(|_| tokio::spawn(call_in_turn(client.clone(), body.clone(), Arc::clone(&next), calls)))
            .collect();
        let (mut took, mut failed, mut first_error) = (Vec::with_capacity(calls), 0_usize, None);
        for caller in callers {
            let (times, errors) = caller.await?;
            took.extend(times);
            failed += errors.len();
            first_error = first_error.or(errors.into_iter().next());
        }
        let (wall, cpu) = (started.elapsed().as_secs_f64(), cpu_us() - cpu);
        took.sort_unstable();
        if let Some(error) = first_error {
            eprintln!("{failed} failed, the first: {error}");
        }
        println!(
            "{{\"peer\":\"bedwire_invoke\",\"n\":{calls},\"c\":{at_once},\"ok\":{},\"fail\":{failed},\"wall_s\":{wall:.4},\
             \"calls_s\":{:.0},\"cpu_us_call\":{:.2},\"p50_us\":{},\"p99_us\":{},\"max_us\":{},\"rss_kb\":{}}}",
            took.len(),
            count(calls) / wall,
            cpu / count(calls),
            percentile(&took, 50),
            percentile(&took, 99),
            percentile(&took, 100),
            peak_kb(),
        );
        Ok(())
    })
}

/// One caller: a call after the other, as long as there are any. Microseconds of those that succeeded, and errors.
async fn call_in_turn(
    client: Client,
    body: Bytes,
    next: Arc<AtomicUsize>,
    calls: usize,
) -> (Vec<u128>, Vec<bedwire::Error>) {
    let (mut took, mut errors) = (Vec::new(), Vec::new());
    while next.fetch_add(1, Ordering::Relaxed) < calls {
        let started = Instant::now();
        match client.invoke_model(MODEL, body.clone()).await {
            Ok(_) => took.push(started.elapsed().as_micros()),
            Err(error) => errors.push(error),
        }
    }
    (took, errors)
}

fn stream(url: &str, times: &str) -> Result<(), Failure> {
    let times: usize = times.parse()?;
    runtime()?.block_on(async {
        let client = client(url)?;
        for _ in 0..times {
            let (cpu, started) = (cpu_us(), Instant::now());
            let body = r#"{"messages":[{"role":"user","content":[{"text":"hi"}]}]}"#;
            let mut events = client.stream(ConverseStream::new(ModelId::new(MODEL)?, body)?).await?;
            let (mut seen, mut text, mut first) = (0_usize, 0, 0);
            while let Some(event) = events.next().await {
                if seen == 0 {
                    first = started.elapsed().as_micros();
                }
                seen += 1;
                text += event?.text().map_or(0, str::len);
            }
            let (wall, cpu) = (started.elapsed().as_secs_f64(), cpu_us() - cpu);
            println!(
                "{{\"peer\":\"bedwire_stream\",\"events\":{seen},\"payload_bytes\":{text},\"wall_s\":{wall:.4},\
                 \"ev_s\":{:.0},\"cpu_us_ev\":{:.3},\"ttfe_us\":{first},\"rss_kb\":{}}}",
                count(seen) / wall,
                cpu / count(seen),
                peak_kb(),
            );
        }
        Ok(())
    })
}

fn client(url: &str) -> Result<Client, Failure> {
    let number = |name| std::env::var(name).ok().map(|value: String| value.parse::<f64>()).transpose();
    let quota = match (number("RPS")?, number("BURST")?) {
        (Some(per_second), Some(burst)) => PacingOptions::RateAndBurst { per_second, burst },
        (Some(per_second), None) => PacingOptions::Rate { per_second },
        _ => PacingOptions::Learn,
    };
    let builder = ClientBuilder::from_env()?.endpoint_url(None, url).pacing(quota);
    let builder = match std::env::var("SHARED") {
        Ok(folder) => builder.shared_pacing(folder),
        Err(_) => builder,
    };
    Ok(builder.build()?)
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    let mut builder = match std::env::var("RT").as_deref() {
        Ok("multi") => tokio::runtime::Builder::new_multi_thread(),
        _ => tokio::runtime::Builder::new_current_thread(),
    };
    builder.enable_all().build()
}

/// A request of this length.
fn body(bytes: usize) -> String {
    let frame = |text: &str| {
        format!(
            r#"{{"anthropic_version":"bedrock-2023-05-31","max_tokens":256,"messages":[{{"role":"user","content":[{{"type":"text","text":"{text}"}}]}}]}}"#
        )
    };
    frame(&"a".repeat(bytes.saturating_sub(frame("").len())))
}

fn percentile(sorted: &[u128], percent: usize) -> u128 {
    sorted.get(sorted.len().saturating_sub(1) * percent / 100).copied().unwrap_or(0)
}

/// Microseconds of all threads, in the program and in the system for it. Linux counts them in nanoseconds, up to when
/// it last looked at a thread; to be asked for the times of the process makes it look.
fn cpu_us() -> f64 {
    let _ = std::fs::read("/proc/self/stat");
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let nanoseconds = threads.filter_map(|thread| {
        let schedule = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        schedule.split_whitespace().next()?.parse::<f64>().ok()
    });
    nanoseconds.sum::<f64>() / 1_000.0
}

fn peak_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[allow(clippy::cast_precision_loss)] // never near 2^52
fn count(n: usize) -> f64 {
    n as f64
}
