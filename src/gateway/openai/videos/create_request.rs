//! What OpenAI's clients ask for when they make a video: as JSON, or as a form where an image comes with it.

use super::form::{Field, fields};
use super::settings::Settings;
use crate::gateway::body_type::{is_json, media_type, wrong_type};
use crate::gateway::json::{Json, Value};
use crate::gateway::openai::data_url::DataUrl;
use crate::gateway::refusal::Refusal;
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::model::ModelId;
use crate::protocol::operation::bedrock_runtime::{ClientRequestToken, StartAsyncInvoke};
use crate::protocol::operation::s3::S3Uri;
use crate::protocol::video::{AspectRatio, Keyframe, LumaDuration, Resolution, TextToVideo};
use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;

/// The model where a request names none.
const DEFAULT_MODEL: &str = "luma.ray-v2:0";

/// The field of a form with a data URL.
const IMAGE_URL: &str = "input_reference[image_url]";
/// What Nova Reel makes, and Luma Ray2 where nothing else is asked for.
const USUAL_SIZE: &str = "1280x720";

/// A video to be made.
#[derive(Debug, Default)]
pub(super) struct CreateRequest {
    pub(super) model: String,
    prompt: String,
    seconds: Option<u32>,
    /// `1280x720`
    size: Option<String>,
    first_frame: Option<Keyframe>,
}

impl CreateRequest {
    pub(super) fn read(headers: &HeaderMap, body: &Bytes) -> Result<Self, Refusal> {
        let mut request = Self { model: DEFAULT_MODEL.to_owned(), ..Self::default() };
        if media_type(headers).is_some_and(|given| given.eq_ignore_ascii_case(b"multipart/form-data")) {
            let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
            let content_type = content_type.unwrap_or_default();
            for Field { name, value } in fields(content_type, body)? {
                let text = || {
                    String::from_utf8(value.to_vec())
                        .map_err(|_| Refusal::field(name.as_str(), "is no UTF-8 text"))
                };
                match name.as_str() {
                    "input_reference" => request.first_frame = Some(keyframe(value.clone())?),
                    // So OpenAI's client for Node writes an object into a form.
                    IMAGE_URL => {
                        let image =
                            image_of(&text()?).map_err(|problem| Refusal::field(IMAGE_URL, problem))?;
                        request.first_frame = Some(keyframe(image)?);
                    }
                    _ => request.set(&name, text()?)?,
                }
            }
        } else if is_json(headers) {
            request.read_json(body)?;
        } else {
            return Err(wrong_type(headers, "send application/json or multipart/form-data"));
        }
        if request.prompt.trim().is_empty() {
            return Err(Refusal::field("prompt", "is missing; say what the video shows"));
        }
        Ok(request)
    }

    /// What the video is made with: what the client leaves open is what the models make unasked.
    pub(super) fn settings(&self, model_id: &ModelId) -> Result<Settings, Refusal> {
        let seconds = match self.video(model_id)? {
            TextToVideo::LumaRay2(_) => 5,
            TextToVideo::NovaReel(_) => 6,
        };
        Ok(Settings {
            model: Some(self.model.clone()),
            seconds: self.seconds.unwrap_or(seconds),
            size: self.size.clone().unwrap_or_else(|| USUAL_SIZE.to_owned()),
        })
    }

    /// What starts the video, checked against the limits of the model.
    pub(super) fn start(
        &self,
        model_id: &ModelId,
        settings: &Settings,
        folder: &S3Uri,
        token: ClientRequestToken,
    ) -> Result<StartAsyncInvoke, Refusal> {
        let seconds = settings.seconds;
        let mut video = self.video(model_id)?;
        if let Some(frame) = &self.first_frame {
            video = video.first_frame(frame.clone());
        }
        let video = video.duration_seconds(seconds).map_err(|_| {
            let lengths = LumaDuration::ALL.iter().map(|length| length.as_str().trim_end_matches('s'));
            let lengths: Vec<&str> = lengths.collect();
            let problem = format!("is {seconds}; Luma Ray2 makes videos of {}", lengths.join(" or "));
            Refusal::field("seconds", &problem)
        })?;
        let size = settings.size.as_str();
        let video = match video {
            TextToVideo::LumaRay2(luma) => {
                let (ratio, resolution) = luma_size(size).ok_or_else(|| no_size_of_luma(size))?;
                luma.aspect_ratio(ratio).resolution(resolution).into()
            }
            TextToVideo::NovaReel(_) if size != USUAL_SIZE => {
                return Err(Refusal::field("size", &format!("is {size:?}; Nova Reel makes {USUAL_SIZE}")));
            }
            reel => reel,
        };
        video.start(folder.clone(), token).map_err(|error| refused(&error))
    }

    fn video(&self, model_id: &ModelId) -> Result<TextToVideo, Refusal> {
        TextToVideo::for_model(model_id, self.prompt.as_str()).map_err(|_| {
            let problem = format!("is {:?}, which makes no videos; Luma Ray2 and Nova Reel do", self.model);
            Refusal::field("model", &problem)
        })
    }

    fn read_json(&mut self, body: &Bytes) -> Result<(), Refusal> {
        let json = Json::object(body)?;
        for (name, value) in json.root().object()?.members() {
            if name == "input_reference" {
                self.first_frame = Some(keyframe(data_url(value)?)?);
                continue;
            }
            let is_number = value.text().bytes().all(|b| b.is_ascii_digit());
            let text = if is_number { value.text().to_owned() } else { value.string()?.into_owned() };
            self.set(name, text)?;
        }
        Ok(())
    }

    fn set(&mut self, name: &str, value: String) -> Result<(), Refusal> {
        match name {
            "model" => self.model = value,
            "prompt" => self.prompt = value,
            "size" => self.size = Some(value),
            "seconds" => {
                let seconds = value.parse().map_err(|_| {
                    Refusal::field("seconds", &format!("is {value:?}, which is no number of seconds"))
                })?;
                self.seconds = Some(seconds);
            }
            // Names an end user; nobody downstream reads it.
            "user" => {}
            other => return Err(Refusal::field(other, "is no field of a request for a video")),
        }
        Ok(())
    }
}

fn keyframe(bytes: Bytes) -> Result<Keyframe, Refusal> {
    Keyframe::new("input_reference", bytes).map_err(|e| Refusal::from(e).at("input_reference"))
}

/// `{"image_url": "data:image/png;base64,…"}`, or the URL itself.
fn data_url(value: Value<'_>) -> Result<Bytes, Refusal> {
    let field = if value.is_object() { value.object()?.required("image_url")? } else { value };
    image_of(&field.string()?).map_err(|problem| field.refuse(problem))
}

/// The image in a data URL, or what is wrong with it.
fn image_of(url: &str) -> Result<Bytes, &'static str> {
    let url = DataUrl::read(url)?;
    url.map(|url| url.bytes).ok_or("is no data URL; send the image itself, as a form or in one")
}

/// A size in pixels as what Luma Ray2 has: an aspect ratio, and 540 or 720 lines.
fn luma_size(size: &str) -> Option<(AspectRatio, Resolution)> {
    let (width, height) = size.split_once('x')?;
    let (width, height): (u32, u32) = (width.parse().ok()?, height.parse().ok()?);
    let resolution = match width.min(height) {
        540 => Resolution::P540,
        720 => Resolution::P720,
        _ => return None,
    };
    Some((AspectRatio::of_size(width, height)?, resolution))
}

fn no_size_of_luma(size: &str) -> Refusal {
    let problem = "which is no size of Luma Ray2; give one such as 1280x720 or 960x540, with an aspect ratio of 1:1, \
                   16:9, 9:16, 4:3, 3:4, 21:9 or 9:21 and a shorter side of 540 or 720";
    Refusal::field("size", &format!("is {size:?}, {problem}"))
}

/// The client's names for what the models call by other ones.
fn refused(error: &InvalidInput) -> Refusal {
    let param = match error.field().trim_start_matches("modelInput.") {
        "prompt" | "textToVideoParams.text" | "multiShotAutomatedParams.text" => "prompt",
        "videoGenerationConfig.durationSeconds" => "seconds",
        "textToVideoParams.images" => "input_reference",
        other => return Refusal::field(other, error.problem()),
    };
    Refusal::field(param, error.problem())
}
