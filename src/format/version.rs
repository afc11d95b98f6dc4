//! The `format` key with which every record begins.

use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::de::Error;

use crate::format::read::NEWER;

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
            newer if newer > FORMAT => Err(D::Error::custom(format!("{NEWER}: format {newer}, it knows {FORMAT}"))),
            other => Err(D::Error::custom(format!("there is no format {other}"))),
        }
    }
}

/// The first `rev` of a mutable record, which a hand-written one may leave out.
pub(crate) fn first_rev() -> u64 {
    1
}
