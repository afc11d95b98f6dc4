//! What is left for a person to know, or to do, when our entries were put into settings.

use std::path::PathBuf;

use crate::ops::agent::AgentClient;
use crate::ops::agent::Scope;

/// What is left for a person to know, or to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InstallRemark {
    /// Somebody has changed what is ours there: it stays.
    Stays(PathBuf),
    /// Somebody has a server of that name: it stays.
    OtherServer { path: PathBuf, name: String },
    /// The program runs hooks that somebody has trusted, each of them.
    TrustHooks,
    /// The program asks about the server.
    ApproveServer,
    /// The program writes servers of the user itself.
    AddServer,
    /// The program runs what is in folders that somebody has trusted.
    TrustFolder,
    /// The program knows servers of the user only.
    ServerOfUser,
}

impl InstallRemark {
    /// Returns what a person has to do before a program calls our hooks.
    pub(super) fn of(client: AgentClient, scope: Scope) -> Option<Self> {
        Some(match (client, scope) {
            (AgentClient::Codex, _) => Self::TrustHooks,
            (AgentClient::Claude, Scope::Project) => Self::ApproveServer,
            (AgentClient::Claude, Scope::User) => Self::AddServer,
            (AgentClient::Gemini, _) => Self::TrustFolder,
            (AgentClient::Copilot, Scope::Project) => Self::ServerOfUser,
            _ => return None,
        })
    }
}
