//! Luma Ray2: `luma.ray-v2:0`, in us-west-2.
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-luma.html>

use super::keyframe::Keyframe;
use super::prompt::check_chars;
use crate::protocol::document::{Document, ObjectWriter};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::model::ModelId;
use crate::protocol::words::words;
use std::ops::RangeInclusive;

pub(super) const MODEL_ID: &str = "luma.ray-v2:0";
const MAX_PROMPT_CHARS: usize = 5000;
/// Room for what stands beside the prompt and the images.
const REST: usize = 512;
/// Told of Luma's own service; AWS's page names no limit.
const TOLD_IMAGE_PIXELS: RangeInclusive<u32> = 512..=4096;
/// Told of Luma's own service; AWS's page names no limit.
const TOLD_IMAGE_BYTES: usize = 25_000_000;

/// The input of Luma Ray2. What is not given is the model's own choice, and is not sent.
#[derive(Clone, Debug)]
pub struct LumaRay2 {
    model_id: String,
    prompt: String,
    aspect_ratio: Option<AspectRatio>,
    duration: Option<LumaDuration>,
    resolution: Option<Resolution>,
    is_loop: Option<bool>,
    frame0: Option<Keyframe>,
    frame1: Option<Keyframe>,
}

impl LumaRay2 {
    /// A video of this text: 1 to 5000 characters.
    pub fn new(prompt: impl Into<String>) -> Self {
        Self {
            model_id: MODEL_ID.to_owned(),
            prompt: prompt.into(),
            aspect_ratio: None,
            duration: None,
            resolution: None,
            is_loop: None,
            frame0: None,
            frame1: None,
        }
    }

    /// Names the model otherwise: by its ARN.
    #[must_use]
    pub fn model_id(mut self, model_id: &ModelId) -> Self {
        model_id.as_str().clone_into(&mut self.model_id);
        self
    }

    /// Width to height.
    #[must_use]
    pub fn aspect_ratio(mut self, ratio: AspectRatio) -> Self {
        self.aspect_ratio = Some(ratio);
        self
    }

    /// 5 or 9 seconds.
    #[must_use]
    pub fn duration(mut self, duration: LumaDuration) -> Self {
        self.duration = Some(duration);
        self
    }

    /// 540 or 720 lines.
    #[must_use]
    pub fn resolution(mut self, resolution: Resolution) -> Self {
        self.resolution = Some(resolution);
        self
    }

    /// Whether the end leads back to the beginning: `loop`.
    #[must_use]
    pub fn looping(mut self, is_loop: bool) -> Self {
        self.is_loop = Some(is_loop);
        self
    }

    /// The image that the video begins with.
    #[must_use]
    pub fn frame0(mut self, image: Keyframe) -> Self {
        self.frame0 = Some(image);
        self
    }

    /// The image that the video ends with.
    #[must_use]
    pub fn frame1(mut self, image: Keyframe) -> Self {
        self.frame1 = Some(image);
        self
    }

    pub(super) fn id(&self) -> &str {
        &self.model_id
    }

    /// The input in the model's own words, if it is within all documented limits.
    pub fn model_input(&self) -> Result<Document, InvalidInput> {
        check_chars("modelInput.prompt", &self.prompt, MAX_PROMPT_CHARS)?;
        let images: usize = self.keyframes().map(|(_, image)| image.base64_length()).sum();
        let mut input = ObjectWriter::with_capacity(REST + self.prompt.len() + images);
        input.string("prompt", &self.prompt);
        if let Some(ratio) = self.aspect_ratio {
            input.string("aspect_ratio", ratio.as_str());
        }
        if let Some(is_loop) = self.is_loop {
            input.value("loop", &is_loop.into());
        }
        if let Some(duration) = self.duration {
            input.string("duration", duration.as_str());
        }
        if let Some(resolution) = self.resolution {
            input.string("resolution", resolution.as_str());
        }
        if self.keyframes().next().is_some() {
            let mut keyframes = input.object("keyframes");
            for (name, image) in self.keyframes() {
                write_keyframe(image, keyframes.object(name));
            }
        }
        Ok(input.finish_document())
    }

    pub(super) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        for (name, image) in self.keyframes() {
            let fits = |side: u32| TOLD_IMAGE_PIXELS.contains(&side);
            if let Some((width, height)) =
                image.size().filter(|(width, height)| !(fits(*width) && fits(*height)))
            {
                warnings.push(format!(
                    "modelInput.keyframes.{name}: is {width} x {height} pixels; Luma is said to take {} to {} a side",
                    TOLD_IMAGE_PIXELS.start(),
                    TOLD_IMAGE_PIXELS.end()
                ));
            }
            if image.bytes().len() > TOLD_IMAGE_BYTES {
                warnings.push(format!(
                    "modelInput.keyframes.{name}: has {} bytes; Luma is said to take {TOLD_IMAGE_BYTES}",
                    image.bytes().len()
                ));
            }
        }
        warnings
    }

    fn keyframes(&self) -> impl Iterator<Item = (&'static str, &Keyframe)> {
        [("frame0", self.frame0.as_ref()), ("frame1", self.frame1.as_ref())]
            .into_iter()
            .filter_map(|(name, image)| Some((name, image?)))
    }
}

fn write_keyframe(image: &Keyframe, mut keyframe: ObjectWriter<'_>) {
    keyframe
        .object("source")
        .base64("data", image.bytes())
        .string("media_type", image.format().media_type())
        .string("type", "base64");
    keyframe.string("type", "image");
}

words! {
    /// Width to height.
    AspectRatio, "modelInput.aspect_ratio" {
        /// `1:1`
        Ratio1x1 = "1:1",
        /// `16:9`
        Ratio16x9 = "16:9",
        /// `9:16`
        Ratio9x16 = "9:16",
        /// `4:3`
        Ratio4x3 = "4:3",
        /// `3:4`
        Ratio3x4 = "3:4",
        /// `21:9`
        Ratio21x9 = "21:9",
        /// `9:21`
        Ratio9x21 = "9:21",
    }
}

words! {
    /// How long the video is.
    LumaDuration, "modelInput.duration" {
        /// `5s`
        Seconds5 = "5s",
        /// `9s`
        Seconds9 = "9s",
    }
}

words! {
    /// How many lines the video has.
    Resolution, "modelInput.resolution" {
        /// `540p`
        P540 = "540p",
        /// `720p`
        P720 = "720p",
    }
}

impl AspectRatio {
    /// Of a width and a height in pixels.
    pub fn of_size(width: u32, height: u32) -> Option<Self> {
        let is_it = |ratio: &Self| {
            let (w, h) = ratio.sides();
            u64::from(width) * u64::from(h) == u64::from(height) * u64::from(w)
        };
        Self::ALL.iter().copied().find(is_it).filter(|_| width > 0)
    }

    /// Width and height.
    pub fn sides(self) -> (u32, u32) {
        match self {
            Self::Ratio1x1 => (1, 1),
            Self::Ratio16x9 => (16, 9),
            Self::Ratio9x16 => (9, 16),
            Self::Ratio4x3 => (4, 3),
            Self::Ratio3x4 => (3, 4),
            Self::Ratio21x9 => (21, 9),
            Self::Ratio9x21 => (9, 21),
        }
    }
}

impl LumaDuration {
    /// Of a number of seconds.
    pub fn from_seconds(seconds: u32) -> Result<Self, InvalidInput> {
        format!("{seconds}s").parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_given_is_not_sent() {
        assert_eq!(LumaRay2::new("a \"fox\"").model_input().unwrap().text(), r#"{"prompt":"a \"fox\""}"#);
    }

    #[test]
    fn a_prompt_has_1_to_5000_characters_however_many_bytes() {
        assert!(LumaRay2::new("雷".repeat(5000)).model_input().is_ok());
        for (prompt, length) in [("雷".repeat(5001), 5001), (String::new(), 0)] {
            assert_eq!(
                LumaRay2::new(prompt).model_input().unwrap_err().to_string(),
                format!("modelInput.prompt: has {length} characters; give 1 to 5000")
            );
        }
    }

    #[test]
    fn a_value_that_is_none_is_answered_with_those_that_are() {
        assert_eq!(
            "6s".parse::<LumaDuration>().unwrap_err().to_string(),
            r#"modelInput.duration: is "6s"; give one of 5s, 9s"#
        );
        assert!("16x9".parse::<AspectRatio>().unwrap_err().to_string().contains("21:9"));
        assert!("1080p".parse::<Resolution>().is_err());
        assert_eq!(LumaDuration::from_seconds(9).unwrap(), LumaDuration::Seconds9);
        assert!(LumaDuration::from_seconds(6).is_err());
    }

    #[test]
    fn the_sides_of_a_ratio_are_its_word() {
        for ratio in AspectRatio::ALL {
            let (width, height) = ratio.sides();
            assert_eq!(ratio.as_str(), format!("{width}:{height}"));
            assert_eq!(AspectRatio::of_size(width * 90, height * 90), Some(*ratio));
        }
        assert_eq!(AspectRatio::of_size(0, 720), None);
        assert_eq!(AspectRatio::of_size(1280, 719), None);
    }

    #[test]
    fn keyframes_are_named_and_a_small_one_is_only_warned_about() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x40\0\0\x02\0".as_slice();
        let image = Keyframe::new("image", png).unwrap();
        let luma = LumaRay2::new("x").frame1(image);
        let input = luma.model_input().unwrap().json().unwrap();
        assert_eq!(input["keyframes"]["frame1"]["source"]["media_type"], "image/png");
        assert_eq!(input["keyframes"]["frame1"]["type"], "image");
        assert!(input["keyframes"].get("frame0").is_none());
        assert!(luma.warnings()[0].contains("frame1: is 64 x 512 pixels"));
    }
}
