//! What a commit claims by itself: the paths it changes and nothing else, as many as a few claims have room for.

use std::path::Path;

use crate::disk;
use crate::model::ClaimMode;
use crate::model::Contention;
use crate::model::Pattern;
use crate::model::Text;
use crate::ops::Context;
use crate::ops::Failure;
use crate::ops::claim;
use crate::ops::similar::Repetition;
use crate::ui::counted;
use crate::ui::plain;
use crate::ui::words_of;

/// As many patterns as a claim may have.
const PATTERNS_MAX: usize = 64;
/// A commit of more than some hundred paths is work on directories, which are claimed by their names; and whoever makes it
/// needs claims for what comes next.
const CLAIMS_MAX: usize = 4;

/// Claims staged paths. Returns what was claimed, and what was left and why.
pub(super) fn claim_staged(context: &mut Context, paths: &[Pattern]) -> Result<Vec<String>, Failure> {
    let root = context.repository.work_dir().map(Path::to_owned);
    let typed = |path: &Pattern| match &root {
        Some(root) => root.join(path.as_str()).display().to_string(),
        None => path.to_string(),
    };
    let weight = |path: &Pattern| if root.as_ref().is_some_and(|root| is_claimed_as_both(root, path)) { 2 } else { 1 };
    let (mut claims, mut count, mut stopped) = (Vec::new(), 0, None);
    while count < paths.len() && claims.len() < CLAIMS_MAX {
        let mut room = PATTERNS_MAX;
        let fits = |path: &&Pattern| {
            let left = room.checked_sub(weight(path));
            room = left.unwrap_or_default();
            left.is_some()
        };
        let part: Vec<String> = paths[count..].iter().take_while(fits).map(typed).collect();
        let size = part.len();
        match claim_part(context, part) {
            Ok(id) => claims.push(id),
            // Of what was not even begun there is nothing to say but why.
            Err(failure) if claims.is_empty() => return Err(failure),
            Err(failure) => {
                stopped = Some(failure);
                break;
            }
        }
        count += size;
    }
    let all = counted(paths.len() as u64, "path", "paths");
    if count == paths.len() {
        return Ok(vec![format!("git coord: claimed {all} as {}", claims.join(", "))]);
    }
    let rest = counted((paths.len() - count) as u64, "path", "paths");
    let mut said = vec![
        format!("git coord: claimed {count} of {all} as {}", claims.join(", ")),
        format!("git coord: {rest} from {} on are nobody's", plain(paths[count].as_str())),
    ];
    said.extend(stopped.iter().flat_map(|failure| words_of(failure).human()));
    said.push("hint: git coord claim <directories> --intent \"…\"".to_owned());
    Ok(said)
}

fn claim_part(context: &mut Context, paths: Vec<String>) -> Result<String, Failure> {
    let options = claim::Options {
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
    };
    Ok(claim::run(context, &options)?.lease.claim.id.to_string())
}

/// Returns whether a path may be claimed as a file and as a directory: it is gone, and its name has no dot.
fn is_claimed_as_both(root: &Path, path: &Pattern) -> bool {
    let name = path.as_str();
    let has_dot = name.rsplit('/').next().unwrap_or_default().contains('.');
    !has_dot && disk::stat(&root.join(name)).is_ok_and(|found| found.is_none())
}
