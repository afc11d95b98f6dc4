//! Agents in their own programs: what those tell our hooks, and what our hooks answer.

mod attacks;
mod edits;
mod elsewhere;
mod installed;
mod patience;
mod places;
mod play;
mod real_clients;
mod sessions;
mod settings;
pub mod told;
