//! `check attest`: a service says which checks passed on a tree, or did not.

use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

use crate::model::Answer;
use crate::model::Approval;
use crate::model::CheckRule;
use crate::model::ObjectId;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::RecordName;
use crate::model::Timestamp;
use crate::ops::answer::draft_of;
use crate::ops::answer::just_given;
use crate::ops::checked_tree::Checked;
use crate::ops::checked_tree::Ground;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::identity;
use crate::ops::identity::Identity;
use crate::ops::repeated::say_again;
use crate::ops::request::pending;
use crate::rules::Answered;
use crate::rules::CheckResult;
use crate::rules::Code;
use crate::rules::Contributors;
use crate::rules::Enrolled;
use crate::rules::Pending;
use crate::rules::Refusal;
use crate::rules::State;
use crate::rules::Subject;

/// What is to be said.
pub struct Options {
    /// The request that would land it; the only one that fits, if none is named.
    pub request: Option<RecordId>,
    pub ground: Ground,
    pub passed: BTreeSet<RecordName>,
    pub failed: BTreeSet<RecordName>,
    /// The file with the service's key, for a clone that nobody joined.
    pub key: Option<PathBuf>,
}

/// What a service says of a tree now.
pub struct Outcome {
    pub answered: Answered,
    /// The tree that was meant, and what stands of it by the word of this service.
    pub tree: ObjectId,
    pub passed: BTreeSet<RecordName>,
    pub failed: BTreeSet<RecordName>,
    /// The tree that the request itself results in.
    pub result: ObjectId,
    /// It was said already, and nothing was written.
    pub existed: bool,
}

/// Attests checks of a tree. What was attested of it before, or of others, stays as far as nothing else is said of it now.
pub fn run(context: &mut Context, options: &Options) -> Result<Outcome, Failure> {
    let identity = match &options.key {
        Some(key) => service(context, key)?,
        None => identity::acting(context)?,
    };
    let checked = Checked::of(context, &options.ground)?;
    let id = checked.request(context, options.request.as_ref())?;
    let (tree, me) = (checked.tree, identity.id.clone());
    check_would_count(context, &me, &id, options)?;
    if is_said(context, &id, &me, tree, options) {
        return Ok(outcome(context, &id, &me, tree, true));
    }
    context.append(&identity, |state, _| {
        let request = &pending(state, &id)?.request;
        let enrolled = state.principal(&me).ok_or(Failure::NobodyHere)?;
        let mut said = Approval {
            request: request.id.clone(),
            principal: me.clone(),
            delta: request.delta,
            answer: Answer::Attest,
            role: enrolled.record.role.clone(),
            policy: state.policy.version,
            reason: None,
            request_rev: None,
            base: None,
            base_tree: None,
            head: None,
            new_tree: Some(tree),
            passed: options.passed.clone(),
            failed: options.failed.clone(),
            overrules: BTreeSet::new(),
        };
        say_again(state, &mut said);
        Ok(draft_of(&said))
    })?;
    Ok(outcome(context, &id, &me, tree, false))
}

fn outcome(context: &Context, request: &RecordId, me: &PrincipalId, tree: ObjectId, existed: bool) -> Outcome {
    let answered = just_given(context, request, me);
    let named = |result: CheckResult| {
        let words = answered.attested.of_tree(tree).filter(|(_, word)| word.result == result);
        words.map(|(name, _)| name.clone()).collect()
    };
    let (passed, failed) = (named(CheckResult::Passed), named(CheckResult::Failed));
    let result = context.state().requests.get(request).map_or(tree, |pending| pending.request.new_tree);
    Outcome { tree, passed, failed, result, existed, answered }
}

/// Returns the service whose key lies in a file.
fn service(context: &Context, key: &Path) -> Result<Identity, Failure> {
    let unusable = |reason: &str| Failure::KeyUnusable { path: key.to_owned(), reason: reason.to_owned() };
    let public = identity::public_key_of(key)?.ok_or_else(|| unusable("there is no key of OpenSSH in it"))?;
    let enrolled = context.state().principal_by_key(&public);
    let enrolled = enrolled.ok_or_else(|| {
        Refusal::new(Code::KeyUnknown, format!("nobody is enrolled with the key `{}`", public.to_openssh()))
    })?;
    let signer = identity::signer_of_file(key, &public, &context.repository, &context.surroundings)?;
    let signer = signer.ok_or_else(|| unusable("its private part is not there"))?;
    Ok(Identity { id: enrolled.record.id.clone(), signer })
}

/// Returns the checks that are asked of a request, whatever paths it changes.
pub(crate) fn rules_of<'a>(state: &'a State, pending: &Pending) -> Vec<&'a CheckRule> {
    let governing = state.policy.protections.iter().filter(|protection| protection.governs(&pending.request.target));
    governing.flat_map(|protection| &protection.checks).collect()
}

/// Refuses to say what would count for nothing: a check that nobody asks for, a role that is not asked.
fn check_would_count(context: &Context, me: &PrincipalId, id: &RecordId, options: &Options) -> Result<(), Failure> {
    let state = context.state();
    let pending = pending(state, id)?;
    let rules = rules_of(state, pending);
    let enrolled = state.principal(me).ok_or(Failure::NobodyHere)?;
    let contributors = Contributors::of_request(pending);
    let subject = subject(state, pending, &contributors, context.ledger_now());
    for name in options.passed.iter().chain(&options.failed) {
        let asking: Vec<_> = rules.iter().filter(|rule| rule.name == *name).collect();
        if asking.is_empty() {
            let known: BTreeSet<_> = rules.iter().map(|rule| format!("`{}`", rule.name)).collect();
            let known = known.into_iter().collect::<Vec<_>>().join(", ");
            let known = if known.is_empty() { "none".to_owned() } else { known };
            let target = &pending.request.target;
            let message = format!("nothing on `{target}` asks for the check `{name}`; asked for are: {known}");
            return Err(Refusal::new(Code::RecordMissing, message).into());
        }
        if options.failed.contains(name) && asking.iter().any(|rule| subject.could_stop(rule, enrolled)) {
            continue;
        }
        let answers: Vec<_> = asking.iter().map(|rule| subject.could_attest(rule, enrolled)).collect();
        if answers.iter().any(Result::is_ok) {
            continue;
        }
        if let Some(Err(why)) = answers.into_iter().next() {
            let message = format!("the attestation of `{name}` would not count: `{me}` {}", why.why);
            return Err(Refusal::new(why.code, message).into());
        }
    }
    Ok(())
}

/// Returns whether all of it was said of the tree already, and every rule that would take it still does.
fn is_said(context: &Context, id: &RecordId, me: &PrincipalId, tree: ObjectId, options: &Options) -> bool {
    let state = context.state();
    let answered = state.approvals.get(id).and_then(|answers| answers.get(me));
    let (Some(answered), Some(pending), Some(enrolled)) = (answered, state.requests.get(id), state.principal(me))
    else {
        return false;
    };
    let contributors = Contributors::of_request(pending);
    let subject = subject(state, pending, &contributors, context.ledger_now());
    let rules = rules_of(state, pending);
    let stands = |name: &RecordName, result: CheckResult| {
        let word = answered.attested.word(tree, name).filter(|word| word.result == result);
        let takes = |rule: &CheckRule| match result {
            CheckResult::Passed => subject.could_attest(rule, enrolled).is_ok(),
            CheckResult::Failed => subject.could_stop(rule, enrolled),
        };
        let mut taken = rules.iter().filter(|rule| rule.name == *name && takes(rule));
        word.is_some_and(|word| taken.all(|rule| subject.goes_on_counting(rule, me, word)))
    };
    let passed = options.passed.iter().all(|name| stands(name, CheckResult::Passed));
    passed && options.failed.iter().all(|name| stands(name, CheckResult::Failed))
}

/// Returns the checks of a request's own result that wait for the word of a service.
pub(crate) fn waiting_for(state: &State, me: &Enrolled, pending: &Pending, now: Timestamp) -> Vec<RecordName> {
    let contributors = Contributors::of_request(pending);
    let subject = subject(state, pending, &contributors, now);
    let (id, tree) = (&pending.request.id, Some(pending.request.new_tree));
    let waits = |rule: &&CheckRule| {
        let checked = subject.checked(rule, tree, state.answers(id));
        subject.could_attest(rule, me).is_ok()
            && !checked.is_passed()
            && !checked.passed.iter().chain(&checked.failed).any(|by| *by == me.record.id)
    };
    let names: BTreeSet<_> = rules_of(state, pending).into_iter().filter(waits).map(|rule| rule.name.clone()).collect();
    names.into_iter().collect()
}

fn subject<'a>(state: &'a State, pending: &'a Pending, contributors: &'a Contributors, now: Timestamp) -> Subject<'a> {
    Subject { now, ..Subject::of(state, (&pending.request).into(), contributors) }
}
