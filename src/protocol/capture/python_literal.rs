//! Strings and dictionaries as Python writes them (`repr`).

/// A value of a dictionary, as far as logs have them.
pub(super) type Pair = (String, String);

/// `b'…'`, `'…'` or `"…"` at the start of a text: its bytes, and what follows it.
pub(super) fn string(text: &str) -> Option<(Vec<u8>, &str)> {
    let (is_bytes, quoted) = text.strip_prefix('b').map_or((false, text), |rest| (true, rest));
    let quote = quoted.chars().next().filter(|c| ['\'', '"'].contains(c))?;
    let mut rest = quoted.get(1..)?;
    let mut bytes = Vec::new();
    loop {
        let end = rest.find([quote, '\\'])?;
        bytes.extend_from_slice(rest.get(..end)?.as_bytes());
        rest = rest.get(end..)?;
        if let Some(after) = rest.strip_prefix(quote) {
            return Some((bytes, after));
        }
        let escape = rest.get(1..)?;
        let kind = escape.chars().next()?;
        rest = escape.get(kind.len_utf8()..)?;
        let mut number = |digits: usize| -> Option<u32> {
            let number = u32::from_str_radix(rest.get(..digits)?, 16).ok()?;
            rest = rest.get(digits..)?;
            Some(number)
        };
        match kind {
            'n' => bytes.push(b'\n'),
            'r' => bytes.push(b'\r'),
            't' => bytes.push(b'\t'),
            'x' => {
                let code = number(2)?;
                if is_bytes { bytes.push(u8::try_from(code).ok()?) } else { push(&mut bytes, code) }
            }
            'u' => push(&mut bytes, number(4)?),
            'U' => push(&mut bytes, number(8)?),
            other => {
                let mut buffer = [0; 4];
                bytes.extend_from_slice(other.encode_utf8(&mut buffer).as_bytes());
            }
        }
    }
}

/// `{'Name': b'value', 'Other': '110'}` at the start of a text: its pairs, up to the first that is no string.
pub(super) fn dictionary(text: &str) -> Vec<Pair> {
    let mut pairs = Vec::new();
    let mut rest = text.trim_start().strip_prefix('{').unwrap_or("").trim_start();
    while let Some((name, after)) = string(rest) {
        let Some(after) = after.trim_start().strip_prefix(':') else { break };
        let after = after.trim_start();
        let (value, after) = if let Some(found) = string(after) {
            found
        } else {
            let end = after.find([',', '}']).unwrap_or(after.len());
            (after[..end].trim().as_bytes().to_vec(), &after[end..])
        };
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        pairs.push((text(name), text(value)));
        let Some(after) = after.trim_start().strip_prefix(',') else { break };
        rest = after.trim_start();
    }
    pairs
}

fn push(bytes: &mut Vec<u8>, code: u32) {
    let mut buffer = [0; 4];
    let char = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    bytes.extend_from_slice(char.encode_utf8(&mut buffer).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_dictionaries() {
        assert_eq!(string(r"b'a\xc3\xa9\'\n\\'x"), Some((b"a\xc3\xa9'\n\\".to_vec(), "x")));
        assert_eq!(string("\"it's\" "), Some((b"it's".to_vec(), " ")));
        assert_eq!(string(r"'\xe9'"), Some(("é".as_bytes().to_vec(), "")));
        assert_eq!(string("'open"), None);
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(
            dictionary("{'A': b'1', 'B': 2, 'C': '3'}>"),
            [pair("A", "1"), pair("B", "2"), pair("C", "3")]
        );
        assert_eq!(dictionary("{'A': b'1', 'B"), [pair("A", "1")]);
        assert!(dictionary("nothing").is_empty());
    }
}
