//! What a host's name says: the service and region that a request to it must be signed for.
//! <https://docs.aws.amazon.com/general/latest/gr/bedrock.html>

/// What a host must be signed for, as far as its name tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct HostScope {
    /// Names that AWS takes; empty where the name does not tell.
    pub(super) services: &'static [&'static str],
    pub(super) region: Option<String>,
}

/// The names of hosts, and what is signed for them. OpenAI's client signs mantle for its own name, LiteLLM for bedrock.
const SERVICES: [(&str, &[&str]); 10] = [
    ("bedrock-runtime", &["bedrock"]),
    ("bedrock-agent-runtime", &["bedrock"]),
    ("bedrock-agent", &["bedrock"]),
    ("bedrock-mantle", &["bedrock-mantle", "bedrock"]),
    ("bedrock-data-automation", &["bedrock"]),
    ("bedrock-data-automation-runtime", &["bedrock"]),
    ("bedrock", &["bedrock"]),
    ("s3", &["s3"]),
    ("sts", &["sts"]),
    ("execute-api", &["execute-api"]),
];

/// The paths that Bedrock alone has.
const BEDROCK_PATHS: [&str; 9] = [
    "/model/",
    "/async-invoke",
    "/guardrail/",
    "/guardrail-checks/",
    "/foundation-model",
    "/inference-profiles",
    "/guardrails",
    "/model-invocation-job",
    "/provisioned-model-throughput",
];

/// Reads a host, with or without its port. A host that is none of AWS's tells nothing, but its path may.
pub(super) fn scope_of(host: &str, path: &str) -> HostScope {
    let host = host
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))
        .map_or(host, |(host, _)| host);
    let host = host.to_ascii_lowercase();
    let labels: Vec<&str> = host.split('.').map(|label| label.trim_end_matches("-fips")).collect();
    let is_aws = ["amazonaws", "api", "amazonwebservices", "gov", "sgov", "adc-e", "scloud", "csp"]
        .iter()
        .any(|suffix| labels.iter().skip(1).any(|label| label == suffix));
    let found = labels.iter().enumerate().find_map(|(at, label)| {
        let (_, services) = SERVICES.iter().find(|(name, _)| name == label)?;
        Some((at, *services))
    });
    if let (true, Some((at, services))) = (is_aws, found) {
        let region = labels.get(at + 1).filter(|label| is_region(label)).map(|label| (*label).to_owned());
        return HostScope { services, region };
    }
    let is_bedrock = !is_aws && BEDROCK_PATHS.iter().any(|known| path.starts_with(known));
    HostScope { services: if is_bedrock { &["bedrock"] } else { &[] }, region: None }
}

/// `us-west-2`, `us-gov-east-1`
fn is_region(label: &str) -> bool {
    label.split('-').count() >= 3 && label.ends_with(|c: char| c.is_ascii_digit())
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
            ("127.0.0.1:8099", "bedrock", None),
        ] {
            let scope = scope_of(host, "/model/x/invoke");
            assert_eq!((scope.services.first(), scope.region.as_deref()), (Some(&service), region), "{host}");
        }
        assert_eq!(scope_of("example.com", "/x"), HostScope::default());
    }
}
