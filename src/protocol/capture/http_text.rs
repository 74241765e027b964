//! HTTP/1.1 as text, with CRLF or LF: alone in a file, between other lines of a log, behind the `>` and `<` of `curl -v`,
//! or quoted in a wire log (`http-outgoing-0 >> "POST /path HTTP/1.1[\r][\n]"`, `send: b'POST …'`).

use super::Capture;
use super::chunked;
use super::message_line::{Mark, Start, content, header, is_log_line, start, without_pseudo_headers};
use super::python_literal;
use super::request::{CapturedAnswer, CapturedBody, CapturedRequest, Exchange};
use bytes::Bytes;

pub(super) fn read(bytes: &[u8]) -> Capture {
    let unquoted = python_sends(bytes);
    let bytes = unquoted.as_deref().unwrap_or(bytes);
    let lines = lines(bytes);
    let mut reader = Reader { bytes, lines, at: 0, capture: Capture::default() };
    reader.run();
    reader.capture
}

/// `send: b'POST …'` and `reply: 'HTTP/1.1 403 …'` of Python's http.client, which other lines stand between.
fn python_sends(bytes: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(bytes).ok()?;
    if !text.contains("send: b'") && !text.contains("send: b\"") {
        return None;
    }
    let mut sent = Vec::new();
    for part in text.split("send: ").skip(1) {
        if let Some((bytes, _)) = python_literal::string(part) {
            sent.extend_from_slice(&bytes);
        }
    }
    Some(sent)
}

/// The most lines that are told apart: the last one is all that follows. A capture may have nothing but line ends.
const MAX_LINES: usize = 2_000_000;

/// One line: where it starts, and where its text and its end are.
#[derive(Clone, Copy)]
struct Line {
    start: usize,
    text_end: usize,
    end: usize,
}

fn lines(bytes: &[u8]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    while start < bytes.len() {
        let rest = bytes.get(start..).unwrap_or_default();
        let end = rest.iter().position(|byte| *byte == b'\n').filter(|_| lines.len() + 1 < MAX_LINES);
        let length = end.map_or(rest.len(), |at| at + 1);
        let text = rest.get(..length).unwrap_or_default();
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        lines.push(Line { start, text_end: start + text.len(), end: start + length });
        start += length;
    }
    lines
}

struct Reader<'a> {
    bytes: &'a [u8],
    lines: Vec<Line>,
    /// The line at hand.
    at: usize,
    capture: Capture,
}

impl Reader<'_> {
    fn run(&mut self) {
        let mut tunnel = false;
        while self.at < self.lines.len() {
            let Some((start, mark)) = self.line(self.at).as_deref().and_then(start) else {
                self.at += 1;
                continue;
            };
            let first = self.at;
            self.at += 1;
            let mut headers = self.headers(&mark);
            without_pseudo_headers(&mut headers);
            match start {
                Start::Request { method, .. } if method == "CONNECT" => tunnel = true,
                Start::Request { method, target } => {
                    tunnel = false;
                    let mut request = CapturedRequest { method, headers, ..CapturedRequest::default() };
                    request.at(&target);
                    request.body = self.request_body(&mark, &request, first);
                    self.capture.exchanges.push(Exchange { request: Some(request), answer: None });
                }
                // The answer of a proxy to CONNECT, and 100 Continue, are not the answer.
                Start::Answer { .. } if tunnel => tunnel = false,
                Start::Answer { status } if (100..200).contains(&status) => {}
                Start::Answer { status } => {
                    let mut answer = CapturedAnswer { status, ..CapturedAnswer::default() };
                    for (name, value) in &headers {
                        answer.push_header(name, value);
                    }
                    answer.body = self.answer_body(&mark, &answer);
                    match self.capture.exchanges.last_mut() {
                        Some(exchange) if exchange.answer.is_none() => exchange.answer = Some(answer),
                        _ => self.capture.exchanges.push(Exchange { request: None, answer: Some(answer) }),
                    }
                }
            }
        }
    }

    fn line(&self, at: usize) -> Option<String> {
        let line = self.lines.get(at)?;
        // A request line is short; the bytes of a body need no look.
        let text = self.bytes.get(line.start..line.text_end.min(line.start + 64 * 1024))?;
        Some(String::from_utf8_lossy(text).into_owned())
    }

    /// The headers up to the blank line. A value that goes on in the next line is put together.
    fn headers(&mut self, mark: &Mark) -> Vec<(String, String)> {
        let mut headers: Vec<(String, String)> = Vec::new();
        while let Some(line) = self.line(self.at) {
            let Some(line) = content(&line, mark) else {
                // What curl says about the connection stands between.
                if matches!(mark, Mark::Behind(_)) && line.starts_with(['*', '{', '}']) {
                    self.at += 1;
                    continue;
                }
                return headers;
            };
            if start(&line).is_some() && matches!(mark, Mark::Indent(_)) {
                return headers;
            }
            self.at += 1;
            if line.trim().is_empty() {
                return headers;
            }
            match header(&line) {
                Some(header) => headers.push(header),
                None => {
                    if let Some((_, value)) = headers.last_mut() {
                        let is_break = value.ends_with([',', ' ']) || line.starts_with([' ', '\t']);
                        if is_break && !value.ends_with(' ') {
                            value.push(' ');
                        }
                        value.push_str(line.trim());
                    }
                }
            }
        }
        headers
    }

    fn request_body(&mut self, mark: &Mark, request: &CapturedRequest, first: usize) -> CapturedBody {
        let announced = request.header("content-length").and_then(|value| value.trim().parse::<usize>().ok());
        let is_chunked = request
            .header("transfer-encoding")
            .is_some_and(|value| value.to_ascii_lowercase().contains("chunked"));
        match mark {
            // curl shows no body that it sends.
            Mark::Behind(mark) if mark == "> " || mark == ">" => match (announced, is_chunked) {
                (None | Some(0), false) => CapturedBody::Empty,
                _ => CapturedBody::NotShown,
            },
            Mark::Behind(_) | Mark::Quoted(_) => {
                let body = self.marked_body(mark);
                match announced {
                    Some(length) if body.len() > length => {
                        CapturedBody::Whole(Bytes::copy_from_slice(body.get(..length).unwrap_or_default()))
                    }
                    Some(length) if body.len() < length => {
                        CapturedBody::Cut { has: body.len(), announced: length }
                    }
                    _ if body.is_empty() => CapturedBody::Empty,
                    _ => CapturedBody::Whole(body.into()),
                }
            }
            Mark::Indent(_) => {
                let start = self.lines.get(self.at).map_or(self.bytes.len(), |line| line.start);
                let rest = self.bytes.get(start..).unwrap_or_default();
                if let Some(length) = announced {
                    return if let Some(body) = rest.get(..length) {
                        self.skip_to(start + length);
                        match length {
                            0 => CapturedBody::Empty,
                            _ => CapturedBody::Whole(Bytes::copy_from_slice(body)),
                        }
                    } else {
                        self.at = self.lines.len();
                        if rest.is_empty() {
                            CapturedBody::NotShown
                        } else {
                            CapturedBody::Cut { has: rest.len(), announced: length }
                        }
                    };
                }
                let wrote_crlf = self.lines.get(first).is_some_and(|line| line.end - line.text_end == 2);
                let body = self.up_to_next_start(start);
                if let (true, Some(joined)) = (is_chunked, chunked::joined(body)) {
                    return CapturedBody::Whole(joined.into());
                }
                let body = Bytes::copy_from_slice(body);
                match body.as_ref() {
                    b"" | b"\n" | b"\r\n" => CapturedBody::Empty,
                    // Written by an editor: nobody types CRLF.
                    text if !wrote_crlf && text.ends_with(b"\n") => CapturedBody::PerhapsOneNewlineLess(body),
                    _ => CapturedBody::Whole(body),
                }
            }
        }
    }

    fn answer_body(&mut self, mark: &Mark, answer: &CapturedAnswer) -> Bytes {
        let announced =
            answer.headers.get("content-length").and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
        match mark {
            Mark::Quoted(_) => self.marked_body(mark).into(),
            Mark::Behind(mark) if mark != "< " && mark != "<" => {
                self.marked_body(&Mark::Behind(mark.clone())).into()
            }
            // curl prints the body as it is, with words about the connection around it.
            Mark::Behind(_) => {
                let mut body = Vec::new();
                while let Some(line) = self.lines.get(self.at).copied() {
                    let text = self.bytes.get(line.start..line.end).unwrap_or_default();
                    if [&b"> "[..], b"< HTTP/"].iter().any(|mark| text.starts_with(mark)) {
                        break;
                    }
                    self.at += 1;
                    let is_curls = [&b"* "[..], b"{ [", b"} ["].iter().any(|mark| text.starts_with(mark));
                    if is_curls {
                        continue;
                    }
                    // A body without a last newline stands before curl's own words on one line.
                    let text = match text.windows(14).position(|part| part == b"* Connection #") {
                        Some(at) => text.get(..at).unwrap_or_default(),
                        None => text,
                    };
                    body.extend_from_slice(text);
                }
                if let Some(length) = announced.filter(|length| *length <= body.len()) {
                    body.truncate(length);
                }
                body.into()
            }
            Mark::Indent(_) => {
                let start = self.lines.get(self.at).map_or(self.bytes.len(), |line| line.start);
                let rest = self.bytes.get(start..).unwrap_or_default();
                if let Some(body) = announced.and_then(|length| rest.get(..length)) {
                    self.skip_to(start + body.len());
                    return Bytes::copy_from_slice(body);
                }
                let body = self.up_to_next_start(start);
                chunked::joined(body).map_or_else(|| Bytes::copy_from_slice(body), Bytes::from)
            }
        }
    }

    /// The lines behind the same mark, put together.
    fn marked_body(&mut self, mark: &Mark) -> Vec<u8> {
        let mut body = Vec::new();
        while let Some(line) = self.lines.get(self.at) {
            let text = self.bytes.get(line.start..line.text_end).unwrap_or_default();
            let text = String::from_utf8_lossy(text);
            let Some(text) = content(&text, mark) else {
                // The two directions are logged as they come.
                if text.contains(">> ") || text.contains("<< ") || body.is_empty() {
                    return body;
                }
                self.at += 1;
                continue;
            };
            if start(&text).is_some() {
                return body;
            }
            self.at += 1;
            body.extend_from_slice(text.as_bytes());
        }
        body
    }

    /// Everything before the next message or the next record of a log.
    fn up_to_next_start(&mut self, from: usize) -> &[u8] {
        let mut end = self.bytes.len();
        while let Some(line) = self.lines.get(self.at).copied() {
            let text = self.line(self.at).unwrap_or_default();
            if start(&text).is_some() || is_log_line(&text) {
                end = line.start;
                break;
            }
            self.at += 1;
        }
        self.bytes.get(from..end).unwrap_or_default()
    }

    /// Goes on with the first line that starts at an offset or later; a line that it cuts is cut there.
    fn skip_to(&mut self, offset: usize) {
        while let Some(line) = self.lines.get_mut(self.at) {
            if line.start >= offset {
                return;
            }
            if line.end > offset {
                line.start = offset;
                line.text_end = line.text_end.max(offset);
                return;
            }
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_alone_fill_no_memory() {
        let lines = lines(&vec![b'\n'; MAX_LINES + 10]);
        assert_eq!((lines.len(), lines.last().unwrap().end), (MAX_LINES, MAX_LINES + 10));
    }
}
