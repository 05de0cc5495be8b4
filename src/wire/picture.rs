//! Pictures that people bring: known by their content, bounded in pixels and memory, made anew in two sizes. What leaves here was written by
//! us, so nothing hidden in a file (places, programs, a second format) gets any further. Never trusts a name or a declared kind.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use crate::domain::finding::{Code, Finding};

/// The most bytes of a file.
pub const BYTES_MAX: usize = 4 * 1024 * 1024;
/// The longest side of a file, and the most of all its pixels.
const SIDE_MAX: u32 = 8_000;
const PIXELS_MAX: u64 = 12_000_000;
/// Memory for decoding one file (design, section 11).
const MEMORY_MAX: u64 = 64 * 1024 * 1024;
/// Longest sides of what is kept: for lists at twice their size on the page, and for the article's page and for printing.
const SMALL: u32 = 192;
const LARGE: u32 = 1_200;
const QUALITY: u8 = 85;

/// A picture as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    pub kind: &'static str,
    pub small: Vec<u8>,
    pub large: Vec<u8>,
}

fn wrong(code: Code) -> Finding {
    Finding::error(code, "picture")
}

/// Reads a PNG, JPEG or WebP file.
pub fn read(bytes: &[u8]) -> Result<Picture, Finding> {
    if bytes.len() > BYTES_MAX {
        return Err(wrong(Code::PictureTooLarge).limit(format!("{} MiB", BYTES_MAX / 1024 / 1024)));
    }
    let format = image::guess_format(bytes).map_err(|_| wrong(Code::PictureUnreadable))?;
    if !matches!(format, ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP) {
        return Err(wrong(Code::PictureUnreadable));
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(MEMORY_MAX);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(refused)?;
    let (width, height) = decoder.dimensions();
    // Before a pixel is decoded: a small file may say that it is a large picture.
    if u64::from(width) * u64::from(height) > PIXELS_MAX || decoder.total_bytes() > MEMORY_MAX {
        return Err(wrong(Code::PictureTooLarge).limit(format!("{} megapixel", PIXELS_MAX / 1_000_000)));
    }
    let orientation = decoder.orientation().map_err(refused)?;
    let picture = DynamicImage::from_decoder(decoder).map_err(refused)?;
    // Lossless for what has transparent parts or comes from drawing programs; photographs as JPEG.
    let kind = if format == ImageFormat::Jpeg || !picture.color().has_alpha() && format == ImageFormat::WebP { "image/jpeg" } else { "image/png" };
    let mut large = at_most(&picture, LARGE);
    drop(picture);
    large.apply_orientation(orientation);
    let small = at_most(&large, SMALL);
    Ok(Picture { kind, small: written(&small, kind)?, large: written(&large, kind)? })
}

/// A picture for paper: rows from the top, four bytes for each point, the last how much of it covers what is below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pixels {
    pub width: u32,
    pub height: u32,
    pub rgba: Vec<u8>,
}

/// The points of a picture that was written here; `None` where it is none.
pub fn pixels(bytes: &[u8], side: u32) -> Option<Pixels> {
    let picture = at_most(&image::load_from_memory(bytes).ok()?, side).to_rgba8();
    Some(Pixels { width: picture.width(), height: picture.height(), rgba: picture.into_raw() }).filter(|pixels| pixels.width > 0 && pixels.height > 0)
}

fn refused(error: image::ImageError) -> Finding {
    match error {
        image::ImageError::Limits(_) => wrong(Code::PictureTooLarge).limit(format!("{} megapixel", PIXELS_MAX / 1_000_000)),
        _ => wrong(Code::PictureUnreadable),
    }
}

/// Smaller where it is too large; never larger than it was.
fn at_most(picture: &DynamicImage, side: u32) -> DynamicImage {
    match picture.width().max(picture.height()) > side {
        true => picture.thumbnail(side, side),
        false => picture.clone(),
    }
}

fn written(picture: &DynamicImage, kind: &str) -> Result<Vec<u8>, Finding> {
    let mut bytes = Cursor::new(Vec::new());
    let done = match kind {
        "image/jpeg" => picture.to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, QUALITY)),
        _ if picture.color().has_alpha() => picture.to_rgba8().write_to(&mut bytes, ImageFormat::Png),
        _ => picture.to_rgb8().write_to(&mut bytes, ImageFormat::Png),
    };
    done.map_err(refused)?;
    Ok(bytes.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        let picture = image::RgbImage::from_fn(width, height, |x, y| image::Rgb([x.to_le_bytes()[0], y.to_le_bytes()[0], 90]));
        picture.write_to(&mut bytes, format).expect("a picture is written");
        bytes.into_inner()
    }

    #[test]
    fn three_formats_in_two_sizes() {
        for (format, kind) in [(ImageFormat::Png, "image/png"), (ImageFormat::Jpeg, "image/jpeg"), (ImageFormat::WebP, "image/jpeg")] {
            let picture = read(&drawn(1600, 800, format)).expect("a picture");
            assert_eq!(picture.kind, kind);
            let size = |bytes: &[u8]| image::load_from_memory(bytes).map(|i| (i.width(), i.height())).expect("readable");
            assert_eq!((size(&picture.small), size(&picture.large)), ((192, 96), (1200, 600)));
        }
        let tiny = read(&drawn(3, 2, ImageFormat::Png)).expect("a picture");
        assert_eq!(tiny.small, tiny.large);
    }

    #[test]
    fn what_is_no_picture_or_too_much_of_one_is_refused() {
        let code = |bytes: &[u8]| read(bytes).expect_err("refused").code;
        for bytes in [&b""[..], b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0junk", b"BM000000"] {
            assert_eq!(code(bytes), Code::PictureUnreadable, "{bytes:?}");
        }
        // A file of a few hundred bytes that says it is 30,000 pixels wide and high.
        let mut bomb = drawn(10, 10, ImageFormat::Png);
        bomb[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
        let crc = crc(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&crc.to_be_bytes());
        assert_eq!(code(&bomb), Code::PictureTooLarge);
        assert_eq!(code(&vec![0; BYTES_MAX + 1]), Code::PictureTooLarge);
        let whole = drawn(200, 200, ImageFormat::Jpeg);
        for cut in [20, whole.len() / 3, whole.len() / 2] {
            // Nothing panics; what is there of a cut photograph may be shown.
            drop(read(&whole[..cut]));
        }
    }

    /// CRC-32 as PNG has it.
    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |c, _| if c & 1 == 1 { (c >> 1) ^ 0xedb8_8320 } else { c >> 1 }))
    }
}
