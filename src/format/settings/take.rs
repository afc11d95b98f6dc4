//! Taking entries out.

use jsonc_parser::ast::Array;
use jsonc_parser::ast::Value;

use super::Entry;
use super::SettingsFault;
use super::document::Container;
use super::document::comma_after;
use super::document::is_blank;
use super::document::member;
use super::document::parse;
use super::document::without_mark;
use super::put::text_of;

/// Something of ours: the lists and objects that lead to it, from the whole on, each with which child it is.
pub(super) type Ours = Vec<(Container, usize)>;

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

/// Returns what is ours, in the order of the text.
pub(super) fn ours(
    root: &Value<'_>,
    entries: &[Entry],
    is_ours: &dyn Fn(&str) -> bool,
) -> Result<Vec<Ours>, SettingsFault> {
    let Value::Object(whole) = root else { return Ok(Vec::new()) };
    let mut found: Vec<Ours> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for entry in entries {
        match entry {
            // Events that an older version wanted stand beside those that this one wants.
            Entry::Element { path, .. } => {
                let Some(top) = path.first().filter(|top| !seen.contains(top)) else { continue };
                seen.push(top);
                let Some(Value::Object(lists)) = member(whole, top)? else { continue };
                let nth = position(whole, top);
                for (index, prop) in lists.properties.iter().enumerate() {
                    let way = vec![(Container::of_object(whole), nth), (Container::of_object(lists), index)];
                    if let Value::Array(list) = &prop.value {
                        in_list(list, &way, is_ours, &mut found);
                    }
                }
            }
            Entry::Member { path, key, value: wanted } => {
                let (mut object, mut way) = (whole, Vec::new());
                let mut is_there = true;
                for step in path {
                    match member(object, step)? {
                        Some(Value::Object(inner)) => {
                            way.push((Container::of_object(object), position(object, step)));
                            object = inner;
                        }
                        _ => is_there = false,
                    }
                }
                let value = if is_there { member(object, key)? } else { None };
                // With another key it would do something else, and that is somebody's wish.
                if value.is_some_and(|value| is_all_ours(value, is_ours) && wanted.is_said_but_for_program(value)) {
                    way.push((Container::of_object(object), position(object, key)));
                    found.push(way);
                }
            }
            Entry::Beside { .. } => {}
        }
    }
    found.sort_by_key(|way| way.last().map(|(container, index)| container.children[*index].start));
    Ok(found)
}

fn position(object: &jsonc_parser::ast::Object<'_>, key: &str) -> usize {
    object.properties.iter().position(|prop| prop.name.as_str() == key).expect("it was found by this name")
}

/// Takes the elements of a list that are ours; of one that is shared with others, those of the list inside that are.
fn in_list(list: &Array<'_>, way: &Ours, is_ours: &dyn Fn(&str) -> bool, found: &mut Vec<Ours>) {
    for (index, element) in list.elements.iter().enumerate() {
        let here = [&way[..], &[(Container::of_list(list), index)]].concat();
        if is_all_ours(element, is_ours) {
            found.push(here);
        } else if let Value::Object(group) = element {
            for (nth, prop) in group.properties.iter().enumerate() {
                if let Value::Array(inner) = &prop.value {
                    let inside = [&here[..], &[(Container::of_object(group), nth)]].concat();
                    in_list(inner, &inside, is_ours, found);
                }
            }
        }
    }
}

/// Returns whether everything that a value calls is ours, and it calls something.
fn is_all_ours(value: &Value<'_>, is_ours: &dyn Fn(&str) -> bool) -> bool {
    let mut commands = Vec::new();
    collect_commands(value, &mut commands);
    !commands.is_empty() && commands.iter().all(|command| is_ours(command))
}

fn collect_commands(value: &Value<'_>, commands: &mut Vec<String>) {
    match value {
        Value::Array(list) => list.elements.iter().for_each(|element| collect_commands(element, commands)),
        Value::Object(object) => {
            let words = |key: &str| match object.get(key).map(|prop| &prop.value) {
                Some(Value::StringLit(text)) => vec![text.value.to_string()],
                Some(Value::Array(list)) => {
                    let texts = list.elements.iter().filter_map(Value::as_string_lit);
                    texts.map(|text| text.value.to_string()).collect()
                }
                _ => Vec::new(),
            };
            let command = [words("command"), words("args")].concat();
            for words in [command, words("bash"), words("powershell")] {
                if !words.is_empty() {
                    commands.push(words.join(" "));
                }
            }
            let inner = object.properties.iter().filter(|prop| !["command", "args"].contains(&prop.name.as_str()));
            inner.for_each(|prop| collect_commands(&prop.value, commands));
        }
        _ => {}
    }
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
