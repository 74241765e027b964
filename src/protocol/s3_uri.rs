//! `s3://bucket/key`, and where that is over HTTP.

use crate::protocol::endpoint::Endpoint;
use crate::protocol::invalid_input::InvalidInput;
use http::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::fmt;
use std::str::FromStr;

/// The longest URI that Bedrock takes.
/// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_AsyncInvokeS3OutputDataConfig.html>
const MAX_CHARS: usize = 1024;

/// A key is encoded once, and its slashes stay: S3's own rule. The signature does not encode it again.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>
const KEY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// In a query, a slash is encoded, too.
const VALUE: &AsciiSet = &KEY.add(b'/');

/// A bucket, and a key or the beginning of one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct S3Uri {
    text: String,
    bucket: String,
}

impl S3Uri {
    /// Reads `s3://bucket` or `s3://bucket/prefix`, at most 1024 characters. A bucket's name has 3 to 63 lower-case
    /// letters, digits, dots and hyphens, and begins and ends with a letter or digit.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
    pub fn new(uri: impl Into<String>) -> Result<Self, InvalidInput> {
        let text = uri.into();
        let refuse = |why: &str| {
            InvalidInput::new("s3Uri", format!("{text:?} {why}; give one such as s3://my-bucket/videos"))
        };
        let rest = text.strip_prefix("s3://").ok_or_else(|| refuse("does not begin with s3://"))?;
        let bucket = rest.split('/').next().unwrap_or(rest).to_owned();
        if bucket.is_empty() {
            return Err(refuse("has no bucket"));
        }
        if !is_bucket_name(&bucket) {
            return Err(refuse(
                "has a bucket name that S3 does not allow (3 to 63 lower-case letters, digits, dots and hyphens, \
                 with a letter or digit at both ends)",
            ));
        }
        if text.chars().any(char::is_control) {
            return Err(refuse("contains a control character"));
        }
        let length = text.chars().count();
        if length > MAX_CHARS {
            return Err(InvalidInput::new(
                "s3Uri",
                format!("has {length} characters; give at most {MAX_CHARS}"),
            ));
        }
        Ok(Self { text, bucket })
    }

    /// The URI as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The bucket.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// What stands after the bucket, without the slash between them. Empty where there is nothing.
    pub fn key(&self) -> &str {
        let after = "s3://".len() + self.bucket.len() + 1;
        self.text.get(after..).unwrap_or_default()
    }

    /// What lies below this folder: `s3://b/out` and `output.mp4` make `s3://b/out/output.mp4`.
    #[must_use]
    pub fn join(&self, name: &str) -> Self {
        let slash = if self.text.ends_with('/') { "" } else { "/" };
        Self { text: format!("{}{slash}{name}", self.text), bucket: self.bucket.clone() }
    }

    /// The URL of the object: the bucket is part of the host on AWS, but part of the path where another URL takes
    /// AWS's place (it has no such host) and where the bucket's name has a dot (the certificate would not fit).
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html>
    pub(super) fn object_url(&self, endpoint: &Endpoint) -> Result<Uri, InvalidInput> {
        self.object_url_with(endpoint, "")
    }

    /// The same with a query.
    pub(super) fn object_url_with(&self, endpoint: &Endpoint, query: &str) -> Result<Uri, InvalidInput> {
        if self.key().is_empty() || self.key().ends_with('/') {
            return Err(InvalidInput::new(
                "s3Uri",
                format!("{self} names no object, only where some may be"),
            ));
        }
        let key = utf8_percent_encode(self.key(), KEY);
        let mark = if query.is_empty() { "" } else { "?" };
        if self.is_in_path(endpoint) {
            endpoint.uri(format!("/{}/{key}{mark}{query}", self.bucket))
        } else {
            endpoint.uri_at_subdomain(&self.bucket, &format!("/{key}{mark}{query}"))
        }
    }

    /// What names a multipart upload in a query.
    pub(super) fn upload_query(upload_id: &str) -> String {
        format!("uploadId={}", utf8_percent_encode(upload_id, VALUE))
    }

    /// The URL of the bucket alone.
    pub(super) fn bucket_url(&self, endpoint: &Endpoint) -> Result<Uri, InvalidInput> {
        if self.is_in_path(endpoint) {
            endpoint.uri(format!("/{}", self.bucket))
        } else {
            endpoint.uri_at_subdomain(&self.bucket, "/")
        }
    }

    fn is_in_path(&self, endpoint: &Endpoint) -> bool {
        endpoint.is_overridden() || self.bucket.contains('.')
    }
}

impl fmt::Display for S3Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for S3Uri {
    type Err = InvalidInput;

    fn from_str(uri: &str) -> Result<Self, InvalidInput> {
        Self::new(uri)
    }
}

fn is_bucket_name(name: &str) -> bool {
    let plain = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = name.as_bytes();
    (3..=63).contains(&bytes.len())
        && bytes.iter().all(|b| plain(b) || matches!(b, b'.' | b'-'))
        && bytes.first().is_some_and(plain)
        && bytes.last().is_some_and(plain)
        && !name.contains("..")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::endpoint::{EndpointOptions, Service};

    fn url(uri: &str, options: &EndpointOptions) -> String {
        let endpoint = Endpoint::resolve(Service::S3, "us-west-2", options).unwrap();
        S3Uri::new(uri).unwrap().object_url(&endpoint).unwrap().to_string()
    }

    #[test]
    fn bucket_and_key() {
        for (uri, bucket, key) in [
            ("s3://demo", "demo", ""),
            ("s3://demo/", "demo", ""),
            ("s3://demo/a b/", "demo", "a b/"),
            ("s3://d.e-mo/x//y", "d.e-mo", "x//y"),
        ] {
            let parsed = S3Uri::new(uri).unwrap();
            assert_eq!((parsed.bucket(), parsed.key(), parsed.as_str()), (bucket, key, uri));
        }
        assert_eq!(S3Uri::new("s3://demo").unwrap().join("x").as_str(), "s3://demo/x");
        assert_eq!(S3Uri::new("s3://demo/a/").unwrap().join("x").key(), "a/x");
    }

    #[test]
    fn what_is_no_s3_uri_is_refused() {
        for bad in [
            "",
            "demo/out",
            "s3://",
            "s3:///x",
            "S3://demo",
            "https://demo.s3.amazonaws.com/out",
            "s3://Demo",
            "s3://de",
            "s3://-demo",
            "s3://demo-",
            "s3://de..mo",
            "s3://de_mo/x",
            "s3://demo/a\nb",
        ] {
            let refused = S3Uri::new(bad).unwrap_err().to_string();
            assert!(refused.starts_with("s3Uri: ") && refused.contains("s3://my-bucket"), "{refused}");
        }
        assert!(S3Uri::new(format!("s3://demo/{}", "x".repeat(1014))).is_ok());
        assert!(S3Uri::new(format!("s3://demo/{}", "x".repeat(1015))).is_err());
    }

    #[test]
    fn a_key_is_encoded_once_and_the_bucket_goes_where_it_fits() {
        let aws = EndpointOptions::default();
        assert_eq!(
            url("s3://demo/a b/é+%2F~.mp4", &aws),
            "https://demo.s3.us-west-2.amazonaws.com/a%20b/%C3%A9%2B%252F~.mp4"
        );
        assert_eq!(url("s3://d.e.mo/x", &aws), "https://s3.us-west-2.amazonaws.com/d.e.mo/x");
        let local = EndpointOptions { url: Some("http://127.0.0.1:80".into()), ..Default::default() };
        assert_eq!(url("s3://demo/x", &local), "http://127.0.0.1:80/demo/x");
    }
}
