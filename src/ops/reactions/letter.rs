//! An event on its way to a reaction, as a file: a few lines about it, an empty one, and the event as it is fed in.

use serde_json::Map;
use serde_json::Value;

use crate::format::format_time;
use crate::format::parse_time;
use crate::model::RecordName;
use crate::model::Timestamp;

/// An event for a reaction that was not started, failed, or was cut off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Its own id.
    pub id: String,
    pub reaction: RecordName,
    /// Why it is here.
    pub reason: String,
    /// When it was accepted, or started last.
    pub time: Timestamp,
    /// How often the reaction was started for it.
    pub attempts: u64,
    /// How deep what it writes is.
    pub depth: u32,
    /// The event, as one line of JSON.
    pub event: String,
}

impl Letter {
    /// Returns the event, as far as it is told by one object of JSON on one line.
    pub fn told(&self) -> Option<Map<String, Value>> {
        let is_line = !self.event.contains(['\n', '\r']);
        serde_json::from_str(&self.event).ok().filter(|_| is_line)
    }

    /// Returns what stands in its file.
    pub fn encode(&self) -> String {
        let Self { id: _, reaction, reason, time, attempts, depth, event } = self;
        let reason = reason.replace(char::is_control, " ");
        let time = format_time(*time);
        format!(
            "reaction: {reaction}\nreason: {reason}\ntime: {time}\nattempts: {attempts}\ndepth: {depth}\n\n{event}\n"
        )
    }

    /// Reads its file.
    pub fn decode(id: &str, text: &str) -> Option<Self> {
        let (head, event) = text.split_once("\n\n")?;
        let field = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        let letter = Self {
            id: id.to_owned(),
            reaction: RecordName::parse(field("reaction")?).ok()?,
            reason: field("reason")?.to_owned(),
            time: parse_time(field("time")?)?,
            attempts: field("attempts")?.parse().ok()?,
            depth: field("depth")?.parse().ok()?,
            event: event.trim_end().to_owned(),
        };
        letter.told().is_some().then_some(letter)
    }
}
