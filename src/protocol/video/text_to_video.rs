//! The common entry: a video of a text, by whichever model.

use super::keyframe::Keyframe;
use super::luma_ray2::{self, LumaDuration, LumaRay2};
use super::nova_reel::{self, NovaReel};
use crate::protocol::document::Document;
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::model::ModelId;
use crate::protocol::operation::bedrock_runtime::{ClientRequestToken, StartAsyncInvoke};
use crate::protocol::operation::s3::S3Uri;

/// A video to be made of a text, by any of the models that are known here.
///
/// ```
/// # fn main() -> Result<(), bedwire::protocol::invalid_input::InvalidInput> {
/// use bedwire::protocol::operation::bedrock_runtime::ClientRequestToken;
/// use bedwire::protocol::operation::s3::S3Uri;
/// use bedwire::protocol::video::{LumaRay2, Resolution, TextToVideo};
///
/// let video = TextToVideo::from(LumaRay2::new("a red fox in the snow").resolution(Resolution::P720));
/// let token = ClientRequestToken::from_random(*b"16 random bytes!");
/// let start = video.start(S3Uri::new("s3://my-bucket/videos")?, token)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum TextToVideo {
    /// `luma.ray-v2:0`
    LumaRay2(LumaRay2),
    /// `amazon.nova-reel-v1:0` and `v1:1`
    NovaReel(NovaReel),
}

impl TextToVideo {
    /// A video by the model of this id (or of a foundation model's ARN). Any other model's input can be given to
    /// StartAsyncInvoke as it is.
    pub fn for_model(model_id: &ModelId, prompt: impl Into<String>) -> Result<Self, InvalidInput> {
        let id = model_id.as_str();
        let named = if id.starts_with("arn:") { id.rsplit('/').next().unwrap_or_default() } else { id };
        match named {
            luma_ray2::MODEL_ID => Ok(LumaRay2::new(prompt).model_id(model_id).into()),
            nova_reel::V1_0 | nova_reel::V1_1 => Ok(NovaReel::text_video(prompt).model_id(model_id).into()),
            _ => Err(InvalidInput::new(
                "modelId",
                format!(
                    "{model_id} is no video model whose input is known here; give {}, {} or {}, or a modelInput of \
                     your own to StartAsyncInvoke",
                    luma_ray2::MODEL_ID,
                    nova_reel::V1_0,
                    nova_reel::V1_1
                ),
            )),
        }
    }

    /// The image that the video begins with: `keyframes.frame0` of Luma Ray2, the one image of Nova Reel.
    #[must_use]
    pub fn first_frame(self, image: Keyframe) -> Self {
        match self {
            Self::LumaRay2(luma) => Self::LumaRay2(luma.frame0(image)),
            Self::NovaReel(nova) => Self::NovaReel(nova.image(image)),
        }
    }

    /// The length in seconds: 5 or 9 for Luma Ray2; 6, or 12 to 120 in steps of 6, for Nova Reel, which makes a
    /// longer one of several shots (MULTI_SHOT_AUTOMATED).
    pub fn duration_seconds(self, seconds: u32) -> Result<Self, InvalidInput> {
        match self {
            Self::LumaRay2(luma) => Ok(Self::LumaRay2(luma.duration(LumaDuration::from_seconds(seconds)?))),
            Self::NovaReel(nova) => Ok(Self::NovaReel(nova.duration_seconds(seconds))),
        }
    }

    /// The model.
    pub fn model_id(&self) -> &str {
        match self {
            Self::LumaRay2(luma) => luma.id(),
            Self::NovaReel(nova) => nova.id(),
        }
    }

    /// The input in the model's own words, if it is within all documented limits.
    pub fn model_input(&self) -> Result<Document, InvalidInput> {
        match self {
            Self::LumaRay2(luma) => luma.model_input(),
            Self::NovaReel(nova) => nova.model_input(),
        }
    }

    /// What the model may refuse, by limits that are told but that AWS's pages for developers do not settle: each a
    /// sentence.
    pub fn warnings(&self) -> Vec<String> {
        match self {
            Self::LumaRay2(luma) => luma.warnings(),
            Self::NovaReel(nova) => nova.warnings(),
        }
    }

    /// The operation that starts the job, with its output below `s3_uri`.
    pub fn start(
        &self,
        s3_uri: S3Uri,
        client_request_token: ClientRequestToken,
    ) -> Result<StartAsyncInvoke, InvalidInput> {
        let model_input = self.model_input()?.bytes().clone();
        StartAsyncInvoke::new(ModelId::new(self.model_id())?, model_input, s3_uri, client_request_token)
    }
}

impl From<LumaRay2> for TextToVideo {
    fn from(input: LumaRay2) -> Self {
        Self::LumaRay2(input)
    }
}

impl From<NovaReel> for TextToVideo {
    fn from(input: NovaReel) -> Self {
        Self::NovaReel(input)
    }
}
