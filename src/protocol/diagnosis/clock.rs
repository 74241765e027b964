//! Dates that AWS refuses: how far off they are, and how far off they may be.

use super::quoted::element;
use crate::protocol::capture::CapturedRequest;
use crate::protocol::service_error::ServiceError;
use crate::protocol::sigv4::{query_pairs, signing_date};
use crate::protocol::timestamp::{iso_8601, parse_amz_date, parse_http_date, parse_iso_8601};
use std::fmt;
use std::time::{Duration, SystemTime};

/// What AWS allows where it does not say it; S3 allows three times as much.
const ALLOWED: Duration = Duration::from_mins(5);
const ALLOWED_BY_S3: Duration = Duration::from_mins(15);

/// How far a date is from AWS's clock.
pub(super) struct Skew {
    /// How far the client is behind; ahead, where it is negative.
    pub(super) seconds: i64,
    pub(super) allowed: Duration,
}

impl Skew {
    /// Time zones lie half hours apart.
    pub(super) fn looks_like_local_time(&self) -> bool {
        let seconds = self.seconds.unsigned_abs();
        seconds % 1800 < 120 && seconds > 1800
    }
}

impl fmt::Display for Skew {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = if self.seconds >= 0 { "behind" } else { "ahead of" };
        let (seconds, allowed) = (self.seconds.unsigned_abs(), self.allowed.as_secs());
        write!(f, "the date that was signed is {seconds} s {way} AWS's clock, and {allowed} s are allowed")
    }
}

/// A date that is too far from AWS's clock. AWS's time stands in the message, in the body or in the Date header, the
/// client's in the message, in the body or in the request.
pub(super) fn skew(error: &ServiceError, body: &str, request: Option<&CapturedRequest>) -> Option<Skew> {
    let in_message = error.message().split(|c: char| !c.is_ascii_alphanumeric()).find_map(parse_amz_date);
    let in_request = || {
        let request = request?;
        parse_amz_date(&signing_date(|name| request.header(name))?)
    };
    let client = in_message.or_else(|| moment_in(body, "RequestTime")).or_else(in_request)?;
    let is_s3 = error.code() == Some("RequestTimeTooSkewed");
    let allowed = element(body, "MaxAllowedSkewMilliseconds").and_then(|text| text.trim().parse().ok());
    Some(Skew {
        seconds: seconds_between(client, server_time(error, body)?),
        allowed: allowed.map_or(if is_s3 { ALLOWED_BY_S3 } else { ALLOWED }, Duration::from_millis),
    })
}

/// How long a presigned URL was good, and when it was read: it has lived as long as it was made for, on clocks that may
/// all be right.
pub(super) fn end_of_url(
    error: &ServiceError,
    body: &str,
    request: Option<&CapturedRequest>,
) -> Option<String> {
    let pairs = request.map(|request| query_pairs(request.query())).unwrap_or_default();
    let parameter = |name: &str| {
        pairs.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    };
    let seconds = element(body, "X-Amz-Expires").or_else(|| parameter("X-Amz-Expires").map(str::to_owned));
    let lifetime = seconds.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
    let in_request = || parse_amz_date(parameter("X-Amz-Date")?)?.checked_add(lifetime?);
    let end = moment_in(body, "Expires").or_else(in_request)?;
    let late = seconds_between(end, server_time(error, body)?);
    let lifetime = lifetime.map(|lifetime| format!("for {} s, ", lifetime.as_secs())).unwrap_or_default();
    Some(format!("it was good {lifetime}until {}, and AWS read it {late} s later", iso_8601(end)))
}

fn server_time(error: &ServiceError, body: &str) -> Option<SystemTime> {
    moment_in(body, "ServerTime").or_else(|| error.server_time())
}

/// A moment in one of S3's elements, in any of AWS's spellings.
fn moment_in(body: &str, name: &str) -> Option<SystemTime> {
    let text = element(body, name)?;
    let text = text.trim();
    parse_iso_8601(text).or_else(|| parse_amz_date(text)).or_else(|| parse_http_date(text))
}

fn seconds_between(earlier: SystemTime, later: SystemTime) -> i64 {
    let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    match later.duration_since(earlier) {
        Ok(after) => seconds(after),
        Err(before) => -seconds(before.duration()),
    }
}
