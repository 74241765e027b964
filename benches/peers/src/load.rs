//! Makes many calls at once and prints what they cost, as one JSON line: what `examples/load.rs` does for bedwire, with
//! the same arguments and the same fields.

use crate::peer::{Failure, Peer, body, runtime};
use bytes::Bytes;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// What `/proc/self/stat` counts in: a hundredth of a second on every Linux.
const TICK: Duration = Duration::from_millis(10);

pub fn main<P: Peer>() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        [url, "invoke", calls, at_once, rest @ ..] => {
            invoke::<P>(url, calls, at_once, rest.first().copied().unwrap_or("1024"))
        }
        [url, "stream", times, ..] => stream::<P>(url, times),
        _ => Err("usage: PROGRAM URL invoke CALLS AT_ONCE [BYTES] | PROGRAM URL stream TIMES".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn invoke<P: Peer>(url: &str, calls: &str, at_once: &str, bytes: &str) -> Result<(), Failure> {
    let (calls, at_once, bytes): (usize, usize, usize) = (calls.parse()?, at_once.parse()?, bytes.parse()?);
    runtime()?.block_on(async {
        let (peer, body) = (P::of(url).await?, body(bytes));
        let next = Arc::new(AtomicUsize::new(0));
        let (cpu, started) = (cpu_time(), Instant::now());
        let callers: Vec<_> = (0..at_once)
            .map(|_| tokio::spawn(call_in_turn(peer.clone(), body.clone(), Arc::clone(&next), calls)))
            .collect();
        let (mut took, mut errors) = (Vec::with_capacity(calls), Vec::new());
        for caller in callers {
            let (times, failed) = caller.await?;
            took.extend(times);
            errors.extend(failed);
        }
        let (wall, cpu) = (started.elapsed(), cpu_time().saturating_sub(cpu));
        took.sort_unstable();
        if let Some(error) = errors.first() {
            eprintln!("{} failed, the first: {error}", errors.len());
        }
        println!(
            "{{\"peer\":\"{}_invoke\",\"n\":{calls},\"c\":{at_once},\"ok\":{},\"fail\":{},\"wall_s\":{:.4},\
             \"calls_s\":{:.0},\"cpu_us_call\":{:.2},\"p50_us\":{},\"p99_us\":{},\"max_us\":{},\"rss_kb\":{}}}",
            P::NAME,
            took.len(),
            errors.len(),
            wall.as_secs_f64(),
            1.0 / per(wall, calls),
            per(cpu, calls) * 1e6,
            percentile(&took, 50),
            percentile(&took, 99),
            percentile(&took, 100),
            peak_kb(),
        );
        Ok(())
    })
}

/// One caller: a call after the other, as long as there are any. The times of those that succeeded, and errors.
async fn call_in_turn<P: Peer>(
    peer: P,
    body: Bytes,
    next: Arc<AtomicUsize>,
    calls: usize,
) -> (Vec<Duration>, Vec<Failure>) {
    let (mut took, mut errors) = (Vec::new(), Vec::new());
    while next.fetch_add(1, Ordering::Relaxed) < calls {
        let started = Instant::now();
        match peer.invoke(body.clone()).await {
            Ok(()) => took.push(started.elapsed()),
            Err(error) => errors.push(error),
        }
    }
    (took, errors)
}

fn stream<P: Peer>(url: &str, times: &str) -> Result<(), Failure> {
    let times: usize = times.parse()?;
    runtime()?.block_on(async {
        let peer = P::of(url).await?;
        for _ in 0..times {
            let (cpu, started) = (cpu_time(), Instant::now());
            let streamed = peer.stream().await?;
            let (wall, cpu) = (started.elapsed(), cpu_time().saturating_sub(cpu));
            println!(
                "{{\"peer\":\"{}_stream\",\"events\":{},\"payload_bytes\":{},\"wall_s\":{:.4},\"ev_s\":{:.0},\
                 \"cpu_us_ev\":{:.3},\"ttfe_us\":{},\"rss_kb\":{}}}",
                P::NAME,
                streamed.events,
                streamed.text_bytes,
                wall.as_secs_f64(),
                1.0 / per(wall, streamed.events),
                per(cpu, streamed.events) * 1e6,
                streamed.first_event.as_micros(),
                peak_kb(),
            );
        }
        Ok(())
    })
}

/// Seconds for each.
#[allow(clippy::cast_precision_loss)] // never near 2^52
fn per(time: Duration, count: usize) -> f64 {
    time.as_secs_f64() / count as f64
}

/// Microseconds.
fn percentile(sorted: &[Duration], percent: usize) -> u128 {
    sorted.get(sorted.len().saturating_sub(1) * percent / 100).map_or(0, Duration::as_micros)
}

/// Of all threads, in the program and in the system for it.
fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program, in parentheses, may have spaces. User and system time are 14th and 15th.
    let after_name = stat.rsplit(')').next().unwrap_or("");
    TICK * after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u32>().ok()).sum()
}

fn peak_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
