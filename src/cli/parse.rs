//! Words of the command line as checked values.

use crate::format::Word;
use crate::format::parse_time;
use crate::model::Digest;
use crate::model::RecordId;
use crate::model::RecordName;
use crate::model::Span;
use crate::model::Text;
use crate::model::Timestamp;
use crate::ops::Failure;
use crate::ops::similar::Repetition;
use crate::ops::start::Start;

pub(crate) fn argument(what: &str, expected: &'static str) -> Failure {
    Failure::Argument { what: what.to_owned(), expected }
}

pub(crate) fn span(text: Option<&str>) -> Result<Option<Span>, Failure> {
    text.map(|text| Span::parse(text).ok_or_else(|| argument(text, "a span such as `90s`, `30m` or `4h`"))).transpose()
}

/// Reads a moment in the past: a span back from now, a date, or a date with a time.
pub(crate) fn moment(text: &str, now: Timestamp) -> Result<Timestamp, Failure> {
    let found = read_moment(text, now).filter(|moment| *moment <= now);
    found.ok_or_else(|| argument(text, "a moment in the past: `7d`, `2026-11-21` or `2026-11-21T12:30:00Z`"))
}

fn read_moment(text: &str, now: Timestamp) -> Option<Timestamp> {
    let ago = Span::parse(text).map(|span| now - span);
    ago.or_else(|| parse_time(text)).or_else(|| parse_time(&format!("{text}T00:00:00Z")))
}

/// More digits than any height has, and less than the shortest object id.
const HEIGHT_DIGITS_MAX: usize = 12;

/// Reads from where on somebody wants to look: `7d` back from now, a day or a moment, a height, a commit.
pub(crate) fn start(text: &str, now: Timestamp) -> Start {
    let moment = || read_moment(text, now).map(Start::Time);
    height(text).map(Start::Height).or_else(moment).unwrap_or_else(|| Start::Commit(text.to_owned()))
}

/// Reads a height as it is printed: a commit may consist of digits as well.
fn height(text: &str) -> Option<u64> {
    let is_printed = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| is_printed && text.len() <= HEIGHT_DIGITS_MAX)
}

/// Reads what becomes of what somebody else says already.
pub(crate) fn repetition(force: bool) -> Repetition {
    if force { Repetition::Meant } else { Repetition::Refused }
}

pub(crate) fn digest(text: &str) -> Result<Digest, Failure> {
    text.parse().map_err(|_| argument(text, "a digest: `sha256:` and 64 digits"))
}

pub(crate) fn record_id(text: &str) -> Result<RecordId, Failure> {
    RecordId::parse(text).map_err(|_| argument(text, "an id such as `c-7k2f9qxm`"))
}

pub(crate) fn name(text: &str) -> Result<RecordName, Failure> {
    RecordName::parse(text).map_err(|_| argument(text, "a name: [a-z0-9._-]"))
}

pub(crate) fn text(text: &str) -> Result<Text, Failure> {
    Text::parse_multiline(text).map_err(|_| argument(text, "plain text of 4096 bytes at most"))
}

pub(crate) fn word<T: Word>(text: &str, expected: &'static str) -> Result<T, Failure> {
    T::from_word(text).ok_or_else(|| argument(text, expected))
}
