//! InvokeModelWithResponseStream: InvokeModel, answered in chunks of the model's own JSON.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModelWithResponseStream.html>

use super::invocation_options::InvocationOptions;
use super::invoke_model::native_body;
use crate::protocol::content::{NativeAnswer, Usage};
use crate::protocol::document::Document;
use crate::protocol::endpoint::{Endpoint, Service};
use crate::protocol::eventstream::Frame;
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::model::ModelId;
use crate::protocol::operation::stream::event_type;
use crate::protocol::operation::{
    Collector, Operation, StreamError, StreamOperation, Undecodable, collect, request_to,
};
use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

const NAME: &str = "InvokeModelWithResponseStream";

/// Invokes a model with a body in its own shape, and reads the answer as it is written.
#[derive(Clone, Debug)]
pub struct InvokeModelWithResponseStream {
    model_id: ModelId,
    body: Document,
    options: InvocationOptions,
}

impl InvokeModelWithResponseStream {
    /// `body` goes out byte for byte; it is only checked to be a JSON object of at most 25,000,000 bytes.
    pub fn new(model_id: ModelId, body: impl Into<Document>) -> Result<Self, InvalidInput> {
        Ok(Self { model_id, body: native_body("body", body)?, options: InvocationOptions::default() })
    }

    /// Guardrail, trace, latency, service tier, metadata.
    #[must_use]
    pub fn options(mut self, options: InvocationOptions) -> Self {
        self.options = options;
        self
    }

    /// The model.
    pub fn model_id(&self) -> &ModelId {
        &self.model_id
    }
}

impl Operation for InvokeModelWithResponseStream {
    type Output = InvokeModelStreamOutput;

    fn name(&self) -> &'static str {
        NAME
    }

    fn service(&self) -> Service {
        Service::BedrockRuntime
    }

    fn region(&self) -> Option<&str> {
        self.model_id.arn_region()
    }

    fn model_id(&self) -> Option<&ModelId> {
        Some(&self.model_id)
    }

    fn with_model_id(&self, model_id: ModelId) -> Option<Self> {
        Some(Self { model_id, ..self.clone() })
    }

    fn request(&self, endpoint: &Endpoint) -> Result<http::Request<Bytes>, InvalidInput> {
        let headers = [("content-type", "application/json")];
        let (path, body) = (self.model_id.path_to("invoke-with-response-stream"), self.body.bytes().clone());
        let mut request = request_to(endpoint, Method::POST, path, &headers, body)?;
        self.options.add_to(request.headers_mut(), "x-amzn-bedrock-accept")?;
        Ok(request)
    }

    fn decode(&self, response: http::Response<Bytes>) -> Result<InvokeModelStreamOutput, Undecodable> {
        collect(self, response.into_body()).map_err(|e| Undecodable::new(self.name(), e.error.to_string()))
    }
}

/// One event of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvokeModelEvent {
    /// A chunk of the answer.
    Chunk {
        /// The model's own JSON, decoded from base64.
        bytes: Document,
        /// The payload of the frame, as it came: base64 and padding.
        payload: Document,
    },
    /// An event that is not known here.
    Unknown {
        /// Its `:event-type`.
        event_type: String,
        /// As it came.
        payload: Document,
    },
}

impl InvokeModelEvent {
    /// Reads a frame; `None` where it is no event.
    pub(crate) fn read(frame: &Frame) -> Result<Option<Self>, StreamError> {
        let Some(event_type) = event_type(NAME, frame)?.map(str::to_owned) else { return Ok(None) };
        let payload = Document::new(frame.shared_payload());
        if event_type != "chunk" {
            return Ok(Some(Self::Unknown { event_type, payload }));
        }
        let refuse = |problem: &str| StreamError::from(Undecodable::new(NAME, problem));
        let bytes = {
            let json = payload.indexed().filter(|json| json.root().is_object());
            let json = json.ok_or_else(|| refuse("a chunk is no JSON object"))?;
            let base64 = json.root().get("bytes").ok_or_else(|| refuse("a chunk has no bytes"))?;
            let base64 = base64.str().ok_or_else(|| refuse("the bytes of a chunk are no string"))?;
            base64_simd::STANDARD
                .decode_to_vec(base64.as_bytes())
                .map_err(|_| refuse("the bytes of a chunk are no base64"))?
        };
        Ok(Some(Self::Chunk { bytes: Document::new(bytes), payload }))
    }

    /// The model's own JSON, of a chunk.
    pub fn chunk(&self) -> Option<&Document> {
        match self {
            Self::Chunk { bytes, .. } => Some(bytes),
            Self::Unknown { .. } => None,
        }
    }

    /// What the call took: in the last chunk, `amazon-bedrock-invocationMetrics`.
    pub fn metrics(&self) -> Option<InvocationMetrics> {
        InvocationMetrics::read(self.chunk()?)
    }
}

/// What a call took, as the last chunk says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvocationMetrics {
    /// Tokens of the prompt, without those of the cache.
    pub input_token_count: Option<u64>,
    /// Tokens of the answer.
    pub output_token_count: Option<u64>,
    /// Tokens of the prompt that were read from the cache.
    pub cache_read_input_token_count: Option<u64>,
    /// Tokens of the prompt that were written to the cache.
    pub cache_write_input_token_count: Option<u64>,
    /// How long the whole answer took, in milliseconds.
    pub invocation_latency: Option<u64>,
    /// How long the first byte took, in milliseconds.
    pub first_byte_latency: Option<u64>,
}

impl InvocationMetrics {
    const MEMBER: &str = "amazon-bedrock-invocationMetrics";

    /// To look costs less than to parse, and only the last chunk has them.
    fn may_be_in(chunk: &Document) -> bool {
        std::str::from_utf8(chunk.bytes()).is_ok_and(|text| text.contains(Self::MEMBER))
    }

    fn read(chunk: &Document) -> Option<Self> {
        if !Self::may_be_in(chunk) {
            return None;
        }
        let json = chunk.indexed()?;
        let metrics = json.root().get(Self::MEMBER)?;
        let count = |name: &str| metrics.get(name)?.unsigned();
        Some(Self {
            input_token_count: count("inputTokenCount"),
            output_token_count: count("outputTokenCount"),
            cache_read_input_token_count: count("cacheReadInputTokenCount"),
            cache_write_input_token_count: count("cacheWriteInputTokenCount"),
            invocation_latency: count("invocationLatency"),
            first_byte_latency: count("firstByteLatency"),
        })
    }

    /// The counts of tokens, in the form of Converse. `None` where there are none.
    pub fn usage(&self) -> Option<Usage> {
        let counts = json!({
            "inputTokens": self.input_token_count,
            "outputTokens": self.output_token_count,
            "cacheReadInputTokens": self.cache_read_input_token_count,
            "cacheWriteInputTokens": self.cache_write_input_token_count,
        });
        Usage::read(Document::new(counts.to_string()))
    }
}

impl StreamOperation for InvokeModelWithResponseStream {
    type Event = InvokeModelEvent;
    type Collector = InvokeModelCollector;

    fn event(&self, frame: Frame) -> Result<Option<InvokeModelEvent>, StreamError> {
        InvokeModelEvent::read(&frame)
    }

    fn may_end_after(&self, event: &InvokeModelEvent) -> bool {
        event.chunk().is_some_and(|chunk| !announces_more(chunk))
    }

    fn last_event(&self) -> &'static str {
        "the last chunk"
    }

    fn usage(&self, event: &InvokeModelEvent) -> Option<Usage> {
        event.metrics()?.usage()
    }

    fn collector(&self) -> InvokeModelCollector {
        InvokeModelCollector::default()
    }
}

/// Whether a chunk says that another must follow: an event of Claude or Nova before their last, or a reason to stop that
/// is not there yet. A chunk of an unknown shape says nothing, and a stream of those may end anywhere: then only the
/// length of the HTTP body tells a cut.
fn announces_more(chunk: &Document) -> bool {
    const REASONS: [&str; 6] = [
        "/stop_reason",
        "/completionReason",
        "/finish_reason",
        "/outputs/0/stop_reason",
        "/generations/0/finish_reason",
        "/choices/0/finish_reason",
    ];
    // Most chunks by far are these; each is parsed again by whoever reads it.
    let is_piece = chunk.bytes().starts_with(br#"{"type":"content_block_delta","#);
    if is_piece && !InvocationMetrics::may_be_in(chunk) {
        return true;
    }
    let Ok(json) = chunk.json() else { return false };
    if json.get(InvocationMetrics::MEMBER).is_some() {
        return false;
    }
    let is_event_of_claude = match json.get("type").and_then(Value::as_str) {
        Some("message_start" | "message_delta" | "ping") => true,
        Some(event) => event.starts_with("content_block_"),
        None => false,
    };
    is_event_of_claude
        || ["messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop"]
            .iter()
            .any(|event| json.get(*event).is_some())
        || REASONS.iter().any(|reason| json.pointer(reason).is_some_and(Value::is_null))
        || json.get("is_finished").is_some_and(|finished| *finished == false)
}

/// Gathers the chunks.
#[derive(Clone, Debug, Default)]
pub struct InvokeModelCollector {
    output: InvokeModelStreamOutput,
}

impl Collector for InvokeModelCollector {
    type Event = InvokeModelEvent;
    type Output = InvokeModelStreamOutput;

    fn push(&mut self, event: &InvokeModelEvent) {
        self.output.chunks.extend(event.chunk().cloned());
        self.output.metrics = event.metrics().or(self.output.metrics);
    }

    fn output(self) -> InvokeModelStreamOutput {
        self.output
    }
}

/// All chunks of a stream, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InvokeModelStreamOutput {
    chunks: Vec<Document>,
    metrics: Option<InvocationMetrics>,
}

impl InvokeModelStreamOutput {
    /// The chunks, each the model's own JSON.
    pub fn chunks(&self) -> &[Document] {
        &self.chunks
    }

    /// Text, tool uses, usage and stop reason, as far as the shape of the chunks is known.
    pub fn answer(&self) -> NativeAnswer {
        NativeAnswer::of_chunks(&self.chunks)
    }

    /// What the call took, where the last chunk says so.
    pub fn metrics(&self) -> Option<InvocationMetrics> {
        self.metrics
    }
}
