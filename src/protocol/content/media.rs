//! Images, videos and audio, and where the bytes of a file are.
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-call.html>

use super::media_format::{AudioFormat, ImageFormat, VideoFormat};
use crate::protocol::document::ObjectWriter;
use crate::protocol::image_size::image_size;
use crate::protocol::invalid_input::{FieldPath, InvalidInput};
use crate::protocol::s3_uri::S3Uri;
use bytes::Bytes;

/// Where the bytes of a file are.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MediaSource {
    /// In the request, as base64.
    Bytes(Bytes),
    /// In S3, for models that read from there.
    S3 {
        /// The object.
        uri: S3Uri,
        /// The account that owns the bucket, where it is another: 12 digits.
        bucket_owner: Option<String>,
    },
}

impl MediaSource {
    pub(super) fn check(&self, path: FieldPath<'_>, max_bytes: Option<usize>) -> Result<(), InvalidInput> {
        match self {
            Self::Bytes(bytes) => {
                let field = || format!("{path}.source.bytes");
                if bytes.is_empty() {
                    return Err(InvalidInput::new(field(), "is empty; give a file of at least one byte"));
                }
                if let Some(max) = max_bytes.filter(|max| bytes.len() > *max) {
                    let problem = format!("has {} bytes; give at most {max}", bytes.len());
                    return Err(InvalidInput::new(field(), problem));
                }
            }
            Self::S3 { bucket_owner: Some(owner), .. }
                if owner.len() != 12 || !owner.bytes().all(|b| b.is_ascii_digit()) =>
            {
                return Err(InvalidInput::new(
                    format!("{path}.source.s3Location.bucketOwner"),
                    format!("{owner:?} is no account id; give its 12 digits"),
                ));
            }
            Self::S3 { .. } => {}
        }
        Ok(())
    }

    pub(super) fn write(&self, mut source: ObjectWriter<'_>) {
        match self {
            Self::Bytes(bytes) => {
                source.base64("bytes", bytes);
            }
            Self::S3 { uri, bucket_owner } => {
                let mut location = source.object("s3Location");
                location.string("uri", uri.as_str());
                if let Some(owner) = bucket_owner {
                    location.string("bucketOwner", owner);
                }
            }
        }
    }

    /// How long it is as JSON, but for its names.
    pub(super) fn length(&self) -> usize {
        match self {
            Self::Bytes(bytes) => base64_simd::STANDARD.encoded_length(bytes.len()),
            Self::S3 { uri, .. } => uri.as_str().len(),
        }
    }
}

impl From<Bytes> for MediaSource {
    fn from(bytes: Bytes) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<Vec<u8>> for MediaSource {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl From<S3Uri> for MediaSource {
    fn from(uri: S3Uri) -> Self {
        Self::S3 { uri, bucket_owner: None }
    }
}

/// An image: at most 3.75 MB, and 8000 pixels a side.
#[derive(Clone, Debug)]
pub struct Image {
    format: Option<ImageFormat>,
    source: MediaSource,
}

impl Image {
    /// The longest image that is sent in a request: 3.75 MB.
    pub const MAX_BYTES: usize = 15 * 1024 * 1024 / 4;
    /// The widest and the highest image that is sent in a request, in pixels.
    pub const MAX_PIXELS: u32 = 8000;

    /// A file whose first bytes tell its format: PNG, JPEG, GIF or WebP.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Self { format: None, source: MediaSource::Bytes(bytes.into()) }
    }

    /// An object in S3.
    pub fn in_s3(format: ImageFormat, source: impl Into<MediaSource>) -> Self {
        Self { format: Some(format), source: source.into() }
    }

    /// The format, where it was given or the first bytes tell it.
    pub fn format(&self) -> Option<ImageFormat> {
        match &self.source {
            MediaSource::Bytes(bytes) => self.format.or_else(|| ImageFormat::of_bytes(bytes)),
            MediaSource::S3 { .. } => self.format,
        }
    }

    /// Where its bytes are.
    pub fn source(&self) -> &MediaSource {
        &self.source
    }

    /// What is wrong with its width or height, in words.
    pub(crate) fn oversize(&self) -> Option<String> {
        let MediaSource::Bytes(bytes) = &self.source else { return None };
        let (width, height) = image_size(bytes)?;
        let most = Self::MAX_PIXELS;
        (width.max(height) > most)
            .then(|| format!("is {width} x {height} pixels; give at most {most} x {most}"))
    }

    pub(super) fn write(&self, path: FieldPath<'_>, image: ObjectWriter<'_>) -> Result<(), InvalidInput> {
        self.write_one_of(ImageFormat::ALL, path, image)
    }

    /// A guardrail takes PNG and JPEG only.
    pub(crate) fn write_for_guardrail(
        &self,
        path: FieldPath<'_>,
        image: ObjectWriter<'_>,
    ) -> Result<(), InvalidInput> {
        self.write_one_of(&[ImageFormat::Png, ImageFormat::Jpeg], path, image)
    }

    fn write_one_of(
        &self,
        allowed: &[ImageFormat],
        path: FieldPath<'_>,
        mut image: ObjectWriter<'_>,
    ) -> Result<(), InvalidInput> {
        self.source.check(path, Some(Self::MAX_BYTES))?;
        if let Some(problem) = self.oversize() {
            return Err(InvalidInput::new(format!("{path}.source.bytes"), problem));
        }
        let format = self.format().filter(|format| allowed.contains(format)).ok_or_else(|| {
            let words: Vec<_> = allowed.iter().map(|format| format.as_str()).collect();
            let words = words.join(", ");
            InvalidInput::new(
                path.to_string(),
                format!("is no image of a format that is taken here; give one of {words}"),
            )
        })?;
        self.source.write(image.string("format", format.as_str()).object("source"));
        Ok(())
    }

    /// How long it is as JSON, but for its names.
    pub(crate) fn length(&self) -> usize {
        self.source.length()
    }
}

impl From<Bytes> for Image {
    fn from(bytes: Bytes) -> Self {
        Self::new(bytes)
    }
}

impl From<Vec<u8>> for Image {
    fn from(bytes: Vec<u8>) -> Self {
        Self::new(bytes)
    }
}

/// A video.
#[derive(Clone, Debug)]
pub struct Video {
    format: VideoFormat,
    source: MediaSource,
}

impl Video {
    /// A file in the request, or an object in S3.
    pub fn new(format: VideoFormat, source: impl Into<MediaSource>) -> Self {
        Self { format, source: source.into() }
    }

    pub(super) fn write(&self, path: FieldPath<'_>, mut video: ObjectWriter<'_>) -> Result<(), InvalidInput> {
        self.source.check(path, None)?;
        self.source.write(video.string("format", self.format.as_str()).object("source"));
        Ok(())
    }

    /// How long it is as JSON, but for its names.
    pub(super) fn length(&self) -> usize {
        self.source.length()
    }
}

/// Audio.
#[derive(Clone, Debug)]
pub struct Audio {
    format: AudioFormat,
    source: MediaSource,
}

impl Audio {
    /// A file in the request, or an object in S3.
    pub fn new(format: AudioFormat, source: impl Into<MediaSource>) -> Self {
        Self { format, source: source.into() }
    }

    pub(super) fn write(&self, path: FieldPath<'_>, mut audio: ObjectWriter<'_>) -> Result<(), InvalidInput> {
        self.source.check(path, None)?;
        self.source.write(audio.string("format", self.format.as_str()).object("source"));
        Ok(())
    }

    /// How long it is as JSON, but for its names.
    pub(super) fn length(&self) -> usize {
        self.source.length()
    }
}
