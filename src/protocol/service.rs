//! The services that are called, and their names: in hosts, in signatures, in variables.

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
    /// Any other, by its host prefix, which is also its signing name.
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

    /// The name in the credential scope: both planes of Bedrock sign for `bedrock`.
    pub fn signing_name(&self) -> &str {
        match self {
            Self::BedrockRuntime => "bedrock",
            Self::Sso => "awsssoportal",
            Self::SsoOidc => "sso-oauth",
            other => other.host_prefix(),
        }
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
