//! `data:` URLs, and base64 as clients write it.
//! <https://www.rfc-editor.org/rfc/rfc2397>

use bytes::Bytes;
use percent_encoding::percent_decode_str;

/// A file that is written in its URL.
pub(super) struct DataUrl {
    /// In lower case, without parameters; empty where there is none.
    pub(super) media_type: String,
    pub(super) bytes: Bytes,
}

impl DataUrl {
    /// Reads a URL; `None` where it is of another scheme. An error is what is wrong with it.
    pub(super) fn read(url: &str) -> Result<Option<Self>, &'static str> {
        let Some(rest) = after_scheme(url, "data:") else { return Ok(None) };
        let (header, data) = rest.split_once(',').ok_or("is a data URL without a comma before its data")?;
        let mut parameters = header.split(';').map(str::trim);
        let media_type = parameters.next().unwrap_or_default().to_ascii_lowercase();
        let bytes = if parameters.any(|parameter| parameter.eq_ignore_ascii_case("base64")) {
            base64(data)?
        } else {
            percent_decode_str(data).collect::<Vec<u8>>().into()
        };
        Ok(Some(Self { media_type, bytes }))
    }
}

/// What stands after a scheme, which is written in any case.
pub(super) fn after_scheme<'a>(url: &'a str, scheme: &str) -> Option<&'a str> {
    let (start, rest) = url.split_at_checked(scheme.len())?;
    start.eq_ignore_ascii_case(scheme).then_some(rest)
}

/// Base64 with or without padding and line breaks; also the alphabet of URLs. An error is what is wrong with it.
pub(super) fn base64(data: &str) -> Result<Bytes, &'static str> {
    let decoded = base64_simd::STANDARD
        .decode_to_vec(data.as_bytes())
        .or_else(|_| base64_simd::forgiving_decode_to_vec(data.as_bytes()))
        .or_else(|_| base64_simd::URL_SAFE_NO_PAD.decode_to_vec(data.trim_end_matches('=').as_bytes()));
    match decoded {
        Ok(bytes) if bytes.is_empty() => Err("has no data"),
        Ok(bytes) => Ok(bytes.into()),
        Err(_) => Err("has data that is no base64"),
    }
}
