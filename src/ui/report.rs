//! What a command has to say: lines for people, lines for programs, and remarks beside.

use serde_json::Value;
use serde_json::json;

use crate::git::Transfer;
use crate::git::TransferPhase;
use crate::model::Span;
use crate::model::is_unseen;
use crate::ops::Guarantee;
use crate::ui::claim::at_end;
use crate::ui::claim::guarantee_word;
use crate::ui::claim::tentative_note;

/// How many bytes a default view may have before it says what it leaves out; with that it stays below 2 KB.
pub(crate) const VIEW_BYTES_MAX: usize = 1_650;
/// How much of a text a list shows; the whole of it is in the record.
const BRIEF_CHARS_MAX: usize = 120;

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

    /// Keeps what people see on one screen, and says how much is left out and where it is.
    pub fn fit(mut self, more: &str) -> Self {
        let mut bytes = 0;
        let mut has_room = |line: &&String| {
            bytes += line.len() + 1;
            bytes <= VIEW_BYTES_MAX
        };
        let shown = self.human.iter().take_while(&mut has_room).count();
        let left_out = self.human.len() - shown;
        if left_out > 0 {
            self.human.truncate(shown);
            self.line(format!("… {left_out} more lines: {more}"));
        }
        self
    }
}

/// Returns what is said when something is done and there is nothing more to show.
pub fn done_report(done: &str, id: &str, height: u64, guarantee: Guarantee) -> Report {
    let worth = guarantee_word(guarantee);
    Report {
        human: vec![format!("{done} {id}{}", at_end(guarantee))],
        json: vec![json!({"type": "done", "v": 1, "id": id, "height": height, "guarantee": worth})],
        notes: tentative_note(guarantee).into_iter().collect(),
    }
}

/// Returns text that is the whole answer, line by line, as a file has it: with its tabs.
pub fn text_report(text: &str) -> Report {
    let harmless = |line: &str| line.split('\t').map(plain).collect::<Vec<_>>().join("\t");
    let human = text.lines().map(harmless).collect();
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
        if is_unseen(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Returns the beginning of a text from elsewhere, as a list shows it.
pub(crate) fn brief(text: &str) -> String {
    match text.char_indices().nth(BRIEF_CHARS_MAX) {
        Some((end, _)) => format!("{}…", plain(&text[..end])),
        None => plain(text),
    }
}

/// Returns the beginning of a text from elsewhere between quotes: it cannot end them and go on in our words.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", brief(&escaped(text)))
}

/// Returns the whole of a text from elsewhere between quotes.
pub(crate) fn quoted_whole(text: &str) -> String {
    format!("\"{}\"", plain(&escaped(text)))
}

/// Returns a path or pattern that others chose: as it is if it looks like one, and else between quotes, for a name may be a
/// sentence.
pub(crate) fn path_word(path: &str) -> String {
    let is_usual = |c: char| c.is_alphanumeric() || "./_-*?[]{}@+,:=~!#%&()$".contains(c);
    if path.chars().all(is_usual) { plain(path) } else { quoted_whole(path) }
}

/// Returns paths that others chose, as a list.
pub(crate) fn path_words<T: ToString>(paths: impl IntoIterator<Item = T>) -> String {
    paths.into_iter().map(|path| path_word(&path.to_string())).collect::<Vec<_>>().join(", ")
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// Returns an object as one line of JSON that is as harmless: what is not printable is escaped as JSON does it.
pub fn json_line(object: &Value) -> String {
    let mut line = String::new();
    for c in object.to_string().chars() {
        if is_unseen(c) {
            let mut units = [0; 2];
            line.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            line.push(c);
        }
    }
    line
}

/// Returns how far the judging of a ledger is.
pub fn progress_line(done: usize, total: usize) -> String {
    format!("judging the ledger: {done} of {total} entries ({}%)", done * 100 / total.max(1))
}

/// Returns how far a fetch is.
pub fn transfer_line(transfer: Transfer) -> String {
    let what = match transfer.phase {
        TransferPhase::Counting => "the remote counts objects",
        TransferPhase::Compressing => "the remote compresses objects",
        TransferPhase::Receiving => "receiving objects",
        TransferPhase::Resolving => "resolving deltas",
    };
    format!("fetching: {what} ({}%)", transfer.percent)
}

/// Returns a number of things in words: `1 path`, `2 paths`.
pub(crate) fn counted(count: u64, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_a_terminal_is_shown_as_an_escape() {
        assert_eq!(plain("a\u{1b}[2Jb\rc\u{202e}d\u{9b}"), "a\\u{1b}[2Jb\\u{d}c\\u{202e}d\\u{9b}");
    }

    #[test]
    fn text_of_a_file_keeps_its_tabs_and_nothing_else_that_moves() {
        let report = text_report("\ta\u{200b}\n#\u{2028}\u{e0041}\u{e0100}\tb\u{1b}");
        assert_eq!(report.human, ["\ta\\u{200b}", "#\\u{2028}\\u{e0041}\\u{e0100}\tb\\u{1b}"]);
    }

    #[test]
    fn view_says_what_it_leaves_out() {
        let report = Report { human: vec!["x".repeat(99); 20], ..Report::default() }.fit("git coord more");
        assert_eq!(report.human.len(), 17);
        assert_eq!(report.human[16], "… 4 more lines: git coord more");
        let short = Report { human: vec!["x".to_owned(); 20], ..Report::default() };
        assert_eq!(short.clone().fit("git coord more"), short);
    }

    #[test]
    fn lists_show_the_beginning_of_a_long_text() {
        assert_eq!(brief(&"é".repeat(200)), format!("{}…", "é".repeat(120)));
        assert_eq!(brief("short\n"), "short\\u{a}");
    }

    #[test]
    fn text_of_others_cannot_end_its_quotes() {
        assert_eq!(quoted(r#"a" next: rm "b"#), r#""a\" next: rm \"b""#);
        assert_eq!(quoted(r#"a\" b"#), r#""a\\\" b""#);
        assert_eq!(quoted(&"x".repeat(200)), format!("\"{}…\"", "x".repeat(120)));
        assert_eq!(quoted_whole(&"x".repeat(200)), format!("\"{}\"", "x".repeat(200)));
    }

    #[test]
    fn name_that_is_a_sentence_is_quoted() {
        assert_eq!(path_words(["src/**", "a/[id].rs", "größe/é"]), "src/**, a/[id].rs, größe/é");
        assert_eq!(path_words(["x is free. next: rm", "a\"b"]), r#""x is free. next: rm", "a\"b""#);
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
