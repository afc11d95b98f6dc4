//! Compares what a page shows with what was printed. Ids, digests, keys and times differ from run to run: those of the
//! page stand for those of the run, the same for the same from the first line to the last. `…` stands for anything.

use std::collections::BTreeMap;

/// What the ids of a page stand for.
#[derive(Clone, Debug, Default)]
pub struct Meaning {
    known: BTreeMap<String, String>,
}

impl Meaning {
    /// Returns a command of the page with the ids of the run.
    pub fn translate(&self, command: &str) -> String {
        let told = |token: String| self.known.get(&token).cloned().unwrap_or(token);
        tokens(command).into_iter().map(told).collect()
    }

    /// Compares, and learns what ids stand for. Returns whether everything fits.
    pub fn fits(&mut self, expected: &[String], printed: &[&str]) -> bool {
        match (expected, printed) {
            ([], []) => true,
            ([line, rest @ ..], _) if line == "…" => {
                let fitting = (0..=printed.len()).find_map(|skipped| {
                    let mut learned = self.clone();
                    learned.fits(rest, &printed[skipped..]).then_some(learned)
                });
                fitting.map(|learned| *self = learned).is_some()
            }
            ([line, rest @ ..], [first, others @ ..]) => {
                self.fits_line(&tokens(line), &tokens(first.trim_end())) && self.fits(rest, others)
            }
            _ => false,
        }
    }

    fn fits_line(&mut self, expected: &[String], printed: &[String]) -> bool {
        match (expected, printed) {
            ([], []) => true,
            ([token, rest @ ..], _) if token == "…" => {
                let fitting = (0..=printed.len()).find_map(|skipped| {
                    let mut learned = self.clone();
                    learned.fits_line(rest, &printed[skipped..]).then_some(learned)
                });
                fitting.map(|learned| *self = learned).is_some()
            }
            ([token, rest @ ..], [first, others @ ..]) => self.stands_for(token, first) && self.fits_line(rest, others),
            _ => false,
        }
    }

    fn stands_for(&mut self, token: &str, printed: &str) -> bool {
        match sort_of(token) {
            None => token == printed,
            Some(Sort::Time) => printed.len() == token.len() && printed.ends_with('Z'),
            Some(sort) => {
                let is_alike = match sort {
                    Sort::Hexadecimal => printed.len() == token.len() && printed.bytes().all(|b| b.is_ascii_hexdigit()),
                    Sort::Principal => token.split('-').next() == printed.split('-').next(),
                    _ => printed.len() == token.len() && printed[..2] == token[..2],
                };
                is_alike && *self.known.entry(token.to_owned()).or_insert(printed.to_owned()) == printed
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Record,
    Principal,
    Hexadecimal,
    Key,
    Time,
}

/// Returns what sort of id a word of the page is; `None` if it is itself.
fn sort_of(token: &str) -> Option<Sort> {
    let is_hexadecimal = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let has_digit = token.bytes().any(|byte| byte.is_ascii_digit());
    let (head, tail) = token.rsplit_once('-').unwrap_or_default();
    Some(match token.len() {
        _ if token.starts_with("AAAA") => Sort::Key,
        20 if token.ends_with('Z') && token.as_bytes()[10] == b'T' => Sort::Time,
        10 if ["c", "f", "r"].contains(&head) && has_digit => Sort::Record,
        40 | 64 if is_hexadecimal(token) => Sort::Hexadecimal,
        _ if tail.len() == 8 && is_hexadecimal(tail) && has_digit => Sort::Principal,
        _ => return None,
    })
}

/// Takes a line apart: words and numbers, times and keys as a whole, every other letter by itself.
fn tokens(line: &str) -> Vec<String> {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '-' || letter == '_';
    let mut tokens = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let is_time = rest.len() >= 20 && rest.is_char_boundary(20) && sort_of(&rest[..20]) == Some(Sort::Time);
        let end = if is_time {
            20
        } else if rest.starts_with("AAAA") {
            rest.find(|letter: char| !(letter.is_ascii_alphanumeric() || "+/=".contains(letter))).unwrap_or(rest.len())
        } else if is_word(first) {
            rest.find(|letter| !is_word(letter)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        tokens.push(rest[..end].to_owned());
        rest = &rest[end..];
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expected: &str, printed: &str, fits: bool) {
        let expected: Vec<String> = expected.lines().map(str::to_owned).collect();
        let printed: Vec<&str> = printed.lines().collect();
        assert_eq!(Meaning::default().fits(&expected, &printed), fits, "{expected:?} and {printed:?}");
    }

    #[test]
    fn text_fits_itself_only() {
        check("a b\n\nc", "a b\n\nc", true);
        check("a b", "a  b", false);
        check("a\nb", "a", false);
        check("a", "a\nb", false);
    }

    #[test]
    fn dots_stand_for_anything() {
        check("a … c", "a b b c", true);
        check("a …", "b c", false);
        check("…\nb\n…", "a\na\nb", true);
        check("…\nb", "a\na", false);
    }

    #[test]
    fn ids_stand_for_ids_of_their_sort() {
        check(
            "c-7k2f9qxm by bob-77aa01ff at 2026-01-01T00:00:00Z",
            "c-zzzzzzz1 by bob-00000000 at 2027-02-02T10:11:12Z",
            true,
        );
        check("c-7k2f9qxm", "r-7k2f9qxm", false);
        check("bob-77aa01ff", "eve-77aa01ff", false);
        check("key AAAAC3Nza+/1=.", "key AAAAC3Nzb+/2=.", true);
    }

    #[test]
    fn id_stands_for_one_id_throughout() {
        check("c-7k2f9qxm\nc-7k2f9qxm", "c-00000001\nc-00000001", true);
        check("c-7k2f9qxm\nc-7k2f9qxm", "c-00000001\nc-00000002", false);
        let mut meaning = Meaning::default();
        assert!(meaning.fits(&["… r-4m8t2wzc".to_owned()], &["opened r-00000003"]));
        assert_eq!(meaning.translate("show 'r-4m8t2wzc' c-4m8t2wzc"), "show 'r-00000003' c-4m8t2wzc");
    }
}
