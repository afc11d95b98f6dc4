//! Roles that ask for hardware keys: who may have them, and which signatures exercise them (SIG-10).

use git_coord::format::WriteRecord;
use git_coord::ledger::Edit;
use git_coord::model::Answer;
use git_coord::model::Approval;
use git_coord::model::BreakGlass;
use git_coord::model::Principal;
use git_coord::model::PrincipalId;
use git_coord::model::PrincipalKind;
use git_coord::model::RecordPath;
use git_coord::model::Request;
use git_coord::model::Right;
use git_coord::model::Severity;
use git_coord::model::Span;
use git_coord::model::Standing;
use git_coord::rules::Code;
use git_coord::rules::CommitFact;
use git_coord::rules::CommitSigner;
use git_coord::rules::SegmentFacts;
use git_coord::rules::Worth;
use git_coord::rules::worth_for_action;
use git_coord::sign::PublicKey;

use crate::kernel::actions;
use crate::kernel::break_glass::landing;
use crate::kernel::push::Gate;
use crate::kernel::push::main_ref;
use crate::kernel::push::object;
use crate::kernel::push::work;
use crate::kernel::signatures::USER_PRESENT;
use crate::kernel::signatures::USER_VERIFIED;
use crate::kernel::signatures::hardware_principal;
use crate::kernel::signatures::touched;
use crate::kernel::signatures::void_code;
use crate::support::world::Actor;
use crate::support::world::POLICY;
use crate::support::world::World;
use crate::support::world::name;
use crate::support::world::principal;
use crate::support::world::put;
use crate::support::world::text;
use crate::support::world::write;

const APPLICATION: &str = "ssh:";
const TOUCHED: u8 = USER_PRESENT;
const CHECKED: u8 = USER_PRESENT | USER_VERIFIED;

/// Lets a role ask for keys.
fn asking(policy: &str, role: &str, keys: &str) -> String {
    let head = format!("[roles.{role}]\n");
    assert!(policy.contains(&head), "{policy}");
    policy.replace(&head, &format!("{head}keys = \"{keys}\"\n"))
}

/// Returns hana, whose key is in hardware, in a role.
fn hana(role: &str) -> Principal {
    Principal { role: name(role), ..hardware_principal(APPLICATION) }
}

/// Has hana sign an entry. Returns why it is void.
fn signs(world: &mut World, edits: &[Edit], flags: u8) -> Option<Code> {
    let chain = world.chain();
    let payload = world.payload(Some(chain.head), chain.valid_tree, edits, world.now);
    let armor = touched(APPLICATION, flags, payload.bytes());
    let commit = world.write_signed(payload, armor);
    let code = void_code(world, commit);
    if code.is_none() {
        world.take(commit);
    }
    code
}

fn approval(world: &World, of: &PrincipalId, request: &Request) -> Approval {
    let carol = world.draft_answer(&Actor::named("carol"), request, Answer::Approve);
    let role = world.state().principal(of).unwrap().record.role.clone();
    Approval { principal: of.clone(), role, policy: world.state().policy.version, ..carol }
}

fn ask(world: &mut World) -> (SegmentFacts, Request) {
    let alice = Actor::named("alice");
    let facts = work(&alice, &["docs/a.md"]);
    let (_, request) = world.ask(&alice, &facts, &["docs/"]);
    (facts, request)
}

#[test]
fn role_that_asks_for_hardware_is_not_exercised_without() {
    let mut world = World::new();
    let [maria, carol, alice, new] = ["maria", "carol", "alice", "new"].map(Actor::named);
    let (facts, request) = ask(&mut world);
    world.answer(&carol, &request, Answer::Approve);
    Gate::of(&world).allows(&facts, &request);
    world.rule(|policy| asking(policy, "reviewer", "user-presence"));
    // What was signed with another key counts no more, and no more is signed with it; but its owner steps down.
    Gate::of(&world).blocks(&facts, &request, Code::SignatureFlags);
    let may = |world: &World| world.state().may(world.state().principal(&carol.id).unwrap(), Right::Approve);
    assert!(!may(&world));
    let finding = world.draft_finding(&carol, Severity::Low, &["src/"]);
    let refusal = world.refuse(&carol, &[put(&finding)], Code::SignatureFlags);
    let told = format!("`{}` has the role `reviewer`, which asks for a hardware key", carol.id);
    assert_eq!(refusal.message, told);
    world.refuse(&carol, &[put(&world.next_record(&carol))], Code::SignatureFlags);
    let key = hardware_principal(APPLICATION).key;
    let rotated = Principal { key, ..world.next_record(&carol) };
    world.refuse(&carol, &[put(&rotated)], Code::SignatureFlags);
    // Nobody comes into it with another key.
    let software = principal(&new, PrincipalKind::Agent, "reviewer", &maria);
    world.refuse(&maria, &[put(&software)], Code::SignatureFlags);
    let recast = Principal { role: name("reviewer"), enrolled_by: maria.id.clone(), ..world.next_record(&alice) };
    world.refuse(&maria, &[put(&recast)], Code::SignatureFlags);
    // The twins: somebody with a hardware key, and roles that ask for none.
    let hana = hana("reviewer");
    world.ok(&maria, &[put(&hana)]);
    let approves = put(&approval(&world, &hana.id, &request));
    assert_eq!(signs(&mut world, &[approves], TOUCHED), None);
    Gate::of(&world).allows(&facts, &request);
    world.ok(&maria, &[put(&principal(&new, PrincipalKind::Agent, "scribe", &maria))]);
    world.ok(&carol, &[put(&Principal { status: Standing::Suspended, ..world.next_record(&carol) })]);
}

#[test]
fn role_that_asks_for_its_user_to_be_checked_takes_no_mere_touch() {
    let mut world = World::new();
    let maria = Actor::named("maria");
    let hana = hana("reviewer");
    world.ok(&maria, &[put(&hana)]);
    let (facts, request) = ask(&mut world);
    let edit = put(&approval(&world, &hana.id, &request));
    assert_eq!(signs(&mut world, &[edit], TOUCHED), None);
    Gate::of(&world).allows(&facts, &request);
    world.rule(|policy| asking(policy, "reviewer", "user-verification"));
    Gate::of(&world).blocks(&facts, &request, Code::SignatureFlags);
    let software = principal(&Actor::named("new"), PrincipalKind::Agent, "reviewer", &maria);
    let refusal = world.refuse(&maria, &[put(&software)], Code::SignatureFlags);
    let told = "the role `reviewer` asks for a hardware key that checks its user by PIN or finger";
    assert_eq!(refusal.message, told);
    let again = |world: &World| put(&approval(world, &hana.id, &request));
    let edit = again(&world);
    assert_eq!(signs(&mut world, &[edit], TOUCHED), Some(Code::SignatureFlags));
    let edit = again(&world);
    assert_eq!(signs(&mut world, &[edit], CHECKED), None);
    Gate::of(&world).allows(&facts, &request);
    // A key of a file does not take the place of one in hardware.
    let software = PublicKey::parse(&Actor::named("software").key().to_openssh()).unwrap();
    let record = world.state().principal(&hana.id).unwrap().record.clone();
    let rotated = Principal { rev: 2, key: software.to_openssh(), ..record.clone() };
    assert_eq!(signs(&mut world, &[put(&rotated)], CHECKED), Some(Code::SignatureFlags));
    // It steps down by a touch.
    let left = Principal { rev: 2, status: Standing::Revoked, ..record };
    assert_eq!(signs(&mut world, &[put(&left)], TOUCHED), None);
}

/// SIG-10, with legal twin: what was approved by a mere touch lapses when the role asks for more, also where no commits are asked
/// about: given by PIN or finger it counts again.
#[test]
fn approval_of_an_action_lapses_when_its_role_asks_for_another_key() {
    let mut world = actions::world();
    let hana = hana("reviewer");
    world.ok(&Actor::named("maria"), &[put(&hana)]);
    let request = actions::ask(&mut world, &Actor::named("alice"));
    let approval = |world: &World| {
        let seen = (name("reviewer"), world.state().policy.version);
        put(&Approval::plain(request.id.clone(), hana.id.clone(), request.delta, Answer::Approve, seen))
    };
    let found = |world: &World| {
        let (state, petition) = (world.state(), &world.state().petitions[&request.id]);
        worth_for_action(state, petition, &state.approvals[&request.id][&hana.id], world.now)
    };
    let edit = approval(&world);
    assert_eq!(signs(&mut world, &[edit], TOUCHED), None);
    assert_eq!(found(&world), Worth::Counts);
    world.rule(|policy| asking(&format!("{policy}{}", actions::ACTIONS), "reviewer", "user-verification"));
    let Worth::Lapsed(why) = found(&world) else { panic!("it would count if it were given now") };
    assert_eq!(why.code, Code::SignatureFlags);
    let edit = approval(&world);
    assert_eq!(signs(&mut world, &[edit], CHECKED), None);
    assert_eq!(found(&world), Worth::Counts);
}

/// POL-14: broken glass lands by one signature, and that is as good as what is asked for when it lands.
#[test]
fn glass_is_broken_with_the_key_that_is_asked_for_when_it_lands() {
    let pilots = |policy: &str| {
        let role = "[roles.pilot]\nmay = [\"request\", \"break-glass\"]\nhumans-only = true\n\n[roles.builder]\n";
        policy.replacen("[roles.builder]\n", role, 1)
    };
    let mut world = World::with_policy(pilots);
    let [maria, alice, hub] = ["maria", "alice", "hub"].map(Actor::named);
    let hana = Principal { kind: PrincipalKind::Human, ..hana("pilot") };
    world.ok(&maria, &[put(&hana)]);
    let adoption = world.draft_adoption(&main_ref(), object("base"));
    world.ok(&maria, &[put(&adoption)]);
    let facts = work(&alice, &["docs/a.md"]);
    let expires = world.now + Span::from_s(1_800);
    let ask = |world: &mut World, flags: u8| {
        let request = world.draft_request(&alice, &main_ref(), &facts, &[]);
        let glass = BreakGlass { reason: text("The site is down"), expires };
        let request = Request { opener: hana.id.clone(), break_glass: Some(glass), ..request };
        assert_eq!(signs(world, &[put(&request)], flags), None);
        request
    };
    let (touched, checked) = (ask(&mut world, TOUCHED), ask(&mut world, CHECKED));
    Gate::of(&world).allows(&facts, &touched);
    world.rule(|policy| asking(&pilots(policy), "pilot", "user-verification"));
    Gate::of(&world).blocks(&facts, &touched, Code::SignatureFlags);
    let landed = landing(&world, &touched, &facts);
    world.refuse(&hub, &[put(&landed)], Code::SignatureFlags);
    Gate::of(&world).allows(&facts, &checked);
    let landed = landing(&world, &checked, &facts);
    world.ok(&hub, &[put(&landed)]);
}

/// Commits of code are signed as the role asks, too.
#[test]
fn commits_of_a_role_that_asks_for_hardware_are_signed_so() {
    let mut world = World::new();
    let [maria, alice] = ["maria", "alice"].map(Actor::named);
    let hana = hana("builder");
    world.ok(&maria, &[put(&hana)]);
    let facts = work(&alice, &["docs/a.md"]);
    let (_, request) = world.approved(&alice, &facts, &["docs/"]);
    Gate::of(&world).allows(&facts, &request);
    let key = PublicKey::parse(&hana.key).unwrap();
    let by_hana = |user_verified: bool| {
        let signer = CommitSigner::Signed(key.clone());
        let signed = |commit: &CommitFact| CommitFact { signer: signer.clone(), user_verified, ..commit.clone() };
        SegmentFacts { commits: facts.commits.iter().map(signed).collect(), ..facts.clone() }
    };
    let code = |world: &World, facts: &SegmentFacts| {
        let verdict = Gate::of(world).verdict(&[(facts, Some(&request.id))]);
        let signed = verdict.rules.iter().find(|rule| rule.rule == "commits signed").unwrap();
        signed.code
    };
    world.rule(|policy| asking(policy, "builder", "user-presence"));
    assert_eq!(code(&world, &facts), Some(Code::SignatureFlags));
    assert_eq!(code(&world, &by_hana(false)), None);
    world.rule(|policy| asking(policy, "builder", "user-verification"));
    assert_eq!(code(&world, &by_hana(false)), Some(Code::SignatureFlags));
    assert_eq!(code(&world, &by_hana(true)), None);
}

/// S20: asking for more tightens; it silences no root member, and locks nobody out.
#[test]
fn asking_for_better_keys_tightens() {
    let mut world = World::with_roots(&["maria", "mike"], str::to_owned);
    let [maria, mike] = ["maria", "mike"].map(Actor::named);
    let members = format!("\"{}\", \"{}\"", maria.id, mike.id);
    let next = |world: &World, edit: &dyn Fn(&str) -> String| {
        let (version, parent) = (world.state().policy.version + 1, world.state().policy_digest);
        let policy = edit(&POLICY.replace("ROOTS", &members));
        let policy = policy.replacen("version = 1", &format!("version = {version}\nparent = \"{parent}\""), 1);
        write(RecordPath::Policy, &policy)
    };
    let silencing = next(&world, &|policy| asking(policy, "maintainer", "user-presence"));
    world.refuse(&maria, &[silencing], Code::PolicyThreshold);
    let nora = Actor::named("nora");
    let more = next(&world, &|policy| asking(policy, "reviewer", "user-presence"));
    world.refuse(&nora, std::slice::from_ref(&more), Code::PolicyThreshold);
    world.ok(&maria, &[more]);
    let even_more = next(&world, &|policy| asking(policy, "reviewer", "user-verification"));
    world.ok(&mike, &[even_more]);
    for less in ["user-presence", "any"] {
        let edit = next(&world, &|policy| asking(policy, "reviewer", less));
        world.refuse(&maria, &[edit], Code::PolicyThreshold);
    }
}

/// POL-11: a policy under which nobody could speak for root is none.
#[test]
fn policy_that_asks_its_only_root_member_for_another_key_is_refused() {
    let policy = asking(POLICY, "maintainer", "user-presence");
    let refused = World::begin(&[Actor::named("maria")], &policy).unwrap_err();
    assert_eq!(refused.code, Code::SignatureFlags, "{refused}");
    World::begin(&[Actor::named("maria")], &asking(POLICY, "reviewer", "user-presence")).unwrap();
    let hana = hana("maintainer");
    assert!(hana.to_text().contains("sk-ssh-ed25519"));
}
