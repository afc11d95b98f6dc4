//! A role that was narrow when somebody was put into it, and is wide later: nobody has more than those who vouched for it could
//! give (POL-9).

use git_coord::model::Answer;
use git_coord::model::Principal;
use git_coord::model::PrincipalKind;
use git_coord::model::Right;
use git_coord::model::Standing;
use git_coord::rules::Code;
use git_coord::rules::Trust;

use crate::kernel::push::Gate;
use crate::kernel::push::work;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::name;
use crate::support::world::principal;
use crate::support::world::put;

const REVIEWER: &str = "[roles.reviewer]\nmay = [\"find\", \"triage\", \"approve\"]";
const LEAD: &str = "[roles.lead]\nmay   = [\"claim\", \"find\", \"request\", \"enroll\"]\nlanes = [\"docs/**\"]";

fn replaced(policy: &str, edits: &[(&str, &str)]) -> String {
    edits.iter().fold(policy.to_owned(), |policy, (from, to)| {
        assert!(policy.contains(from), "{from}");
        policy.replace(from, to)
    })
}

/// Leads in every lane.
fn leads(may: &str) -> String {
    format!("[roles.lead]\nmay = [{may}]")
}

const LESS: &str = "\"claim\", \"find\", \"request\", \"enroll\"";
const MORE: &str = "\"claim\", \"find\", \"request\", \"enroll\", \"triage\"";
/// A role that leads give where they may triage.
const SCRIBE: &str = "[roles.scribe]\nmay   = [\"find\", \"approve\"]";

fn agent(who: &Actor, role: &str, by: &Actor) -> Principal {
    Principal {
        vendor: Some(name("mistral")),
        operator: Some(name(&format!("of-{}", who.id.name()))),
        ..principal(who, PrincipalKind::Agent, role, by)
    }
}

fn confirmed(world: &World, who: &Actor, by: &Actor) -> Principal {
    Principal { confirmed_by: Some(by.id.clone()), ..world.next_record(who) }
}

fn may(world: &World, who: &Actor, right: Right) -> bool {
    world.state().may(world.state().principal(&who.id).unwrap(), right)
}

/// Returns a world in which reviewers may nothing but find, and two leads of different operators.
fn narrow() -> (World, [Actor; 3]) {
    let mut world = World::new();
    let [maria, lea, leo] = ["maria", "lea", "leo"].map(Actor::named);
    let asked = ("from     = [\"reviewer\", \"maintainer\"]", "from     = [\"maintainer\"]");
    let scribes = (SCRIBE, "[roles.scribe]\nmay   = [\"find\"]");
    let narrow = [(REVIEWER, "[roles.reviewer]\nmay = [\"find\"]"), (LEAD, &leads(LESS)), asked, scribes];
    world.rule(|policy| replaced(policy, &narrow));
    for lead in [&lea, &leo] {
        world.ok(&maria, &[put(&agent(lead, "lead", &maria))]);
    }
    (world, [maria, lea, leo])
}

/// Somebody with few rights puts an accomplice into a role that has few, and waits until it has many again.
#[test]
fn role_that_was_narrow_gives_no_more_than_its_enrollers_had() {
    let (mut world, [_, lea, leo]) = narrow();
    let [new, nora, olga, twin] = ["new", "nora", "olga", "twin"].map(Actor::named);
    world.ok(&lea, &[put(&agent(&new, "reviewer", &lea))]);
    world.ok(&leo, &[put(&confirmed(&world, &new, &leo))]);
    world.ok(&nora, &[put(&agent(&twin, "reviewer", &nora))]);
    world.ok(&olga, &[put(&confirmed(&world, &twin, &olga))]);
    world.rule(|policy| replaced(policy, &[(LEAD, &leads(LESS))]));
    let enrolled = |world: &World| world.state().principal(&new.id).unwrap().clone();
    assert_eq!(enrolled(&world).trust, Trust::Confirmed);
    assert_eq!(world.state().unvouched(&enrolled(&world)).rights, [Right::Triage, Right::Approve]);
    assert!(may(&world, &new, Right::Find) && !may(&world, &new, Right::Approve));
    // Whoever was vouched for by those who had the rights all along has them, and so has whom a root member enrolled.
    assert!(may(&world, &twin, Right::Approve) && may(&world, &Actor::named("carol"), Right::Approve));
    let facts = work(&Actor::named("alice"), &["docs/a.md"]);
    let (_, request) = world.ask(&Actor::named("alice"), &facts, &["docs/"]);
    world.refuse(&new, &[put(&world.draft_answer(&new, &request, Answer::Approve))], Code::RecordRight);
    Gate::of(&world).blocks(&facts, &request, Code::ApprovalThreshold);
    // Those without the rights say it in vain once more; one who has them does not.
    world.refuse(&lea, &[put(&world.next_record(&new))], Code::PrincipalEscalation);
    world.refuse(&leo, &[put(&world.next_record(&new))], Code::PrincipalEscalation);
    world.ok(&nora, &[put(&confirmed(&world, &new, &nora))]);
    assert!(world.state().unvouched(&enrolled(&world)).is_empty() && may(&world, &new, Right::Approve));
    world.refuse(&olga, &[put(&confirmed(&world, &new, &olga))], Code::RecordField);
    world.answer(&new, &request, Answer::Approve);
    Gate::of(&world).allows(&facts, &request);
}

/// An approval that was given with the right counts no more than its author may now, nor again before somebody vouches.
#[test]
fn root_member_vouches_for_everything() {
    let (mut world, [maria, lea, _]) = narrow();
    let new = Actor::named("new");
    world.ok(&lea, &[put(&agent(&new, "reviewer", &lea))]);
    world.rule(|policy| policy.to_owned());
    assert!(!may(&world, &new, Right::Approve));
    world.ok(&maria, &[put(&Principal { enrolled_by: maria.id.clone(), ..world.next_record(&new) })]);
    assert!(may(&world, &new, Right::Approve));
    assert_eq!(world.state().principal(&new.id).unwrap().reach, None);
}

/// Lets scribes triage, and leads what is said.
fn widened(world: &mut World, lead: &str) {
    let scribes = (SCRIBE, "[roles.scribe]\nmay   = [\"find\", \"triage\"]");
    world.rule(|policy| replaced(policy, &[(LEAD, &leads(lead)), scribes]));
}

/// Whoever enrolled says it again once it may vouch for more, and nobody else does.
#[test]
fn enroller_says_it_again_when_it_has_more() {
    let (mut world, [_, lea, leo]) = narrow();
    let [new, other, nora] = ["new", "other", "nora"].map(Actor::named);
    world.ok(&lea, &[put(&agent(&new, "scribe", &lea))]);
    world.ok(&leo, &[put(&confirmed(&world, &new, &leo))]);
    world.ok(&lea, &[put(&agent(&other, "scribe", &lea))]);
    world.refuse(&lea, &[put(&world.next_record(&new))], Code::RecordOwner);
    widened(&mut world, MORE);
    assert!(!may(&world, &new, Right::Triage));
    world.ok(&new, &[put(&world.next_record(&new))]);
    assert!(!may(&world, &new, Right::Triage), "its own word is none");
    world.refuse(&nora, &[put(&world.next_record(&new))], Code::RecordOwner);
    world.ok(&lea, &[put(&world.next_record(&new))]);
    assert!(may(&world, &new, Right::Triage));
    // S14: where nobody has confirmed it, one word is one word.
    world.ok(&lea, &[put(&world.next_record(&other))]);
    assert_eq!(world.state().principal(&other.id).unwrap().trust, Trust::Provisional);
    assert!(!may(&world, &other, Right::Triage));
}

/// Nor does anybody pass on what nobody vouched for.
#[test]
fn enroller_without_the_rights_of_its_role_gives_no_more_than_it_has() {
    let (mut world, [_, lea, leo]) = narrow();
    let [front, guest, new] = ["front", "guest", "new"].map(Actor::named);
    world.ok(&lea, &[put(&agent(&front, "lead", &lea))]);
    world.ok(&leo, &[put(&confirmed(&world, &front, &leo))]);
    widened(&mut world, MORE);
    world.refuse(&front, &[put(&agent(&new, "scribe", &front))], Code::PrincipalEscalation);
    world.ok(&front, &[put(&agent(&guest, "guest", &front))]);
    world.ok(&lea, &[put(&agent(&new, "scribe", &lea))]);
}

/// Lanes are rights as well.
#[test]
fn lanes_that_were_narrow_reach_no_further_than_those_of_the_enroller() {
    let mut world = World::new();
    let [maria, lea, new] = ["maria", "lea", "new"].map(Actor::named);
    world.ok(&maria, &[put(&agent(&lea, "lead", &maria))]);
    world.ok(&lea, &[put(&agent(&new, "guest", &lea))]);
    let lanes = "may         = [\"claim\", \"find\", \"request\"]\nlanes       = [\"docs/**\"]";
    world.rule(|policy| replaced(policy, &[(lanes, "may = [\"claim\", \"find\", \"request\"]")]));
    let enrolled = world.state().principal(&new.id).unwrap();
    assert!(world.state().unvouched(enrolled).lanes);
    let mut ask = |path: &str| {
        let facts = work(&new, &[path]);
        let (_, request) = world.approved(&new, &facts, &[path]);
        (facts, request)
    };
    let (outside, inside) = (ask("src/a.rs"), ask("docs/a.md"));
    Gate::of(&world).blocks(&outside.0, &outside.1, Code::LaneOutside);
    Gate::of(&world).allows(&inside.0, &inside.1);
    world.ok(&maria, &[put(&Principal { enrolled_by: maria.id.clone(), ..world.next_record(&new) })]);
    Gate::of(&world).allows(&outside.0, &outside.1);
}

/// The word of whoever has every path reaches everywhere, whatever was vouched for before.
#[test]
fn enroller_that_has_every_path_by_now_vouches_for_every_path() {
    let mut world = World::new();
    let [maria, lea, new] = ["maria", "lea", "new"].map(Actor::named);
    world.ok(&maria, &[put(&agent(&lea, "lead", &maria))]);
    world.ok(&lea, &[put(&agent(&new, "guest", &lea))]);
    let lanes = "may         = [\"claim\", \"find\", \"request\"]\nlanes       = [\"docs/**\"]";
    let anywhere = (lanes, "may = [\"claim\", \"find\", \"request\"]");
    world.rule(|policy| replaced(policy, &[anywhere]));
    world.refuse(&lea, &[put(&world.next_record(&new))], Code::PrincipalEscalation);
    world.rule(|policy| replaced(policy, &[anywhere, (LEAD, &leads(LESS))]));
    let unvouched = |world: &World| world.state().unvouched(world.state().principal(&new.id).unwrap());
    assert!(unvouched(&world).lanes);
    world.ok(&lea, &[put(&world.next_record(&new))]);
    assert!(unvouched(&world).is_empty());
    let facts = work(&new, &["src/a.rs"]);
    let (_, request) = world.approved(&new, &facts, &["src/a.rs"]);
    Gate::of(&world).allows(&facts, &request);
}

/// Whoever enrolls itself has what the role was then.
#[test]
fn self_enrolled_principal_has_what_its_role_was() {
    let mut world = World::new();
    let [early, late] = ["early", "late"].map(Actor::named);
    world.ok(&early, &[put(&agent(&early, "guest", &early))]);
    let may_now = "may         = [\"claim\", \"find\", \"request\"]\nlanes";
    let wide = "may         = [\"claim\", \"find\", \"request\", \"propose-policy\"]\nlanes";
    world.rule(|policy| replaced(policy, &[(may_now, wide)]));
    world.ok(&late, &[put(&agent(&late, "guest", &late))]);
    assert!(!may(&world, &early, Right::ProposePolicy) && may(&world, &late, Right::ProposePolicy));
    assert!(may(&world, &early, Right::Claim));
}

/// S14, with legal twins: who enrolled itself waits for nobody as long as its role decides nothing, and who is confirmed waits no
/// more.
#[test]
fn those_wait_for_a_confirmation_whose_role_decides_or_of_whom_another_speaks() {
    let mut world = World::new();
    let [maria, nora, own, new] = ["maria", "nora", "own", "new"].map(Actor::named);
    world.ok(&own, &[put(&agent(&own, "guest", &own))]);
    world.ok(&nora, &[put(&agent(&new, "guest", &nora))]);
    let waits = |world: &World, who: &Actor| {
        let state = world.state();
        state.waits_for_confirmation(state.principal(&who.id).unwrap())
    };
    let carol = Actor::named("carol");
    assert_eq!([&own, &new, &carol].map(|who| waits(&world, who)), [false, true, false]);
    // Guests decide by now, and enroll themselves no more.
    let guests = "[\"claim\", \"find\", \"request\"]\nlanes       = [\"docs/**\"]\nself-enroll = true";
    world.rule(|policy| replaced(policy, &[(guests, "[\"find\", \"approve\"]")]));
    assert!(waits(&world, &own));
    let suspended = Principal { status: Standing::Suspended, ..world.next_record(&new) };
    world.ok(&maria, &[put(&suspended)]);
    assert!(!waits(&world, &new));
}

/// S14, with legal twins: whoever may enroll, is trusted, and is somebody else than the enroller would confirm it.
#[test]
fn second_person_who_may_enroll_would_confirm() {
    let mut world = World::new();
    let [maria, nora, twin, own, new] = ["maria", "nora", "twin", "own", "new"].map(Actor::named);
    let same =
        Principal { operator: Some(name("nora")), ..principal(&twin, PrincipalKind::Human, "maintainer", &maria) };
    world.ok(&maria, &[put(&same)]);
    world.ok(&nora, &[put(&agent(&new, "reviewer", &nora))]);
    world.ok(&own, &[put(&agent(&own, "guest", &own))]);
    let could = |world: &World, who: &str, whom: &Actor| {
        let state = world.state();
        let enrolled = |id| state.principal(id).unwrap();
        state.could_confirm(enrolled(&Actor::named(who).id), enrolled(&whom.id))
    };
    let names = ["maria", "olga", "nora", "twin", "carol", "new"];
    assert_eq!(names.map(|who| could(&world, who, &new)), [true, true, false, false, false, false]);
    // Nobody vouched for whom enrolled itself but the one whose word is enough, and nobody is a second person of its own.
    assert_eq!(names.map(|who| could(&world, who, &own)), [true, false, false, false, false, false]);
    assert!(!could(&world, "maria", &maria));
    let refused = world.refuse(&nora, &[put(&confirmed(&world, &own, &nora))], Code::PrincipalEscalation);
    assert!(refused.message.contains("enrolled itself: a root member confirms it, or"), "{refused}");
    let suspect = Principal { suspect_since: Some(0), ..world.next_record(&Actor::named("olga")) };
    world.ok(&maria, &[put(&suspect)]);
    assert!(!could(&world, "olga", &new));
}
