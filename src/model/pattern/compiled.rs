//! A pattern ready for matching, in one of two forms: exact or folded.
//!
//! Two patterns overlap if one accepts a path and the other a path that folds to the same (S9). The folded form accepts
//! at least the folded paths of the pattern, so that two of them meet wherever two patterns overlap.

use super::parse::Component;
use super::parse::Element;
use super::product;
use super::product::Item;
use super::steps;
use super::steps::Step;
use super::symbols;
use super::symbols::Symbol;
use crate::model::fold::continues_letter;
use crate::model::fold::fold;

/// Whether names are compared as they are or folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Exact,
    Folded,
}

/// What a pattern accepts.
#[derive(Clone, Debug)]
pub(super) struct Compiled {
    form: Form,
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
        let piece = |component: &Component| match (component, form) {
            (Component::Deep, _) => Piece::Deep,
            (Component::Name(elements), Form::Exact) => Piece::Name(steps::exact(elements)),
            (Component::Name(elements), Form::Folded) => Piece::Name(steps::folded(elements)),
        };
        Self { form, shape, literal: literal.into(), pieces: components.iter().map(piece).collect() }
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
                let mut symbols = symbols::symbols(path);
                if self.form == Form::Folded {
                    symbols::place(&mut symbols);
                }
                let names: Vec<&[Symbol]> = symbols.split(|symbol| symbol.code == u32::from('/')).collect();
                names.iter().all(|name| !name.is_empty())
                    && product::meets(&self.pieces, &names, |piece, name| match piece {
                        Piece::Deep => true,
                        Piece::Name(steps) => product::meets(steps, name, Step::accepts),
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
            (Self::Name(one), Self::Name(other)) => product::meets(one, other, Step::meets),
            _ => true,
        }
    }

    fn includes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Deep, _) => true,
            (Self::Name(_), Self::Deep) => false,
            (Self::Name(wide), Self::Name(narrow)) => product::includes(wide, narrow, Step::includes),
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
