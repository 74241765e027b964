//! The mistakes that make a signature wrong, by the names that programs know them by.

use std::fmt;

/// One mistake in signing, or in what happened to a request after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Mistake {
    /// The canonical path is the path on the wire: AWS encodes that once more.
    PathEncodedOnce,
    /// The canonical path is encoded once more than AWS does.
    PathEncodedThrice,
    /// The canonical path is not encoded at all.
    PathRaw,
    /// The scope names another service than the host's.
    WrongService,
    /// The scope names another region than the host's.
    WrongRegion,
    /// The dates in header, scope and string to sign are not the same.
    WrongDate,
    /// The canonical query has another order.
    QueryNotSorted,
    /// The canonical query is encoded in another way.
    QueryEncoding,
    /// A header that must be signed is not, or was signed and is not named.
    HeaderMissing,
    /// SignedHeaders names a header that was not signed, or was not sent.
    HeaderExtra,
    /// A header was signed with another value.
    HeaderValue,
    /// The host was signed without its port, or with one.
    HostPort,
    /// A header was signed that clients and proxies change on the way.
    UnsignableHeader,
    /// The body that was signed is not the one that was sent.
    BodyChanged,
    /// The hash of an empty body was signed.
    EmptyBodyHash,
    /// `UNSIGNED-PAYLOAD` was signed in the place of the hash.
    UnsignedPayload,
    /// There is no session token, and there must be one.
    TokenMissing,
    /// The session token is not signed.
    TokenUnsigned,
    /// The secret was used with white space around it.
    SecretWhitespace,
    /// The signing key was made in other steps.
    KeyDerivation,
    /// The signature is no lower-case hex.
    SignatureBase64,
    /// Escapes were written in lower case: `%3a`.
    EscapeCase,
    /// Another method was signed than the one that was sent.
    MethodChanged,
    /// Something on the way put a part before or behind the path that was signed.
    PathChanged,
}

impl Mistake {
    /// All of them.
    pub const ALL: [Self; 24] = [
        Self::PathEncodedOnce,
        Self::PathEncodedThrice,
        Self::PathRaw,
        Self::WrongService,
        Self::WrongRegion,
        Self::WrongDate,
        Self::QueryNotSorted,
        Self::QueryEncoding,
        Self::HeaderMissing,
        Self::HeaderExtra,
        Self::HeaderValue,
        Self::HostPort,
        Self::UnsignableHeader,
        Self::BodyChanged,
        Self::EmptyBodyHash,
        Self::UnsignedPayload,
        Self::TokenMissing,
        Self::TokenUnsigned,
        Self::SecretWhitespace,
        Self::KeyDerivation,
        Self::SignatureBase64,
        Self::EscapeCase,
        Self::MethodChanged,
        Self::PathChanged,
    ];

    /// The name in machine-readable output: `path-encoded-once`.
    pub fn id(self) -> &'static str {
        match self {
            Self::PathEncodedOnce => "path-encoded-once",
            Self::PathEncodedThrice => "path-encoded-thrice",
            Self::PathRaw => "path-raw",
            Self::WrongService => "wrong-service",
            Self::WrongRegion => "wrong-region",
            Self::WrongDate => "wrong-date",
            Self::QueryNotSorted => "query-not-sorted",
            Self::QueryEncoding => "query-encoding",
            Self::HeaderMissing => "header-missing",
            Self::HeaderExtra => "header-extra",
            Self::HeaderValue => "header-value",
            Self::HostPort => "host-port",
            Self::UnsignableHeader => "unsignable-header",
            Self::BodyChanged => "body-changed",
            Self::EmptyBodyHash => "empty-body-hash",
            Self::UnsignedPayload => "unsigned-payload",
            Self::TokenMissing => "token-missing",
            Self::TokenUnsigned => "token-unsigned",
            Self::SecretWhitespace => "secret-whitespace",
            Self::KeyDerivation => "key-derivation",
            Self::SignatureBase64 => "signature-base64",
            Self::EscapeCase => "escape-case",
            Self::MethodChanged => "method-changed",
            Self::PathChanged => "path-changed",
        }
    }

    /// What to do about it, in a sentence.
    pub fn fix(self) -> &'static str {
        match self {
            Self::PathEncodedOnce => {
                "percent-encode the path that goes on the wire once more for the canonical request: %3A becomes %253A (S3 alone does not)"
            }
            Self::PathEncodedThrice => {
                "encode the path once for the wire and once more for the canonical request, and see that no HTTP library or proxy encodes it again"
            }
            Self::PathRaw => {
                "send the path percent-encoded (':' as %3A), and sign that path encoded once more (%253A), without folding or decoding it"
            }
            Self::WrongService => {
                "sign for the service name that the endpoint has in SigV4: `bedrock` for bedrock-runtime and bedrock hosts"
            }
            Self::WrongRegion => "sign for the region that stands in the host",
            Self::WrongDate => {
                "take the time once, in UTC, and use it for x-amz-date, the scope (its first 8 digits) and the string to sign"
            }
            Self::QueryNotSorted => {
                "sort the query by its encoded names, then values, in the canonical request"
            }
            Self::QueryEncoding => {
                "in the canonical query encode every byte but A-Z a-z 0-9 - . _ ~ once, a space as %20, and write name= for an empty value"
            }
            Self::HeaderMissing => {
                "sign host and every x-amz-* header, and name each signed header in SignedHeaders, in lower case and sorted"
            }
            Self::HeaderExtra => "name in SignedHeaders only the headers that are signed and sent",
            Self::HeaderValue => {
                "sign the values that are sent: trimmed, runs of spaces folded to one; where a client or proxy changes a header, leave it out of SignedHeaders, or have it left as it is: the host must be signed"
            }
            Self::HostPort => {
                "sign the host as it is sent: with its port, unless that is 443 or 80 by default"
            }
            Self::UnsignableHeader => {
                "leave out of SignedHeaders what clients and proxies change: content-length, user-agent, accept-encoding, connection, x-forwarded-*"
            }
            Self::BodyChanged => {
                "serialise the body once, and hash and send those very bytes; do not let an HTTP library write the JSON again"
            }
            Self::EmptyBodyHash => "sign the SHA-256 of the body that is sent, not that of an empty one",
            Self::UnsignedPayload => "sign the SHA-256 of the body: only S3 takes UNSIGNED-PAYLOAD",
            Self::TokenMissing => {
                "send the session token as x-amz-security-token, and sign it: temporary keys (ASIA…) do not work without"
            }
            Self::TokenUnsigned => "set x-amz-security-token before signing, and name it in SignedHeaders",
            Self::SecretWhitespace => {
                "trim the secret access key: the one that signed had white space around it"
            }
            Self::KeyDerivation => {
                "derive the key as HMAC(HMAC(HMAC(HMAC(\"AWS4\" + secret, date), region), service), \"aws4_request\"), with raw bytes between the steps"
            }
            Self::SignatureBase64 => "write the signature as 64 lower-case hex digits",
            Self::EscapeCase => "write escapes in upper case: %3A, not %3a",
            Self::MethodChanged => {
                "send the method that was signed, in upper case: a URL that was signed for GET answers no HEAD and no PUT"
            }
            Self::PathChanged => {
                "sign the path that arrives at AWS: have proxies and base URLs put nothing before it, and nothing behind it"
            }
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}
