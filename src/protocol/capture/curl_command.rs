//! A `curl` command line, as people paste it and as browsers and `--dry-run=curl` write it.

use super::Capture;
use super::request::{CapturedBody, CapturedRequest, Exchange};
use std::str::Chars;

/// The most commands that are read of one text.
const MAX_COMMANDS: usize = 10_000;

/// The options with a value of their own that say nothing about the request.
const PASSED_OVER: [&str; 30] = [
    "-o",
    "--output",
    "-w",
    "--write-out",
    "-m",
    "--max-time",
    "--connect-timeout",
    "--cacert",
    "--cert",
    "--key",
    "-x",
    "--proxy",
    "--resolve",
    "--retry",
    "--retry-delay",
    "--aws-sigv4",
    "-u",
    "--user",
    "-c",
    "--cookie-jar",
    "-D",
    "--dump-header",
    "--connect-to",
    "--interface",
    "--limit-rate",
    "--trace",
    "--trace-ascii",
    "-E",
    "-K",
    "--config",
];

pub(super) fn read(bytes: &[u8]) -> Capture {
    let text = String::from_utf8_lossy(bytes);
    let mut capture = Capture::default();
    let mut rest = text.as_ref();
    // One command after the other, as long as nothing else stands between them.
    while let Some(start) = command_start(rest).filter(|_| capture.exchanges.len() < MAX_COMMANDS) {
        let (before, command) = rest.split_at(start);
        let (words, after) = words(command);
        let piped = piped_body(before);
        if let Some(request) = request(&words, piped.as_deref(), &mut capture.notes) {
            capture.exchanges.push(Exchange { request: Some(request), answer: None });
        }
        rest = after;
    }
    capture.notes.dedup();
    capture
}

/// Where the word `curl` stands, if the text is a command rather than what curl printed.
fn command_start(text: &str) -> Option<usize> {
    let is_skipped = |line: &&str| line.trim().is_empty() || line.trim_start().starts_with('#');
    let skipped: usize = text.split_inclusive('\n').take_while(is_skipped).map(str::len).sum();
    let text_from_first = text.get(skipped..)?;
    let first_word = text_from_first.trim_start().trim_start_matches(['$', '%', ' ']);
    if first_word.starts_with("curl ")
        || first_word.starts_with("curl.exe ")
        || first_word.starts_with("curl \\")
    {
        return Some(text.len() - first_word.len());
    }
    // `printf %s … | base64 -d | curl …` carries a body that no command line can.
    let piped = first_word.starts_with("printf ").then(|| text_from_first.find("| curl "))??;
    Some(skipped + piped + 2)
}

fn request(words: &[String], piped: Option<&[u8]>, notes: &mut Vec<String>) -> Option<CapturedRequest> {
    let mut request = CapturedRequest::default();
    let (mut method, mut url, mut data, mut as_query) = (None, None, None::<Vec<u8>>, false);
    let mut from_file = false;
    let mut removed = Vec::new();
    let mut words = words.iter().skip(1).peekable();
    while let Some(word) = words.next() {
        // `--data=x` is no curl, but `-Hname: value` is.
        let (option, mut attached) = match word.as_bytes() {
            [b'-', letter, ..] if *letter != b'-' && word.len() > 2 && b"XHdAebu".contains(letter) => {
                word.split_at(2)
            }
            _ => (word.as_str(), ""),
        };
        let mut value = || {
            let given = std::mem::take(&mut attached);
            if given.is_empty() { words.next().cloned().unwrap_or_default() } else { given.to_owned() }
        };
        match option {
            "-X" | "--request" => method = Some(value()),
            "--url" => url = Some(value()),
            "-H" | "--header" => {
                let line = value();
                match line.split_once(':') {
                    Some((name, text)) if text.trim().is_empty() => {
                        removed.push(name.trim().to_ascii_lowercase());
                    }
                    Some((name, text)) => {
                        let text = text.strip_prefix(' ').unwrap_or(text);
                        request.headers.push((name.trim().to_owned(), text.to_owned()));
                    }
                    // `name;` sends it empty.
                    None => request.headers.push((line.trim_end_matches(';').to_owned(), String::new())),
                }
            }
            "-A" | "--user-agent" => request.headers.push(("User-Agent".to_owned(), value())),
            "-e" | "--referer" => request.headers.push(("Referer".to_owned(), value())),
            "-b" | "--cookie" => request.headers.push(("Cookie".to_owned(), value())),
            "-G" | "--get" => as_query = true,
            "-I" | "--head" => method = Some("HEAD".to_owned()),
            "-d" | "--data" | "--data-ascii" | "--data-raw" | "--data-binary" | "--json" | "-T"
            | "--upload-file" => {
                let given = value();
                let mut part = given.clone().into_bytes();
                if matches!(option, "-T" | "--upload-file")
                    || (given.starts_with('@') && option != "--data-raw")
                {
                    if let (Some(bytes), "@-") = (piped, given.as_str()) {
                        bytes.clone_into(&mut part);
                    } else {
                        from_file = true;
                        notes.push(
                            "the command sends a file, which is not read here; give it with --body @FILE"
                                .to_owned(),
                        );
                    }
                }
                if option == "--json" {
                    for name in ["Content-Type", "Accept"] {
                        request.headers.push((name.to_owned(), "application/json".to_owned()));
                    }
                }
                match &mut data {
                    Some(data) if option != "--json" => {
                        data.push(b'&');
                        data.extend_from_slice(&part);
                    }
                    Some(data) => data.extend_from_slice(&part),
                    None => data = Some(part),
                }
            }
            option if PASSED_OVER.contains(&option) => drop(value()),
            option if option.starts_with('-') && option != "-" => {}
            "|" | ";" | "&&" | ">" => break,
            text if url.is_none() => url = Some(text.to_owned()),
            _ => {}
        }
    }
    let mut url = url?;
    if as_query && let Some(data) = data.take() {
        url.push(if url.contains('?') { '&' } else { '?' });
        url.push_str(&String::from_utf8_lossy(&data));
    }
    request.at(&url);
    request.method = method.unwrap_or_else(|| if data.is_some() { "POST" } else { "GET" }.to_owned());
    // What curl adds on its own.
    let mut adds = vec![("Accept", "*/*")];
    if data.is_some() {
        adds.push(("Content-Type", "application/x-www-form-urlencoded"));
    }
    for (name, text) in adds {
        if request.header(name).is_none() && !removed.contains(&name.to_ascii_lowercase()) {
            request.headers.push((name.to_owned(), text.to_owned()));
        }
    }
    request.body = match data {
        _ if from_file => CapturedBody::NotShown,
        Some(data) if !data.is_empty() => CapturedBody::Whole(data.into()),
        _ => CapturedBody::Empty,
    };
    Some(request)
}

/// `printf %s 'BASE64' | base64 -d |`
fn piped_body(before: &str) -> Option<Vec<u8>> {
    let (words, _) = words(before);
    let text = words.iter().skip_while(|word| *word != "printf").nth(2)?;
    base64_simd::STANDARD.decode_to_vec(text.as_bytes()).ok()
}

/// The words of a command for a POSIX shell, with `$'…'` as browsers write it, and what comes after its line.
fn words(text: &str) -> (Vec<String>, &str) {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\n' => break,
            '\\' => match chars.next() {
                Some('\r') => drop(next_if(&mut chars, |c| c == '\n')),
                Some('\n') | None => {}
                Some(other) => word.get_or_insert_default().push(other),
            },
            '\'' => {
                let word = word.get_or_insert_default();
                word.extend(chars.by_ref().take_while(|c| *c != '\''));
            }
            '$' if chars.as_str().starts_with('\'') => {
                chars.next();
                let word = word.get_or_insert_default();
                while let Some(c) = chars.next().filter(|c| *c != '\'') {
                    if c != '\\' {
                        word.push(c);
                        continue;
                    }
                    match chars.next() {
                        Some('n') => word.push('\n'),
                        Some('r') => word.push('\r'),
                        Some('t') => word.push('\t'),
                        Some(kind @ ('u' | 'x')) => {
                            let most = if kind == 'u' { 4 } else { 2 };
                            let mut digits = String::new();
                            while digits.len() < most
                                && let Some(digit) = next_if(&mut chars, |c| c.is_ascii_hexdigit())
                            {
                                digits.push(digit);
                            }
                            let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                            word.push(code.unwrap_or(char::REPLACEMENT_CHARACTER));
                        }
                        Some(other) => word.push(other),
                        None => {}
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                while let Some(c) = chars.next().filter(|c| *c != '"') {
                    match (c, chars.as_str().chars().next()) {
                        ('\\', Some('"' | '\\' | '$' | '`')) => word.extend(chars.next()),
                        ('\\', Some('\n')) => drop(chars.next()),
                        _ => word.push(c),
                    }
                }
            }
            c if c.is_whitespace() => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    (words, chars.as_str())
}

fn next_if(chars: &mut Chars<'_>, fits: impl Fn(char) -> bool) -> Option<char> {
    chars.as_str().starts_with(fits).then(|| chars.next())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_would_see_the_same_words() {
        assert_eq!(
            words("curl \\\n -H 'a: it'\\''s' \"x\\\"y\" $'q\\'\\u00e9\\n' b\\ c ''\nnext é"),
            (["curl", "-H", "a: it's", "x\"y", "q'é\n", "b c", ""].map(str::to_owned).to_vec(), "next é")
        );
    }
}
