//! A pattern ready for matching, in one of two forms: exact or folded.
//!
//! In the folded form a wildcard stands for a whole letter: one symbol and the marks that continue it, because
//! folding takes `é` apart. So `?` still matches `é`, and `??` and `?` still have nothing in common.

use super::parse::Component;
use super::parse::Element;
use super::parse::literal_text;
use super::product;
use super::product::Item;
use super::ranges::Ranges;
use super::symbols::Symbols;
use super::symbols::push_symbols;
use crate::model::fold::continues_letter;
use crate::model::fold::fold;

/// Classes with more members than this are taken for "any letter" in the folded form: folding visits every member.
const FOLDED_MEMBER_COUNT_MAX: usize = 128;

/// Whether names are compared as they are or folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Exact,
    Folded,
}

/// What a pattern accepts.
#[derive(Clone, Debug)]
pub(super) struct Compiled {
    shape: Shape,
    /// The whole path of a file, the path of a directory with its slash, or the text before the first wildcard.
    literal: Box<str>,
    pieces: Vec<Piece>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    File,
    Below,
    Glob,
}

#[derive(Clone, Debug)]
enum Piece {
    Deep,
    Name(Vec<Step>),
}

#[derive(Clone, Debug)]
struct Step {
    symbols: Symbols,
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

impl Item for Piece {
    fn repeats(&self) -> bool {
        matches!(self, Self::Deep)
    }

    fn accepts_all(&self) -> bool {
        matches!(self, Self::Deep)
    }
}

impl Compiled {
    pub(super) fn new(components: &[Component], form: Form) -> Self {
        let (shape, literal) = shape_and_literal(components);
        let literal = match form {
            Form::Exact => literal,
            Form::Folded => folded_prefix(&literal, shape),
        };
        let piece = |component: &Component| match component {
            Component::Deep => Piece::Deep,
            Component::Name(elements) => Piece::Name(steps(elements, form)),
        };
        Self { shape, literal: literal.into(), pieces: components.iter().map(piece).collect() }
    }

    /// Returns the text with which everything that is accepted starts.
    pub(super) fn literal(&self) -> &str {
        &self.literal
    }

    pub(super) fn is_file(&self) -> bool {
        self.shape == Shape::File
    }

    /// Returns whether a path, in the form of this pattern, is accepted.
    pub(super) fn accepts(&self, path: &[u8]) -> bool {
        let literal = self.literal.as_bytes();
        if !path.starts_with(literal) {
            return false;
        }
        match self.shape {
            Shape::File => path.len() == literal.len(),
            Shape::Below => path.len() > literal.len(),
            Shape::Glob => {
                let mut symbols = Vec::with_capacity(path.len());
                push_symbols(path, &mut symbols);
                let names: Vec<&[u32]> = symbols.split(|&symbol| symbol == u32::from('/')).collect();
                names.iter().all(|name| !name.is_empty())
                    && product::meets(&self.pieces, &names, |piece, name| match piece {
                        Piece::Deep => true,
                        Piece::Name(steps) => {
                            product::meets(steps, name, |step, &symbol| step.symbols.contains(symbol))
                        }
                    })
            }
        }
    }

    /// Returns whether some path is accepted by both patterns.
    pub(super) fn meets(&self, other: &Self) -> bool {
        let (one, two) = (self.literal.as_bytes(), other.literal.as_bytes());
        if one.iter().zip(two).any(|(x, y)| x != y) {
            return false;
        }
        match (self.shape, other.shape) {
            (Shape::File, Shape::File) => one.len() == two.len(),
            (Shape::File, Shape::Below) => one.len() > two.len(),
            (Shape::Below, Shape::File) => two.len() > one.len(),
            (Shape::Below, Shape::Below) => true,
            _ => product::meets(&self.pieces, &other.pieces, Piece::meets),
        }
    }

    /// Returns whether every path that the other accepts is accepted. May say no where the answer is yes.
    pub(super) fn includes(&self, other: &Self) -> bool {
        match self.shape {
            Shape::File => other.shape == Shape::File && self.literal == other.literal,
            Shape::Below => {
                let is_below = other.shape != Shape::File || other.literal.len() > self.literal.len();
                is_below && other.literal.starts_with(&*self.literal)
            }
            Shape::Glob => product::includes(&self.pieces, &other.pieces, Piece::includes),
        }
    }
}

impl Piece {
    fn meets(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Name(one), Self::Name(other)) => product::meets(one, other, |x, y| x.symbols.meets(&y.symbols)),
            _ => true,
        }
    }

    fn includes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Deep, _) => true,
            (Self::Name(_), Self::Deep) => false,
            (Self::Name(wide), Self::Name(narrow)) => {
                product::includes(wide, narrow, |x, y| x.symbols.includes(&y.symbols))
            }
        }
    }
}

fn shape_and_literal(components: &[Component]) -> (Shape, String) {
    let mut literal = String::new();
    for (index, component) in components.iter().enumerate() {
        let Component::Name(elements) = component else {
            let is_below = components[index + 1..] == [Component::Name(vec![Element::AnyRun])];
            return (if is_below { Shape::Below } else { Shape::Glob }, literal);
        };
        for element in elements {
            let Element::Literal(character) = element else { return (Shape::Glob, literal) };
            literal.push(*character);
        }
        if index + 1 < components.len() {
            literal.push('/');
        }
    }
    (Shape::File, literal)
}

/// Folds the literal start of a pattern. Marks at its end are cut where a wildcard follows: a further mark that the
/// wildcard matches may sort before them.
fn folded_prefix(literal: &str, shape: Shape) -> String {
    let folded = fold(literal);
    match shape {
        Shape::File | Shape::Below => folded,
        Shape::Glob => folded.trim_end_matches(continues_letter).to_owned(),
    }
}

fn steps(elements: &[Element], form: Form) -> Vec<Step> {
    let once = |symbols| Step { symbols, repeat: Repeat::Once };
    let any_times = |symbols| Step { symbols, repeat: Repeat::AnyTimes };
    let mut steps = Vec::with_capacity(elements.len());
    // Literals are folded in runs: the order of marks depends on their neighbours.
    for run in elements.chunk_by(|one, next| matches!((one, next), (Element::Literal(_), Element::Literal(_)))) {
        if let Some(text) = literal_text(run) {
            let text = if form == Form::Folded { fold(&text) } else { text };
            steps.extend(text.chars().map(|character| once(Symbols::Exactly(character.into()))));
            continue;
        }
        match (&run[0], form) {
            (Element::AnyRun, _) => steps.push(any_times(Symbols::any())),
            (element, Form::Exact) => steps.push(once(exact_symbols(element))),
            (element, Form::Folded) => {
                let (symbols, continued) = folded_symbols(element);
                steps.push(once(symbols));
                if continued == Continued::ByMarks {
                    steps.push(any_times(Symbols::Mark));
                }
            }
        }
    }
    steps
}

fn exact_symbols(element: &Element) -> Symbols {
    match element {
        Element::OneOf(ranges) => Symbols::OneOf(numbered(ranges)),
        Element::NoneOf(ranges) => Symbols::AnyBut(numbered(ranges)),
        Element::Literal(_) | Element::AnyCharacter | Element::AnyRun => Symbols::any(),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Continued {
    ByMarks,
    Never,
}

/// Returns a set that holds the first folded symbol of everything the element matches.
fn folded_symbols(element: &Element) -> (Symbols, Continued) {
    match element {
        Element::OneOf(ranges) => folded_members(&numbered(ranges)),
        Element::NoneOf(ranges) => (Symbols::LetterBut(folded_exclusions(&numbered(ranges))), Continued::ByMarks),
        Element::Literal(_) | Element::AnyCharacter | Element::AnyRun => (Symbols::letter(), Continued::ByMarks),
    }
}

fn folded_members(members: &Ranges) -> (Symbols, Continued) {
    if members.symbol_count() > FOLDED_MEMBER_COUNT_MAX {
        return (Symbols::letter(), Continued::ByMarks);
    }
    let mut firsts = Vec::new();
    let mut continued = Continued::Never;
    for character in members.symbols().filter_map(char::from_u32) {
        let folded = fold(character.encode_utf8(&mut [0; 4]));
        let mut symbols = folded.chars().map(u32::from);
        firsts.extend(symbols.next().map(|first| (first, first)));
        if symbols.next().is_some() {
            continued = Continued::ByMarks;
        }
    }
    (Symbols::OneOf(Ranges::new(firsts)), continued)
}

/// Returns the folded symbols that the excluded members rule out: those excluded in both cases. `[!a]` matches `A`,
/// which folds to `a`.
fn folded_exclusions(members: &Ranges) -> Ranges {
    if members.symbol_count() > FOLDED_MEMBER_COUNT_MAX {
        return Ranges::default();
    }
    let is_ruled_out = |character: &char| {
        let is_folded = fold(character.encode_utf8(&mut [0; 4])).chars().eq([*character]);
        is_folded && character.to_uppercase().all(|upper| members.contains(upper.into()))
    };
    let ruled_out = members.symbols().filter_map(char::from_u32).filter(is_ruled_out);
    Ranges::new(ruled_out.map(|character| (character.into(), character.into())).collect())
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
