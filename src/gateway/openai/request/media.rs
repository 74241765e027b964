//! Files: in the request as base64, in S3, or at a URL.

use super::media_type::FileKind;
use super::reading::Reading;
use crate::gateway::chat::Block;
use crate::gateway::image_fetch::ImageUrl;
use crate::gateway::json::Value;
use crate::gateway::openai::data_url::{DataUrl, after_scheme, base64};
use crate::gateway::refusal::Refusal;
use crate::protocol::content::{
    Audio, AudioFormat, DocumentBlock, DocumentFormat, Image, ImageFormat, MediaSource, Video,
};
use crate::protocol::operation::s3::S3Uri;
use bytes::Bytes;

/// What Bedrock takes in one message; more are not fetched.
const MAX_FETCHED: usize = 20;
/// Leaves room for a number in a document's name.
const MAX_STEM: usize = 180;
const UNKNOWN_IMAGE: &str = "is no image by its first bytes; give a PNG, JPEG, GIF or WebP";
const UNKNOWN_FILE: &str = "is of no type that Bedrock takes; give an image, a video, or a document of the type \
                            pdf, csv, doc, docx, xls, xlsx, html, txt or md";

/// What is at the URL of an image, a video or a document.
pub(in crate::gateway::openai) fn at_url(
    field: Value<'_>,
    reading: &mut Reading<'_>,
) -> Result<Block, Refusal> {
    let url = field.name()?;
    if let Some(file) = DataUrl::read(&url).map_err(|problem| field.refuse(problem))? {
        return of_bytes(&file.media_type, None, file.bytes, field, reading);
    }
    if after_scheme(&url, "s3://").is_some() {
        return in_s3(&url, field, reading);
    }
    if after_scheme(&url, "http://").or_else(|| after_scheme(&url, "https://")).is_none() {
        return Err(field.refuse("must be a data: URL with base64, an s3:// URI, or an http(s) URL"));
    }
    if !reading.options.fetch_images {
        let problem = "is a URL that the gateway would have to fetch, which its operator has not allowed \
                       (--fetch-images); send the image as a data: URL";
        return Err(field.refuse(problem));
    }
    if let Some(bytes) = reading.images.get(url.as_ref()) {
        return image(bytes.clone(), field);
    }
    if reading.image_urls.len() == MAX_FETCHED {
        return Err(field.refuse(&format!("is one URL too many; give at most {MAX_FETCHED} images by URL")));
    }
    reading.image_urls.push(ImageUrl { url: url.into_owned(), field: field.path() });
    Ok(Block::Image(Image::new(Bytes::new())))
}

/// A file of a name and a media type. The type counts first, an image's bytes before both.
pub(super) fn of_bytes(
    media_type: &str,
    file_name: Option<&str>,
    bytes: Bytes,
    field: Value<'_>,
    reading: &mut Reading<'_>,
) -> Result<Block, Refusal> {
    let by_name = || file_name.and_then(FileKind::of_name);
    let by_bytes = || match ImageFormat::of_bytes(&bytes) {
        Some(format) => Some(FileKind::Image(format)),
        None => bytes.starts_with(b"%PDF-").then_some(FileKind::Document(DocumentFormat::Pdf)),
    };
    let kind = FileKind::of_type(media_type).or_else(by_name).or_else(by_bytes);
    match kind {
        Some(FileKind::Document(format)) => {
            let stem = file_name.map(|name| name.rsplit_once('.').map_or(name, |(stem, _)| stem));
            let file_name = format!("{}.{}", document_name(stem, reading), format.as_str());
            check_length(bytes.len(), DocumentBlock::MAX_BYTES, field)?;
            let document = DocumentBlock::of_file("file", &file_name, bytes);
            Ok(Block::Document(document.map_err(|e| field.refuse(&e.to_string()))?))
        }
        Some(FileKind::Video(format)) => Ok(Block::Video(Video::new(format, bytes))),
        Some(FileKind::Audio(format)) => Ok(Block::Audio(Audio::new(format, bytes))),
        Some(FileKind::Image(_)) => image(bytes, field),
        None if media_type.starts_with("image/") => image(bytes, field),
        None => Err(field.refuse(UNKNOWN_FILE)),
    }
}

/// The first bytes decide, whatever the media type says.
fn image(bytes: Bytes, field: Value<'_>) -> Result<Block, Refusal> {
    if ImageFormat::of_bytes(&bytes).is_none() {
        return Err(field.refuse(UNKNOWN_IMAGE).code("invalid_image_format"));
    }
    check_length(bytes.len(), Image::MAX_BYTES, field)?;
    let image = Image::new(bytes);
    match image.oversize() {
        Some(problem) => Err(field.refuse(&problem)),
        None => Ok(Block::Image(image)),
    }
}

fn check_length(length: usize, most: usize, field: Value<'_>) -> Result<(), Refusal> {
    if length <= most {
        return Ok(());
    }
    Err(field.refuse(&format!("has {length} bytes; give at most {most}")))
}

pub(super) fn in_s3(uri: &str, field: Value<'_>, reading: &mut Reading<'_>) -> Result<Block, Refusal> {
    let uri = S3Uri::new(uri).map_err(|_| field.refuse("is no S3 URI such as s3://my-bucket/cat.png"))?;
    let kind = FileKind::of_name(uri.key());
    let source = MediaSource::from(uri);
    match kind {
        Some(FileKind::Image(format)) => Ok(Block::Image(Image::in_s3(format, source))),
        Some(FileKind::Video(format)) => Ok(Block::Video(Video::new(format, source))),
        Some(FileKind::Audio(format)) => Ok(Block::Audio(Audio::new(format, source))),
        Some(FileKind::Document(format)) => {
            Ok(Block::Document(DocumentBlock::new(format, document_name(None, reading), source)))
        }
        None => {
            Err(field.refuse("has a key whose end tells no type that Bedrock takes, such as .png or .pdf"))
        }
    }
}

/// Each document of a request needs a name of its own; the model sees it.
fn document_name(stem: Option<&str>, reading: &mut Reading<'_>) -> String {
    reading.documents += 1;
    let count = reading.documents;
    let stem: Option<String> = stem.map(|stem| stem.trim().chars().take(MAX_STEM).collect());
    match stem.filter(|stem| !stem.is_empty()) {
        Some(stem) if count == 1 => stem,
        Some(stem) => format!("{stem} ({count})"),
        None => format!("document-{count}"),
    }
}

/// Sound, as base64 of a format that is given by name.
pub(in crate::gateway::openai) fn audio(data: Value<'_>, format: Value<'_>) -> Result<Block, Refusal> {
    let word = format.string()?;
    // OpenAI's name for raw samples.
    let word = if word == "pcm16" { "pcm" } else { word.as_ref() };
    let format: AudioFormat =
        word.parse().map_err(|_| format.refuse("is no format that Bedrock takes, such as wav or mp3"))?;
    let bytes = base64(&data.string()?).map_err(|problem| data.refuse(problem))?;
    Ok(Block::Audio(Audio::new(format, bytes)))
}
