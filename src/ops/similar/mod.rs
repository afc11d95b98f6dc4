//! `similar`: which live records, and which work in flight, read like an intent, before anything is made of it.
//!
//! Reading order: `records` (with what an intent is compared), `ground` (the paths that two share), `look` (the comparison),
//! `echo` (whether somebody else says the same already), and `kept`, which keeps what was computed of texts. `source` (what the
//! user has configured beside the table), `program`, `folder`, `vectors` and `fault` are of a model that the user has.

mod echo;
mod fault;
#[cfg(feature = "model")]
mod folder;
mod ground;
mod kept;
mod look;
mod program;
mod records;
mod source;
mod vectors;

pub(crate) use echo::Echo;
pub(crate) use echo::New;
pub use echo::Repetition;
pub(crate) use echo::SecondThoughts;
pub use fault::Fault;
pub(crate) use ground::Ground;
pub(crate) use kept::Kept;
pub use look::Body;
pub use look::Comparison;
pub use look::Similar;
pub(crate) use look::among;
pub use records::Known;
pub(crate) use records::claims;
pub(crate) use records::decisions;
pub(crate) use records::findings;
pub(crate) use records::requests;

pub use crate::overlap::Reason;
