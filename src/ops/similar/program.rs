//! `coord.overlap.command`: a program of the user's that says what texts mean, for whoever has a larger model than the table.
//!
//! Git's configuration names it, which nothing that is fetched can change; no shell reads it, and it is no file of the work
//! tree unless somebody writes its whole path. Texts go to its standard input, one a line; for each it answers with a line, a
//! JSON array of numbers. Its time and its output are bounded, and without an answer the table decides.

use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use crate::ops::context::Context;

/// The key of the configuration that names it.
const KEY: &str = "coord.overlap.command";
/// So long it may take: models are read from a disk first.
const LIMIT: Duration = Duration::from_secs(10);
const DIMS_MAX: usize = 4_096;
/// So many bytes a number has at most.
const NUMBER_BYTES_MAX: usize = 32;
const TEXT_CHARACTERS_MAX: usize = 512;

/// What a text means, as a direction of length 1; all zero if nothing is known of it.
pub(super) type Vector = Vec<f32>;

/// The program, and where it is started.
pub(super) struct Program {
    words: Vec<String>,
    directory: PathBuf,
}

impl Program {
    /// Returns the program that is configured as it is written, and what it was read as or why it is none.
    pub(super) fn configured(context: &Context) -> Option<(String, Result<Self, String>)> {
        let written = context.repository.config(KEY).filter(|written| !written.trim().is_empty())?;
        let directory = context.ledger.store().directory().to_owned();
        let words = words(&written).ok_or_else(|| "a quote is not closed".to_owned());
        let program = words.and_then(|words| {
            let is_relative = words[0].contains('/') && !Path::new(&words[0]).is_absolute();
            if is_relative { Err(format!("`{}` is no absolute path", words[0])) } else { Ok(Self { words, directory }) }
        });
        Some((written, program))
    }

    /// Asks what some texts mean.
    pub(super) fn ask(&self, texts: &[&str]) -> Result<Vec<Vector>, String> {
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]).current_dir(&self.directory);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| format!("`{}` cannot be started: {error}", self.words[0]))?;
        let answer = exchange(&mut child, texts);
        if answer.is_err() {
            child.kill().ok();
        }
        child.wait().ok();
        read_vectors(&answer?, texts.len())
    }
}

/// Gives a program its texts, and waits for its answer and its end.
fn exchange(child: &mut Child, texts: &[&str]) -> Result<Vec<u8>, String> {
    let limit_bytes = (texts.len() * DIMS_MAX * NUMBER_BYTES_MAX) as u64;
    let input: String = texts.iter().map(|text| line(text)).collect();
    let (mut stdin, stdout) = (child.stdin.take(), child.stdout.take());
    // Whoever does not read everything has its reasons, and its answer is looked at all the same.
    thread::spawn(move || stdin.as_mut().map(|stdin| stdin.write_all(input.as_bytes()).ok()));
    let (sender, answer) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = stdout.map(|stdout| stdout.take(limit_bytes + 1).read_to_end(&mut bytes));
        sender.send(read.transpose().map(|_| bytes)).ok();
    });
    let start = Instant::now();
    let late = || format!("it took longer than {} s", LIMIT.as_secs());
    let bytes = answer.recv_timeout(LIMIT).map_err(|_| late())?.map_err(|error| error.to_string())?;
    if bytes.len() as u64 > limit_bytes {
        return Err("it says too much".to_owned());
    }
    loop {
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) if status.success() => return Ok(bytes),
            Some(status) => return Err(format!("it failed: {status}")),
            None if start.elapsed() > LIMIT => return Err(late()),
            None => thread::sleep(Duration::from_millis(1)),
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
    let is_whole = vectors.len() == count && (1..=DIMS_MAX).contains(&dims);
    let fits = |vector: &Vector| vector.len() == dims && vector.iter().all(|number| number.is_finite());
    if is_whole && vectors.iter().all(fits) {
        return Ok(vectors.into_iter().map(normal).collect());
    }
    Err(format!("it answered {count} texts with {} arrays, not all of one length", vectors.len()))
}

fn normal(vector: Vector) -> Vector {
    let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
    if length > 0.0 && length.is_finite() { vector.into_iter().map(|number| number / length).collect() } else { vector }
}

/// Takes a command apart: at spaces, but for those within quotes or behind a backslash. `None` if there is none, or a quote is
/// not closed.
fn words(text: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, _) if letter.is_whitespace() => words.extend(word.take()),
            (None | Some('"'), '\\') => word.get_or_insert_default().push(letters.next()?),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    (quote.is_none() && !words.is_empty()).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_is_taken_apart_without_a_shell() {
        for (text, expected) in [
            ("embed", Some(&["embed"][..])),
            (" /a/embed  --model small ", Some(&["/a/embed", "--model", "small"])),
            (r#"/a/embed 'a b' "c $HOME" d\ e '' x;y"#, Some(&["/a/embed", "a b", "c $HOME", "d e", "", "x;y"])),
            ("embed 'open", None),
            ("", None),
        ] {
            assert_eq!(
                words(text).as_deref(),
                expected.map(|words| words.iter().map(ToString::to_string).collect::<Vec<_>>()).as_deref()
            );
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
