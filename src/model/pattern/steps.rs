//! The steps of a component: what each of its symbols may be.
//!
//! The exact form has one step for each character. In the folded form a wildcard takes a first symbol and the marks into
//! which folding takes a character apart: `?` is any symbol and then marks, so that it matches a composed `é` as well as
//! the mark of a decomposed one, and `?` and `??` have a name in common.
//!
//! Folding puts marks that stand together in their canonical order, so marks that a wildcard matched come to stand before
//! or between those of a literal beside it. Beside a star, which takes any number, they have their places: those that the
//! order demands. Beside other wildcards, or where marks of two literals may come together, only their number is known,
//! and each may be any mark: `é?` is then taken to overlap `è?`.
//!
//! A folded form never accepts too little. It accepts more than it should there, and for classes: of one that holds
//! marks, or too many members, any character is accepted; one that excludes accepts what it excludes of letters where a
//! mark may follow, and of all that is not ASCII. Which marks make a character with which letter is not looked at either,
//! but that none do with a digit: `?` overlaps `a?`, and not `1?`.

use super::contexts::Contexts;
use super::contexts::Kinds;
use super::parse::Element;
use super::parse::literal_text;
use super::product::Item;
use super::ranges::Ranges;
use super::symbols::Symbol;
use super::symbols::Symbols;
use crate::model::fold::continues_letter;
use crate::model::fold::fold;
use crate::model::fold::order_of_mark;
use crate::model::fold::spellings;

/// Classes with more members than this are taken for "any character" in the folded form: folding visits every member.
const FOLDED_MEMBER_COUNT_MAX: usize = 128;

/// The last place in the canonical order.
const ORDER_LAST: u8 = 254;

#[derive(Clone, Debug)]
pub(super) struct Step {
    symbols: Symbols,
    contexts: Contexts,
    repeat: Repeat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Repeat {
    Once,
    AnyTimes,
}

impl Item for Step {
    fn repeats(&self) -> bool {
        self.repeat == Repeat::AnyTimes
    }

    fn accepts_all(&self) -> bool {
        self.repeats() && self.symbols.is_any()
    }
}

impl Step {
    fn once(symbols: Symbols) -> Self {
        Self { symbols, contexts: Contexts::ALL, repeat: Repeat::Once }
    }

    fn any_times(symbols: Symbols) -> Self {
        Self { symbols, contexts: Contexts::ALL, repeat: Repeat::AnyTimes }
    }

    fn exactly(character: char) -> Self {
        Self::once(Symbols::Exactly(character.into()))
    }

    /// Marks that folding took from the character before.
    fn rest_of_character() -> Self {
        Self { contexts: Contexts::CONTINUING, ..Self::any_times(Symbols::mark()) }
    }

    pub(super) fn accepts(&self, symbol: &Symbol) -> bool {
        self.contexts.meets(symbol.context) && self.symbols.contains(symbol.code, symbol.context)
    }

    pub(super) fn meets(&self, other: &Self) -> bool {
        let contexts = self.contexts.common(other.contexts);
        contexts != Contexts::NONE && self.symbols.meets(&other.symbols, contexts)
    }

    pub(super) fn includes(&self, other: &Self) -> bool {
        self.contexts.includes(other.contexts) && self.symbols.includes(&other.symbols)
    }
}

/// Returns the steps of a component in the exact form.
pub(super) fn exact(elements: &[Element]) -> Vec<Step> {
    let step = |element: &Element| match element {
        Element::Literal(character) => Step::exactly(*character),
        Element::AnyCharacter => Step::once(Symbols::any()),
        Element::AnyRun => Step::any_times(Symbols::any()),
        Element::OneOf(ranges) => Step::once(Symbols::OneOf(numbered(ranges))),
        Element::NoneOf(ranges) => Step::once(Symbols::AnyBut(numbered(ranges))),
    };
    let in_one_context = |step| Step { contexts: Contexts::ALONE, ..step };
    elements.iter().map(step).map(in_one_context).collect()
}

/// Returns the steps of a component in the folded form.
pub(super) fn folded(elements: &[Element]) -> Vec<Step> {
    // Literals are folded in runs: the order of marks depends on their neighbours.
    let runs = elements.chunk_by(|one, next| matches!((one, next), (Element::Literal(_), Element::Literal(_))));
    let mut parts: Vec<Part> = runs.map(Part::new).collect();
    // `*?` is `?*`, of which more is known: what a star does not separate stands side by side.
    parts.chunk_by_mut(|one, next| one.is_any() && next.is_any()).for_each(|run| run.sort_by_key(Part::is_star));
    parts.dedup_by(|next, one| one.is_star() && next.is_star());
    let mut steps = Vec::with_capacity(elements.len());
    for (index, part) in parts.iter().enumerate() {
        match part {
            Part::Text(text) => {
                let before = Side::new(parts[..index].iter().rev(), Part::ends_in_mark);
                let after = Side::new(parts[index + 1..].iter(), Part::begins_with_mark);
                push_text(text, before, after, &mut steps);
            }
            Part::Star => steps.push(Step::any_times(Symbols::any())),
            Part::Whole(symbols) => steps.push(Step::once(symbols.clone())),
            Part::TakenApart(symbols) => {
                steps.extend([Step::once(symbols.clone()), Step::rest_of_character()]);
            }
        }
    }
    confine(&mut steps);
    steps
}

/// A part of a component, folded.
enum Part {
    Text(String),
    Star,
    /// One character that folds to one symbol.
    Whole(Symbols),
    /// One character that may fold to a symbol of these and marks.
    TakenApart(Symbols),
}

impl Part {
    fn new(run: &[Element]) -> Self {
        if let Some(text) = literal_text(run) {
            return Self::Text(fold(&text));
        }
        match &run[0] {
            Element::AnyRun => Self::Star,
            Element::OneOf(ranges) => members(&numbered(ranges)),
            Element::NoneOf(ranges) => Self::TakenApart(Symbols::AnyBut(ruled_out(&numbered(ranges)))),
            Element::Literal(_) | Element::AnyCharacter => Self::TakenApart(Symbols::any()),
        }
    }

    fn is_star(&self) -> bool {
        matches!(self, Self::Star)
    }

    fn is_any(&self) -> bool {
        match self {
            Self::Star => true,
            Self::TakenApart(symbols) => symbols.is_any(),
            Self::Text(_) | Self::Whole(_) => false,
        }
    }

    /// Returns whether a mark that changes its place may come first.
    fn begins_with_mark(&self) -> bool {
        match self {
            Self::Text(text) => text.chars().next().is_some_and(is_movable),
            Self::Star => true,
            Self::Whole(symbols) | Self::TakenApart(symbols) => !matches!(symbols, Symbols::OneOf(_)),
        }
    }

    /// Returns whether a mark that changes its place may come last.
    fn ends_in_mark(&self) -> bool {
        match self {
            Self::Text(text) => text.chars().next_back().is_some_and(is_movable),
            Self::Star | Self::TakenApart(_) => true,
            Self::Whole(symbols) => !matches!(symbols, Symbols::OneOf(_)),
        }
    }
}

/// What marks come to stand among those at one end of a literal.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    /// None.
    Closed,
    /// Those of a star, and no others.
    Star,
    Open,
}

impl Side {
    /// Takes the parts from the literal on outwards.
    fn new<'a>(mut parts: impl Iterator<Item = &'a Part>, has_mark: impl Fn(&Part) -> bool) -> Self {
        match parts.next() {
            Some(Part::Star) if !parts.next().is_some_and(&has_mark) => Self::Star,
            Some(part) if has_mark(part) => Self::Open,
            _ => Self::Closed,
        }
    }
}

fn push_text(text: &str, before: Side, after: Side, steps: &mut Vec<Step>) {
    let rest = text.trim_start_matches(is_movable);
    let first = &text[..text.len() - rest.len()];
    let letters = rest.trim_end_matches(is_movable);
    if letters.is_empty() {
        // Marks alone have two ends at once.
        match (before, after) {
            (_, Side::Closed) => push_first_marks(first, before, steps),
            (Side::Closed, _) => push_last_marks(first, after, steps),
            (Side::Star, Side::Star) => push_marks_between_stars(first, steps),
            _ => push_first_marks(first, Side::Open, steps),
        }
        return;
    }
    push_first_marks(first, before, steps);
    steps.extend(letters.chars().map(Step::exactly));
    push_last_marks(&rest[letters.len()..], after, steps);
}

/// Adds marks at the beginning of a literal. Those of the part before come before equal ones.
fn push_first_marks(marks: &str, before: Side, steps: &mut Vec<Step>) {
    let mut orders = marks.chars().map(order_of_mark).skip(1);
    for mark in marks.chars() {
        match before {
            Side::Closed => steps.push(Step::exactly(mark)),
            Side::Open => steps.push(Step::once(Symbols::Mark(1, ORDER_LAST))),
            Side::Star => {
                steps.push(Step::exactly(mark));
                push_between(order_of_mark(mark) + 1, orders.next().unwrap_or(ORDER_LAST), steps);
            }
        }
    }
}

/// Adds marks at the end of a literal. Those of the part after come after equal ones.
fn push_last_marks(marks: &str, after: Side, steps: &mut Vec<Step>) {
    let mut low = 1;
    for mark in marks.chars() {
        match after {
            Side::Closed => steps.push(Step::exactly(mark)),
            Side::Open => steps.push(Step::once(Symbols::Mark(1, ORDER_LAST))),
            Side::Star => {
                let order = order_of_mark(mark);
                push_between(low, order - 1, steps);
                steps.push(Step::exactly(mark));
                low = order;
            }
        }
    }
}

fn push_marks_between_stars(marks: &str, steps: &mut Vec<Step>) {
    let mut low = None;
    for mark in marks.chars() {
        let order = order_of_mark(mark);
        if let Some(low) = low.filter(|low| *low < order) {
            push_between(low, order, steps);
        }
        steps.push(Step::exactly(mark));
        low = Some(order);
    }
}

fn push_between(low: u8, high: u8, steps: &mut Vec<Step>) {
    if low <= high {
        steps.push(Step::any_times(Symbols::Mark(low, high)));
    }
}

/// Confines each step to the contexts that its neighbours leave.
fn confine(steps: &mut [Step]) {
    let kinds: Vec<Kinds> = steps.iter().map(|step| step.symbols.kinds()).collect();
    for index in 0..steps.len() {
        let own = if steps[index].repeats() { kinds[index] } else { Kinds::NONE };
        let reach = |neighbours: &mut dyn Iterator<Item = usize>| {
            let mut reached = own;
            for neighbour in neighbours {
                reached = reached.and(kinds[neighbour]);
                if !steps[neighbour].repeats() {
                    return reached;
                }
            }
            reached.and(Kinds::BARE)
        };
        let before = reach(&mut (0..index).rev());
        let after = reach(&mut (index + 1..steps.len()));
        steps[index].contexts = steps[index].contexts.common(kinds[index].contexts(before, after));
    }
}

fn is_movable(character: char) -> bool {
    order_of_mark(character) != 0
}

/// Returns a part that accepts at least the members of a class.
fn members(class: &Ranges) -> Part {
    if class.symbol_count() > FOLDED_MEMBER_COUNT_MAX {
        return Part::TakenApart(Symbols::any());
    }
    let mut firsts = Vec::new();
    let mut is_taken_apart = false;
    for character in class.symbols().filter_map(char::from_u32) {
        let folded = fold(character.encode_utf8(&mut [0; 4]));
        let mut symbols = folded.chars();
        firsts.extend(symbols.next());
        is_taken_apart |= symbols.next().is_some();
    }
    let symbols = if !firsts.iter().copied().any(is_movable) {
        Symbols::OneOf(Ranges::new(firsts.into_iter().map(|first| (first.into(), first.into())).collect()))
    } else if firsts.iter().copied().all(continues_letter) {
        // A mark may change its place with one that another wildcard matched.
        Symbols::mark()
    } else {
        Symbols::any()
    };
    if is_taken_apart { Part::TakenApart(symbols) } else { Part::Whole(symbols) }
}

/// Returns the folded symbols that the members of an excluding class rule out: those of which every spelling is
/// excluded. `[!a]` matches `A`, which folds to `a`.
fn ruled_out(class: &Ranges) -> Ranges {
    let is_ruled_out = |symbol: &char| spellings(*symbol).all(|spelling| class.contains(spelling.into()));
    let symbols = ('\0'..='\x7F').filter(|symbol| !symbol.is_ascii_uppercase()).filter(is_ruled_out);
    Ranges::new(symbols.map(|symbol| (symbol.into(), symbol.into())).collect())
}

/// Returns the members of a class, without the slash and the surrogates that a range may span: no name contains them.
fn numbered(ranges: &[(char, char)]) -> Ranges {
    let mut parts = Vec::with_capacity(ranges.len());
    for &(low, high) in ranges {
        let (low, high) = (u32::from(low), u32::from(high));
        let cut = [(low, high.min(0x2E)), (low.max(0x30), high.min(0xD7FF)), (low.max(0xE000), high)];
        parts.extend(cut.into_iter().filter(|(low, high)| low <= high));
    }
    Ranges::new(parts)
}
