//! What a command has to say: lines for people, lines for programs, and remarks beside.

use serde_json::Value;
use serde_json::json;

use crate::model::Span;

/// What a command has to say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// The answer for people.
    pub human: Vec<String>,
    /// The answer for programs, one object a line.
    pub json: Vec<Value>,
    /// What people should know besides; `--quiet` leaves it out.
    pub notes: Vec<String>,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn line(&mut self, line: impl Into<String>) {
        self.human.push(line.into());
    }

    pub(crate) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    pub(crate) fn object(&mut self, object: Value) {
        self.json.push(object);
    }
}

/// Returns what is said when something is done and there is nothing more to show.
pub fn done_report(done: &str, id: &str, height: u64) -> Report {
    Report {
        human: vec![format!("{done} {id}")],
        json: vec![json!({"type": "done", "v": 1, "id": id, "height": height})],
        notes: Vec::new(),
    }
}

/// Returns text that is the whole answer, line by line.
pub fn text_report(text: &str) -> Report {
    let human = text.lines().map(str::to_owned).collect();
    Report { human, json: vec![json!({"type": "text", "v": 1, "text": text})], notes: Vec::new() }
}

/// Returns a span as people say it, in whole units that are at least two.
pub(crate) fn span_words(span: Span) -> String {
    let seconds = span.seconds();
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// Makes text from elsewhere harmless for a terminal: what is not printable is shown as an escape.
pub fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Returns an object as one line of JSON that is as harmless: what is not printable is escaped as JSON does it.
pub fn json_line(object: &Value) -> String {
    let mut line = String::new();
    for c in object.to_string().chars() {
        if is_hidden(c) {
            let mut units = [0; 2];
            line.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            line.push(c);
        }
    }
    line
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_a_terminal_is_shown_as_an_escape() {
        assert_eq!(plain("a\u{1b}[2Jb\rc\u{202e}d\u{9b}"), "a\\u{1b}[2Jb\\u{d}c\\u{202e}d\\u{9b}");
    }

    #[test]
    fn programs_read_what_moves_a_terminal_from_escapes() {
        let object = json!({"text": "a\u{1b}b\u{9b}c\u{202e}d\u{e0041}é"});
        let line = json_line(&object);
        assert_eq!(line, r#"{"text":"a\u001bb\u009bc\u202ed\udb40\udc41é"}"#);
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), object);
    }

    #[test]
    fn ordinary_text_is_shown_as_it_is() {
        assert_eq!(plain("Größe — 日本語 🙂"), "Größe — 日本語 🙂");
    }
}
