//! What signing gives: a request as it will be on the wire, or why there is none.

use super::canonical::canonical_request;
use super::claim::Claim;
use super::hash::signature;
use crate::protocol::endpoint::SigningScope;
use aws_credential_types::Credentials;
use bytes::Bytes;
use http::Request;
use std::fmt;

/// A request as it will be on the wire.
#[derive(Clone, Debug)]
pub struct SignedRequest {
    request: Request<Bytes>,
    scope: SigningScope,
    /// What it was signed with: a pointer, whose `Debug` shows no secret.
    credentials: Option<Credentials>,
}

impl SignedRequest {
    pub(super) fn new(
        request: Request<Bytes>,
        scope: &SigningScope,
        credentials: Option<&Credentials>,
    ) -> Self {
        Self { request, scope: scope.clone(), credentials: credentials.cloned() }
    }

    /// The request. Its `Authorization` and token are marked sensitive, so that `Debug` hides them.
    pub fn request(&self) -> &Request<Bytes> {
        &self.request
    }

    /// The request, to be sent.
    pub fn into_request(self) -> Request<Bytes> {
        self.request
    }

    /// What it was signed for.
    pub fn scope(&self) -> &SigningScope {
        &self.scope
    }

    /// Whether the signature is the one that a server computes from the request as it stands: the canonical request is
    /// rebuilt, and the signature made again without `aws-sigv4`. `None` for a request with a bearer key.
    pub fn is_servers_view(&self) -> Option<bool> {
        let claim = self.claim()?;
        let secret = self.credentials.as_ref()?.secret_access_key();
        let string_to_sign = claim.string_to_sign(&canonical_request(&self.request, &claim));
        let expected = signature(secret, &claim.date, &claim.region, &claim.service, &string_to_sign);
        Some(expected == claim.signature)
    }

    /// What the signature claims; `None` for a request with a bearer key.
    pub fn claim(&self) -> Option<Claim> {
        Claim::read(&self.request).ok()
    }
}

/// Why a request cannot be signed.
#[derive(Debug, PartialEq, Eq)]
pub struct SignError(String);

impl SignError {
    pub(super) fn new(problem: impl Into<String>) -> Self {
        Self(problem.into())
    }
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the request cannot be signed: {}", self.0)
    }
}

impl std::error::Error for SignError {}
