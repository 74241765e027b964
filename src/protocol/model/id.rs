//! A model id, an inference profile id or an ARN, and its encoding as one path segment: here and only here.

use super::geography::split_geography;
use crate::protocol::invalid_input::InvalidInput;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::fmt;
use std::sync::Arc;

/// Everything outside the unreserved set of RFC 3986 is percent-encoded: `:` as `%3A`, the `/` of an ARN as `%2F`.
/// The canonical URI of the signature encodes the result once more.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The longest id that InvokeModel takes.
/// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html>
const MAX_CHARS: usize = 2048;

/// What `modelId` names: a foundation model (`luma.ray-v2:0`), an inference profile
/// (`us.anthropic.claude-sonnet-4-20250514-v1:0`) or any ARN that Bedrock takes there. Copies share its text.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ModelId(Arc<str>);

impl ModelId {
    /// Checks what can be known without asking: ids that are empty, `.` or `..` would change the path, and white
    /// space or control characters are in no id.
    pub fn new(id: impl Into<String>) -> Result<Self, InvalidInput> {
        let id = Self(id.into().into());
        id.check()?;
        Ok(id)
    }

    /// The id as AWS writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn check(&self) -> Result<(), InvalidInput> {
        let id = self.as_str();
        check_segment("modelId", id)?;
        if id.starts_with("arn:") && !is_arn(id) {
            return Err(InvalidInput::new(
                "modelId",
                format!(
                    "{id:?} is no ARN; give one such as \
                     arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-3-haiku-20240307-v1:0"
                ),
            ));
        }
        if id.len() <= MAX_CHARS && id.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(());
        }
        if let Some(bad) = id.chars().find(|c| c.is_whitespace() || c.is_control()) {
            return Err(InvalidInput::new(
                "modelId",
                format!("{id:?} contains {bad:?}; a model id has no white space"),
            ));
        }
        if id.chars().count() > MAX_CHARS {
            return Err(InvalidInput::new("modelId", format!("is longer than {MAX_CHARS} characters")));
        }
        Ok(())
    }

    /// The path of an operation of the runtime with this model: `/model/luma.ray-v2%3A0/invoke`.
    pub(crate) fn path_to(&self, operation: &str) -> String {
        let (before, after) = ("/model/", "/");
        // Two more for a character that is encoded: most ids have one.
        let length = before.len() + self.0.len() + 2 + after.len() + operation.len();
        let mut path = String::with_capacity(length);
        path.push_str(before);
        path.extend(utf8_percent_encode(&self.0, SEGMENT));
        path.push_str(after);
        path.push_str(operation);
        path
    }

    /// The region that an ARN names. The call must go there and be signed for it.
    pub fn arn_region(&self) -> Option<&str> {
        arn_region(&self.0)
    }

    /// The id without what an inference profile puts before it: `us.anthropic.claude-…` → `anthropic.claude-…`.
    pub fn without_geography(&self) -> &str {
        split_geography(&self.0).1
    }

    /// The provider and model without the geography of a profile and without the version:
    /// `us.anthropic.claude-3-haiku-20240307-v1:0` → `anthropic.claude-3-haiku-20240307`. The resource of an ARN
    /// counts as the id.
    pub fn family(&self) -> &str {
        let id = match self.0.strip_prefix("arn:") {
            Some(_) => self.0.rsplit('/').next().unwrap_or(&self.0),
            None => &self.0,
        };
        let (_, id) = split_geography(id);
        let id = id.split(':').next().unwrap_or(id);
        match id.rsplit_once("-v") {
            Some((base, version)) if !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit()) => {
                base
            }
            _ => id,
        }
    }
}

impl fmt::Debug for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ModelId({})", self.0)
    }
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One path segment, percent-encoded once, as it goes on the wire. Refuses what a URL library would resolve away.
pub fn path_segment(field: &str, value: &str) -> Result<String, InvalidInput> {
    check_segment(field, value)?;
    Ok(utf8_percent_encode(value, SEGMENT).to_string())
}

/// Whether it is the ARN of an application inference profile, which does not tell the model behind it.
pub(crate) fn is_application_profile(id: &str) -> bool {
    id.contains(":application-inference-profile/")
}

/// `arn:partition:service:region:account:resource`, of which region and account may be empty.
fn is_arn(text: &str) -> bool {
    let parts: [&str; 6] = match text.splitn(6, ':').collect::<Vec<_>>().try_into() {
        Ok(parts) => parts,
        Err(_) => return false,
    };
    let [_, partition, service, _, _, resource] = parts;
    ![partition, service, resource].iter().any(|part| part.is_empty())
}

/// The region in an ARN (`arn:partition:service:region:account:resource`), where it has one.
pub(crate) fn arn_region(arn: &str) -> Option<&str> {
    let mut parts = arn.strip_prefix("arn:")?.split(':');
    parts.nth(2).filter(|region| !region.is_empty())
}

fn check_segment(field: &str, value: &str) -> Result<(), InvalidInput> {
    match value {
        "" => Err(InvalidInput::new(field, "is empty")),
        "." | ".." => Err(InvalidInput::new(
            field,
            format!("{value:?} would be resolved away in a URL; give an id or an ARN"),
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_outside_the_unreserved_set_is_encoded_once() {
        assert_eq!(path_segment("modelId", "luma.ray-v2:0").unwrap(), "luma.ray-v2%3A0");
        assert_eq!(
            path_segment("modelId", "arn:aws:b:r:1:p/x_y~z").unwrap(),
            "arn%3Aaws%3Ab%3Ar%3A1%3Ap%2Fx_y~z"
        );
        assert_eq!(path_segment("modelId", "a%3Ab é").unwrap(), "a%253Ab%20%C3%A9");
    }

    #[test]
    fn ids_that_change_the_path_are_refused() {
        for id in ["", ".", "..", "a b", "a\nb", "arn:", "arn:aws:bedrock:nowhere:x", "arn:aws:bedrock:r:1:"]
        {
            assert!(ModelId::new(id).is_err(), "{id:?}");
        }
        assert!(ModelId::new("x".repeat(2049)).is_err());
    }

    #[test]
    fn the_family_has_no_geography_and_no_version() {
        let family = |id: &str| ModelId::new(id).unwrap().family().to_owned();
        assert_eq!(family("us.anthropic.claude-3-haiku-20240307-v1:0"), "anthropic.claude-3-haiku-20240307");
        assert_eq!(family("luma.ray-v2:0"), "luma.ray");
        assert_eq!(family("amazon.nova-lite-v1:0"), "amazon.nova-lite");
        assert_eq!(family("meta.llama3-1-8b-instruct-v1:0"), "meta.llama3-1-8b-instruct");
        assert_eq!(family("zai.glm-4.7"), "zai.glm-4.7");
        assert_eq!(family("openai.gpt-oss-20b-1:0"), "openai.gpt-oss-20b-1");
        assert_eq!(
            family("arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-v2"),
            "anthropic.claude"
        );
    }

    #[test]
    fn the_region_of_an_arn() {
        let id = ModelId::new("arn:aws:bedrock:eu-west-1:123456789012:inference-profile/x").unwrap();
        assert_eq!(id.arn_region(), Some("eu-west-1"));
        assert_eq!(ModelId::new("luma.ray-v2:0").unwrap().arn_region(), None);
    }
}
