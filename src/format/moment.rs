//! Times: RFC 3339 in UTC, whole seconds.

use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::civil::date;
use jiff::fmt::temporal::Pieces;
use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use serde::de::Error;
use toml::value::Datetime;

use crate::model::Timestamp;

const EPOCH: DateTime = date(1970, 1, 1).at(0, 0, 0, 0);

/// Returns the time as RFC 3339 in UTC: `2026-11-21T12:30:00Z`.
pub fn format_time(time: Timestamp) -> String {
    let civil = EPOCH.checked_add(SignedDuration::from_secs(time.unix_s()));
    format!("{}Z", civil.expect("years 1970 to 9999 are in range"))
}

/// Parses an RFC 3339 time with an offset and whole seconds.
pub fn parse_time(text: &str) -> Option<Timestamp> {
    // By its parts: the last hours of 9999 are beyond jiff's own timestamps, but not beyond ours.
    let parts = Pieces::parse(text).ok()?;
    let (time, offset) = (parts.time()?, parts.to_numeric_offset()?);
    // A leap second would be folded into its neighbour.
    if text.get(17..19) == Some("60") || time.subsec_nanosecond() != 0 {
        return None;
    }
    let since_epoch = parts.date().to_datetime(time).duration_since(EPOCH).as_secs();
    Timestamp::from_unix_s(since_epoch - i64::from(offset.seconds()))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever moment there is can be written and read again, to the last one.
    #[test]
    fn what_is_written_is_read_from_the_first_moment_to_the_last() {
        for seconds in [0, 1, 951_868_799, 1_800_000_000, Timestamp::MAX.unix_s() - 93_600, Timestamp::MAX.unix_s()] {
            let time = Timestamp::from_unix_s(seconds).unwrap();
            assert_eq!(parse_time(&format_time(time)), Some(time), "{seconds}");
        }
        assert_eq!(format_time(Timestamp::MAX), "9999-12-31T23:59:59Z");
        assert_eq!(format_time(Timestamp::MAX + crate::model::Span::from_s(1)), "9999-12-31T23:59:59Z");
    }

    #[test]
    fn moments_beyond_the_bounds_are_refused_in_every_offset() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("1970-01-01T01:00:00+01:00", Some(0)),
            ("1969-12-31T23:00:00-01:00", Some(0)),
            ("1969-12-31T23:59:59Z", None),
            ("1970-01-01T00:59:59+01:00", None),
            ("9999-12-31T23:59:59Z", Some(Timestamp::MAX.unix_s())),
            ("9999-12-31T22:59:59-01:00", Some(Timestamp::MAX.unix_s())),
            ("9999-12-31T23:59:59+01:00", Some(Timestamp::MAX.unix_s() - 3_600)),
            ("9999-12-31T23:00:00-01:00", None),
            ("10000-01-01T00:00:00+01:00", None),
        ] {
            assert_eq!(parse_time(text).map(Timestamp::unix_s), seconds, "{text}");
        }
    }

    #[test]
    fn times_have_an_offset_and_whole_seconds() {
        assert_eq!(parse_time("2027-01-15T08:00:00Z"), Timestamp::from_unix_s(1_800_000_000));
        for text in [
            "2027-01-15T08:00:00",
            "2027-01-15T08:00:00.5Z",
            "2027-01-15",
            "08:00:00Z",
            "2027-02-29T08:00:00Z",
            "2027-01-15T24:00:00Z",
            "2026-12-31T23:59:60Z",
            "",
        ] {
            assert_eq!(parse_time(text), None, "{text}");
        }
    }
}
