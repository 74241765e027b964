//! `application/vnd.amazon.eventstream`: frames in and out.
//!
//! ```text
//! crc.rs           the checksum of both
//! prelude.rs       12 bytes: two lengths and their checksum, against the limits
//! header.rs        the headers of a frame, read in place
//! frame.rs         one checked frame
//! decoder.rs       push bytes, pull frames
//! encoder.rs       headers and payload → the bytes of a frame
//! decode_error.rs  what is wrong, in which frame, at which byte
//! ```
//!
//! A frame is big-endian: total length (4 bytes) · length of the headers (4) · CRC-32 of these 8 (4) · headers ·
//! payload · CRC-32 of everything before (4). A header is: length of its name (1) · name · type (1) · value.
//! See <https://smithy.io/2.0/aws/amazon-eventstream.html>.
//!
//! ```
//! use bedwire::protocol::eventstream::{Decoder, encode};
//!
//! let bytes = encode([(":event-type", "chunk".into())], br#"{"bytes":""}"#)?;
//! let mut decoder = Decoder::new();
//! decoder.push(bytes);
//! while let Some(frame) = decoder.next_frame()? {
//!     assert_eq!(frame.string_header(":event-type"), Some("chunk"));
//! }
//! decoder.finish()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod crc;
mod decode_error;
mod decoder;
mod encoder;
mod frame;
mod header;
mod prelude;

pub use decode_error::{DecodeError, DecodeProblem};
pub use decoder::Decoder;
pub use encoder::{EncodeError, encode};
pub use frame::Frame;
pub use header::{HeaderValue, Headers};
pub use prelude::Limits;

/// The content type of an event stream.
pub const CONTENT_TYPE: &str = "application/vnd.amazon.eventstream";
