//! Uploads to S3 in chunks, as SDKs send streams: `17;chunk-signature=…`, the bytes, and headers behind the last chunk.
//! Neither a proxy that signs anew nor a store can keep them: what is meant is the object.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::CONTENT_ENCODING;
#[cfg(feature = "proxy")]
use http::{HeaderName, HeaderValue};

const ENCODING: &str = "aws-chunked";
/// The most headers behind the last chunk: AWS's clients send a checksum, and a signature of it.
const MAX_TRAILERS: usize = 16;
const DECODED_LENGTH: &str = "x-amz-decoded-content-length";

/// An upload without its chunks.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Upload {
    /// The object.
    pub(crate) object: Bytes,
    /// What stood behind the last chunk: checksums, and a signature of them.
    trailers: Vec<(String, String)>,
}

/// Takes a body out of its chunks. `None` for one that is not in chunks; a clause for one that is broken.
pub(crate) fn open(headers: &HeaderMap, body: &Bytes) -> Option<Result<Upload, String>> {
    is_chunked(headers).then(|| {
        let upload = joined(body)?;
        let announced =
            headers.get(DECODED_LENGTH).and_then(|value| value.to_str().ok()?.trim().parse::<usize>().ok());
        match announced {
            None => Err(format!("is in chunks and has no {DECODED_LENGTH}")),
            Some(length) if upload.object.len() != length => Err(format!(
                "has {} bytes in its chunks, and {DECODED_LENGTH} says {length}",
                upload.object.len()
            )),
            Some(_) => Ok(upload),
        }
    })
}

#[cfg(feature = "proxy")]
impl Upload {
    /// Makes the headers those of an upload without chunks: what speaks of chunks goes, and the checksums that stood
    /// behind them become headers, where S3 takes them as well.
    pub(crate) fn put_into(&self, headers: &mut HeaderMap) {
        let encodings: Vec<String> = encodings(headers).filter(|name| name != ENCODING).collect();
        headers.remove(CONTENT_ENCODING);
        if let Ok(left) = HeaderValue::from_str(&encodings.join(", "))
            && !left.is_empty()
        {
            headers.insert(CONTENT_ENCODING, left);
        }
        for name in [DECODED_LENGTH, "x-amz-trailer"] {
            headers.remove(name);
        }
        for (name, value) in self.trailers.iter().filter(|(name, _)| name.starts_with("x-amz-checksum-")) {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                headers.insert(name, value);
            }
        }
    }
}

fn is_chunked(headers: &HeaderMap) -> bool {
    let hash = headers.get("x-amz-content-sha256").and_then(|value| value.to_str().ok()).unwrap_or_default();
    hash.trim().starts_with("STREAMING-") || encodings(headers).any(|name| name == ENCODING)
}

fn encodings(headers: &HeaderMap) -> impl Iterator<Item = String> {
    let values = headers.get_all(CONTENT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(|name| name.trim().to_ascii_lowercase())
}

fn joined(body: &Bytes) -> Result<Upload, String> {
    let broken = |at: usize, what: &str| format!("is in chunks, and {what} at byte {at}");
    let mut object = BytesMut::new();
    let mut at = 0;
    loop {
        let line = line(body, at).ok_or_else(|| broken(at, "no size of a chunk stands"))?;
        let size = line.split(';').next().unwrap_or_default();
        let size = usize::from_str_radix(size, 16)
            .ok()
            .filter(|_| size.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .ok_or_else(|| broken(at, "no size of a chunk stands"))?;
        at += line.len() + 2;
        if size == 0 {
            break;
        }
        let end = at.checked_add(size).ok_or_else(|| broken(at, "a chunk is too long"))?;
        let chunk = body.get(at..end).ok_or_else(|| broken(at, "a chunk is cut"))?;
        object.extend_from_slice(chunk);
        if body.get(end..end + 2) != Some(b"\r\n") {
            return Err(broken(end, "a chunk does not end"));
        }
        at = end + 2;
    }
    let mut trailers = Vec::new();
    while let Some(line) = line(body, at).filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':').ok_or_else(|| broken(at, "no header stands behind them"))?;
        if trailers.len() == MAX_TRAILERS {
            return Err(broken(at, "one header too many stands behind them"));
        }
        trailers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        at += line.len() + 2;
    }
    // Some clients leave the last line end out.
    match body.get(at..).unwrap_or_default() {
        b"" | b"\r\n" => Ok(Upload { object: object.freeze(), trailers }),
        _ => Err(broken(at, "something else stands behind them")),
    }
}

/// The line at a place, without its end.
fn line(body: &[u8], at: usize) -> Option<&str> {
    let rest = body.get(at..)?;
    let length = rest.windows(2).position(|pair| pair == b"\r\n")?;
    std::str::from_utf8(rest.get(..length)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    fn read(body: &'static str) -> Result<Upload, String> {
        let headers = headers(&[("content-encoding", "aws-chunked"), (DECODED_LENGTH, "5")]);
        open(&headers, &Bytes::from_static(body.as_bytes())).unwrap()
    }

    #[test]
    fn an_upload_is_its_object() {
        for body in [
            "5\r\nhello\r\n0\r\n\r\n",
            "2;chunk-signature=00\r\nhe\r\n3;chunk-signature=01\r\nllo\r\n0;chunk-signature=02\r\n\r\n",
            "5\r\nhello\r\n0\r\n",
            "05\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\nx-amz-trailer-signature:00\r\n\r\n",
        ] {
            assert_eq!(read(body).unwrap().object, "hello", "{body:?}");
        }
    }

    #[test]
    fn what_is_broken_is_refused() {
        for (body, what) in [
            ("", "no size"),
            ("hello", "no size"),
            ("+5\r\nhello\r\n0\r\n\r\n", "no size"),
            ("5\r\nhell", "is cut"),
            ("ffffffffffffffff\r\nhello\r\n", "too long"),
            ("5\r\nhello!\r\n0\r\n\r\n", "does not end at byte 8"),
            ("5\r\nhello\r\n", "no size"),
            ("4\r\nhell\r\n0\r\n\r\n", "has 4 bytes in its chunks"),
            ("5\r\nhello\r\n0\r\nx\r\n\r\n", "no header"),
            ("5\r\nhello\r\n0\r\n\r\n5\r\n", "something else"),
        ] {
            let problem = read(body).unwrap_err();
            assert!(problem.contains(what), "{body:?}: {problem}");
        }
        let mut many = "5\r\nhello\r\n0\r\n".to_owned();
        many.extend((0..17).map(|n| format!("x-amz-checksum-{n}:v\r\n")));
        assert!(read(many.leak()).unwrap_err().contains("one header too many"));
        let unannounced = headers(&[("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")]);
        assert!(open(&unannounced, &Bytes::from_static(b"0\r\n\r\n")).unwrap().is_err());
    }

    #[test]
    fn a_plain_upload_stays_as_it_is() {
        for pairs in [
            &[("content-encoding", "gzip"), (DECODED_LENGTH, "5")][..],
            &[("x-amz-content-sha256", "UNSIGNED-PAYLOAD")],
        ] {
            assert_eq!(open(&headers(pairs), &Bytes::from_static(b"0\r\n\r\n")), None, "{pairs:?}");
        }
    }
}
