//! Settings files of other programs: entries of ours put in and taken out by their place in the text, so that every byte
//! of everybody else stays as it is.
//!
//! What is put in stands first where it is put. That keeps the way back open: whether a list or an object was there before
//! is told by whether something stands between its bracket and what is ours.

mod block;
mod document;
mod entry;
mod fault;
mod node;
mod ours;
mod owned;
mod put;
mod section;
mod take;
mod toml_table;

#[cfg(test)]
mod block_tests;
#[cfg(test)]
mod tests;

pub use entry::Entry;
pub use fault::SettingsFault;
pub use node::Node;
pub use owned::Owned;
pub use owned::owned_of;
pub use owned::sealed;
pub use put::put;
pub use section::put_section;
pub use section::take_section;
pub use take::take;
pub use toml_table::ServerTable;
