//! How long a server asks to be left alone.

use super::timestamp;
use http::HeaderMap;
use std::time::Duration;

/// The longest wait that is told from longer ones: each is a number of seconds or milliseconds that can be added to.
const LONGEST: u64 = u32::MAX as u64;

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
        if let Some(ms) = text("x-amz-retry-after").and_then(whole) {
            return Some(Self::Amz(Duration::from_millis(ms)));
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
    let whole = self::whole(whole).filter(|_| is_part)?;
    Some(Duration::from_secs(whole + u64::from(part.bytes().any(|byte| byte != b'0'))))
}

/// A whole number. One that is too long to be one asks for the longest wait.
fn whole(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().map_or(LONGEST, |number: u64| number.min(LONGEST)))
}
