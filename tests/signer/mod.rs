//! A signer written by hand after AWS's page, which shares no code with the library, and which makes mistakes on demand.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
#![allow(dead_code)] // each test file uses its own part

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// A request, as it goes out.
#[derive(Clone)]
pub(crate) struct Wire {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// What is signed, before it is hashed: a mistake changes it.
#[derive(Clone)]
pub(crate) struct Signing {
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) lines: Vec<(String, String)>,
    pub(crate) list: Vec<String>,
    pub(crate) payload: String,
    pub(crate) amz_date: String,
    pub(crate) date: String,
    pub(crate) region: String,
    pub(crate) service: String,
    pub(crate) key_id: String,
    pub(crate) secret: String,
    pub(crate) prefix: &'static str,
    pub(crate) steps: Option<Vec<String>>,
    pub(crate) base64: bool,
    /// What the header says in the place of the list that was signed.
    pub(crate) claimed_list: Option<String>,
}

pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

pub(crate) fn encode(text: &str, kept: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || kept.as_bytes().contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}

fn hmac(key: &[u8], data: &str) -> Vec<u8> {
    Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(data).finalize().into_bytes().to_vec()
}

impl Wire {
    pub(crate) fn post(path: &str, body: &str) -> Self {
        Self {
            method: "POST".into(),
            path: path.into(),
            query: String::new(),
            headers: vec![
                ("Host".into(), "bedrock-runtime.us-west-2.amazonaws.com".into()),
                ("Content-Type".into(), "application/json".into()),
                ("X-Amz-Date".into(), "20260102T030405Z".into()),
            ],
            body: body.into(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.headers.retain(|(given, _)| !given.eq_ignore_ascii_case(name));
        self.headers.push((name.into(), value.into()));
    }

    /// What a right signer signs: every header that is there.
    pub(crate) fn signing(&self) -> Signing {
        let mut lines: Vec<(String, String)> = self
            .headers
            .iter()
            .map(|(name, value)| {
                (name.to_lowercase(), value.split_whitespace().collect::<Vec<_>>().join(" "))
            })
            .collect();
        lines.sort();
        let mut pairs: Vec<&str> = self.query.split('&').filter(|pair| !pair.is_empty()).collect();
        pairs.sort_unstable();
        // A request may be dated by Date alone, which the tests give this moment.
        let date = self.header("x-amz-date").unwrap_or("20260102T030405Z").to_owned();
        Signing {
            path: encode(&self.path, "/"),
            query: pairs.join("&"),
            list: lines.iter().map(|(name, _)| name.clone()).collect(),
            lines,
            payload: sha256_hex(&self.body),
            date: date[..8].into(),
            amz_date: date,
            region: "us-west-2".into(),
            service: "bedrock".into(),
            key_id: "AKIDEXAMPLE".into(),
            secret: SECRET.into(),
            prefix: "AWS4",
            steps: None,
            base64: false,
            claimed_list: None,
        }
    }

    /// Adds the authorization.
    pub(crate) fn sign(&mut self, signing: &Signing) {
        let lines: String = signing.lines.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let list = signing.list.join(";");
        let canonical = format!(
            "{}\n{}\n{}\n{lines}\n{list}\n{}",
            self.method, signing.path, signing.query, signing.payload
        );
        let scope = format!("{}/{}/{}/aws4_request", signing.date, signing.region, signing.service);
        let to_sign =
            format!("AWS4-HMAC-SHA256\n{}\n{scope}\n{}", signing.amz_date, sha256_hex(canonical.as_bytes()));
        let steps = signing.steps.clone().unwrap_or_else(|| {
            vec![signing.date.clone(), signing.region.clone(), signing.service.clone(), "aws4_request".into()]
        });
        let key = steps
            .iter()
            .fold(format!("{}{}", signing.prefix, signing.secret).into_bytes(), |key, step| hmac(&key, step));
        let mac = hmac(&key, &to_sign);
        let signature =
            if signing.base64 { base64_simd::STANDARD.encode_to_string(&mac) } else { hex::encode(&mac) };
        let list = signing.claimed_list.clone().unwrap_or(list);
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={list}, Signature={signature}",
            signing.key_id
        );
        self.headers.push(("Authorization".into(), authorization));
    }

    /// HTTP/1.1 text with its length, as it goes on the wire.
    pub(crate) fn text(&self, line_end: &str) -> Vec<u8> {
        let query = if self.query.is_empty() { String::new() } else { format!("?{}", self.query) };
        let mut text = format!("{} {}{query} HTTP/1.1{line_end}", self.method, self.path);
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}{line_end}"));
        }
        if self.header("content-length").is_none() {
            text.push_str(&format!("Content-Length: {}{line_end}", self.body.len()));
        }
        text.push_str(line_end);
        [text.into_bytes(), self.body.clone()].concat()
    }
}
