//! Files that are ours as a whole: one line says so, with a digest of the rest, so that what somebody changed is known.

use crate::format::sha256;

const SEAL: &str = "made by git coord, ";

/// Whose a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owned {
    /// It is as some version of ours made it.
    Ours,
    /// It was ours, and somebody has changed it.
    Changed,
    /// It has nothing to do with us.
    Foreign,
}

/// Returns a text with the line that seals it, made from the digest and put in the place of `@seal@`.
pub fn sealed(template: &str) -> String {
    template.replacen("@seal@", &format!("{SEAL}{}", sha256(without_seal(template).as_bytes())), 1)
}

/// Returns whose a file is.
pub fn owned_of(bytes: &[u8]) -> Owned {
    let Ok(text) = std::str::from_utf8(bytes) else { return Owned::Foreign };
    let Some(line) = text.lines().find(|line| line.contains(SEAL)) else { return Owned::Foreign };
    let digest = sha256(without_seal(text).as_bytes()).to_string();
    if line.contains(&digest) { Owned::Ours } else { Owned::Changed }
}

/// Returns a text without the line of its seal.
fn without_seal(text: &str) -> String {
    let mut is_seal_passed = false;
    let mut rest = String::new();
    for line in text.split_inclusive('\n') {
        if !is_seal_passed && (line.contains(SEAL) || line.contains("@seal@")) {
            is_seal_passed = true;
            continue;
        }
        rest.push_str(line);
    }
    rest
}
