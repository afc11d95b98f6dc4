//! How the rules change, as the judge sees it: drafts, the word of the root members, activation, tightening (S20).

use std::collections::BTreeSet;

use git_coord::format::sha256;
use git_coord::ledger::Edit;
use git_coord::model::Answer;
use git_coord::model::Approval;
use git_coord::model::PolicyRequest;
use git_coord::model::PrincipalId;
use git_coord::model::PrincipalKind;
use git_coord::model::RecordKind;
use git_coord::model::RecordPath;
use git_coord::model::Severity;
use git_coord::model::Standing;
use git_coord::rules::Code;
use git_coord::rules::is_agreed;
use git_coord::rules::is_overtaken;

use crate::kernel::push::Gate;
use crate::kernel::push::work;
use crate::support::world::Actor;
use crate::support::world::POLICY;
use crate::support::world::World;
use crate::support::world::name;
use crate::support::world::principal;
use crate::support::world::put;
use crate::support::world::remove;
use crate::support::world::take_away;
use crate::support::world::text;
use crate::support::world::write;

pub const LOOSER: (&str, &str) = ("claims   = \"held\"\n", "");
pub const TIGHTER: (&str, &str) = ("ttl-max       = \"4h\"", "ttl-max       = \"2h\"");

/// A policy that asks to be active, with everything that its entries hold.
pub struct Change {
    pub draft: Edit,
    pub request: PolicyRequest,
}

impl Change {
    pub fn open(&self) -> [Edit; 2] {
        [self.draft.clone(), put(&self.request)]
    }

    fn close(&self) -> [Edit; 2] {
        [remove(self.draft.path.clone()), take_away(&self.request)]
    }

    /// Returns what makes it active, when these have approved.
    pub fn activation(&self, approved: &[&Actor]) -> Vec<Edit> {
        let mut edits = vec![write(RecordPath::Policy, self.draft.text.as_ref().unwrap())];
        edits.extend(self.close());
        let id = &self.request.id;
        edits.extend(approved.iter().map(|who| remove(RecordPath::Approval(id.clone(), who.id.clone()))));
        edits
    }
}

fn actors(names: &[&str]) -> Vec<Actor> {
    names.iter().map(|name| Actor::named(name)).collect()
}

/// Returns the active policy with one thing replaced, as the version that follows.
pub fn edited(world: &World, roots: &[&str], threshold: u64, (from, to): (&str, &str)) -> String {
    let state = world.state();
    let members: Vec<_> = roots.iter().map(|root| format!("\"{}\"", Actor::named(root).id)).collect();
    let body = POLICY.replace("ROOTS", &members.join(", "));
    let body = body.replace("threshold = 1", &format!("threshold = {threshold}"));
    let changed = body.replacen(from, to, 1);
    assert_ne!(changed, body, "{from}");
    let front = format!("version = {}\nparent = \"{}\"", state.policy.version + 1, state.policy_digest);
    changed.replacen("version = 1", &front, 1)
}

pub fn change(world: &mut World, opener: &Actor, policy: &str) -> Change {
    let id = world.id(RecordKind::Request);
    let version = world.state().policy.version + 1;
    let request = PolicyRequest {
        id: id.clone(),
        opener: opener.id.clone(),
        version,
        delta: sha256(policy.as_bytes()),
        title: text("Change the policy"),
        summary: None,
    };
    Change { draft: write(RecordPath::Draft(version, id), policy), request }
}

pub fn answer(world: &World, who: &Actor, request: &PolicyRequest, answer: Answer) -> Approval {
    let seen = (world.record(who).role, world.state().policy.version);
    Approval::plain(request.id.clone(), who.id.clone(), request.delta, answer, seen)
}

/// A world whose rules two of three root members change, with a change that maria has opened.
pub fn proposed() -> (World, Vec<Actor>, Change) {
    let names = ["maria", "otto", "rosa"];
    let mut world = World::with_roots(&names, |policy| policy.replace("threshold = 1", "threshold = 2"));
    let roots = actors(&names);
    let policy = edited(&world, &names, 2, LOOSER);
    let change = change(&mut world, &roots[0], &policy);
    world.ok(&roots[0], &change.open());
    (world, roots, change)
}

#[test]
fn draft_becomes_active_when_as_many_root_members_agree_as_it_takes() {
    let (mut world, roots, change) = proposed();
    world.refuse(&roots[0], &change.activation(&[]), Code::PolicyThreshold);
    let approval = answer(&world, &roots[1], &change.request, Answer::Approve);
    world.ok(&roots[1], &[put(&approval)]);
    world.refuse(&Actor::named("nora"), &change.activation(&[&roots[1]]), Code::RecordRight);
    world.ok(&roots[2], &change.activation(&[&roots[1]]));
    let state = world.state();
    assert_eq!((state.policy.version, state.policy_digest), (2, change.request.delta));
    assert!(state.proposals.is_empty() && state.approvals.is_empty());
    assert!(state.used.contains_key(&change.request.id));
}

/// People are told that a draft waits for nobody just when its activation would pass.
#[test]
fn draft_is_agreed_to_while_it_could_be_activated() {
    let (mut world, roots, change) = proposed();
    let told = |world: &World| {
        let proposed = &world.state().proposals[&change.request.id];
        (is_agreed(world.state(), proposed), is_overtaken(world.state(), proposed))
    };
    assert_eq!(told(&world), (false, false));
    let word = answer(&world, &roots[1], &change.request, Answer::Approve);
    world.ok(&roots[1], &[put(&word)]);
    assert_eq!(told(&world), (true, false));
    let sam = Actor::named("sam");
    let veto = answer(&world, &sam, &change.request, Answer::Veto);
    world.ok(&sam, &[put(&veto)]);
    assert_eq!(told(&world), (false, false));
    world.ok(&sam, &[take_away(&veto)]);
    assert_eq!(told(&world), (true, false));
    let tighter = edited(&world, &["maria", "otto", "rosa"], 2, TIGHTER);
    world.ok(&roots[0], &[write(RecordPath::Policy, &tighter)]);
    assert_eq!(told(&world), (false, true));
}

/// POL-10, with legal twin:
/// one root member's word is enough where the rules say so; nobody else's is, whatever its role.
#[test]
fn who_opens_a_request_has_spoken_only_as_a_root_member() {
    let (mut world, maria, nora) = (World::new(), Actor::named("maria"), Actor::named("nora"));
    let policy = edited(&world, &["maria"], 1, LOOSER);
    let by_nora = change(&mut world, &nora, &policy);
    world.ok(&nora, &by_nora.open());
    world.refuse(&nora, &by_nora.activation(&[]), Code::PolicyThreshold);
    for outsider in ["nora", "olga", "sam", "carol"] {
        let outsider = Actor::named(outsider);
        let word = answer(&world, &outsider, &by_nora.request, Answer::Approve);
        world.refuse(&outsider, &[put(&word)], Code::RecordRight);
    }
    let word = answer(&world, &maria, &by_nora.request, Answer::Approve);
    world.ok(&maria, &[put(&word)]);
    world.ok(&nora, &by_nora.activation(&[&maria]));
    let policy = edited(&world, &["maria"], 1, ("count = 1", "count = 2"));
    let by_maria = change(&mut world, &maria, &policy);
    world.ok(&maria, &by_maria.open());
    let own = answer(&world, &maria, &by_maria.request, Answer::Approve);
    world.refuse(&maria, &[put(&own)], Code::ApprovalSelf);
    world.ok(&maria, &by_maria.activation(&[]));
    assert_eq!(world.state().policy.version, 3);
}

/// POL-4, with legal twin
#[test]
fn change_of_root_takes_the_old_members_and_the_new_ones() {
    let names = ["maria", "otto"];
    let mut world = World::with_roots(&names, |policy| policy.replace("threshold = 1", "threshold = 2"));
    let (roots, nora, olga) = (actors(&names), Actor::named("nora"), Actor::named("olga"));
    let policy = edited(&world, &["maria", "nora", "olga"], 3, LOOSER);
    let change = change(&mut world, &roots[0], &policy);
    world.ok(&roots[0], &change.open());
    let approve = |world: &mut World, who: &Actor| {
        let word = answer(world, who, &change.request, Answer::Approve);
        world.ok(who, &[put(&word)]);
    };
    approve(&mut world, &roots[1]);
    world.refuse(&roots[0], &change.activation(&[&roots[1]]), Code::PolicyThreshold);
    approve(&mut world, &nora);
    world.refuse(&roots[0], &change.activation(&[&roots[1], &nora]), Code::PolicyThreshold);
    approve(&mut world, &olga);
    world.ok(&olga, &change.activation(&[&roots[1], &nora, &olga]));
    assert!(world.state().policy.is_root(&olga.id) && !world.state().policy.is_root(&roots[1].id));
}

/// POL-4: the new members alone do not replace the old ones.
#[test]
fn new_root_members_do_not_install_themselves() {
    let names = ["maria", "otto"];
    let mut world = World::with_roots(&names, |policy| policy.replace("threshold = 1", "threshold = 2"));
    let (nora, olga) = (Actor::named("nora"), Actor::named("olga"));
    let policy = edited(&world, &["nora", "olga"], 2, LOOSER);
    let change = change(&mut world, &nora, &policy);
    world.ok(&nora, &change.open());
    let word = answer(&world, &olga, &change.request, Answer::Approve);
    world.ok(&olga, &[put(&word)]);
    world.refuse(&nora, &change.activation(&[&olga]), Code::PolicyThreshold);
}

/// The word of who was suspended is nobody's.
#[test]
fn word_counts_only_while_its_member_stands_by_it() {
    let (mut world, roots, change) = proposed();
    let word = answer(&world, &roots[1], &change.request, Answer::Approve);
    world.ok(&roots[1], &[put(&word)]);
    let mut suspended = world.next_record(&roots[1]);
    suspended.status = Standing::Suspended;
    world.ok(&roots[2], &[put(&suspended)]);
    world.refuse(&roots[0], &change.activation(&[&roots[1]]), Code::PolicyThreshold);
    let word = answer(&world, &roots[2], &change.request, Answer::Approve);
    world.ok(&roots[2], &[put(&word)]);
    world.ok(&roots[0], &change.activation(&[&roots[1], &roots[2]]));
}

/// POL-2, POL-3, POL-5, with legal twin
#[test]
fn policy_follows_the_active_one_and_cites_it() {
    let (mut world, maria) = (World::new(), Actor::named("maria"));
    let right = edited(&world, &["maria"], 1, TIGHTER);
    let active = POLICY.replace("ROOTS", &format!("\"{}\"", maria.id));
    let digest = world.state().policy_digest.to_string();
    let other = sha256(b"another").to_string();
    for (policy, code) in [
        (active.replacen("4h", "3h", 1), Code::PolicyRollback),
        (right.replacen("version = 2", "version = 1", 1), Code::PolicyRollback),
        (right.replacen("version = 2", "version = 3", 1), Code::PolicyVersion),
        (right.replacen(&digest, &other, 1), Code::PolicyParent),
        (right.replacen(&format!("parent = \"{digest}\"\n"), "", 1), Code::PolicyParent),
    ] {
        assert_ne!(policy, right);
        world.refuse(&maria, &[write(RecordPath::Policy, &policy)], code);
    }
    // Of two drafts at the same time, one is active.
    let looser = edited(&world, &["maria"], 1, LOOSER);
    let late = change(&mut world, &maria, &looser);
    world.ok(&maria, &late.open());
    world.ok(&maria, &[write(RecordPath::Policy, &right)]);
    world.refuse(&maria, &late.activation(&[]), Code::PolicyRollback);
    // Nobody needs its opener to clear that away.
    world.ok(&Actor::named("alice"), &late.close());
    let nothing = edited(&world, &["maria"], 1, TIGHTER).replacen("version = 2", "version = 3", 1);
    let nothing = nothing.replacen(&digest, &world.state().policy_digest.to_string(), 1);
    world.refuse(&maria, &[write(RecordPath::Policy, &nothing)], Code::RecordField);
}

/// POL-6, with legal twin
#[test]
fn what_becomes_active_is_what_was_approved() {
    let (mut world, maria) = (World::new(), Actor::named("maria"));
    let policy = edited(&world, &["maria"], 1, LOOSER);
    let change = change(&mut world, &maria, &policy);
    world.ok(&maria, &change.open());
    let other = format!("{policy}\n# One more thing.\n");
    let mut edits = change.activation(&[]);
    edits[0] = write(RecordPath::Policy, &other);
    world.refuse(&maria, &edits, Code::PolicyDraft);
    world.refuse(&maria, &[write(change.draft.path.clone(), &other)], Code::PolicyDraft);
    let reworded = PolicyRequest { title: text("Something else"), ..change.request.clone() };
    world.refuse(&maria, &[put(&reworded)], Code::PolicyDraft);
    // Half of it, and something beside it.
    world.refuse(&maria, &edits[..1], Code::PolicyThreshold);
    world.refuse(&maria, &change.close()[..1], Code::RecordField);
    world.refuse(&maria, &change.close()[1..], Code::RecordField);
    let claim = world.draft_claim(&maria, &["docs/a.md"]);
    let mut mixed = change.activation(&[]);
    mixed.push(put(&claim));
    world.refuse(&maria, &mixed, Code::EntryMixed);
    world.ok(&maria, &change.activation(&[]));
}

#[test]
fn draft_comes_with_its_request_from_who_may_propose() {
    let (mut world, maria, carol) = (World::new(), Actor::named("maria"), Actor::named("carol"));
    let policy = edited(&world, &["maria"], 1, LOOSER);
    let by_carol = change(&mut world, &carol, &policy);
    world.refuse(&carol, &by_carol.open(), Code::RecordRight);
    let change = change(&mut world, &maria, &policy);
    world.refuse(&maria, &change.open()[..1], Code::RecordMissing);
    world.refuse(&maria, &change.open()[1..], Code::RecordMissing);
    let lying = PolicyRequest { delta: sha256(b"another"), ..change.request.clone() };
    world.refuse(&maria, &[change.draft.clone(), put(&lying)], Code::RecordMissing);
    world.refuse(&Actor::named("nora"), &change.open(), Code::RecordOwner);
    let unsound = policy.replacen("count    = 1", "count    = 0", 1);
    let draft = write(change.draft.path.clone(), &unsound);
    let request = PolicyRequest { delta: sha256(unsound.as_bytes()), ..change.request.clone() };
    world.refuse(&maria, &[draft, put(&request)], Code::PolicyUnsatisfiable);
    world.ok(&maria, &change.open());
    for number in 0..7 {
        let more = self::change(&mut world, &maria, &format!("{policy}# {number}\n"));
        world.ok(&maria, &more.open());
    }
    let too_many = self::change(&mut world, &maria, &format!("{policy}# 7\n"));
    world.refuse(&maria, &too_many.open(), Code::RecordLimit);
    world.refuse(&carol, &change.close(), Code::RecordOwner);
    world.ok(&maria, &change.close());
    world.refuse(&maria, &change.open(), Code::RecordId);
}

#[test]
fn veto_stops_a_draft_and_its_withdrawal_lets_it_go_on() {
    let (mut world, maria, sam) = (World::new(), Actor::named("maria"), Actor::named("sam"));
    let policy = edited(&world, &["maria"], 1, LOOSER);
    let change = change(&mut world, &maria, &policy);
    world.ok(&maria, &change.open());
    let carol = Actor::named("carol");
    let powerless = answer(&world, &carol, &change.request, Answer::Veto);
    world.refuse(&carol, &[put(&powerless)], Code::RecordRight);
    let veto = answer(&world, &sam, &change.request, Answer::Veto);
    world.ok(&sam, &[put(&veto)]);
    world.refuse(&maria, &change.activation(&[&sam]), Code::ApprovalVeto);
    world.refuse(&maria, &[take_away(&veto)], Code::RecordOwner);
    // The same draft once more is under the same veto, in whoever's request.
    let nora = Actor::named("nora");
    let again = self::change(&mut world, &nora, &policy);
    world.ok(&nora, &again.open());
    let word = answer(&world, &maria, &again.request, Answer::Approve);
    world.ok(&maria, &[put(&word)]);
    world.refuse(&maria, &again.activation(&[&maria]), Code::ApprovalVeto);
    world.ok(&sam, &[take_away(&veto)]);
    world.ok(&maria, &change.activation(&[]));
}

/// S18: the root members who decide about a draft may also overrule a veto of it.
#[test]
fn veto_of_a_draft_is_overruled_by_the_threshold() {
    let (mut world, roots, change) = proposed();
    let sam = Actor::named("sam");
    let veto = answer(&world, &sam, &change.request, Answer::Veto);
    world.ok(&sam, &[put(&veto)]);
    let veto = world.state().approvals.get(&change.request.id).unwrap()[&sam.id].named();
    let overrules: BTreeSet<_> = [veto].into();
    // The opener has agreed by opening, and overrules without changing its mind; another one agrees by the same answer.
    let first = answer(&world, &roots[0], &change.request, Answer::Overrule);
    world.ok(&roots[0], &[put(&Approval { overrules: overrules.clone(), ..first })]);
    let second = answer(&world, &roots[1], &change.request, Answer::Approve);
    world.ok(&roots[1], &[put(&second)]);
    world.refuse(&roots[1], &change.activation(&[&roots[0], &roots[1], &sam]), Code::ApprovalVeto);
    let powerless = answer(&world, &sam, &change.request, Answer::Overrule);
    world.refuse(&sam, &[put(&Approval { overrules: overrules.clone(), ..powerless })], Code::RecordRight);
    world.ok(&roots[1], &[put(&Approval { overrules, ..second })]);
    world.ok(&roots[1], &change.activation(&[&roots[0], &roots[1], &sam]));
}

/// POL-12, S20, with legal twin: the closed list of what one root member may do at once.
#[test]
fn one_root_member_tightens_at_once_and_loosens_never() {
    let tighter: [(&str, &str); 5] = [
        TIGHTER,
        ("[\"find\", \"approve\"]", "[\"find\"]"),
        ("count    = 1", "count    = 2"),
        ("[\"high\", \"critical\"]", "[\"medium\", \"high\", \"critical\"]"),
        ("require       = \"warn\"", "require       = \"deny\""),
    ];
    let not_only: [(&str, &str); 14] = [
        ("[\"find\", \"triage\", \"approve\", \"veto\"]", "[\"find\", \"triage\", \"approve\"]"),
        ("may   = [\"claim\", \"find\", \"request\"]", "may   = [\"claim\", \"request\"]"),
        LOOSER,
        ("ttl-max       = \"4h\"", "ttl-max       = \"5h\""),
        ("ttl           = \"30m\"", "ttl           = \"20m\""),
        ("grace         = \"120s\"", "grace         = \"180s\""),
        ("[\"find\", \"triage\", \"approve\"]", "[\"find\", \"triage\", \"approve\", \"veto\"]"),
        ("[\"high\", \"critical\"]", "[\"critical\"]"),
        ("require       = \"warn\"", "require       = \"off\""),
        ("require       = \"warn\"", "require       = \"auto\""),
        ("\"refs/tags/v*\"]", "\"refs/tags/v*\", \"refs/heads/dev\"]"),
        ("distinct = [\"operator\", \"vendor\"]", "distinct = [\"operator\"]"),
        ("lanes = [\"src/**\", \"tests/**\", \"docs/**\"]", "lanes = [\"src/**\"]"),
        ("per-principal = 5", "per-principal = 4"),
    ];
    let (maria, nora) = (Actor::named("maria"), Actor::named("nora"));
    for edit in tighter {
        let mut world = World::new();
        let policy = edited(&world, &["maria"], 1, edit);
        world.refuse(&nora, &[write(RecordPath::Policy, &policy)], Code::PolicyThreshold);
        world.ok(&maria, &[write(RecordPath::Policy, &policy)]);
        assert_eq!(world.state().policy.version, 2, "{edit:?}");
    }
    for edit in not_only {
        let mut world = World::new();
        let policy = edited(&world, &["maria"], 1, edit);
        world.refuse(&maria, &[write(RecordPath::Policy, &policy)], Code::PolicyThreshold);
    }
    // With something loosened beside it, or a root that is another one, it is no tightening.
    let mut world = World::new();
    let both = edited(&world, &["maria"], 1, TIGHTER).replacen("claims   = \"held\"\n", "", 1);
    world.refuse(&maria, &[write(RecordPath::Policy, &both)], Code::PolicyThreshold);
    let root = edited(&world, &["maria", "nora"], 1, TIGHTER);
    world.refuse(&maria, &[write(RecordPath::Policy, &root)], Code::PolicyThreshold);
    world.refuse(&maria, &[remove(RecordPath::Policy)], Code::RecordFrozen);
}

/// S20: one more check only takes away; one less, or another in its place, gives.
#[test]
fn check_is_added_at_once_and_taken_away_by_agreement() {
    let (tests, lint) = (
        "\n  [[protect.checks]]\n  name = \"tests\"\n  from = [\"ci\"]\n",
        "\n  [[protect.checks]]\n  name = \"lint\"\n  from = [\"ci\"]\n",
    );
    let maria = Actor::named("maria");
    let base = |policy: &str| {
        policy.replacen("[roles.builder]", "[roles.ci]\nmay = [\"attest\"]\n\n[roles.builder]", 1) + tests
    };
    let mut world = World::with_policy(base);
    let ci = Actor::named("ci");
    let follows = |world: &World, checks: &str| {
        let members = format!("\"{}\"", Actor::named("maria").id);
        let state = world.state();
        let front = format!("version = {}\nparent = \"{}\"", state.policy.version + 1, state.policy_digest);
        let body = base(&POLICY.replace("ROOTS", &members)).replace(tests, checks);
        write(RecordPath::Policy, &body.replacen("version = 1", &front, 1))
    };
    let both = format!("{lint}{tests}");
    // No service could attest it: it would lock everybody out.
    world.refuse(&maria, &[follows(&world, &both)], Code::PolicyUnsatisfiable);
    world.ok(&maria, &[put(&principal(&ci, PrincipalKind::Service, "ci", &maria))]);
    world.refuse(&maria, &[follows(&world, "")], Code::PolicyThreshold);
    world.refuse(&maria, &[follows(&world, lint)], Code::PolicyThreshold);
    world.refuse(&maria, &[follows(&world, &format!("{tests}  max-age = \"1h\"\n"))], Code::PolicyThreshold);
    world.ok(&maria, &[follows(&world, &both)]);
    world.refuse(&maria, &[follows(&world, tests)], Code::PolicyThreshold);
}

/// Who has lost a right by a change has lost it from then on.
#[test]
fn rules_are_in_force_from_their_activation_on() {
    let (mut world, maria, nora) = (World::new(), Actor::named("maria"), Actor::named("nora"));
    let rights = "[\"claim\", \"find\", \"triage\", \"request\", \"approve\", \"veto\", \"enroll\", \"revoke\", \"propose-policy\", \"land\"]";
    let fewer = rights.replace(", \"propose-policy\"", "");
    let policy = edited(&world, &["maria"], 1, (rights, &fewer));
    world.ok(&maria, &[write(RecordPath::Policy, &policy)]);
    let again = policy.replacen("version = 2", "version = 3", 1);
    let parent = world.state().policy_digest.to_string();
    let old = again.lines().find(|line| line.starts_with("parent")).unwrap().to_owned();
    let again = again.replacen(&old, &format!("parent = \"{parent}\""), 1).replacen("claims   = \"held\"\n", "", 1);
    let by_nora = change(&mut world, &nora, &again);
    world.refuse(&nora, &by_nora.open(), Code::RecordRight);
    let by_maria = change(&mut world, &maria, &again);
    world.ok(&maria, &by_maria.open());
    world.ok(&maria, &by_maria.activation(&[]));
    let members: Vec<&PrincipalId> = world.state().policy.root.members.iter().collect();
    assert_eq!((world.state().policy.version, members), (3, vec![&maria.id]));
}

/// APP-11, with legal twin: an approval that was given under rules by which its role might.
#[test]
fn approval_of_a_role_that_the_next_rules_take_it_from_does_not_count() {
    for (rights, counts) in
        [(("[\"find\", \"triage\", \"approve\"]", "[\"find\", \"triage\"]"), false), (TIGHTER, true)]
    {
        let (mut world, maria, alice) = (World::new(), Actor::named("maria"), Actor::named("alice"));
        let facts = work(&alice, &["src/a.rs"]);
        let (_, request) = world.approved(&alice, &facts, &["src/a.rs"]);
        Gate::of(&world).allows(&facts, &request);
        let policy = edited(&world, &["maria"], 1, rights);
        let asked = "from     = [\"reviewer\", \"maintainer\"]";
        let policy = if counts { policy } else { policy.replacen(asked, "from = [\"maintainer\"]", 1) };
        let change = change(&mut world, &maria, &policy);
        world.ok(&maria, &change.open());
        world.ok(&maria, &change.activation(&[]));
        let landing = world.landing_edits(&world.draft_landing(&request, &facts));
        if !counts {
            Gate::of(&world).blocks(&facts, &request, Code::ApprovalThreshold);
            world.refuse(&Actor::named("hub"), &landing, Code::ApprovalThreshold);
            let word = world.draft_answer(&Actor::named("carol"), &request, Answer::Approve);
            world.refuse(&Actor::named("carol"), &[put(&word)], Code::RecordRight);
            world.answer(&Actor::named("nora"), &request, Answer::Approve);
        }
        Gate::of(&world).allows(&facts, &request);
        world.land(&Actor::named("hub"), &request, &facts);
    }
}

/// Whoever opens a request and then says no to it has said no.
#[test]
fn opener_may_change_its_mind() {
    let (mut world, roots, change) = proposed();
    let word = answer(&world, &roots[1], &change.request, Answer::Approve);
    world.ok(&roots[1], &[put(&word)]);
    let no = answer(&world, &roots[0], &change.request, Answer::Reject);
    world.ok(&roots[0], &[put(&no)]);
    world.refuse(&roots[1], &change.activation(&[&roots[0], &roots[1]]), Code::PolicyThreshold);
    world.ok(&roots[0], &[take_away(&no)]);
    world.ok(&roots[1], &change.activation(&[&roots[1]]));
}

/// Root members are counted by operator, which no single one of them changes.
#[test]
fn root_member_does_not_make_two_of_one() {
    let (mut world, roots, change) = proposed();
    let mut same = world.next_record(&roots[1]);
    same.operator = Some(name("maria"));
    same.enrolled_by = roots[0].id.clone();
    world.refuse(&roots[0], &[put(&same)], Code::PrincipalEscalation);
    let word = answer(&world, &roots[1], &change.request, Answer::Approve);
    world.ok(&roots[1], &[put(&word)]);
    world.ok(&roots[0], &change.activation(&[&roots[1]]));
}

/// What was said with a key before it became suspect stands, and it says no more: a root of such members is none.
#[test]
fn draft_leaves_a_root_that_can_speak() {
    let (mut world, roots, _) = proposed();
    let policy = edited(&world, &["otto", "rosa"], 2, LOOSER);
    let change = change(&mut world, &roots[0], &policy);
    world.ok(&roots[0], &change.open());
    for member in &roots[1..] {
        let word = answer(&world, member, &change.request, Answer::Approve);
        world.ok(member, &[put(&word)]);
    }
    let mut suspect = world.next_record(&roots[1]);
    suspect.suspect_since = Some(world.state().height + 1);
    world.ok(&roots[0], &[put(&suspect)]);
    world.refuse(&roots[1], &change.activation(&[&roots[1], &roots[2]]), Code::PolicyThreshold);
    world.refuse(&roots[0], &change.activation(&[&roots[1], &roots[2]]), Code::PolicyUnsatisfiable);
}

/// Rights of a role for people are nobody else's, whenever it became one.
#[test]
fn role_that_becomes_one_for_people_is_taken_from_all_others() {
    let (mut world, maria, carol) = (World::new(), Actor::named("maria"), Actor::named("carol"));
    let reviewers = "[roles.reviewer]\n";
    let policy = edited(&world, &["maria"], 1, (reviewers, "[roles.reviewer]\nhumans-only = true\n"));
    let change = change(&mut world, &maria, &policy);
    let finding = world.draft_finding(&carol, Severity::Low, &["src/"]);
    let later = world.draft_finding(&carol, Severity::Low, &["src/"]);
    world.ok(&carol, &[put(&finding)]);
    world.ok(&maria, &change.open());
    world.ok(&maria, &change.activation(&[]));
    world.refuse(&carol, &[put(&later)], Code::RecordRight);
}
