//! Files of our own in the git directory, which a disk may have torn and anybody with the account may have changed.

use git_coord::git::Target;
use git_coord::git::parse_loose;
use git_coord::model::HashKind;
use git_coord::ops::agent::parse_notes;
use git_coord::ops::join::PinTrust;
use git_coord::ops::join::parse_pin;
use git_coord::ops::reactions::Letter;
use git_coord::ops::receive::rewritten_note;

/// Reads the bytes as one of them, by their first: what is read and written again says the same.
pub fn run(data: &[u8]) {
    let Some((first, bytes)) = data.split_first() else { return };
    let text = String::from_utf8_lossy(bytes);
    match first % 5 {
        0 => pin(bytes),
        1 => letter(&text),
        2 => note(&text),
        3 => reference(bytes),
        _ => notes(bytes),
    }
}

fn pin(bytes: &[u8]) {
    let Some((pin, trust)) = parse_pin(bytes) else { return };
    let word = match trust {
        PinTrust::Checked => "checked",
        PinTrust::FirstUse => "first-use",
    };
    let again = parse_pin(format!("{pin} {word}\n").as_bytes());
    assert!(again.is_some_and(|(same, how)| same == pin && how == trust), "{pin} {word}");
}

fn letter(text: &str) {
    let Some(letter) = Letter::decode("0000", text) else { return };
    assert!(letter.told().is_some(), "it tells of an event");
    let plain = Letter { reason: letter.reason.replace(char::is_control, " "), ..letter.clone() };
    assert_eq!(Letter::decode("0000", &letter.encode()), Some(plain));
}

fn note(text: &str) {
    let Some(written) = rewritten_note(text) else { return };
    assert_eq!(rewritten_note(&written).as_ref(), Some(&written));
}

fn reference(bytes: &[u8]) {
    for hash in [HashKind::Sha1, HashKind::Sha256] {
        let Ok(target) = parse_loose("refs/heads/a", bytes, hash) else { continue };
        let written = match &target {
            Target::Object(id) => {
                assert!(id.kind() == hash && !id.is_null());
                format!("{id}\n")
            }
            Target::Symbolic(name) => {
                assert!(!name.contains(['\n', ' ', '\0']) && !name.contains(".."), "{name:?}");
                format!("ref: {name}\n")
            }
        };
        assert_eq!(parse_loose("refs/heads/a", written.as_bytes(), hash).ok(), Some(target));
    }
}

fn notes(bytes: &[u8]) {
    let (claims, told) = parse_notes(bytes);
    assert!(told.iter().all(|what| !what.contains('\n')));
    let written: String = claims.iter().map(|id| format!("claim {id}\n")).collect();
    assert_eq!(parse_notes(written.as_bytes()).0, claims);
}
