//! What a host's name says: the service and region that a request to it must be signed for.
//! <https://docs.aws.amazon.com/general/latest/gr/bedrock.html>

use crate::protocol::host_name::{is_aws_host, region_in_host, service_in_host};
use crate::protocol::operation::paths::half_of_bedrock;

/// What a host must be signed for, as far as its name tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct HostScope {
    /// Names that AWS takes; empty where the name does not tell.
    pub(super) services: &'static [&'static str],
    pub(super) region: Option<String>,
    /// Whether the path told it alone: something else may answer there, and forward what it takes to Bedrock.
    pub(super) is_guess: bool,
}

impl HostScope {
    /// Whether a signature for a service is refused there.
    pub(super) fn refuses(&self, service: &str) -> bool {
        !service.is_empty() && !self.services.is_empty() && !self.services.contains(&service)
    }
}

/// Reads a host, with or without its port. A host that is none of AWS's tells nothing, but its path may.
pub(super) fn scope_of(host: &str, path: &str) -> HostScope {
    let host = host
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))
        .map_or(host, |(host, _)| host);
    let host = host.to_ascii_lowercase();
    if is_aws_host(&host) {
        // A load balancer's name has a region, too, but what stands behind it may be in another.
        let Some(service) = service_in_host(&host) else { return HostScope::default() };
        return HostScope {
            services: service.accepted_signing_names(),
            region: region_in_host(&host).map(str::to_owned),
            is_guess: false,
        };
    }
    let is_bedrock = half_of_bedrock(path).is_some();
    HostScope { services: if is_bedrock { &["bedrock"] } else { &[] }, region: None, is_guess: is_bedrock }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_tell_what_to_sign_for() {
        for (host, service, region) in [
            ("bedrock-runtime.us-west-2.amazonaws.com", "bedrock", Some("us-west-2")),
            ("bedrock-runtime-fips.us-gov-west-1.amazonaws.com:443", "bedrock", Some("us-gov-west-1")),
            ("bedrock-runtime.cn-north-1.amazonaws.com.cn", "bedrock", Some("cn-north-1")),
            ("vpce-1-ab.bedrock-runtime.eu-west-1.vpce.amazonaws.com", "bedrock", Some("eu-west-1")),
            ("bucket.s3.us-east-2.amazonaws.com", "s3", Some("us-east-2")),
            ("bucket.s3.amazonaws.com", "s3", None),
            ("bedrock-mantle.us-east-1.api.aws", "bedrock-mantle", Some("us-east-1")),
            ("bedrock.s3.us-west-2.amazonaws.com", "s3", Some("us-west-2")),
            ("my.sts.bucket.s3.us-west-2.amazonaws.com", "s3", Some("us-west-2")),
            ("127.0.0.1:8099", "bedrock", None),
        ] {
            let scope = scope_of(host, "/model/x/invoke");
            assert_eq!((scope.services.first(), scope.region.as_deref()), (Some(&service), region), "{host}");
        }
        assert_eq!(scope_of("example.com", "/x"), HostScope::default());
    }
}
