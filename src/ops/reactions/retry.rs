//! Tries dead letters again, because the user says so.

use std::time::Duration;

use crate::disk::FileLock;
use crate::disk::LockError;
use crate::git::GitError;
use crate::model::Reaction;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::reactions::depth::DEPTH_MAX;
use crate::ops::reactions::letter::Letter;
use crate::ops::reactions::post_box::Pile;
use crate::ops::reactions::post_box::PostBox;
use crate::ops::reactions::setting::Setting;
use crate::ops::reactions::trust;
use crate::ops::reactions::trust::Trust;
use crate::ops::reactions::wanted::Matter;

const LOCK: &str = "reactions-retry.lock";
const PATIENCE: Duration = Duration::from_secs(10);

/// What became of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retried {
    pub letter: Letter,
    /// Why it is still dead.
    pub failure: Option<String>,
}

/// Starts the reactions of dead letters again; of all, if none is named.
pub fn retry(context: &Context, named: &[String]) -> Result<Vec<Retried>, Failure> {
    let path = trust::file(&context.repository);
    let reactions = match trust::look(&context.repository, &context.surroundings) {
        Trust::Given(_, reactions) => reactions,
        Trust::None => return Err(Failure::NotFound { kind: "file", id: path.display().to_string() }),
        Trust::Unusable(reason) => return Err(Failure::Report { path, reason }),
        Trust::Missing(..) => {
            let reason = "it is not trusted as it is: read it, and what `git coord reactions` says of it".to_owned();
            return Err(Failure::Report { path, reason });
        }
    };
    let post_box = PostBox::of(&context.repository);
    // Two who try at once would start a reaction twice.
    let lock = FileLock::acquire(&post_box.root().join(LOCK), PATIENCE);
    let _lock = lock.map_err(|error: LockError| Failure::from(GitError::from(error)))?;
    let dead = post_box.list(Pile::Dead)?;
    if let Some(id) = named.iter().find(|id| dead.iter().all(|letter| letter.id != **id)) {
        return Err(Failure::NotFound { kind: "dead letter", id: id.clone() });
    }
    let setting = Setting::of(context)?;
    let mut retried = Vec::new();
    for letter in dead.into_iter().filter(|letter| named.is_empty() || named.contains(&letter.id)) {
        let Some(reaction) = reactions.iter().find(|reaction| reaction.id == letter.reaction) else {
            let failure = Some("there is no such reaction any more".to_owned());
            retried.push(Retried { letter, failure });
            continue;
        };
        if let Some(reason) = refusal(reaction, &letter) {
            retried.push(Retried { letter, failure: Some(reason) });
            continue;
        }
        let cut = "it was tried again, and that did not end".to_owned();
        let letter = Letter { attempts: letter.attempts.saturating_add(1), reason: cut, time: context.now(), ..letter };
        post_box.put(Pile::Dead, &letter)?;
        let failure = setting.start(reaction, &letter).err();
        match &failure {
            None => post_box.take_away(Pile::Dead, &letter)?,
            Some(reason) => post_box.put(Pile::Dead, &Letter { reason: reason.clone(), ..letter.clone() })?,
        }
        retried.push(Retried { letter, failure });
    }
    Ok(retried)
}

/// Returns why a reaction is not started for a letter. That is a file: what it says counts no more than what `watch` sees.
fn refusal(reaction: &Reaction, letter: &Letter) -> Option<String> {
    if letter.depth > DEPTH_MAX {
        return Some(format!("{DEPTH_MAX} reactions, one caused by another, led to it"));
    }
    let told = letter.told().unwrap_or_default();
    let is_wanted = Matter::of_told(&told).is_some_and(|matter| matter.is_for(reaction));
    (!is_wanted).then(|| "the reaction is not on this event".to_owned())
}
