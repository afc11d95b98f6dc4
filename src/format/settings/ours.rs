//! Finding what is ours in a settings file.

use jsonc_parser::ast::Array;
use jsonc_parser::ast::Object;
use jsonc_parser::ast::Value;

use super::Entry;
use super::SettingsFault;
use super::document::Container;
use super::document::member;

/// Something of ours: the lists and objects that lead to it, from the whole on, each with which child it is.
pub(super) type Ours = Vec<(Container, usize)>;

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

fn position(object: &Object<'_>, key: &str) -> usize {
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
