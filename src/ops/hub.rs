//! Whether this server can record what lands: the enrolled hub's key lies in it, and only there.

use std::fmt;

use crate::git::Repository;
use crate::model::PrincipalId;
use crate::ops::failure::Failure;
use crate::ops::hooks;
use crate::rules::State;
use crate::sign::PublicKey;

/// What stands between a plain push and its record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HubStanding {
    /// A hub is enrolled, and its key is here.
    Ready,
    /// Hubs are enrolled, and the key of none of them is here.
    KeyMissing { hubs: Vec<PrincipalId>, found: Option<PublicKey> },
    /// No hub is enrolled.
    Unknown { found: Option<PublicKey> },
}

impl HubStanding {
    /// Returns what to do so that plain pushes are recorded; `None` if they are.
    pub(crate) fn mend(&self) -> Option<String> {
        let found = match self {
            Self::Ready => return None,
            Self::KeyMissing { found, .. } | Self::Unknown { found } => found,
        };
        Some(match found {
            Some(key) => enrolment(&key.to_openssh()),
            None => {
                let enrol = enrolment("<the hub key>");
                format!("git coord hooks install --server, in the server's repository, makes a key; then {enrol}")
            }
        })
    }
}

fn enrolment(key: &str) -> String {
    format!("git coord enroll hub --kind service --role hub --key '{key}'")
}

impl fmt::Display for HubStanding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready => f.write_str("the key of the enrolled hub is here"),
            Self::KeyMissing { hubs, found } => {
                let named: Vec<_> = hubs.iter().map(|hub| format!("`{hub}`")).collect();
                write!(f, "the key of the enrolled hub {} is not on this server", named.join(", "))?;
                f.write_str(if found.is_some() { ", which has another one" } else { "" })
            }
            Self::Unknown { .. } => f.write_str("no hub is enrolled"),
        }
    }
}

/// Looks for the key of an enrolled hub in a repository.
pub(crate) fn standing(repository: &Repository, state: &State) -> Result<HubStanding, Failure> {
    let found = hooks::hub_key(repository)?.map(|key| key.public());
    let enrolled = found.as_ref().and_then(|key| state.principal_by_key(key));
    if enrolled.is_some_and(|enrolled| state.is_hub(enrolled)) {
        return Ok(HubStanding::Ready);
    }
    let all = state.principals.values().filter(|enrolled| state.is_hub(enrolled));
    let hubs: Vec<_> = all.map(|enrolled| enrolled.record.id.clone()).collect();
    Ok(if hubs.is_empty() { HubStanding::Unknown { found } } else { HubStanding::KeyMissing { hubs, found } })
}
