//! What the invocation log has beside a call: pairs of texts, as far as it takes them.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_RequestSyntax>

/// How many pairs a call takes.
pub(crate) const MAX_PAIRS: usize = 16;
/// How long a key or a value may be; a key has one character at least.
pub(crate) const MAX_CHARS: usize = 256;

/// Whether a key or a value is taken: `[a-zA-Z0-9\s:_@$#=/+,-.]`, in which `,-.` is a range of three.
pub(crate) fn is_taken(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || ":_@$#=/+,-.".contains(c);
    text.chars().count() <= MAX_CHARS && text.chars().all(fits)
}
