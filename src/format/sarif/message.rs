//! What a result says, as one line of plain text.

use crate::format::sarif::rule::Found;
use crate::format::sarif::shape::Message;
use crate::format::sarif::shape::Words;
use crate::model::Text;
use crate::model::TextFault;

/// What stands for a character that a record may not have.
const REPLACED: char = '\u{FFFD}';
const CUT: &str = "…";

/// Returns what a message says: its own text, that of its rule under its id, or else what the rule says of itself.
pub(super) fn message(message: &Message, found: &Found<'_>) -> Option<String> {
    let of_rule = || {
        let id = message.id.as_ref()?;
        let strings = found.rule.and_then(|rule| rule.message_strings.get(id));
        strings.or_else(|| found.component.global_message_strings.get(id))?.text.as_deref()
    };
    let described = || found.rule.and_then(|rule| rule.short_description.as_ref()).and_then(text_of);
    let template = message.text.as_deref().or_else(of_rule);
    let said = template.map(|template| filled(template, &message.arguments)).or_else(|| described().map(str::to_owned));
    said.map(|said| plain(&said)).filter(|said| !said.is_empty())
}

fn text_of(words: &Words) -> Option<&str> {
    words.text.as_deref()
}

/// Puts arguments in the places of `{0}`, `{1}` …; a doubled brace is a brace.
fn filled(template: &str, arguments: &[String]) -> String {
    let mut said = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        said.push_str(&rest[..at]);
        let (brace, after) = rest[at..].split_at(1);
        if let Some(after) = after.strip_prefix(brace) {
            said.push_str(brace);
            rest = after;
            continue;
        }
        let placed = after.split_once('}').filter(|_| brace == "{");
        let argument = placed.and_then(|(index, after)| Some((arguments.get(index.parse::<usize>().ok()?)?, after)));
        match argument {
            Some((argument, after)) => {
                said.push_str(argument);
                rest = after;
            }
            None => {
                said.push_str(brace);
                rest = after;
            }
        }
    }
    said.push_str(rest);
    said
}

/// Returns the text on one line, without links to places of the report: `[the call](1)` is `the call`.
fn plain(said: &str) -> String {
    let mut shown = String::with_capacity(said.len());
    let mut rest = said;
    while let Some(at) = rest.find('[') {
        let link = rest[at + 1..].split_once("](").and_then(|(label, after)| {
            let (place, after) = after.split_once(')')?;
            let is_place = !place.is_empty() && place.bytes().all(|byte| byte.is_ascii_digit());
            (is_place && !label.contains('[')).then_some((label, after))
        });
        shown.push_str(&rest[..at]);
        rest = match link {
            Some((label, after)) => {
                shown.push_str(label);
                after
            }
            None => {
                shown.push('[');
                &rest[at + 1..]
            }
        };
    }
    shown.push_str(rest);
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the beginning of a text, at most so many bytes of it.
pub(super) fn shortened(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let mut end = most.saturating_sub(CUT.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{CUT}", &text[..end])
}

/// Returns a text as a record may have it, with its end kept whole.
pub(super) fn record_text(said: &str, end: &str) -> Option<Text> {
    let mut said = said.to_owned();
    let mut end = end.to_owned();
    loop {
        let beginning = shortened(&said, Text::LEN_MAX_BYTES.saturating_sub(end.len()));
        match Text::parse(&format!("{beginning}{end}")) {
            Ok(text) => return Some(text),
            Err(TextFault::Deceptive(character)) => {
                said = said.replace(character, &REPLACED.to_string());
                end = end.replace(character, &REPLACED.to_string());
            }
            Err(TextFault::Empty | TextFault::TooLong) => return None,
        }
    }
}
