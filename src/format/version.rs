//! The `format` key with which every record begins.

use std::ops::Range;

use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::de::Error;
use toml::de::DeTable;

/// The format that this program reads and writes.
const FORMAT: i64 = 1;

/// The `format` key: always 1.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Format(i64);

impl Format {
    pub(crate) const CURRENT: Self = Self(FORMAT);
}

impl<'de> Deserialize<'de> for Format {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match i64::deserialize(deserializer)? {
            FORMAT => Ok(Self::CURRENT),
            other => Err(D::Error::custom(format!("there is no format {other}"))),
        }
    }
}

/// Returns what to say of a record whose format this program does not know yet, and where the format stands.
pub(crate) fn newer_format(table: &DeTable<'_>) -> Option<(String, Range<usize>)> {
    let value = table.get("format")?;
    let number = value.get_ref().as_integer()?;
    let format = i64::from_str_radix(number.as_str(), number.radix()).ok().filter(|format| *format > FORMAT)?;
    Some((format!("newer than this program: format {format}, it knows {FORMAT}"), value.span()))
}

/// The first `rev` of a mutable record, which a hand-written one may leave out.
pub(crate) fn first_rev() -> u64 {
    1
}
