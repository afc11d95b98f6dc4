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

/// Returns a name that the components match. Where wildcards leave a choice it has letters, to which nobody objects.
pub(super) fn example(components: &[Component], choice: Choice) -> String {
    let part = |component: &Component| match component {
        // Any number of components is none as well.
        Component::Deep => None,
        Component::Name(elements) => Some(elements.iter().map(|element| character(element, choice)).collect()),
    };
    components.iter().filter_map(part).collect::<Vec<String>>().join("/")
}

fn character(element: &Element, choice: Choice) -> char {
    let is_in = |ranges: &[(char, char)], one: char| ranges.iter().any(|(low, high)| (*low..=*high).contains(&one));
    let choose = |mut allowed: Vec<char>| match choice {
        Choice::First => allowed.first().copied(),
        Choice::Last => allowed.pop(),
    };
    match element {
        Element::Literal(character) => *character,
        Element::AnyCharacter | Element::AnyRun => 'x',
        Element::OneOf(ranges) => {
            choose(LETTERS.chars().filter(|letter| is_in(ranges, *letter)).collect()).unwrap_or(ranges[0].0)
        }
        Element::NoneOf(ranges) => {
            choose(LETTERS.chars().filter(|letter| !is_in(ranges, *letter)).collect()).unwrap_or('_')
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::model::Pattern;
    use crate::model::RefPattern;

    #[test]
    fn example_is_matched() {
        for source in ["a", "src/", "**", "**/*.sql", "a?c/[a-z]/[!x]/[.a]x", "src/**/b", "[é]/\\*", "app/[[]id].tsx"]
        {
            let pattern = Pattern::parse(source).unwrap();
            let example = pattern.example(|_| true).unwrap();
            assert!(pattern.matches(example.as_bytes()), "{source}: {example}");
        }
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
