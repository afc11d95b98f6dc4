//! How the story is laid out: numbered chapters, commands as typed, lines of at most 100 columns.

/// The most columns of a line, unless one word is longer.
const WIDTH: usize = 100;

/// Whoever listens, and how far the story is.
pub(super) struct Narration<'a> {
    say: &'a mut dyn FnMut(&str),
    chapter: u32,
}

impl<'a> Narration<'a> {
    pub(super) fn new(say: &'a mut dyn FnMut(&str)) -> Self {
        Self { say, chapter: 0 }
    }

    /// Begins a chapter with why it matters.
    pub(super) fn chapter(&mut self, title: &str, why: &str) {
        self.chapter += 1;
        self.blank();
        (self.say)(&format!("{}. {title}", self.chapter));
        self.text(why);
    }

    /// Says a sentence or two.
    pub(super) fn text(&mut self, text: &str) {
        self.wrapped(text.split(' '), "   ", "   ", "");
    }

    /// Shows a command as it was typed, but for the middle of digests.
    pub(super) fn typed(&mut self, who: &str, line: &str) {
        let line = short_digests(line);
        self.wrapped(shell_words(&format!("{who}$ {line}")).into_iter(), "     ", "         ", " \\");
    }

    /// Shows a line of what a command said.
    pub(super) fn output(&mut self, line: &str) {
        let line = short_digests(line);
        let indent = line.len() - line.trim_start().len();
        let first = format!("       {}", &line[..indent]);
        self.wrapped(line[indent..].split(' '), &first, &format!("{first}    "), "");
    }

    /// Says something that is no part of a chapter.
    pub(super) fn plainly(&mut self, text: &str) {
        self.wrapped(text.split(' '), "", "", "");
    }

    pub(super) fn blank(&mut self) {
        (self.say)("");
    }

    fn wrapped<'t>(&mut self, words: impl Iterator<Item = &'t str>, first: &str, next: &str, joint: &str) {
        for line in wrap(words, first, next, joint) {
            (self.say)(&line);
        }
    }
}

/// Cuts digests short: nobody reads 64 digits.
fn short_digests(line: &str) -> String {
    let mut parts = line.split("sha256:");
    let mut short = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.chars().take_while(char::is_ascii_hexdigit).count();
        let shown = if digits == 64 { format!("{}…{}", &part[..8], &part[digits..]) } else { part.to_owned() };
        short.push_str("sha256:");
        short.push_str(&shown);
    }
    short
}

/// Returns the words of a command; what is in quotes stays together, so that the lines could be typed as they are.
fn shell_words(line: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let (mut start, mut quote) = (0, None);
    for (place, c) in line.char_indices() {
        match (c, quote) {
            (' ', None) => {
                words.push(&line[start..place]);
                start = place + 1;
            }
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            _ => {}
        }
    }
    words.push(&line[start..]);
    words
}

/// Breaks a text between words; an empty word is one more space, and stays.
fn wrap<'t>(words: impl Iterator<Item = &'t str>, first: &str, next: &str, joint: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = first.to_owned();
    let mut is_begun = false;
    let mut words = words.peekable();
    while let Some(word) = words.next() {
        let joint_columns = if words.peek().is_some() { joint.chars().count() } else { 0 };
        let columns = line.chars().count() + 1 + word.chars().count() + joint_columns;
        if is_begun && columns > WIDTH && !word.is_empty() {
            lines.push(format!("{}{joint}", line.trim_end()));
            line = next.to_owned();
            is_begun = false;
        }
        if is_begun {
            line.push(' ');
        }
        line.push_str(word);
        is_begun = true;
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_lines_stay_as_they_are() {
        assert_eq!(wrap("a  b".split(' '), "  ", "    ", " \\"), ["  a  b"]);
        assert_eq!(wrap("".split(' '), "  ", "", ""), ["  "]);
    }

    #[test]
    fn long_lines_break_between_words() {
        let (forty, fifty) = ("a".repeat(40), "b".repeat(50));
        let text = format!("{forty} {fifty} {forty}");
        assert_eq!(wrap(text.split(' '), "", "  ", " \\"), [format!("{forty} {fifty} \\"), format!("  {forty}")]);
    }

    #[test]
    fn a_word_that_is_too_long_stays_whole() {
        let word = "x".repeat(120);
        let lines = wrap(["a", &word, "b"].into_iter(), "", " ", "");
        assert_eq!(lines, ["a".to_owned(), format!(" {word}"), " b".to_owned()]);
    }

    #[test]
    fn digests_are_cut_short_and_nothing_else_is() {
        let line = format!("a sha256:{} b sha256:beef c", "0123456789abcdef".repeat(4));
        assert_eq!(short_digests(&line), "a sha256:01234567… b sha256:beef c");
    }

    #[test]
    fn quotes_keep_words_together() {
        assert_eq!(shell_words("a 'b c' \"d 'e\" f"), ["a", "'b c'", "\"d 'e\"", "f"]);
        assert_eq!(shell_words("a  b"), ["a", "", "b"]);
    }
}
