//! Taking entries out.

use jsonc_parser::ast::Value;

use super::Entry;
use super::SettingsFault;
use super::document::Container;
use super::document::comma_after;
use super::document::is_blank;
use super::document::parse;
use super::document::text_of;
use super::document::without_mark;
use super::ours::ours;

/// Takes out what is ours. Returns the file as it was without, or none if it came with us. What is not of this form, or not
/// valid, has nothing of ours.
pub fn take(
    before: Option<&[u8]>,
    entries: &[Entry],
    is_ours: &dyn Fn(&str) -> bool,
) -> Result<Option<Vec<u8>>, SettingsFault> {
    let Some(bytes) = before else { return Ok(None) };
    let whole = text_of(bytes)?;
    let mark = &whole[..whole.len() - without_mark(whole).len()];
    let mut text = without_mark(whole).to_owned();
    let beside = entries.iter().find_map(|entry| match entry {
        Entry::Beside { key, other, .. } => Some((*key, *other)),
        _ => None,
    });
    let stood_beside = beside.filter(|(key, other)| begins_with(&text, &[key, other]));
    // The last one first: what stands before it stays where it is.
    loop {
        let Some(root) = parse(&text)? else { return Ok(Some(bytes_of(mark, &text))) };
        let Some(found) = ours(&root, entries, is_ours)?.pop() else { break };
        match without(&text, &found) {
            Without::Text(rest) => text = rest,
            Without::Blanks(rest) => return Ok(Some(bytes_of(mark, &rest))),
            Without::Nothing => return Ok(None),
        }
    }
    let Some((key, other)) = stood_beside else { return Ok(Some(bytes_of(mark, &text))) };
    if begins_with(&text, &[key, other]) || !begins_with(&text, &[key]) {
        return Ok(Some(bytes_of(mark, &text)));
    }
    let Some(Value::Object(root)) = parse(&text)? else { return Ok(Some(bytes_of(mark, &text))) };
    Ok(match without(&text, &[(Container::of_object(&root), 0)]) {
        Without::Text(rest) | Without::Blanks(rest) => Some(bytes_of(mark, &rest)),
        Without::Nothing => None,
    })
}

fn bytes_of(mark: &str, text: &str) -> Vec<u8> {
    format!("{mark}{text}").into_bytes()
}

/// Returns whether these are the first members of the whole.
fn begins_with(text: &str, keys: &[&str]) -> bool {
    let Ok(Some(Value::Object(root))) = parse(text) else { return false };
    root.properties.len() >= keys.len()
        && root.properties.iter().zip(keys).all(|(prop, key)| prop.name.as_str() == *key)
}

/// A text without something of ours.
enum Without {
    Text(String),
    /// There was nothing but these blanks.
    Blanks(String),
    /// There was no file.
    Nothing,
}

fn without(text: &str, way: &[(Container, usize)]) -> Without {
    for (container, index) in way.iter().rev() {
        let child = &container.children[*index];
        let lead = &text[container.range.start + 1..child.start];
        let tail = &text[child.end..container.range.end - 1];
        // What stands around it alone came with it.
        let came_with_it = container.children.len() == 1 && !lead.is_empty() && is_blank(lead) && is_blank(tail);
        if !came_with_it {
            return Without::Text(without_child(text, container, *index));
        }
    }
    let whole = &way[0].0.range;
    match (&text[..whole.start], &text[whole.end..]) {
        ("", "\n") => Without::Nothing,
        (before, "") if is_blank(before) => Without::Blanks(before.to_owned()),
        _ => Without::Text(without_child(text, &way[0].0, way[0].1)),
    }
}

fn without_child(text: &str, container: &Container, index: usize) -> String {
    let child = &container.children[index];
    let limit = match index {
        0 => container.range.start + 1,
        _ => container.children[index - 1].end,
    };
    let before = text[limit..child.start].trim_end_matches([' ', '\t', '\r', '\n']);
    let start = limit + before.len();
    if let Some(comma) = comma_after(text, child.end) {
        // A comment in between is somebody's.
        return format!("{}{}{}", &text[..start], &text[child.end..comma], &text[comma + 1..]);
    }
    let comma = comma_after(text, limit).filter(|comma| index > 0 && *comma < child.start);
    match comma {
        Some(comma) if comma < start => format!("{}{}{}", &text[..comma], &text[comma + 1..start], &text[child.end..]),
        _ => format!("{}{}", &text[..start], &text[child.end..]),
    }
}
