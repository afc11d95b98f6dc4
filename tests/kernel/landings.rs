//! Landings as the judge sees them: what is used up, by whom, and from where.

use git_coord::ledger::Edit;
use git_coord::model::Answer;
use git_coord::model::Claim;
use git_coord::model::Landed;
use git_coord::model::LandedClaim;
use git_coord::model::Principal;
use git_coord::model::PrincipalKind;
use git_coord::model::Request;
use git_coord::model::Standing;
use git_coord::rules::Code;
use git_coord::rules::SegmentFacts;

use crate::kernel::push::main_ref;
use crate::kernel::push::object;
use crate::kernel::push::work;
use crate::kernel::push::work_from;
use crate::support::world::Actor;
use crate::support::world::Filed;
use crate::support::world::POLICY;
use crate::support::world::World;
use crate::support::world::name;
use crate::support::world::principal;
use crate::support::world::put;
use crate::support::world::take_away;

const PATHS: &[&str] = &["src/a.rs"];

/// Returns a world with an approved change of `alice`.
fn ready() -> (World, SegmentFacts, Claim, Request) {
    let (mut world, alice) = (World::new(), Actor::named("alice"));
    let facts = work(&alice, PATHS);
    let (claim, request) = world.approved(&alice, &facts, PATHS);
    (world, facts, claim, request)
}

/// Tries an edited landing by the hub, which must be refused; the honest one passes afterwards.
#[track_caller]
fn refused(code: Code, edit: impl FnOnce(&mut Landed)) {
    let (mut world, facts, _, request) = ready();
    let hub = Actor::named("hub");
    let honest = world.draft_landing(&request, &facts);
    let mut landed = honest.clone();
    edit(&mut landed);
    let edits = world.landing_edits(&honest);
    world.refuse(&hub, &[vec![put(&landed)], edits[1..].to_vec()].concat(), code);
    world.ok(&hub, &edits);
}

/// S23
#[test]
fn landing_uses_up_the_request_and_its_approvals() {
    let (mut world, facts, _, request) = ready();
    assert!(!world.state().has_landings());
    world.land(&Actor::named("hub"), &request, &facts);
    let state = world.state();
    assert!(state.has_landings());
    assert!(state.requests.is_empty() && state.approvals.is_empty());
    assert_eq!(state.landed[&main_ref()].new, facts.new);
}

/// S23: `land` and the hub record; nobody else does.
#[test]
fn only_the_hub_and_those_who_may_land_record_landings() {
    for name in ["alice", "carol", "sam"] {
        let (mut world, facts, _, request) = ready();
        let edits = world.landing_edits(&world.draft_landing(&request, &facts));
        world.refuse(&Actor::named(name), &edits, Code::RecordRight);
    }
    // A service is a hub by its role.
    let (mut world, facts, _, request) = ready();
    let (maria, bot) = (Actor::named("maria"), Actor::named("bot"));
    world.ok(&maria, &[put(&principal(&bot, PrincipalKind::Service, "builder", &maria))]);
    let edits = world.landing_edits(&world.draft_landing(&request, &facts));
    world.refuse(&bot, &edits, Code::RecordRight);
    for name in ["hub", "nora", "maria"] {
        let (mut world, facts, _, request) = ready();
        world.land(&Actor::named(name), &request, &facts);
    }
}

/// The hub may record landings and nothing else.
#[test]
fn hub_does_nothing_but_record() {
    let (mut world, _, _, request) = ready();
    let hub = Actor::named("hub");
    let claim = world.draft_claim(&hub, &["x"]);
    world.refuse(&hub, &[put(&claim)], Code::RecordRight);
    let approval = world.draft_answer(&hub, &request, Answer::Approve);
    world.refuse(&hub, &[put(&approval)], Code::RecordRight);
    let finding = world.draft_finding(&hub, git_coord::model::Severity::Low, &["x"]);
    world.refuse(&hub, &[put(&finding)], Code::RecordRight);
    world.refuse(&hub, &[put(&world.draft_adoption(&main_ref(), object("x")))], Code::RecordRight);
}

/// REF-8, S23, with legal twin
#[test]
fn landing_names_its_request_ref_and_delta() {
    refused(Code::ApprovalDelta, |landed| landed.delta = None);
    refused(Code::ApprovalDelta, |landed| landed.delta = Some(git_coord::format::sha256(b"other")));
    refused(Code::RecordRev, |landed| landed.rev = 2);
    refused(Code::RecordField, |landed| landed.policy = 2);
    refused(Code::RecordField, |landed| landed.decided_at = 99);
    refused(Code::LandedMismatch, |landed| landed.now = landed.now + git_coord::model::Span::from_s(61));
    refused(Code::LandedMismatch, |landed| landed.now = landed.now - git_coord::model::Span::from_s(901));
    refused(Code::ApprovalThreshold, |landed| landed.signers.push(Actor::named("carol").id));
}

/// APP-7, with legal twin
#[test]
fn landing_of_another_ref_than_asked_is_refused() {
    let (mut world, facts, _, request) = ready();
    let hub = Actor::named("hub");
    let landed = world.draft_landing(&request, &facts);
    let other = Landed { target: git_coord::model::RefName::parse("refs/heads/release/1").unwrap(), ..landed };
    let edits = world.landing_edits(&other);
    world.refuse(&hub, &edits, Code::ApprovalRef);
    world.land(&hub, &request, &facts);
}

/// REF-8, S23, with legal twin: each landing begins where the last one ended.
#[test]
fn landing_begins_where_the_last_one_ended() {
    let (mut world, facts, claim, request) = ready();
    let (hub, alice) = (Actor::named("hub"), Actor::named("alice"));
    world.land(&hub, &request, &facts);
    let next = work_from("head", "further", &alice, PATHS);
    let second = world.draft_request(&alice, &main_ref(), &next, &[&claim]);
    world.ok(&alice, &[put(&second)]);
    world.answer(&Actor::named("carol"), &second, Answer::Approve);
    for old in [Some(object("elsewhere")), None] {
        let landed = Landed { old, ..world.draft_landing(&second, &next) };
        let edits = world.landing_edits(&landed);
        world.refuse(&hub, &edits, Code::LandedMismatch);
    }
    world.land(&hub, &second, &next);
}

/// S23: exactly the named request and its answers disappear.
#[test]
fn landing_takes_nothing_else_with_it_and_leaves_nothing_behind() {
    let (mut world, facts, claim, request) = ready();
    let (hub, alice, nora) = (Actor::named("hub"), Actor::named("alice"), Actor::named("nora"));
    let landed = world.draft_landing(&request, &facts);
    let edits = world.landing_edits(&landed);
    let without = |kept: &str| -> Vec<Edit> {
        edits.iter().filter(|edit| !edit.path.to_string().starts_with(kept)).cloned().collect()
    };
    world.refuse(&hub, &without("requests/"), Code::LandedMismatch);
    world.refuse(&hub, &without("approvals/"), Code::RecordField);
    let other = world.draft_request(&alice, &main_ref(), &work(&alice, &["src/b.rs"]), &[&claim]);
    world.ok(&alice, &[put(&other)]);
    let foreign = world.answer(&nora, &other, Answer::Approve);
    for more in [take_away(&other), take_away(&foreign)] {
        // Somebody else's request is not even its to remove.
        let with_more = [edits.clone(), vec![more]].concat();
        let refusal = world.append(&nora, &with_more, "Land").unwrap_err();
        assert!(matches!(refusal.code, Code::LandedMismatch | Code::RecordOwner), "{}", refusal.code);
    }
    let own = world.draft_claim(&nora, &["docs/"]);
    world.refuse(&nora, &[edits.clone(), vec![put(&own)]].concat(), Code::LandedMismatch);
    world.ok(&nora, &edits);
    assert!(world.state().requests.contains_key(&other.id));
}

/// APP-9
#[test]
fn request_does_not_land_twice() {
    let (mut world, facts, _, request) = ready();
    let hub = Actor::named("hub");
    let first = world.land(&hub, &request, &facts);
    let again = Landed { rev: 2, old: Some(first.new), new: object("again"), ..first };
    world.refuse(&hub, &[put(&again)], Code::ApprovalConsumed);
}

/// S23: what the state alone can tell of approvals.
#[test]
fn landing_without_the_approvals_is_refused() {
    let (mut world, alice, hub) = (World::new(), Actor::named("alice"), Actor::named("hub"));
    let facts = work(&alice, &["src/core/x.rs"]);
    let (_, request) = world.ask(&alice, &facts, &["src/core/"]);
    let edits = |world: &World| world.landing_edits(&world.draft_landing(&request, &facts));
    world.refuse(&hub, &edits(&world), Code::ApprovalThreshold);
    // The same vendor as the opener, and not a maintainer for the paths that ask for one.
    world.answer(&Actor::named("dave"), &request, Answer::Approve);
    world.refuse(&hub, &edits(&world), Code::ApprovalThreshold);
    world.answer(&Actor::named("carol"), &request, Answer::Approve);
    world.refuse(&hub, &edits(&world), Code::ApprovalThreshold);
    world.answer(&Actor::named("nora"), &request, Answer::Approve);
    world.ok(&hub, &edits(&world));
}

#[test]
fn landing_of_an_edited_request_needs_new_approvals() {
    let (mut world, facts, _, request) = ready();
    let (alice, hub) = (Actor::named("alice"), Actor::named("hub"));
    let edited = Request { rev: 2, ..request };
    world.ok(&alice, &[put(&edited)]);
    let edits = world.landing_edits(&world.draft_landing(&edited, &facts));
    world.refuse(&hub, &edits, Code::ApprovalThreshold);
    world.answer(&Actor::named("carol"), &edited, Answer::Approve);
    world.ok(&hub, &edits);
}

/// S10: leaving a claim out would let an older token land later; citing a foreign one would fence others.
#[test]
fn landing_names_the_claims_that_its_request_cites_and_no_others() {
    refused(Code::LandedMismatch, |landed| landed.claims.clear());
    refused(Code::ClaimFenced, |landed| landed.claims[0].token += 1);
    let (mut world, facts, _, request) = ready();
    let (hub, bob) = (Actor::named("hub"), Actor::named("bob"));
    let foreign = world.claim(&bob, &["tests/"]);
    let token = world.lease(&foreign.id).held.unwrap().token;
    let mut landed = world.draft_landing(&request, &facts);
    landed.claims.push(LandedClaim { id: foreign.id, token });
    let edits = world.landing_edits(&landed);
    world.refuse(&hub, &edits, Code::LandedMismatch);
    world.land(&hub, &request, &facts);
}

/// Nothing lands under a claim that was revoked, so a landing need not name it.
#[test]
fn landing_need_not_name_a_claim_that_was_revoked() {
    let (mut world, facts, claim, request) = ready();
    let (hub, nora) = (Actor::named("hub"), Actor::named("nora"));
    let landed = Landed { claims: Vec::new(), ..world.draft_landing(&request, &facts) };
    let edits = world.landing_edits(&landed);
    world.refuse(&hub, &edits, Code::LandedMismatch);
    world.ok(&nora, &[put(&Claim { rev: 2, revoked_by: Some(nora.id.clone()), ..claim })]);
    world.ok(&hub, &edits);
}

#[test]
fn root_member_adopts_a_ref_once_and_alone_in_its_entry() {
    let (mut world, facts, _, request) = ready();
    let (maria, nora) = (Actor::named("maria"), Actor::named("nora"));
    let adoption = world.draft_adoption(&main_ref(), facts.old.unwrap());
    world.refuse(&nora, &[put(&adoption)], Code::RecordRight);
    let claim = world.draft_claim(&maria, &["docs/"]);
    world.refuse(&maria, &[put(&adoption), put(&claim)], Code::LandedMismatch);
    world.ok(&maria, &[put(&adoption)]);
    let again = Landed { rev: 2, old: Some(adoption.new), new: object("elsewhere"), ..adoption.clone() };
    world.refuse(&maria, &[put(&again)], Code::LandedMismatch);
    world.refuse(&maria, &[take_away(&adoption)], Code::RecordFrozen);
    world.land(&nora, &request, &facts);
}

/// S15, S20: as many root members as it takes, each by itself, name the same commit.
#[test]
fn where_two_root_members_are_needed_both_adopt() {
    let two = |policy: &str| policy.replace("threshold = 1", "threshold = 2");
    let mut world = World::with_roots(&["maria", "mike"], two);
    let (maria, mike) = (Actor::named("maria"), Actor::named("mike"));
    let lacks = |world: &World| world.state().lacks_adoption(&main_ref());
    let suffices = |world: &World, who: &Actor, new| world.state().adopts_with(&main_ref(), object(new), &who.id);
    let adoption = world.draft_adoption(&main_ref(), object("tip"));
    assert!(!suffices(&world, &maria, "tip"));
    world.ok(&maria, &[put(&adoption)]);
    assert!(lacks(&world));
    assert!(
        suffices(&world, &mike, "tip") && !suffices(&world, &mike, "elsewhere") && !suffices(&world, &maria, "tip")
    );
    let next = |rev, new| Landed { rev, new: object(new), ..adoption.clone() };
    world.refuse(&maria, &[put(&next(2, "tip"))], Code::LandedMismatch);
    world.refuse(&mike, &[put(&next(1, "elsewhere"))], Code::RecordRev);
    world.refuse(&Actor::named("nora"), &[put(&next(2, "tip"))], Code::RecordRight);
    // Who names another commit begins anew.
    world.ok(&mike, &[put(&next(2, "elsewhere"))]);
    assert!(lacks(&world));
    world.ok(&mike, &[put(&next(3, "tip"))]);
    assert!(lacks(&world), "nobody spoke for it with him");
    world.ok(&maria, &[put(&next(4, "tip"))]);
    assert!(!lacks(&world) && world.state().adopting.is_empty());
    world.refuse(&mike, &[put(&next(5, "tip"))], Code::LandedMismatch);
}

/// KEY-2, S15, with legal twin: what was said with a suspect key, or by whoever stepped down since, is nobody's word.
#[test]
fn root_member_who_is_none_any_more_adopts_nothing() {
    let two = |policy: &str| policy.replace("threshold = 1", "threshold = 2");
    let roots = ["maria", "mike", "nina"];
    let (maria, mike, nina) = (Actor::named("maria"), Actor::named("mike"), Actor::named("nina"));
    for ending in ["suspended", "suspect", "nothing"] {
        let mut world = World::with_roots(&roots, two);
        let adoption = world.draft_adoption(&main_ref(), object("tip"));
        world.ok(&maria, &[put(&adoption)]);
        let given = world.state().height - 1;
        let record = world.next_record(&maria);
        match ending {
            "suspended" => drop(world.ok(&mike, &[put(&Principal { status: Standing::Suspended, ..record })])),
            "suspect" => drop(world.ok(&mike, &[put(&Principal { suspect_since: Some(given), ..record })])),
            _ => {}
        }
        world.ok(&nina, &[put(&Landed { rev: 2, ..adoption.clone() })]);
        assert_eq!(world.state().lacks_adoption(&main_ref()), ending != "nothing", "{ending}");
        if ending != "nothing" {
            world.ok(&mike, &[put(&Landed { rev: 3, ..adoption })]);
            assert!(!world.state().lacks_adoption(&main_ref()), "{ending}");
        }
    }
}

/// S20: the threshold is counted by operator.
#[test]
fn two_root_members_of_one_operator_adopt_nothing() {
    let roots = ["maria", "mike", "nina"].map(Actor::named);
    let members = roots.each_ref().map(|root| format!("\"{}\"", root.id)).join(", ");
    let policy = POLICY.replace("threshold = 1", "threshold = 2").replace("ROOTS", &members);
    let record = |root: &Actor, operator| Principal {
        operator: Some(name(operator)),
        ..principal(root, PrincipalKind::Human, "maintainer", &roots[0])
    };
    let records =
        [(0, "acme"), (1, "acme"), (2, "delta")].map(|(index, operator)| put(&record(&roots[index], operator)));
    let mut world = World::begin_with(&roots[0], &records, &policy).unwrap();
    let adoption = world.draft_adoption(&main_ref(), object("tip"));
    for (index, lacks) in [(0, true), (1, true), (2, false)] {
        world.ok(&roots[index], &[put(&Landed { rev: index as u64 + 1, ..adoption.clone() })]);
        assert_eq!(world.state().lacks_adoption(&main_ref()), lacks, "{index}");
    }
}

/// The file of a landing follows from its ref.
#[test]
fn landing_at_the_place_of_another_ref_is_refused() {
    let (mut world, facts, _, request) = ready();
    let landed = world.draft_landing(&request, &facts);
    let mut edits = world.landing_edits(&landed);
    edits[0].path = git_coord::model::RecordPath::Landed("0123456789abcdef".to_owned());
    world.refuse(&Actor::named("hub"), &edits, Code::LedgerTree);
    edits[0].path = landed.path();
    world.ok(&Actor::named("hub"), &edits);
}

const GUARDED: &str = "refs     = [\"refs/heads/main\", \"refs/heads/release/*\", \"refs/tags/v*\"]";
const FREE: &str = "refs     = [\"refs/heads/release/*\", \"refs/tags/v*\"]";

/// What moves a ref while no rule names it is judged by nobody, so it cannot go on from where it last landed.
#[test]
fn ref_that_is_protected_again_is_adopted_again() {
    let (mut world, facts, _, request) = ready();
    let [maria, nora] = ["maria", "nora"].map(Actor::named);
    let first = world.draft_adoption(&main_ref(), facts.old.unwrap());
    world.ok(&maria, &[put(&first)]);
    let again = |world: &World, new: &str| {
        let rev = world.state().next_landed_rev(&main_ref());
        let policy = world.state().policy.version;
        Landed { rev, policy, ..world.draft_adoption(&main_ref(), object(new)) }
    };
    // Protected all along: nobody takes it as it is, whatever else of the rules changes.
    world.refuse(&maria, &[put(&again(&world, "elsewhere"))], Code::LandedMismatch);
    world.rule(|policy| policy.replace("per-principal = 5", "per-principal = 6"));
    world.refuse(&maria, &[put(&again(&world, "elsewhere"))], Code::LandedMismatch);
    // Protected under another name of the rules, it is protected.
    world.rule(|policy| policy.replace(GUARDED, "refs     = [\"refs/heads/ma*\", \"refs/heads/release/*\"]"));
    world.refuse(&maria, &[put(&again(&world, "elsewhere"))], Code::LandedMismatch);
    world.rule(|policy| policy.replace(GUARDED, FREE));
    assert!(world.state().landed.is_empty() && world.state().has_landings());
    world.refuse(&maria, &[put(&again(&world, "elsewhere"))], Code::LandedMismatch);
    world.rule(str::to_owned);
    assert!(world.state().lacks_adoption(&main_ref()));
    let adoption = again(&world, "elsewhere");
    world.refuse(&nora, &[put(&adoption)], Code::RecordRight);
    world.refuse(&maria, &[put(&Landed { rev: 1, ..adoption.clone() })], Code::RecordRev);
    world.refuse(&maria, &[put(&Landed { old: Some(first.new), ..adoption.clone() })], Code::LandedMismatch);
    world.ok(&maria, &[put(&adoption)]);
    assert!(!world.state().lacks_adoption(&main_ref()) && world.state().lapsed.is_empty());
    world.refuse(&maria, &[put(&again(&world, "third"))], Code::LandedMismatch);
    // And it goes on from there: what was asked for from elsewhere does not fit.
    let landed = world.draft_landing(&request, &facts);
    let stale = Landed { policy: world.state().policy.version, ..landed };
    world.refuse(&nora, &world.landing_edits(&stale), Code::LandedMismatch);
}

/// S20: words that were said before it was free count no more.
#[test]
fn words_for_a_ref_do_not_outlive_its_protection() {
    let mut world = World::new();
    let maria = Actor::named("maria");
    let guarded = main_ref();
    let adoption = world.draft_adoption(&guarded, object("tip"));
    world.ok(&maria, &[put(&adoption)]);
    world.rule(|policy| policy.replace(GUARDED, FREE));
    world.rule(str::to_owned);
    assert_eq!(world.state().next_landed_rev(&guarded), 2);
    assert_eq!(world.state().adopters(&guarded, object("tip")).count(), 0);
    assert!(world.state().lacks_adoption(&guarded));
}
