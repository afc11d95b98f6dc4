//! The text of a settings file with the places of what is in it.

use std::ops::Range;

use jsonc_parser::CollectOptions;
use jsonc_parser::ParseOptions;
use jsonc_parser::ast::Array;
use jsonc_parser::ast::Object;
use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged;
use jsonc_parser::parse_to_ast;

use super::SettingsFault;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// A list or an object in a text.
#[derive(Clone, Debug)]
pub(super) struct Container {
    /// From its opening bracket to behind the closing one.
    pub(super) range: Range<usize>,
    /// What is directly in it.
    pub(super) children: Vec<Range<usize>>,
}

/// Reads a text. Comments are passed over, and commas before a closing bracket as well: whether its program takes them is
/// between it and whoever wrote them. Everything else is JSON.
pub(super) fn parse(text: &str) -> Result<Option<Value<'_>>, SettingsFault> {
    let options = ParseOptions {
        allow_comments: true,
        allow_loose_object_property_names: false,
        allow_trailing_commas: true,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let parsed = parse_to_ast(text, &CollectOptions::default(), &options);
    parsed.map(|parsed| parsed.value).map_err(|error| SettingsFault::Syntax(error.to_string()))
}

/// Returns a member of an object; it must not be there twice.
pub(super) fn member<'a, 'b>(object: &'b Object<'a>, key: &str) -> Result<Option<&'b Value<'a>>, SettingsFault> {
    let mut named = object.properties.iter().filter(|prop| prop.name.as_str() == key);
    let found = named.next().map(|prop| &prop.value);
    if named.next().is_some() { Err(SettingsFault::Twice(key.to_owned())) } else { Ok(found) }
}

/// Returns the text of a file.
pub(super) fn text_of(bytes: &[u8]) -> Result<&str, SettingsFault> {
    std::str::from_utf8(bytes).map_err(|_| SettingsFault::Encoding)
}

/// Returns a text without the mark by which some editors begin a file.
pub(super) fn without_mark(text: &str) -> &str {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

/// Returns the blanks at the beginning of a text.
pub(super) fn blanks(text: &str) -> &str {
    let end = text.find(|c| !matches!(c, ' ' | '\t' | '\r' | '\n')).unwrap_or(text.len());
    &text[..end]
}

/// Returns whether a text is nothing but blanks.
pub(super) fn is_blank(text: &str) -> bool {
    blanks(text).len() == text.len()
}

/// Returns where the next comma stands, if only blanks and comments come before it.
pub(super) fn comma_after(text: &str, mut position: usize) -> Option<usize> {
    loop {
        position += blanks(&text[position..]).len();
        let rest = &text[position..];
        position += match rest.as_bytes() {
            [b',', ..] => return Some(position),
            [b'/', b'/', ..] => rest.find('\n').unwrap_or(rest.len()),
            [b'/', b'*', ..] => rest.find("*/").map(|end| end + 2)?,
            _ => return None,
        };
    }
}

impl Container {
    pub(super) fn of_object(object: &Object<'_>) -> Self {
        let span = |range: jsonc_parser::common::Range| range.start..range.end;
        let children = object.properties.iter().map(|prop| span(prop.range)).collect();
        Self { range: span(object.range), children }
    }

    pub(super) fn of_list(list: &Array<'_>) -> Self {
        let children = list.elements.iter().map(|element| element.start()..element.end()).collect();
        Self { range: list.range.start..list.range.end, children }
    }

    /// Returns the blanks behind the opening bracket.
    pub(super) fn lead<'a>(&self, text: &'a str) -> &'a str {
        blanks(&text[self.range.start + 1..self.range.end])
    }
}
