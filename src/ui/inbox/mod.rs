//! What waits for somebody: [`items`] says it in order, a file for each family of things, and [`told`] is what all have in common.

mod actions;
mod claims;
mod items;
mod only_here;
mod proposals;
mod requests;
mod told;

pub use items::inbox_report;
