//! The rules that they would like to have. POL-1 and POL-7 take a push.

use git_coord::format::sha256;
use git_coord::ledger::Edit;
use git_coord::model::Answer;
use git_coord::model::Approval;
use git_coord::model::PolicyRequest;
use git_coord::model::RecordKind;
use git_coord::model::RecordPath;
use git_coord::rules::Code;

use crate::kernel::equals::stage::MIGHTY;
use crate::kernel::equals::stage::approved;
use crate::kernel::equals::stage::blocked;
use crate::kernel::equals::stage::by_carol;
use crate::kernel::equals::stage::free;
use crate::support::world::Actor;
use crate::support::world::POLICY;
use crate::support::world::World;
use crate::support::world::put;
use crate::support::world::remove;
use crate::support::world::take_away;
use crate::support::world::text;
use crate::support::world::write;

/// The policy of the world, in which all of them may propose another one.
fn proposing(policy: &str) -> String {
    let may = "[\"find\", \"triage\", \"approve\", \"veto\"]";
    let edited = policy.replacen(may, "[\"find\", \"triage\", \"approve\", \"veto\", \"propose-policy\"]", 1);
    assert_ne!(edited, policy);
    edited
}

/// What they would like: fewer approvals to ask for.
const LOOSER: (&str, &str) = ("claims   = \"held\"\n", "");

/// Returns the version that follows the active one, with one thing replaced.
fn following(world: &World, (from, to): (&str, &str)) -> String {
    let body = proposing(&POLICY.replace("ROOTS", &format!("\"{}\"", Actor::named("maria").id)));
    let changed = body.replacen(from, to, 1);
    assert_ne!(changed, body, "{from}");
    let front = format!("version = 2\nparent = \"{}\"", world.state().policy_digest);
    changed.replacen("version = 1", &front, 1)
}

/// A draft of the policy, with what opens it and what makes it active.
struct Draft {
    request: PolicyRequest,
    open: [Edit; 2],
    activate: Vec<Edit>,
}

fn draft(world: &mut World, who: &Actor, version: u64, policy: &str) -> Draft {
    let id = world.id(RecordKind::Request);
    let request = PolicyRequest {
        id: id.clone(),
        opener: who.id.clone(),
        version,
        delta: sha256(policy.as_bytes()),
        title: text("Ask less"),
        summary: None,
    };
    let path = RecordPath::Draft(version, id);
    let activate = vec![write(RecordPath::Policy, policy), remove(path.clone()), take_away(&request)];
    Draft { open: [write(path, policy), put(&request)], request, activate }
}

/// Has the root member agree, unless it is the one who asks, and makes the draft active by whoever asked.
#[track_caller]
fn pass(world: &mut World, who: &Actor, draft: &Draft) {
    let (maria, mut activate) = (Actor::named("maria"), draft.activate.clone());
    if who.id != maria.id {
        let seen = (world.record(&maria).role, world.state().policy.version);
        let request = &draft.request;
        let word = Approval::plain(request.id.clone(), maria.id.clone(), request.delta, Answer::Approve, seen);
        world.refuse(who, &activate, Code::PolicyThreshold);
        world.ok(&maria, &[put(&word)]);
        activate.push(take_away(&word));
    }
    world.ok(who, &activate);
    assert_eq!(world.state().policy_digest, draft.request.delta);
}

/// POL-10, POL-2, POL-3, POL-5, with legal twin: whoever brings it, a policy follows the active one and cites it.
#[test]
fn policy_follows_the_active_one_whoever_brings_it() {
    for who in MIGHTY.map(Actor::named) {
        let mut world = World::with_policy(proposing);
        let right = following(&world, LOOSER);
        let digest = world.state().policy_digest.to_string();
        let other = sha256(b"another").to_string();
        let active = proposing(&POLICY.replace("ROOTS", &format!("\"{}\"", Actor::named("maria").id)));
        for (version, policy, code) in [
            (1, active.replacen("4h", "3h", 1), Code::PolicyRollback),
            (1, right.replacen("version = 2", "version = 1", 1), Code::PolicyRollback),
            (3, right.replacen("version = 2", "version = 3", 1), Code::PolicyVersion),
            (2, right.replacen(&digest, &other, 1), Code::PolicyParent),
            (2, right.replacen(&format!("parent = \"{digest}\"\n"), "", 1), Code::PolicyParent),
        ] {
            assert_ne!(policy, right);
            world.refuse(&who, &[write(RecordPath::Policy, &policy)], code);
            let draft = draft(&mut world, &who, version, &policy);
            world.refuse(&who, &draft.open, code);
        }
        let draft = draft(&mut world, &who, 2, &right);
        world.ok(&who, &draft.open);
        pass(&mut world, &who, &draft);
        // The same version with another content.
        let second = right.replacen("per-principal = 5", "per-principal = 4", 1);
        world.refuse(&who, &[write(RecordPath::Policy, &second)], Code::PolicyRollback);
    }
}

/// POL-10, POL-6, with legal twin: what becomes active is what was agreed to.
#[test]
fn agreed_draft_is_not_exchanged() {
    for who in MIGHTY.map(Actor::named) {
        let mut world = World::with_policy(proposing);
        let policy = following(&world, LOOSER);
        let draft = draft(&mut world, &who, 2, &policy);
        world.ok(&who, &draft.open);
        let other = policy.replacen("ttl           = \"30m\"", "ttl           = \"20m\"", 1);
        assert_ne!(other, policy);
        let path = draft.open[0].path.clone();
        world.refuse(&who, &[write(path, &other)], Code::PolicyDraft);
        let reworded = PolicyRequest { title: text("Something else"), ..draft.request.clone() };
        world.refuse(&who, &[put(&reworded)], Code::PolicyDraft);
        let mut exchanged = draft.activate.clone();
        exchanged[0] = write(RecordPath::Policy, &other);
        world.refuse(&who, &exchanged, Code::PolicyDraft);
        pass(&mut world, &who, &draft);
    }
}

/// POL-10, POL-8, APP-20, with legal twin: what nobody knows, and what asks for nobody, is refused whoever proposes it.
#[test]
fn unsound_policy_is_nobodys_to_propose() {
    for who in MIGHTY.map(Actor::named) {
        let mut world = World::with_policy(proposing);
        for (from, to, code) in [
            ("count    = 1", "count    = 0", Code::PolicyUnsatisfiable),
            ("count    = 1", "count    = -1", Code::PolicyUnknown),
            ("threshold = 1", "threshold = 0", Code::PolicyUnsatisfiable),
            ("threshold = 1", "threshold = 2", Code::PolicyUnsatisfiable),
            ("from     = [\"reviewer\", \"maintainer\"]", "from     = []", Code::PolicyUnsatisfiable),
            ("count    = 1", "count    = 1\n  unless   = [\"maria\"]", Code::PolicyUnknown),
            ("claims   = \"held\"", "claims   = \"hoped\"", Code::PolicyUnknown),
            ("format  = 1", "format  = 2", Code::PolicyUnknown),
        ] {
            let policy = following(&world, (from, to));
            // Nobody makes it active alone, sound or not; what cannot be read is no draft either.
            let (at_once, as_draft) = match code {
                Code::PolicyUnsatisfiable => (Code::PolicyThreshold, code),
                code => (code, Code::RecordParse),
            };
            world.refuse(&who, &[write(RecordPath::Policy, &policy)], at_once);
            let draft = draft(&mut world, &who, 2, &policy);
            world.refuse(&who, &draft.open, as_draft);
        }
        let policy = following(&world, LOOSER);
        let draft = draft(&mut world, &who, 2, &policy);
        world.ok(&who, &draft.open);
        pass(&mut world, &who, &draft);
    }
}

/// POL-10, POL-13, with legal twin: a second protection that their word is enough for shades none that asks for others.
#[test]
fn protection_of_theirs_shades_no_other() {
    for refs in ["\"refs/heads/main\"", "\"refs/heads/**\"", "\"refs/heads/mai?\"", "\"refs/heads/Main\""] {
        let lax = format!(
            "\n[[protect]]\nname = \"second\"\nrefs = [{refs}]\ncommits = \"any\"\n\n  [[protect.approvals]]\n  count = 1\n  \
             from = [\"security\", \"reviewer\", \"maintainer\"]\n"
        );
        let strict = |policy: &str| {
            free(policy).replacen("from     = [\"reviewer\", \"maintainer\"]", "from     = [\"reviewer\"]", 1)
        };
        let shaded = |who: &Actor| {
            let (world, facts, request) = approved(who, |policy| strict(policy) + &lax);
            (world, facts, request, Code::ApprovalThreshold)
        };
        blocked(shaded, by_carol);
        let shaded = |who: &Actor| {
            let in_front = |policy: &str| strict(policy).replacen("\n[[protect]]", &format!("{lax}\n[[protect]]"), 1);
            let (world, facts, request) = approved(who, in_front);
            (world, facts, request, Code::ApprovalThreshold)
        };
        blocked(shaded, by_carol);
    }
}
