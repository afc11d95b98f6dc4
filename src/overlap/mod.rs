//! How alike two intents are: in what they mean, and in how they are worded.
//!
//! A hint for people and agents, hardly ever a ground for a refusal: no title tells the same work from other work beside it.
//! Whether two claims conflict is decided by their patterns and resources only. docs/overlap.md says what was measured.
//!
//! Reading order: `table` (what words mean), `words` (text as entries of it), `meaning` and `meanings`, `wording`, and
//! `ranking`. `direction` and `bert` are of a larger model, if the user has one.

#[cfg(feature = "model")]
mod bert;
mod direction;
mod meaning;
mod meanings;
mod ranking;
mod table;
mod wording;
mod words;

#[cfg(feature = "model")]
pub use bert::Encoder;
#[cfg(feature = "model")]
pub use bert::EncoderFault;
#[cfg(feature = "model")]
pub use bert::identity;
#[cfg(all(test, feature = "model"))]
pub(crate) use bert::tiny_model;
pub use direction::NUMBERS_MAX;
pub use direction::direction;
pub use direction::is_direction;
pub use meaning::Meaning;
pub use meanings::Meanings;
pub use meanings::TextKey;
pub use meanings::text_key;
pub use ranking::Alike;
pub use ranking::Intent;
pub use ranking::Reason;
pub use ranking::TOLD_MAX;
pub use table::MODEL;
