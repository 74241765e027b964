//! The services that are called, and their names: in hosts, in signatures, in variables.

/// The beginnings of host names, and the names that AWS takes in a credential scope there; the first is the one that is
/// signed for here. OpenAI's client signs mantle for its own name, LiteLLM for `bedrock`.
const SIGNING_NAMES: [(&str, &[&str]); 16] = [
    ("bedrock-runtime", &["bedrock"]),
    ("bedrock", &["bedrock"]),
    ("bedrock-agent", &["bedrock"]),
    ("bedrock-agent-runtime", &["bedrock"]),
    ("bedrock-agentcore", &["bedrock-agentcore"]),
    ("bedrock-agentcore-control", &["bedrock-agentcore"]),
    ("bedrock-data-automation", &["bedrock"]),
    ("bedrock-data-automation-runtime", &["bedrock"]),
    (MANTLE, &["bedrock-mantle", "bedrock"]),
    ("execute-api", &["execute-api"]),
    ("oidc", &["sso-oauth"]),
    ("portal.sso", &["awsssoportal"]),
    ("s3", &["s3"]),
    ("s3-accesspoint", &["s3"]),
    ("s3-control", &["s3"]),
    ("sts", &["sts"]),
];

/// Bedrock's OpenAI- and Anthropic-shaped endpoint.
const MANTLE: &str = "bedrock-mantle";

/// A service that bedwire speaks to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Service {
    /// Inference: InvokeModel, StartAsyncInvoke and the rest.
    BedrockRuntime,
    /// The control plane: models, inference profiles.
    Bedrock,
    /// Where the output of an async invocation lies.
    S3,
    /// Temporary credentials.
    Sts,
    /// Temporary credentials of IAM Identity Center.
    Sso,
    /// The tokens that IAM Identity Center takes.
    SsoOidc,
    /// Any other, by its host prefix.
    Other(String),
}

impl Service {
    /// The service of a host prefix (`bedrock-runtime`, `s3`).
    pub fn named(name: &str) -> Self {
        match name {
            "bedrock-runtime" => Self::BedrockRuntime,
            "bedrock" => Self::Bedrock,
            "s3" => Self::S3,
            "sts" => Self::Sts,
            "portal.sso" => Self::Sso,
            "oidc" => Self::SsoOidc,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The first part of the host: `bedrock-runtime`.
    pub fn host_prefix(&self) -> &str {
        match self {
            Self::BedrockRuntime => "bedrock-runtime",
            Self::Bedrock => "bedrock",
            Self::S3 => "s3",
            Self::Sts => "sts",
            Self::Sso => "portal.sso",
            Self::SsoOidc => "oidc",
            Self::Other(name) => name,
        }
    }

    /// The name in the credential scope: nearly all of Bedrock signs for `bedrock`, and a service that is not known for
    /// its host prefix.
    pub fn signing_name(&self) -> &str {
        self.accepted_signing_names().first().copied().unwrap_or_else(|| self.host_prefix())
    }

    /// The names that AWS takes in a credential scope; none where that is not known.
    pub(crate) fn accepted_signing_names(&self) -> &'static [&'static str] {
        let known = SIGNING_NAMES.iter().find(|(prefix, _)| *prefix == self.host_prefix());
        known.map_or(&[], |(_, names)| names)
    }

    /// Whether it has only the names that other services have for IPv6 (`bedrock-mantle.us-west-2.api.aws`).
    pub(crate) fn is_dual_stack_only(&self) -> bool {
        self.host_prefix() == MANTLE
    }

    /// The known service of which some labels of a host are the prefix.
    pub(crate) fn of_labels(labels: &str) -> Option<Self> {
        let (prefix, _) = SIGNING_NAMES.iter().find(|(prefix, _)| *prefix == labels)?;
        Some(Self::named(prefix))
    }

    /// What `AWS_ENDPOINT_URL_…` calls it.
    pub fn environment_name(&self) -> String {
        match self {
            Self::Sso => "SSO".to_owned(),
            Self::SsoOidc => "SSO_OIDC".to_owned(),
            other => other.host_prefix().to_ascii_uppercase().replace('-', "_"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_has_its_host_prefix_and_its_signing_name() {
        for (prefix, signing_name) in [
            ("bedrock-runtime", "bedrock"),
            ("bedrock-agent-runtime", "bedrock"),
            ("bedrock-mantle", "bedrock-mantle"),
            ("portal.sso", "awsssoportal"),
            ("oidc", "sso-oauth"),
            ("s3", "s3"),
            ("sts", "sts"),
            ("lambda", "lambda"),
        ] {
            let service = Service::named(prefix);
            assert_eq!((service.host_prefix(), service.signing_name()), (prefix, signing_name));
        }
    }
}
