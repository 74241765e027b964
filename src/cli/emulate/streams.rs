//! What goes wrong inside the event streams of `emulate`.

use crate::emulator::{Hits, StreamFailure, StreamFaults};
use clap::Args;
use std::time::Duration;

/// What goes wrong inside event streams, after HTTP 200.
#[derive(Args)]
pub(super) struct StreamArgs {
    /// End streams with an exception: throttlingException, modelStreamErrorException …
    #[arg(long = "stream-exception", value_name = "NAME", value_parser = event_name)]
    exception: Option<String>,

    /// End streams with a frame of the type error instead, with this code
    #[arg(long = "stream-error", value_name = "CODE", conflicts_with = "exception", value_parser = event_name)]
    error: Option<String>,

    /// Events that come before the exception or error; 0 makes it the first
    #[arg(long = "stream-exception-after", value_name = "N", default_value_t = 0)]
    exception_after: u64,

    /// Cut the connection after so many bytes of a stream
    #[arg(long = "stream-cut-after", value_name = "BYTES")]
    cut_after: Option<u64>,

    /// Give the Nth frame of a stream a wrong checksum
    #[arg(long = "stream-flip-crc", value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    flip_crc: Option<u64>,

    /// Send streams byte by byte, one in so many milliseconds (10 where no number is given)
    #[arg(long = "stream-trickle", value_name = "MS", num_args = 0..=1, require_equals = true, default_missing_value = "10")]
    trickle: Option<u32>,

    /// Let all this happen to the first N streams only
    #[arg(long = "stream-faults-first", value_name = "N")]
    faults_first: Option<u64>,
}

impl StreamArgs {
    /// As the emulator is told.
    pub(super) fn plan(&self) -> StreamFaults {
        let exception = self.exception.as_deref().map(|name| StreamFailure::Exception(lower_camel(name)));
        StreamFaults {
            hits: self.faults_first.map_or(Hits::rate(1.0), Hits::first),
            failure: exception.or_else(|| self.error.clone().map(StreamFailure::Error)),
            failure_after: self.exception_after,
            cut_after: self.cut_after,
            flip_crc: self.flip_crc,
            trickle: self.trickle.map(|ms| Duration::from_millis(ms.into())),
        }
    }
}

/// `ThrottlingException` is written `throttlingException` in a stream.
fn lower_camel(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_ascii_lowercase().to_string() + chars.as_str())
}

fn event_name(text: &str) -> Result<String, String> {
    if !text.is_empty() && text.len() <= 100 && text.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Ok(text.to_owned());
    }
    Err("it takes a name such as throttlingException".to_owned())
}
