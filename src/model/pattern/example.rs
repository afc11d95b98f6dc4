//! A name that a pattern matches, to see whether there can be any.

use super::parse::Component;
use super::parse::Element;

/// What wildcards stand for in an example, as long as nothing else is asked.
const LETTERS: &str = "xyzabcdefghijklmnopqrstuvw0123456789";

/// Which of the characters that a class allows an example has.
#[derive(Clone, Copy)]
pub(super) enum Choice {
    First,
    Last,
}

/// Returns a name that the components match, if there is one. Where wildcards leave a choice it has letters, to which nobody
/// objects.
pub(super) fn example(components: &[Component], choice: Choice) -> Option<String> {
    let part = |component: &Component| match component {
        // Any number of components is none as well.
        Component::Deep => None,
        Component::Name(elements) => Some(elements.iter().map(|element| character(element, choice)).collect()),
    };
    let parts: Option<Vec<String>> = components.iter().filter_map(part).collect();
    parts.map(|parts| parts.join("/"))
}

fn character(element: &Element, choice: Choice) -> Option<char> {
    let is_in = |ranges: &[(char, char)], one: char| ranges.iter().any(|(low, high)| (*low..=*high).contains(&one));
    let choose = |mut allowed: Vec<char>| match choice {
        Choice::First => allowed.first().copied(),
        Choice::Last => allowed.pop(),
    };
    match element {
        Element::Literal(character) => Some(*character),
        Element::AnyCharacter | Element::AnyRun => Some('x'),
        Element::OneOf(ranges) => choose(LETTERS.chars().filter(|letter| is_in(ranges, *letter)).collect())
            .or_else(|| ranges.first().map(|(low, _)| *low)),
        Element::NoneOf(ranges) => {
            let is_allowed = |one: &char| !is_in(ranges, *one);
            choose(LETTERS.chars().filter(is_allowed).collect()).or_else(|| beyond(ranges).find(is_allowed))
        }
    }
}

/// Returns what a class that excludes all letters may still have: what follows on one of its ranges, if it has anything.
fn beyond(ranges: &[(char, char)]) -> impl Iterator<Item = char> {
    let next = |high: char| char::from_u32(u32::from(high) + 1);
    let following = ranges.iter().filter_map(move |(_, high)| next(*high));
    ['_', 'A'].into_iter().chain(following).filter(|one| !one.is_control() && *one != '/')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Pattern;
    use crate::model::RefPattern;

    #[test]
    fn example_is_matched() {
        for source in [
            "a",
            "src/",
            "**",
            "**/*.sql",
            "a?c/[a-z]/[!x]/[.a]x",
            "src/**/b",
            "[é]/\\*",
            "app/[[]id].tsx",
            "[!*-z]",
            "[!0-9A-z]/x",
        ] {
            let pattern = Pattern::parse(source).unwrap();
            let example = pattern.example(|_| true).unwrap();
            assert!(pattern.matches(example.as_bytes()), "{source}: {example}");
        }
    }

    #[test]
    fn class_that_excludes_everything_has_none() {
        // No pattern that can be written does; a change of what may be written could let one.
        let name = |ranges| [Component::Name(vec![Element::Literal('a'), Element::NoneOf(ranges)])];
        assert_eq!(example(&name(vec![('\0', char::MAX)]), Choice::First), None);
        assert_eq!(example(&name(vec![('\0', 'z')]), Choice::First).as_deref(), Some("a{"));
    }

    #[test]
    fn pattern_of_refs_that_git_forbids_has_none() {
        let example = |source: &str| RefPattern::parse(source).unwrap().example();
        for source in ["refs/heads/a b", "refs/heads/*.lock", "refs/heads/.x/*", "refs/heads/-*", "refs/heads/HEAD"] {
            assert_eq!(example(source), None, "{source}");
        }
        for source in [
            "refs/heads/ab",
            "refs/heads/*.locks",
            "refs/heads/x/*",
            "refs/heads/?.loc[kl]",
            "refs/**",
            "refs/heads/x/",
        ] {
            assert!(example(source).is_some(), "{source}");
        }
    }
}
