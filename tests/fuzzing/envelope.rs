//! Signatures of SSH taken apart and put together again, canonical or not.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
pub const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
pub const END: &str = "-----END SSH SIGNATURE-----";

/// What an armoured signature holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    pub magic: Vec<u8>,
    pub version: u32,
    /// Key, namespace, reserved, hash, signature.
    pub fields: [Vec<u8>; 5],
    pub trailing: Vec<u8>,
}

impl Envelope {
    /// Takes a canonical signature apart.
    pub fn of(armor: &str) -> Option<Self> {
        let body: String = armor.strip_prefix(BEGIN)?.trim_end().strip_suffix(END)?.split_whitespace().collect();
        let blob = decoded(&body)?;
        let (magic, rest) = blob.split_at_checked(6)?;
        let (version, mut rest) = rest.split_first_chunk()?;
        let mut fields = [const { Vec::new() }; 5];
        for field in &mut fields {
            *field = taken(&mut rest)?.to_vec();
        }
        let version = u32::from_be_bytes(*version);
        Some(Self { magic: magic.to_vec(), version, fields, trailing: rest.to_vec() })
    }

    pub fn blob(&self) -> Vec<u8> {
        let parts: Vec<&[u8]> = self.fields.iter().map(Vec::as_slice).collect();
        [&self.magic[..], &self.version.to_be_bytes(), &strings(&parts), &self.trailing].concat()
    }

    /// Puts it together in lines of so many columns.
    pub fn armor(&self, columns: usize) -> String {
        armored(&encoded(&self.blob()), columns)
    }
}

/// Returns base64 in armour.
pub fn armored(text: &str, columns: usize) -> String {
    let lines = text.as_bytes().chunks(columns).map(|line| str::from_utf8(line).expect("base64 is ASCII"));
    let lines: Vec<&str> = [BEGIN].into_iter().chain(lines).chain([END]).collect();
    format!("{}\n", lines.join("\n"))
}

/// Returns several strings in a row, each with its length in front.
pub fn strings(parts: &[&[u8]]) -> Vec<u8> {
    let length = |part: &[u8]| u32::try_from(part.len()).expect("they are short").to_be_bytes();
    parts.iter().flat_map(|part| [&length(part), *part].concat()).collect()
}

/// Takes a string off the front of some bytes.
pub fn taken<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk()?;
    let (front, after) = after.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    *rest = after;
    Some(front)
}

pub fn encoded(bytes: &[u8]) -> String {
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for position in 0..4 {
            let digit = (bits >> (18 - 6 * position) & 63) as usize;
            text.push(if position > group.len() { '=' } else { char::from(ALPHABET[digit]) });
        }
    }
    text
}

/// Reads base64 leniently: what is no digit ends it.
pub fn decoded(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for digit in text.trim_end_matches('=').bytes() {
        bits = (bits << 6 | u32::try_from(ALPHABET.iter().position(|letter| *letter == digit)?).ok()?) & 0xf_ffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    Some(bytes)
}
