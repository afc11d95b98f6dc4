//! The bytes that SSH is made of (RFC 4251): strings with their length in front, and big-endian numbers.
//!
//! A reader never reads past its input and never allocates by what the input claims.

/// Takes values from the front of a byte sequence.
#[derive(Clone)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn bytes(&mut self, len: usize) -> Option<&'a [u8]> {
        let (front, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(front)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.bytes(1).map(|byte| byte[0])
    }

    pub(super) fn number(&mut self) -> Option<u32> {
        let (front, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(u32::from_be_bytes(*front))
    }

    pub(super) fn string(&mut self) -> Option<&'a [u8]> {
        let len = self.number()?;
        self.bytes(usize::try_from(len).ok()?)
    }

    pub(super) fn text(&mut self) -> Option<&'a str> {
        str::from_utf8(self.string()?).ok()
    }
}

/// Appends a string with its length in front.
pub(super) fn put_string(out: &mut Vec<u8>, bytes: &[u8]) {
    let len = u32::try_from(bytes.len()).expect("what we write is far smaller than 4 GiB");
    out.extend_from_slice(&len.to_be_bytes());
    out.extend_from_slice(bytes);
}

/// Returns several strings in a row.
pub(super) fn strings(parts: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    for part in parts {
        put_string(&mut out, part);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reader_returns_what_was_put() {
        let bytes = strings(&[b"ab", b"", "ü".as_bytes()]);
        let mut reader = Reader::new(&bytes);
        assert_eq!(reader.string(), Some(&b"ab"[..]));
        assert_eq!(reader.string(), Some(&b""[..]));
        assert_eq!(reader.text(), Some("ü"));
        assert!(reader.is_empty());
        assert_eq!(reader.byte(), None);
    }

    #[test]
    fn string_longer_than_the_input_is_refused() {
        assert_eq!(Reader::new(&[0, 0, 0, 2, b'a']).string(), None);
        assert_eq!(Reader::new(&[0xff, 0xff, 0xff, 0xff, b'a']).string(), None);
        assert_eq!(Reader::new(&[0, 0, 0]).string(), None);
    }
}
