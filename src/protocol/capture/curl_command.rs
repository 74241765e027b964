//! A `curl` command line, as people paste it and as browsers and `--dry-run=curl` write it.

use super::Capture;
use super::curl_options::{Argument, arguments};
use super::request::{CapturedBody, CapturedRequest, Exchange};
use super::shell_words::{ShellCommand, command};

/// The most commands that are read of one text, and the most words of all of them.
const MAX_COMMANDS: usize = 10_000;
const MAX_WORDS: usize = 200_000;

/// Words that a command may stand behind.
const BEFORE_COMMANDS: [&str; 8] = ["time", "sudo", "env", "exec", "command", "nohup", "then", "do"];

/// Commands that stand in scripts before the one that matters.
const PASSED_OVER: [&str; 9] =
    ["export", "set", "unset", "cd", "source", ".", "declare", "local", "readonly"];

/// Commands whose output is piped into curl as a body.
const PIPED: [&str; 4] = ["printf", "echo", "cat", "jq"];

pub(super) fn read(bytes: &[u8]) -> Capture {
    let text = String::from_utf8_lossy(bytes);
    let mut capture = Capture::default();
    let mut rest = text.as_ref();
    let (mut commands, mut words) = (0, 0);
    // One command after the other, as long as nothing else stands between them.
    while let Some(start) = command_start(rest).filter(|_| commands < MAX_COMMANDS && words < MAX_WORDS) {
        let (before, line) = rest.split_at(start);
        let command = command(line);
        let piped = piped_body(before);
        if let Some(request) = Reader::default().run(&command, piped.as_deref(), &mut capture.notes) {
            capture.exchanges.push(Exchange { request: Some(request), answer: None });
        }
        (commands, words) = (commands + 1, words + command.words.len());
        rest = command.rest;
    }
    capture.notes.dedup();
    capture
}

/// Where the word `curl` stands, if the text is a command rather than what curl printed.
fn command_start(text: &str) -> Option<usize> {
    let mut rest = text;
    loop {
        rest = rest.trim_start().trim_start_matches(['$', '%', ' ']);
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        let at = text.len() - rest.len();
        let name = word.rsplit('/').next().unwrap_or_default();
        if matches!(name, "curl" | "curl.exe") && !behind.is_empty() {
            return Some(at + word.len() - name.len());
        }
        rest = if word.starts_with('#') || PASSED_OVER.contains(&word) || word.starts_with("```") {
            line_end(rest)
        } else if is_assignment(word) {
            // Its value may be quoted, and go on over spaces and lines.
            after_word(rest)
        } else if BEFORE_COMMANDS.contains(&word) {
            let options = behind.trim_start_matches([' ', '\t']);
            if options.starts_with('-') { after_word(options) } else { options }
        } else if PIPED.contains(&word) {
            return rest.find("| curl ").map(|piped| at + piped + 2);
        } else {
            return None;
        };
        if rest.is_empty() {
            return None;
        }
    }
}

/// `NAME=value`
fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

/// What follows the first word: a quoted one ends with its quote.
fn after_word(text: &str) -> &str {
    let mut quote = None;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (None | Some('"'), '\\') => drop(chars.next()),
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, c) if c.is_whitespace() || c == ';' => {
                return text.get(at + c.len_utf8()..).unwrap_or_default();
            }
            _ => {}
        }
    }
    ""
}

/// What follows the first line of commands.
fn line_end(text: &str) -> &str {
    if text.starts_with(['#', '`']) {
        return text.split_once('\n').map_or("", |(_, rest)| rest);
    }
    command(text).rest
}

/// `printf %s 'BASE64' | base64 -d |` carries a body that no command line can.
fn piped_body(before: &str) -> Option<Vec<u8>> {
    let is_decoded = before.trim_end().ends_with("| base64 -d |");
    let words = command(before.get(before.rfind("printf ").filter(|_| is_decoded)?..)?).words;
    base64_simd::STANDARD.decode_to_vec(words.get(2)?.as_bytes()).ok()
}

/// What has been read of a command.
#[derive(Default)]
struct Reader<'a> {
    request: CapturedRequest,
    method: Option<&'a str>,
    /// HEAD or PUT, where an option means it.
    implied_method: Option<&'static str>,
    urls: Vec<&'a str>,
    /// `--request-target`, and what `--url-query` adds.
    target: Option<&'a str>,
    query: Vec<&'a str>,
    data: Option<Vec<u8>>,
    is_query: bool,
    is_not_shown: bool,
    /// The headers that curl is told to leave out.
    removed: Vec<String>,
    notes: Vec<String>,
}

impl<'a> Reader<'a> {
    fn run(
        mut self,
        command: &'a ShellCommand<'_>,
        piped: Option<&[u8]>,
        notes: &mut Vec<String>,
    ) -> Option<CapturedRequest> {
        for argument in arguments(command.words.get(1..)?) {
            match argument {
                Argument::Option("next", _) => {
                    self.notes.push("the command sends several requests; the first was read".to_owned());
                    break;
                }
                Argument::Option(name, value) => self.option(name, value, piped),
                Argument::Url(url) => self.urls.push(url),
                Argument::Unknown(word) => {
                    self.guess(format!(
                        "curl's option {word} is not known here, so that the request is a guess"
                    ));
                }
            }
        }
        if command.is_expanded {
            self.guess(
                "the command has variables, which the shell replaces and which are not read here; capture the request as \
                 it is sent (curl -v prints it)"
                    .to_owned(),
            );
        }
        if command.is_cut {
            self.guess("the command has more words than are read, so that the request is a guess".to_owned());
        }
        self.finish(notes)
    }

    fn option(&mut self, name: &'static str, value: &'a str, piped: Option<&[u8]>) {
        match name {
            "request" => self.method = Some(value),
            "url" => self.urls.push(value),
            "url-query" => self.query.push(value),
            "request-target" => self.target = Some(value),
            "header" => self.header(value),
            "user-agent" => self.add("User-Agent", value),
            "referer" => self.add("Referer", value),
            "range" => self.add("Range", &format!("bytes={value}")),
            "oauth2-bearer" => self.add("Authorization", &format!("Bearer {value}")),
            "cookie" => self.add("Cookie", value),
            "get" => self.is_query = true,
            "head" => self.implied_method = Some("HEAD"),
            "data" | "data-ascii" | "data-raw" | "data-binary" | "json" | "upload-file" => {
                self.data(name, value, piped);
            }
            "data-urlencode" | "form" | "form-string" => {
                let note = format!("the command lets curl write the body (--{name}), which is not done here");
                self.not_shown(note);
                self.data.get_or_insert_default();
            }
            "config" | "variable" => {
                self.guess(format!(
                    "the command has --{name}, which is not read here, so that the request is a guess"
                ));
            }
            _ => {}
        }
    }

    fn header(&mut self, line: &str) {
        match line.split_once(':') {
            _ if line.starts_with('@') => {
                self.guess("the command has headers in a file, which is not read here".to_owned());
            }
            Some((name, text)) if text.trim().is_empty() => {
                self.removed.push(name.trim().to_ascii_lowercase());
            }
            Some((name, text)) => self.add(name.trim(), text.strip_prefix(' ').unwrap_or(text)),
            // `name;` sends it empty.
            None => self.add(line.trim_end_matches(';'), ""),
        }
    }

    fn data(&mut self, name: &'static str, value: &str, piped: Option<&[u8]>) {
        let is_upload = name == "upload-file";
        if is_upload {
            self.implied_method = Some("PUT");
        }
        let is_file = is_upload || (value.starts_with('@') && name != "data-raw");
        let part = match (is_file, piped) {
            (false, _) => value.as_bytes(),
            (true, Some(piped)) if value == "@-" => piped,
            (true, _) => {
                let note = "the command sends a file, which is not read here; give the body itself";
                self.not_shown(note.to_owned());
                &[]
            }
        };
        if name == "json" {
            self.add("Content-Type", "application/json");
            self.add("Accept", "application/json");
        }
        if let Some(data) = self.data.as_mut().filter(|_| name != "json") {
            data.push(b'&');
        }
        self.data.get_or_insert_default().extend_from_slice(part);
    }

    fn add(&mut self, name: &str, value: &str) {
        self.request.headers.push((name.to_owned(), value.to_owned()));
    }

    fn guess(&mut self, note: String) {
        self.request.is_guessed = true;
        self.notes.push(note);
    }

    fn not_shown(&mut self, note: String) {
        self.is_not_shown = true;
        self.notes.push(note);
    }

    fn finish(mut self, notes: &mut Vec<String>) -> Option<CapturedRequest> {
        // A word that looks like a URL, rather than the value of an option that is not known.
        let url = self.urls.iter().find(|url| url.contains("://")).or_else(|| self.urls.first())?;
        let mut url = (*url).to_owned();
        let data = self.data.take();
        let in_query = data.as_deref().filter(|_| self.is_query).map(String::from_utf8_lossy);
        for part in in_query.iter().map(AsRef::as_ref).chain(self.query) {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(part);
        }
        let has_body = data.is_some() && !self.is_query;
        let mut request = self.request;
        request.is_guessed |= self.is_query && self.is_not_shown;
        request.at(&url);
        if let Some(target) = self.target {
            target.clone_into(&mut request.target);
        }
        let usual = if has_body { "POST" } else { "GET" };
        let method = self.method.or(self.implied_method).unwrap_or(usual);
        method.clone_into(&mut request.method);
        // What curl adds on its own.
        let mut adds = vec![("Accept", "*/*")];
        if has_body && self.implied_method != Some("PUT") {
            adds.push(("Content-Type", "application/x-www-form-urlencoded"));
        }
        for (name, text) in adds {
            if request.header(name).is_none() && !self.removed.contains(&name.to_ascii_lowercase()) {
                request.headers.push((name.to_owned(), text.to_owned()));
            }
        }
        request.body = match data.filter(|_| has_body) {
            _ if self.is_not_shown => CapturedBody::NotShown,
            Some(data) if !data.is_empty() => CapturedBody::Whole(data.into()),
            _ => CapturedBody::Empty,
        };
        notes.extend(self.notes);
        Some(request)
    }
}
