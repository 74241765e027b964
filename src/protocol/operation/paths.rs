//! Which operation a request asks for: one row an operation, so that the recorder, the gateway, the proxy and the
//! diagnosis know a new one at once. The emulator reads paths by itself, so that it shares no mistake with them.

use crate::protocol::service::Service;
use http::{Method, Uri};

/// Name, method and path: `*` is any segment, `**` one and all that follow, and behind `?` is a parameter of the query.
type Row = (&'static str, &'static str, &'static str);

const BEDROCK_RUNTIME: [Row; 10] = [
    ("ApplyGuardrail", "POST", "/guardrail/*/version/*/apply"),
    ("Converse", "POST", "/model/*/converse"),
    ("ConverseStream", "POST", "/model/*/converse-stream"),
    ("CountTokens", "POST", "/model/*/count-tokens"),
    ("GetAsyncInvoke", "GET", "/async-invoke/*"),
    ("InvokeGuardrailChecks", "POST", "/guardrail-checks/invoke"),
    ("InvokeModel", "POST", "/model/*/invoke"),
    ("InvokeModelWithResponseStream", "POST", "/model/*/invoke-with-response-stream"),
    ("ListAsyncInvokes", "GET", "/async-invoke"),
    ("StartAsyncInvoke", "POST", "/async-invoke"),
];

const BEDROCK: [Row; 7] = [
    ("CreateModelInvocationJob", "POST", "/model-invocation-job"),
    ("GetFoundationModel", "GET", "/foundation-models/*"),
    ("GetFoundationModelAvailability", "GET", "/foundation-model-availability/*"),
    ("GetInferenceProfile", "GET", "/inference-profiles/*"),
    ("GetModelInvocationJob", "GET", "/model-invocation-job/*"),
    ("ListFoundationModels", "GET", "/foundation-models"),
    ("ListInferenceProfiles", "GET", "/inference-profiles"),
];

/// How other paths of the control plane begin.
const OTHERS_OF_BEDROCK: [&str; 4] = [
    "/guardrails",
    "/model-invocation-jobs",
    "/provisioned-model-throughput",
    "/provisioned-model-throughputs",
];

/// The first that fits is meant. A bucket that stands in the path is taken for an object's key.
const S3: [Row; 9] = [
    ("AbortMultipartUpload", "DELETE", "/**?uploadId"),
    ("CompleteMultipartUpload", "POST", "/**?uploadId"),
    ("CreateMultipartUpload", "POST", "/**?uploads"),
    ("UploadPart", "PUT", "/**?uploadId"),
    ("DeleteObject", "DELETE", "/**"),
    ("GetObject", "GET", "/**"),
    ("HeadObject", "HEAD", "/**"),
    ("PutObject", "PUT", "/**"),
    ("HeadBucket", "HEAD", "/"),
];

const SSO: [Row; 1] = [("GetRoleCredentials", "GET", "/federation/credentials")];
const SSO_OIDC: [Row; 1] = [("CreateToken", "POST", "/token")];

/// The operation, as AWS names it, of a service by the name that it is signed for. Those of STS have no paths.
pub(crate) fn operation(signing_name: &str, method: &Method, uri: &Uri) -> Option<&'static str> {
    let rows: &[&[Row]] = match signing_name {
        "bedrock" => &[&BEDROCK_RUNTIME, &BEDROCK],
        "s3" => &[&S3],
        "awsssoportal" => &[&SSO],
        "sso-oauth" => &[&SSO_OIDC],
        _ => &[],
    };
    let mut rows = rows.iter().copied().flatten();
    rows.find(|(_, known, pattern)| method == known && fits(pattern, uri)).map(|(name, ..)| *name)
}

/// Which half of Bedrock a path belongs to, where Bedrock alone has such paths.
pub(crate) fn half_of_bedrock(path: &str) -> Option<Service> {
    let first = path.split(['/', '?']).nth(1)?;
    let is_first = |known: &str| {
        let rest = known.strip_prefix('/').and_then(|known| known.strip_prefix(first));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if BEDROCK_RUNTIME.iter().any(|(.., known)| is_first(known)) {
        return Some(Service::BedrockRuntime);
    }
    let mut bedrock = BEDROCK.iter().map(|(.., known)| *known).chain(OTHERS_OF_BEDROCK);
    bedrock.any(is_first).then_some(Service::Bedrock)
}

fn fits(pattern: &str, uri: &Uri) -> bool {
    let (pattern, parameter) =
        pattern.split_once('?').map_or((pattern, None), |(path, name)| (path, Some(name)));
    let mut parameters = uri.query().unwrap_or_default().split('&').map(|pair| pair.split('=').next());
    if parameter.is_some() && !parameters.any(|name| name == parameter) {
        return false;
    }
    let mut segments = uri.path().split('/');
    for known in pattern.split('/') {
        match segments.next() {
            Some(segment) if known == "**" => return !segment.is_empty() || segments.next().is_some(),
            Some(segment) if known == "*" || known == segment => {}
            _ => return false,
        }
    }
    segments.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_told_apart() {
        for (service, method, target, name) in [
            ("bedrock", "POST", "/model/a%2Fb/invoke", Some("InvokeModel")),
            ("bedrock", "GET", "/model/a/invoke", None),
            ("bedrock", "POST", "/model/a/b/invoke", None),
            ("bedrock", "POST", "/model/a/invoke/", None),
            ("bedrock", "GET", "/async-invoke?maxResults=1", Some("ListAsyncInvokes")),
            ("bedrock", "GET", "/async-invoke/a", Some("GetAsyncInvoke")),
            ("bedrock", "GET", "/foundation-model-availability/a", Some("GetFoundationModelAvailability")),
            ("s3", "POST", "/model/a/invoke", None),
            ("s3", "GET", "/a/b/c?x-id=GetObject", Some("GetObject")),
            ("s3", "PUT", "/a?partNumber=1&uploadId=b", Some("UploadPart")),
            ("s3", "PUT", "/uploadId", Some("PutObject")),
            ("s3", "POST", "/a?uploads", Some("CreateMultipartUpload")),
            ("s3", "POST", "/a?uploads=", Some("CreateMultipartUpload")),
            ("s3", "HEAD", "/", Some("HeadBucket")),
            ("s3", "GET", "/", None),
            ("sts", "POST", "/", None),
        ] {
            let uri: Uri = target.parse().unwrap();
            let method: Method = method.parse().unwrap();
            assert_eq!(operation(service, &method, &uri), name, "{service} {method} {target}");
        }
    }

    #[test]
    fn paths_tell_the_halves_of_bedrock() {
        for (path, half) in [
            ("/model/a/of-tomorrow", Some(Service::BedrockRuntime)),
            ("/async-invoke?x", Some(Service::BedrockRuntime)),
            ("/guardrail/g/version/1/apply", Some(Service::BedrockRuntime)),
            ("/guardrails", Some(Service::Bedrock)),
            ("/foundation-models/a", Some(Service::Bedrock)),
            ("/models", None),
            ("/v1/models", None),
            ("/", None),
            ("", None),
        ] {
            assert_eq!(half_of_bedrock(path), half, "{path}");
        }
    }
}
