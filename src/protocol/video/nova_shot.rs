//! Shots of Nova Reel, and the images that they begin with.
//! <https://docs.aws.amazon.com/nova/latest/userguide/video-gen-access.html>

use super::keyframe::{ImageFormat, Keyframe};
use crate::protocol::document::ObjectWriter;
use crate::protocol::operation::s3::S3Uri;

/// The length of what stands around a text and its image.
const NAMES: usize = 64;

/// One shot of a video that is put together by hand: 6 seconds.
#[derive(Clone, Debug)]
pub struct Shot {
    pub(super) text: String,
    pub(super) image: Option<NovaImage>,
}

/// The image that a shot begins with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum NovaImage {
    /// In the request itself.
    Inline(Keyframe),
    /// On S3. For shots put together by hand this is the safer one: inline bytes were refused there
    /// (`required key [s3Location] not found`).
    S3 {
        /// What the object is.
        format: ImageFormat,
        /// Where it lies.
        uri: S3Uri,
    },
}

impl Shot {
    /// A shot of this text: 1 to 512 characters.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), image: None }
    }

    /// The image that it begins with.
    #[must_use]
    pub fn image(mut self, image: impl Into<NovaImage>) -> Self {
        self.image = Some(image.into());
        self
    }

    pub(super) fn write(&self, mut shot: ObjectWriter<'_>) {
        if let Some(image) = &self.image {
            image.write(shot.object("image"));
        }
        shot.string("text", &self.text);
    }
}

impl NovaImage {
    pub(super) fn write(&self, mut image: ObjectWriter<'_>) {
        match self {
            Self::Inline(frame) => {
                image
                    .string("format", frame.format().as_str())
                    .object("source")
                    .base64("bytes", frame.bytes());
            }
            Self::S3 { format, uri } => {
                let mut source = image.string("format", format.as_str()).object("source");
                source.object("s3Location").string("uri", uri.as_str());
            }
        }
    }
}

/// About how long a text and its image are as JSON.
pub(super) fn length(text: &str, image: Option<&NovaImage>) -> usize {
    let of_image = match image {
        Some(NovaImage::Inline(frame)) => frame.base64_length(),
        Some(NovaImage::S3 { uri, .. }) => uri.as_str().len(),
        None => 0,
    };
    NAMES + text.len() + of_image
}

impl From<Keyframe> for NovaImage {
    fn from(frame: Keyframe) -> Self {
        Self::Inline(frame)
    }
}
