//! What is told of a request when its answer has ended: no prompt, no answer, no key.

use crate::protocol::decimals::{push_padded, push_whole};
use crate::protocol::timestamp;
use serde_json::{Map, Value};
use std::fmt::{self, Write as _};
use std::time::{Duration, SystemTime};

/// Hears of every request when its answer has ended. It is called where requests are served, so it must not wait.
pub trait AccessLog: fmt::Debug + Send + Sync + 'static {
    /// One request has ended.
    fn ended(&self, entry: &AccessEntry<'_>);

    /// There are no credentials, for another reason than before. `/readyz` tells everyone that, but only who may ask a
    /// model why: it has names of accounts, roles and files, and what programs wrote.
    fn not_ready(&self, _reason: &str) {}
}

/// One request and what came of it. As text it is one line.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AccessEntry<'a> {
    /// When it came.
    pub time: SystemTime,
    /// The id in the header `x-request-id` of its answer.
    pub request_id: &'a str,
    /// Which endpoint: `chat_completions`; `none` where there is none at its path.
    pub endpoint: &'static str,
    /// The status; 499 where the client went away before there was one.
    pub status: u16,
    /// The name of its key.
    pub key: Option<&'a str>,
    /// What the client called the model.
    pub model: Option<&'a str>,
    /// What Bedrock was asked: `Converse`.
    pub operation: Option<&'static str>,
    /// The id, profile or ARN that was called.
    pub upstream_model: Option<&'a str>,
    /// The region that was asked.
    pub region: Option<&'a str>,
    /// What it took, where that is known: of an answer that broke off, what Bedrock had told by then.
    pub tokens: Option<Tokens>,
    /// From the request to the first piece of its answer.
    pub first_token: Option<Duration>,
    /// From the request to the end of its answer.
    pub took: Duration,
    /// Why the model stopped: `end_turn`.
    pub stop_reason: Option<&'a str>,
    /// What kind of failure: `throttled`, `client_gone`.
    pub error: Option<&'static str>,
}

/// Counts of tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tokens {
    /// Of the prompt, but for the cache's.
    pub input: u64,
    /// Of the answer.
    pub output: u64,
    /// Read from the cache.
    pub cache_read: u64,
    /// Written to the cache.
    pub cache_write: u64,
}

impl Tokens {
    /// All of them.
    pub fn total(self) -> u64 {
        let all = [self.output, self.cache_read, self.cache_write];
        all.into_iter().fold(self.input, u64::saturating_add)
    }

    /// Adds others: an upstream may count as it likes.
    pub(super) fn add(&mut self, other: Self) {
        for (sum, count) in [
            (&mut self.input, other.input),
            (&mut self.output, other.output),
            (&mut self.cache_read, other.cache_read),
            (&mut self.cache_write, other.cache_write),
        ] {
            *sum = sum.saturating_add(count);
        }
    }
}

impl AccessEntry<'_> {
    /// The entry as one line of JSON; what is not known is left out.
    pub fn to_json(&self) -> String {
        let mut members = Map::new();
        let mut put = |name: &str, value: Value| {
            if !value.is_null() {
                members.insert(name.to_owned(), value);
            }
        };
        put("time", timestamp::iso_8601(self.time).into());
        put("request_id", self.request_id.into());
        put("endpoint", self.endpoint.into());
        put("status", self.status.into());
        put("key", self.key.into());
        put("model", self.model.into());
        put("operation", self.operation.into());
        put("upstream_model", self.upstream_model.into());
        put("region", self.region.into());
        if let Some(tokens) = self.tokens {
            put("input_tokens", tokens.input.into());
            put("output_tokens", tokens.output.into());
            put("cache_read_tokens", tokens.cache_read.into());
            put("cache_write_tokens", tokens.cache_write.into());
        }
        put("first_token_ms", self.first_token.map(milliseconds).into());
        put("took_ms", milliseconds(self.took).into());
        put("stop_reason", self.stop_reason.into());
        put("error", self.error.into());
        Value::Object(members).to_string()
    }

    /// The entry as one line of text, put behind another text.
    pub fn push_text(&self, line: &mut String) {
        timestamp::push_iso_8601(line, self.time);
        line.push(' ');
        push_whole(line, self.status.into());
        line.push(' ');
        line.push_str(self.endpoint);
        push_word(line, " model=", self.model);
        push_word(line, " upstream=", self.upstream_model);
        push_word(line, " region=", self.region);
        push_word(line, " key=", self.key);
        if let Some(tokens) = self.tokens {
            let cached = tokens.cache_read.saturating_add(tokens.cache_write);
            push_count(line, " in=", tokens.input);
            if cached > 0 {
                push_count(line, " cached=", cached);
            }
            push_count(line, " out=", tokens.output);
        }
        push_word(line, " stop=", self.stop_reason);
        push_word(line, " error=", self.error);
        if let Some(first_token) = self.first_token {
            push_milliseconds(line, " first=", first_token);
        }
        push_milliseconds(line, " took=", self.took);
        line.push_str(" id=");
        line.push_str(self.request_id);
    }
}

impl fmt::Display for AccessEntry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = String::new();
        self.push_text(&mut line);
        f.write_str(&line)
    }
}

/// Text of a client is one word, and forges no line.
fn push_word(line: &mut String, name: &str, value: Option<&str>) {
    let Some(value) = value else { return };
    line.push_str(name);
    let is_plain = |byte| matches!(byte, b'!'..=b'~') && byte != b'"';
    let is_word = |c: char| !c.is_control() && !c.is_whitespace() && c != '"';
    if value.bytes().all(is_plain) || value.chars().all(is_word) {
        line.push_str(value);
    } else {
        let _ = write!(line, "{value:?}"); // a string takes everything
    }
}

fn push_count(line: &mut String, name: &str, count: u64) {
    line.push_str(name);
    push_whole(line, count);
}

/// `1.5ms`: three decimals at most, since a gateway's own answers take microseconds.
fn push_milliseconds(line: &mut String, name: &str, duration: Duration) {
    let micros = duration.as_secs().saturating_mul(1_000_000).saturating_add(duration.subsec_micros().into());
    push_count(line, name, micros / 1000);
    let rest = micros % 1000;
    if rest > 0 {
        line.push('.');
        push_padded(line, rest, 3);
        line.truncate(line.trim_end_matches('0').len());
    }
    line.push_str("ms");
}

#[allow(clippy::cast_precision_loss)] // it would take 285 years
fn milliseconds(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> AccessEntry<'static> {
        AccessEntry {
            time: SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_323_045),
            request_id: "req_1",
            endpoint: "chat_completions",
            status: 200,
            key: Some("dev"),
            model: Some("a b\n2026 forged"),
            operation: Some("Converse"),
            upstream_model: Some("us.anthropic.claude-x"),
            region: Some("us-west-2"),
            tokens: Some(Tokens { input: 3, output: 5, ..Tokens::default() }),
            first_token: None,
            took: Duration::from_micros(1500),
            stop_reason: Some("end_turn"),
            error: None,
        }
    }

    #[test]
    fn an_entry_is_one_line_whatever_a_client_sends() {
        assert_eq!(
            entry().to_string(),
            "2026-01-02T03:04:05Z 200 chat_completions model=\"a b\\n2026 forged\" upstream=us.anthropic.claude-x \
             region=us-west-2 key=dev in=3 out=5 stop=end_turn took=1.5ms id=req_1"
        );
    }

    #[test]
    fn times_have_no_zeros_at_their_end() {
        let shown = |micros| {
            let mut line = String::new();
            push_milliseconds(&mut line, "", Duration::from_micros(micros));
            line
        };
        let shown = [0, 7, 100, 1500, 20_010, 3_000_000].map(shown);
        assert_eq!(shown, ["0ms", "0.007ms", "0.1ms", "1.5ms", "20.01ms", "3000ms"]);
    }

    #[test]
    fn an_entry_is_json_without_what_is_not_known() {
        let json: Value = serde_json::from_str(&entry().to_json()).unwrap();
        assert_eq!(json["model"], "a b\n2026 forged");
        assert_eq!((&json["took_ms"], &json["input_tokens"]), (&1.5.into(), &3.into()));
        assert!(json.get("error").is_none() && json.get("first_token_ms").is_none());
    }
}
