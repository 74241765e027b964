//! An image that a video begins or ends with.

use crate::protocol::invalid_input::InvalidInput;
use bytes::Bytes;
use std::fmt;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const JPEG: &[u8] = b"\xff\xd8\xff";

/// A PNG or JPEG image, known by its first bytes; the name of the file does not count.
#[derive(Clone, PartialEq, Eq)]
pub struct Keyframe {
    bytes: Bytes,
    format: ImageFormat,
    size: Option<(u32, u32)>,
}

/// What the video models take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageFormat {
    /// `image/png`
    Png,
    /// `image/jpeg`
    Jpeg,
}

impl Keyframe {
    /// Refuses what is neither PNG nor JPEG. `field` names the image in the refusal: a file, an option.
    pub fn new(field: &str, bytes: impl Into<Bytes>) -> Result<Self, InvalidInput> {
        let bytes = bytes.into();
        if bytes.starts_with(PNG) {
            let size = png_size(&bytes);
            return Ok(Self { bytes, format: ImageFormat::Png, size });
        }
        if bytes.starts_with(JPEG) {
            let size = jpeg_size(&bytes);
            return Ok(Self { bytes, format: ImageFormat::Jpeg, size });
        }
        Err(InvalidInput::new(field, format!("is {}; give a PNG or JPEG image", what_it_is(&bytes))))
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

    /// `png` or `jpeg`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpeg",
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

/// Width and height stand in the first chunk, IHDR. <https://www.w3.org/TR/png-3/#11IHDR>
fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    if bytes.get(12..16)? != b"IHDR" {
        return None;
    }
    let number = |from: usize| Some(u32::from_be_bytes(bytes.get(from..from + 4)?.try_into().ok()?));
    Some((number(16)?, number(20)?))
}

/// Height and width stand in the start-of-frame segment, after segments of any length.
/// <https://www.w3.org/Graphics/JPEG/itu-t81.pdf>, table B.2
fn jpeg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut rest = bytes.get(2..)?;
    loop {
        let after_fill = rest.iter().position(|b| *b != 0xff)?;
        if after_fill == 0 {
            return None;
        }
        let marker = *rest.get(after_fill)?;
        let segment = rest.get(after_fill + 1..)?;
        let number = |from: usize| Some(u16::from_be_bytes(segment.get(from..from + 2)?.try_into().ok()?));
        match marker {
            // Restart markers and TEM stand alone.
            0x01 | 0xd0..=0xd7 => rest = segment,
            // End of image, or the picture itself: no frame header came before it.
            0xd9 | 0xda => return None,
            // Huffman tables, extensions and arithmetic conditioning have numbers among those of the frames.
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                return Some((number(5)?.into(), number(3)?.into()));
            }
            _ => rest = segment.get(usize::from(number(0)?)..)?,
        }
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
    fn the_size_of_a_jpeg_stands_after_other_segments() {
        let jpeg = [
            b"\xff\xd8\xff\xe0\x00\x04ab".as_slice(),    // APP0
            b"\xff\xc4\x00\x03h",                        // a Huffman table, no frame
            b"\xff\xff\xc2\x00\x0b\x08\x02\xd0\x05\x00", // a fill byte, then a progressive frame of 1280 x 720
        ]
        .concat();
        let frame = Keyframe::new("image", jpeg.clone()).unwrap();
        assert_eq!((frame.format(), frame.size()), (ImageFormat::Jpeg, Some((1280, 720))));
        for cut in 3..jpeg.len() {
            assert_eq!(Keyframe::new("image", jpeg[..cut].to_vec()).unwrap().size(), None, "{cut}");
        }
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
