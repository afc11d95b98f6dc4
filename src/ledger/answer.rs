//! What whoever pushed a line of staged entries tells the others: a small file that they look at.

use crate::git::GitError;
use crate::ledger::line::Line;
use crate::model::ObjectId;

/// What became of a line, or of the part of it that was pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The remote has it, and so has the branch here.
    Decided,
    /// Somebody else was faster: each entry is to be made anew.
    Again,
    /// The same, after a push whose end nobody was told: an entry may be in the ledger all the same.
    Unsure,
    /// One of several entries was refused; each is to be pushed alone.
    Separate,
    /// The remote could not be asked, and what was said about that.
    Unreachable { program: String, message: String },
}

/// An answer, and to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Notice {
    pub(super) tip: ObjectId,
    /// The entry that the line began with.
    pub(super) first: ObjectId,
    /// The height of the last entry that it is about.
    pub(super) height: u64,
    pub(super) answer: Answer,
}

impl Answer {
    /// Returns what an error means for everybody on the line.
    pub(super) fn of(error: &GitError) -> Self {
        match error {
            GitError::Program { program, message, .. } => {
                Self::Unreachable { program: program.clone(), message: message.clone() }
            }
            GitError::TimedOut { program, .. } => {
                Self::Unreachable { program: program.clone(), message: error.to_string() }
            }
            // It is about this process only.
            _ => Self::Unsure,
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Decided => "decided",
            Self::Again => "again",
            Self::Unsure => "unsure",
            Self::Separate => "separate",
            Self::Unreachable { .. } => "unreachable",
        }
    }
}

impl Notice {
    pub(super) fn new(line: Line, answer: Answer) -> Self {
        Self { tip: line.tip, first: line.first, height: line.height, answer }
    }

    pub(super) fn to_text(&self) -> String {
        let Self { tip, first, height, answer } = self;
        let said = match answer {
            Answer::Unreachable { program, message } => format!("{program}\n{message}"),
            _ => String::new(),
        };
        format!("{tip} {first} {height} {}\n{said}", answer.word())
    }

    /// Reads a notice; one that is torn is none.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(text);
        let (head, said) = text.split_once('\n')?;
        let mut fields = head.split(' ');
        let (tip, first) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        let height = fields.next()?.parse().ok()?;
        let answer = match fields.next()? {
            "decided" => Answer::Decided,
            "again" => Answer::Again,
            "unsure" => Answer::Unsure,
            "separate" => Answer::Separate,
            "unreachable" => {
                let (program, message) = said.split_once('\n')?;
                Answer::Unreachable { program: program.to_owned(), message: message.to_owned() }
            }
            _ => return None,
        };
        Some(Self { tip, first, height, answer })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notice_is_read_as_it_was_written() {
        let id: ObjectId = "1".repeat(40).parse().unwrap();
        let unreachable = Answer::Unreachable { program: "git".to_owned(), message: "no route\nto host".to_owned() };
        for answer in [Answer::Decided, Answer::Again, Answer::Unsure, Answer::Separate, unreachable] {
            let notice = Notice { tip: id, first: id, height: 7, answer };
            assert_eq!(Notice::parse(notice.to_text().as_bytes()), Some(notice));
        }
        for torn in ["", "x", "1 2 3 decided\n", &format!("{id} {id} 7\n"), &format!("{id} {id} 7 perhaps\n")] {
            assert_eq!(Notice::parse(torn.as_bytes()), None, "{torn}");
        }
    }
}
