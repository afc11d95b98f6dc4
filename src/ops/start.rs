//! From where on somebody wants to look: a height, a moment, or a commit.

use crate::model::ObjectId;
use crate::model::Timestamp;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::history::Line;
use crate::ops::past::Landing;

/// From where on somebody wants to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// From the entry of this height on.
    Height(u64),
    /// From the first entry on that is not older.
    Time(Timestamp),
    /// From this entry on, or from the landing that brought this commit.
    Commit(String),
}

/// What is kept of an entry to find where to start.
pub(crate) struct Passed {
    pub(crate) height: u64,
    commit: ObjectId,
    /// `None` for a void entry, which has no time (S4).
    time: Option<Timestamp>,
}

impl Passed {
    pub(crate) fn new(line: &Line) -> Self {
        let time = line.time.filter(|_| line.void.is_none());
        Self { height: line.height, commit: line.commit, time }
    }
}

impl Start {
    /// Returns the height from which on to look.
    pub(crate) fn height(&self, context: &Context, passed: &[Passed], landings: &[Landing]) -> Result<u64, Failure> {
        let beyond = passed.len() as u64;
        match self {
            Self::Height(height) if *height < beyond => Ok(*height),
            Self::Height(height) => Err(Failure::NotFound { kind: "entry of height", id: height.to_string() }),
            Self::Time(time) => {
                let first = passed.iter().find(|entry| entry.time.is_some_and(|made| made >= *time));
                Ok(first.map_or(beyond, |entry| entry.height))
            }
            Self::Commit(spec) => {
                let not_found = |kind| Failure::NotFound { kind, id: spec.clone() };
                let commit = context.repository.resolve(spec)?.ok_or_else(|| not_found("commit"))?;
                let entry = passed.iter().find(|entry| entry.commit == commit).map(|entry| entry.height);
                let brings =
                    |landing: &&Landing| context.repository.is_ancestor(commit, landing.landed.new).unwrap_or(false);
                let landing = || landings.iter().find(brings).map(|landing| landing.moment.height);
                entry.or_else(landing).ok_or_else(|| not_found("landing of the commit"))
            }
        }
    }
}
