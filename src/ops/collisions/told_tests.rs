use std::collections::BTreeSet;
use std::path::PathBuf;

use super::AT_ONCE_MAX;
use super::Allowance;
use super::Pair;
use super::STANDING_MAX;
use super::Told;
use crate::ops::collisions::change::How;
use crate::ops::collisions::change::Side;

fn pair(path: &str) -> Pair {
    (path.to_owned(), "one".into(), "other".into())
}

fn side() -> Side {
    Side { worktree: PathBuf::new(), branch: None, principal: None, how: How::Uncommitted, claim: None }
}

/// Looks at a path that collides, and returns whether that is told.
fn look(told: &mut Told, path: &str, is_worked_on: bool, allowance: &mut Allowance) -> bool {
    let now = BTreeSet::from([pair(path)]);
    assert!(told.end(path, &now).is_empty());
    let fresh = told.begin(path, now, is_worked_on, allowance);
    let is_told = !fresh.is_empty();
    for pair in fresh {
        told.insert(pair, [side(), side()]);
    }
    is_told
}

#[test]
fn what_one_look_may_not_tell_is_counted_once() {
    let mut told = Told::default();
    let path = |number: usize| format!("p{number:05}");
    let mut allowance = Allowance::new();
    let count = (0..AT_ONCE_MAX + 7).filter(|number| look(&mut told, &path(*number), true, &mut allowance)).count();
    assert_eq!((count, allowance.more), (AT_ONCE_MAX, 7));
    // At the next look at everything nothing is new.
    let mut allowance = Allowance::new();
    let is_told = |told: &mut Told, allowance: &mut Allowance| {
        (0..AT_ONCE_MAX + 7).any(|number| look(told, &path(number), false, allowance))
    };
    assert!(!is_told(&mut told, &mut allowance));
    assert_eq!(allowance.more, 0);
    // Whoever works on one that was counted hears of it.
    assert!(look(&mut told, &path(AT_ONCE_MAX), true, &mut allowance));
    assert!(!look(&mut told, &path(AT_ONCE_MAX), true, &mut allowance), "it is told once");
    // What was counted and is over is new when it begins again; what was told is settled.
    assert!(told.end(&path(AT_ONCE_MAX + 1), &BTreeSet::new()).is_empty());
    assert!(look(&mut told, &path(AT_ONCE_MAX + 1), false, &mut allowance));
    assert_eq!(told.end(&path(0), &BTreeSet::new()).len(), 1);
    assert!(!told.paths().any(|known| *known == path(0)));
}

#[test]
fn what_stands_is_bounded() {
    let mut told = Told::default();
    let mut count = 0;
    for number in 0..STANDING_MAX + 10 {
        count += usize::from(look(&mut told, &format!("p{number}"), true, &mut Allowance::new()));
    }
    assert_eq!(count, STANDING_MAX);
    assert_eq!(told.pairs.len(), STANDING_MAX);
    // What is settled makes room.
    assert_eq!(told.end("p0", &BTreeSet::new()).len(), 1);
    assert!(look(&mut told, "new", true, &mut Allowance::new()));
}
