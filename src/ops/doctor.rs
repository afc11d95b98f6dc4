//! `doctor`: what is wrong here, and how to mend it.

use std::path::PathBuf;
use std::rc::Rc;

use crate::disk;
use crate::disk::FileKind;
use crate::ledger::Lost;
use crate::model::PrincipalId;
use crate::ops::advance;
use crate::ops::astray;
use crate::ops::astray::Problem;
use crate::ops::checkout;
use crate::ops::context::Context;
use crate::ops::context::REMOTE_KEY;
use crate::ops::context::open_repository;
use crate::ops::enforcement;
use crate::ops::failure::Failure;
use crate::ops::hook_files::HookState;
use crate::ops::hook_files::Plan;
use crate::ops::hook_files::Side;
use crate::ops::hooks;
use crate::ops::hooks::Writing;
use crate::ops::human_keys;
use crate::ops::identity;
use crate::ops::identity::own_key_files;
use crate::ops::join::PinTrust;
use crate::ops::join::check_pinned;
use crate::ops::join::pinned;
use crate::ops::only_here::left_here;
use crate::ops::only_here::left_here::Keyless;
use crate::ops::surroundings::Surroundings;

/// More than git lets gather when it looks after packing as it does unasked.
const LOOSE_MAX: usize = 20_000;
/// How many entries are named one by one.
const NAMED_MAX: usize = 5;

/// How good something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    Good,
    Advice,
    Bad,
}

/// One thing that was looked at.
#[derive(Clone, Debug)]
pub struct Finding {
    pub subject: &'static str,
    pub health: Health,
    pub message: String,
    pub mend: Option<String>,
}

/// Looks at everything; nothing is changed.
pub fn run(surroundings: Surroundings) -> Result<Vec<Finding>, Failure> {
    let repository = open_repository(&surroundings.directory)?;
    let mut findings = Vec::new();
    findings.push(look_at_hooks(&surroundings, hooks::side_of(&repository))?);
    match Context::open(surroundings) {
        Ok(context) => look_at_ledger(&context, &mut findings)?,
        Err(Failure::NoLedger) => findings.push(Finding {
            subject: "ledger",
            health: Health::Bad,
            message: "there is no ledger in this repository".to_owned(),
            mend: Some("git coord init, or git coord join".to_owned()),
        }),
        Err(Failure::Lost(lost @ Lost::Gone { verified: Some(verified), is_here: true, .. })) => {
            findings.push(Finding {
                subject: "ledger",
                health: Health::Bad,
                message: lost.to_string(),
                mend: Some(format!("git update-ref refs/heads/coord {verified}")),
            });
        }
        Err(failure) => {
            findings.push(Finding { subject: "ledger", health: Health::Bad, message: failure.to_string(), mend: None })
        }
    }
    Ok(findings)
}

fn look_at_hooks(surroundings: &Surroundings, side: Side) -> Result<Finding, Failure> {
    let states = hooks::status(surroundings, Some(side))?;
    let bad: Vec<_> = states.iter().filter(|status| status.state != HookState::Installed).collect();
    Ok(if bad.is_empty() {
        let names: Vec<_> = states.iter().map(|status| status.hook.as_str()).collect();
        Finding {
            subject: "hooks",
            health: Health::Good,
            message: format!("installed: {}", names.join(", ")),
            mend: None,
        }
    } else {
        let named = bad.iter().map(|status| format!("{} {}", status.hook.as_str(), status.state.word()));
        let message = named.collect::<Vec<_>>().join(", ");
        let mend = mend_of_hooks(&hooks::install(surroundings, side, Writing::DryRun)?.plan, side);
        Finding { subject: "hooks", health: Health::Bad, message, mend: Some(mend) }
    })
}

/// Returns what helps: an installation where it would write something, and what only a person or a hook manager can do.
fn mend_of_hooks(plan: &Plan, side: Side) -> String {
    let server = if side == Side::Server { " --server" } else { "" };
    let install = format!("git coord hooks install{server}");
    let by_hand = plan.needs_manual.iter().map(|sentence| sentence.trim_end().to_owned());
    let is_written = !plan.is_empty() || plan.needs_manual.is_empty();
    is_written.then_some(install).into_iter().chain(by_hand).collect::<Vec<_>>().join("; ")
}

fn look_at_ledger(context: &Context, findings: &mut Vec<Finding>) -> Result<(), Failure> {
    let good = |subject, message: String| Finding { subject, health: Health::Good, message, mend: None };
    let chain = context.ledger.chain();
    findings.push(good("ledger", format!("height {}, {} void", chain.state.head_height(), chain.void_count)));
    findings.push(match (check_pinned(context), pinned(&context.repository)?) {
        (Err(failure), _) => Finding { subject: "pin", health: Health::Bad, message: failure.to_string(), mend: None },
        (Ok(()), Some((pin, PinTrust::Checked))) => good("pin", format!("{pin}, checked")),
        (Ok(()), _) => Finding {
            subject: "pin",
            health: Health::Advice,
            message: format!("{} was trusted on first use", chain.pin),
            mend: Some("ask a root member for the pin, then: git coord join --pin <pin>".to_owned()),
        },
    });
    findings.push(look_at_key(context)?);
    findings.extend(look_at_remote(context));
    findings.extend(look_at_what_is_only_here(context)?);
    findings.extend(look_at_packing(context)?);
    findings.push(look_at_clock(context));
    findings.extend(human_keys::look(context)?);
    if let Err(failure) = checkout::check(&context.repository) {
        findings.push(Finding { subject: "checkout", health: Health::Bad, message: failure.to_string(), mend: None });
    }
    findings.extend(look_at_refs(context)?);
    findings.push(enforcement::look(context)?);
    Ok(())
}

/// Nobody is asked for a passphrase by whoever only looks: a key that has one can be used by whoever knows it.
fn look_at_key(context: &Context) -> Result<Finding, Failure> {
    let finding = |health, message, mend: Option<String>| Finding { subject: "key", health, message, mend };
    let silent = Surroundings { passphrase: Rc::new(|_| None), ..context.surroundings.clone() };
    let whoami = identity::whoami(context);
    let able = whoami.and_then(|me| identity::identity_of(me, &context.repository, &silent));
    let (id, message) = match able {
        Ok(identity) => (identity.id.clone(), format!("`{}` can sign", identity.id)),
        Err(Failure::KeyUnusable { path, .. }) if human_keys::has_passphrase(&path) => {
            let id = identity::whoami(context)?.record.id.clone();
            let message = format!("`{id}` can sign, with the passphrase of `{}`", path.display());
            (id, message)
        }
        Err(failure) if context.repository.is_bare() => return Ok(finding(Health::Advice, failure.to_string(), None)),
        Err(failure) => {
            return Ok(finding(Health::Bad, failure.to_string(), Some("git coord join <principal>".to_owned())));
        }
    };
    let configured = identity::configured_key(&context.repository, &context.surroundings)?;
    let owner = configured.as_ref().and_then(|key| context.state().keys.get(key));
    let present = context.state().principal(&id).map(|enrolled| &enrolled.key);
    if owner == Some(&id) && present != configured.as_ref() {
        let mend = Some(format!("git coord join {id}"));
        return Ok(finding(Health::Bad, identity::rotated_away(&id), mend));
    }
    Ok(match exposed_key(context, &id)? {
        None => finding(Health::Good, message, None),
        Some(path) => finding(
            Health::Bad,
            format!("others may read `{}`, and ssh signs with no such key", path.display()),
            Some(format!("chmod 600 '{}'", path.display())),
        ),
    })
}

/// A landing that was stopped between its entry and its ref leaves the ref where it was.
fn look_at_refs(context: &Context) -> Result<Vec<Finding>, Failure> {
    let (unadopted, astray): (Vec<_>, Vec<_>) =
        astray::of_last_fetch(context)?.into_iter().partition(|problem| problem.mend.is_some());
    let adopt = unadopted.into_iter().map(|Problem { message, mend, .. }| Finding {
        subject: "refs",
        health: Health::Advice,
        message,
        mend,
    });
    let mut findings: Vec<_> = adopt.collect();
    if !astray.is_empty() {
        // What nobody was stopped at, somebody has moved: it is for a person to say which of both is right.
        let is_stopped = !advance::unfinished(context)?.is_empty();
        let mend = is_stopped.then(|| "git coord sync".to_owned());
        let message = astray.into_iter().map(|problem| problem.message).collect::<Vec<_>>().join(", ");
        findings.push(Finding { subject: "refs", health: Health::Bad, message, mend });
    }
    Ok(findings)
}

/// Where the ledger is decided, if that is elsewhere.
fn look_at_remote(context: &Context) -> Option<Finding> {
    let remote = context.ledger.store().remote()?;
    let told = context.repository.own_config(REMOTE_KEY).unwrap_or_default();
    let (known, subject) = (context.repository.remotes(), "remote");
    if !known.iter().any(|name| name == remote) && !remote.contains(['/', ':']) {
        let message = format!("the ledger is decided at `{remote}`, which git does not know any more");
        let mend = Some("git coord sync --remote <name>, with the name of the one that has it".to_owned());
        return Some(Finding { subject, health: Health::Bad, message, mend });
    }
    if told != remote {
        let message = format!("`{told}`, where the ledger is decided, is called `{remote}` now");
        return Some(Finding { subject, health: Health::Advice, message, mend: Some("git coord sync".to_owned()) });
    }
    Some(Finding { subject, health: Health::Good, message: format!("`{remote}` decides"), mend: None })
}

/// What is only here counts nowhere else, and some of it only when its signer comes with its key.
fn look_at_what_is_only_here(context: &Context) -> Result<Vec<Finding>, Failure> {
    let (subject, health) = ("entries", Health::Advice);
    let mut findings = Vec::new();
    if let Some(left) = left_here::on_branch(context)? {
        let what = if left.count == 1 { "entry is" } else { "entries are" };
        let message = format!("{} {what} only here and may yet be lost", left.count);
        findings.push(Finding { subject, health, message, mend: Some("git coord sync".to_owned()) });
    }
    for Keyless { signer, entries } in left_here::keyless(context)? {
        let named = entries.iter().take(NAMED_MAX).map(|entry| format!("{} ({})", entry.commit.short(), entry.subject));
        let more = entries.len().saturating_sub(NAMED_MAX);
        let more = (more > 0).then(|| format!("{more} more"));
        let named = named.chain(more).collect::<Vec<_>>().join(", ");
        let message = format!("only here, and the key of `{signer}`, who signed it, is not on this machine: {named}");
        let mend = Some(format!("git coord sync, where the key of `{signer}` is"));
        findings.push(Finding { subject, health, message, mend });
    }
    Ok(findings)
}

/// Loose objects cost room and make others slow; nothing of ours depends on them.
fn look_at_packing(context: &Context) -> Result<Option<Finding>, Failure> {
    let count = context.repository.loose_count()?;
    Ok((count > LOOSE_MAX).then(|| Finding {
        subject: "packing",
        health: Health::Advice,
        message: format!("about {count} objects are not packed"),
        mend: Some("git gc".to_owned()),
    }))
}

fn look_at_clock(context: &Context) -> Finding {
    let (now, last) = (context.now(), context.state().time);
    let ahead = last.since(now);
    if ahead.seconds() > crate::model::Span::SKEW_MAX.seconds() {
        return Finding {
            subject: "clock",
            health: Health::Bad,
            message: format!("this clock is {ahead} behind the last entry"),
            mend: Some("set the clock".to_owned()),
        };
    }
    Finding { subject: "clock", health: Health::Good, message: "agrees with the ledger".to_owned(), mend: None }
}

/// Returns the private key of a principal if others than its owner may read it.
fn exposed_key(context: &Context, id: &PrincipalId) -> Result<Option<PathBuf>, Failure> {
    for path in own_key_files(&context.surroundings, id)? {
        let found = disk::stat(&path)?;
        if found.is_some_and(|(kind, mode)| kind == FileKind::Regular && mode & 0o077 != 0) {
            return Ok(Some(path));
        }
    }
    Ok(None)
}
