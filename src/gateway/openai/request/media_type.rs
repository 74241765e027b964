//! What a file is, by its media type or by the end of its name.

use crate::protocol::content::{AudioFormat, DocumentFormat, ImageFormat, VideoFormat};

/// What a file is, in Bedrock's words. The format of an image in the request is read from its first bytes instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileKind {
    Image(ImageFormat),
    Document(DocumentFormat),
    Video(VideoFormat),
    Audio(AudioFormat),
}

use FileKind::{Audio, Document, Image, Video};

const KINDS: [(&str, FileKind); 48] = [
    ("image/png", Image(ImageFormat::Png)),
    ("image/jpeg", Image(ImageFormat::Jpeg)),
    ("image/jpg", Image(ImageFormat::Jpeg)),
    ("image/pjpeg", Image(ImageFormat::Jpeg)),
    ("image/gif", Image(ImageFormat::Gif)),
    ("image/webp", Image(ImageFormat::Webp)),
    ("application/pdf", Document(DocumentFormat::Pdf)),
    ("application/x-pdf", Document(DocumentFormat::Pdf)),
    ("text/csv", Document(DocumentFormat::Csv)),
    ("application/csv", Document(DocumentFormat::Csv)),
    ("application/msword", Document(DocumentFormat::Doc)),
    (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        Document(DocumentFormat::Docx),
    ),
    ("application/vnd.ms-excel", Document(DocumentFormat::Xls)),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Document(DocumentFormat::Xlsx)),
    ("text/html", Document(DocumentFormat::Html)),
    ("application/xhtml+xml", Document(DocumentFormat::Html)),
    ("text/plain", Document(DocumentFormat::Txt)),
    ("application/json", Document(DocumentFormat::Txt)),
    ("application/xml", Document(DocumentFormat::Txt)),
    ("text/markdown", Document(DocumentFormat::Md)),
    ("text/x-markdown", Document(DocumentFormat::Md)),
    ("video/x-matroska", Video(VideoFormat::Mkv)),
    ("video/quicktime", Video(VideoFormat::Mov)),
    ("video/mp4", Video(VideoFormat::Mp4)),
    ("video/webm", Video(VideoFormat::Webm)),
    ("video/x-flv", Video(VideoFormat::Flv)),
    ("video/mpeg", Video(VideoFormat::Mpeg)),
    ("video/x-ms-wmv", Video(VideoFormat::Wmv)),
    ("video/3gpp", Video(VideoFormat::ThreeGp)),
    ("audio/mpeg", Audio(AudioFormat::Mp3)),
    ("audio/mp3", Audio(AudioFormat::Mp3)),
    ("audio/opus", Audio(AudioFormat::Opus)),
    ("audio/wav", Audio(AudioFormat::Wav)),
    ("audio/x-wav", Audio(AudioFormat::Wav)),
    ("audio/wave", Audio(AudioFormat::Wav)),
    ("audio/vnd.wave", Audio(AudioFormat::Wav)),
    ("audio/aac", Audio(AudioFormat::Aac)),
    ("audio/x-aac", Audio(AudioFormat::XAac)),
    ("audio/flac", Audio(AudioFormat::Flac)),
    ("audio/x-flac", Audio(AudioFormat::Flac)),
    ("audio/mp4", Audio(AudioFormat::Mp4)),
    ("audio/m4a", Audio(AudioFormat::M4a)),
    ("audio/x-m4a", Audio(AudioFormat::M4a)),
    ("audio/ogg", Audio(AudioFormat::Ogg)),
    ("audio/x-matroska", Audio(AudioFormat::Mka)),
    ("audio/webm", Audio(AudioFormat::Webm)),
    ("audio/pcm", Audio(AudioFormat::Pcm)),
    ("audio/l16", Audio(AudioFormat::Pcm)),
];

impl FileKind {
    /// Of a media type in lower case, without parameters.
    pub(super) fn of_type(media_type: &str) -> Option<Self> {
        let known = KINDS.iter().find(|(name, _)| *name == media_type).map(|(_, kind)| *kind);
        // Whatever text it is, a model reads it.
        known.or_else(|| media_type.starts_with("text/").then_some(Document(DocumentFormat::Txt)))
    }

    /// Of the end of a file's name or of an S3 key.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        let (_, extension) = name.rsplit_once('.')?;
        let extension = extension.to_ascii_lowercase();
        let word = match extension.as_str() {
            "jpg" => "jpeg",
            "htm" => "html",
            "markdown" => "md",
            "3gp" => "three_gp",
            other => other,
        };
        // A container that holds sound as well is a video where nothing else is said.
        word.parse()
            .map(Image)
            .or_else(|_| word.parse().map(Document))
            .or_else(|_| word.parse().map(Video))
            .or_else(|_| word.parse().map(Audio))
            .ok()
    }
}
