//! What somebody must know before it touches some paths, in as many tokens as it gives for that.
//!
//! Reading order: `parts` (what there is to say), `budget` (what of it is said), `report`.

mod budget;
mod parts;
mod report;

pub use report::brief_report;
