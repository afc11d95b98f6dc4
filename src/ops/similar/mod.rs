//! `similar`: which live records, and which work in flight, read like an intent, before anything is made of it.
//!
//! Reading order: `records` (with what an intent is compared), `look` (the comparison), and `kept`, which keeps what was
//! computed of texts.

mod kept;
mod look;
mod records;

pub use look::Body;
pub use look::Similar;
pub(crate) use look::among;
pub use records::Known;
pub(crate) use records::claims;
pub(crate) use records::decisions;

pub use crate::overlap::MODEL;
