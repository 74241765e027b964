//! Amazon Nova Reel: `amazon.nova-reel-v1:0` (us-east-1, eu-west-1, ap-northeast-1) and `v1:1` (us-east-1).
//! <https://docs.aws.amazon.com/nova/latest/userguide/video-gen-access.html>

use super::nova_shot::{NovaImage, Shot, length};
use super::prompt::check_chars;
use crate::protocol::document::{Document, ObjectWriter};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::model::ModelId;
use std::ops::RangeInclusive;

pub(super) const V1_0: &str = "amazon.nova-reel-v1:0";
pub(super) const V1_1: &str = "amazon.nova-reel-v1:1";

const FPS: u32 = 24;
const DIMENSION: &str = "1280x720";
const MAX_TEXT_CHARS: usize = 512;
const MAX_AUTOMATED_TEXT_CHARS: usize = 4000;
/// One shot, and the step of a video of several.
const SHOT_SECONDS: u32 = 6;
const MAX_SHOTS: usize = 20;
const AUTOMATED_SECONDS: RangeInclusive<u32> = 12..=120;
/// Room for what stands beside texts and images.
const REST: usize = 256;
/// Told in examples, not on AWS's page.
const TOLD_MAX_SEED: u32 = 2_147_483_646;
/// Told in examples, not on AWS's page.
const TOLD_IMAGE_SIZE: (u32, u32) = (1280, 720);

/// The input of Nova Reel: 24 frames a second of 1280 x 720 pixels.
#[derive(Clone, Debug)]
pub struct NovaReel {
    version: NovaReelVersion,
    /// Where it is not the id of the version.
    model_id: Option<ModelId>,
    task: Task,
    image: Option<NovaImage>,
    duration_seconds: Option<u32>,
    seed: Option<u32>,
}

/// The versions of Nova Reel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NovaReelVersion {
    /// One shot of 6 seconds only.
    V1_0,
    /// Up to 20 shots, 2 minutes.
    V1_1,
}

#[derive(Clone, Debug)]
enum Task {
    OfOneText(String),
    OfShots(Vec<Shot>),
}

impl NovaReel {
    /// A video of one text: TEXT_VIDEO, 6 seconds, 1 to 512 characters. With a longer
    /// [`NovaReel::duration_seconds`] it becomes MULTI_SHOT_AUTOMATED.
    pub fn text_video(text: impl Into<String>) -> Self {
        Self {
            version: NovaReelVersion::V1_1,
            model_id: None,
            task: Task::OfOneText(text.into()),
            image: None,
            duration_seconds: None,
            seed: None,
        }
    }

    /// A video of several shots that the model makes of one text: MULTI_SHOT_AUTOMATED, 12 to 120 seconds in steps
    /// of 6, 1 to 4000 characters. Version 1:1 only.
    pub fn multi_shot_automated(text: impl Into<String>, duration_seconds: u32) -> Self {
        Self::text_video(text).duration_seconds(duration_seconds)
    }

    /// A video of these shots, 6 seconds each: MULTI_SHOT_MANUAL. Version 1:1 only.
    pub fn multi_shot_manual(shots: impl IntoIterator<Item = Shot>) -> Self {
        Self::text_video("").shots(shots)
    }

    /// Takes these shots in place of the text.
    #[must_use]
    pub fn shots(mut self, shots: impl IntoIterator<Item = Shot>) -> Self {
        self.task = Task::OfShots(shots.into_iter().collect());
        self
    }

    /// The version: 1:1 unless told otherwise.
    #[must_use]
    pub fn version(mut self, version: NovaReelVersion) -> Self {
        self.version = version;
        self.model_id = None;
        self
    }

    /// Names the model otherwise: by its ARN, whose region is where the job goes. The version is what its end says.
    #[must_use]
    pub fn model_id(mut self, model_id: &ModelId) -> Self {
        if model_id.as_str().ends_with(V1_0) {
            self.version = NovaReelVersion::V1_0;
        } else if model_id.as_str().ends_with(V1_1) {
            self.version = NovaReelVersion::V1_1;
        }
        self.model_id = Some(model_id.clone());
        self
    }

    /// The image that a video of 6 seconds begins with.
    #[must_use]
    pub fn image(mut self, image: impl Into<NovaImage>) -> Self {
        self.image = Some(image.into());
        self
    }

    /// The length: 6 for one shot; 12 to 120 in steps of 6 for several, which takes version 1:1 and no image.
    #[must_use]
    pub fn duration_seconds(mut self, seconds: u32) -> Self {
        self.duration_seconds = Some(seconds);
        self
    }

    /// What makes the model draw the same again.
    #[must_use]
    pub fn seed(mut self, seed: u32) -> Self {
        self.seed = Some(seed);
        self
    }

    pub(super) fn id(&self) -> &str {
        match (&self.model_id, self.version) {
            (Some(id), _) => id.as_str(),
            (None, NovaReelVersion::V1_0) => V1_0,
            (None, NovaReelVersion::V1_1) => V1_1,
        }
    }

    /// The input in the model's own words, if it is within all documented limits.
    pub fn model_input(&self) -> Result<Document, InvalidInput> {
        let seconds = self.duration_seconds.unwrap_or(SHOT_SECONDS);
        match &self.task {
            Task::OfOneText(text) if seconds == SHOT_SECONDS => self.text_video_input(text),
            Task::OfOneText(text) => self.automated_input(text, seconds),
            Task::OfShots(shots) => self.manual_input(shots),
        }
    }

    fn text_video_input(&self, text: &str) -> Result<Document, InvalidInput> {
        check_chars("modelInput.textToVideoParams.text", text, MAX_TEXT_CHARS)?;
        let mut input = ObjectWriter::with_capacity(REST + length(text, self.image.as_ref()));
        let mut parameters = input.string("taskType", "TEXT_VIDEO").object("textToVideoParams");
        if let Some(image) = &self.image {
            image.write(parameters.array("images").object());
        }
        parameters.string("text", text);
        drop(parameters);
        self.write_config(Some(SHOT_SECONDS), input.object("videoGenerationConfig"));
        Ok(input.finish_document())
    }

    fn automated_input(&self, text: &str, seconds: u32) -> Result<Document, InvalidInput> {
        let field = "modelInput.videoGenerationConfig.durationSeconds";
        if self.version == NovaReelVersion::V1_0 {
            return Err(InvalidInput::new(
                field,
                format!("is {seconds}; {V1_0} makes {SHOT_SECONDS} seconds only, {V1_1} up to 120"),
            ));
        }
        if !AUTOMATED_SECONDS.contains(&seconds) || !seconds.is_multiple_of(SHOT_SECONDS) {
            return Err(InvalidInput::new(
                field,
                format!("is {seconds}; give 6 for one shot, or 12 to 120 in steps of 6 for several"),
            ));
        }
        if self.image.is_some() {
            return Err(InvalidInput::new(
                "modelInput.textToVideoParams.images",
                format!(
                    "an image goes with a video of {SHOT_SECONDS} seconds, not of {seconds}; make one of shots that \
                     have images each (MULTI_SHOT_MANUAL)"
                ),
            ));
        }
        check_chars("modelInput.multiShotAutomatedParams.text", text, MAX_AUTOMATED_TEXT_CHARS)?;
        let mut input = ObjectWriter::with_capacity(REST + length(text, None));
        input.string("taskType", "MULTI_SHOT_AUTOMATED");
        input.object("multiShotAutomatedParams").string("text", text);
        self.write_config(Some(seconds), input.object("videoGenerationConfig"));
        Ok(input.finish_document())
    }

    fn manual_input(&self, shots: &[Shot]) -> Result<Document, InvalidInput> {
        let field = "modelInput.multiShotManualParams.shots";
        if self.version == NovaReelVersion::V1_0 {
            return Err(InvalidInput::new(
                field,
                format!("{V1_0} makes one shot only; {V1_1} makes several"),
            ));
        }
        if shots.is_empty() {
            return Err(InvalidInput::new(field, "is empty; give a shot at least"));
        }
        if shots.len() > MAX_SHOTS {
            let problem = format!("has {} elements; give at most {MAX_SHOTS}", shots.len());
            return Err(InvalidInput::new(field, problem));
        }
        if self.duration_seconds.is_some() {
            return Err(InvalidInput::new(
                "modelInput.videoGenerationConfig.durationSeconds",
                "is given, but the number of shots decides the length (6 seconds each)",
            ));
        }
        if self.image.is_some() {
            return Err(InvalidInput::new(
                "modelInput.textToVideoParams.images",
                "is given beside shots; give each shot its own image",
            ));
        }
        for (place, shot) in shots.iter().enumerate() {
            check_chars(&format!("{field}[{place}].text"), &shot.text, MAX_TEXT_CHARS)?;
        }
        let of_shots: usize = shots.iter().map(|shot| length(&shot.text, shot.image.as_ref())).sum();
        let mut input = ObjectWriter::with_capacity(REST + of_shots);
        let mut parameters = input.string("taskType", "MULTI_SHOT_MANUAL").object("multiShotManualParams");
        let mut written = parameters.array("shots");
        for shot in shots {
            shot.write(written.object());
        }
        drop(written);
        drop(parameters);
        self.write_config(None, input.object("videoGenerationConfig"));
        Ok(input.finish_document())
    }

    fn write_config(&self, seconds: Option<u32>, mut config: ObjectWriter<'_>) {
        config.string("dimension", DIMENSION);
        if let Some(seconds) = seconds {
            config.value("durationSeconds", &seconds.into());
        }
        config.value("fps", &FPS.into());
        if let Some(seed) = self.seed {
            config.value("seed", &seed.into());
        }
    }

    pub(super) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if let Some(seed) = self.seed.filter(|seed| *seed > TOLD_MAX_SEED) {
            warnings.push(format!(
                "modelInput.videoGenerationConfig.seed: is {seed}; Nova Reel is said to take 0 to {TOLD_MAX_SEED}"
            ));
        }
        let of_shots = match &self.task {
            Task::OfShots(shots) => shots.as_slice(),
            Task::OfOneText(_) => &[],
        };
        for image in self.image.iter().chain(of_shots.iter().filter_map(|shot| shot.image.as_ref())) {
            let NovaImage::Inline(frame) = image else { continue };
            if let Some((width, height)) = frame.size().filter(|size| *size != TOLD_IMAGE_SIZE) {
                warnings.push(format!(
                    "an image is {width} x {height} pixels; Nova Reel is said to take {} x {} only",
                    TOLD_IMAGE_SIZE.0, TOLD_IMAGE_SIZE.1
                ));
            }
        }
        warnings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::operation::s3::S3Uri;
    use crate::protocol::video::keyframe::{ImageFormat, Keyframe};
    use serde_json::{Value, json};

    const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAABQAAAALQ";

    fn input(video: &NovaReel) -> Value {
        video.model_input().unwrap().json().unwrap()
    }

    fn refusal(video: &NovaReel) -> String {
        video.model_input().unwrap_err().to_string()
    }

    fn png() -> Keyframe {
        Keyframe::new("image", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x05\0\0\0\x02\xd0".as_slice()).unwrap()
    }

    #[test]
    fn one_shot() {
        let video = NovaReel::text_video("a fox").version(NovaReelVersion::V1_0).image(png()).seed(7);
        assert_eq!(
            input(&video),
            json!({
                "taskType": "TEXT_VIDEO",
                "textToVideoParams": {
                    "text": "a fox",
                    "images": [{"format": "png", "source": {"bytes": PNG}}],
                },
                "videoGenerationConfig":
                    {"durationSeconds": 6, "fps": 24, "dimension": "1280x720", "seed": 7},
            })
        );
        assert!(video.warnings().is_empty());
    }

    #[test]
    fn several_shots_of_one_text() {
        let video = NovaReel::multi_shot_automated("雷".repeat(4000), 120);
        let input = input(&video);
        assert_eq!(input["taskType"], "MULTI_SHOT_AUTOMATED");
        assert_eq!(input["videoGenerationConfig"]["durationSeconds"], 120);
        for bad in [0, 7, 13, 126] {
            let refused = refusal(&NovaReel::multi_shot_automated("x", bad));
            assert!(refused.contains(&format!("durationSeconds: is {bad};")), "{refused}");
        }
        assert!(refusal(&NovaReel::multi_shot_automated("x".repeat(4001), 12)).contains("4001 characters"));
        assert!(refusal(&NovaReel::multi_shot_automated("x", 12).image(png())).contains("6 seconds"));
        let old = NovaReel::multi_shot_automated("x", 12).version(NovaReelVersion::V1_0);
        assert!(refusal(&old).contains(V1_1));
    }

    #[test]
    fn shots_put_together_by_hand() {
        let on_s3 = NovaImage::S3 { format: ImageFormat::Jpeg, uri: S3Uri::new("s3://demo/a.jpg").unwrap() };
        let video = NovaReel::multi_shot_manual([Shot::new("one"), Shot::new("two").image(on_s3)]);
        assert_eq!(
            input(&video),
            json!({
                "taskType": "MULTI_SHOT_MANUAL",
                "multiShotManualParams": {"shots": [
                    {"text": "one"},
                    {"text": "two", "image":
                        {"format": "jpeg", "source": {"s3Location": {"uri": "s3://demo/a.jpg"}}}},
                ]},
                "videoGenerationConfig": {"fps": 24, "dimension": "1280x720"},
            })
        );
        assert!(refusal(&NovaReel::multi_shot_manual([])).contains("empty"));
        assert!(refusal(&video.clone().version(NovaReelVersion::V1_0)).contains("one shot only"));
        assert!(refusal(&video.duration_seconds(12)).contains("number of shots"));
        let of = |count| NovaReel::multi_shot_manual(std::iter::repeat_n(Shot::new("x"), count));
        assert!(of(20).model_input().is_ok());
        assert!(refusal(&of(21)).contains("shots: has 21 elements; give at most 20"));
        let long = NovaReel::multi_shot_manual([Shot::new("x"), Shot::new("x".repeat(513))]);
        assert!(refusal(&long).contains("shots[1].text: has 513 characters"));
    }

    #[test]
    fn a_text_of_one_shot_has_512_characters() {
        assert!(NovaReel::text_video("é".repeat(512)).model_input().is_ok());
        assert!(refusal(&NovaReel::text_video("é".repeat(513))).contains("give 1 to 512"));
    }

    #[test]
    fn limits_that_are_only_told_are_warned_about() {
        let small = Keyframe::new("image", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01".as_slice());
        let video = NovaReel::text_video("x").seed(u32::MAX).image(small.unwrap());
        assert!(video.model_input().is_ok());
        assert_eq!(video.warnings().len(), 2);
    }
}
