//! One frame whose checksums, lengths and headers are sound.

use super::header::{HeaderValue, Headers, find};
use super::prelude::{CHECKSUM, PRELUDE};
use bytes::Bytes;
use std::fmt;

/// One frame of an event stream. It shares the memory that it arrived in.
#[derive(Clone)]
pub struct Frame {
    pub(super) bytes: Bytes,
    pub(super) headers: usize,
    pub(super) offset: u64,
    pub(super) number: u64,
}

impl Frame {
    /// All headers, in their order.
    pub fn headers(&self) -> Headers<'_> {
        Headers::of_checked(self.header_bytes())
    }

    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<HeaderValue<'_>> {
        find(self.header_bytes(), name)
    }

    /// The first header of that name, where it is a string: `:message-type`, `:event-type`, `:exception-type`,
    /// `:content-type`, `:error-code` and `:error-message` are.
    pub fn string_header(&self, name: &str) -> Option<&str> {
        self.header(name)?.as_str()
    }

    /// The payload.
    pub fn payload(&self) -> &[u8] {
        self.bytes.get(PRELUDE + self.headers..self.bytes.len() - CHECKSUM).unwrap_or_default()
    }

    /// The payload, sharing the memory that the frame arrived in.
    pub fn shared_payload(&self) -> Bytes {
        self.bytes.slice_ref(self.payload())
    }

    /// The whole frame as it was on the wire, checksums included.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Where the frame starts, in bytes from the start of the stream.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The frame's number in the stream, from 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    fn header_bytes(&self) -> &[u8] {
        self.bytes.get(PRELUDE..PRELUDE + self.headers).unwrap_or_default()
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A payload may hold what nobody wants in a log; its size tells enough.
        f.debug_struct("Frame")
            .field("number", &self.number)
            .field("offset", &self.offset)
            .field("headers", &self.headers().collect::<Vec<_>>())
            .field("payload", &format_args!("{} bytes", self.payload().len()))
            .finish_non_exhaustive()
    }
}
