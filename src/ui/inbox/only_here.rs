//! Entries that are only here, and those that are dated ahead.

use crate::format::format_time;
use crate::model::Timestamp;
use crate::ops::Guarantee;
use crate::ops::only_here::left_here::KeyPlace;
use crate::ops::only_here::left_here::Left;
use crate::ops::only_here::left_here::SetAside;
use crate::ops::only_here::waiting::Waiting;
use crate::ui::inbox::told::Told;
use crate::ui::report::counted;
use crate::ui::report::span_words;

pub(super) fn ahead<'a>(ahead: &Waiting) -> Told<'a> {
    let signer = ahead.signer.as_ref().map_or("somebody".to_owned(), ToString::to_string);
    let date = ahead.time.map(format_time).unwrap_or_default();
    let line = format!("an entry of {signer} is dated {date}, ahead of this clock: nothing is written before");
    let next = "git coord doctor says whether this clock is right; if so, wait, and ask who signed it".to_owned();
    Told::new("ahead", ahead.commit, line, next, Guarantee::Tentative)
}

pub(super) fn tentative<'a>(left: &Left, now: Timestamp) -> Told<'a> {
    let line = format!("{} and may yet be lost", only_here(left, now));
    of_left("tentative", left, line, "git coord sync".to_owned())
}

pub(super) fn set_aside(set_aside: &SetAside, now: Timestamp) -> Told<'_> {
    let SetAside { left, signer, key } = set_aside;
    let whose = signer.as_ref().map_or("nobody enrolled".to_owned(), ToString::to_string);
    let line = format!("{}, set aside for the key of {whose}", only_here(left, now));
    let next = match key {
        KeyPlace::Here => "git coord sync".to_owned(),
        KeyPlace::Away => format!("git coord sync, where the key of {whose} is"),
    };
    Told { signer: signer.as_ref(), ..of_left("key", left, line, next) }
}

fn of_left<'a>(kind: &'static str, left: &Left, line: String, next: String) -> Told<'a> {
    let told = Told::new(kind, left.first, line, next, Guarantee::Tentative);
    Told { count: Some(left.count), since: left.since, ..told }
}

/// Returns how many entries are only here, and since when.
fn only_here(left: &Left, now: Timestamp) -> String {
    let age = left.since.map(|since| span_words(now.since(since)));
    let oldest = if left.count == 1 { "" } else { "the oldest " };
    let age = age.map_or(String::new(), |age| format!(" ({oldest}for {age})"));
    format!("{} only here{age}", counted(left.count, "entry is", "entries are"))
}
