//! GetCallerIdentity: whose credentials these are. It needs no permission.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>

use super::query;
use crate::protocol::endpoint::{Endpoint, Service};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::operation::{Operation, Undecodable};
use bytes::Bytes;

/// Asks who the caller is.
#[derive(Clone, Copy, Debug, Default)]
pub struct GetCallerIdentity;

/// Who the caller is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallerIdentity {
    /// The account that owns the credentials, 12 digits.
    pub account: String,
    /// `arn:aws:iam::123456789012:user/Alice`
    pub arn: String,
    /// The unique id of the user or role.
    pub user_id: String,
}

impl Operation for GetCallerIdentity {
    type Output = CallerIdentity;

    fn name(&self) -> &'static str {
        "GetCallerIdentity"
    }

    fn service(&self) -> Service {
        Service::Sts
    }

    fn request(&self, endpoint: &Endpoint) -> Result<http::Request<Bytes>, InvalidInput> {
        query::form(endpoint, self.name(), &[])
    }

    fn decode(&self, response: http::Response<Bytes>) -> Result<CallerIdentity, Undecodable> {
        const NAME: &str = "GetCallerIdentity";
        let result = query::result(NAME, response.body())?;
        let text = |name| query::required(NAME, &result, name).map(str::to_owned);
        Ok(CallerIdentity { account: text("Account")?, arn: text("Arn")?, user_id: text("UserId")? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(body: &str) -> Result<CallerIdentity, Undecodable> {
        GetCallerIdentity.decode(http::Response::new(Bytes::copy_from_slice(body.as_bytes())))
    }

    #[test]
    fn an_identity_is_read() {
        let identity = decode(
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
             <Arn>arn:aws:iam::123456789012:user/Alice</Arn><UserId>AIDA</UserId><Account>123456789012</Account>\
             </GetCallerIdentityResult></GetCallerIdentityResponse>",
        );
        let identity = identity.unwrap();
        assert_eq!(
            (identity.account.as_str(), identity.arn.as_str(), identity.user_id.as_str()),
            ("123456789012", "arn:aws:iam::123456789012:user/Alice", "AIDA")
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        let refused =
            decode("<R><GetCallerIdentityResult><Arn>a</Arn></GetCallerIdentityResult></R>").unwrap_err();
        assert!(refused.to_string().contains("<GetCallerIdentityResult> has no <Account>"), "{refused}");
        assert!(decode("<html></html>").unwrap_err().to_string().contains("<html> has no"));
        assert!(decode("{}").is_err());
    }
}
