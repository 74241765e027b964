//! What a writer says of an object, and every reader is told.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html>

use crate::emulator::query;
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
    let encodings = upload.get_all(CONTENT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let is_of_object = |name: &&str| !name.is_empty() && !name.eq_ignore_ascii_case(CHUNKED);
    let encodings: Vec<_> =
        encodings.flat_map(|value| value.split(',')).map(str::trim).filter(is_of_object).collect();
    if !encodings.is_empty()
        && let Ok(value) = HeaderValue::from_str(&encodings.join(","))
    {
        kept.insert(CONTENT_ENCODING, value);
    }
    kept
}

/// What a request wants to be told instead: `response-content-disposition` lets a browser save what it would show.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html#API_GetObject_RequestSyntax>
pub(super) fn told_instead(query: &str) -> HeaderMap {
    let told = |(name, value): (String, String)| {
        let name = HeaderName::try_from(name.strip_prefix("response-")?).ok()?;
        let may_be_told = OF_THE_SYSTEM.contains(&name) || name == CONTENT_ENCODING;
        may_be_told.then_some((name, HeaderValue::from_bytes(value.as_bytes()).ok()?))
    };
    query::pairs(query).into_iter().filter_map(told).collect()
}
