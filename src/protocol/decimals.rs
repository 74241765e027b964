//! Numbers for messages: seconds and rates, which need no more than a few digits. Rust's own formatting of such numbers
//! is exact to the last digit, which is 15 kB of a program.

/// A number from 0 with so many digits behind the point: `20.0`.
#[cfg(feature = "client-core")]
pub(crate) fn fixed(number: f64, digits: u32) -> String {
    let scale = 10_u64.pow(digits);
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    // a power of ten that is small; what is out of range becomes the nearest that is not
    let scaled = (number * scale as f64).round() as u64;
    format!("{}.{:0width$}", scaled / scale, scaled % scale, width = digits as usize)
}

/// A number from 0 with at most three digits behind the point, and no zeros at its end: `1.5`, `20`.
#[cfg(feature = "client-core")]
pub(crate) fn short(number: f64) -> String {
    let text = fixed(number, 3);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A whole number, put behind a text: a line of a log has many, and Rust's own formatting costs as much as all the rest.
pub(crate) fn push_whole(text: &mut String, number: u64) {
    push_padded(text, number, 1);
}

/// The same, with zeros before it where it has fewer digits.
pub(crate) fn push_padded(text: &mut String, mut number: u64, digits: usize) {
    let mut written = [b'0'; 20];
    let mut length = 0;
    for digit in written.iter_mut().rev() {
        if number == 0 && length >= digits {
            break;
        }
        *digit += u8::try_from(number % 10).unwrap_or_default();
        number /= 10;
        length += 1;
    }
    let written = written.get(written.len() - length..).unwrap_or_default();
    text.push_str(std::str::from_utf8(written).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_digits_are_zeros() {
        for number in [0, 7, 10, 109, 4_000_000_000, u64::MAX] {
            let mut text = String::new();
            push_padded(&mut text, number, 3);
            assert_eq!(text, format!("{number:03}"));
        }
    }

    #[test]
    fn whole_numbers_are_written_as_rust_does() {
        for number in [0, 7, 10, 109, 4_000_000_000, u64::MAX] {
            let mut text = String::new();
            push_whole(&mut text, number);
            assert_eq!(text, number.to_string());
        }
    }

    #[test]
    #[cfg(feature = "client-core")]
    fn numbers_have_the_digits_that_they_need() {
        assert_eq!([fixed(20.0, 1), fixed(0.05, 1), fixed(3.456, 2)], ["20.0", "0.1", "3.46"]);
        assert_eq!([short(20.0), short(1.5), short(0.0), short(0.0004)], ["20", "1.5", "0", "0"]);
        assert_eq!(fixed(f64::INFINITY, 1), "1844674407370955161.5");
    }
}
