//! Claims for a commit that is being made: of the paths that it changes and nothing else, as many as a few claims have room
//! for.

use std::path::Path;

use crate::disk;
use crate::model::ClaimMode;
use crate::model::Contention;
use crate::model::Pattern;
use crate::model::RecordId;
use crate::model::Text;
use crate::ops::claim;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::similar::Repetition;

/// As many patterns as a claim may have.
const PATTERNS_MAX: usize = 64;
/// A commit of more than some hundred paths is work on directories, which are claimed by their names; and whoever makes it
/// needs claims for what comes next.
const CLAIMS_MAX: usize = 4;

/// What was claimed for a commit.
pub struct Taken {
    pub claims: Vec<RecordId>,
    /// How many of the paths are claimed, the first of them.
    pub count: usize,
    /// Why no more of them are, if not because they are too many.
    pub stopped: Option<Failure>,
}

/// Claims paths in their order. If not even the first ones can be claimed, that is a failure.
pub fn take(context: &mut Context, paths: &[Pattern]) -> Result<Taken, Failure> {
    let root = context.repository.work_dir().map(Path::to_owned);
    let typed = |path: &Pattern| match &root {
        Some(root) => root.join(path.as_str()).display().to_string(),
        None => path.to_string(),
    };
    let weight = |path: &Pattern| if root.as_ref().is_some_and(|root| is_claimed_as_both(root, path)) { 2 } else { 1 };
    let mut taken = Taken { claims: Vec::new(), count: 0, stopped: None };
    while taken.count < paths.len() && taken.claims.len() < CLAIMS_MAX {
        let mut room = PATTERNS_MAX;
        let fits = |path: &&Pattern| {
            let left = room.checked_sub(weight(path));
            room = left.unwrap_or_default();
            left.is_some()
        };
        let part: Vec<String> = paths[taken.count..].iter().take_while(fits).map(typed).collect();
        let size = part.len();
        match claim::run(context, &options(part)) {
            Ok(outcome) => taken.claims.push(outcome.lease.claim.id),
            Err(failure) if taken.claims.is_empty() => return Err(failure),
            Err(failure) => {
                taken.stopped = Some(failure);
                break;
            }
        }
        taken.count += size;
    }
    Ok(taken)
}

fn options(paths: Vec<String>) -> claim::Options {
    claim::Options {
        paths,
        resources: Vec::new(),
        intent: Text::parse("Commit in progress").expect("it is plain text"),
        mode: ClaimMode::Exclusive,
        ttl: None,
        contention: Contention::Refuse,
        wait: None,
        takeover: claim::Takeover::IfExpired,
        task: None,
        mission: None,
        // Every commit that is begun is claimed in these words.
        repetition: Repetition::Unasked,
    }
}

/// Returns whether a path may be claimed as a file and as a directory: it is gone, and its name has no dot.
fn is_claimed_as_both(root: &Path, path: &Pattern) -> bool {
    let name = path.as_str();
    let has_dot = name.rsplit('/').next().unwrap_or_default().contains('.');
    !has_dot && disk::stat(&root.join(name)).is_ok_and(|found| found.is_none())
}
