//! Histories made by hand that no ledger may have, each with a twin that differs in one thing and is legal.
//!
//! Times are in seconds; whoever begins at 3 has a clock that says 3. Claims last 60 s, and 120 s of grace follow.

use crate::linearizability::check::fault;
use crate::linearizability::history::Answer;
use crate::linearizability::history::Call;
use crate::linearizability::history::Decided;
use crate::linearizability::history::History;
use crate::linearizability::history::Manner;
use crate::linearizability::history::Operation;
use crate::linearizability::history::Told;
use crate::linearizability::history::Whose;

const TTL_S: i64 = 60;

type Calls = Vec<Operation>;

fn call(agent: &str, (start, end): (u64, u64), ground: &str, call: Call, answer: Answer) -> Operation {
    let clone = agent.as_bytes()[0] as usize;
    let clock = (start.cast_signed(), end.cast_signed());
    Operation { agent: agent.to_owned(), clone, call, ground: vec![ground.to_owned()], answer, start, end, clock }
}

/// Tells of a claim that was made at a time, such as `alice c1 5 @0`; without a token it waits.
fn told(claim: &str) -> Told {
    let (words, made) = claim.split_once(" @").unwrap();
    let mut words = words.split(' ');
    let [holder, id] = [words.next().unwrap(), words.next().unwrap()].map(str::to_owned);
    Told {
        id,
        holder,
        token: words.next().map(|token| token.parse().unwrap()),
        expires: made.parse::<i64>().unwrap() + TTL_S,
    }
}

fn tell(claims: &[&str]) -> Vec<Told> {
    claims.iter().map(|claim| told(claim)).collect()
}

fn wants(manner: Manner, agent: &str, when: (u64, u64), ground: &str, answer: Answer) -> Operation {
    call(agent, when, ground, Call::Claim { ttl: TTL_S, manner }, answer)
}

/// A claim that was granted; who it is stands in what was told.
fn granted(when: (u64, u64), ground: &str, claim: &str) -> Operation {
    let told = told(claim);
    wants(Manner::Refuse, &told.holder.clone(), when, ground, Answer::Granted(told))
}

fn queued(when: (u64, u64), ground: &str, claim: &str) -> Operation {
    let told = told(claim);
    wants(Manner::Queue, &told.holder.clone(), when, ground, Answer::Granted(told))
}

fn taken_over(when: (u64, u64), ground: &str, claim: &str) -> Operation {
    let told = told(claim);
    wants(Manner::TakeOver, &told.holder.clone(), when, ground, Answer::Granted(told))
}

fn refused(agent: &str, when: (u64, u64), ground: &str, by: &[&str]) -> Operation {
    wants(Manner::Refuse, agent, when, ground, Answer::Refused(tell(by)))
}

fn killed(agent: &str, when: (u64, u64), ground: &str) -> Operation {
    wants(Manner::Refuse, agent, when, ground, Answer::Unknown)
}

fn renewed(when: (u64, u64), ground: &str, claim: &str) -> Operation {
    let told = told(claim);
    let renew = Call::Renew { id: told.id.clone(), ttl: TTL_S };
    call(&told.holder.clone(), when, ground, renew, Answer::Renewed(told))
}

fn renewal_fenced(agent: &str, id: &str, when: (u64, u64), ground: &str) -> Operation {
    call(agent, when, ground, Call::Renew { id: id.to_owned(), ttl: TTL_S }, Answer::Fenced)
}

fn gives_back(agent: &str, id: &str, when: (u64, u64), ground: &str, answer: Answer) -> Operation {
    call(agent, when, ground, Call::Release { id: id.to_owned() }, answer)
}

fn released(agent: &str, id: &str, when: (u64, u64), ground: &str, height: u64) -> Operation {
    gives_back(agent, id, when, ground, Answer::Released(height))
}

fn seen(agent: &str, when: (u64, u64), ground: &str, claims: &[&str]) -> Operation {
    call(agent, when, ground, Call::Look(Whose::Everybody), Answer::Seen(tell(claims)))
}

/// Checks a pair where there is one clone.
#[track_caller]
fn check(bad: Calls, twin: Calls) {
    check_where(Decided::Here, bad, twin);
}

#[track_caller]
fn check_where(decided: Decided, bad: Calls, twin: Calls) {
    assert_eq!(fault(&History { decided, operations: twin }), None, "the twin is legal");
    assert!(fault(&History { decided, operations: bad }).is_some(), "no ledger may have this history");
}

#[test]
fn two_hold_at_once() {
    let with = |ground| vec![granted((0, 1), "a", "alice c1 5 @0"), granted((2, 3), ground, "bob c2 6 @2")];
    check(with("a"), with("b"));
}

#[test]
fn two_hold_at_once_by_a_directory() {
    let with = |ground| vec![granted((0, 1), ground, "alice c1 5 @0"), granted((2, 3), "src/a", "bob c2 6 @2")];
    check(with("src/"), with("docs/"));
}

#[test]
fn token_goes_back() {
    let with = |claim| {
        vec![
            granted((0, 1), "a", "alice c1 7 @0"),
            released("alice", "c1", (2, 3), "a", 8),
            granted((4, 5), "a", claim),
        ]
    };
    check(with("bob c2 6 @4"), with("bob c2 9 @4"));
}

#[test]
fn token_is_given_twice() {
    let with = |claim| vec![granted((0, 9), "a", "alice c1 5 @0"), granted((0, 9), "b", claim)];
    check(with("bob c2 5 @0"), with("bob c2 6 @0"));
}

#[test]
fn heights_of_two_grounds_go_back() {
    let with = |start| vec![granted((0, 3), "a", "alice c1 9 @0"), granted((start, 5), "b", "bob c2 8 @4")];
    check(with(4), with(3));
}

#[test]
fn release_is_forgotten() {
    let with = |start| {
        vec![
            granted((0, 1), "a", "alice c1 5 @0"),
            released("alice", "c1", (2, 3), "a", 6),
            refused("bob", (start, 5), "a", &["alice c1 5 @0"]),
        ]
    };
    check(with(4), with(3));
}

#[test]
fn acknowledged_claim_is_lost() {
    let with = |start| vec![granted((1, 3), "a", "alice c1 5 @2"), seen("bob", (start, 9), "a", &[])];
    check(with(4), with(2));
}

#[test]
fn renewal_is_lost() {
    let with = |start| {
        vec![
            granted((0, 1), "a", "alice c1 5 @0"),
            renewed((30, 31), "a", "alice c1 5 @30"),
            seen("bob", (start, 33), "a", &["alice c1 5 @0"]),
        ]
    };
    check(with(32), with(31));
}

#[test]
fn claim_is_over_though_nobody_ended_it() {
    let with = |who: &[Operation]| {
        let mut calls = vec![granted((0, 1), "a", "alice c1 5 @0")];
        calls.extend(who.iter().cloned());
        calls.push(renewal_fenced("alice", "c1", (200, 201), "a"));
        calls
    };
    check(with(&[]), with(&[taken_over((190, 191), "a", "bob c2 6 @190")]));
}

#[test]
fn takeover_before_the_end_of_grace() {
    let with = |claim| vec![granted((0, 1), "a", "alice c1 5 @0"), taken_over((170, 185), "a", claim)];
    check(with("bob c2 6 @179"), with("bob c2 6 @180"));
}

#[test]
fn takeover_without_being_asked_for() {
    let with = |manner| {
        let claim = wants(manner, "bob", (190, 195), "a", Answer::Granted(told("bob c2 6 @190")));
        vec![granted((0, 1), "a", "alice c1 5 @0"), claim]
    };
    check(with(Manner::Refuse), with(Manner::TakeOver));
}

#[test]
fn takeover_of_what_was_renewed() {
    let with = |when| {
        vec![
            granted((0, 1), "a", "alice c1 5 @0"),
            renewed(when, "a", "alice c1 5 @170"),
            taken_over((175, 200), "a", "bob c2 7 @181"),
        ]
    };
    let mut lost = with((170, 172));
    // The renewal that nobody heard of may not have come true.
    lost[1].answer = Answer::Unknown;
    check(with((170, 172)), lost);
}

#[test]
fn takeover_past_the_queue() {
    let with = |ground| {
        let waiting = if ground == "a" { "carol c3 @2" } else { "carol c3 6 @2" };
        vec![
            granted((0, 1), "a", "alice c1 5 @0"),
            queued((2, 3), ground, waiting),
            taken_over((190, 195), "a", "bob c2 7 @190"),
        ]
    };
    check(with("a"), with("b"));
}

#[test]
fn refused_takeover_though_it_was_due() {
    let with = |end| {
        let refused = wants(Manner::TakeOver, "bob", (end - 1, end), "a", Answer::Refused(tell(&["alice c1 5 @0"])));
        vec![granted((0, 1), "a", "alice c1 5 @0"), refused]
    };
    check(with(182), with(180));
}

#[test]
fn renewal_after_being_fenced() {
    let with = |last| vec![granted((0, 1), "a", "alice c1 5 @0"), taken_over((190, 195), "a", "bob c2 6 @190"), last];
    let legal = renewal_fenced("alice", "c1", (197, 198), "a");
    check(with(renewed((197, 198), "a", "alice c1 5 @197")), with(legal));
}

#[test]
fn release_after_being_fenced() {
    let with = |answer| {
        vec![
            granted((0, 1), "a", "alice c1 5 @0"),
            taken_over((190, 195), "a", "bob c2 6 @190"),
            gives_back("alice", "c1", (197, 198), "a", answer),
        ]
    };
    check(with(Answer::Released(7)), with(Answer::Fenced));
}

#[test]
fn refused_though_free_for_the_whole_time() {
    let with = |begin: &[Operation]| {
        let mut calls = begin.to_vec();
        calls.push(refused("bob", (2, 3), "a", &["alice c1 5 @0"]));
        calls
    };
    check(with(&[]), with(&[killed("alice", (0, 1), "a")]));
}

#[test]
fn refused_by_one_whose_time_was_over() {
    let with = |holder: &str| {
        vec![
            granted((0, 1), "a", "alice c1 5 @0"),
            released("alice", "c1", (2, 3), "a", 6),
            granted((4, 5), "a", "carol c3 7 @4"),
            refused("bob", (6, 7), "a", &[holder]),
        ]
    };
    check(with("alice c1 5 @0"), with("carol c3 7 @4"));
}

#[test]
fn refused_under_another_token() {
    let with = |holder| vec![granted((0, 1), "a", "alice c1 5 @0"), refused("bob", (2, 3), "a", &[holder])];
    check(with("alice c1 4 @0"), with("alice c1 5 @0"));
}

#[test]
fn queue_is_served_out_of_order() {
    let with = |first: &str, last: &str| {
        vec![
            granted((0, 1), "a", "alice c1 5 @0"),
            queued((2, 3), "a", "bob c2 @2"),
            queued((4, 5), "a", "carol c3 @4"),
            released("alice", "c1", (6, 7), "a", 8),
            seen("dave", (8, 9), "a", &[first, last]),
        ]
    };
    check(with("bob c2 @2", "carol c3 8 @4"), with("bob c2 8 @2", "carol c3 @4"));
}

/// Who was queued, and before the call ended had the ground, is told so; but not before somebody made way.
#[test]
fn queued_claim_is_told_as_held_before_anybody_made_way() {
    let with = |ended, height| {
        vec![
            granted((0, 1), "a", "alice c1 5 @0"),
            queued((2, ended), "a", "bob c2 8 @2"),
            released("alice", "c1", (6, 7), "a", height),
        ]
    };
    check(with(5, 8), with(9, 8));
    check(with(9, 9), with(9, 8));
}

#[test]
fn queued_claim_is_held_while_another_is() {
    let with = |token: &str| {
        let bob = format!("bob c2{token} @2");
        vec![
            granted((0, 1), "a", "alice c1 5 @0"),
            queued((2, 3), "a", "bob c2 @2"),
            seen("dave", (8, 9), "a", &["alice c1 5 @0", &bob]),
        ]
    };
    check(with(" 6"), with(""));
}

#[test]
fn claim_changes_its_token() {
    let with = |claim| vec![granted((0, 1), "a", "alice c1 5 @0"), renewed((2, 3), "a", claim)];
    check(with("alice c1 6 @2"), with("alice c1 5 @2"));
}

#[test]
fn killed_claim_comes_true_beside_another() {
    let with = |middle: &[Operation]| {
        let mut calls = vec![killed("alice", (0, 1), "a"), granted((2, 3), "a", "bob c2 6 @2")];
        calls.extend(middle.iter().cloned());
        calls.push(refused("carol", (6, 7), "a", &["alice c1 8 @4"]));
        calls
    };
    check(with(&[]), with(&[released("bob", "c2", (4, 5), "a", 7)]));
}

#[test]
fn killed_claim_was_there_and_is_gone() {
    let with = |last| {
        let refused = refused("bob", (2, 3), "a", &["alice c1 5 @0"]);
        vec![killed("alice", (0, 1), "a"), refused, last]
    };
    check(with(granted((4, 5), "a", "bob c2 6 @4")), with(refused("carol", (4, 5), "a", &["alice c1 5 @0"])));
}

#[test]
fn killed_release_comes_true_and_is_taken_back() {
    let with = |last| {
        vec![
            granted((0, 1), "a", "alice c1 5 @0"),
            gives_back("alice", "c1", (2, 3), "a", Answer::Unknown),
            seen("bob", (4, 5), "a", &[]),
            last,
        ]
    };
    check(with(refused("bob", (6, 7), "a", &["alice c1 5 @0"])), with(granted((6, 7), "a", "bob c2 7 @6")));
}

#[test]
fn entry_is_dated_back() {
    let with = |claim| {
        vec![
            granted((10, 11), "a", "alice c1 5 @10"),
            released("alice", "c1", (12, 13), "a", 6),
            granted((12, 20), "a", claim),
        ]
    };
    check(with("bob c2 7 @11"), with("bob c2 7 @12"));
}

#[test]
fn entry_is_dated_ahead_of_every_clock() {
    let with = |claim| vec![granted((10, 20), "a", claim)];
    check(with("alice c1 5 @21"), with("alice c1 5 @20"));
}

#[test]
fn look_is_older_than_what_its_clone_knew() {
    let with = |looker: &str| {
        vec![
            seen("alice", (0, 1), "a", &[]),
            seen("bob", (0, 1), "a", &[]),
            granted((2, 3), "a", "alice c1 5 @2"),
            seen(looker, (4, 5), "a", &[]),
        ]
    };
    check_where(Decided::AtRemote, with("alice"), with("bob"));
    // Where nothing is remote, there is but one clone, and nobody sees what is no more.
    assert!(fault(&History { decided: Decided::Here, operations: with("bob") }).is_some());
}

#[test]
fn looks_of_one_clone_go_back() {
    let with = |first: &[&str], last: &[&str]| {
        vec![granted((0, 1), "a", "alice c1 5 @0"), seen("bob", (2, 3), "a", first), seen("bob", (4, 5), "a", last)]
    };
    check_where(Decided::AtRemote, with(&["alice c1 5 @0"], &[]), with(&[], &["alice c1 5 @0"]));
}

#[test]
fn refusal_is_as_old_as_a_look_may_be() {
    let with = |second: Operation| {
        vec![
            granted((0, 1), "a", "alice c1 5 @0"),
            seen("bob", (0, 1), "a", &["alice c1 5 @0"]),
            released("alice", "c1", (2, 3), "a", 6),
            second,
        ]
    };
    let stale = |start| seen("bob", (start, 5), "a", &["alice c1 5 @0"]);
    check_where(Decided::AtRemote, with(refused("bob", (4, 5), "a", &["alice c1 5 @0"])), with(stale(4)));
}

#[test]
fn look_sees_what_nobody_had_asked_for() {
    let with = |end| vec![granted((2, 3), "a", "alice c1 5 @2"), seen("bob", (0, end), "a", &["alice c1 5 @2"])];
    for decided in [Decided::Here, Decided::AtRemote] {
        check_where(decided, with(1), with(2));
    }
}

/// A claim that is over is renewed by claiming it again, whatever a killed renewal of the same agent has done meanwhile; but what
/// was heard of is not cut short.
#[test]
fn renewal_that_was_heard_of_is_cut_short_by_a_claim() {
    let with = |answer: Answer| {
        let renew = call("alice", (70, 71), "a", Call::Renew { id: "c1".to_owned(), ttl: TTL_S }, answer);
        let again = Told { expires: 77, ..told("alice c1 5 @0") };
        let claim = Call::Claim { ttl: 5, manner: Manner::Refuse };
        vec![
            granted((0, 1), "a", "alice c1 5 @0"),
            renew,
            seen("bob", (72, 73), "a", &["alice c1 5 @70"]),
            call("alice", (72, 75), "a", claim, Answer::Granted(again.clone())),
            call("bob", (76, 77), "a", Call::Look(Whose::Everybody), Answer::Seen(vec![again])),
        ]
    };
    check_where(Decided::AtRemote, with(Answer::Renewed(told("alice c1 5 @70"))), with(Answer::Unknown));
}

/// At a remote a renewal that nobody heard of can come after entries that are dated later, and ends as it was asked for.
#[test]
fn unheard_renewal_ends_as_if_it_was_asked_for_before() {
    let with = |renewed: &str| {
        let renew = Call::Renew { id: "c1".to_owned(), ttl: TTL_S };
        vec![
            granted((0, 1), "a", "alice c1 5 @0"),
            call("alice", (3, 3), "a", renew, Answer::Unknown),
            queued((5, 6), "a", "bob c2 @5"),
            seen("bob", (7, 8), "a", &["alice c1 5 @0", "bob c2 @5"]),
            refused("carol", (9, 10), "a", &[renewed, "bob c2 @5"]),
        ]
    };
    check_where(Decided::AtRemote, with("alice c1 5 @2"), with("alice c1 5 @3"));
    // In one clone nobody makes it anew.
    assert!(fault(&History { decided: Decided::Here, operations: with("alice c1 5 @3") }).is_some());
}
