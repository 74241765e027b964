//! What a writer says of an object, and every reader is told.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html>

use http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, EXPIRES, HeaderName,
};
use http::{HeaderMap, HeaderValue};

const OF_THE_SYSTEM: [HeaderName; 5] =
    [CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LANGUAGE, CONTENT_TYPE, EXPIRES];
const OF_THE_WRITER: &str = "x-amz-meta-";

/// The encoding of an upload alone.
const CHUNKED: &str = "aws-chunked";

/// The headers of an upload that stay with its object.
pub(super) fn description(upload: &HeaderMap) -> HeaderMap {
    let stays = |name: &HeaderName| OF_THE_SYSTEM.contains(name) || name.as_str().starts_with(OF_THE_WRITER);
    let mut kept: HeaderMap = upload
        .iter()
        .filter(|(name, _)| stays(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let encodings = upload.get(CONTENT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let encodings: Vec<_> =
        encodings.split(',').map(str::trim).filter(|name| !name.is_empty() && *name != CHUNKED).collect();
    if !encodings.is_empty()
        && let Ok(value) = HeaderValue::from_str(&encodings.join(","))
    {
        kept.insert(CONTENT_ENCODING, value);
    }
    kept
}
