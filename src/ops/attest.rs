//! `check attest`: a service says which checks passed on a tree, or did not.

use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

use crate::git::ObjectKind;
use crate::model::Answer;
use crate::model::Approval;
use crate::model::CheckRule;
use crate::model::ObjectId;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::RecordName;
use crate::model::Timestamp;
use crate::ops::answer::Outcome;
use crate::ops::answer::draft_of;
use crate::ops::answer::just_given;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::gate;
use crate::ops::identity;
use crate::ops::identity::Identity;
use crate::ops::request::pending;
use crate::rules::Code;
use crate::rules::Contributors;
use crate::rules::Enrolled;
use crate::rules::Pending;
use crate::rules::Refusal;
use crate::rules::State;
use crate::rules::Subject;
use crate::rules::Update;

/// On what the checks ran.
pub enum Ground {
    /// A commit; its tree is what is attested.
    Commit(String),
    Tree(ObjectId),
}

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

/// Attests checks of a tree. What was attested of the same tree before stays, as far as nothing else is said of it now.
pub fn run(context: &mut Context, options: &Options) -> Result<Outcome, Failure> {
    let identity = match &options.key {
        Some(key) => service(context, key)?,
        None => identity::acting(context)?,
    };
    let (tree, commit) = ground(context, &options.ground)?;
    let id = match &options.request {
        Some(id) => id.clone(),
        None => request_for(context, tree, commit)?,
    };
    check_would_count(context, &identity.id, &id, options)?;
    let me = identity.id.clone();
    let known = attested(context.state(), &id, &me, tree).map(|known| (known.passed.clone(), known.failed.clone()));
    let said = known.as_ref().map_or_else(
        || (options.passed.clone(), options.failed.clone()),
        |known| {
            let kept = |before: &BTreeSet<RecordName>, now: &BTreeSet<RecordName>, other: &BTreeSet<RecordName>| {
                before.difference(other).chain(now).cloned().collect::<BTreeSet<_>>()
            };
            (kept(&known.0, &options.passed, &options.failed), kept(&known.1, &options.failed, &options.passed))
        },
    );
    let is_current = !lacks_any(context, &id, &me, options);
    if known.as_ref() == Some(&said) && is_current {
        return Ok(Outcome { answered: just_given(context, &id, &me), existed: true, reviewed: None });
    }
    if known.as_ref() == Some(&said) {
        // The same words once more change nothing: what has expired is taken back before it is said anew.
        crate::ops::answer::withdraw_as(context, &identity, &id)?;
    }
    context.append(&identity, |state, _| {
        let request = &pending(state, &id)?.request;
        let enrolled = state.principal(&me).ok_or(Failure::NobodyHere)?;
        Ok(draft_of(&Approval {
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
            passed: said.0.clone(),
            failed: said.1.clone(),
            overrules: BTreeSet::new(),
        }))
    })?;
    Ok(Outcome { answered: just_given(context, &id, &me), existed: false, reviewed: None })
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

fn ground(context: &Context, ground: &Ground) -> Result<(ObjectId, Option<ObjectId>), Failure> {
    match ground {
        Ground::Commit(spec) => {
            let commit = context.repository.resolve(spec)?;
            let commit = commit.ok_or_else(|| Failure::NotFound { kind: "commit", id: spec.clone() })?;
            Ok((context.repository.commit_links(commit)?.tree, Some(commit)))
        }
        Ground::Tree(tree) if is_tree(context, *tree)? => Ok((*tree, None)),
        Ground::Tree(tree) => Err(Failure::NotFound { kind: "tree", id: tree.to_string() }),
    }
}

fn is_tree(context: &Context, id: ObjectId) -> Result<bool, Failure> {
    Ok(context.repository.contains(id) && context.repository.kind(id)? == ObjectKind::Tree)
}

/// Returns the one open request whose result is the tree: that of its head or, if none is, the request that the gate would
/// let the commit land, such as the one that a forge made a merge of.
fn request_for(context: &Context, tree: ObjectId, commit: Option<ObjectId>) -> Result<RecordId, Failure> {
    let state = context.state();
    let asks = |pending: &&Pending| !rules_of(state, pending).is_empty();
    let of_head = state.requests.values().filter(asks).filter(|pending| pending.request.new_tree == tree);
    let mut found: Vec<RecordId> = of_head.map(|pending| pending.request.id.clone()).collect();
    if let Some(commit) = commit.filter(|_| found.is_empty()) {
        let targets: BTreeSet<_> =
            state.requests.values().filter(asks).map(|pending| &pending.request.target).collect();
        for target in targets {
            let update = Update { target: target.clone(), old: gate::beginning(context, target)?, new: Some(commit) };
            // What cannot be read, or is no move of this ref, lands nothing on it.
            let decision = gate::run(context, &update, &[]).ok();
            let last = decision.as_ref().and_then(|decision| decision.segments.last());
            found
                .extend(last.filter(|segment| segment.facts.new == commit).and_then(|segment| segment.request.clone()));
        }
    }
    match found.as_slice() {
        [only] => Ok(only.clone()),
        [] => {
            let message = format!("no open request that waits for checks results in the tree {}", tree.short());
            Err(Refusal::new(Code::RecordMissing, message).into())
        }
        many => {
            let named = many.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ");
            let message = format!("{named} all result in the tree {}: name one", tree.short());
            Err(Refusal::new(Code::RequestAmbiguous, message).into())
        }
    }
}

/// Returns the checks that are asked of a request, whatever paths it changes.
fn rules_of<'a>(state: &'a State, pending: &Pending) -> Vec<&'a CheckRule> {
    let governing = state.policy.protections.iter().filter(|protection| protection.governs(&pending.request.target));
    governing.flat_map(|protection| &protection.checks).collect()
}

fn attested<'a>(state: &'a State, request: &RecordId, id: &PrincipalId, tree: ObjectId) -> Option<&'a Approval> {
    let approval = &state.approvals.get(request)?.get(id)?.approval;
    (approval.answer == Answer::Attest && approval.new_tree == Some(tree)).then_some(approval)
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

/// Returns whether a rule does not take any more what was attested before.
fn lacks_any(context: &Context, id: &RecordId, me: &PrincipalId, options: &Options) -> bool {
    let state = context.state();
    let answered = state.approvals.get(id).and_then(|answers| answers.get(me));
    let (Some(answered), Some(pending)) = (answered, state.requests.get(id)) else { return true };
    let asked = rules_of(state, pending).into_iter().filter(|rule| options.passed.contains(&rule.name));
    let mut ages = asked.filter_map(|rule| rule.max_age);
    ages.any(|age| answered.given_time + age < context.ledger_now())
}

/// Returns the checks of a request's own result that wait for the word of a service.
pub(crate) fn waiting_for(state: &State, me: &Enrolled, pending: &Pending, now: Timestamp) -> Vec<RecordName> {
    let contributors = Contributors::of_request(pending);
    let subject = subject(state, pending, &contributors, now);
    let (id, tree) = (&pending.request.id, Some(pending.request.new_tree));
    let waits = |rule: &&CheckRule| {
        let checked = subject.checked(rule, tree, state.answers(id));
        subject.could_attest(rule, me).is_ok() && !checked.is_passed() && !checked.failed.contains(&me.record.id)
    };
    let names: BTreeSet<_> = rules_of(state, pending).into_iter().filter(waits).map(|rule| rule.name.clone()).collect();
    names.into_iter().collect()
}

fn subject<'a>(state: &'a State, pending: &'a Pending, contributors: &'a Contributors, now: Timestamp) -> Subject<'a> {
    Subject {
        rights: state,
        latest: state,
        request: (&pending.request).into(),
        contributors,
        paths: &[],
        lands: None,
        now,
    }
}
