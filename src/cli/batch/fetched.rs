//! The results of Bedrock's batch inference, in the form of ours: `{"recordId","modelInput","modelOutput"|"error"}` →
//! `{"id","status","response"|"error"}`.
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-results.html>

use super::result_line;
use super::tally::Tally;
use crate::protocol::document::Document;
use crate::protocol::endpoint::Service;
use crate::protocol::operation::s3::S3Uri;
use crate::protocol::service_error::ServiceError;
use crate::{Error, ErrorKind};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;

/// Rewrites the file that was fetched. `replace` puts what is written in the place of the output.
pub(super) fn rewrite(
    raw: &Path,
    object: &S3Uri,
    tally: &mut Tally,
    replace: impl FnOnce(&mut dyn FnMut(&mut BufWriter<File>) -> io::Result<()>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut unreadable = None;
    let written = replace(&mut |to| {
        let reader = BufReader::new(File::open(raw)?);
        for (line, number) in reader.split(b'\n').zip(1_u64..) {
            let line = line?;
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let Some((id, answer)) = read(&line) else {
                unreadable = Some(number);
                return Err(io::ErrorKind::InvalidData.into());
            };
            tally.count(answer.as_ref().err().map(|error| error.kind().as_str()));
            to.write_all(&result_line::write(Some(&id), number, &answer))?;
        }
        Ok(())
    });
    match unreadable {
        Some(number) => Err(Error::new(
            ErrorKind::Undecodable,
            format!("line {number} of {object} is no result of a batch job"),
        )),
        None => written,
    }
}

fn read(line: &[u8]) -> Option<(String, Result<Document, Error>)> {
    let document = Document::new(line.to_vec());
    let members = document.members()?;
    let id: String = serde_json::from_str(members.get("recordId")?.get()).ok()?;
    if let Some(answer) = members.get("modelOutput") {
        return Some((id, Ok(Document::new(answer.get().to_owned()))));
    }
    let error: Value = serde_json::from_str(members.get("error")?.get()).ok()?;
    Some((id, Err(refusal(&error))))
}

/// `{"errorCode":400,"errorMessage":"…"}`
fn refusal(error: &Value) -> Error {
    let status = error.get("errorCode").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
    let status = status.and_then(|code| StatusCode::from_u16(code).ok()).unwrap_or(StatusCode::BAD_REQUEST);
    let body = json!({"message": error.get("errorMessage").and_then(Value::as_str)}).to_string();
    let refusal = ServiceError::decode(status, &HeaderMap::new(), body.as_bytes());
    Error::refused(ErrorKind::Service, "the record", &Service::Bedrock, refusal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_and_refusals_are_told_apart() {
        let (id, answer) = read(br#"{"recordId":"a","modelInput":{},"modelOutput":{"n":1.0}}"#).unwrap();
        assert_eq!((id.as_str(), answer.unwrap().text().as_ref()), ("a", r#"{"n":1.0}"#));
        let refused = br#"{"recordId":"b","error":{"errorCode":429,"errorMessage":"slow down"}}"#;
        let error = read(refused).unwrap().1.unwrap_err();
        assert_eq!(error.status(), Some(429));
        assert!(error.message().contains("slow down"), "{error}");
        assert!(read(br#"{"recordId":"b"}"#).is_none());
    }
}
