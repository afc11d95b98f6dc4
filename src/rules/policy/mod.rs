//! The rules themselves: how they change, and what is wrong with them, in general and for those who are enrolled.

pub(crate) mod alone;
#[cfg(test)]
pub(crate) mod cast;
pub(crate) mod change;
pub(crate) mod lint;
pub(crate) mod names;
pub(crate) mod remarks;
pub(crate) mod tightening;
pub(crate) mod today;
