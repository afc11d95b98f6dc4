//! Agents in their own programs: what those tell our hooks, and what our hooks answer.

mod edits;
mod places;
mod sessions;
mod told;
