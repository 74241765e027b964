//! `decode [FILE]`: the frames of an event stream, one JSON object a line.

mod hex_dump;
mod stream_dump;

use super::input::read_up_to;
use super::output::Output;
use crate::protocol::document::{ObjectWriter, on_one_line};
use crate::protocol::eventstream::{DecodeError, DecodeProblem, Decoder, Frame, HeaderValue};
use crate::{Error, ErrorKind};
use bytes::{Bytes, BytesMut};
use clap::Args;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{self, Read};
use stream_dump::Resync;

/// The most that is read at once.
const CHUNK: usize = 64 * 1024;
/// The most that is kept at once, where all of it is needed.
const MAX_WHOLE: usize = 64 * 1024 * 1024;

const LINES_HELP: &str = "\
One line a frame: {\"offset\":0,\"headers\":{\":event-type\":\"chunk\",…},\"payload\":…}. The payload stands as it came where it is \
JSON, else in base64 as payload_base64. Headers that are no string, number or boolean are {\"bytes\": base64}, {\"uuid\": …} or \
{\"timestamp\": milliseconds since 1970}.";

/// Where the bytes are.
#[derive(Args)]
#[command(after_help = LINES_HELP)]
pub(super) struct DecodeArgs {
    /// The body of a streamed answer: bytes, a hex or base64 dump, or a HAR with it; standard input without it, or with -
    #[arg(value_name = "FILE", default_value = "-", hide_default_value = true)]
    file: String,

    /// Open the base64 of InvokeModel's chunks: payload is what the model wrote
    #[arg(long)]
    unwrap: bool,

    /// Go on behind damage, at the next frame whose checksums are right
    #[arg(long)]
    resync: bool,
}

/// Prints each frame as soon as its last byte is read: what comes through a pipe is shown as it comes.
pub(super) fn run(args: &DecodeArgs, output: &Output) -> Result<(), Error> {
    let (name, mut input): (&str, Box<dyn Read>) = match args.file.as_str() {
        "-" => ("standard input", Box::new(io::stdin().lock())),
        path => (path, Box::new(File::open(path).map_err(|e| unreadable(path, &e))?)),
    };
    let first = next_chunk(name, &mut input)?;
    if args.resync || stream_dump::is_text(&first) {
        // Damage is skipped, and a dump is read, with everything at hand.
        let bytes = read_up_to(MAX_WHOLE, first.to_vec(), input).map_err(|e| unreadable(name, &e))?;
        let bytes = bytes.ok_or_else(|| {
            let problem = format!(
                "{name} has more than {} MiB, and so much is read of dumps, HARs, and with --resync; plain bytes are read at any length",
                MAX_WHOLE / 1024 / 1024
            );
            Error::new(ErrorKind::InvalidInput, problem)
        })?;
        let bytes = stream_dump::bytes_of(bytes, MAX_WHOLE)
            .map_err(|problem| Error::new(ErrorKind::InvalidInput, format!("{name}: {problem}")))?;
        return whole(args, name, &bytes, output);
    }
    let mut decoder = Decoder::new();
    let mut chunk = first;
    while !chunk.is_empty() {
        decoder.push(chunk);
        let (lines, end) = lines(&mut decoder, args.unwrap, 0);
        output.bytes(lines.as_bytes())?;
        end.map_err(|error| broken(name, error))?;
        if output.is_closed() {
            return Ok(());
        }
        chunk = next_chunk(name, &mut input)?;
    }
    decoder.finish().map_err(|error| broken(name, error))
}

/// All of it at once, and with `--resync` what follows damage, too. The damage is the command's failure all the same.
fn whole(args: &DecodeArgs, name: &str, bytes: &Bytes, output: &Output) -> Result<(), Error> {
    let mut damage = None;
    let mut from = 0;
    let mut resync = Resync::of(bytes);
    loop {
        let mut decoder = Decoder::new();
        decoder.push(bytes.slice(from.min(bytes.len())..));
        let (lines, end) = lines(&mut decoder, args.unwrap, from as u64);
        output.bytes(lines.as_bytes())?;
        let Err(error) = end.and_then(|()| decoder.finish()) else { break };
        let place = from + usize::try_from(error.frame_offset()).unwrap_or_default();
        if !args.resync {
            return Err(broken(name, error));
        }
        if let Some(next) = resync.next_frame(place) {
            output.note(&format!(
                "bedwire: {name}: damage at bytes {place} to {next} was passed over: {}",
                error.problem()
            ));
            from = next;
        } else {
            output.note(&format!(
                "bedwire: {name}: nothing could be read from byte {place}: {}",
                error.problem()
            ));
            damage.get_or_insert(place);
            break;
        }
        damage.get_or_insert(place);
    }
    match damage {
        Some(place) => Err(Error::new(
            ErrorKind::Undecodable,
            format!(
                "{name}: the event stream is damaged, first at byte {place}; what follows was read as far as it could be"
            ),
        )),
        None => Ok(()),
    }
}

/// The next bytes; none at the end.
fn next_chunk(name: &str, input: &mut dyn Read) -> Result<Bytes, Error> {
    loop {
        let mut chunk = BytesMut::zeroed(CHUNK);
        match input.read(&mut chunk) {
            Ok(length) => {
                chunk.truncate(length);
                return Ok(chunk.freeze());
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(unreadable(name, &e)),
        }
    }
}

/// A line for every frame that is whole, and the damage after them, if there is any.
fn lines(decoder: &mut Decoder, unwrap: bool, from: u64) -> (String, Result<(), DecodeError>) {
    let mut lines = String::new();
    loop {
        match decoder.next_frame() {
            Ok(Some(frame)) => {
                lines.push_str(&as_json(&frame, unwrap, from));
                lines.push('\n');
            }
            Ok(None) => return (lines, Ok(())),
            Err(error) => return (lines, Err(error)),
        }
    }
}

fn as_json(frame: &Frame, unwrap: bool, from: u64) -> String {
    let opened = if unwrap { unwrapped(frame.payload()) } else { None };
    let payload = opened.as_deref().unwrap_or_else(|| frame.payload());
    let mut line = ObjectWriter::default();
    let mut headers = line.value("offset", &(from + frame.offset()).into()).object("headers");
    for (name, value) in frame.headers() {
        headers.value(name, &header_json(value));
    }
    drop(headers);
    match serde_json::from_slice::<&RawValue>(payload) {
        Ok(json) => line.raw("payload", &on_one_line(json.get())),
        Err(_) => line.base64("payload_base64", payload),
    };
    line.finish_text()
}

/// `{"bytes":"…","p":"…"}` → the bytes.
fn unwrapped(payload: &[u8]) -> Option<Vec<u8>> {
    let value: Value = serde_json::from_slice(payload).ok()?;
    base64_simd::STANDARD.decode_to_vec(value.get("bytes")?.as_str()?.as_bytes()).ok()
}

fn header_json(value: HeaderValue<'_>) -> Value {
    match value {
        HeaderValue::Bool(value) => value.into(),
        HeaderValue::Byte(number) => number.into(),
        HeaderValue::Int16(number) => number.into(),
        HeaderValue::Int32(number) => number.into(),
        HeaderValue::Int64(number) => number.into(),
        HeaderValue::Bytes(bytes) => json!({"bytes": base64_simd::STANDARD.encode_to_string(bytes)}),
        HeaderValue::String(text) => text.into(),
        HeaderValue::Timestamp(milliseconds) => json!({"timestamp": milliseconds}),
        HeaderValue::Uuid(uuid) => json!({"uuid": hyphenated(uuid)}),
    }
}

/// `b79bc914-de21-4e13-b8b2-bc47e85b7f0b`
fn hyphenated(uuid: [u8; 16]) -> String {
    let mut text = hex::encode(uuid);
    for place in [20, 16, 12, 8] {
        text.insert(place, '-');
    }
    text
}

fn unreadable(name: &str, e: &io::Error) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("{name} cannot be read: {e}"))
}

fn broken(name: &str, error: DecodeError) -> Error {
    let described = Error::new(ErrorKind::Undecodable, format!("{name}: {error}")).because(error);
    match error.problem() {
        DecodeProblem::PreludeChecksum { .. } if error.frame_number() == 1 => described.with_hint(
            "decode takes the body of a streamed answer, byte for byte; an answer of an operation that does not stream is plain JSON",
        ),
        _ => described,
    }
}
