//! Which ref is meant, whatever it is called in the push.

use crate::git::Repository;
use crate::ledger::LEDGER_REF;
use crate::model::ObjectId;
use crate::model::RefName;
use crate::ops::failure::Failure;
use crate::ops::receive::command::Command;
use crate::ops::request::HEADS;
use crate::rules::Code;
use crate::rules::Refusal;
use crate::rules::State;

/// Refuses names that mislead, and moves of a ref under another name than its own.
pub(super) fn check_name(
    repository: &Repository,
    command: &Command,
    before: Option<&State>,
) -> Result<RefName, Failure> {
    let name = &command.name;
    if name.starts_with("refs/replace/") {
        return Err(Refusal::new(Code::RefReplace, "replacement refs are not taken").into());
    }
    if name.starts_with("refs/coord/") {
        return Err(Refusal::new(Code::RefName, format!("`{name}` belongs to git coord itself")).into());
    }
    let target = RefName::parse(name).map_err(|fault| Refusal::new(Code::RefName, format!("`{name}`: {fault}")))?;
    let real = repository.resolve_symbolic(name)?;
    let guarded = |name: &str| {
        name == LEDGER_REF
            || before.is_some_and(|state| RefName::parse(name).is_ok_and(|name| state.policy.protects(&name)))
    };
    if real != *name && guarded(&real) {
        return Err(Refusal::new(Code::RefAlias, format!("`{name}` is another name of `{real}`")).into());
    }
    let ledger = RefName::parse(LEDGER_REF).expect("it is a full name").folded();
    // Where case does not count, git finds a tag `Main` when it is asked for `main`.
    let looks_guarded = |branch: &String| {
        RefName::parse(branch).is_ok_and(|branch| branch.folded() == ledger)
            || before.is_some_and(|state| state.policy.protects_twin_of(branch).is_some())
    };
    if let Some(branch) = shadowed_branch(name).filter(|branch| command.new.is_some() && looks_guarded(branch)) {
        return Err(Refusal::new(Code::RefName, format!("`{name}` would be taken for `{branch}`")).into());
    }
    if target.folded() == ledger {
        return Err(Refusal::new(Code::RefCase, format!("`{name}` is a twin of the ledger's branch")).into());
    }
    if before.is_some() {
        check_request_head(command)?;
    }
    Ok(target)
}

/// A head of a request stays what it is and where it is: its reviewers read it, and audits will.
fn check_request_head(command: &Command) -> Result<(), Refusal> {
    let name = &command.name;
    let head = name.strip_prefix(HEADS).and_then(|rest| rest.split_once('/'));
    let Some(head) = head.and_then(|(_, head)| head.parse::<ObjectId>().ok()) else { return Ok(()) };
    match command.new {
        None => Err(Refusal::new(Code::RefDelete, format!("`{name}` is a head of a request, which is kept"))),
        Some(new) if new != head => {
            Err(Refusal::new(Code::RefName, format!("`{name}` would not be at the head that it names")))
        }
        Some(_) => Ok(()),
    }
}

/// Returns the branch that git no longer finds by its short name once a ref of this name is there.
fn shadowed_branch(name: &str) -> Option<String> {
    let rest = name.strip_prefix("refs/")?;
    let short = match rest.strip_prefix("tags/") {
        Some(tag) => tag,
        None if rest.starts_with("heads/") => return None,
        None => rest,
    };
    Some(format!("refs/heads/{short}"))
}
