use super::*;
use crate::model::RecordKind;
use crate::model::RefName;
use crate::rules::policy::cast;
use crate::rules::policy::cast::cast;
use crate::rules::state::Left;

/// Returns a state at a height of which all that ended is looked at.
fn state() -> State {
    State { height: 128, ..cast() }
}

fn claim_id(index: u32) -> RecordId {
    let [a, b, c, d] = index.to_be_bytes();
    RecordId::from_random(RecordKind::Claim, [0, a, b, c, d])
}

fn claim(index: u32, expires: Timestamp) -> Claim {
    cast::claim(claim_id(index), expires)
}

/// Ends a claim at a height and time.
fn end(state: &mut State, index: u32, ended: u64, ended_time: Timestamp) {
    let claim = claim(index, ended_time);
    let (ending, left) = (Ending::Released, Left::default());
    let stone = Tombstone { claim, since: ended, token: Some(ended), ending, ended, ended_time, left };
    state.tombstones.insert(claim_id(index), stone);
}

#[test]
fn end_of_a_claim_is_remembered_for_its_span_to_the_second() {
    let mut state = state();
    let now = state.time;
    end(&mut state, 1, 5, now - TOMBSTONE_SPAN);
    end(&mut state, 2, 4, now - TOMBSTONE_SPAN - Span::from_s(1));
    end(&mut state, 3, 3, now);
    forget(&mut state);
    assert_eq!(state.tombstones.keys().collect::<Vec<_>>(), [&claim_id(1), &claim_id(3)]);
}

/// What landed under a token matters as long as somebody may come with an older one.
#[test]
fn landed_tokens_go_that_no_known_claim_is_older_than() {
    let mut state = state();
    let now = state.time;
    end(&mut state, 1, 10, now);
    let key = |token: u64| (RefName::parse("refs/heads/main").unwrap(), token.to_string().into_bytes());
    for token in [9, 10, 11] {
        state.landed_tokens.insert(key(token), token);
    }
    forget(&mut state);
    assert_eq!(state.landed_tokens.keys().collect::<Vec<_>>(), [&key(11)]);
}

/// Looking at all of them costs more than keeping them a while.
#[test]
fn what_ended_long_ago_is_looked_at_every_64_entries() {
    for (height, kept) in [(127, 1), (129, 1), (128, 0), (192, 0)] {
        let mut state = State { height, ..cast() };
        let long_ago = state.time - TOMBSTONE_SPAN - TOMBSTONE_SPAN;
        end(&mut state, 1, 5, long_ago);
        forget(&mut state);
        assert_eq!(state.tombstones.len(), kept, "at {height}");
    }
}

/// What ended first goes first, whatever the height is, and no more of it than has to.
#[test]
fn number_of_ended_claims_that_are_remembered_is_bounded() {
    let most = u32::try_from(TOMBSTONES_MAX).unwrap();
    let mut state = State { height: 20_001, ..cast() };
    let now = state.time;
    for index in 0..most {
        end(&mut state, index, 10_000 + u64::from(index), now);
    }
    let mut full = State { height: 20_032, ..state.clone() };
    forget(&mut full);
    assert_eq!(full.tombstones.len(), TOMBSTONES_MAX);
    end(&mut state, most, 20_000, now);
    end(&mut state, most + 1, 20_000, now);
    forget(&mut state);
    assert_eq!(state.tombstones.len(), TOMBSTONES_MAX + 1);
    assert!(!state.tombstones.contains_key(&claim_id(0)) && state.tombstones.contains_key(&claim_id(1)));
    forget(&mut state);
    assert_eq!(state.tombstones.len(), TOMBSTONES_MAX);
    assert!(!state.tombstones.contains_key(&claim_id(1)));
}

#[test]
fn claim_is_due_once_half_of_its_time_is_over() {
    let state = state();
    let (now, (_, ttl)) = (state.time, state.policy.ttls(None));
    assert_eq!(ttl.seconds() % 2, 0);
    let half = Span::from_s(ttl.seconds() / 2);
    for (expires, expected) in
        [(now + ttl, false), (now + half + Span::from_s(1), false), (now + half, true), (now, true), (now - ttl, true)]
    {
        assert_eq!(is_due(&state, &claim(1, expires), now), expected, "{expires:?}");
    }
}
