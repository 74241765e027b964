//! `decode [FILE]`: the frames of an event stream, one JSON object a line.

use super::output::Output;
use crate::protocol::document::ObjectWriter;
use crate::protocol::eventstream::{DecodeError, DecodeProblem, Decoder, Frame, HeaderValue};
use crate::{Error, ErrorKind};
use bytes::BytesMut;
use clap::Args;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{self, Read};

/// The most that is read at once.
const CHUNK: usize = 64 * 1024;

const LINES_HELP: &str = "\
One line a frame: {\"offset\":0,\"headers\":{\":event-type\":\"chunk\",…},\"payload\":…}. The payload stands as it came where it is \
JSON, else in base64 as payload_base64. Headers that are no string, number or boolean are {\"bytes\": base64}, {\"uuid\": …} or \
{\"timestamp\": milliseconds since 1970}.";

/// Where the bytes are.
#[derive(Args)]
#[command(after_help = LINES_HELP)]
pub(super) struct DecodeArgs {
    /// The body of a streamed answer, byte for byte; standard input without it, or with -
    #[arg(value_name = "FILE", default_value = "-", hide_default_value = true)]
    file: String,
}

/// Prints each frame as soon as its last byte is read: what comes through a pipe is shown as it comes.
pub(super) fn run(args: &DecodeArgs, output: &Output) -> Result<(), Error> {
    let (name, mut input): (&str, Box<dyn Read>) = match args.file.as_str() {
        "-" => ("standard input", Box::new(io::stdin().lock())),
        path => (path, Box::new(File::open(path).map_err(|e| unreadable(path, &e))?)),
    };
    let mut decoder = Decoder::new();
    loop {
        let mut chunk = BytesMut::zeroed(CHUNK);
        let length = match input.read(&mut chunk) {
            Ok(0) => break,
            Ok(length) => length,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(unreadable(name, &e)),
        };
        chunk.truncate(length);
        decoder.push(chunk.freeze());
        let (lines, end) = lines(&mut decoder);
        output.bytes(lines.as_bytes())?;
        end.map_err(|error| broken(name, error))?;
    }
    decoder.finish().map_err(|error| broken(name, error))
}

/// A line for every frame that is whole, and the damage after them, if there is any.
fn lines(decoder: &mut Decoder) -> (String, Result<(), DecodeError>) {
    let mut lines = String::new();
    loop {
        match decoder.next_frame() {
            Ok(Some(frame)) => {
                lines.push_str(&as_json(&frame));
                lines.push('\n');
            }
            Ok(None) => return (lines, Ok(())),
            Err(error) => return (lines, Err(error)),
        }
    }
}

fn as_json(frame: &Frame) -> String {
    let mut headers = ObjectWriter::default();
    for (name, value) in frame.headers() {
        headers.value(name, &header_json(value));
    }
    let mut line = ObjectWriter::default();
    line.value("offset", &frame.offset().into()).raw("headers", &text(&mut headers));
    match serde_json::from_slice::<&RawValue>(frame.payload()) {
        // Line ends can only stand between the tokens of JSON, where a space means the same.
        Ok(json) => line.raw("payload", &json.get().replace(['\n', '\r'], " ")),
        Err(_) => line.string("payload_base64", &base64_simd::STANDARD.encode_to_string(frame.payload())),
    };
    text(&mut line)
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

fn text(object: &mut ObjectWriter) -> String {
    String::from_utf8_lossy(&object.finish()).into_owned()
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
