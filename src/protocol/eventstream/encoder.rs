//! Headers and a payload → the bytes of one frame.

use super::crc::{crc32, crc32_of_8};
use super::header::{BYTE, BYTES, FALSE, HeaderValue, INT16, INT32, INT64, STRING, TIMESTAMP, TRUE, UUID};
use super::prelude::{CHECKSUM, Limits, PRELUDE};
use bytes::Bytes;
use std::fmt;

/// The longest value of a string or of bytes: the AWS SDKs keep to a signed length.
const LONGEST_VALUE: usize = 0x7fff;

/// What no frame can hold.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeError {
    /// A header's name over 255 bytes.
    HeaderName {
        /// How long it is, in bytes.
        length: usize,
    },
    /// A header's value over 32,767 bytes.
    HeaderValue {
        /// The header.
        name: String,
        /// How long its value is, in bytes.
        length: usize,
    },
    /// Headers over 128 KiB.
    Headers {
        /// How long they are together, in bytes.
        length: usize,
    },
    /// A frame over 24 MiB.
    Message {
        /// How long it would be, in bytes.
        length: usize,
    },
}

/// The bytes of one frame with both checksums.
///
/// The headers keep their order: Bedrock's is `:event-type` (or `:exception-type`), `:content-type`, `:message-type`.
pub fn encode<'a>(
    headers: impl IntoIterator<Item = (&'a str, HeaderValue<'a>)>,
    payload: &[u8],
) -> Result<Bytes, EncodeError> {
    let limits = Limits::default();
    // Bedrock's own three headers have about 80 bytes.
    let mut frame = Vec::with_capacity(PRELUDE + 96 + payload.len() + CHECKSUM);
    frame.extend_from_slice(&[0; PRELUDE]);
    for (name, value) in headers {
        write_header(&mut frame, name, value)?;
    }
    let headers = frame.len() - PRELUDE;
    let headers = within(headers, limits.headers).ok_or(EncodeError::Headers { length: headers })?;
    frame.extend_from_slice(payload);
    let message = frame.len() + CHECKSUM;
    let message = within(message, limits.message).ok_or(EncodeError::Message { length: message })?;

    let lengths = (u64::from(message) << 32 | u64::from(headers)).to_be_bytes();
    let checksum = crc32_of_8(lengths).to_be_bytes();
    for (place, byte) in frame.iter_mut().zip(lengths.into_iter().chain(checksum)) {
        *place = byte;
    }
    let checksum = crc32(&frame);
    frame.extend_from_slice(&checksum.to_be_bytes());
    Ok(frame.into())
}

fn within(length: usize, limit: u32) -> Option<u32> {
    u32::try_from(length).ok().filter(|length| *length <= limit)
}

fn write_header(frame: &mut Vec<u8>, name: &str, value: HeaderValue<'_>) -> Result<(), EncodeError> {
    let length = u8::try_from(name.len()).map_err(|_| EncodeError::HeaderName { length: name.len() })?;
    frame.push(length);
    frame.extend_from_slice(name.as_bytes());
    match value {
        HeaderValue::Bool(true) => frame.push(TRUE),
        HeaderValue::Bool(false) => frame.push(FALSE),
        HeaderValue::Byte(number) => write_value(frame, BYTE, &number.to_be_bytes()),
        HeaderValue::Int16(number) => write_value(frame, INT16, &number.to_be_bytes()),
        HeaderValue::Int32(number) => write_value(frame, INT32, &number.to_be_bytes()),
        HeaderValue::Int64(number) => write_value(frame, INT64, &number.to_be_bytes()),
        HeaderValue::Timestamp(milliseconds) => write_value(frame, TIMESTAMP, &milliseconds.to_be_bytes()),
        HeaderValue::Uuid(uuid) => write_value(frame, UUID, &uuid),
        HeaderValue::Bytes(bytes) => return write_measured(frame, BYTES, name, bytes),
        HeaderValue::String(text) => return write_measured(frame, STRING, name, text.as_bytes()),
    }
    Ok(())
}

fn write_value(frame: &mut Vec<u8>, kind: u8, value: &[u8]) {
    frame.push(kind);
    frame.extend_from_slice(value);
}

/// A value with its length before it.
fn write_measured(frame: &mut Vec<u8>, kind: u8, name: &str, value: &[u8]) -> Result<(), EncodeError> {
    let length = u16::try_from(value.len())
        .ok()
        .filter(|_| value.len() <= LONGEST_VALUE)
        .ok_or_else(|| EncodeError::HeaderValue { name: name.to_owned(), length: value.len() })?;
    write_value(frame, kind, &length.to_be_bytes());
    frame.extend_from_slice(value);
    Ok(())
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HeaderName { length } => {
                write!(f, "a header's name has {length} bytes, and a frame takes up to 255")
            }
            Self::HeaderValue { name, length } => {
                write!(f, "the header {name} has {length} bytes, and a frame takes up to {LONGEST_VALUE}")
            }
            Self::Headers { length } => {
                let limit = Limits::default().headers;
                write!(f, "the headers have {length} bytes together, and a frame takes up to {limit}")
            }
            Self::Message { length } => {
                let limit = Limits::default().message;
                write!(f, "the frame would have {length} bytes, and may have up to {limit}")
            }
        }
    }
}

impl std::error::Error for EncodeError {}
