//! Width and height of an image, as its header tells them.

use super::content::ImageFormat;

/// Width and height in pixels of a PNG, JPEG, GIF or WebP image, where its header is whole.
pub(super) fn image_size(bytes: &[u8]) -> Option<(u32, u32)> {
    match ImageFormat::of_bytes(bytes)? {
        ImageFormat::Png => png_size(bytes),
        ImageFormat::Jpeg => jpeg_size(bytes),
        ImageFormat::Gif => gif_size(bytes),
        ImageFormat::Webp => webp_size(bytes),
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

/// Width and height stand in the logical screen descriptor. <https://www.w3.org/Graphics/GIF/spec-gif89a.txt>
fn gif_size(bytes: &[u8]) -> Option<(u32, u32)> {
    Some((little_endian(bytes, 6, 2)?, little_endian(bytes, 8, 2)?))
}

/// Width and height stand in the first chunk, which is of one of three kinds.
/// <https://developers.google.com/speed/webp/docs/riff_container>
fn webp_size(bytes: &[u8]) -> Option<(u32, u32)> {
    const FOURTEEN_BITS: u32 = 0x3fff;
    match bytes.get(12..16)? {
        b"VP8X" => Some((little_endian(bytes, 24, 3)? + 1, little_endian(bytes, 27, 3)? + 1)),
        b"VP8L" => {
            let both = little_endian(bytes, 21, 4)?;
            Some(((both & FOURTEEN_BITS) + 1, (both >> 14 & FOURTEEN_BITS) + 1))
        }
        // After the tag of the frame and its start code.
        b"VP8 " => {
            Some((little_endian(bytes, 26, 2)? & FOURTEEN_BITS, little_endian(bytes, 28, 2)? & FOURTEEN_BITS))
        }
        _ => None,
    }
}

fn little_endian(bytes: &[u8], from: usize, length: usize) -> Option<u32> {
    let number = bytes.get(from..from + length)?;
    Some(number.iter().rev().fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every beginning of a header tells nothing.
    fn assert_size(header: &[u8], size: (u32, u32)) {
        assert_eq!(image_size(header), Some(size));
        for cut in 0..header.len() {
            assert_eq!(image_size(&header[..cut]), None, "{cut} bytes");
        }
    }

    #[test]
    fn the_size_of_a_png() {
        assert_size(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x05\0\0\0\x02\xd0", (1280, 720));
    }

    #[test]
    fn the_size_of_a_jpeg_stands_after_other_segments() {
        let jpeg = [
            b"\xff\xd8\xff\xe0\x00\x04ab".as_slice(),    // APP0
            b"\xff\xc4\x00\x03h",                        // a Huffman table, no frame
            b"\xff\xff\xc2\x00\x0b\x08\x02\xd0\x05\x00", // a fill byte, then a progressive frame
        ]
        .concat();
        assert_size(&jpeg, (1280, 720));
    }

    #[test]
    fn the_size_of_a_gif() {
        assert_size(b"GIF89a\x28\x23\x10\x00", (9000, 16));
    }

    #[test]
    fn the_size_of_a_webp() {
        let chunk = |kind: &[u8], header: &[u8]| [b"RIFF\0\0\0\0WEBP", kind, b"\0\0\0\0", header].concat();
        assert_size(&chunk(b"VP8X", b"\0\0\0\0\x27\x23\0\x0f\0\0"), (9000, 16));
        // 8999 in 14 bits, then 15 in 14 bits.
        assert_size(&chunk(b"VP8L", b"\x2f\x27\xe3\x03\x00"), (9000, 16));
        assert_size(&chunk(b"VP8 ", b"\0\0\0\x9d\x01\x2a\x28\x63\x10\x40"), (9000, 16));
        assert_eq!(image_size(&chunk(b"ALPH", &[0; 20])), None);
    }
}
