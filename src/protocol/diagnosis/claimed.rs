//! What a captured request says of its signature, read as far as it can be: a server would refuse it at the first
//! flaw, here each flaw is a finding.

use crate::protocol::capture::CapturedRequest;
use crate::protocol::sigv4::{query_pairs, signing_date};

/// What a request says of its signature.
#[derive(Clone, Default)]
pub(super) struct Claimed {
    /// Whether it stands in the query.
    pub(super) presigned: bool,
    pub(super) access_key_id: String,
    pub(super) date: String,
    pub(super) region: String,
    pub(super) service: String,
    /// In lower case, in the order that was given.
    pub(super) signed_headers: Vec<String>,
    pub(super) signature: String,
    /// `x-amz-date`, else what `Date` says; empty where there is none.
    pub(super) amz_date: String,
    /// What has not the form that it must have, a sentence each.
    pub(super) flaws: Vec<String>,
}

impl Claimed {
    /// `None` for a request without a signature.
    pub(super) fn read(request: &CapturedRequest) -> Option<Self> {
        if let Some(value) =
            request.header("authorization").filter(|value| value.contains("AWS4-HMAC-SHA256"))
        {
            let mut claimed = Self::default();
            let fields = value.split_once("AWS4-HMAC-SHA256").map_or("", |(_, fields)| fields);
            let field = |name: &str| {
                let at = fields.find(&format!("{name}="))?;
                let value = fields.get(at + name.len() + 1..)?;
                let end = value.find([',', ' ']).unwrap_or(value.len());
                value.get(..end)
            };
            claimed.read_fields(field);
            claimed.amz_date = signing_date(|name| request.header(name)).unwrap_or_default();
            return Some(claimed);
        }
        let pairs = query_pairs(request.query());
        let parameter = |name: &str| {
            pairs.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
        };
        parameter("X-Amz-Signature")?;
        let mut claimed = Self { presigned: true, ..Self::default() };
        claimed.read_fields(|name| parameter(&format!("X-Amz-{name}")));
        parameter("X-Amz-Date").unwrap_or_default().clone_into(&mut claimed.amz_date);
        Some(claimed)
    }

    /// `20260102/us-west-2/bedrock/aws4_request`
    pub(super) fn credential_scope(&self) -> String {
        format!("{}/{}/{}/aws4_request", self.date, self.region, self.service)
    }

    pub(super) fn signs(&self, name: &str) -> bool {
        self.signed_headers.iter().any(|signed| signed == name)
    }

    fn read_fields<'a>(&mut self, field: impl Fn(&str) -> Option<&'a str>) {
        let mut required = |name: &str| {
            field(name).filter(|value| !value.is_empty()).unwrap_or_else(|| {
                self.flaws.push(format!("the authorization has no {name}"));
                ""
            })
        };
        let (credential, signed, signature) =
            (required("Credential"), required("SignedHeaders"), required("Signature"));
        let parts: Vec<&str> = credential.rsplitn(5, '/').collect();
        if let [terminator, service, region, date, key] = parts[..] {
            self.access_key_id = key.to_owned();
            self.date = date.to_owned();
            self.region = region.to_owned();
            self.service = service.to_owned();
            if terminator != "aws4_request" {
                self.flaws.push(format!("the scope ends in {terminator:?}, not in aws4_request"));
            }
        } else if !credential.is_empty() {
            credential.split('/').next().unwrap_or_default().clone_into(&mut self.access_key_id);
            self.flaws
                .push("the credential has not the form KEY/DATE/REGION/SERVICE/aws4_request".to_owned());
        }
        self.signed_headers = signed
            .split(';')
            .map(|name| name.trim().to_ascii_lowercase())
            .filter(|name| !name.is_empty())
            .collect();
        signature.clone_into(&mut self.signature);
    }
}
