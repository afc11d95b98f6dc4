//! Times: RFC 3339 in UTC, whole seconds.

use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use serde::de::Error;
use toml::value::Datetime;

use crate::model::Timestamp;

/// Returns the time as RFC 3339 in UTC: `2026-11-21T12:30:00Z`.
pub fn format_time(time: Timestamp) -> String {
    // The last day of 9999 is beyond jiff's own timestamps.
    let since_epoch = jiff::SignedDuration::from_secs(time.unix_s());
    let civil = jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0).checked_add(since_epoch);
    format!("{}Z", civil.expect("years 1970 to 9999 are in range"))
}

/// Parses an RFC 3339 time with an offset and whole seconds.
pub fn parse_time(text: &str) -> Option<Timestamp> {
    let parsed: jiff::Timestamp = text.parse().ok()?;
    // A leap second would be folded into its neighbour.
    if text.get(17..19) == Some("60") || parsed.subsec_nanosecond() != 0 {
        return None;
    }
    Timestamp::from_unix_s(parsed.as_second())
}

/// The serde shape of a time: a TOML date-time with an offset.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment(pub(crate) Timestamp);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Datetime::deserialize(deserializer)?;
        let whole = written.time.is_some_and(|time| time.second.is_some() && time.nanosecond.is_none());
        let complete = written.date.is_some() && whole && written.offset.is_some();
        complete.then(|| parse_time(&written.to_string())).flatten().map(Moment).ok_or_else(|| {
            D::Error::custom("expected a time with date, whole seconds and offset, as `2026-11-21T12:30:00Z`")
        })
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written: Datetime = format_time(self.0).parse().expect("RFC 3339 is a TOML date-time");
        written.serialize(serializer)
    }
}
