//! The note of a move that the gate let through: what it was decided with. The safety net asks it at which ledger head, and
//! whoever records the landing decides with the same, however late.

use std::path::Path;
use std::path::PathBuf;

use crate::disk;
use crate::disk::Durability;
use crate::format::ref_hash;
use crate::git::Repository;
use crate::model::ObjectId;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::RefName;
use crate::model::Timestamp;
use crate::ops::failure::Failure;
use crate::ops::gate::Decision;
use crate::ops::receive::command::Command;
use crate::ops::receive::pushed::Pushed;
use crate::ops::record::Part;

const NOTE_BYTES_MAX: u64 = 1 << 20;

/// Reads a note, and returns it as it is written; `None` if it is none.
pub fn rewritten_note(text: &str) -> Option<String> {
    Note::parse(text).map(|note| note.to_text())
}

/// What the gate noted of a move that it let through.
pub(super) struct Note {
    pub(super) head: ObjectId,
    /// The clock by which it was decided.
    pub(super) now: Timestamp,
    pub(super) old: Option<ObjectId>,
    pub(super) parts: Vec<Part>,
    pub(super) prospect: Prospect,
}

/// What is to be expected of the record of a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prospect {
    /// It was let through, so it is going to be recorded.
    Awaited,
    /// It was tried, and a rule said no.
    Refused,
}

impl Note {
    /// Returns the parts that follow where a ref last landed, if these lead on from there.
    pub(super) fn after(&self, last: ObjectId) -> Option<&[Part]> {
        if self.old == Some(last) {
            return Some(&self.parts);
        }
        let landed = self.parts.iter().position(|part| part.new == last)?;
        self.parts.get(landed + 1..)
    }

    fn of(head: ObjectId, now: Timestamp, command: &Command, decisions: &[Decision]) -> Self {
        let own = decisions.iter().filter(|decision| decision.verdict.target.as_str() == command.name);
        let parts = own.flat_map(|decision| &decision.segments).filter_map(Part::of).collect();
        Self { head, now, old: command.old, parts, prospect: Prospect::Awaited }
    }

    fn to_text(&self) -> String {
        let mut text = format!("head {}\nnow {}\n", self.head, self.now.unix_s());
        text.extend(self.old.map(|old| format!("old {old}\n")));
        for part in &self.parts {
            text.push_str(&format!("part {} {}", part.new, part.request));
            text.extend(part.elsewhere.iter().map(|id| format!(" {id}")));
            text.push('\n');
        }
        if self.prospect == Prospect::Refused {
            text.push_str("refused\n");
        }
        text
    }

    fn parse(text: &str) -> Option<Self> {
        let (mut head, mut now, mut old, mut parts, mut prospect) = (None, None, None, Vec::new(), Prospect::Awaited);
        for line in text.lines() {
            let mut words = line.split(' ');
            match words.next()? {
                "head" => head = Some(words.next()?.parse().ok()?),
                "now" => now = Some(Timestamp::from_unix_s(words.next()?.parse().ok()?)?),
                "old" => old = Some(words.next()?.parse().ok()?),
                "part" => parts.push(Part {
                    new: words.next()?.parse().ok()?,
                    request: RecordId::parse(words.next()?).ok()?,
                    elsewhere: words.map(PrincipalId::parse).collect::<Result<_, _>>().ok()?,
                }),
                "refused" => prospect = Prospect::Refused,
                _ => return None,
            }
        }
        Some(Self { head: head?, now: now?, old, parts, prospect })
    }
}

fn path_of(common_dir: &Path, name: &RefName, new: ObjectId) -> PathBuf {
    common_dir.join("coord").join("evaluated").join(format!("{}-{new}", ref_hash(name)))
}

fn write(common_dir: &Path, name: &RefName, new: ObjectId, note: &Note) -> Result<(), Failure> {
    // A ref that outlives a power cut without its note could not be recorded.
    Ok(disk::write(&path_of(common_dir, name, new), note.to_text().as_bytes(), 0o600, Durability::Synced)?)
}

/// Returns what was noted of a move.
pub(super) fn recall(common_dir: &Path, name: &RefName, new: ObjectId) -> Result<Option<Note>, Failure> {
    let noted = disk::read(&path_of(common_dir, name, new), NOTE_BYTES_MAX)?;
    Ok(noted.and_then(|bytes| Note::parse(&String::from_utf8(bytes).ok()?)))
}

/// Forgets a move that is recorded.
pub(super) fn forget(common_dir: &Path, name: &RefName, new: ObjectId) -> Result<(), Failure> {
    Ok(disk::remove(&path_of(common_dir, name, new))?)
}

/// Notes that a move was not recorded because a rule says no: nothing waits for it any more.
pub(super) fn give_up(common_dir: &Path, name: &RefName, new: ObjectId, note: Note) -> Result<(), Failure> {
    if note.prospect == Prospect::Refused {
        return Ok(());
    }
    write(common_dir, name, new, &Note { prospect: Prospect::Refused, ..note })
}

/// Notes what each protected move was decided with.
pub(super) fn remember_evaluated(
    repository: &Repository,
    pushed: &Pushed,
    commands: &[Command],
    decisions: &[Decision],
    now: Timestamp,
) -> Result<(), Failure> {
    let (Some(state), Some(head)) = (pushed.before(), pushed.after_head) else { return Ok(()) };
    for command in commands {
        let (Ok(name), Some(new)) = (RefName::parse(&command.name), command.new) else { continue };
        if state.policy.protects(&name) {
            write(repository.common_dir(), &name, new, &Note::of(head, now, command, decisions))?;
        }
    }
    Ok(())
}
