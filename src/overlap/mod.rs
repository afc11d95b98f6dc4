//! How alike two intents are worded.
//!
//! A hint for people and agents, never a ground for a refusal: other words for the same work score low, and the same
//! words for other work score high. Whether two claims conflict is decided by their patterns and resources only.

mod wording;

pub use wording::most_similar;
