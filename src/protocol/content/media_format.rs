//! What images, documents, videos and audio can be.
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-call.html>

use crate::protocol::words::words;

words! {
    /// What an image can be.
    ImageFormat, "image.format" {
        /// PNG
        Png = "png",
        /// JPEG
        Jpeg = "jpeg",
        /// GIF
        Gif = "gif",
        /// WebP
        Webp = "webp",
    }
}

words! {
    /// What a document can be.
    DocumentFormat, "document.format" {
        /// PDF
        Pdf = "pdf",
        /// Comma-separated values
        Csv = "csv",
        /// Word, before 2007
        Doc = "doc",
        /// Word
        Docx = "docx",
        /// Excel, before 2007
        Xls = "xls",
        /// Excel
        Xlsx = "xlsx",
        /// HTML
        Html = "html",
        /// Plain text
        Txt = "txt",
        /// Markdown
        Md = "md",
    }
}

words! {
    /// What a video can be.
    VideoFormat, "video.format" {
        /// Matroska
        Mkv = "mkv",
        /// QuickTime
        Mov = "mov",
        /// MP4
        Mp4 = "mp4",
        /// WebM
        Webm = "webm",
        /// Flash video
        Flv = "flv",
        /// MPEG
        Mpeg = "mpeg",
        /// MPEG, by its other name
        Mpg = "mpg",
        /// Windows Media
        Wmv = "wmv",
        /// 3GP
        ThreeGp = "three_gp",
    }
}

words! {
    /// What audio can be.
    AudioFormat, "audio.format" {
        /// MP3
        Mp3 = "mp3",
        /// Opus
        Opus = "opus",
        /// WAVE
        Wav = "wav",
        /// AAC
        Aac = "aac",
        /// FLAC
        Flac = "flac",
        /// MP4
        Mp4 = "mp4",
        /// Ogg
        Ogg = "ogg",
        /// Matroska
        Mkv = "mkv",
        /// Matroska, audio only
        Mka = "mka",
        /// AAC, by its other name
        XAac = "x-aac",
        /// MPEG-4 audio
        M4a = "m4a",
        /// MPEG
        Mpeg = "mpeg",
        /// MPEG audio
        Mpga = "mpga",
        /// Raw samples
        Pcm = "pcm",
        /// WebM
        Webm = "webm",
    }
}

impl ImageFormat {
    /// Of the first bytes; the name of a file does not count.
    pub fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let at = |from: usize, magic: &[u8]| bytes.get(from..).is_some_and(|rest| rest.starts_with(magic));
        if at(0, b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if at(0, b"\xff\xd8\xff") {
            Some(Self::Jpeg)
        } else if at(0, b"GIF87a") || at(0, b"GIF89a") {
            Some(Self::Gif)
        } else if at(0, b"RIFF") && at(8, b"WEBP") {
            Some(Self::Webp)
        } else {
            None
        }
    }
}
