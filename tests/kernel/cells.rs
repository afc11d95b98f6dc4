//! The table of transitions, cell by cell: which record is added, changed and removed by whom.
//!
//! `alice` owns what is asked about, where somebody does. LED-4.

use git_coord::ledger::Edit;
use git_coord::model::Answer;
use git_coord::model::Claim;
use git_coord::model::Finding;
use git_coord::model::FindingState;
use git_coord::model::Principal;
use git_coord::model::PrincipalKind;
use git_coord::model::RecordPath;
use git_coord::model::Request;
use git_coord::model::Severity;
use git_coord::model::Standing;
use git_coord::rules::Code;

use crate::kernel::push::main_ref;
use crate::kernel::push::object;
use crate::kernel::push::work;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::name;
use crate::support::world::principal;
use crate::support::world::put;
use crate::support::world::remove;
use crate::support::world::take_away;
use crate::support::world::text;
use crate::support::world::write;

/// Everybody, in the order of the rows below: owner, peer, reviewer, security, maintainer, root member, hub, stranger.
const ACTORS: [&str; 8] = ["alice", "bob", "carol", "sam", "nora", "maria", "hub", "stranger"];

const YES: Option<Code> = None;
const FROZEN: Option<Code> = Some(Code::RecordFrozen);
const OWNER: Option<Code> = Some(Code::RecordOwner);
const RIGHT: Option<Code> = Some(Code::RecordRight);
const STATUS: Option<Code> = Some(Code::PrincipalStatus);
const UNKNOWN: Option<Code> = Some(Code::KeyUnknown);

/// Has everybody try the same edit, each in a world of its own.
#[track_caller]
fn check(edits: impl Fn(&mut World) -> Vec<Edit>, expected: [Option<Code>; 8]) {
    for (who, expected) in ACTORS.into_iter().zip(expected) {
        let mut world = World::new();
        let edits = edits(&mut world);
        let actor = Actor::named(who);
        match expected {
            None => drop(world.ok(&actor, &edits)),
            Some(code) => drop(world.refuse(&actor, &edits, code)),
        }
    }
}

fn alice() -> Actor {
    Actor::named("alice")
}

#[test]
fn what_genesis_wrote_is_never_added_changed_or_removed() {
    let all = [FROZEN, FROZEN, FROZEN, FROZEN, FROZEN, FROZEN, FROZEN, UNKNOWN];
    for path in [RecordPath::Charter, RecordPath::Readme, RecordPath::Policy] {
        check(|_| vec![remove(path.clone())], all);
    }
    check(|_| vec![write(RecordPath::Readme, "Other words.\n")], all);
    let charter =
        |world: &World| git_coord::model::Charter { audience: text("other"), ..world.state().charter.clone() };
    check(|world| vec![write(RecordPath::Charter, &git_coord::format::WriteRecord::to_text(&charter(world)))], all);
}

/// LED-4: nobody changes the rules by writing them, whatever its role; see `policies` for how they change.
#[test]
fn policy_is_changed_by_the_word_of_root_members_only() {
    let all = [Some(Code::PolicyThreshold); 7];
    let [a, b, c, d, e, f, g] = all;
    let policy = |world: &mut World| {
        let parent = world.state().policy_digest;
        let root = format!("[root]\nthreshold = 1\nmembers = [\"{}\"]\n", alice().id);
        vec![write(RecordPath::Policy, &format!("format = 1\nversion = 2\nparent = \"{parent}\"\n\n{root}"))]
    };
    check(policy, [a, b, c, d, e, f, g, UNKNOWN]);
}

/// LED-4, with legal twin
#[test]
fn claim_is_added_by_its_holder() {
    check(
        |world| vec![put(&world.draft_claim(&alice(), &["src/"]))],
        [YES, OWNER, OWNER, OWNER, OWNER, OWNER, OWNER, UNKNOWN],
    );
    for (who, code) in [("bob", YES), ("nora", YES), ("maria", YES), ("carol", RIGHT), ("sam", RIGHT), ("hub", RIGHT)] {
        let (mut world, actor) = (World::new(), Actor::named(who));
        let claim = put(&world.draft_claim(&actor, &["src/"]));
        match code {
            None => drop(world.ok(&actor, &[claim])),
            Some(code) => drop(world.refuse(&actor, &[claim], code)),
        }
    }
}

/// LED-4, with legal twin
#[test]
fn claim_is_changed_by_its_holder() {
    let edits = |world: &mut World| {
        let claim = world.claim(&alice(), &["src/"]);
        vec![put(&Claim { rev: 2, intent: text("Other words"), ..claim })]
    };
    check(edits, [YES, OWNER, OWNER, OWNER, OWNER, OWNER, OWNER, UNKNOWN]);
}

/// LED-4, with legal twin
#[test]
fn claim_is_removed_by_its_holder_or_once_revoked() {
    let edits = |world: &mut World| vec![take_away(&world.claim(&alice(), &["src/"]))];
    check(edits, [YES, OWNER, OWNER, OWNER, OWNER, OWNER, OWNER, UNKNOWN]);
    let revoked = |claim: Claim, by: &str| Claim { rev: 2, revoked_by: Some(Actor::named(by).id), ..claim };
    for (who, code) in [("bob", OWNER), ("carol", OWNER), ("hub", OWNER), ("nora", YES), ("maria", YES)] {
        let (mut world, actor) = (World::new(), Actor::named(who));
        let edit = put(&revoked(world.claim(&alice(), &["src/"]), who));
        match code {
            None => drop(world.ok(&actor, &[edit])),
            Some(code) => drop(world.refuse(&actor, &[edit], code)),
        }
    }
    let marked = |world: &mut World| {
        let claim = world.claim(&alice(), &["src/"]);
        world.ok(&Actor::named("nora"), &[put(&revoked(claim.clone(), "nora"))]);
        vec![take_away(&claim)]
    };
    check(marked, [YES, YES, YES, YES, YES, YES, YES, UNKNOWN]);
}

#[test]
fn finding_is_added_by_its_author() {
    let edits = |world: &mut World| vec![put(&world.draft_finding(&alice(), Severity::Low, &["src/"]))];
    check(edits, [YES, OWNER, OWNER, OWNER, OWNER, OWNER, OWNER, UNKNOWN]);
}

/// LED-4, with legal twin
#[test]
fn finding_is_reworded_by_its_author_and_closed_by_those_who_triage() {
    let reworded = |world: &mut World| {
        let finding = world.find(&alice(), Severity::Low, &["src/"]);
        vec![put(&Finding { rev: 2, text: text("Other words"), ..finding })]
    };
    check(reworded, [YES, OWNER, OWNER, OWNER, OWNER, OWNER, OWNER, UNKNOWN]);
    let closed = |world: &mut World| {
        let finding = world.find(&alice(), Severity::Low, &["src/"]);
        vec![put(&Finding { rev: 2, state: FindingState::Resolved, ..finding })]
    };
    check(closed, [OWNER, OWNER, YES, YES, YES, YES, OWNER, UNKNOWN]);
}

#[test]
fn finding_is_removed_by_its_author_or_closed_first() {
    let open = |world: &mut World| vec![take_away(&world.find(&alice(), Severity::Low, &["src/"]))];
    let field = Some(Code::RecordField);
    check(open, [YES, OWNER, field, field, field, field, OWNER, UNKNOWN]);
    let closed = |world: &mut World| {
        let finding = world.find(&alice(), Severity::Low, &["src/"]);
        let finding = Finding { rev: 2, state: FindingState::Resolved, ..finding };
        world.ok(&Actor::named("erin"), &[put(&finding)]);
        vec![take_away(&finding)]
    };
    check(closed, [OWNER, OWNER, YES, YES, YES, YES, OWNER, UNKNOWN]);
}

fn request(world: &mut World) -> Request {
    let facts = work(&alice(), &["src/a.rs"]);
    world.draft_request(&alice(), &main_ref(), &facts, &[])
}

fn opened(world: &mut World) -> Request {
    let request = request(world);
    world.ok(&alice(), &[put(&request)]);
    request
}

/// LED-4, with legal twin
#[test]
fn request_is_the_openers() {
    let row = [YES, OWNER, OWNER, OWNER, OWNER, OWNER, OWNER, UNKNOWN];
    check(|world| vec![put(&request(world))], row);
    check(|world| vec![put(&Request { rev: 2, head: object("further"), ..opened(world) })], row);
    check(|world| vec![take_away(&opened(world))], row);
}

/// LED-4, with legal twin
#[test]
fn approval_is_the_named_principals() {
    let (erin, by) = (Actor::named("erin"), |world: &mut World| opened(world));
    let row = [OWNER, OWNER, OWNER, OWNER, OWNER, OWNER, OWNER, UNKNOWN];
    let added = |world: &mut World| {
        let request = by(world);
        vec![put(&world.draft_answer(&erin, &request, Answer::Approve))]
    };
    check(added, row);
    let changed = |world: &mut World| {
        let request = by(world);
        world.answer(&erin, &request, Answer::Approve);
        vec![put(&world.draft_answer(&erin, &request, Answer::Reject))]
    };
    check(changed, row);
    let removed = |world: &mut World| {
        let request = by(world);
        vec![take_away(&world.answer(&erin, &request, Answer::Approve))]
    };
    check(removed, row);
    let mut world = World::new();
    let request = opened(&mut world);
    world.answer(&erin, &request, Answer::Approve);
    let rejection = world.answer(&erin, &request, Answer::Reject);
    world.ok(&erin, &[take_away(&rejection)]);
}

#[test]
fn principal_is_added_by_those_who_enroll() {
    let field = Some(Code::RecordField);
    let edits = |_: &mut World| {
        let new = principal(&Actor::named("new"), PrincipalKind::Agent, "builder", &Actor::named("maria"));
        vec![put(&new)]
    };
    check(edits, [RIGHT, RIGHT, RIGHT, RIGHT, field, YES, RIGHT, UNKNOWN]);
}

/// LED-4, with legal twin
#[test]
fn principal_is_changed_by_itself_by_enrollers_and_by_root_members() {
    let able =
        |world: &mut World| vec![put(&Principal { capabilities: vec![name("x")], ..world.next_record(&alice()) })];
    check(able, [YES, OWNER, OWNER, OWNER, OWNER, OWNER, OWNER, UNKNOWN]);
    let suspended =
        |world: &mut World| vec![put(&Principal { status: Standing::Suspended, ..world.next_record(&alice()) })];
    check(suspended, [YES, RIGHT, RIGHT, RIGHT, RIGHT, YES, RIGHT, UNKNOWN]);
    let recast = |world: &mut World| vec![put(&Principal { operator: Some(name("x")), ..world.next_record(&alice()) })];
    // She is confirmed, which is more than the word of a maintainer.
    check(recast, [RIGHT, RIGHT, RIGHT, RIGHT, Some(Code::PrincipalEscalation), YES, RIGHT, UNKNOWN]);
    check(
        |_| vec![remove(RecordPath::Principal(alice().id))],
        [STATUS, STATUS, STATUS, STATUS, STATUS, STATUS, STATUS, UNKNOWN],
    );
}

#[test]
fn landing_is_recorded_by_those_who_may_and_never_removed() {
    let (facts, claimed) = (work(&alice(), &["src/a.rs"]), ["src/a.rs"]);
    let landing = |world: &mut World| {
        let (_, request) = world.approved(&alice(), &facts, &claimed);
        world.landing_edits(&world.draft_landing(&request, &facts))
    };
    check(landing, [RIGHT, RIGHT, RIGHT, RIGHT, YES, YES, YES, UNKNOWN]);
    let removed = |world: &mut World| {
        let (_, request) = world.approved(&alice(), &facts, &claimed);
        vec![take_away(&world.land(&Actor::named("hub"), &request, &facts))]
    };
    check(removed, [FROZEN, FROZEN, FROZEN, FROZEN, FROZEN, FROZEN, FROZEN, UNKNOWN]);
}

/// The last kinds of the tree are not there yet, and nothing else belongs there.
#[test]
fn file_that_is_no_record_at_its_place_is_refused() {
    let mut world = World::new();
    let claim = put(&world.draft_claim(&alice(), &["src/"]));
    let source = claim.text.clone().unwrap();
    for path in [
        "claims/c-7k2f0000.toml.bak",
        "claims/c-7k2fILOU.toml",
        "claims/f-7k2f0000.toml",
        "claims/sub/c-7k2f0000.toml",
        "findings/zz/f-7k2f0000.toml",
        "findings/f-7k2f0000.toml",
        "claims/../policy.toml",
        "drafts/2-loosen.toml",
        "coord.toml.orig",
        ".gitattributes",
        "CLAIMS/c-7k2f0000.toml",
    ] {
        assert!(RecordPath::parse(path).is_none(), "{path}");
        world.refuse_file(&alice(), path, &source, Code::LedgerTree);
    }
    world.ok(&alice(), &[claim]);
}

#[test]
fn entry_changes_something() {
    let mut world = World::new();
    let claim = world.claim(&alice(), &["src/"]);
    world.refuse(&alice(), &[], Code::EntryEmpty);
    world.refuse(&alice(), &[put(&claim)], Code::EntryEmpty);
    world.ok(&alice(), &[take_away(&claim)]);
}

/// S5: an entry is legal as a whole or not at all.
#[test]
fn entry_with_one_illegal_change_changes_nothing() {
    let mut world = World::new();
    let theirs = world.claim(&Actor::named("bob"), &["docs/"]);
    let own = world.draft_claim(&alice(), &["src/"]);
    world.refuse(&alice(), &[put(&own), take_away(&theirs)], Code::RecordOwner);
    world.ok(&alice(), &[put(&own)]);
}

/// S5: removals come first, so that one entry may give something up and take it anew.
#[test]
fn removals_are_judged_before_additions() {
    let mut world = World::new();
    let claim = world.claim(&alice(), &["src/"]);
    let anew = world.draft_claim(&alice(), &["src/"]);
    world.ok(&alice(), &[take_away(&claim), put(&anew)]);
    assert!(world.lease(&anew.id).held.is_some());
}
