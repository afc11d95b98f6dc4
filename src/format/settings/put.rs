//! Putting entries in.

use jsonc_parser::ast::Object;
use jsonc_parser::ast::Value;

use super::Entry;
use super::SettingsFault;
use super::document::Container;
use super::document::blanks;
use super::document::member;
use super::document::parse;
use super::document::text_of;
use super::document::without_mark;
use super::node;
use super::node::Layout;
use super::node::Node;
use super::ours::Ours;
use super::ours::ours;
use super::take::take;

const STEP: &str = "  ";

/// Puts entries into a file, or into none. Those that are there as wanted stay as they are, older ones of ours are
/// replaced; `is_ours` tells them by the command that they call. The way back is tried before anybody needs it.
pub fn put(before: Option<&[u8]>, entries: &[Entry], is_ours: &dyn Fn(&str) -> bool) -> Result<Vec<u8>, SettingsFault> {
    if let Some(bytes) = before
        && is_complete(text_of(bytes)?, entries, is_ours)?
    {
        return Ok(bytes.to_vec());
    }
    let bare = take(before, entries, is_ours)?;
    let bare_text = bare.as_deref().map(text_of).transpose()?;
    let mut made = bare_text.map(str::to_owned);
    // Each stands in front of the one before it.
    for entry in entries.iter().rev() {
        if is_wanted(bare_text, entry)? {
            made = Some(with(made.as_deref(), entry)?);
        }
    }
    let made = made.unwrap_or_default();
    if take(Some(made.as_bytes()), entries, is_ours)? != bare {
        return Err(SettingsFault::OneWay);
    }
    Ok(made.into_bytes())
}

/// Returns whether every entry is there as it is wanted, and nothing else of ours.
fn is_complete(text: &str, entries: &[Entry], is_ours: &dyn Fn(&str) -> bool) -> Result<bool, SettingsFault> {
    let text = without_mark(text);
    let Some(root) = parse(text)? else { return Ok(false) };
    let mut count = 0;
    for entry in entries {
        let is_there = match entry {
            Entry::Beside { .. } => continue,
            Entry::Element { path, value } => match at(&root, path)? {
                Some(Value::Array(list)) => list.elements.iter().any(|element| value.is_said_by(element)),
                _ => false,
            },
            Entry::Member { path, key, value } => {
                at(&root, &[&path[..], &[*key]].concat())?.is_some_and(|found| value.is_said_by(found))
            }
        };
        if !is_there {
            return Ok(false);
        }
        count += 1;
    }
    let found: Vec<Ours> = ours(&root, entries, is_ours)?;
    Ok(found.len() == count)
}

fn at<'a, 'b>(root: &'b Value<'a>, path: &[&str]) -> Result<Option<&'b Value<'a>>, SettingsFault> {
    let mut found = root;
    for key in path {
        let Value::Object(object) = found else { return Ok(None) };
        let Some(value) = member(object, key)? else { return Ok(None) };
        found = value;
    }
    Ok(Some(found))
}

/// Returns whether an entry goes into a file as it is without ours.
fn is_wanted(bare: Option<&str>, entry: &Entry) -> Result<bool, SettingsFault> {
    let (Entry::Beside { key, other, .. }, Some(text)) = (entry, bare) else { return Ok(true) };
    Ok(match parse(without_mark(text))? {
        Some(Value::Object(root)) => member(&root, key)?.is_none() && member(&root, other)?.is_none(),
        _ => true,
    })
}

fn with(text: Option<&str>, entry: &Entry) -> Result<String, SettingsFault> {
    let Some(text) = text else { return Ok(format!("{}\n", fresh(entry, "\n"))) };
    let mark = &text[..text.len() - without_mark(text).len()];
    let text = without_mark(text);
    let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let made = match parse(text)? {
        None if blanks(text).len() == text.len() => format!("{text}{}", fresh(entry, line_end)),
        Some(Value::Object(root)) => within(text, &root, entry, line_end)?,
        _ => return Err(SettingsFault::Shape("the whole".to_owned())),
    };
    Ok(format!("{mark}{made}"))
}

/// Returns a whole document with one entry.
fn fresh(entry: &Entry, line_end: &str) -> String {
    let layout = Layout { indent: String::new(), step: Some(STEP), line_end };
    let (path, leaf) = parts(entry);
    let member = node::member(path[0], &nested(&path[1..], leaf), &layout.deeper());
    layout.enclose('{', &[member], '}')
}

/// Returns the keys that lead to what is put in, and that as a member's value.
fn parts(entry: &Entry) -> (Vec<&'static str>, Node) {
    match entry {
        Entry::Element { path, value } => (path.clone(), Node::List(vec![value.clone()])),
        Entry::Member { path, key, value } => ([&path[..], &[*key]].concat(), value.clone()),
        Entry::Beside { key, value, .. } => (vec![*key], value.clone()),
    }
}

fn nested(path: &[&'static str], leaf: Node) -> Node {
    path.iter().rev().fold(leaf, |inner, key| Node::Object(vec![(*key, inner)]))
}

fn within(text: &str, root: &Object<'_>, entry: &Entry, line_end: &str) -> Result<String, SettingsFault> {
    let (path, leaf) = parts(entry);
    let place = Place { text, step: step_of(text, root), line_end };
    let mut object = root;
    for (depth, key) in path.iter().enumerate() {
        let is_last = depth + 1 == path.len();
        match (member(object, key)?, entry) {
            (None, _) => {
                let rest = nested(&path[depth + 1..], leaf);
                return Ok(place.insert(&Container::of_object(object), |layout| node::member(key, &rest, layout)));
            }
            (Some(Value::Array(list)), Entry::Element { value, .. }) if is_last => {
                return Ok(place.insert(&Container::of_list(list), |layout| value.write(layout)));
            }
            (Some(_), Entry::Member { .. } | Entry::Beside { .. }) if is_last => {
                return Err(SettingsFault::Taken(path.join(".")));
            }
            (Some(Value::Object(inner)), _) if !is_last => object = inner,
            _ => return Err(SettingsFault::Shape(path[..=depth].join("."))),
        }
    }
    unreachable!("the last key is put in or refused")
}

/// Returns one step of a document's indentation.
fn step_of(text: &str, root: &Object<'_>) -> String {
    let lead = Container::of_object(root).lead(text);
    match lead.rsplit_once('\n') {
        Some((_, indent)) if !indent.is_empty() && !root.properties.is_empty() => indent.to_owned(),
        _ => STEP.to_owned(),
    }
}

/// The text that something is put into.
struct Place<'a> {
    text: &'a str,
    step: String,
    line_end: &'a str,
}

impl Place<'_> {
    /// Puts something in as the first in a list or an object.
    fn insert(&self, here: &Container, write: impl Fn(&Layout<'_>) -> String) -> String {
        let (before, after) = self.text.split_at(here.range.start + 1);
        let lead = here.lead(self.text);
        let layout = |indent: &str, step| Layout { indent: indent.to_owned(), step, line_end: self.line_end };
        let chunk = if here.children.is_empty() {
            // Nothing stands between it and the bracket: that tells that the bracket was there before.
            let line = before.rsplit('\n').next().unwrap_or_default();
            write(&layout(blanks(line), Some(&self.step)))
        } else {
            let indent = lead.rsplit_once('\n').map(|(_, indent)| indent);
            let step = indent.map(|_| self.step.as_str());
            format!("{lead}{},", write(&layout(indent.unwrap_or_default(), step)))
        };
        format!("{before}{chunk}{after}")
    }
}
