//! What differs between two trees, and the digest by which it is approved.

use std::collections::BTreeMap;

use git_coord::format::delta_digest;
use git_coord::format::sha256;
use git_coord::model::Content;
use git_coord::model::DeltaEntry;
use git_coord::model::RefName;

use super::tape::Tape;

const MODES: [u32; 4] = [0o100_644, 0o100_755, Content::LINK, Content::SUBMODULE];

/// What is approved: the ledger, the ref and the change.
#[derive(PartialEq, Eq)]
struct Approved {
    audience: String,
    target: RefName,
    delta: Vec<DeltaEntry>,
}

/// Reads the bytes as two changes: their digests are the same if they are.
pub fn run(data: &[u8]) {
    let mut tape = Tape::new(data);
    let (one, other) = (Approved::read(&mut tape), Approved::read(&mut tape));
    assert_eq!(one.digest() == other.digest(), one == other);
    // What is changed in one place has another digest.
    let mut changed = Approved { audience: one.audience.clone(), target: one.target.clone(), delta: one.delta.clone() };
    match (tape.below(5), changed.delta.first_mut()) {
        (0, Some(first)) => first.path.push(0),
        (1, Some(first)) => std::mem::swap(&mut first.old, &mut first.new),
        (2, Some(_)) => drop(changed.delta.pop()),
        (3, Some(DeltaEntry { new: Some(content), .. })) => content.mode ^= 0o111,
        _ => changed.audience.push('x'),
    }
    changed.delta.sort_by(|one, other| one.path.cmp(&other.path));
    changed.delta.dedup_by(|one, other| one.path == other.path);
    assert_eq!(one.digest() == changed.digest(), one == changed);
}

impl Approved {
    fn read(tape: &mut Tape<'_>) -> Self {
        let length = tape.below(5);
        let audience = String::from_utf8_lossy(tape.bytes(length)).into_owned();
        let target = format!("refs/heads/{}", tape.pick(&["main", "dev", "m", "main/x"]));
        let target = RefName::parse(&target).expect("it is a name");
        let mut delta = BTreeMap::new();
        for _ in 0..tape.below(6) {
            let length = tape.below(4) + 1;
            let path = tape.bytes(length).to_vec();
            delta.insert(path, (Self::side(tape), Self::side(tape)));
        }
        let delta = delta.into_iter().map(|(path, (old, new))| DeltaEntry { path, old, new }).collect();
        Self { audience, target, delta }
    }

    fn side(tape: &mut Tape<'_>) -> Option<Content> {
        let mode = tape.below(MODES.len() + 1).checked_sub(1)?;
        Some(Content { mode: MODES[mode], sha256: *sha256(&[tape.byte() % 4]).as_bytes() })
    }

    fn digest(&self) -> git_coord::model::Digest {
        delta_digest(&self.audience, &self.target, &self.delta)
    }
}
