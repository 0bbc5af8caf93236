//! The two encodings that requests and tokens need: percent and base64.
//!
//! By hand, because each is a dozen lines and the default build shall stay small.

use crate::api_error::ApiError;

/// Appends `text` with everything but RFC 3986's unreserved characters percent-encoded. The official SDKs encode the
/// same set, so a signed address comes out the same.
pub(crate) fn push_percent_encoded(out: &mut String, text: &str) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for &byte in text.as_bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

/// Appends `/` and an id as exactly one segment of a path.
///
/// # Errors
/// An empty id, `.` and `..` have no such form: browsers and proxies fold them away, even percent-encoded, and the
/// request would be another one.
pub(crate) fn push_segment(path: &mut String, id: &str) -> Result<(), ApiError> {
    if matches!(id, "" | "." | "..") {
        return Err(ApiError::invalid(format!("{id:?} is no id")));
    }
    path.push('/');
    push_percent_encoded(path, id);
    Ok(())
}

/// A header value as the caller gave it.
///
/// # Errors
/// When it is empty or not visible ASCII, since a line break would begin another header.
pub(crate) fn header_value(name: &str, value: &str) -> Result<String, ApiError> {
    if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(ApiError::invalid(format!("{name} must be visible ASCII without spaces")));
    }
    Ok(value.to_owned())
}

/// Decodes base64 of either alphabet, with or without padding. `None` when it is something else.
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 0xff).ok()?);
        }
    }
    // One character over carries six bits: no byte ends there.
    (count < 6).then_some(bytes)
}

/// Encodes with the standard alphabet and padding.
#[cfg(feature = "identity")]
pub(crate) fn to_base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = (byte(0) << 16) | (byte(1) << 8) | byte(2);
        for place in 0..4 {
            if place <= chunk.len() {
                text.push(char::from(ALPHABET[(bits >> (18 - 6 * place) & 63) as usize]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(id: &str) -> Result<String, ApiError> {
        let mut path = String::new();
        push_segment(&mut path, id).map(|()| path)
    }

    #[test]
    fn an_id_stays_one_segment_whatever_is_in_it() {
        assert_eq!(segment("19:a-b_c@thread.v2"), Ok("/19%3Aa-b_c%40thread.v2".to_owned()));
        assert_eq!(segment("a/../b?c#d\\e"), Ok("/a%2F..%2Fb%3Fc%23d%5Ce".to_owned()));
        assert_eq!(segment("%2e%2e"), Ok("/%252e%252e".to_owned()));
        assert_eq!(segment("..."), Ok("/...".to_owned()));
        assert_eq!(segment("\u{4f60}\n"), Ok("/%E4%BD%A0%0A".to_owned()));
    }

    #[test]
    fn no_character_gets_out_of_its_segment() {
        for character in (0_u32..0x300).filter_map(char::from_u32) {
            let path = segment(&format!("{character}x")).unwrap();
            assert!(path.bytes().all(|byte| byte.is_ascii_graphic()), "{path:?}");
            assert!(!path[1..].contains(['/', '\\', '?', '#']), "{path:?}");
        }
    }

    #[test]
    fn an_id_that_would_change_the_path_is_refused() {
        for id in ["", ".", ".."] {
            assert!(matches!(segment(id), Err(ApiError::InvalidRequest { .. })), "{id:?}");
        }
    }

    #[test]
    fn a_header_value_cannot_begin_another_header() {
        assert_eq!(header_value("h", "b66d6031-fdcc"), Ok("b66d6031-fdcc".to_owned()));
        for value in ["", "a\r\nb: c", "a b", "\u{e9}"] {
            assert!(header_value("h", value).is_err(), "{value:?}");
        }
    }

    #[test]
    fn base64_is_read_in_both_alphabets_padded_or_not() {
        // RFC 4648, section 10.
        for (text, bytes) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg==", "foob"),
            ("Zm9vYmE=", "fooba"),
            ("Zm9vYmFy", "foobar"),
        ] {
            assert_eq!(from_base64(text).as_deref(), Some(bytes.as_bytes()), "{text}");
            assert_eq!(from_base64(text.trim_end_matches('=')).as_deref(), Some(bytes.as_bytes()), "{text}");
            #[cfg(feature = "identity")]
            assert_eq!(to_base64(bytes.as_bytes()), text);
        }
        assert_eq!(from_base64("-_-_"), from_base64("+/+/"));
        assert_eq!(from_base64("+/+/"), Some(vec![0xfb, 0xff, 0xbf]));
        assert_eq!(from_base64("Z"), None);
        assert_eq!(from_base64("Zm9vY"), None);
        assert_eq!(from_base64("Zm 9v"), None);
        assert_eq!(from_base64("Zg==Zg"), None);
    }
}
