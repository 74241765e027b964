//! Where a service answers in a region, and the scope that a request there is signed for.
//! <https://docs.aws.amazon.com/general/latest/gr/bedrock.html>

#[cfg(feature = "client-core")]
pub(crate) use super::origin::has_possible_port;
pub(crate) use super::origin::host_header;
pub use super::origin::is_loopback;
pub use super::service::Service;

use super::host_name::region_in_host;
use super::invalid_input::InvalidInput;
use super::origin::Origin;
use super::partition::Partition;
use super::redact;
use bytes::Bytes;
use http::uri::{self, Authority, PathAndQuery, Scheme};
use http::{HeaderValue, Uri};
use std::fmt;
use std::sync::Arc;

/// Region and service that a signature is for. Each call has a copy or two, so copies share their text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SigningScope {
    /// `us-west-2`
    pub region: Arc<str>,
    /// `bedrock`, `s3`
    pub service: Arc<str>,
}

impl SigningScope {
    /// The scope of a service in a region.
    pub fn new(region: impl Into<Arc<str>>, service: impl Into<Arc<str>>) -> Self {
        Self { region: region.into(), service: service.into() }
    }

    /// S3 has its own rules: the path is encoded once, and the payload hash is a header.
    pub(crate) fn is_s3(&self) -> bool {
        &*self.service == "s3"
    }
}

/// What changes an endpoint, beside service and region.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct EndpointOptions {
    /// A URL that takes the place of AWS's own (`AWS_ENDPOINT_URL`, a VPC endpoint, an emulator).
    pub url: Option<String>,
    /// A FIPS 140 endpoint.
    pub fips: bool,
    /// An endpoint that answers over IPv6 too.
    pub dual_stack: bool,
    /// STS at its one global host for the regions of before 2019 (`AWS_STS_REGIONAL_ENDPOINTS=legacy`).
    pub sts_legacy: bool,
}

impl EndpointOptions {
    /// A URL that takes the place of AWS's own.
    pub fn at(url: impl Into<String>) -> Self {
        Self { url: Some(url.into()), ..Self::default() }
    }
}

impl fmt::Debug for EndpointOptions {
    /// Without the user and the password of a URL, which is refused for them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndpointOptions")
            .field("url", &self.url.as_deref().map(redact::url))
            .field("fips", &self.fips)
            .field("dual_stack", &self.dual_stack)
            .field("sts_legacy", &self.sts_legacy)
            .finish()
    }
}

/// A base URL and the scope to sign for. Copies share their text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    service: Service,
    origin: Origin,
    scope: SigningScope,
    overridden: bool,
}

impl Endpoint {
    /// The endpoint of `service` in `region`. A given URL whose host names another region is refused: AWS would refuse
    /// the signature.
    pub fn resolve(service: Service, region: &str, options: &EndpointOptions) -> Result<Self, InvalidInput> {
        check_region(region)?;
        let signing_region = if is_global_sts(&service, region, options) { GLOBAL_REGION } else { region };
        let scope = SigningScope::new(signing_region, service.signing_name());
        let origin = origin(&service, Some(region), options)?;
        let overridden = options.url.is_some();
        if overridden {
            let authority = origin.authority.as_str();
            let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
            refuse_other_region(host, region)?;
        }
        Ok(Self { service, origin, scope, overridden })
    }

    /// The URL alone: a given one needs no region.
    pub fn url(
        service: &Service,
        region: Option<&str>,
        options: &EndpointOptions,
    ) -> Result<String, InvalidInput> {
        match region {
            Some(region) => Ok(Self::resolve(service.clone(), region, options)?.base_url()),
            None => Ok(origin(service, None, options)?.to_string()),
        }
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
        self.origin.to_string()
    }

    /// Whether a URL took the place of AWS's own. S3 is path-style there.
    pub fn is_overridden(&self) -> bool {
        self.overridden
    }

    /// Whether a URL is this endpoint's own: the same scheme and host (or a bucket's below it), under the same path.
    /// What is signed for this endpoint goes nowhere else.
    pub fn covers(&self, uri: &Uri) -> bool {
        let authority = uri.authority().map_or("", Authority::as_str);
        let below = authority.strip_suffix(self.origin.authority.as_str());
        uri.scheme() == Some(&self.origin.scheme)
            && below.is_some_and(|bucket| {
                bucket.is_empty() || (self.service == Service::S3 && bucket.ends_with('.'))
            })
            && uri.path().strip_prefix(&*self.origin.base_path).is_some_and(|rest| rest.starts_with('/'))
    }

    /// The `host` header of requests to it: without the port where it is the scheme's own.
    pub(crate) fn host(&self) -> &HeaderValue {
        &self.origin.host
    }

    /// The URL of a path that begins with `/` and is percent-encoded already, with a query or without one.
    pub fn uri(&self, path_and_query: impl Into<String>) -> Result<Uri, InvalidInput> {
        self.uri_at(self.origin.authority.clone(), path_and_query.into())
    }

    /// The same below another host: a bucket's.
    pub(crate) fn uri_at_subdomain(&self, label: &str, path_and_query: &str) -> Result<Uri, InvalidInput> {
        let authority = format!("{label}.{}", self.origin.authority);
        let authority = Authority::try_from(authority.as_str())
            .map_err(|e| InvalidInput::new("URL", format!("{authority} is no host ({e})")))?;
        self.uri_at(authority, path_and_query.to_owned())
    }

    fn uri_at(&self, authority: Authority, mut path_and_query: String) -> Result<Uri, InvalidInput> {
        path_and_query.insert_str(0, &self.origin.base_path);
        let target = Bytes::from(path_and_query);
        let mut parts = uri::Parts::default();
        parts.scheme = Some(self.origin.scheme.clone());
        parts.authority = Some(authority);
        let refuse = |e: &dyn fmt::Display| {
            let url = format!(
                "{}://{}{}",
                self.origin.scheme,
                self.origin.authority,
                String::from_utf8_lossy(&target)
            );
            InvalidInput::new("URL", format!("{} is no URL ({e})", redact::redacted(&url)))
        };
        parts.path_and_query = Some(PathAndQuery::from_maybe_shared(target.clone()).map_err(|e| refuse(&e))?);
        Uri::from_parts(parts).map_err(|e| refuse(&e))
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.origin.fmt(f)
    }
}

/// A given URL, else AWS's own host.
fn origin(
    service: &Service,
    region: Option<&str>,
    options: &EndpointOptions,
) -> Result<Origin, InvalidInput> {
    if let Some(url) = &options.url {
        if options.fips || options.dual_stack {
            let which = if options.fips { "FIPS" } else { "dual-stack" };
            return Err(InvalidInput::new(
                "endpoint URL",
                format!(
                    "{} is given and {which} is asked for too; the two do not go together: drop one",
                    redact::url(url)
                ),
            ));
        }
        return Origin::parse(url);
    }
    let region = region.ok_or_else(|| {
        InvalidInput::new("region", "is missing, and AWS's host names have one; give one such as us-west-2")
    })?;
    let authority = if is_global_sts(service, region, options) {
        "sts.amazonaws.com".to_owned()
    } else {
        authority(service, region, options)
    };
    let authority = Authority::try_from(authority)
        .map_err(|e| InvalidInput::new("URL", format!("no host can be called so ({e})")))?;
    Origin::new(Scheme::HTTPS, authority, "")
}

/// The name of AWS's own host.
fn authority(service: &Service, region: &str, options: &EndpointOptions) -> String {
    let partition = Partition::of_region(region);
    let is_dual_stack = options.dual_stack || service.is_dual_stack_only();
    let suffix = if is_dual_stack { partition.dual_stack_dns_suffix() } else { partition.dns_suffix() };
    let prefix = service.host_prefix();
    // What these have in GovCloud is FIPS under its plain name.
    // https://docs.aws.amazon.com/general/latest/gr/sts.html
    let has_one_name = matches!(service, Service::Sts | Service::Sso | Service::SsoOidc);
    let is_fips_anyway = has_one_name && partition.id() == "aws-us-gov" && !options.dual_stack;
    let fips = if options.fips && !is_fips_anyway { "-fips" } else { "" };
    match service {
        // S3's own order of words. https://docs.aws.amazon.com/AmazonS3/latest/userguide/dual-stack-endpoints.html
        Service::S3 => {
            let dual_stack = if options.dual_stack { ".dualstack" } else { "" };
            format!("s3{fips}{dual_stack}.{region}.{}", partition.dns_suffix())
        }
        _ => format!("{prefix}{fips}.{region}.{suffix}"),
    }
}

/// What the global host of STS signs for.
const GLOBAL_REGION: &str = "us-east-1";

/// The regions that the global host of STS serves in legacy mode.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-sts-regionalized-endpoints.html>
const STS_LEGACY_REGIONS: [&str; 16] = [
    "ap-northeast-1",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "aws-global",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

fn is_global_sts(service: &Service, region: &str, options: &EndpointOptions) -> bool {
    let plain = !options.fips && !options.dual_stack && options.url.is_none();
    let asked = region == "aws-global" || (options.sts_legacy && STS_LEGACY_REGIONS.contains(&region));
    *service == Service::Sts && plain && asked
}

/// A host that names a region is refused by AWS when the signature is for another; so it is refused here, before
/// anything is signed.
pub fn refuse_other_region(host: &str, signing_region: &str) -> Result<(), InvalidInput> {
    match region_in_host(&host.to_ascii_lowercase()) {
        Some(region) if region != signing_region => Err(InvalidInput::new(
            "URL",
            format!(
                "{host} is in {region}, but the request would be signed for {signing_region}; give the region {region}, \
                 or a URL in {signing_region}"
            ),
        )),
        _ => Ok(()),
    }
}

/// A region becomes part of a host name, so it must be a label and nothing else.
pub(crate) fn check_region(region: &str) -> Result<(), InvalidInput> {
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
        let both = EndpointOptions { fips: true, dual_stack: true, ..EndpointOptions::default() };
        assert_eq!(
            url(Service::BedrockRuntime, "us-east-1", &both),
            "https://bedrock-runtime-fips.us-east-1.api.aws"
        );
        assert_eq!(url(Service::S3, "us-east-1", &both), "https://s3-fips.dualstack.us-east-1.amazonaws.com");
        let clash = EndpointOptions { fips: true, ..EndpointOptions::at("http://127.0.0.1:1") };
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
    fn a_url_in_another_region_is_refused() {
        for (url, region) in [
            ("https://vpce-1.bedrock-runtime.eu-west-1.vpce.amazonaws.com", "eu-west-1"),
            ("https://bedrock-runtime.eu-west-1.corp.example:8443/x", "eu-west-1"),
        ] {
            let options = EndpointOptions::at(url);
            assert!(Endpoint::resolve(Service::BedrockRuntime, region, &options).is_ok(), "{url}");
            let refused = Endpoint::resolve(Service::BedrockRuntime, "us-west-2", &options).unwrap_err();
            assert!(refused.to_string().contains("give the region eu-west-1"), "{refused}");
        }
    }

    #[test]
    fn another_origin_is_not_covered() {
        let endpoint = Endpoint::resolve(Service::S3, "us-west-2", &EndpointOptions::default()).unwrap();
        for (url, covered) in [
            ("https://s3.us-west-2.amazonaws.com/b/k", true),
            ("https://b.s3.us-west-2.amazonaws.com/k", true),
            ("http://s3.us-west-2.amazonaws.com/b/k", false),
            ("https://evils3.us-west-2.amazonaws.com/k", false),
            ("https://s3.us-west-2.amazonaws.com.evil.example/k", false),
            ("https://s3.us-west-2.amazonaws.com:444/k", false),
        ] {
            assert_eq!(endpoint.covers(&url.parse().unwrap()), covered, "{url}");
        }
        let local = EndpointOptions::at("http://127.0.0.1:8080/base");
        let local = Endpoint::resolve(Service::Bedrock, "us-west-2", &local).unwrap();
        assert!(local.covers(&"http://127.0.0.1:8080/base/x".parse().unwrap()));
        assert!(!local.covers(&"http://127.0.0.1:8080/baseless".parse().unwrap()));
        assert!(!local.covers(&"http://x.127.0.0.1:8080/base/x".parse().unwrap()));
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
