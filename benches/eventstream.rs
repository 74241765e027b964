//! Decoding beside `aws-smithy-eventstream` in the same run, and the memory that a long stream takes:
//! `cargo bench --bench eventstream`.
//!
//! Criterion measures each contender on its own; the ratio that is printed after it comes from rounds that alternate,
//! so that a busy machine slows both alike. It is of the fastest rounds: what else the machine does can only add.

use aws_smithy_eventstream::frame::{DecodedFrame, MessageFrameDecoder};
use bedwire::protocol::eventstream::{Decoder, encode};
use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Frames of one stream.
const FRAMES: u32 = 1_000;
/// Bytes of one frame.
const FRAME: usize = 200;
/// What decoding may take of smithy's time.
const TARGET: f64 = 0.15;
/// Rounds of the ratio; `cargo test --benches` makes one.
const ROUNDS: usize = 301;
/// Events of the long stream.
const EVENTS: u32 = 1_000_000;
/// What the network gives at once: no multiple of a frame, so that frames are split.
const CHUNK: usize = 16_384;

criterion_group!(benches, decoding);
criterion_main!(benches);

fn decoding(criterion: &mut Criterion) {
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let stream = stream();
    // First, while the peak is not yet that of criterion's samples.
    memory(&stream, if is_bench { EVENTS } else { EVENTS / 100 });

    let mut group = criterion.benchmark_group("decode 1,000 frames of 200 bytes");
    group.throughput(Throughput::Elements(FRAMES.into()));
    group.sample_size(50).measurement_time(Duration::from_secs(2)).warm_up_time(Duration::from_secs(1));
    group.bench_function("bedwire", |bencher| bencher.iter(|| ours(&stream)));
    group.bench_function("aws-smithy-eventstream", |bencher| bencher.iter(|| smithy(&stream)));
    group.finish();

    ratio(&stream, if is_bench { ROUNDS } else { 1 });
}

/// One chunk with every frame, as Bedrock's look: three headers and a payload of JSON.
fn stream() -> Bytes {
    let headers = [
        (":event-type", "chunk".into()),
        (":content-type", "application/json".into()),
        (":message-type", "event".into()),
    ];
    let empty = encode(headers, b"").expect("a frame");
    let payload = format!("{{\"bytes\":\"{}\"}}", "A".repeat(FRAME - empty.len() - r#"{"bytes":""}"#.len()));
    let frame = encode(headers, payload.as_bytes()).expect("a frame");
    assert_eq!(frame.len(), FRAME);
    frame.repeat(FRAMES as usize).into()
}

fn ours(stream: &Bytes) {
    let mut decoder = Decoder::new();
    decoder.push(stream.clone());
    let mut frames = 0;
    while let Some(frame) = decoder.next_frame().expect("a sound stream") {
        black_box(frame);
        frames += 1;
    }
    decoder.finish().expect("a whole stream");
    assert_eq!(frames, FRAMES);
}

fn smithy(stream: &Bytes) {
    let mut rest = stream.clone();
    let mut decoder = MessageFrameDecoder::new();
    let mut frames = 0;
    while let DecodedFrame::Complete(message) = decoder.decode_frame(&mut rest).expect("a sound stream") {
        black_box(message);
        frames += 1;
    }
    assert_eq!(frames, FRAMES);
}

fn ratio(stream: &Bytes, rounds: usize) {
    let timed = |decode: fn(&Bytes)| {
        let start = Instant::now();
        decode(stream);
        start.elapsed()
    };
    let (mut bedwire, mut other) = (Duration::MAX, Duration::MAX);
    for _ in 0..rounds {
        bedwire = bedwire.min(timed(ours));
        other = other.min(timed(smithy));
    }
    let per_frame = |time: Duration| time.as_secs_f64() * 1e9 / f64::from(FRAMES);
    let ratio = bedwire.as_secs_f64() / other.as_secs_f64();
    println!(
        "a frame: bedwire {:.1} ns, aws-smithy-eventstream {:.1} ns, ratio {ratio:.3} (target: at most {TARGET})",
        per_frame(bedwire),
        per_frame(other)
    );
}

/// A stream as the network brings it: every chunk new memory, given up with the last of its frames.
fn memory(stream: &Bytes, events: u32) {
    let decode = |events: u32| {
        let mut decoder = Decoder::new();
        let mut seen = 0;
        while seen < events {
            for chunk in stream.chunks(CHUNK) {
                decoder.push(Bytes::copy_from_slice(chunk));
                while let Some(frame) = decoder.next_frame().expect("a sound stream") {
                    black_box(frame);
                    seen += 1;
                }
            }
        }
        decoder.finish().expect("a whole stream");
        seen
    };
    decode(FRAMES);
    let before = resident_kib();
    let seen = decode(events);
    match (before, resident_kib()) {
        (Some(before), Some(after)) => println!(
            "memory: peak {before} KiB after {FRAMES} events, {after} KiB after {seen} more ({} KiB grown)",
            after - before
        ),
        _ => println!("memory: not measured, there is no /proc/self/status"),
    }
}

/// The most memory that the process has had at once.
fn resident_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
