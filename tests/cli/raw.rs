//! What a text editor and stock git do to the ledger.

use std::path::Path;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Ran;
use crate::support::sandbox::wait_for;

/// Returns a time as records write it, so many seconds from now.
pub(super) fn time_in(seconds: i64) -> String {
    let now = jiff::Timestamp::now().as_second();
    jiff::Timestamp::from_second(now + seconds).unwrap().to_string()
}

/// Returns the least that a person types for a claim.
pub(super) fn claim_text(holder: &str, path: &str) -> String {
    let expires = time_in(1200);
    format!(
        "format = 1\nholder = \"{holder}\"\nintent = \"Typed by hand\"\npaths = [\"{path}\"]\nexpires = {expires}\n"
    )
}

impl Actor {
    /// Returns the file of this principal's key.
    pub(super) fn key_file(&self) -> String {
        let (_, home) = self.environment.iter().rev().find(|(name, _)| name == "HOME").unwrap();
        Path::new(home).join(".local/share/git-coord/keys").join(&self.id).to_str().unwrap().to_owned()
    }

    /// Runs `git -C .coord`, signing as this principal: once more where a watcher holds the index at that moment.
    #[track_caller]
    pub(super) fn raw(&self, arguments: &[&str]) -> Ran {
        let key = format!("user.signingKey={}", self.key_file());
        let arguments = [&["-C", ".coord", "-c", "gpg.format=ssh", "-c", &key], arguments].concat();
        wait_for("index that nobody holds", || {
            let ran = self.try_git(&arguments);
            (!ran.stderr.contains("index.lock': File exists")).then_some(ran)
        })
    }

    /// Stages everything in `.coord/` and commits it as a person would.
    #[track_caller]
    pub(super) fn raw_commit(&self, message: &str) -> Ran {
        self.raw(&["add", "-A"]).ok();
        self.raw(&["commit", "-q", "-S", "-m", message])
    }

    /// Checks that nothing in the ledger's checkout differs from the ledger.
    #[track_caller]
    pub(super) fn assert_clean(&self) {
        let status = self.git(&["-C", ".coord", "status", "--short", "--untracked-files=all"]);
        assert_eq!(status, "", "the checkout of the ledger is not clean");
    }
}
