//! The three spellings of a moment that AWS uses: `20260102T030405Z` in signatures, ISO 8601 in JSON, and the HTTP
//! `Date` header. Reading never fails loudly: a date that is none is `None`.

use super::decimals::push_padded;
use std::time::{Duration, SystemTime};
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// From 1970 back to the begin of the year 0, and on to the last second of the year 9999. Outside of these years there
/// is no date to write, and the nearest end says so well enough.
const BACK: Duration = Duration::from_hours(719_528 * 24);
const ON: Duration = Duration::from_secs(253_402_300_799);

/// The moment itself, or the nearest one that has a date.
pub(crate) fn writable(at: SystemTime) -> SystemTime {
    let after_the_first = SystemTime::UNIX_EPOCH.checked_sub(BACK).map_or(at, |first| at.max(first));
    SystemTime::UNIX_EPOCH.checked_add(ON).map_or(after_the_first, |last| after_the_first.min(last))
}

/// `20260102T030405Z`, as `x-amz-date` has it.
pub fn amz_date(at: SystemTime) -> String {
    let mut text = String::with_capacity("20260102T030405Z".len());
    push_written(&mut text, utc(at), "", "");
    text.push('Z');
    text
}

/// Reads `20260102T030405Z`.
pub fn parse_amz_date(text: &str) -> Option<SystemTime> {
    let b = text.as_bytes();
    if b.len() != 16 || b[8] != b'T' || b[15] != b'Z' {
        return None;
    }
    let n = |range: std::ops::Range<usize>| number(text.get(range)?);
    moment(n(0..4)?, n(4..6)?, n(6..8)?, n(9..11)?, n(11..13)?, n(13..15)?, 0)
}

/// `2026-01-02T03:04:05Z`, with milliseconds where there are any.
pub fn iso_8601(at: SystemTime) -> String {
    let mut text = String::with_capacity("2026-01-02T03:04:05.678Z".len());
    push_iso_8601(&mut text, at);
    text
}

/// The same, put behind a text.
pub(crate) fn push_iso_8601(text: &mut String, at: SystemTime) {
    let t = utc(at);
    push_written(text, t, "-", ":");
    if t.millisecond() > 0 {
        text.push('.');
        push_padded(text, t.millisecond().into(), 3);
    }
    text.push('Z');
}

/// Reads `2026-01-02T03:04:05[.678](Z|+01:00)`.
pub fn parse_iso_8601(text: &str) -> Option<SystemTime> {
    let b = text.as_bytes();
    if b.len() < 20 || b[4] != b'-' || b[7] != b'-' || !matches!(b[10], b'T' | b't' | b' ') {
        return None;
    }
    if b[13] != b':' || b[16] != b':' {
        return None;
    }
    let n = |range: std::ops::Range<usize>| number(text.get(range)?);
    let rest = text.get(19..)?;
    let (nanos, zone) = match rest.strip_prefix('.') {
        Some(fraction) => {
            let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
            let kept = fraction.get(..digits.min(9)).filter(|kept| !kept.is_empty())?;
            (number(kept)? * 10_u32.pow(9 - u32::try_from(kept.len()).ok()?), fraction.get(digits..)?)
        }
        None => (0, rest),
    };
    let local = moment(n(0..4)?, n(5..7)?, n(8..10)?, n(11..13)?, n(14..16)?, n(17..19)?, nanos)?;
    if zone.eq_ignore_ascii_case("z") {
        return Some(local);
    }
    let (ahead, clock) = match zone.split_at_checked(1)? {
        ("+", clock) => (true, clock),
        ("-", clock) => (false, clock),
        _ => return None,
    };
    let (hours, minutes) = clock.split_once(':').or_else(|| clock.split_at_checked(2))?;
    if hours.len() != 2 || minutes.len() != 2 {
        return None;
    }
    let offset = Duration::from_secs(u64::from(number(hours)?) * 3600 + u64::from(number(minutes)?) * 60);
    if ahead { local.checked_sub(offset) } else { local.checked_add(offset) }
}

/// `Fri, 02 Jan 2026 03:04:05 GMT`, as the HTTP `Date` header has it.
pub fn http_date(at: SystemTime) -> String {
    let t = utc(at);
    format!(
        "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
        DAYS[usize::from(t.weekday().number_days_from_monday())],
        t.day(),
        MONTHS[usize::from(u8::from(t.month()) - 1)],
        t.year(),
        t.hour(),
        t.minute(),
        t.second()
    )
}

/// Reads an HTTP `Date` header.
pub fn parse_http_date(text: &str) -> Option<SystemTime> {
    let mut words = text.split_once(", ")?.1.split(' ');
    let day = number(words.next()?)?;
    let name = words.next()?;
    let month = u32::try_from(MONTHS.iter().position(|m| *m == name)?).ok()? + 1;
    let year = number(words.next()?)?;
    let mut clock = words.next()?.split(':').map(number);
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    moment(year, month, day, hour, minute, second, 0)
}

/// Date, `T` and time, with these between their parts. Each signature needs a date, and each line of a log: formatting
/// it in the general way takes longer than to hash the request.
fn push_written(text: &mut String, t: OffsetDateTime, in_date: &str, in_time: &str) {
    let year = t.year().unsigned_abs();
    for number in [year / 100, year % 100] {
        push_pair(text, u8::try_from(number).unwrap_or_default());
    }
    for number in [u8::from(t.month()), t.day()] {
        text.push_str(in_date);
        push_pair(text, number);
    }
    text.push('T');
    push_pair(text, t.hour());
    for number in [t.minute(), t.second()] {
        text.push_str(in_time);
        push_pair(text, number);
    }
}

/// A number of two digits.
fn push_pair(text: &mut String, number: u8) {
    text.push(char::from(b'0' + number / 10));
    text.push(char::from(b'0' + number % 10));
}

fn utc(at: SystemTime) -> OffsetDateTime {
    OffsetDateTime::from(writable(at))
}

fn moment(
    year: u32,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
    nanos: u32,
) -> Option<SystemTime> {
    let small = |n: u32| u8::try_from(n).ok();
    let month = Month::try_from(small(month)?).ok()?;
    let date = Date::from_calendar_date(i32::try_from(year).ok()?, month, small(day)?).ok()?;
    // A leap second has no second of its own in SystemTime.
    let time = Time::from_hms_nano(small(hour)?, small(minute)?, small(second.min(59))?, nanos).ok()?;
    Some(SystemTime::from(PrimitiveDateTime::new(date, time).assume_offset(UtcOffset::UTC)))
}

fn number(digits: &str) -> Option<u32> {
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn the_three_spellings_name_the_same_moment() {
        let moment = at(1_767_323_045);
        assert_eq!(amz_date(moment), "20260102T030405Z");
        assert_eq!(iso_8601(moment), "2026-01-02T03:04:05Z");
        assert_eq!(http_date(moment), "Fri, 02 Jan 2026 03:04:05 GMT");
        assert_eq!(parse_amz_date("20260102T030405Z"), Some(moment));
        assert_eq!(parse_iso_8601("2026-01-02T03:04:05Z"), Some(moment));
        assert_eq!(parse_iso_8601("2026-01-02T04:04:05+01:00"), Some(moment));
        assert_eq!(parse_http_date("Fri, 02 Jan 2026 03:04:05 GMT"), Some(moment));
    }

    #[test]
    fn a_fraction_survives() {
        let read = parse_iso_8601("2026-01-02T03:04:05.678123Z").unwrap();
        assert_eq!(iso_8601(read), "2026-01-02T03:04:05.678Z");
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in ["", "20261302T030405Z", "20260102t030405Z", "2026010２T03045Z", "99999999T999999Z"] {
            assert_eq!(parse_amz_date(text), None, "{text}");
        }
        for text in [
            "2026-01-02",
            "2026-01-02T03:04:05",
            "2026-01-02T03:04:05.Z",
            "2026-02-30T03:04:05Z",
            "é026-01-02T03:04:05Z",
        ] {
            assert_eq!(parse_iso_8601(text), None, "{text}");
        }
        for text in ["", "Fri", "Fri, 02 Foo 2026 03:04:05 GMT", "Fri, 02 Jan 2026 0304 GMT"] {
            assert_eq!(parse_http_date(text), None, "{text}");
        }
    }
}
