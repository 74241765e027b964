//! STS, as far as one asks it who one is.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>

use super::refused::Refused;
use crate::fixture::redaction::ACCOUNT_ID;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};

/// Who has the key that signed: always the same user.
pub(super) fn caller_identity(body: &[u8]) -> Result<Response<Bytes>, Refused> {
    let is_asked = String::from_utf8_lossy(body).split('&').any(|pair| pair == "Action=GetCallerIdentity");
    if !is_asked {
        return Err(Refused::service(
            StatusCode::BAD_REQUEST,
            "InvalidAction",
            "The emulator has GetCallerIdentity only.",
        ));
    }
    let document = format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>arn:aws:iam::{ACCOUNT_ID}:user/emulated</Arn><UserId>AIDAEMULATED</UserId><Account>{ACCOUNT_ID}</Account>\
         </GetCallerIdentityResult></GetCallerIdentityResponse>"
    );
    let mut response = Response::new(Bytes::from(document));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    Ok(response)
}
