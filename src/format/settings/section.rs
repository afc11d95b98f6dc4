//! A section of ours between marks, in a text that people write. Its first mark has a digest of it: what somebody has
//! changed or written in it is theirs, and stays.

use super::SettingsFault;
use super::block::attached;
use super::block::detached;
use super::block::lines_of;
use super::block::replaced;
use crate::format::sha256;

const START: &str = "<!-- >>> git-coord >>>";
const END: &str = "<!-- <<< git-coord <<< -->";
/// As much of a digest as an accident does not meet; agents read all of it.
const SEAL_LEN: usize = 12;

/// Puts a section at the end of a file or of none, or in the place of the one that is there.
pub fn put_section(before: Option<&[u8]>, body: &str) -> Result<Vec<u8>, SettingsFault> {
    let body: Vec<&str> = body.trim_end().lines().collect();
    let start = format!("{START} {} -->", seal_of(&body));
    let lines = [&[start.as_str()], &body[..], &[END]].concat();
    Ok(match find(before.unwrap_or_default())? {
        Some(place) => replaced(before.unwrap_or_default(), place, &lines),
        None => attached(before, &lines),
    })
}

/// Takes the section out. Returns the file as it was without, or none if it came with it.
pub fn take_section(before: &[u8]) -> Result<Option<Vec<u8>>, SettingsFault> {
    Ok(match find(before)? {
        Some(place) => detached(before, place),
        None => Some(before.to_vec()),
    })
}

/// Finds the section with its marks. One that is not as we made it is nobody's to touch.
fn find(content: &[u8]) -> Result<Option<(usize, usize)>, SettingsFault> {
    let lines = lines_of(content);
    let at = |is_mark: &dyn Fn(&[u8]) -> bool| -> Vec<usize> {
        lines.iter().enumerate().filter(|(_, (line, _))| is_mark(line)).map(|(at, _)| at).collect()
    };
    let starts = at(&|line| line.starts_with(START.as_bytes()));
    let ends = at(&|line| line == END.as_bytes());
    let (start, end) = match (&starts[..], &ends[..]) {
        ([], []) => return Ok(None),
        ([start], [end]) if start < end => (*start, *end),
        _ => return Err(SettingsFault::Marks),
    };
    let body: Option<Vec<&str>> =
        lines[start + 1..end].iter().map(|(line, _)| std::str::from_utf8(line).ok()).collect();
    let is_sealed = body.is_some_and(|body| lines[start].0 == format!("{START} {} -->", seal_of(&body)).as_bytes());
    if is_sealed { Ok(Some((lines[start].1.0, lines[end].1.1))) } else { Err(SettingsFault::Changed) }
}

/// Returns the seal of some lines, whatever the file ends them with.
fn seal_of(lines: &[&str]) -> String {
    let text: String = lines.iter().map(|line| format!("{}\n", line.trim_ascii_end())).collect();
    let digest = sha256(text.as_bytes()).to_string();
    digest.rsplit(':').next().unwrap_or_default().chars().take(SEAL_LEN).collect()
}
