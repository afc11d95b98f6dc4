//! What whoever has the turn tells those on a line of staged entries: a small file for each line, which they look at.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::git::GitError;
use crate::model::ObjectId;

/// Why a whole line was taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Each entry is to be made anew.
    Again,
    /// One of several entries was refused; each is to be pushed alone.
    Separate,
    /// The remote could not be asked, and what was said about that.
    Unreachable { program: String, message: String },
}

/// An entry where it is now, and its height there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) entry: ObjectId,
    pub(super) height: u64,
}

/// What became of a line so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Notice {
    /// Up to where it is decided: the remote has it, and so has the branch here.
    pub(super) decided: Option<Place>,
    /// The entries that were signed anew, by what their writers know them as: where they are now. What could not be is
    /// nowhere, and its writer makes it again.
    pub(super) moved: BTreeMap<ObjectId, Option<Place>>,
    pub(super) end: Option<End>,
}

impl End {
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
            _ => Self::Again,
        }
    }
}

impl Notice {
    pub(super) fn to_text(&self) -> String {
        let mut text = String::new();
        let mut line = |words: String| writeln!(text, "{words}").expect("a text grows");
        if let Some(Place { entry, height }) = self.decided {
            line(format!("decided {entry} {height}"));
        }
        for (known, now) in &self.moved {
            line(match now {
                Some(Place { entry, height }) => format!("moved {known} {entry} {height}"),
                None => format!("again {known}"),
            });
        }
        match &self.end {
            None => {}
            Some(End::Again) => line("end again".to_owned()),
            Some(End::Separate) => line("end separate".to_owned()),
            Some(End::Unreachable { program, message }) => line(format!("end unreachable {program}\n{message}")),
        }
        text
    }

    /// Reads a notice; one that is torn is none.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(text);
        let (mut notice, mut lines) = (Self::default(), text.lines());
        while let Some(line) = lines.next() {
            let (word, rest) = line.split_once(' ')?;
            match word {
                "decided" => notice.decided = Some(Place::parse(rest)?),
                "moved" => {
                    let (known, place) = rest.split_once(' ')?;
                    notice.moved.insert(known.parse().ok()?, Some(Place::parse(place)?));
                }
                "again" => {
                    notice.moved.insert(rest.parse().ok()?, None);
                }
                "end" => {
                    notice.end = Some(match rest.split_once(' ') {
                        None if rest == "again" => End::Again,
                        None if rest == "separate" => End::Separate,
                        Some(("unreachable", program)) => {
                            let message = lines.by_ref().collect::<Vec<_>>().join("\n");
                            End::Unreachable { program: program.to_owned(), message }
                        }
                        _ => return None,
                    });
                }
                _ => return None,
            }
        }
        Some(notice)
    }

    /// Returns where an entry is now that its writer put at a place; `None` if it is to be made again.
    pub(super) fn place_of(&self, put: Place) -> Option<Place> {
        self.moved.get(&put.entry).copied().unwrap_or(Some(put))
    }

    /// Returns what the writer of an entry of the line knows it as.
    pub(super) fn known_as(&self, entry: ObjectId) -> ObjectId {
        let found = self.moved.iter().find(|(_, now)| now.is_some_and(|place| place.entry == entry));
        found.map_or(entry, |(known, _)| *known)
    }
}

impl Place {
    fn parse(text: &str) -> Option<Self> {
        let (entry, height) = text.split_once(' ')?;
        Some(Self { entry: entry.parse().ok()?, height: height.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(digit: char) -> ObjectId {
        digit.to_string().repeat(40).parse().unwrap()
    }

    #[test]
    fn notice_is_read_as_it_was_written() {
        let place = Place { entry: id('1'), height: 7 };
        let unreachable = End::Unreachable { program: "git".to_owned(), message: "no route\nto host".to_owned() };
        for end in [None, Some(End::Again), Some(End::Separate), Some(unreachable)] {
            let moved = BTreeMap::from([(id('2'), Some(place)), (id('3'), None)]);
            let notice = Notice { decided: Some(place), moved, end };
            assert_eq!(Notice::parse(notice.to_text().as_bytes()), Some(notice));
        }
        assert_eq!(Notice::parse(b""), Some(Notice::default()));
        for torn in ["x", "decided 1 2", "end perhaps", &format!("moved {} {}", id('1'), id('2'))] {
            assert_eq!(Notice::parse(torn.as_bytes()), None, "{torn}");
        }
    }

    #[test]
    fn entry_is_followed_to_where_it_was_signed_anew() {
        let (put, now) = (Place { entry: id('1'), height: 5 }, Place { entry: id('2'), height: 9 });
        let notice = Notice { moved: BTreeMap::from([(id('1'), Some(now)), (id('4'), None)]), ..Notice::default() };
        assert_eq!(notice.place_of(put), Some(now));
        assert_eq!(notice.known_as(id('2')), id('1'));
        let other = Place { entry: id('3'), height: 6 };
        assert_eq!((notice.place_of(other), notice.known_as(id('3'))), (Some(other), id('3')));
        assert_eq!(notice.place_of(Place { entry: id('4'), height: 6 }), None);
    }
}
