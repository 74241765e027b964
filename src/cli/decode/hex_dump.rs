//! The bytes of a hex dump: digits alone, or as `xxd`, `hexdump -C` and `od -t x1` print them.

use std::num::ParseIntError;

/// `None` for text that is no dump; a sentence for a dump of which a part is missing, or that stands for more bytes
/// than `most`.
pub(super) fn read(text: &str, most: usize) -> Result<Option<Vec<u8>>, String> {
    let plain = hex::decode(text.split_ascii_whitespace().collect::<String>()).ok();
    // An offset is longer than the bytes behind it.
    let mut words = text.split_ascii_whitespace().map(str::len);
    let has_offsets = words.next() > words.next();
    if plain.is_some() && !has_offsets {
        return Ok(plain);
    }
    let rows = rows(text).filter(|rows| rows.iter().any(|row| !row.bytes.is_empty()));
    let Some(rows) = rows else { return Ok(plain) };
    // od has seven digits, which are octal, or decimal where it is asked for that.
    let is_of_od = rows.first().is_some_and(|row| row.offset.len() == 7);
    let radixes = if is_of_od { [8, 10, 16] } else { [16, 8, 10] };
    let mut readings = radixes.map(|radix| joined(&rows, radix, most)).into_iter();
    let first = readings.next().unwrap_or_else(|| Ok(Vec::new()));
    first.or_else(|problem| readings.find_map(Result::ok).ok_or(problem)).map(Some)
}

/// A line of a dump.
struct Row<'a> {
    /// The line's number, from 1.
    number: usize,
    offset: &'a str,
    /// None in the last line of hexdump and od, which is an offset alone.
    bytes: Vec<u8>,
    /// Whether a `*` before it stands for lines that are as the one before.
    is_after_repeats: bool,
}

fn rows(text: &str) -> Option<Vec<Row<'_>>> {
    let mut rows: Vec<Row> = Vec::new();
    let mut is_after_repeats = false;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line == "*" {
            is_after_repeats = true;
            continue;
        }
        // 00000010: 0102 0304  ....   or   00000010  01 02 03 04  |....|
        let end = line.find([':', ' ']).unwrap_or(line.len());
        let (offset, rest) = line.split_at(end);
        let is_offset =
            (4..=16).contains(&offset.len()) && offset.bytes().all(|byte| byte.is_ascii_hexdigit());
        if rest.is_empty() && !is_offset {
            continue;
        }
        if !is_offset {
            return None;
        }
        let digits = match rest.strip_prefix(':') {
            // Two spaces end the digits, and the characters may be any.
            Some(rest) => rest.trim_start().split("  ").next(),
            None => rest.split(['|', '>']).next(),
        };
        let digits: String = digits.unwrap_or_default().split_ascii_whitespace().collect();
        let bytes = hex::decode(digits).ok()?;
        rows.push(Row { number, offset, bytes, is_after_repeats });
        is_after_repeats = false;
    }
    if is_after_repeats {
        // Nothing says how often.
        rows.push(Row { number: text.lines().count(), offset: "", bytes: Vec::new(), is_after_repeats });
    }
    Some(rows)
}

/// The rows one behind the other, each where its offset says.
fn joined(rows: &[Row<'_>], radix: u32, most: usize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut last: &[u8] = &[];
    // What is taken from an offset for the place in the bytes: a dump may begin in the middle of a file, and the next
    // dump behind it begins at 0 again.
    let mut origin: Option<(usize, usize)> = None;
    for row in rows {
        let offset = place(row, radix)?;
        if offset == 0 && !row.is_after_repeats {
            origin = Some((0, bytes.len()));
        }
        let (from, at) = *origin.get_or_insert((offset, 0));
        let expected = offset.checked_sub(from).and_then(|distance| distance.checked_add(at));
        if let Some(expected) = expected.filter(|expected| row.is_after_repeats && *expected > bytes.len()) {
            if expected > most {
                return Err(format!("the dump stands for more than {} MiB", most / 1024 / 1024));
            }
            let missing = expected - bytes.len();
            // Whole lines; at the end of a file of zeros a part of one.
            if row.bytes.is_empty() || missing.is_multiple_of(last.len().max(1)) {
                bytes.extend(last.iter().cycle().take(missing));
            }
        }
        if expected != Some(bytes.len()) {
            return Err(format!(
                "line {} of the dump is at {}, and the lines before it are {} bytes: a part of the dump is missing; \
                 dump the file again, and take all lines",
                row.number,
                row.offset,
                bytes.len()
            ));
        }
        bytes.extend_from_slice(&row.bytes);
        last = &row.bytes;
    }
    Ok(bytes)
}

fn place(row: &Row<'_>, radix: u32) -> Result<usize, String> {
    usize::from_str_radix(row.offset, radix).map_err(|_: ParseIntError| {
        format!(
            "line {} of the dump is the last, and a * needs the offset behind it, which says how often the line before \
             it comes again; take all lines of the dump",
            row.number
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: usize = 1024;

    fn bytes(dump: &str) -> Vec<u8> {
        read(dump, MOST).unwrap().unwrap()
    }

    #[test]
    fn lines_stand_where_their_offsets_say() {
        let repeated = [b"0123456789abcdef".repeat(3), b"xy".to_vec()].concat();
        let row = "30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66";
        for dump in [
            format!("00000000  {row}  |0123456789abcdef|\n*\n00000030  78 79   |xy|\n00000032\n"),
            format!("00000100  {row}  |0123456789abcdef|\n*\n00000130  78 79   |xy|\n00000132\n"),
            // od -t x1z, which counts in octal; od -A d
            format!("0000000 {row}  >0123456789abcdef<\n*\n0000060 78 79  >xy<\n0000062\n"),
            format!("0000000 {row}\n*\n0000048 78 79\n0000050\n"),
            // Two dumps, of which each begins at 0.
            format!("0000  {row}\n*\n0020\n\n0000  {row}\n0010  78 79\n"),
        ] {
            assert_eq!(bytes(&dump), repeated, "{dump}");
        }
        // Without a column of characters.
        assert_eq!(bytes("000000 61 62\n000002 63\n000003\n"), b"abc");
        assert_eq!(bytes("6162 6364\n65\n"), b"abcde");
        assert_eq!(bytes("00000000: 3a20 7c20  a|  b: c\n00000004: 62\n"), b": | b");
        assert_eq!(bytes("00000000  00 00\n*\n00000005\n"), [0; 5]);
    }

    #[test]
    fn a_dump_with_a_gap_is_refused() {
        for (dump, said) in [
            ("00000000  01 02\n00000010  03\n", "line 2 of the dump is at 00000010"),
            ("00000000  01 02\n*\n", "needs the offset behind it"),
            ("00000000  01 02\n*\n00ffffff\n", "more than"),
            ("*\n00000010  01\n", ""),
        ] {
            match read(dump, MOST) {
                Err(problem) => assert!(!said.is_empty() && problem.contains(said), "{dump}: {problem}"),
                Ok(bytes) => assert!(said.is_empty() && bytes == Some(vec![1]), "{dump}: {bytes:?}"),
            }
        }
        assert_eq!(read("hello: you\n", MOST), Ok(None));
        assert_eq!(read("AAAA BBBB x\n", MOST), Ok(None));
    }
}
