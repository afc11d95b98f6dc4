//! The programs that agents run in, and what they tell us.

/// A program that runs agents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AgentClient {
    Claude,
    Codex,
    Gemini,
    Cursor,
    Copilot,
    OpenCode,
}

/// What happens in an agent's program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AgentEvent {
    SessionStart,
    BeforeEdit,
    AfterEdit,
    SessionEnd,
}

impl AgentClient {
    /// Every program that is known.
    pub const ALL: [Self; 6] = [Self::Claude, Self::Codex, Self::Gemini, Self::Cursor, Self::Copilot, Self::OpenCode];

    /// Returns its name on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Claude => "claude",
            Self::Codex => "codex",
            Self::Gemini => "gemini",
            Self::Cursor => "cursor",
            Self::Copilot => "copilot",
            Self::OpenCode => "opencode",
        }
    }

    /// Returns the program of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|client| client.as_str() == name)
    }

    /// Returns whether the agent reads what a hook says beside letting an edit go on. Where it does not, the only way to be
    /// heard before the edit is to stop it.
    pub const fn hears_remarks_before_edit(self) -> bool {
        matches!(self, Self::Claude | Self::Codex | Self::Copilot)
    }
}

impl AgentEvent {
    /// Every event that is known.
    pub const ALL: [Self; 4] = [Self::SessionStart, Self::BeforeEdit, Self::AfterEdit, Self::SessionEnd];

    /// Returns its name on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SessionStart => "session-start",
            Self::BeforeEdit => "before-edit",
            Self::AfterEdit => "after-edit",
            Self::SessionEnd => "session-end",
        }
    }

    /// Returns the event of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.as_str() == name)
    }
}
