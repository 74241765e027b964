//! What the operations of STS share: a form goes out, credentials come back.

use crate::protocol::endpoint::Endpoint;
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::operation::xml::{self, Element};
use crate::protocol::operation::{Undecodable, request_to};
use crate::protocol::timestamp::parse_iso_8601;
use aws_credential_types::Credentials;
use bytes::Bytes;
use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The version of STS's interface; there is no other.
const VERSION: &str = "2011-06-15";
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A form with an action and its parameters.
pub(super) fn form(
    endpoint: &Endpoint,
    action: &str,
    parameters: &[(&str, Option<&str>)],
) -> Result<http::Request<Bytes>, InvalidInput> {
    let mut body = format!("Action={action}&Version={VERSION}");
    for (name, value) in parameters {
        let Some(value) = value else { continue };
        body.push('&');
        body.push_str(name);
        body.push('=');
        body.extend(utf8_percent_encode(value, FORM));
    }
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    request_to(endpoint, Method::POST, "/", &headers, body.into())
}

/// `<OPERATIONResult>` of an answer.
pub(super) fn result(operation: &'static str, body: &Bytes) -> Result<Element, Undecodable> {
    let refuse = |problem: String| Undecodable::new(operation, problem);
    let text = std::str::from_utf8(body).map_err(|_| refuse("it is no UTF-8 text".to_owned()))?;
    let mut root = xml::read(text).map_err(|problem| refuse(format!("it is no XML of STS: {problem}")))?;
    let wanted = format!("{operation}Result");
    root.take_child(&wanted).ok_or_else(|| refuse(format!("<{}> has no <{wanted}> in it", root.name())))
}

/// The text of an element that must be there.
pub(super) fn required<'a>(
    operation: &'static str,
    element: &'a Element,
    name: &str,
) -> Result<&'a str, Undecodable> {
    element
        .child(name)
        .and_then(Element::text)
        .ok_or_else(|| Undecodable::new(operation, format!("<{}> has no <{name}> in it", element.name())))
}

/// The credentials in a result, with the account that the assumed role belongs to.
pub(super) fn credentials(
    operation: &'static str,
    result: &Element,
    provider: &'static str,
) -> Result<Credentials, Undecodable> {
    let given = result.child("Credentials").ok_or_else(|| {
        Undecodable::new(operation, format!("<{}> has no <Credentials> in it", result.name()))
    })?;
    let expiration = required(operation, given, "Expiration")?;
    let expiry = parse_iso_8601(expiration)
        .ok_or_else(|| Undecodable::new(operation, format!("the Expiration {expiration:?} is no date")))?;
    let mut credentials = Credentials::builder()
        .access_key_id(required(operation, given, "AccessKeyId")?)
        .secret_access_key(required(operation, given, "SecretAccessKey")?)
        .session_token(required(operation, given, "SessionToken")?)
        .expiry(expiry)
        .provider_name(provider);
    // arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION
    let arn = result.child("AssumedRoleUser").and_then(|user| user.child("Arn")).and_then(Element::text);
    if let Some(account) = arn.and_then(|arn| arn.split(':').nth(4)).filter(|account| !account.is_empty()) {
        credentials = credentials.account_id(account);
    }
    Ok(credentials.build())
}
