//! The headers that InvokeModel and InvokeModelWithResponseStream have in common. Their bodies belong to the model, so
//! what Converse has in its body stands in headers here.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html#API_runtime_InvokeModel_RequestSyntax>

use crate::protocol::content::{Guardrail, GuardrailTrace, Latency, ServiceTier};
use crate::protocol::document::Document;
use crate::protocol::invalid_input::InvalidInput;
use http::{HeaderMap, HeaderValue};

const MAX_METADATA_CHARS: usize = 8500;

/// Options of an InvokeModel call. What is not given is not sent.
#[derive(Clone, Debug, Default)]
pub struct InvocationOptions {
    accept: Option<String>,
    trace: Option<GuardrailTrace>,
    guardrail: Option<Guardrail>,
    latency: Option<Latency>,
    service_tier: Option<ServiceTier>,
    request_metadata: Option<String>,
}

impl InvocationOptions {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The media type of the answer: `application/json` where it is not given.
    pub fn accept(mut self, media_type: impl Into<String>) -> Result<Self, InvalidInput> {
        let media_type = media_type.into();
        if media_type.is_empty() || !media_type.bytes().all(|b| b.is_ascii_graphic() || b == b' ') {
            return Err(InvalidInput::new("accept", format!("is {media_type:?}; give a media type")));
        }
        self.accept = Some(media_type);
        Ok(self)
    }

    /// Whether the answer says what guardrails did: `X-Amzn-Bedrock-Trace`.
    #[must_use]
    pub fn trace(mut self, trace: GuardrailTrace) -> Self {
        self.trace = Some(trace);
        self
    }

    /// Checks prompt and answer: `X-Amzn-Bedrock-GuardrailIdentifier` and `-GuardrailVersion`.
    #[must_use]
    pub fn guardrail(mut self, guardrail: Guardrail) -> Self {
        self.guardrail = Some(guardrail);
        self
    }

    /// How the model is run: `X-Amzn-Bedrock-PerformanceConfig-Latency`.
    #[must_use]
    pub fn latency(mut self, latency: Latency) -> Self {
        self.latency = Some(latency);
        self
    }

    /// Which capacity answers: `X-Amzn-Bedrock-Service-Tier`.
    #[must_use]
    pub fn service_tier(mut self, tier: ServiceTier) -> Self {
        self.service_tier = Some(tier);
        self
    }

    /// What the invocation log will have beside this call: a JSON object of at most 8500 characters, in
    /// `X-Amzn-Bedrock-Request-Metadata`. Line breaks and characters outside ASCII, which no header can have, are
    /// written as JSON escapes.
    pub fn request_metadata(mut self, json: impl Into<Document>) -> Result<Self, InvalidInput> {
        const FIELD: &str = "requestMetadata";
        let text = header_text(&Document::object(FIELD, json)?.text());
        if text.len() > MAX_METADATA_CHARS {
            return Err(InvalidInput::new(
                FIELD,
                format!("has {} characters as a header; give at most {MAX_METADATA_CHARS}", text.len()),
            ));
        }
        self.request_metadata = Some(text);
        Ok(self)
    }

    /// Adds their headers to a request's. A stream's answer is an event stream, so the media type of what is in it has
    /// a header of its own: `accept` is its name.
    pub(super) fn add_to(&self, headers: &mut HeaderMap, accept: &'static str) -> Result<(), InvalidInput> {
        if self.accept.is_none() {
            headers.insert(accept, HeaderValue::from_static("application/json"));
        }
        let mut add = |name, text: Option<&str>| {
            let Some(text) = text else { return Ok(()) };
            let value = HeaderValue::from_str(text)
                .map_err(|_| InvalidInput::new(name, "has characters that no header can carry"))?;
            headers.insert(name, value);
            Ok(())
        };
        add(accept, self.accept.as_deref())?;
        let trace = self.trace.map(|trace| trace.as_str().to_ascii_uppercase());
        add("x-amzn-bedrock-trace", trace.as_deref())?;
        let guardrail = self.guardrail.as_ref();
        add("x-amzn-bedrock-guardrailidentifier", guardrail.map(Guardrail::identifier))?;
        add("x-amzn-bedrock-guardrailversion", guardrail.map(Guardrail::version))?;
        let latency = self.latency.map(|latency| latency.to_string());
        add("x-amzn-bedrock-performanceconfig-latency", latency.as_deref())?;
        let tier = self.service_tier.map(|tier| tier.to_string());
        add("x-amzn-bedrock-service-tier", tier.as_deref())?;
        add("x-amzn-bedrock-request-metadata", self.request_metadata.as_deref())
    }
}

/// JSON in one line of ASCII. Outside strings only white space can change; inside, only escapes are added.
fn header_text(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.trim().chars() {
        match c {
            '\n' | '\r' | '\t' => text.push(' '),
            ' '..='~' => text.push(c),
            other => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    text.push_str("\\u");
                    text.push_str(&hex::encode(unit.to_be_bytes()));
                }
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_becomes_one_line_of_ascii() {
        let options = InvocationOptions::new().request_metadata("{\n \"k\": \"é😀\"}").unwrap();
        let mut headers = HeaderMap::new();
        options.add_to(&mut headers, "accept").unwrap();
        assert_eq!(headers["x-amzn-bedrock-request-metadata"], r#"{  "k": "\u00e9\ud83d\ude00"}"#);
        assert_eq!(headers["accept"], "application/json");
        let refused =
            InvocationOptions::new().request_metadata(format!("{{\"k\":\"{}\"}}", "x".repeat(8500)));
        assert_eq!(
            refused.unwrap_err().to_string(),
            "requestMetadata: has 8508 characters as a header; give at most 8500"
        );
        assert!(InvocationOptions::new().request_metadata("[]").is_err());
        assert!(InvocationOptions::new().accept("a\nb").is_err());
    }
}
