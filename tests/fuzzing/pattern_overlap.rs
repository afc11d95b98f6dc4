//! Whether two patterns meet, against enumeration of every path of a small alphabet.
//!
//! A shortest common path has no more symbols than both patterns have single steps, slashes and names together: what falls
//! on stars of both could be left out. So short patterns that share any path share one of those here.

use std::sync::LazyLock;

use git_coord::model::Pattern;

use super::tape::Tape;

const LETTERS: [char; 3] = ['a', 'b', '/'];
/// So many symbols a path has at most; two patterns of the weight below need no more.
const SYMBOLS_MAX: usize = 8;
const WEIGHT_MAX: usize = SYMBOLS_MAX / 2;

static PATHS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut longest = vec![String::new()];
    let mut paths = Vec::new();
    for _ in 0..SYMBOLS_MAX {
        longest = longest.iter().flat_map(|path| LETTERS.map(|letter| format!("{path}{letter}"))).collect();
        paths.extend(longest.iter().filter(|path| is_path(path)).cloned());
    }
    paths
});

fn is_path(text: &str) -> bool {
    text.split('/').all(|name| !name.is_empty())
}

/// Reads the bytes as two patterns of few steps.
pub fn run(data: &[u8]) {
    let mut tape = Tape::new(data);
    let (Some(one), Some(other)) = (Small::read(&mut tape), Small::read(&mut tape)) else { return };
    let (Ok(first), Ok(second)) = (Pattern::parse(&one.text), Pattern::parse(&other.text)) else { return };
    let by_first: Vec<_> = PATHS.iter().filter(|path| one.matches(path)).collect();
    let by_second: Vec<_> = PATHS.iter().filter(|path| other.matches(path)).collect();
    for (pattern, matched) in [(&first, &by_first), (&second, &by_second)] {
        let ours = PATHS.iter().filter(|path| pattern.matches(path.as_bytes()));
        assert!(ours.eq(matched.iter().copied()), "{pattern:?}");
    }
    let expected = by_first.iter().any(|path| other.matches(path));
    // What stands for any letter, or for all but one, stands for letters that are not in this alphabet: those of several
    // symbols, which the tests of the patterns themselves enumerate.
    let is_exact = ![&one.text, &other.text].iter().any(|text| text.contains(['!', '?']));
    if expected || is_exact {
        assert_eq!(first.overlaps(&second), expected, "{first:?} {second:?}");
    }
    if first.covers(&second) {
        assert!(by_second.iter().all(|path| one.matches(path)), "{first:?} covers {second:?}");
    }
}

/// A pattern of few steps, with its parts.
struct Small {
    text: String,
    names: Vec<Vec<Step>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Letter(char),
    Any,
    Star,
    Either,
    Not(char),
    Deep,
}

impl Small {
    fn read(tape: &mut Tape<'_>) -> Option<Self> {
        let mut names = vec![Vec::new()];
        for _ in 0..tape.below(8) + 1 {
            let step = match tape.below(12) {
                0..3 => Step::Letter('a'),
                3 => Step::Letter('b'),
                4 => Step::Any,
                5 | 6 => Step::Star,
                7 => Step::Either,
                8 => Step::Not('a'),
                9 => Step::Deep,
                _ => {
                    names.push(Vec::new());
                    continue;
                }
            };
            let name = names.last_mut().expect("there is one");
            match (step, name.last()) {
                (Step::Deep, None) | (Step::Letter(_) | Step::Any | Step::Star | Step::Either | Step::Not(_), _)
                    if name.last() != Some(&Step::Deep)
                        && !(step == Step::Star && name.last() == Some(&Step::Star)) =>
                {
                    name.push(step);
                }
                _ => {}
            }
        }
        names.retain(|name| !name.is_empty());
        let weight: usize = names.iter().map(|name| Self::weight(name) + 1).sum();
        let text: Vec<String> = names.iter().map(|name| name.iter().map(|step| step.text()).collect()).collect();
        (!names.is_empty() && weight <= WEIGHT_MAX + 1).then(|| Self { text: text.join("/"), names })
    }

    /// Returns how many symbols a name needs: one for each single step, and one at least.
    fn weight(name: &[Step]) -> usize {
        name.iter().filter(|step| **step != Step::Star).count().max(1)
    }

    fn matches(&self, path: &str) -> bool {
        let names: Vec<Vec<char>> = path.split('/').map(|name| name.chars().collect()).collect();
        path_matches(&self.names, &names)
    }
}

impl Step {
    fn text(self) -> String {
        match self {
            Self::Letter(letter) => letter.to_string(),
            Self::Any => "?".to_owned(),
            Self::Star => "*".to_owned(),
            Self::Either => "[ab]".to_owned(),
            Self::Not(letter) => format!("[!{letter}]"),
            Self::Deep => "**".to_owned(),
        }
    }

    fn takes(self, letter: char) -> bool {
        match self {
            Self::Letter(own) => own == letter,
            Self::Any => true,
            Self::Either => "ab".contains(letter),
            Self::Not(other) => other != letter,
            Self::Star | Self::Deep => false,
        }
    }
}

fn path_matches(steps: &[Vec<Step>], names: &[Vec<char>]) -> bool {
    match (steps, names) {
        ([first], _) if first[..] == [Step::Deep] => !names.is_empty(),
        ([first, rest @ ..], _) if first[..] == [Step::Deep] => {
            (0..=names.len()).any(|skipped| path_matches(rest, &names[skipped..]))
        }
        ([], []) => true,
        ([first, rest @ ..], [name, tail @ ..]) => name_matches(first, name) && path_matches(rest, tail),
        _ => false,
    }
}

fn name_matches(steps: &[Step], name: &[char]) -> bool {
    match (steps, name) {
        ([], _) => name.is_empty(),
        ([Step::Star, rest @ ..], _) => (0..=name.len()).any(|skipped| name_matches(rest, &name[skipped..])),
        ([step, rest @ ..], [letter, tail @ ..]) => step.takes(*letter) && name_matches(rest, tail),
        (_, []) => false,
    }
}
