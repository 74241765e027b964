//! How long a server asks to be left alone.

use super::timestamp;
use http::HeaderMap;
use std::time::Duration;

/// What the server asked to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// `x-amz-retry-after`, in milliseconds: the AWS SDKs wait it, but no more than 5 s above their own delay.
    Amz(Duration),
    /// `Retry-After`, in seconds, or as a date beside the `Date` of the answer: gateways and proxies send it.
    Http(Duration),
}

impl RetryAfter {
    /// How long.
    pub fn duration(self) -> Duration {
        match self {
            Self::Amz(wait) | Self::Http(wait) => wait,
        }
    }

    /// Reads it off the headers of an answer.
    pub(super) fn read(headers: &HeaderMap) -> Option<Self> {
        let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
        if let Some(ms) = text("x-amz-retry-after").and_then(|ms| ms.parse::<u32>().ok()) {
            return Some(Self::Amz(Duration::from_millis(ms.into())));
        }
        let asked = text("retry-after")?;
        let wait = match timestamp::parse_http_date(asked) {
            // From the server's own clock: ours may be a wrong one.
            Some(at) => {
                let now = text("date").and_then(timestamp::parse_http_date)?;
                at.duration_since(now).unwrap_or_default()
            }
            None => seconds(asked)?,
        };
        Some(Self::Http(wait))
    }
}

/// `7`, and `1.5` as 2: what is no whole number is no standard, but is sent.
fn seconds(text: &str) -> Option<Duration> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let is_part = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let whole: u32 = whole.parse().ok().filter(|_| is_part)?;
    Some(Duration::from_secs(u64::from(whole) + u64::from(part.bytes().any(|byte| byte != b'0'))))
}
