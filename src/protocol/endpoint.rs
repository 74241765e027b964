//! Where a service answers in a region, and the scope that a request there is signed for.
//! <https://docs.aws.amazon.com/general/latest/gr/bedrock.html>

use super::invalid_input::InvalidInput;
use http::Uri;
use std::fmt;

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

/// Region and service that a signature is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SigningScope {
    /// `us-west-2`
    pub region: String,
    /// `bedrock`, `s3`
    pub service: String,
}

impl SigningScope {
    /// The scope of a service in a region.
    pub fn new(region: impl Into<String>, service: impl Into<String>) -> Self {
        Self { region: region.into(), service: service.into() }
    }

    /// S3 has its own rules: the path is encoded once, and the payload hash is a header.
    pub(crate) fn is_s3(&self) -> bool {
        self.service == "s3"
    }
}

/// What changes an endpoint, beside service and region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointOptions {
    /// A URL that takes the place of AWS's own (`AWS_ENDPOINT_URL`, a VPC endpoint, an emulator).
    pub url: Option<String>,
    /// A FIPS 140 endpoint.
    pub fips: bool,
    /// An endpoint that answers over IPv6 too.
    pub dual_stack: bool,
}

impl EndpointOptions {
    /// A URL that takes the place of AWS's own.
    pub fn at(url: impl Into<String>) -> Self {
        Self { url: Some(url.into()), ..Self::default() }
    }
}

/// A base URL and the scope to sign for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    service: Service,
    scheme: String,
    authority: String,
    base_path: String,
    scope: SigningScope,
    overridden: bool,
}

impl Endpoint {
    /// The endpoint of `service` in `region`.
    pub fn resolve(service: Service, region: &str, options: &EndpointOptions) -> Result<Self, InvalidInput> {
        check_region(region)?;
        let scope = SigningScope::new(region, service.signing_name());
        if let Some(url) = &options.url {
            if options.fips || options.dual_stack {
                let which = if options.fips { "FIPS" } else { "dual-stack" };
                return Err(InvalidInput::new(
                    "endpoint URL",
                    format!(
                        "{url} is given and {which} is asked for too; the two do not go together: drop one"
                    ),
                ));
            }
            let (scheme, authority, base_path) = parse_base_url(url)?;
            return Ok(Self { service, scheme, authority, base_path, scope, overridden: true });
        }
        let partition = Partition::of(region);
        let suffix = if options.dual_stack { partition.dual_stack_suffix } else { partition.suffix };
        let prefix = service.host_prefix();
        let authority = match service {
            // S3's own order of words. https://docs.aws.amazon.com/AmazonS3/latest/userguide/dual-stack-endpoints.html
            Service::S3 => {
                let fips = if options.fips { "-fips" } else { "" };
                let dual_stack = if options.dual_stack { ".dualstack" } else { "" };
                format!("s3{fips}{dual_stack}.{region}.{}", partition.suffix)
            }
            // In GovCloud these are FIPS endpoints by their plain names.
            Service::Sts | Service::Sso | Service::SsoOidc
                if region.starts_with("us-gov-") && !options.dual_stack =>
            {
                format!("{prefix}.{region}.{suffix}")
            }
            _ if options.fips => format!("{prefix}-fips.{region}.{suffix}"),
            _ => format!("{prefix}.{region}.{suffix}"),
        };
        Ok(Self {
            service,
            scheme: "https".to_owned(),
            authority,
            base_path: String::new(),
            scope,
            overridden: false,
        })
    }

    /// The service.
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// What a request to it is signed for.
    pub fn scope(&self) -> &SigningScope {
        &self.scope
    }

    /// Scheme, host and base path, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("{}://{}{}", self.scheme, self.authority, self.base_path)
    }

    /// Whether a URL took the place of AWS's own. S3 is path-style there.
    pub fn is_overridden(&self) -> bool {
        self.overridden
    }

    /// The URL of a path that begins with `/` and is percent-encoded already, with a query or without one.
    pub fn uri(&self, path_and_query: &str) -> Result<Uri, InvalidInput> {
        self.uri_at(&self.authority, path_and_query)
    }

    /// The same below another host: a bucket's.
    pub(crate) fn uri_at_subdomain(&self, label: &str, path_and_query: &str) -> Result<Uri, InvalidInput> {
        self.uri_at(&format!("{label}.{}", self.authority), path_and_query)
    }

    fn uri_at(&self, authority: &str, path_and_query: &str) -> Result<Uri, InvalidInput> {
        Uri::builder()
            .scheme(self.scheme.as_str())
            .authority(authority)
            .path_and_query(format!("{}{path_and_query}", self.base_path))
            .build()
            .map_err(|e| {
                InvalidInput::new("URL", format!("{}{path_and_query} is no URL ({e})", self.base_url()))
            })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base_url())
    }
}

/// A part of AWS with names of its own.
/// <https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>
struct Partition {
    suffix: &'static str,
    dual_stack_suffix: &'static str,
}

impl Partition {
    /// By the first word of the region; a region that nobody knows yet is a commercial one.
    fn of(region: &str) -> Self {
        let starts = |prefix: &str| region.starts_with(prefix);
        let (suffix, dual_stack_suffix) = if starts("cn-") {
            ("amazonaws.com.cn", "api.amazonwebservices.com.cn")
        } else if starts("eusc-") {
            ("amazonaws.eu", "api.amazonwebservices.eu")
        } else if starts("us-isob-") {
            ("sc2s.sgov.gov", "api.aws.scloud")
        } else if starts("us-isof-") {
            ("csp.hci.ic.gov", "api.aws.hci.ic.gov")
        } else if starts("eu-isoe-") {
            ("cloud.adc-e.uk", "api.cloud-aws.adc-e.uk")
        } else if starts("us-iso-") {
            ("c2s.ic.gov", "api.aws.ic.gov")
        } else {
            ("amazonaws.com", "api.aws")
        };
        Self { suffix, dual_stack_suffix }
    }
}

/// A region becomes part of a host name, so it must be a label and nothing else.
fn check_region(region: &str) -> Result<(), InvalidInput> {
    let is_label = !region.is_empty()
        && region.len() <= 63
        && region.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !region.starts_with('-')
        && !region.ends_with('-');
    if is_label {
        return Ok(());
    }
    Err(InvalidInput::new("region", format!("{region:?} is no region; give one such as us-west-2")))
}

/// Whether a URL's host is this machine: what goes there leaves it not.
pub fn is_loopback(host: &str) -> bool {
    if host.eq_ignore_ascii_case("localhost") {
        return true;
    }
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    bare.parse::<core::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn parse_base_url(url: &str) -> Result<(String, String, String), InvalidInput> {
    let refuse = |why: &str| {
        InvalidInput::new("endpoint URL", format!("{url:?} {why}; give one such as http://127.0.0.1:8080"))
    };
    let uri: Uri = url.parse().map_err(|e| refuse(&format!("is no URL ({e})")))?;
    let scheme = match uri.scheme_str() {
        Some(scheme @ ("http" | "https")) => scheme.to_owned(),
        Some(_) => return Err(refuse("is neither http nor https")),
        None => return Err(refuse("has no http:// or https://")),
    };
    let authority = uri.authority().ok_or_else(|| refuse("has no host"))?;
    if authority.as_str().contains('@') {
        return Err(InvalidInput::new(
            "endpoint URL",
            "contains a user name or password; requests are signed instead",
        ));
    }
    if uri.query().is_some() {
        return Err(refuse("has a query"));
    }
    Ok((scheme, authority.to_string(), uri.path().trim_end_matches('/').to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(service: Service, region: &str, options: &EndpointOptions) -> String {
        Endpoint::resolve(service, region, options).unwrap().base_url()
    }

    #[test]
    fn each_partition_has_its_names() {
        let plain = EndpointOptions::default();
        for (region, expected) in [
            ("us-west-2", "https://bedrock-runtime.us-west-2.amazonaws.com"),
            ("cn-north-1", "https://bedrock-runtime.cn-north-1.amazonaws.com.cn"),
            ("us-gov-west-1", "https://bedrock-runtime.us-gov-west-1.amazonaws.com"),
            ("eusc-de-east-1", "https://bedrock-runtime.eusc-de-east-1.amazonaws.eu"),
            ("us-isob-east-1", "https://bedrock-runtime.us-isob-east-1.sc2s.sgov.gov"),
        ] {
            assert_eq!(url(Service::BedrockRuntime, region, &plain), expected);
        }
    }

    #[test]
    fn fips_and_dual_stack() {
        let both = EndpointOptions { fips: true, dual_stack: true, url: None };
        assert_eq!(
            url(Service::BedrockRuntime, "us-east-1", &both),
            "https://bedrock-runtime-fips.us-east-1.api.aws"
        );
        assert_eq!(url(Service::S3, "us-east-1", &both), "https://s3-fips.dualstack.us-east-1.amazonaws.com");
        let clash = EndpointOptions { fips: true, url: Some("http://127.0.0.1:1".into()), dual_stack: false };
        assert!(Endpoint::resolve(Service::Bedrock, "us-east-1", &clash).is_err());
    }

    #[test]
    fn a_url_keeps_its_port_and_path() {
        let options =
            EndpointOptions { url: Some("http://127.0.0.1:8080/base/".into()), ..Default::default() };
        let endpoint = Endpoint::resolve(Service::BedrockRuntime, "us-west-2", &options).unwrap();
        assert_eq!(
            endpoint.uri("/async-invoke").unwrap().to_string(),
            "http://127.0.0.1:8080/base/async-invoke"
        );
        assert_eq!(endpoint.scope(), &SigningScope::new("us-west-2", "bedrock"));
    }

    #[test]
    fn what_is_no_endpoint_is_refused() {
        for bad in ["", "127.0.0.1:80", "ftp://x", "http://u:p@h", "http://h/?q=1", "http://"] {
            let options = EndpointOptions { url: Some(bad.into()), ..Default::default() };
            assert!(Endpoint::resolve(Service::Bedrock, "us-west-2", &options).is_err(), "{bad}");
        }
        for bad in ["", "us west", "evil.com/", "-x", "us-west-2."] {
            assert!(Endpoint::resolve(Service::Bedrock, bad, &EndpointOptions::default()).is_err(), "{bad}");
        }
    }
}
