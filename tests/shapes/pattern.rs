//! The patterns of a service model that are one class of characters: `[a-zA-Z0-9_-]{1,64}`. They are most of them.

use std::ops::RangeInclusive;

/// Whether the whole text is of the form; `None` where the pattern is of another kind.
pub fn matches(pattern: &str, text: &str) -> Option<bool> {
    let pattern = pattern.strip_prefix('^').unwrap_or(pattern);
    let pattern = pattern.strip_suffix('$').unwrap_or(pattern);
    let (class, counts) = pattern.strip_prefix('[')?.split_once(']')?;
    let counts = match counts {
        "" => 1..=1,
        "+" => 1..=usize::MAX,
        "*" => 0..=usize::MAX,
        counts => {
            let counts = counts.strip_prefix('{')?.strip_suffix('}')?;
            let (min, max) = counts.split_once(',').unwrap_or((counts, counts));
            min.parse().ok()?..=max.parse().ok()?
        }
    };
    let ranges = ranges(class)?;
    let fits = |c: char| ranges.iter().any(|range| range.contains(&c));
    Some(counts.contains(&text.chars().count()) && text.chars().all(fits))
}

fn ranges(class: &str) -> Option<Vec<RangeInclusive<char>>> {
    let mut ranges = Vec::new();
    let mut chars = class.chars().peekable();
    while let Some(c) = chars.next() {
        let from = match c {
            '\\' => match chars.next()? {
                's' => {
                    ranges.extend([' '..=' ', '\t'..='\r']);
                    continue;
                }
                c if c.is_alphanumeric() => return None,
                c => c,
            },
            c => c,
        };
        let mut ahead = chars.clone();
        match (ahead.next(), ahead.next()) {
            (Some('-'), Some(to)) if to != '\\' => {
                ranges.push(from..=to);
                chars = ahead;
            }
            _ => ranges.push(from..=from),
        }
    }
    Some(ranges)
}

#[test]
fn classes_are_matched_and_the_rest_is_left() {
    assert_eq!(matches("[a-zA-Z0-9_-]+", "get_weather-2"), Some(true));
    assert_eq!(matches("[a-zA-Z0-9_-]+", "a.b"), Some(false));
    assert_eq!(matches(r"[a-zA-Z0-9\s:_@$#=/+,-.]{0,256}", "a b-c.d"), Some(true));
    assert_eq!(matches(r"[a-zA-Z0-9\s:_@$#=/+,-.]{1,256}", ""), Some(false));
    assert_eq!(matches("[0-9]{12}", "123"), Some(false));
    assert_eq!(matches("s3://[a-z]+", "s3://x"), None);
}
