//! An image that a video begins or ends with.

use crate::protocol::content;
use crate::protocol::image_size::image_size;
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::words::words;
use bytes::Bytes;
use std::fmt;

words! {
    /// What the video models take.
    ImageFormat, "format" {
        /// `image/png`
        Png = "png",
        /// `image/jpeg`
        Jpeg = "jpeg",
    }
}

/// A PNG or JPEG image, known by its first bytes; the name of the file does not count.
#[derive(Clone, PartialEq, Eq)]
pub struct Keyframe {
    bytes: Bytes,
    format: ImageFormat,
    size: Option<(u32, u32)>,
}

impl Keyframe {
    /// Refuses what is neither PNG nor JPEG. `field` names the image in the refusal: a file, an option.
    pub fn new(field: &str, bytes: impl Into<Bytes>) -> Result<Self, InvalidInput> {
        let bytes = bytes.into();
        let format = match content::ImageFormat::of_bytes(&bytes) {
            Some(content::ImageFormat::Png) => ImageFormat::Png,
            Some(content::ImageFormat::Jpeg) => ImageFormat::Jpeg,
            _ => {
                let problem = format!("is {}; give a PNG or JPEG image", what_it_is(&bytes));
                return Err(InvalidInput::new(field, problem));
            }
        };
        let size = image_size(&bytes);
        Ok(Self { bytes, format, size })
    }

    /// The file, as it was given.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// PNG or JPEG.
    pub fn format(&self) -> ImageFormat {
        self.format
    }

    /// Width and height in pixels, where the header tells.
    pub fn size(&self) -> Option<(u32, u32)> {
        self.size
    }

    pub(super) fn base64_length(&self) -> usize {
        base64_simd::STANDARD.encoded_length(self.bytes.len())
    }
}

impl ImageFormat {
    /// `image/png` or `image/jpeg`.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }
}

impl fmt::Debug for Keyframe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyframe({}, {} bytes", self.format.as_str(), self.bytes.len())?;
        if let Some((width, height)) = self.size {
            write!(f, ", {width}x{height}")?;
        }
        f.write_str(")")
    }
}

fn what_it_is(bytes: &[u8]) -> &'static str {
    let at = |from: usize, magic: &[u8]| bytes.get(from..).is_some_and(|rest| rest.starts_with(magic));
    match bytes {
        [] => "empty",
        _ if at(0, b"GIF8") => "a GIF image",
        _ if at(0, b"RIFF") && at(8, b"WEBP") => "a WebP image",
        _ if at(0, b"BM") => "a BMP image",
        _ if at(0, b"II*\0") || at(0, b"MM\0*") => "a TIFF image",
        _ if at(4, b"ftypavif") => "an AVIF image",
        _ if at(4, b"ftyphei") || at(4, b"ftypmif1") => "a HEIC image",
        _ if at(4, b"ftyp") => "a video",
        _ if at(0, b"%PDF") => "a PDF file",
        _ => "neither PNG nor JPEG",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

    fn png(width: u32, height: u32) -> Vec<u8> {
        [PNG, b"\0\0\0\x0dIHDR", &width.to_be_bytes(), &height.to_be_bytes(), b"\x08\x02\0\0\0"].concat()
    }

    #[test]
    fn the_size_of_a_png() {
        let frame = Keyframe::new("image", png(1280, 720)).unwrap();
        assert_eq!((frame.format(), frame.size()), (ImageFormat::Png, Some((1280, 720))));
        assert_eq!(Keyframe::new("image", PNG).unwrap().size(), None);
    }

    #[test]
    fn other_files_are_called_what_they_are() {
        for (bytes, called) in [
            (b"".as_slice(), "empty"),
            (b"GIF89a", "GIF"),
            (b"RIFF\0\0\0\0WEBPVP8 ", "WebP"),
            (b"\0\0\0\x18ftypheic", "HEIC"),
            (b"<svg/>", "neither"),
            (b"\x89PNG", "neither"),
        ] {
            let refused = Keyframe::new("cat.png", bytes).unwrap_err().to_string();
            assert!(refused.starts_with("cat.png: is ") && refused.contains(called), "{refused}");
        }
    }
}
