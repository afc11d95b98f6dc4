//! `request`: asks to land a branch.

use std::collections::BTreeSet;

use crate::format::WriteRecord;
use crate::format::delta_digest;
use crate::git::Atomicity;
use crate::git::PushOutcome;
use crate::git::PushRequest;
use crate::ledger::Draft;
use crate::ledger::Edit;
use crate::model::BreakGlass;
use crate::model::DeltaEntry;
use crate::model::ObjectId;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::RecordKind;
use crate::model::RecordName;
use crate::model::RecordPath;
use crate::model::RefName;
use crate::model::Request;
use crate::model::Span;
use crate::model::Text;
use crate::ops::closing::closing;
use crate::ops::context::Context;
use crate::ops::context::random_id;
use crate::ops::facts::readable;
use crate::ops::failure::Failure;
use crate::ops::identity;
use crate::ops::known_tip::landed;
use crate::ops::known_tip::tip_fetched_if_unknown;
use crate::ops::only_here::offline::Offline;
use crate::ops::similar;
use crate::ops::similar::Comparison;
use crate::ops::similar::Echo;
use crate::ops::similar::Ground;
use crate::ops::similar::New;
use crate::ops::similar::Repetition;
use crate::rules::Code;
use crate::rules::CommitSigner;
use crate::rules::Pending;
use crate::rules::Refusal;
use crate::rules::State;
use crate::rules::counts;

/// How often a change is told anew because its ref landed elsewhere meanwhile.
const ATTEMPTS_MAX: u32 = 16;

/// What asks to land, and where.
pub struct Options {
    /// The branch or commit; `HEAD` if nothing is said.
    pub head: Option<String>,
    /// The branch to land on, by its short or full name; without it the only protected one there is.
    pub into: Option<String>,
    pub title: Option<Text>,
    pub summary: Option<Text>,
    pub mission: Option<RecordName>,
    /// Claims to cite besides those that cover changed paths, of the opener and of whoever signed the commits.
    pub claims: Vec<RecordId>,
    /// A request to bring up to date instead of opening another.
    pub update: Option<RecordId>,
    /// Why it lands before anybody approves it, and for how long it may.
    pub break_glass: Option<(Text, Span)>,
    /// What becomes of it if somebody else asks for something on the same ref in the same words.
    pub repetition: Repetition,
}

/// A request that is open now.
pub struct Outcome {
    pub pending: Pending,
    /// The caller had opened it before, and nothing was written.
    pub existed: bool,
    /// Requests of others for the same head on the same ref.
    pub twins: Vec<RecordId>,
    /// Open requests, and claims and work in flight of others, that are most like it or about the same paths.
    pub similar: Comparison,
}

/// Opens a request, or brings one up to date. What the caller asks for already is not asked for twice.
pub fn run(context: &mut Context, options: &Options) -> Result<Outcome, Failure> {
    let fresh = random_id(RecordKind::Request)?;
    for _ in 0..ATTEMPTS_MAX {
        if let Some(outcome) = ask(context, options, &fresh)? {
            return Ok(outcome);
        }
    }
    Err(Failure::Contended(ATTEMPTS_MAX))
}

/// Asks once, under a fresh id if it is new; `None` if the ref landed elsewhere than was known when the change was told, so
/// that it may be another one.
fn ask(context: &mut Context, options: &Options, fresh: &RecordId) -> Result<Option<Outcome>, Failure> {
    let identity = identity::acting(context)?;
    let old = options.update.as_ref().map(|id| pending(context.state(), id).cloned()).transpose()?;
    let target = match &old {
        Some(pending) => pending.request.target.clone(),
        None => target(context, options.into.as_deref())?,
    };
    let spec = options.head.as_deref().unwrap_or("HEAD");
    let head = context.repository.resolve(spec)?;
    let head = head.ok_or_else(|| Failure::NotFound { kind: "commit", id: spec.to_owned() })?;
    let tip = tip_fetched_if_unknown(context, &target)?;
    let tip = tip.ok_or_else(|| Failure::NotFound { kind: "ref", id: target.to_string() })?;
    let told_of = landed(context, &target);
    let base = readable(context.repository.merge_base(tip, head))?;
    let base = base.ok_or_else(|| Failure::Argument { what: spec.to_owned(), expected: "related to the target" })?;
    if base == head {
        return Err(Refusal::new(Code::RefNotForward, format!("`{spec}` is in `{target}` already")).into());
    }
    if options.break_glass.is_some() && base != tip {
        let message = format!("`{target}` is at {}, which `{spec}` does not continue: rebase it first", tip.short());
        return Err(Refusal::new(Code::RefNotForward, message).into());
    }
    let same: Vec<_> = alike(context.state(), &target, head)
        .filter(|other| options.update.as_ref() != Some(&other.request.id))
        .collect();
    let is_mine = |open: &&&Pending| {
        let glass = open.request.break_glass.is_some();
        open.request.opener == identity.id && glass == options.break_glass.is_some()
    };
    if let (None, Some(open)) = (&old, same.iter().find(is_mine)) {
        let id = &open.request.id;
        let is_answer = asks_nothing_new(options, &open.request);
        let asked = || Failure::AskedAlready { head: spec.to_owned(), request: id.clone() };
        let twins = same.iter().map(|other| other.request.id.clone()).filter(|other| other != id).collect();
        let outcome = Outcome { pending: (*open).clone(), existed: true, twins, similar: Comparison::default() };
        return if is_answer { Ok(Some(outcome)) } else { Err(asked()) };
    }
    let twins = same.into_iter().map(|other| other.request.id.clone()).collect();
    let base_tree = context.repository.commit_links(base)?.tree;
    let links = context.repository.commit_links(head)?;
    let reader = context.reader();
    let changes = reader.delta(base_tree, links.tree)?;
    let delta = delta_digest(reader.audience, &target, &changes);
    let commits = reader.commits(base, head).unwrap_or_default();
    let subject = subject(context, head)?;
    let id = match &old {
        Some(pending) => pending.request.id.clone(),
        None => fresh.clone(),
    };
    let said = options.title.clone().unwrap_or_else(|| subject.clone());
    let new = New::Request { by: &identity.id, title: &said, target: &target };
    // What is there is only brought up to date, and whoever breaks the glass has no time for it.
    let is_asked = old.is_none() && options.break_glass.is_none();
    let echo = Some(&new).filter(|_| is_asked).and_then(|new| Echo::of(context, new, options.repetition));
    let refuse = |state: &State, time| echo.as_ref().map_or(Ok(()), |echo| echo.refuse(&new, state, time));
    // Nothing is published that is refused.
    refuse(context.state(), context.ledger_now())?;
    publish_head(context, &id, head)?;
    let mut is_overtaken = false;
    let appended = context.append(&identity, |state, time| {
        refuse(state, time)?;
        if state.landed.get(&target).map(|landed| landed.new) != told_of {
            is_overtaken = true;
            return Err(Refusal::new(Code::PushMoved, format!("`{target}` moved while this was asked for")).into());
        }
        let mut workers: BTreeSet<_> = commits.iter().filter_map(|commit| enrolled(state, &commit.signer)).collect();
        workers.insert(identity.id.clone());
        let mut claims = covering_claims(state, &workers, &changes);
        claims.extend(options.claims.iter().cloned());
        claims.sort();
        claims.dedup();
        let known = match &old {
            Some(before) => Some(pending(state, &before.request.id)?.request.clone()),
            None => None,
        };
        let title = options.title.clone().or_else(|| known.as_ref().map(|known| known.title.clone()));
        let request = Request {
            rev: known.as_ref().map_or(1, |known| known.rev + 1),
            id: id.clone(),
            opener: identity.id.clone(),
            target: target.clone(),
            base,
            base_tree,
            head,
            new_tree: links.tree,
            delta,
            claims,
            mission: options.mission.clone().or_else(|| known.as_ref().and_then(|known| known.mission.clone())),
            title: title.unwrap_or_else(|| subject.clone()),
            summary: options.summary.clone().or_else(|| known.and_then(|known| known.summary)),
            break_glass: options
                .break_glass
                .clone()
                .map(|(reason, lasts)| BreakGlass { reason, expires: time + lasts }),
        };
        let verb = match request.rev {
            1 if request.break_glass.is_some() => "Break the glass",
            1 => "Request",
            _ => "Update the request",
        };
        Ok(Draft {
            edits: vec![Edit { path: RecordPath::Request(id.clone()), text: Some(request.to_text()) }],
            message: format!("{verb} to land {} on {target}", head.short()),
        })
    });
    if is_overtaken && appended.is_err() {
        return Ok(None);
    }
    appended?;
    let pending = pending(context.state(), &id)?.clone();
    let similar = if old.is_none() { similar_to(context, &pending.request, &changes) } else { Comparison::default() };
    Ok(Some(Outcome { pending, existed: false, twins, similar }))
}

/// Returns what is most like a request, but what was done for it: under those claims its own work was done.
fn similar_to(context: &Context, request: &Request, changes: &[DeltaEntry]) -> Comparison {
    let is_part = |id: &RecordId| *id == request.id || request.claims.contains(id);
    let claims = similar::claims(context, Some(&request.opener));
    let mut sorts = vec![similar::requests(context), claims];
    sorts.iter_mut().for_each(|known| known.retain(|known| !known.id().is_some_and(is_part)));
    similar::among(context, request.title.as_str(), &Ground::of_changes(changes), sorts)
}

/// Returns the open requests for a head on a ref.
fn alike<'a>(state: &'a State, target: &'a RefName, head: ObjectId) -> impl Iterator<Item = &'a Pending> {
    let open = state.requests.values();
    open.filter(move |pending| pending.request.target == *target && pending.request.head == head)
}

/// Returns whether a request says already whatever the options say of it.
fn asks_nothing_new(options: &Options, open: &Request) -> bool {
    let says = |given: Option<&Text>, said: Option<&Text>| given.is_none() || given == said;
    says(options.title.as_ref(), Some(&open.title))
        && says(options.summary.as_ref(), open.summary.as_ref())
        && (options.mission.is_none() || options.mission == open.mission)
        && options.claims.iter().all(|claim| open.claims.contains(claim))
}

/// Under which names the heads of requests are at the remote.
pub(crate) const HEADS: &str = "refs/requests/";
/// And here, once they are fetched.
pub(crate) const HEADS_HERE: &str = "refs/coord/requests/";

/// Whoever reviews a request, and the hub that judges its landing, must be able to see every head that it ever had.
fn publish_head(context: &Context, id: &RecordId, head: ObjectId) -> Result<(), Failure> {
    let Some(remote) = context.ledger.store().remote() else { return Ok(()) };
    let name = format!("{HEADS}{id}/{head}");
    let push = PushRequest {
        refspecs: &[format!("{head}:{name}")],
        leases: &[],
        atomicity: Atomicity::EachAlone,
        push_options: &[],
    };
    let (remote_name, offline) = (remote.to_owned(), Offline::Refused);
    let unreachable = |source| Failure::RemoteUnreachable { remote: remote_name, offline, source };
    let results = context.program.remote(&context.repository, remote).keep_hooks().push(&push).map_err(unreachable)?;
    match results.into_iter().next().map(|result| result.outcome) {
        Some(PushOutcome::Rejected(reason)) => Err(Failure::PushRefused(reason)),
        _ => Ok(()),
    }
}

/// Fetches the heads of a request that are not here yet.
pub(crate) fn fetch_heads(context: &Context, pending: &Pending) -> Result<(), Failure> {
    let Some(remote) = context.ledger.store().remote() else { return Ok(()) };
    if pending.heads.iter().all(|named| context.repository.contains(named.head)) {
        return Ok(());
    }
    let id = &pending.request.id;
    let refspec = format!("+{HEADS}{id}/*:{HEADS_HERE}{id}/*");
    // Heads that nobody published stay unknown, and the gate says so.
    context.program.remote(&context.repository, remote).fetch(&[refspec]).ok();
    Ok(())
}

/// Closes a request and removes its answers.
pub fn close(context: &mut Context, id: &RecordId) -> Result<crate::ledger::Appended, Failure> {
    let identity = identity::acting(context)?;
    context.append(&identity, |state, _| ending(state, id))
}

/// Returns the entry that ends a request, whatever it asks for.
pub(crate) fn ending(state: &State, id: &RecordId) -> Result<Draft, Failure> {
    if !state.proposals.contains_key(id) && !state.petitions.contains_key(id) {
        known(state, id)?;
    }
    Ok(Draft { edits: closing(state, id), message: format!("Close {id}") })
}

/// Returns a request to land, open or landed and not yet reviewed.
pub(crate) fn known<'a>(state: &'a State, id: &RecordId) -> Result<&'a Pending, Failure> {
    match state.broken.get(id) {
        Some(broken) => Ok(&broken.pending),
        None => pending(state, id),
    }
}

pub(crate) fn pending<'a>(state: &'a State, id: &RecordId) -> Result<&'a Pending, Failure> {
    state.requests.get(id).ok_or_else(|| Failure::NotFound { kind: "request to land", id: id.to_string() })
}

/// Returns the full name of a branch to land on.
pub(crate) fn target(context: &Context, into: Option<&str>) -> Result<RefName, Failure> {
    let bad = |what: &str| Failure::Argument { what: what.to_owned(), expected: "the name of a branch" };
    if let Some(name) = into {
        let full = if name.starts_with("refs/") { name.to_owned() } else { format!("refs/heads/{name}") };
        return RefName::parse(&full).map_err(|_| bad(name));
    }
    let names = ["refs/heads/main", "refs/heads/master", "refs/heads/trunk"];
    for name in names {
        let name = RefName::parse(name).expect("it is a full name");
        if context.state().policy.protects(&name) && tip_of(context, &name)?.is_some() {
            return Ok(name);
        }
    }
    Err(Failure::Argument { what: "--into".to_owned(), expected: "said, and no usual branch is protected here" })
}

/// Returns where a ref is: at the remote as it was last fetched, where there is one, else here.
pub(crate) fn tip_of(context: &Context, target: &RefName) -> Result<Option<ObjectId>, Failure> {
    if let (Some(remote), Some(branch)) = (context.ledger.store().remote(), target.branch()) {
        let tracking = format!("refs/remotes/{remote}/{branch}");
        if let Some(tip) = context.repository.reference(&tracking)? {
            return Ok(Some(tip));
        }
    }
    Ok(context.repository.reference(target.as_str())?)
}

fn subject(context: &Context, head: ObjectId) -> Result<Text, Failure> {
    let raw = context.repository.commit(head)?;
    let parsed = crate::format::code_commit::parse(&raw, context.repository.hash_kind());
    let message = parsed.map(|commit| commit.message).unwrap_or_default();
    let line: String =
        message.lines().next().unwrap_or_default().chars().filter(|c| !c.is_control()).take(200).collect();
    Ok(Text::parse(&line).unwrap_or_else(|_| Text::parse("Untitled change").expect("it is plain text")))
}

fn enrolled(state: &State, signer: &CommitSigner) -> Option<PrincipalId> {
    match signer {
        CommitSigner::Signed(key) => state.keys.get(key).cloned(),
        CommitSigner::Unsigned | CommitSigner::Bad(_) => None,
    }
}

/// Returns the claims, live or released, under which a change was made: those of who made it that cover changed paths.
fn covering_claims(state: &State, workers: &BTreeSet<PrincipalId>, changes: &[DeltaEntry]) -> Vec<RecordId> {
    let live = state.claims.values().filter(|lease| lease.is_in_force()).map(|lease| &lease.claim);
    let ended = state.tombstones.values().map(|stone| &stone.claim);
    let all = live.chain(ended).filter(|claim| workers.contains(&claim.holder));
    let covering = all
        .filter(|claim| changes.iter().any(|change| claim.covers_path(&change.path)))
        .filter(|claim| counts(state, &claim.id));
    let mut ids: Vec<_> = covering.map(|claim| claim.id.clone()).collect();
    ids.truncate(64);
    ids
}
