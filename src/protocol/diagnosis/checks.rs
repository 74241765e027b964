//! What is wrong with a signature without computing it: its form, its scope against the host, its dates, and the
//! headers that must or must not be signed.

use super::alternatives::EMPTY;
use super::claimed::Claimed;
use super::host::HostScope;
use super::mistake::Mistake;
use crate::protocol::capture::CapturedRequest;
use crate::protocol::sigv4::canonical::AUTHORITY;
use crate::protocol::sigv4::hash::sha256_hex;
use crate::protocol::sigv4::is_unsignable;
use crate::protocol::sigv4::query_pairs;
use crate::protocol::timestamp::parse_amz_date;

/// Something that is wrong.
pub(super) struct Finding {
    /// Its name, where it has one.
    pub(super) mistake: Option<Mistake>,
    /// What it is, as a clause.
    pub(super) what: String,
    /// AWS may accept it, if the signature is right all the same.
    pub(super) tentative: bool,
}

/// What the checks look at.
pub(super) struct Checked<'a> {
    pub(super) request: &'a CapturedRequest,
    pub(super) claimed: &'a Claimed,
    pub(super) host: &'a HostScope,
    pub(super) body: Option<&'a [u8]>,
    pub(super) token: Option<&'a str>,
}

pub(super) fn check(checked: &Checked<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for flaw in &checked.claimed.flaws {
        findings.push(Finding { mistake: None, what: flaw.clone(), tentative: false });
    }
    checked.form(&mut findings);
    checked.scope(&mut findings);
    checked.dates(&mut findings);
    checked.headers(&mut findings);
    checked.token(&mut findings);
    checked.payload(&mut findings);
    findings
}

fn add(findings: &mut Vec<Finding>, mistake: Mistake, what: String) {
    findings.push(Finding { mistake: Some(mistake), what, tentative: false });
}

impl Checked<'_> {
    fn form(&self, findings: &mut Vec<Finding>) {
        let signature = &self.claimed.signature;
        if signature.is_empty() || is_hex(signature) {
            return;
        }
        match decode_signature(signature) {
            Some(_) => {
                add(findings, Mistake::SignatureBase64, "the signature is no lower-case hex".to_owned());
            }
            None => findings.push(Finding {
                mistake: None,
                what: format!("the signature has {} characters and is no 64 hex digits", signature.len()),
                tentative: false,
            }),
        }
    }

    fn scope(&self, findings: &mut Vec<Finding>) {
        let Claimed { service, region, .. } = self.claimed;
        let Some(host) = self.request.header("host") else { return };
        if self.host.refuses(service) {
            let expected = self.host.services.first().copied().unwrap_or_default();
            findings.push(Finding {
                mistake: Some(Mistake::WrongService),
                what: format!("it is signed for the service {service}, and {host} takes {expected}"),
                // A gateway of somebody's own may take its own name, but never a wrong one of Bedrock's.
                tentative: self.host.is_guess && !service.starts_with("bedrock"),
            });
        }
        if let Some(expected) =
            self.host.region.as_ref().filter(|expected| !region.is_empty() && *expected != region)
        {
            add(
                findings,
                Mistake::WrongRegion,
                format!("it is signed for the region {region}, and {host} is in {expected}"),
            );
        }
    }

    fn dates(&self, findings: &mut Vec<Finding>) {
        let Claimed { amz_date, date, .. } = self.claimed;
        if amz_date.is_empty() {
            add(findings, Mistake::HeaderMissing, "it has neither x-amz-date nor Date".to_owned());
        } else if parse_amz_date(amz_date).is_none() {
            let is_date_header = self.request.header("x-amz-date").is_none();
            if !is_date_header {
                add(
                    findings,
                    Mistake::WrongDate,
                    "x-amz-date is no date such as 20260102T030405Z".to_owned(),
                );
            }
        } else if !date.is_empty() && !amz_date.starts_with(date.as_str()) {
            add(findings, Mistake::WrongDate, format!("its date is {amz_date}, and its scope says {date}"));
        }
    }

    fn headers(&self, findings: &mut Vec<Finding>) {
        let claimed = self.claimed;
        if claimed.signed_headers.is_empty() {
            return;
        }
        if !claimed.signs("host") && !claimed.signs(AUTHORITY) {
            add(findings, Mistake::HeaderMissing, "host is not signed".to_owned());
        }
        for name in &claimed.signed_headers {
            if is_unsignable(name) {
                add(
                    findings,
                    Mistake::UnsignableHeader,
                    format!("{name} is signed, which clients and proxies change"),
                );
            } else if self.request.signed_values(name).next().is_none() {
                let mistake = match name.as_str() {
                    "x-amz-security-token" => Mistake::TokenMissing,
                    _ => Mistake::HeaderExtra,
                };
                add(findings, mistake, format!("SignedHeaders names {name}, which was not sent"));
            }
        }
        let mut unsigned: Vec<String> = self
            .request
            .headers
            .iter()
            .map(|(name, _)| name.to_ascii_lowercase())
            .filter(|name| name.starts_with("x-amz-") && !claimed.signs(name))
            .collect();
        unsigned.dedup();
        for name in unsigned {
            let mistake = match name.as_str() {
                "x-amz-security-token" => Mistake::TokenUnsigned,
                _ => Mistake::HeaderMissing,
            };
            add(findings, mistake, format!("{name} is not signed, and every x-amz-* header must be"));
        }
    }

    fn token(&self, findings: &mut Vec<Finding>) {
        let claimed = self.claimed;
        let in_query =
            || query_pairs(self.request.query()).iter().any(|(name, _)| name == "X-Amz-Security-Token");
        let is_there = self.request.header("x-amz-security-token").is_some() || in_query();
        let is_temporary = claimed.access_key_id.starts_with("ASIA") || self.token.is_some();
        if is_temporary && !is_there && !claimed.signs("x-amz-security-token") {
            add(
                findings,
                Mistake::TokenMissing,
                "its key is a temporary one, and there is no session token".to_owned(),
            );
        }
    }

    fn payload(&self, findings: &mut Vec<Finding>) {
        let is_s3 = self.claimed.service == "s3";
        let Some(named) = self.request.header("x-amz-content-sha256").map(str::trim) else {
            if is_s3 && !self.claimed.presigned {
                add(findings, Mistake::HeaderMissing, "S3 asks for x-amz-content-sha256".to_owned());
            }
            return;
        };
        if !is_hex(named) {
            if !is_s3 {
                findings.push(Finding {
                    mistake: Some(Mistake::UnsignedPayload),
                    what: "x-amz-content-sha256 is no hash, which only S3 takes".to_owned(),
                    tentative: true,
                });
            }
            return;
        }
        let Some(body) = self.body else { return };
        if named == sha256_hex(body) {
            return;
        }
        let mistake = if named == EMPTY { Mistake::EmptyBodyHash } else { Mistake::BodyChanged };
        add(findings, mistake, "the body has not the hash that x-amz-content-sha256 names".to_owned());
    }
}

fn is_hex(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The 32 bytes of a signature, in hex of either case or in base64.
pub(super) fn decode_signature(text: &str) -> Option<[u8; 32]> {
    let bytes = if text.len() == 64 {
        hex::decode(text).ok()?
    } else {
        let text = text.trim_end_matches('=');
        base64_simd::STANDARD_NO_PAD
            .decode_to_vec(text.as_bytes())
            .or_else(|_| base64_simd::URL_SAFE_NO_PAD.decode_to_vec(text.as_bytes()))
            .ok()?
    };
    bytes.try_into().ok()
}
