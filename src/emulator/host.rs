//! What the host of a request says: service, region and bucket, where it is one of AWS's names.
//! <https://docs.aws.amazon.com/general/latest/gr/bedrock.html>

use crate::protocol::partition::Partition;
use http::Request;
use http::header::HOST;

/// What a host says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Host {
    /// The signing name of the service, where the host is one of AWS's: `bedrock`, `s3`.
    pub(super) service: Option<&'static str>,
    /// The region, where the host names one.
    pub(super) region: Option<String>,
    /// The bucket of a virtual-hosted address.
    pub(super) bucket: Option<String>,
}

impl Host {
    /// What the host says that the client named: the one that it signed, not what the connection went to.
    pub(super) fn of<B>(request: &Request<B>) -> Self {
        let header = request.headers().get(HOST).and_then(|value| value.to_str().ok());
        let host = header.or_else(|| request.uri().host()).unwrap_or_default();
        Self::read(match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
            _ => host,
        })
    }

    /// Reads `bedrock-runtime.us-west-2.amazonaws.com`, `bucket.s3.us-west-2.amazonaws.com`, a VPC endpoint's name,
    /// `bucket.localhost`; any other host says nothing.
    pub(super) fn read(host: &str) -> Self {
        let host = host.to_ascii_lowercase();
        if let Some(bucket) = host.strip_suffix(".localhost") {
            return Self { bucket: Some(bucket.to_owned()), ..Self::default() };
        }
        let inside = |suffix: &str| host.strip_suffix(suffix)?.strip_suffix('.');
        let Some(name) = Partition::dns_suffixes().find_map(inside) else { return Self::default() };
        let labels: Vec<&str> = name.split('.').collect();
        // From the right, since a bucket may have a label `s3` of its own.
        let found = labels.iter().enumerate().rev().find_map(|(at, label)| Some((at, service(label)?)));
        let Some((at, service)) = found else { return Self::default() };
        let region = labels.get(at + 1..).unwrap_or_default().iter().find(|label| **label != "dualstack");
        let before = labels.get(..at).unwrap_or_default().join(".");
        Self {
            service: Some(service),
            region: region.map(|region| (*region).to_owned()),
            bucket: (service == "s3" && !before.is_empty()).then_some(before),
        }
    }
}

fn service(label: &str) -> Option<&'static str> {
    match label.strip_suffix("-fips").unwrap_or(label) {
        "bedrock" | "bedrock-runtime" => Some("bedrock"),
        "s3" => Some("s3"),
        "sts" => Some("sts"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_aws_are_read() {
        for (host, service, region, bucket) in [
            ("bedrock-runtime.us-west-2.amazonaws.com", Some("bedrock"), Some("us-west-2"), None),
            (
                "Bedrock-Runtime-FIPS.us-gov-west-1.amazonaws.com",
                Some("bedrock"),
                Some("us-gov-west-1"),
                None,
            ),
            ("bedrock-runtime.cn-north-1.amazonaws.com.cn", Some("bedrock"), Some("cn-north-1"), None),
            ("vpce-1.bedrock-runtime.eu-west-1.vpce.amazonaws.com", Some("bedrock"), Some("eu-west-1"), None),
            ("s3.us-east-1.amazonaws.com", Some("s3"), Some("us-east-1"), None),
            ("a.s3.b.s3.dualstack.us-east-1.amazonaws.com", Some("s3"), Some("us-east-1"), Some("a.s3.b")),
            ("demo.s3.amazonaws.com", Some("s3"), None, Some("demo")),
            ("demo.localhost", None, None, Some("demo")),
            ("127.0.0.1", None, None, None),
            ("sts.us-west-2.amazonaws.com", Some("sts"), Some("us-west-2"), None),
            ("sts.amazonaws.com", Some("sts"), None, None),
            ("evil-bedrock-runtime.us-west-2.example.com", None, None, None),
        ] {
            let expected = Host { service, region: region.map(Into::into), bucket: bucket.map(Into::into) };
            assert_eq!(Host::read(host), expected, "{host}");
        }
    }
}
