//! Bedrock's own paths, `/model/{id}/{operation}` and `/async-invoke`: signed anew and passed through. The name of a
//! model is resolved like anywhere; a body goes out and an answer comes back byte for byte, refusals included. Calls are
//! paced and retried as all others are, and counted like theirs. The model of a job is in its body, where an id takes the
//! place of a name.

use super::native_usage::counted;
use crate::error::Error;
use crate::gateway::asked::Asked;
use crate::gateway::body_type::must_be_plain;
use crate::gateway::json::{Json, Object};
use crate::gateway::refusal::Refusal;
use crate::gateway::response;
use crate::gateway::unserved::unserved;
use crate::protocol::document::ObjectWriter;
use crate::protocol::endpoint::{Endpoint, Service};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::model::{ModelId, arn_region, path_segment};
use crate::protocol::operation::{Operation, Undecodable, paths, request_to};
use crate::protocol::retry::pacing::Reservation;
use crate::transport::{Body, drop_hop_by_hop};
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response};
use percent_encoding::percent_decode_str;

pub(in crate::gateway) async fn native(asked: &Asked) -> Result<Response<Body>, Refusal> {
    let (method, uri) = (&asked.parts.method, &asked.parts.uri);
    let segments: Vec<&str> = uri.path().split('/').skip(1).collect();
    let answered = match (paths::operation("bedrock", method, uri), segments.as_slice()) {
        (Some(name), ["model", id, operation]) => of_model(asked, name, id, operation).await?,
        (Some(START_JOB), _) => start_job(asked).await?,
        (Some(name), ["async-invoke", ..]) => of_job(asked, name).await?,
        _ => return Err(unserved(method, uri.path())),
    };
    let mut response = answered.or_else(refused)?;
    // The body is of another length where it was decoded on the way.
    response.headers_mut().remove(CONTENT_LENGTH);
    drop_hop_by_hop(response.headers_mut());
    Ok(response)
}

const COUNT_TOKENS: &str = "CountTokens";
const START_JOB: &str = "StartAsyncInvoke";
/// The member of a job's body that names its model.
const MODEL_ID: &str = "modelId";

type Answered = Result<Response<Body>, Error>;

async fn of_model(asked: &Asked, name: &'static str, id: &str, operation: &str) -> Result<Answered, Refusal> {
    let id = percent_decode_str(id).decode_utf8().map_err(|_| {
        Refusal::invalid(format!("the model id {id:?} is no UTF-8 when it is percent-decoded"))
    })?;
    let model = asked.model(&id)?;
    if name != COUNT_TOKENS && asked.exchange.has_token_limit() {
        let asked_for = Reservation::of(&asked.body);
        let unset = if asked_for.is_unbounded { model.max_tokens } else { 0 };
        asked.exchange.reserves(asked_for.max_tokens.unwrap_or(unset))?;
    }
    let answered = model.call(|client, model_id| {
        // An id without its geography: CountTokens takes no profile.
        let model_id = if name == COUNT_TOKENS { base(model_id) } else { model_id };
        asked.exchange.calls(name, &client, model_id.as_str());
        let call = NativeCall {
            name,
            method: Method::POST,
            target: Target::Model { model_id, operation: operation.to_owned() },
            headers: passed_on(&asked.parts.headers),
            body: asked.body.clone(),
        };
        async move { client.open(&call).await }
    });
    Ok(answered.await.map(|answer| {
        let is_streamed = operation.ends_with("-stream");
        if name == COUNT_TOKENS { answer } else { counted(answer, is_streamed, &asked.exchange) }
    }))
}

fn base(model_id: ModelId) -> ModelId {
    match model_id.without_geography() {
        same if same.len() == model_id.as_str().len() => model_id,
        base => ModelId::new(base).unwrap_or(model_id),
    }
}

async fn start_job(asked: &Asked) -> Result<Answered, Refusal> {
    // Unlike the others' it is read here.
    must_be_plain(&asked.parts.headers)?;
    let json = Json::object(&asked.body)?;
    let job = json.root().object()?;
    let name = job.text(MODEL_ID)?;
    let model = asked.model(&name)?;
    let answered = model.call(|client, model_id| {
        // An id is passed on as it came. What a name means may be a profile, and jobs take none.
        let (model_id, body) = if model_id.as_str() == name {
            (model_id, asked.body.clone())
        } else {
            let model_id = base(model_id);
            let body = with_model_id(&job, &model_id);
            (model_id, body)
        };
        asked.exchange.calls(START_JOB, &client, model_id.as_str());
        let call = call_of_job(asked, START_JOB, None, body);
        async move { client.open(&call).await.map_err(Error::of_a_start) }
    });
    Ok(answered.await)
}

fn with_model_id(job: &Object<'_>, model_id: &ModelId) -> Bytes {
    let mut written = ObjectWriter::default();
    for (name, value) in job.all_members() {
        if name == MODEL_ID {
            written.string(name, model_id.as_str());
        } else {
            written.raw(name, value.text());
        }
    }
    written.finish()
}

async fn of_job(asked: &Asked, name: &'static str) -> Result<Answered, Refusal> {
    let call = call_of_job(asked, name, region_of(asked.parts.uri.path()), asked.body.clone());
    Ok(asked.in_force.client.open(&call).await)
}

fn call_of_job(asked: &Asked, name: &'static str, region: Option<String>, body: Bytes) -> NativeCall {
    let uri = &asked.parts.uri;
    let path = uri.path_and_query().map_or_else(|| uri.path().to_owned(), ToString::to_string);
    NativeCall {
        name,
        method: asked.parts.method.clone(),
        target: Target::Path { path, region },
        headers: passed_on(&asked.parts.headers),
        body,
    }
}

/// A job is asked for where its ARN says it runs.
fn region_of(path: &str) -> Option<String> {
    let arn = percent_decode_str(path.strip_prefix("/async-invoke/")?).decode_utf8().ok()?;
    arn_region(&arn).map(str::to_owned)
}

/// A refusal of the service goes back as it came; what failed before it was asked is the gateway's to say.
fn refused(error: Error) -> Result<Response<Body>, Refusal> {
    let Some(refusal) = error.service_error() else { return Err(error.into()) };
    if let Some(raw) = refusal.raw() {
        let mut response = Response::new(Body::Whole(raw.body().clone()));
        *response.status_mut() = refusal.status();
        response.headers_mut().clone_from(raw.headers());
        return Ok(response);
    }
    // It did not come whole, or a secret of the gateway's is in it.
    let message = serde_json::json!({ "message": refusal.message() }).to_string();
    let mut response = response::json(message);
    *response.status_mut() = refusal.status();
    let headers = response.headers_mut();
    for (name, value) in [("x-amzn-errortype", refusal.code()), ("x-amzn-requestid", refusal.request_id())] {
        if let Some(Ok(value)) = value.map(HeaderValue::from_str) {
            headers.insert(name, value);
        }
    }
    Ok(response)
}

/// What tells the model something; keys, cookies and what a client says of itself are not Bedrock's to read.
fn passed_on(headers: &HeaderMap) -> HeaderMap {
    let is_passed = |name: &HeaderName| {
        *name == CONTENT_TYPE || *name == ACCEPT || name.as_str().starts_with("x-amzn-bedrock-")
    };
    let passed = headers.iter().filter(|(name, _)| is_passed(name));
    passed.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// A call of which nothing is read.
#[derive(Clone)]
struct NativeCall {
    name: &'static str,
    method: Method,
    target: Target,
    headers: HeaderMap,
    body: Bytes,
}

#[derive(Clone)]
enum Target {
    Model {
        model_id: ModelId,
        operation: String,
    },
    /// A path and query, as it came, and the region of the ARN in it.
    Path {
        path: String,
        region: Option<String>,
    },
}

impl Operation for NativeCall {
    type Output = Response<Bytes>;

    fn name(&self) -> &'static str {
        self.name
    }

    fn service(&self) -> Service {
        Service::BedrockRuntime
    }

    fn region(&self) -> Option<&str> {
        match &self.target {
            Target::Model { model_id, .. } => model_id.arn_region(),
            Target::Path { region, .. } => region.as_deref(),
        }
    }

    fn model_id(&self) -> Option<&ModelId> {
        match &self.target {
            Target::Model { model_id, .. } => Some(model_id),
            Target::Path { .. } => None,
        }
    }

    fn with_model_id(&self, model_id: ModelId) -> Option<Self> {
        match &self.target {
            Target::Model { operation, .. } => Some(Self {
                target: Target::Model { model_id, operation: operation.clone() },
                ..self.clone()
            }),
            Target::Path { .. } => None,
        }
    }

    fn takes_profiles(&self) -> bool {
        self.name != COUNT_TOKENS
    }

    /// A job is started once; a model that is asked twice has only been asked twice.
    fn is_repeatable(&self) -> bool {
        matches!(self.target, Target::Model { .. }) || self.method == Method::GET
    }

    fn request(&self, endpoint: &Endpoint) -> Result<http::Request<Bytes>, InvalidInput> {
        let path = match &self.target {
            Target::Model { model_id, operation } => {
                format!("/model/{}/{operation}", path_segment("modelId", model_id.as_str())?)
            }
            Target::Path { path, .. } => path.clone(),
        };
        let mut request = request_to(endpoint, self.method.clone(), path, &[], self.body.clone())?;
        for (name, value) in &self.headers {
            request.headers_mut().append(name, value.clone());
        }
        Ok(request)
    }

    fn decode(&self, response: Response<Bytes>) -> Result<Self::Output, Undecodable> {
        Ok(response)
    }
}
