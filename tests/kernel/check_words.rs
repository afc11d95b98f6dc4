//! The words of services on checks, one by one: of which tree they are, how long they count, and what ends a failure (APP-17).

use git_coord::model::CheckRule;
use git_coord::model::Principal;
use git_coord::model::Request;
use git_coord::model::Span;
use git_coord::model::Standing;
use git_coord::model::Timestamp;
use git_coord::rules::Answered;
use git_coord::rules::Attested;
use git_coord::rules::CheckResult;
use git_coord::rules::Contributors;
use git_coord::rules::Failing;
use git_coord::rules::Remedy;
use git_coord::rules::State;
use git_coord::rules::Subject;

use crate::kernel::gate_check_roles::failed;
use crate::kernel::gate_check_roles::recast;
use crate::kernel::gate_checks::TESTS;
use crate::kernel::gate_checks::attest;
use crate::kernel::push::object;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::name;
use crate::support::world::put;

const PATHS: &[&str] = &["src/a.rs"];

/// Who is asked about a request: rights, the latest state, contributors, and when.
struct Asked<'a> {
    rights: &'a State,
    latest: &'a State,
    request: &'a Request,
    contributors: Contributors,
    now: Timestamp,
}

impl<'a> Asked<'a> {
    /// Asks the state of a world, as if these had a hand in the change as well.
    fn of(world: &'a World, request: &'a Request, contributors: &[&Actor]) -> Self {
        let state = world.state();
        let mut found = Contributors::of_request(&state.requests[&request.id]);
        found.principals.extend(contributors.iter().map(|who| (who.id.clone(), "signed a commit")));
        Self { rights: state, latest: state, request, contributors: found, now: world.now }
    }

    fn subject(&self) -> Subject<'_> {
        Subject {
            rights: self.rights,
            latest: self.latest,
            request: self.request.into(),
            contributors: &self.contributors,
            paths: &[],
            lands: None,
            now: self.now,
        }
    }

    fn failing(&self) -> Vec<Failing> {
        let answers = self.latest.answers(&self.request.id);
        self.subject().failing(&asked_of(self.rights), self.request.new_tree, answers)
    }
}

/// Returns the check that the policy asks for.
fn asked_of(state: &State) -> CheckRule {
    state.policy.protections[0].checks[0].clone()
}

fn said(world: &World, who: &Actor, request: &Request) -> Answered {
    world.state().approvals[&request.id][&who.id].clone()
}

/// Returns what a service says of what the request lands.
fn word(world: &World, who: &Actor, request: &Request) -> Attested {
    said(world, who, request).attested.word(request.new_tree, &name("tests")).unwrap().clone()
}

/// Each word is of its own tree.
#[test]
fn words_are_told_apart_by_their_trees() {
    let (mut world, _, request, [ci, _]) = failed(TESTS, PATHS);
    attest(&mut world, &ci, &request, object("another tree"), &["lint", "tests"], &[]);
    let said = said(&world, &ci, &request).attested;
    let of = |tree| said.of_tree(tree).map(|(check, word)| (check.to_string(), word.result)).collect::<Vec<_>>();
    assert_eq!(of(request.new_tree), [("tests".to_owned(), CheckResult::Failed)]);
    let passed = ["lint", "tests"].map(|check| (check.to_owned(), CheckResult::Passed));
    assert_eq!(of(object("another tree")), passed);
}

/// What ends a failure follows from what its service may still do: saying that a check of its own work passes ends it, though
/// that counts for nothing else; in another role nothing that it says is asked for.
#[test]
fn remedy_of_a_failure_follows_what_became_of_its_service() {
    let (mut world, _, request, [ci, _]) = failed(TESTS, PATHS);
    let remedy = |world: &World, contributors: &[&Actor]| {
        let failing = Asked::of(world, &request, contributors).failing();
        assert_eq!(failing.len(), 1);
        failing[0].remedy
    };
    assert_eq!(remedy(&world, &[]), Remedy::Pass);
    assert_eq!(remedy(&world, &[&ci]), Remedy::PassOfContributor);
    recast(&mut world, &ci, "nightly");
    assert_eq!([&[][..], &[&ci]].map(|contributors| remedy(&world, contributors)), [Remedy::Withdrawal; 2]);
    let record = Principal { status: Standing::Suspended, ..world.next_record(&ci) };
    world.ok(&Actor::named("maria"), &[put(&record)]);
    assert_eq!(remedy(&world, &[&ci]), Remedy::RootAsSuspended);
}

/// With legal twins: where its service runs the check again, a failure ends by itself.
#[test]
fn failure_is_stuck_where_no_run_of_the_check_ends_it() {
    let by_itself = [Remedy::Pass, Remedy::PassOfContributor];
    let stuck = [Remedy::Withdrawal, Remedy::RootAsSuspended, Remedy::RootAsSuspect];
    assert_eq!((by_itself.map(Remedy::is_stuck), stuck.map(Remedy::is_stuck)), ([false; 2], [true; 3]));
}

/// What is not told apart any more stands against a tree of which its service says nothing, and against no other, nor where it is
/// not known which tree lands.
#[test]
fn failure_that_is_not_told_apart_counts_where_nothing_else_was_said() {
    let (world, _, request, [ci, _]) = failed(TESTS, PATHS);
    let asked = Asked::of(&world, &request, &[]);
    let (subject, rule, tree) = (asked.subject(), asked_of(world.state()), request.new_tree);
    let mut answered = said(&world, &ci, &request);
    let key = (tree, name("tests"));
    let failure = answered.attested.words.remove(&key).unwrap();
    answered.attested.untold.insert((name("tests"), name("ci")), failure.clone());
    let untold = |tree, answered: &Answered| subject.checked(&rule, tree, [answered].into_iter()).untold;
    assert_eq!(untold(Some(tree), &answered), std::slice::from_ref(&ci.id));
    assert_eq!(untold(None, &answered), []);
    assert_eq!(subject.failing(&rule, tree, [&answered].into_iter()).len(), 1);
    // It passed there since.
    let pass = Attested { result: CheckResult::Passed, given: failure.given + 1, ..failure };
    answered.attested.words.insert(key, pass);
    assert_eq!(untold(Some(tree), &answered), []);
    assert_eq!(subject.failing(&rule, tree, [&answered].into_iter()), []);
}

/// S27, with legal twins: a pass is worth saying again once it is too old, or of one's own work.
#[test]
fn pass_goes_on_counting_while_it_is_fresh_and_of_another() {
    let (mut world, _, request, [_, other]) = failed(&format!("{TESTS}  max-age = \"1h\"\n"), PATHS);
    attest(&mut world, &other, &request, request.new_tree, &["tests"], &[]);
    let (rule, pass) = (asked_of(world.state()), word(&world, &other, &request));
    let goes_on = |seconds, contributors: &[&Actor]| {
        let asked = Asked { now: world.now + Span::from_s(seconds), ..Asked::of(&world, &request, contributors) };
        asked.subject().goes_on_counting(&rule, &other.id, &pass)
    };
    assert_eq!([0, 3_600, 3_601].map(|seconds| goes_on(seconds, &[])), [true, true, false]);
    assert!(!goes_on(0, &[&other]));
}

/// APP-17, KEY-2, with legal twins: a failure counts, however old and whosever work it is of, where its role is asked, may attest,
/// and neither of the states that are asked knows that its key was suspect by then.
#[test]
fn failure_goes_on_counting_until_it_is_disowned() {
    let (mut world, _, request, [ci, _]) = failed(&format!("{TESTS}  max-age = \"1h\"\n"), PATHS);
    let (rule, failure) = (asked_of(world.state()), word(&world, &ci, &request));
    let trusted = world.state().clone();
    let record = Principal { suspect_since: Some(failure.given), ..world.next_record(&ci) };
    world.ok(&Actor::named("maria"), &[put(&record)]);
    let suspected = world.state();
    let mut powerless = trusted.clone();
    powerless.policy.roles.get_mut(&name("ci")).unwrap().may.clear();
    let goes_on = |rights: &State, latest: &State, rule: &CheckRule| {
        let now = world.now + Span::from_s(3_601);
        let asked = Asked { rights, latest, now, ..Asked::of(&world, &request, &[&ci]) };
        asked.subject().goes_on_counting(rule, &ci.id, &failure)
    };
    assert!(goes_on(&trusted, &trusted, &rule));
    assert!(!goes_on(&trusted, &trusted, &CheckRule { from: vec![name("nightly")], ..rule.clone() }));
    assert!(!goes_on(&powerless, &trusted, &rule));
    assert!(!goes_on(suspected, &trusted, &rule));
    assert!(!goes_on(&trusted, suspected, &rule));
}
