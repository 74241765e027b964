//! Other bodies, or none.

use super::json_forms;
use super::{Found, Origin};
use crate::protocol::diagnosis::mistake::Mistake;
use crate::protocol::diagnosis::search::Part;
use crate::protocol::diagnosis::view::Change;
use crate::protocol::sigv4::hash::sha256_hex;
use sha2::{Digest as _, Sha256};

/// The hash of nothing.
pub(in crate::protocol::diagnosis) const EMPTY: &str =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
/// What S3 takes in the place of a hash.
const NO_HASHES: [&str; 4] = [
    "UNSIGNED-PAYLOAD",
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    "STREAMING-AWS4-HMAC-SHA256-EVENTS",
];

pub(super) fn add(origin: &Origin<'_>, found: &mut Found) {
    let mut payloads = Payloads { found, seen: vec![origin.base.payload.clone()] };
    payloads.add(EMPTY.to_owned(), Mistake::EmptyBodyHash, "whose body was empty when it was hashed");
    for literal in NO_HASHES {
        payloads.add(
            literal.to_owned(),
            Mistake::UnsignedPayload,
            &format!("that says {literal} in the place of the body's hash"),
        );
    }
    payloads.add(String::new(), Mistake::EmptyBodyHash, "whose canonical request has no hash of the body");
    if let Some(named) = origin.request.header("x-amz-content-sha256") {
        payloads.add(
            named.trim().to_owned(),
            Mistake::BodyChanged,
            "whose body was that which x-amz-content-sha256 names",
        );
    }
    let Some(body) = origin.body.filter(|body| !body.is_empty()) else { return };
    if origin.base.payload.len() != 64 || origin.claimed.service == "s3" {
        payloads.add(sha256_hex(body), Mistake::BodyChanged, "that signs the hash of this body");
    }
    payloads.line_ends(body);
    json_forms::for_each(body, |name, form| {
        payloads.with_newline(form, &format!("whose body was {name} when it was signed"));
    });
    // The hash's own form.
    let right = origin.base.payload.to_ascii_uppercase();
    payloads.add(right, Mistake::BodyChanged, "whose body's hash is in upper case");
}

struct Payloads<'a> {
    found: &'a mut Found,
    seen: Vec<String>,
}

impl Payloads<'_> {
    fn add(&mut self, payload: String, mistake: Mistake, what: &str) {
        if self.seen.contains(&payload) {
            return;
        }
        self.seen.push(payload.clone());
        // A signer that sends the hash in a header signs it there, too; what is sent may be what it was.
        self.found.add(Part::Payload, &[mistake], what, vec![Change::Payload(payload)]);
    }

    /// A body, and the same with a newline at its end: one pass hashes both.
    fn with_newline(&mut self, body: &[u8], what: &str) {
        let hash = Sha256::new_with_prefix(body);
        let ended = hash.clone().chain_update(b"\n");
        self.add(hex::encode(hash.finalize()), Mistake::BodyChanged, what);
        self.add(
            hex::encode(ended.finalize()),
            Mistake::BodyChanged,
            &format!("{what}, with a newline at its end"),
        );
    }

    fn line_ends(&mut self, body: &[u8]) {
        let hash = Sha256::new_with_prefix(body);
        for (end, name) in [(&b"\n"[..], "a newline"), (b"\r\n", "CRLF"), (b" ", "a space")] {
            let ended = hash.clone().chain_update(end);
            self.add(
                hex::encode(ended.finalize()),
                Mistake::BodyChanged,
                &format!("whose body had {name} at its end"),
            );
        }
        let trimmed = body.trim_ascii_end();
        let one_less = body.strip_suffix(b"\n").unwrap_or(body);
        for less in [one_less, trimmed, body.trim_ascii()] {
            if less.len() < body.len() {
                self.add(sha256_hex(less), Mistake::BodyChanged, "whose body had no white space at its end");
            }
        }
        if body.contains(&b'\n') {
            let without: Vec<u8> = body.iter().copied().filter(|byte| *byte != b'\r').collect();
            self.add(sha256_hex(&without), Mistake::BodyChanged, "whose body had LF for its line ends");
            let mut with = Vec::with_capacity(without.len());
            for byte in without {
                if byte == b'\n' {
                    with.push(b'\r');
                }
                with.push(byte);
            }
            self.add(sha256_hex(&with), Mistake::BodyChanged, "whose body had CRLF for its line ends");
        }
        if body.iter().any(|byte| matches!(byte, b'\r' | b'\n')) {
            self.without_line_ends(body);
        }
        if let Some(without) = body.strip_prefix(b"\xef\xbb\xbf") {
            self.add(sha256_hex(without), Mistake::BodyChanged, "whose body had no byte order mark");
        } else {
            let with = Sha256::new_with_prefix(b"\xef\xbb\xbf").chain_update(body);
            let what = "whose body had a byte order mark before it";
            self.add(hex::encode(with.finalize()), Mistake::BodyChanged, what);
        }
        // A body that was written as a JSON string once too often.
        if let (Some(b'"'), Ok(text)) = (body.first(), serde_json::from_slice::<String>(body)) {
            self.add(
                sha256_hex(text.as_bytes()),
                Mistake::BodyChanged,
                "whose body was not yet quoted as a JSON string",
            );
        }
    }

    fn without_line_ends(&mut self, body: &[u8]) {
        // curl --data drops the line ends of a file.
        let joined: Vec<u8> = body.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
        if joined.len() < body.len() {
            self.add(sha256_hex(&joined), Mistake::BodyChanged, "whose body had no line ends");
        }
    }
}
