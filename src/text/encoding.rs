//! The text in a file's bytes: Windows PowerShell writes `>` as UTF-16.
//! <https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_character_encoding>

use std::borrow::Cow;

/// Why bytes are no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotText {
    /// They are not UTF-8 from this place on.
    #[error("not UTF-8 text, from byte {0}")]
    Utf8(usize),
    /// They begin as UTF-16, and are not.
    #[error("broken UTF-16 text")]
    Utf16,
}

/// Whether the bytes begin as UTF-16 does: with its mark, or with a character of ASCII in two bytes.
#[must_use]
pub fn is_utf16(bytes: &[u8]) -> bool {
    matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [1..=0x7f, 0, ..] | [0, 1..=0x7f, ..])
}

/// The text in whichever Unicode encoding it is, without a byte order mark.
///
/// # Errors
/// When the bytes are no text.
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, NotText> {
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0, ..] if is_utf16(bytes) => utf16(bytes, u16::from_be_bytes),
        _ if is_utf16(bytes) => utf16(bytes, u16::from_le_bytes),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text))),
            Err(error) => Err(NotText::Utf8(error.valid_up_to())),
        },
    }
}

fn utf16(bytes: &[u8], unit: impl Fn([u8; 2]) -> u16) -> Result<Cow<'static, str>, NotText> {
    let (units, rest) = bytes.as_chunks::<2>();
    let text: Result<String, _> = char::decode_utf16(units.iter().map(|bytes| unit(*bytes))).collect();
    text.ok().filter(|_| rest.is_empty()).map(Cow::Owned).ok_or(NotText::Utf16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unicode_encoding_is_read() {
        let text = "{\"a\": \"é\"}";
        let units: Vec<u16> = text.encode_utf16().collect();
        let of = |mark: &[u8], bytes: fn(u16) -> [u8; 2]| {
            [mark.to_vec(), units.iter().flat_map(|unit| bytes(*unit)).collect()].concat()
        };
        let encoded = [
            text.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            of(b"\xff\xfe", u16::to_le_bytes),
            of(b"\xfe\xff", u16::to_be_bytes),
            of(b"", u16::to_le_bytes),
            of(b"", u16::to_be_bytes),
        ];
        for bytes in encoded {
            assert_eq!(decode(&bytes).unwrap(), text, "{bytes:?}");
        }
        for (broken, why) in [
            (&b"\xff\xfe{"[..], NotText::Utf16),
            (b"\xff\xfe\x00\xd8", NotText::Utf16),
            (b"\x80", NotText::Utf8(0)),
            (b"{\x80", NotText::Utf8(1)),
        ] {
            assert_eq!(decode(broken), Err(why), "{broken:?}");
        }
        for short in [&b""[..], b"{", b"\0", b"\0\0"] {
            assert_eq!(decode(short).unwrap().as_bytes(), short);
        }
    }
}
