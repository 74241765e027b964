//! A form as clients send it with a file: `multipart/form-data`, whole and in memory.
//! <https://www.rfc-editor.org/rfc/rfc7578>

use crate::gateway::refusal::Refusal;
use bytes::Bytes;

/// More than any form of the API has.
const MAX_FIELDS: usize = 32;

/// One field; a file is one, too.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) value: Bytes,
}

/// The fields of a body, in order.
pub(super) fn fields(content_type: &str, body: &Bytes) -> Result<Vec<Field>, Refusal> {
    let malformed = |what: &str| Refusal::invalid(format!("the form cannot be read: {what}"));
    let boundary = parameter(content_type, "boundary")
        .filter(|boundary| (1..=70).contains(&boundary.len()))
        .ok_or_else(|| malformed("its content type has no boundary"))?;
    let delimiter = format!("\r\n--{boundary}");
    // The first delimiter stands at the very beginning, without the line end before it.
    let mut at = match body.strip_prefix(&delimiter.as_bytes()[2..]) {
        Some(rest) => body.len() - rest.len(),
        None => after(body, 0, delimiter.as_bytes()).ok_or_else(|| malformed("its boundary is not in it"))?.1,
    };
    let mut fields = Vec::new();
    loop {
        let rest = body.get(at..).unwrap_or_default();
        if rest.starts_with(b"--") {
            return Ok(fields);
        }
        if !rest.starts_with(b"\r\n") {
            return Err(malformed("a boundary does not end its line"));
        }
        let (_, value_at) =
            after(body, at, b"\r\n\r\n").ok_or_else(|| malformed("the headers of a field do not end"))?;
        let headers = String::from_utf8_lossy(body.get(at..value_at).unwrap_or_default());
        let name = headers
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(header, _)| header.eq_ignore_ascii_case("content-disposition"))
            .and_then(|(_, disposition)| parameter(disposition, "name"))
            .ok_or_else(|| malformed("a field has no name"))?;
        let (value_end, next) = after(body, value_at, delimiter.as_bytes())
            .ok_or_else(|| malformed("it ends in the middle of a field"))?;
        if fields.len() == MAX_FIELDS {
            return Err(malformed("it has too many fields"));
        }
        fields.push(Field { name, value: body.slice(value_at..value_end) });
        at = next;
    }
}

/// Where a text is found from `from` on: its beginning and its end.
fn after(body: &[u8], from: usize, text: &[u8]) -> Option<(usize, usize)> {
    let found = body.get(from..)?.windows(text.len()).position(|window| window == text)?;
    Some((from + found, from + found + text.len()))
}

/// A parameter of a header's value: `name` in `form-data; name="model"`.
fn parameter(value: &str, name: &str) -> Option<String> {
    value.split(';').skip(1).find_map(|part| {
        let (found, value) = part.trim().split_once('=')?;
        let value = value.trim();
        let unquoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
        found.eq_ignore_ascii_case(name).then(|| unquoted.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=xyz";

    fn read(body: &str) -> Result<Vec<(String, String)>, String> {
        let fields = fields(TYPE, &Bytes::from(body.to_owned())).map_err(|e| e.message().to_owned())?;
        let text = |field: Field| (field.name, String::from_utf8_lossy(&field.value).into_owned());
        Ok(fields.into_iter().map(text).collect())
    }

    #[test]
    fn fields_are_read_and_files_are_fields() {
        let form = "--xyz\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\na\r\nb\r\n--xyz\r\n\
                    content-disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\
                    \r\n--xy\r\n--xyz--\r\n";
        let expected = [("prompt", "a\r\nb"), ("file", "\r\n--xy")];
        assert_eq!(read(form).unwrap(), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn what_is_no_form_is_refused() {
        for body in ["", "--xyz", "--xyz\r\n\r\nx", "--xyz\r\nname: x\r\n\r\nx\r\n--xyz--", "x--xyzx"] {
            assert!(read(body).unwrap_err().starts_with("the form cannot be read"), "{body:?}");
        }
        assert!(fields("multipart/form-data", &Bytes::new()).is_err());
    }
}
