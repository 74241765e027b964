//! STS, as far as one asks it who one is.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>

use super::refused::Refused;
use crate::fixture::redaction::ACCOUNT_ID;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};

/// Who has the key that signed: always the same user.
pub(super) fn caller_identity(body: &[u8]) -> Result<Response<Bytes>, Refused> {
    check_action(body)?;
    let document = format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>arn:aws:iam::{ACCOUNT_ID}:user/emulated</Arn><UserId>AIDAEMULATED</UserId><Account>{ACCOUNT_ID}</Account>\
         </GetCallerIdentityResult></GetCallerIdentityResponse>"
    );
    let mut response = Response::new(Bytes::from(document));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    Ok(response)
}

/// Refuses whatever else is asked.
pub(super) fn check_action(body: &[u8]) -> Result<(), Refused> {
    if String::from_utf8_lossy(body).split('&').any(|pair| pair == "Action=GetCallerIdentity") {
        return Ok(());
    }
    let message = "The emulator has GetCallerIdentity only.";
    Err(Refused::service(StatusCode::BAD_REQUEST, "InvalidAction", message))
}

/// Whether a request that nobody signed is for STS: AssumeRoleWithWebIdentity has no key to sign with.
pub(super) fn is_unsigned_call(request: &Request<Bytes>) -> bool {
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_form = content_type.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    request.method() == Method::POST && request.uri().path() == "/" && is_form
}
