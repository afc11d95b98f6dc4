//! `coord.overlap.command`: a program of the user's that says what texts mean, for whoever has a larger model than the table.
//!
//! No shell reads it, and it is no file of the work tree unless somebody writes its whole path. Texts go to its standard input,
//! one a line; for each it answers with a line, a JSON array of numbers. Its time and its output are bounded, and without an
//! answer the table decides.

use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use crate::format::sha256;
use crate::ops::fed_command;
use crate::ops::fed_command::End;
use crate::ops::fed_command::Environment;
use crate::ops::fed_command::Given;
use crate::ops::fed_command::Kept;
use crate::ops::similar::source::Vector;
use crate::overlap::NUMBERS_MAX;
use crate::overlap::direction;

/// So long it may take: models are read from a disk first.
const LIMIT: Duration = Duration::from_secs(10);
/// So many bytes a number has at most.
const NUMBER_BYTES_MAX: usize = 32;
const TEXT_CHARACTERS_MAX: usize = 512;

/// The program, and where it is started.
pub(super) struct Program {
    words: Vec<String>,
    directory: PathBuf,
    file: String,
    identity: String,
}

impl Program {
    /// Returns the program that is written like this, or why it is none.
    pub(super) fn new(written: &str, directory: &Path) -> Result<Self, String> {
        let words = words(written)?;
        if words[0].contains('/') && !Path::new(&words[0]).is_absolute() {
            return Err(format!("`{}` is no absolute path", words[0]));
        }
        let file = Path::new(&words[0]).file_name().unwrap_or_default().to_string_lossy().into_owned();
        let hash = sha256(written.as_bytes()).to_string();
        let identity = hash.rsplit(':').next().unwrap_or_default().to_owned();
        Ok(Self { words, directory: directory.to_owned(), file, identity })
    }

    /// Returns the name of its file.
    pub(super) fn file(&self) -> String {
        self.file.clone()
    }

    /// Returns the SHA-256 of the setting.
    pub(super) fn identity(&self) -> &str {
        &self.identity
    }

    /// Asks what some texts mean.
    pub(super) fn ask(&self, texts: &[&str]) -> Result<Vec<Vector>, String> {
        let argv: Vec<&str> = self.words.iter().map(String::as_str).collect();
        let input: String = texts.iter().map(|text| line(text)).collect();
        let done = fed_command::run(&Given {
            argv: &argv,
            input: &input,
            directory: &self.directory,
            environment: Environment::Ours,
            limit: LIMIT,
            kept: Kept::Answer { bytes_max: texts.len() * NUMBERS_MAX * NUMBER_BYTES_MAX },
        });
        let done = done.map_err(|error| format!("`{}` cannot be started: {error}", argv[0]))?;
        match done.end {
            End::Exited(status) if status.success() => read_vectors(&done.output, texts.len()),
            End::Exited(status) => Err(format!("it failed: {status}")),
            End::TimedOut => Err(format!("it took longer than {} s", LIMIT.as_secs())),
            End::SaidTooMuch => Err("it says too much".to_owned()),
        }
    }
}

/// Returns a text as one line.
fn line(text: &str) -> String {
    let cut = text.chars().take(TEXT_CHARACTERS_MAX);
    let plain: String = cut.map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    format!("{plain}\n")
}

fn read_vectors(answer: &[u8], count: usize) -> Result<Vec<Vector>, String> {
    let answer = std::str::from_utf8(answer).map_err(|_| "its answer is no text".to_owned())?;
    let vectors: Vec<Vector> = answer
        .lines()
        .map(|line| serde_json::from_str(line).map_err(|error| format!("its answer is no array of numbers: {error}")))
        .collect::<Result<_, _>>()?;
    let dims = vectors.first().map_or(0, Vec::len);
    let is_whole = vectors.len() == count && (1..=NUMBERS_MAX).contains(&dims);
    let fits = |vector: &Vector| vector.len() == dims && vector.iter().all(|number| number.is_finite());
    if is_whole && vectors.iter().all(fits) {
        return Ok(vectors.into_iter().map(direction).collect());
    }
    Err(format!("it answered {count} texts with {} arrays, not all of one length", vectors.len()))
}

/// Takes a command apart as a shell would, and does nothing else that a shell does. Otherwise why it cannot be.
fn words(text: &str) -> Result<Vec<String>, String> {
    let words = shlex::split(text).ok_or("a quote is not closed")?;
    if words.is_empty() { Err("it names no program".to_owned()) } else { Ok(words) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_is_taken_apart_without_a_shell() {
        for (text, expected) in [
            ("embed", &["embed"][..]),
            (" /a/embed  --model small ", &["/a/embed", "--model", "small"]),
            (
                r#"/a/embed 'a b' "c $HOME" d\ e '' x;y >z # why"#,
                &["/a/embed", "a b", "c $HOME", "d e", "", "x;y", ">z"],
            ),
        ] {
            assert_eq!(words(text).unwrap(), expected, "{text}");
        }
        for text in ["embed 'open", "embed \"open", "embed \\", "", "# embed"] {
            assert!(words(text).is_err(), "{text}");
        }
    }

    #[test]
    fn answer_has_an_array_for_each_text() {
        assert_eq!(read_vectors(b"[3, 4]\n[0, 0]\n", 2).unwrap(), [[0.6, 0.8], [0.0, 0.0]]);
        for wrong in
            ["", "[3, 4]\n", "[3, 4]\n[1]\n", "[3, 4]\n[1, \"a\"]\n", "[]\n[]\n", "[1]\n[1]\n[1]\n", "[1e99]\n[1]\n"]
        {
            assert!(read_vectors(wrong.as_bytes(), 2).is_err(), "{wrong}");
        }
    }
}
