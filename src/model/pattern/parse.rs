//! From the text of a pattern to its components.

use std::iter::Peekable;
use std::str::Chars;

use super::Pattern;
use super::PatternFault;
use crate::model::fold::fold;
use crate::model::text::is_deceptive;

/// One component of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Component {
    /// `**`: any number of components.
    Deep,
    /// Exactly one component.
    Name(Vec<Element>),
}

/// One element of a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Element {
    Literal(char),
    /// `?`
    AnyCharacter,
    /// `*`
    AnyRun,
    /// `[a-z]`, as inclusive ranges.
    OneOf(Vec<(char, char)>),
    /// `[!a-z]`
    NoneOf(Vec<(char, char)>),
}

/// Parses a pattern.
///
/// The result is normal: no two `Deep` in a row, and "everything below" is always `Deep` followed by `*`.
pub(super) fn components(source: &str) -> Result<Vec<Component>, PatternFault> {
    if source.is_empty() {
        return Err(PatternFault::Empty);
    }
    if source.len() > Pattern::LEN_MAX_BYTES {
        return Err(PatternFault::TooLong);
    }
    if let Some(character) = source.chars().find(|&character| is_deceptive(character)) {
        return Err(PatternFault::Deceptive(character));
    }
    if source.starts_with('/') {
        return Err(PatternFault::Absolute);
    }
    let (body, is_directory) = match source.strip_suffix('/') {
        Some(body) => (body, true),
        None => (source, false),
    };
    let mut parsed = Vec::new();
    for part in body.split('/') {
        let next = component(part)?;
        if next != Component::Deep || parsed.last() != Some(&Component::Deep) {
            parsed.push(next);
        }
    }
    if wildcard_count(&parsed) > Pattern::WILDCARD_COUNT_MAX {
        return Err(PatternFault::TooManyWildcards);
    }
    if is_git_directory(&parsed[0]) {
        return Err(PatternFault::GitDirectory);
    }
    if is_directory && parsed.last() != Some(&Component::Deep) {
        parsed.push(Component::Deep);
    }
    if parsed.last() == Some(&Component::Deep) {
        parsed.push(Component::Name(vec![Element::AnyRun]));
    }
    Ok(parsed)
}

/// Returns the text of an element list without wildcards.
pub(super) fn literal_text(elements: &[Element]) -> Option<String> {
    let character = |element: &Element| match element {
        Element::Literal(character) => Some(*character),
        _ => None,
    };
    elements.iter().map(character).collect()
}

fn component(part: &str) -> Result<Component, PatternFault> {
    if part == "**" {
        return Ok(Component::Deep);
    }
    if part.is_empty() {
        return Err(PatternFault::EmptyComponent);
    }
    let mut elements = Vec::with_capacity(part.len());
    let mut rest = part.chars().peekable();
    while let Some(character) = rest.next() {
        elements.push(match character {
            '\\' => Element::Literal(rest.next().ok_or(PatternFault::TrailingBackslash)?),
            '*' if elements.last() == Some(&Element::AnyRun) => return Err(PatternFault::PartialDoubleStar),
            '*' => Element::AnyRun,
            '?' => Element::AnyCharacter,
            '[' => class(&mut rest)?,
            literal => Element::Literal(literal),
        });
    }
    // After parsing, because `\.` and `[.]` are dots as well.
    if matches!(literal_text(&elements).as_deref(), Some("." | "..")) {
        return Err(PatternFault::DotComponent);
    }
    Ok(Component::Name(elements))
}

/// Parses a class after its opening bracket. A `]` that comes first is a member, as in git; `^` negates, as in git.
fn class(rest: &mut Peekable<Chars<'_>>) -> Result<Element, PatternFault> {
    let is_negated = rest.next_if(|&character| character == '!' || character == '^').is_some();
    let mut ranges = Vec::new();
    loop {
        let low = match rest.next().ok_or(PatternFault::UnterminatedClass)? {
            ']' if !ranges.is_empty() => break,
            '[' if rest.peek() == Some(&':') => return Err(PatternFault::NamedClass),
            character => member(character, rest)?,
        };
        // A hyphen before the closing bracket is a member.
        let is_range = rest.peek() == Some(&'-') && rest.clone().nth(1).is_some_and(|after| after != ']');
        if !is_range {
            ranges.push((low, low));
            continue;
        }
        rest.next();
        let character = rest.next().ok_or(PatternFault::UnterminatedClass)?;
        let high = member(character, rest)?;
        if low > high {
            return Err(PatternFault::ReversedRange(low, high));
        }
        ranges.push((low, high));
    }
    let (low, high) = ranges[0];
    if is_negated {
        Ok(Element::NoneOf(ranges))
    } else if low == high && ranges.iter().all(|&range| range == (low, low)) {
        Ok(Element::Literal(low))
    } else {
        Ok(Element::OneOf(ranges))
    }
}

fn member(character: char, rest: &mut Peekable<Chars<'_>>) -> Result<char, PatternFault> {
    match character {
        '\\' => rest.next().ok_or(PatternFault::UnterminatedClass),
        plain => Ok(plain),
    }
}

fn wildcard_count(components: &[Component]) -> usize {
    let in_component = |component: &Component| match component {
        Component::Deep => 1,
        Component::Name(elements) => elements.iter().filter(|element| !matches!(element, Element::Literal(_))).count(),
    };
    components.iter().map(in_component).sum()
}

fn is_git_directory(first: &Component) -> bool {
    match first {
        Component::Deep => false,
        Component::Name(elements) => literal_text(elements).is_some_and(|name| fold(&name) == ".git"),
    }
}
