//! What the local user lets be started when something happens.

use super::Argument;
use super::FindingKind;
use super::Pattern;
use super::RecordName;
use super::Severity;
use super::Span;

/// A command of the local user, and the events on which it is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reaction {
    pub id: RecordName,
    pub on: Vec<EventName>,
    /// Only events about some of these paths; about any, if there are none.
    pub paths: Vec<Pattern>,
    /// Only findings of these kinds.
    pub kinds: Vec<FindingKind>,
    /// Only findings that are so severe.
    pub severities: Vec<Severity>,
    /// The program, by an absolute path or a name on the search path, and its arguments.
    pub command: Vec<Argument>,
    pub timeout: Span,
    /// How often it is started in a minute at most.
    pub per_minute: u64,
}

/// The name of an event, or of all of one kind: `finding.added`, `claim.*`, `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventName(Box<str>);

impl EventName {
    /// Parses a name; `None` if none could be like that.
    pub fn parse(text: &str) -> Option<Self> {
        let is_letter = |letter: char| letter.is_ascii_lowercase() || letter == '-';
        let is_word = |word: &str| !word.is_empty() && word.chars().all(is_letter);
        let is_name = match text.split_once('.') {
            Some((kind, what)) => is_word(kind) && (is_word(what) || what == "*"),
            None => text == "*",
        };
        is_name.then(|| Self(text.into()))
    }

    /// Returns whether an event is meant.
    pub fn matches(&self, event: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(beginning) => event.starts_with(beginning),
            None => *self.0 == *event,
        }
    }

    /// Returns the name as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::EventName;

    #[test]
    fn names_of_events_are_words_or_kinds() {
        for (name, event, is_meant) in [
            ("finding.added", "finding.added", true),
            ("finding.added", "finding.added-not", false),
            ("claim.*", "claim.granted", true),
            ("claim.*", "claims.granted", false),
            ("*", "edit.collision", true),
        ] {
            assert_eq!(EventName::parse(name).unwrap().matches(event), is_meant, "{name} {event}");
        }
        for wrong in ["", "claim", "claim.", ".granted", "Claim.granted", "claim.gr*", "claim.granted.now", "**"] {
            assert_eq!(EventName::parse(wrong), None, "{wrong}");
        }
    }
}
