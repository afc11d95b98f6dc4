//! Reports of scanners: SARIF 2.1.0, as far as findings need it.
//!
//! Unlike records, these are the work of other programs: what is not needed is passed over, whatever it is. What is needed
//! is checked, and nothing that a report says gets into a finding unless a record could have said it.

mod message;
mod place;
mod read;
mod rule;
mod shape;

#[cfg(test)]
mod tests;

pub use read::LeftOut;
pub use read::Sarif;
pub use read::SarifFault;
pub use read::Scanned;
pub use read::mark_of;
