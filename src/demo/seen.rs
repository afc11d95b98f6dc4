//! What a command did, held against what the story says of it.

use serde_json::Value;

use crate::demo::actor::Actor;
use crate::demo::stop::Mismatch;

/// What a command did.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) who: Actor,
    pub(super) typed: String,
    /// The exit code; -1 when a signal ended it.
    pub(super) status: i32,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Seen {
    /// Returns everything that was printed, line by line.
    pub(super) fn lines(&self) -> impl Iterator<Item = &str> {
        self.stdout.lines().chain(self.stderr.lines()).map(str::trim_end)
    }

    /// Checks how the command ended.
    pub(super) fn ended(&self, status: i32) -> Result<(), Mismatch> {
        if self.status == status { Ok(()) } else { Err(self.otherwise(format!("exit code {status}"))) }
    }

    /// Returns the first printed line that contains a text.
    pub(super) fn line_with(&self, text: &str) -> Result<&str, Mismatch> {
        let found = self.lines().find(|line| line.contains(text));
        found.ok_or_else(|| self.otherwise(format!("a line with `{text}`")))
    }

    /// Returns the first printed word that starts with these letters, such as the id of a claim.
    pub(super) fn word_with(&self, start: &str) -> Result<String, Mismatch> {
        let mut words = self.lines().flat_map(str::split_whitespace);
        let found = words.find(|word| word.starts_with(start)).map(str::to_owned);
        found.ok_or_else(|| self.otherwise(format!("a word that starts with `{start}`")))
    }

    /// Returns the objects that were printed for programs.
    pub(super) fn objects(&self) -> Result<Vec<Value>, Mismatch> {
        let parsed: Result<Vec<Value>, _> = self.stdout.lines().map(serde_json::from_str).collect();
        parsed.map_err(|_| self.otherwise("JSON objects, one a line".to_owned()))
    }

    /// Returns the difference between what was expected and this.
    pub(super) fn otherwise(&self, expected: String) -> Mismatch {
        let mut seen = vec![format!("exit code {}", self.status)];
        seen.extend(self.lines().map(str::to_owned));
        Mismatch { step: format!("{}$ {}", self.who.name(), self.typed), expected, seen }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused_push() -> Seen {
        Seen {
            who: Actor::Alice,
            typed: "git push hub alice:main".to_owned(),
            status: 1,
            stdout: String::new(),
            stderr: "remote: blocked: refs/heads/main   \nerror: failed\n".to_owned(),
        }
    }

    #[test]
    fn what_happened_as_told_passes() {
        let seen = refused_push();
        assert_eq!(seen.ended(1), Ok(()));
        assert_eq!(seen.line_with("blocked"), Ok("remote: blocked: refs/heads/main"));
        assert_eq!(seen.word_with("refs/"), Ok("refs/heads/main".to_owned()));
        let listed = Seen { stdout: "{\"type\":\"claim\"}\n".to_owned(), ..seen };
        assert_eq!(listed.objects().unwrap()[0]["type"], "claim");
    }

    #[test]
    fn what_happened_otherwise_is_said_with_all_that_was_seen() {
        let seen = refused_push();
        let said = |expected: &str| Mismatch {
            step: "alice$ git push hub alice:main".to_owned(),
            expected: expected.to_owned(),
            seen: ["exit code 1", "remote: blocked: refs/heads/main", "error: failed"].map(str::to_owned).to_vec(),
        };
        assert_eq!(seen.ended(0), Err(said("exit code 0")));
        assert_eq!(seen.line_with("recorded"), Err(said("a line with `recorded`")));
        assert_eq!(seen.word_with("c-"), Err(said("a word that starts with `c-`")));
        let garbled = Seen { stdout: "no JSON\n".to_owned(), ..seen };
        assert_eq!(garbled.objects().unwrap_err().expected, "JSON objects, one a line");
    }
}
