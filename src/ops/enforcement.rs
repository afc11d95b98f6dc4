//! How far the rules are enforced around a repository, and what that does not cover (D14).

use crate::disk;
use crate::model::ObjectId;
use crate::ops::context::Context;
use crate::ops::doctor::Finding;
use crate::ops::doctor::Health;
use crate::ops::failure::Failure;
use crate::ops::hook_files;
use crate::ops::hook_files::HookName;
use crate::ops::hub;
use crate::ops::hub::HubStanding;
use crate::ops::request::tip_of;

/// Where forges look for the job that asks the gate. A file that a forge takes from elsewhere is not seen here.
const JOBS: [&str; 3] =
    [".github/workflows/coord-gate.yml", ".forgejo/workflows/coord-gate.yml", ".gitea/workflows/coord-gate.yml"];
/// More than a script of ours has.
const HOOK_BYTES_MAX: u64 = 1 << 20;
/// What a forge must be told, because nothing here can see it.
const AT_THE_FORGE: &str = "at the forge: require the check `coord-gate`, from its own source, with nobody who may bypass it; \
                            for `coord` require linear history; for it and for protected branches block force pushes and \
                            deletions";

/// Tells the level that is reached, as far as it can be seen from here.
pub(super) fn look(context: &Context) -> Result<Finding, Failure> {
    let has_hub = context.state().principals.values().any(|enrolled| context.state().is_hub(enrolled));
    let (health, message, mend) = if has_server_hooks(context)? {
        look_at_hub(context)
    } else if let Some(job) = job_of_a_forge(context)? {
        let recorded = if has_hub { "" } else { "; no hub is enrolled, so nothing that it merges is recorded" };
        let message = format!(
            "L1, if the forge requires the check of `{job}`: who administers it can merge past that, and is found by `git \
             coord audit`, not stopped{recorded}"
        );
        (Health::Advice, message, Some(AT_THE_FORGE.to_owned()))
    } else if has_hub {
        let message = "L2, as far as is known here: a hub is enrolled; whether its hooks are installed shows `git coord \
                       doctor` there. A hub that only records for a forge makes L1, if that requires the check";
        (Health::Good, message.to_owned(), None)
    } else {
        let message = "L0: client hooks only; whoever skips them is found by `git coord audit`, not stopped";
        let mend = format!("in the server's repository: git coord hooks install --server; or {AT_THE_FORGE}");
        (Health::Advice, message.to_owned(), Some(mend))
    };
    Ok(Finding { subject: "enforcement", health, message, mend })
}

fn has_server_hooks(context: &Context) -> Result<bool, Failure> {
    let hook = HookName::PreReceive;
    let path = context.repository.common_dir().join("hooks").join(hook.as_str());
    // Whoever rules hooks from elsewhere puts a link there.
    let Ok(real) = disk::real_path(&path) else { return Ok(false) };
    let text = disk::read(&real, HOOK_BYTES_MAX)?.unwrap_or_default();
    Ok(String::from_utf8_lossy(&text).contains("git-coord") || hook_files::calls_us(&path, hook)?)
}

/// Returns the file of the job that asks the gate, in a protected branch as it was last seen.
fn job_of_a_forge(context: &Context) -> Result<Option<&'static str>, Failure> {
    for target in context.state().landed.keys() {
        let Some(tip) = tip_of(context, target)? else { continue };
        if let Some(job) = JOBS.into_iter().find(|job| has_file(context, tip, job)) {
            return Ok(Some(job));
        }
    }
    Ok(None)
}

/// What cannot be read, because a clone is shallow or partial, is not there as far as anybody can tell.
fn has_file(context: &Context, commit: ObjectId, path: &str) -> bool {
    let tree = context.repository.commit_links(commit).map(|links| links.tree);
    tree.and_then(|tree| context.repository.file_entry(tree, path)).is_ok_and(|found| found.is_some())
}

/// Whether the server with our hooks can also record what they let through.
fn look_at_hub(context: &Context) -> (Health, String, Option<String>) {
    let standing = match hub::standing(&context.repository, context.state()) {
        Ok(standing) => standing,
        Err(failure) => return (Health::Bad, format!("L2, but no plain push lands: {failure}"), None),
    };
    let mend = standing.mend();
    match &standing {
        HubStanding::Ready => {
            let message = "L2: a hub is enrolled, and the server hooks are here; who may write this repository's files goes \
                           round them, and is found by `git coord audit`";
            (Health::Good, message.to_owned(), mend)
        }
        HubStanding::KeyMissing { .. } => (Health::Bad, format!("L2, but no plain push lands: {standing}"), mend),
        HubStanding::Unknown { .. } => {
            (Health::Advice, "L2 prepared: server hooks, but no hub is enrolled".to_owned(), mend)
        }
    }
}
