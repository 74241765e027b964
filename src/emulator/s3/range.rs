//! The range of an object that is asked for.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/range-get-olap.html>

/// One range. Several, and what is no range, are ignored, as S3 does: the answer is the whole object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Range {
    /// `bytes=5-` and `bytes=5-9`
    From(u64, Option<u64>),
    /// `bytes=-5`
    Last(u64),
}

impl Range {
    pub(super) fn read(value: &str) -> Option<Self> {
        let (first, last) = value.trim().strip_prefix("bytes=")?.split_once('-')?;
        let number = |text: &str| {
            let is_digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            // More digits than a u64 holds are beyond any object.
            is_digits.then(|| text.parse().unwrap_or(u64::MAX))
        };
        match (first, last) {
            ("", last) => Some(Self::Last(number(last)?)),
            (first, "") => Some(Self::From(number(first)?, None)),
            (first, last) => {
                let (first, last) = (number(first)?, number(last)?);
                (first <= last).then_some(Self::From(first, Some(last)))
            }
        }
    }

    /// First and last byte of it, where an object of this size has any.
    pub(super) fn within(self, total: usize) -> Option<(usize, usize)> {
        let end = total.checked_sub(1)?;
        let small = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        match self {
            Self::Last(0) => None,
            Self::Last(count) => Some((total.saturating_sub(small(count)), end)),
            Self::From(first, last) => {
                let first = small(first);
                (first <= end).then(|| (first, last.map_or(end, |last| small(last).min(end))))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        for (text, expected) in [
            ("bytes=0-0", Some((0, 0))),
            ("bytes=5-", Some((5, 9))),
            ("bytes=5-100", Some((5, 9))),
            ("bytes=-3", Some((7, 9))),
            ("bytes=-300", Some((0, 9))),
            ("bytes=10-", None),
            ("bytes=-0", None),
            ("bytes=99999999999999999999999-", None),
        ] {
            assert_eq!(Range::read(text).unwrap().within(10), expected, "{text}");
        }
        for ignored in
            ["", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-4", "bytes=0-1,3-4", "bytes=--1"]
        {
            assert_eq!(Range::read(ignored), None, "{ignored}");
        }
        assert_eq!(Range::Last(1).within(0), None);
    }
}
