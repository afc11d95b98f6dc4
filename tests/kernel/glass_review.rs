//! Who reviews what landed through broken glass, and what becomes of it where nobody could (POL-14).

use git_coord::model::Answer;
use git_coord::model::Landed;
use git_coord::model::Principal;
use git_coord::model::PrincipalKind;
use git_coord::model::Request;
use git_coord::model::Standing;
use git_coord::rules::Code;
use git_coord::rules::CommitSigner;
use git_coord::rules::SegmentFacts;
use git_coord::rules::could_review;
use git_coord::rules::lacking;
use git_coord::rules::unreviewed_on;

use crate::kernel::break_glass::broken_by;
use crate::kernel::break_glass::draft_glass;
use crate::kernel::break_glass::landing;
use crate::kernel::break_glass::world_under;
use crate::kernel::push::main_ref;
use crate::kernel::push::signed;
use crate::kernel::push::work_from;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::name;
use crate::support::world::principal;
use crate::support::world::put;
use crate::support::world::take_away;

fn actor(name: &str) -> Actor {
    Actor::named(name)
}

fn world() -> World {
    world_under(&["maria"], |policy| policy)
}

/// Returns the work of alice, from where `main` is.
fn facts() -> SegmentFacts {
    work_from("base", "emergency", &actor("alice"), &["src/a.rs"])
}

/// Returns a world in which nora has broken the glass for a change.
fn broken(facts: &SegmentFacts) -> (World, Request) {
    broken_by(world(), &actor("nora"), facts)
}

fn waits(world: &World) -> bool {
    unreviewed_on(world.state(), &main_ref()).is_some()
}

fn is_stuck(world: &World, request: &Request) -> bool {
    !lacking(world.state(), &world.state().broken[&request.id]).is_empty()
}

/// Has somebody say what it thinks of what landed; returns whether the ref still waits.
#[track_caller]
fn waits_after(world: &mut World, who: &str, request: &Request) -> bool {
    world.answer(&actor(who), request, Answer::Approve);
    waits(world)
}

/// Takes away what is reviewed.
#[track_caller]
fn close(world: &mut World, request: &Request) {
    let answers: Vec<_> = world.state().answers(&request.id).map(|answered| take_away(&answered.approval)).collect();
    world.ok(&actor("bob"), &[vec![take_away(request)], answers].concat());
}

/// POL-14, APP-3, with legal twin: who is named as a co-author, or signed another head of it, does not review it.
#[test]
fn co_author_does_not_review_what_landed() {
    let mut co_authored = facts();
    co_authored.commits[0].co_authors.push(format!("Carol <{}@example.org>", actor("carol").id));
    let (mut world, request) = broken(&co_authored);
    assert!(waits_after(&mut world, "carol", &request));
    assert!(!waits_after(&mut world, "olga", &request));
    close(&mut world, &request);
    // Nobody else named: her word is enough.
    let (mut world, request) = broken(&facts());
    assert!(!waits_after(&mut world, "carol", &request));
}

/// POL-14, with legal twin: of a commit that nobody is known to have signed, everybody might be the author.
#[test]
fn nobody_known_reviews_what_nobody_known_signed() {
    for authorless in [
        SegmentFacts {
            commits: vec![git_coord::rules::CommitFact {
                signer: CommitSigner::Unsigned,
                ..signed("emergency", &actor("alice"), &["src/a.rs"])
            }],
            ..facts()
        },
        SegmentFacts { commits: vec![signed("emergency", &actor("stranger"), &["src/a.rs"])], ..facts() },
    ] {
        let (mut world, request) = broken(&authorless);
        assert!(is_stuck(&world, &request));
        assert!(waits_after(&mut world, "carol", &request) && waits_after(&mut world, "olga", &request));
        // As many root members as decide settle it.
        assert!(!waits_after(&mut world, "maria", &request));
        close(&mut world, &request);
    }
    let (world, request) = broken(&facts());
    assert!(!is_stuck(&world, &request));
}

/// POL-14: what is recorded of the authors is what the gate found: the judge takes no record that leaves them all out.
#[test]
fn landing_tells_who_had_a_hand_in_it() {
    let (mut world, nora) = (world(), actor("nora"));
    let request = draft_glass(&mut world, &nora, &facts());
    world.ok(&nora, &[put(&request)]);
    let honest = landing(&world, &request, &facts());
    let silent = Landed { contributors: Vec::new(), ..honest.clone() };
    world.refuse(&actor("hub"), &[put(&silent)], Code::LandedMismatch);
    world.ok(&actor("hub"), &[put(&honest)]);
}

/// POL-14, with legal twin: whose operator nobody vouches for may share anybody's. The root settles that, and nobody who broke
/// the glass, nor another key of theirs.
#[test]
fn author_of_unknown_operator_leaves_the_review_to_the_root() {
    let mut world = world_under(&["maria", "otto"], |policy| policy);
    let (guest, maria) = (actor("guest"), actor("maria"));
    world.ok(&guest, &[put(&principal(&guest, PrincipalKind::Agent, "guest", &guest))]);
    // Another key of her, and a root member of nora's own operator.
    let facts = work_from("base", "emergency", &guest, &["docs/a.md"]);
    let (mut world, request) = broken_by(world, &maria, &facts);
    assert!(is_stuck(&world, &request));
    assert!(waits_after(&mut world, "carol", &request) && waits_after(&mut world, "nora", &request));
    let own = world.draft_answer(&maria, &request, Answer::Approve);
    world.refuse(&maria, &[put(&own)], Code::ApprovalSelf);
    assert!(!waits_after(&mut world, "otto", &request));
    close(&mut world, &request);
}

/// POL-14, S18, with legal twin: who says that a veto does not stand against it has not read what landed.
#[test]
fn overruling_a_veto_reviews_nothing() {
    let (mut world, nora, maria, sam) = (world(), actor("nora"), actor("maria"), actor("sam"));
    let request = draft_glass(&mut world, &nora, &facts());
    world.ok(&nora, &[put(&request)]);
    world.answer(&sam, &request, Answer::Veto);
    let veto = world.state().approvals.get(&request.id).unwrap()[&sam.id].named();
    let word = world.draft_answer(&maria, &request, Answer::Overrule);
    world.ok(&maria, &[put(&git_coord::model::Approval { overrules: [veto].into(), ..word })]);
    let landed = landing(&world, &request, &facts());
    world.ok(&actor("hub"), &[put(&landed)]);
    assert!(waits(&world));
    assert!(!waits_after(&mut world, "maria", &request), "once she has read it, she has");
}

/// POL-14, with legal twin: another root member of the same operator is not another voice.
#[test]
fn second_key_of_the_breaker_settles_nothing() {
    let mut world = world_under(&["maria", "otto", "mara"], |policy| policy);
    let mara =
        Principal { operator: Some(name("maria")), enrolled_by: actor("otto").id, ..world.next_record(&actor("mara")) };
    world.ok(&actor("otto"), &[put(&mara)]);
    let unsigned = SegmentFacts { commits: vec![signed("emergency", &actor("stranger"), &["src/a.rs"])], ..facts() };
    let (mut world, request) = broken_by(world, &actor("maria"), &unsigned);
    assert!(waits_after(&mut world, "mara", &request));
    assert!(!waits_after(&mut world, "otto", &request));
}

/// POL-14, with legal twin: as many root members as decide, and no suspect one; the one word is not enough of two.
#[test]
fn root_settles_by_its_threshold() {
    let two = |policy: String| policy.replace("threshold = 1", "threshold = 2");
    let world = world_under(&["maria", "otto", "quinn"], two);
    let unsigned = SegmentFacts { commits: vec![signed("emergency", &actor("stranger"), &["src/a.rs"])], ..facts() };
    let (mut world, request) = broken_by(world, &actor("nora"), &unsigned);
    assert!(waits_after(&mut world, "maria", &request));
    world.refuse(&actor("bob"), &[take_away(&request)], Code::GlassUnreviewed);
    let since = world.state().height;
    world.answer(&actor("otto"), &request, Answer::Reject);
    assert!(!waits(&world));
    let suspect = Principal { suspect_since: Some(since), ..world.next_record(&actor("otto")) };
    world.ok(&actor("quinn"), &[put(&suspect)]);
    assert!(waits(&world), "a word with a suspect key is nobody's");
    assert!(!waits_after(&mut world, "quinn", &request));
    close(&mut world, &request);
}

/// POL-14, POL-10, with legal twin: where others could review it, a root member who signed it is a contributor as anybody.
#[test]
fn root_settles_only_what_nobody_could_review() {
    let mut by_root = facts();
    by_root.commits.push(signed("more", &actor("maria"), &["src/a.rs"]));
    let (mut world, request) = broken(&by_root);
    assert!(!is_stuck(&world, &request) && waits_after(&mut world, "maria", &request));
    // Whoever could have reviewed it signed some of it as well, or left.
    let all = ["carol", "dave", "erin", "olga", "maria"];
    let mut by_all = facts();
    by_all.commits.extend(all.map(|who| signed(who, &actor(who), &["src/a.rs"])));
    let (mut world, request) = broken(&by_all);
    assert!(is_stuck(&world, &request));
    for who in ["carol", "dave", "erin", "olga"] {
        assert!(waits_after(&mut world, who, &request), "{who}");
    }
    assert!(!waits_after(&mut world, "maria", &request));
}

/// POL-14: what a root member said while others could review does not count for root later: it says so again.
#[test]
fn word_before_it_was_stuck_is_said_again() {
    let mut by_root = facts();
    by_root.commits.push(signed("more", &actor("maria"), &["src/a.rs"]));
    let (mut world, request) = broken(&by_root);
    assert!(waits_after(&mut world, "maria", &request));
    for who in ["carol", "dave", "erin", "olga"] {
        let gone = Principal { status: Standing::Revoked, ..world.next_record(&actor(who)) };
        world.ok(&actor("maria"), &[put(&gone)]);
    }
    assert!(is_stuck(&world, &request) && waits(&world));
    let said = world.draft_answer(&actor("maria"), &request, Answer::Approve);
    world.ok(&actor("maria"), &[take_away(&said)]);
    assert!(!waits_after(&mut world, "maria", &request));
    // Once it is settled it stays so: somebody who could have reviewed it comes too late.
    let late = Principal {
        vendor: Some(name("late")),
        operator: Some(name("late")),
        ..principal(&actor("late"), PrincipalKind::Agent, "reviewer", &actor("maria"))
    };
    world.ok(&actor("maria"), &[put(&late)]);
    assert!(!is_stuck(&world, &request) && !waits(&world));
}

/// POL-14, APP-16, with legal twin: an approval ages, the review of what has landed does not: the entry that ends the debt may be
/// lost, and come a year later.
#[test]
fn review_of_what_landed_does_not_age() {
    let aging = |policy: String| policy.replacen("count    = 1", "count    = 1\n  max-age = \"1h\"", 1);
    let (mut world, request) = broken_by(world_under(&["maria"], aging), &actor("nora"), &facts());
    assert!(!waits_after(&mut world, "carol", &request));
    world.pass(365 * 24 * 3_600);
    world.claim(&actor("bob"), &["docs/"]);
    assert!(!waits(&world));
    close(&mut world, &request);
    let next = work_from("emergency", "next", &actor("alice"), &["src/b.rs"]);
    let (_, asked) = world.approved(&actor("alice"), &next, &["src/b.rs"]);
    crate::kernel::push::Gate::of(&world).allows(&next, &asked);
    world.pass(3_601);
    crate::kernel::push::Gate::of(&world).blocks(&next, &asked, Code::ApprovalStale);
}

/// POL-14, S14, with legal twin: one root member of several makes no stranger of the colleague of who broke the glass.
#[test]
fn colleague_of_the_breaker_reviews_nothing_after_one_word_about_the_breaker() {
    let two = |policy: String| {
        policy.replace("threshold = 1", "threshold = 2").replace("distinct = [\"operator\", \"vendor\"]", "")
    };
    let mut world = world_under(&["maria", "otto"], two);
    let [maria, otto, nora, twin] = ["maria", "otto", "nora", "twin"].map(actor);
    let same =
        Principal { operator: Some(name("nora")), ..principal(&twin, PrincipalKind::Human, "maintainer", &maria) };
    world.ok(&maria, &[put(&same)]);
    world.ok(&otto, &[put(&Principal { confirmed_by: Some(otto.id.clone()), ..world.next_record(&twin) })]);
    let (mut world, request) = broken_by(world, &nora, &facts());
    let elsewhere = Principal {
        operator: Some(name("elsewhere")),
        enrolled_by: maria.id.clone(),
        confirmed_by: None,
        ..world.next_record(&nora)
    };
    world.ok(&maria, &[put(&elsewhere)]);
    assert!(waits_after(&mut world, "twin", &request));
    assert!(!waits_after(&mut world, "olga", &request));
}

/// POL-14, with legal twins: who rejected the request before it landed has reviewed nothing of what landed; an approval by then has,
/// and so has a rejection afterwards.
#[test]
fn rejection_before_the_glass_broke_is_no_review() {
    for (before, after, waits_on) in [
        (Answer::Reject, None, true),
        (Answer::Approve, None, false),
        (Answer::Reject, Some(Answer::Reject), false),
        (Answer::Reject, Some(Answer::Approve), false),
    ] {
        let (mut world, nora) = (world(), actor("nora"));
        let request = draft_glass(&mut world, &nora, &facts());
        world.ok(&nora, &[put(&request)]);
        let said = world.answer(&actor("carol"), &request, before);
        let landed = landing(&world, &request, &facts());
        world.ok(&actor("hub"), &[put(&landed)]);
        if let Some(after) = after {
            assert!(waits(&world), "{before:?}");
            let again = crate::support::world::text("Seen as it landed");
            let said = git_coord::model::Approval { answer: after, reason: Some(again), ..said };
            world.ok(&actor("carol"), &[put(&said)]);
        }
        assert_eq!(waits(&world), waits_on, "{before:?}, then {after:?}");
        if waits_on {
            world.refuse(&actor("bob"), &[take_away(&request)], Code::GlassUnreviewed);
        } else {
            close(&mut world, &request);
        }
    }
}

/// POL-14, with legal twin: whoever is known to have had a hand in it, or may have had, is not asked for its review.
#[test]
fn nobody_who_may_have_had_a_hand_in_it_could_review_it() {
    let unsigned = SegmentFacts { commits: vec![signed("emergency", &actor("stranger"), &["src/a.rs"])], ..facts() };
    for (facts, could) in [(facts(), [false, false, true]), (unsigned, [false; 3])] {
        let (world, request) = broken(&facts);
        let (state, landed) = (world.state(), &world.state().broken[&request.id]);
        let found =
            ["nora", "alice", "carol"].map(|who| could_review(landed, state.principal(&actor(who).id).unwrap()));
        assert_eq!(found, could);
    }
}

/// POL-14, with legal twin: what a human has to review lacks one where every human had a hand in it, whoever else is left.
#[test]
fn review_by_a_human_is_lacking_where_every_human_contributed() {
    let paths = &[".github/build.yml"];
    for (humans, missing) in
        [(&["maria"][..], &[][..]), (&["maria", "olga"], &["a human's approval, because it runs by itself"])]
    {
        let mut facts = work_from("base", "emergency", &actor("alice"), paths);
        facts.commits.extend(humans.iter().map(|who| signed(who, &actor(who), paths)));
        let (world, request) = broken(&facts);
        assert_eq!(lacking(world.state(), &world.state().broken[&request.id]), missing);
    }
}

/// POL-14, with legal twins: that nobody could review it gives a right to root members, and to nobody else; the word of others who
/// have one is no word for root.
#[test]
fn only_root_members_speak_for_root_of_what_nobody_could_review() {
    let unsigned = SegmentFacts { commits: vec![signed("emergency", &actor("stranger"), &["src/a.rs"])], ..facts() };
    let (mut world, request) = broken(&unsigned);
    let said = world.draft_answer(&actor("bob"), &request, Answer::Approve);
    world.refuse(&actor("bob"), &[put(&said)], Code::RecordRight);
    for (who, for_root) in [("carol", false), ("maria", true)] {
        world.answer(&actor(who), &request, Answer::Approve);
        assert_eq!(world.state().approvals[&request.id][&actor(who).id].for_root, for_root, "{who}");
    }
}
