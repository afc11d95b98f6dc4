//! A value that is put into a settings file, and how it is written.

use jsonc_parser::ast::Value;

/// A value to write, its keys in the order that people expect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    Text(String),
    Number(u64),
    Flag(bool),
    List(Vec<Node>),
    Object(Vec<(&'static str, Node)>),
}

/// How the text around a value is laid out.
#[derive(Clone, Debug)]
pub(super) struct Layout<'a> {
    /// What stands in front of the line that the value begins in.
    pub(super) indent: String,
    /// One step further in; without it everything stands on one line.
    pub(super) step: Option<&'a str>,
    pub(super) line_end: &'a str,
}

impl Node {
    /// Returns a text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Returns a list of texts.
    pub fn texts(texts: &[&str]) -> Self {
        Self::List(texts.iter().map(|text| Self::text(*text)).collect())
    }

    /// Returns whether a value of a file says the same, whatever its layout and the order of its keys.
    pub(super) fn is_said_by(&self, value: &Value<'_>) -> bool {
        match (self, value) {
            (Self::Text(text), Value::StringLit(other)) => text == other.value.as_ref(),
            (Self::Number(number), Value::NumberLit(other)) => other.value == number.to_string(),
            (Self::Flag(flag), Value::BooleanLit(other)) => *flag == other.value,
            (Self::List(nodes), Value::Array(other)) => {
                let pairs = nodes.iter().zip(&other.elements);
                nodes.len() == other.elements.len() && pairs.into_iter().all(|(node, value)| node.is_said_by(value))
            }
            (Self::Object(members), Value::Object(other)) => {
                let has = |(key, node): &(&str, Self)| other.get(key).is_some_and(|prop| node.is_said_by(&prop.value));
                members.len() == other.properties.len() && members.iter().all(has)
            }
            _ => false,
        }
    }

    /// Returns whether a value of a file says the same, whichever program it calls: the first word of its command.
    pub(super) fn is_said_but_for_program(&self, value: &Value<'_>) -> bool {
        let (Self::Object(members), Value::Object(other)) = (self, value) else { return self.is_said_by(value) };
        let is_said = |(key, node): &(&str, Self)| {
            let Some(value) = other.get(key).map(|prop| &prop.value) else { return false };
            match (*key, node, value) {
                ("command", Self::Text(_), Value::StringLit(_)) => true,
                ("command", Self::List(nodes), Value::Array(words)) => {
                    let pairs = nodes.iter().zip(&words.elements);
                    let is_text = words.elements.first().is_some_and(|word| word.as_string_lit().is_some());
                    is_text
                        && nodes.len() == words.elements.len()
                        && pairs.into_iter().skip(1).all(|(node, word)| node.is_said_by(word))
                }
                _ => node.is_said_by(value),
            }
        };
        members.len() == other.properties.len() && members.iter().all(is_said)
    }

    /// Writes the value. Between the brackets of every list and object and what is in it stands at least a space.
    pub(super) fn write(&self, layout: &Layout<'_>) -> String {
        match self {
            Self::Text(text) => quoted(text),
            Self::Number(number) => number.to_string(),
            Self::Flag(flag) => flag.to_string(),
            Self::List(nodes) => {
                let inner = layout.deeper();
                let parts: Vec<_> = nodes.iter().map(|node| node.write(&inner)).collect();
                layout.enclose('[', &parts, ']')
            }
            Self::Object(members) => {
                let inner = layout.deeper();
                let parts: Vec<_> = members.iter().map(|(key, node)| member(key, node, &inner)).collect();
                layout.enclose('{', &parts, '}')
            }
        }
    }
}

/// Writes one member of an object.
pub(super) fn member(key: &str, node: &Node, layout: &Layout<'_>) -> String {
    format!("{}: {}", quoted(key), node.write(layout))
}

impl Layout<'_> {
    /// Returns the layout of what is inside.
    pub(super) fn deeper(&self) -> Self {
        let indent = format!("{}{}", self.indent, self.step.unwrap_or_default());
        Self { indent, ..self.clone() }
    }

    pub(super) fn enclose(&self, open: char, parts: &[String], close: char) -> String {
        if parts.is_empty() {
            return format!("{open}{close}");
        }
        if self.step.is_none() {
            return format!("{open} {} {close}", parts.join(", "));
        }
        let (line, inner) = (self.line_end, self.deeper().indent);
        let between = format!(",{line}{inner}");
        format!("{open}{line}{inner}{}{line}{}{close}", parts.join(&between), self.indent)
    }
}

fn quoted(text: &str) -> String {
    let mut written = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => written.push_str("\\\""),
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\t' => written.push_str("\\t"),
            '\r' => written.push_str("\\r"),
            c if c.is_control() => written.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => written.push(c),
        }
    }
    written.push('"');
    written
}
