//! What an emulator is told about its streams: how fast events come, and what goes wrong inside them.

use super::hits::Hits;
use std::time::Duration;

/// What goes wrong inside an event stream, after HTTP 200.
#[derive(Clone, Debug)]
pub struct StreamFaults {
    /// Which streams go wrong. The default is every one.
    pub hits: Hits,
    /// A frame that ends the stream as a failure.
    pub failure: Option<StreamFailure>,
    /// How many events come before that frame; all of them, where there are fewer. 0 makes it the first.
    pub failure_after: u64,
    /// How many bytes come before the connection is cut. A stream that is shorter ends well.
    pub cut_after: Option<u64>,
    /// The number of the frame, from 1, that has a wrong checksum.
    pub flip_crc: Option<u64>,
    /// How long each single byte takes, where bytes come one at a time.
    pub trickle: Option<Duration>,
}

/// How a stream says that it failed.
/// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html>
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamFailure {
    /// A frame of the message type `exception`: `throttlingException`.
    Exception(String),
    /// A frame of the message type `error`, with this code: `InternalServerError`.
    Error(String),
}

impl StreamFaults {
    /// Whether anything is wrong with a stream that is hit.
    pub(super) fn is_any(&self) -> bool {
        self.failure.is_some()
            || self.cut_after.is_some()
            || self.flip_crc.is_some()
            || self.trickle.is_some()
    }
}

impl Default for StreamFaults {
    fn default() -> Self {
        Self {
            hits: Hits::rate(1.0),
            failure: None,
            failure_after: 0,
            cut_after: None,
            flip_crc: None,
            trickle: None,
        }
    }
}
