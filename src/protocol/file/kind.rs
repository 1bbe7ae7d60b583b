//! What kind of file some bytes are: told by the bytes and never by the sender or the name, as a browser shows what it is
//! told to be a picture.

/// What a browser may do with a file.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A picture.
    Png,
    /// A picture.
    Jpeg,
    /// A picture.
    Gif,
    /// A picture.
    Webp,
    /// A picture.
    Avif,
    /// Anything else. It is saved and never shown.
    #[default]
    Other,
}

impl FileKind {
    /// As many first bytes as it takes to tell.
    pub const DECISIVE: usize = 32;

    /// What begins with these bytes.
    #[must_use]
    pub fn of(first: &[u8]) -> Self {
        let is_avif = || {
            first.get(4..8) == Some(b"ftyp")
                && first
                    .get(8..)
                    .is_some_and(|brands| brands.chunks_exact(4).any(|brand| matches!(brand, b"avif" | b"avis")))
        };
        if first.starts_with(b"\x89PNG\r\n\x1a\n") {
            Self::Png
        } else if first.starts_with(b"\xff\xd8\xff") {
            Self::Jpeg
        } else if first.starts_with(b"GIF87a") || first.starts_with(b"GIF89a") {
            Self::Gif
        } else if first.starts_with(b"RIFF") && first.get(8..12) == Some(b"WEBP") {
            Self::Webp
        } else if is_avif() {
            Self::Avif
        } else {
            Self::Other
        }
    }

    /// Whether a browser may show it.
    #[must_use]
    pub fn is_picture(self) -> bool {
        self != Self::Other
    }

    /// Its media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
            Self::Avif => "image/avif",
            Self::Other => "application/octet-stream",
        }
    }

    /// The kind of this media type; all that is no picture is [`Self::Other`].
    #[must_use]
    pub fn of_media_type(media_type: &str) -> Self {
        let pictures = [Self::Png, Self::Jpeg, Self::Gif, Self::Webp, Self::Avif];
        pictures.into_iter().find(|kind| kind.media_type() == media_type).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_known_by_their_first_bytes_and_nothing_else_is() {
        for (first, kind) in [
            (&b"\x89PNG\r\n\x1a\n...."[..], FileKind::Png),
            (b"\xff\xd8\xff\xe0", FileKind::Jpeg),
            (b"GIF89a", FileKind::Gif),
            (b"RIFF\x10\0\0\0WEBPVP8 ", FileKind::Webp),
            (b"\0\0\0\x1cftypavif\0\0\0\0", FileKind::Avif),
            (b"\0\0\0\x1cftypmif1\0\0\0\0avif", FileKind::Avif),
            (b"\0\0\0\x1cftypmp42\0\0\0\0isom", FileKind::Other),
            (b"<svg xmlns=", FileKind::Other),
            (b"<!doctype html>", FileKind::Other),
            (b"%PDF-1.7", FileKind::Other),
            (b"", FileKind::Other),
        ] {
            assert_eq!(FileKind::of(first), kind, "{first:?}");
            assert_eq!(FileKind::of_media_type(kind.media_type()), kind);
        }
    }
}
