//! The hooks that git coord has something to say in.

use std::fmt;

/// A hook of git, as its file is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HookName {
    PreCommit,
    PrepareCommitMsg,
    PreMergeCommit,
    PrePush,
    PreReceive,
    ReferenceTransaction,
    PostReceive,
}

/// Whose repository it is: that of someone who works, or the one they push to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Client,
    Server,
}

/// The name is not that of a hook known here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not a hook that git coord answers")]
pub struct BadHookName {
    pub name: String,
}

impl HookName {
    pub const ALL: [Self; 7] = [
        Self::PreCommit,
        Self::PrepareCommitMsg,
        Self::PreMergeCommit,
        Self::PrePush,
        Self::PreReceive,
        Self::ReferenceTransaction,
        Self::PostReceive,
    ];

    /// Returns the name of the hook's file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PreCommit => "pre-commit",
            Self::PrepareCommitMsg => "prepare-commit-msg",
            Self::PreMergeCommit => "pre-merge-commit",
            Self::PrePush => "pre-push",
            Self::PreReceive => "pre-receive",
            Self::ReferenceTransaction => "reference-transaction",
            Self::PostReceive => "post-receive",
        }
    }

    /// Reads the name of a hook's file.
    pub fn parse(name: &str) -> Result<Self, BadHookName> {
        let found = Self::ALL.into_iter().find(|hook| hook.as_str() == name);
        found.ok_or_else(|| BadHookName { name: name.to_owned() })
    }

    /// Returns whether git gives the hook its input on stdin.
    pub fn reads_stdin(self) -> bool {
        matches!(self, Self::PrePush | Self::PreReceive | Self::ReferenceTransaction | Self::PostReceive)
    }

    /// Returns whether the hook is installed on this side.
    pub fn belongs_to(self, side: Side) -> bool {
        match self {
            Self::PreCommit | Self::PrepareCommitMsg | Self::PreMergeCommit | Self::PrePush => side == Side::Client,
            Self::PreReceive | Self::PostReceive => side == Side::Server,
            Self::ReferenceTransaction => true,
        }
    }
}

impl fmt::Display for HookName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Display for Side {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Client => "client",
            Self::Server => "server",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_and_others_do_not() {
        for hook in HookName::ALL {
            assert_eq!(HookName::parse(hook.as_str()), Ok(hook));
        }
        assert!(HookName::parse("pre-push.sample").is_err());
        assert!(HookName::parse("").is_err());
    }

    #[test]
    fn every_hook_belongs_somewhere() {
        for hook in HookName::ALL {
            assert!(hook.belongs_to(Side::Client) || hook.belongs_to(Side::Server));
        }
    }
}
