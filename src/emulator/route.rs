//! Which operation a request asks for: by the service in its credential scope, since a bucket may be called `model`.

use super::bedrock_runtime::InferenceOperation;
use super::host::Host;
use super::query;
use super::refused::Refused;
use super::s3::{self, BucketStep, Step};
use http::{Method, StatusCode, Uri};
use percent_encoding::percent_decode_str;

/// An operation, with what its path says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Infer { operation: InferenceOperation, model_id: String },
    CountTokens { model_id: String },
    ApplyGuardrail { id: String, version: String },
    InvokeGuardrailChecks,
    StartAsyncInvoke,
    GetAsyncInvoke { arn: String },
    ListAsyncInvokes,
    ListFoundationModels,
    GetFoundationModel { id: String },
    GetFoundationModelAvailability { id: String },
    ListInferenceProfiles,
    GetInferenceProfile { id: String },
    CreateModelInvocationJob,
    GetModelInvocationJob { id: String },
    GetObject { bucket: String, key: String },
    HeadObject { bucket: String, key: String },
    PutObject { bucket: String, key: String },
    DeleteObject { bucket: String, key: String },
    Multipart { step: Step, bucket: String, key: String },
    Bucket { step: BucketStep, bucket: String },
    GetCallerIdentity,
}

impl Route {
    /// The path is as it came on the wire; it is decoded here, once.
    pub(super) fn find(service: &str, method: &Method, uri: &Uri, host: &Host) -> Result<Self, Refused> {
        let path = uri.path();
        if service == "s3" {
            return Self::s3(method, uri, host.bucket.as_deref());
        }
        // The only operation of STS here; its name is in the body, which nothing else reads.
        if service == "sts" {
            return Ok(Self::GetCallerIdentity);
        }
        let segments: Vec<String> = path.split('/').skip(1).map(decode).collect::<Result<_, _>>()?;
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let infer = |operation, id: &str| Ok(Self::Infer { operation, model_id: id.to_owned() });
        match (method.as_str(), &segments[..]) {
            ("POST", ["model", id, "count-tokens"]) => Ok(Self::CountTokens { model_id: (*id).to_owned() }),
            ("POST", ["model", id, "invoke"]) => infer(InferenceOperation::InvokeModel, id),
            ("POST", ["model", id, "invoke-with-response-stream"]) => {
                infer(InferenceOperation::InvokeModelWithResponseStream, id)
            }
            ("POST", ["model", id, "converse"]) => infer(InferenceOperation::Converse, id),
            ("POST", ["model", id, "converse-stream"]) => infer(InferenceOperation::ConverseStream, id),
            ("POST", ["guardrail", id, "version", version, "apply"]) => {
                Ok(Self::ApplyGuardrail { id: (*id).to_owned(), version: (*version).to_owned() })
            }
            ("POST", ["guardrail-checks", "invoke"]) => Ok(Self::InvokeGuardrailChecks),
            ("POST", ["async-invoke"]) => Ok(Self::StartAsyncInvoke),
            ("GET", ["async-invoke"]) => Ok(Self::ListAsyncInvokes),
            ("GET", ["async-invoke", arn]) => Ok(Self::GetAsyncInvoke { arn: (*arn).to_owned() }),
            ("GET", ["foundation-models"]) => Ok(Self::ListFoundationModels),
            ("GET", ["foundation-models", id]) => Ok(Self::GetFoundationModel { id: (*id).to_owned() }),
            ("GET", ["foundation-model-availability", id]) => {
                Ok(Self::GetFoundationModelAvailability { id: (*id).to_owned() })
            }
            ("GET", ["inference-profiles"]) => Ok(Self::ListInferenceProfiles),
            ("GET", ["inference-profiles", id]) => Ok(Self::GetInferenceProfile { id: (*id).to_owned() }),
            ("POST", ["model-invocation-job"]) => Ok(Self::CreateModelInvocationJob),
            ("GET", ["model-invocation-job", id]) => Ok(Self::GetModelInvocationJob { id: (*id).to_owned() }),
            _ => Err(Refused::at_the_door(
                StatusCode::NOT_FOUND,
                "UnknownOperationException",
                format!("The emulator has no operation for {method} {path}"),
            )),
        }
    }

    /// The operation, as AWS names it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Infer { operation, .. } => operation.name(),
            Self::CountTokens { .. } => "CountTokens",
            Self::ApplyGuardrail { .. } => "ApplyGuardrail",
            Self::InvokeGuardrailChecks => "InvokeGuardrailChecks",
            Self::StartAsyncInvoke => "StartAsyncInvoke",
            Self::GetAsyncInvoke { .. } => "GetAsyncInvoke",
            Self::ListAsyncInvokes => "ListAsyncInvokes",
            Self::ListFoundationModels => "ListFoundationModels",
            Self::GetFoundationModel { .. } => "GetFoundationModel",
            Self::GetFoundationModelAvailability { .. } => "GetFoundationModelAvailability",
            Self::ListInferenceProfiles => "ListInferenceProfiles",
            Self::GetInferenceProfile { .. } => "GetInferenceProfile",
            Self::CreateModelInvocationJob => "CreateModelInvocationJob",
            Self::GetModelInvocationJob { .. } => "GetModelInvocationJob",
            Self::GetObject { .. } => "GetObject",
            Self::HeadObject { .. } => "HeadObject",
            Self::PutObject { .. } => "PutObject",
            Self::DeleteObject { .. } => "DeleteObject",
            Self::Multipart { step, .. } => step.name(),
            Self::Bucket { step, .. } => step.name(),
            Self::GetCallerIdentity => "GetCallerIdentity",
        }
    }

    /// Whether it is about objects of a bucket.
    pub(super) fn is_of_objects(&self) -> bool {
        matches!(
            self,
            Self::GetObject { .. }
                | Self::HeadObject { .. }
                | Self::PutObject { .. }
                | Self::DeleteObject { .. }
                | Self::Multipart { .. }
                | Self::Bucket { .. }
        )
    }

    fn s3(method: &Method, uri: &Uri, bucket_in_host: Option<&str>) -> Result<Self, Refused> {
        let path = uri.path();
        let path = decode(path.strip_prefix('/').unwrap_or(path))
            .map_err(|refused| refused.with_code("InvalidURI", StatusCode::BAD_REQUEST))?;
        let (bucket, key) = match bucket_in_host {
            Some(bucket) => (bucket, path.as_str()),
            None => path.split_once('/').unwrap_or((&path, "")),
        };
        let (bucket, key) = (bucket.to_owned(), key.to_owned());
        let query = uri.query().unwrap_or_default();
        if !key.is_empty()
            && let Some(step) = Step::find(method, query)
        {
            return Ok(Self::Multipart { step, bucket, key });
        }
        if key.is_empty() && !bucket.is_empty() {
            return BucketStep::find(method, query).map(|step| Self::Bucket { step, bucket });
        }
        if let Some(name) = sub_resource(query) {
            return Err(s3::not_there(&format!("`{name}`")));
        }
        match *method {
            Method::GET if !key.is_empty() => Ok(Self::GetObject { bucket, key }),
            Method::HEAD if !key.is_empty() => Ok(Self::HeadObject { bucket, key }),
            Method::PUT if !key.is_empty() => Ok(Self::PutObject { bucket, key }),
            Method::DELETE if !key.is_empty() => Ok(Self::DeleteObject { bucket, key }),
            _ => Err(s3::not_there(&format!("{method} of this"))),
        }
    }
}

/// The first name in a query that asks for something other than the object itself.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html>
fn sub_resource(query: &str) -> Option<String> {
    let is_plain = |name: &str| {
        let name = name.to_ascii_lowercase();
        name.is_empty() || name == "x-id" || name.starts_with("x-amz-") || name.starts_with("response-")
    };
    query::pairs(query).into_iter().map(|(name, _)| name).find(|name| !is_plain(name))
}

/// Percent-decoded once. What is no UTF-8 then is no name of anything.
fn decode(segment: &str) -> Result<String, Refused> {
    let is_escape = |rest: &[u8]| rest.len() >= 2 && rest.iter().take(2).all(u8::is_ascii_hexdigit);
    let is_well_formed = segment.split('%').skip(1).all(|rest| is_escape(rest.as_bytes()));
    let decoded = percent_decode_str(segment).decode_utf8();
    match decoded {
        Ok(text) if is_well_formed => Ok(text.into_owned()),
        _ => Err(Refused::validation(format!("The path segment {segment:?} is not percent-encoded UTF-8."))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(service: &str, method: &Method, path: &str, host: &str) -> Option<Route> {
        Route::find(service, method, &path.parse().ok()?, &Host::read(host)).ok()
    }

    #[test]
    fn a_model_id_is_one_segment_however_it_is_encoded() {
        for path in [
            "/model/luma.ray-v2%3A0/invoke",
            "/model/luma.ray-v2:0/invoke",
            "/model/luma%2Eray-v2%3a0/invoke",
        ] {
            let expected =
                Route::Infer { operation: InferenceOperation::InvokeModel, model_id: "luma.ray-v2:0".into() };
            assert_eq!(find("bedrock", &Method::POST, path, "127.0.0.1"), Some(expected), "{path}");
        }
        for path in [
            "/model/a/b/invoke",
            "/model/a",
            "",
            "/",
            "//",
            "/model/%zz/invoke",
            "/model/%ff/invoke",
            "/model/a%2/invoke",
        ] {
            assert_eq!(find("bedrock", &Method::POST, path, "127.0.0.1"), None, "{path}");
        }
    }

    #[test]
    fn the_service_decides_not_the_path() {
        let object = Route::GetObject { bucket: "model".into(), key: "a/b c".into() };
        assert_eq!(find("s3", &Method::GET, "/model/a/b%20c", "127.0.0.1"), Some(object));
        let hosted = Route::HeadObject { bucket: "demo".into(), key: "model/x".into() };
        assert_eq!(find("s3", &Method::HEAD, "/model/x", "demo.s3.us-west-2.amazonaws.com"), Some(hosted));
        assert_eq!(find("s3", &Method::GET, "/", "127.0.0.1"), None);
        let name = |method, path| find("s3", &method, path, "127.0.0.1").map(|route| route.name());
        assert_eq!(name(Method::POST, "/bucket/x?uploads"), Some("CreateMultipartUpload"));
        assert_eq!(name(Method::PUT, "/bucket/x?partNumber=1&uploadId=a"), Some("UploadPart"));
        assert_eq!(name(Method::POST, "/bucket/x?uploadId=a"), Some("CompleteMultipartUpload"));
        assert_eq!(name(Method::DELETE, "/bucket/x?uploadId=a"), Some("AbortMultipartUpload"));
        assert_eq!(name(Method::GET, "/bucket"), Some("ListObjects"));
        assert_eq!(name(Method::GET, "/bucket/?list-type=2&prefix=a"), Some("ListObjectsV2"));
        assert_eq!(name(Method::GET, "/bucket?versions"), None);
        assert_eq!(name(Method::PUT, "/bucket"), Some("CreateBucket"));
        assert_eq!(name(Method::POST, "/bucket?delete"), Some("DeleteObjects"));
        assert_eq!(name(Method::DELETE, "/bucket"), None);
        assert_eq!(name(Method::POST, "/bucket/x"), None);
        assert_eq!(name(Method::PUT, "/bucket/x?x-id=PutObject&X-Amz-Expires=60"), Some("PutObject"));
        assert_eq!(name(Method::GET, "/bucket/x?response-content-type=a"), Some("GetObject"));
        for query in ["tagging", "acl", "versionId=1", "uploadId=a", "partNumber=1", "renameObject"] {
            let path = format!("/bucket/x?{query}");
            assert!(find("s3", &Method::GET, &path, "127.0.0.1").is_none(), "{query}");
            assert!(find("s3", &Method::HEAD, &path, "127.0.0.1").is_none(), "{query}");
        }
    }
}
