//! Patterns of paths and of refs: what claims, lanes and policies are about.
//!
//! Says which names a pattern matches and whether two patterns can match a common one. Never looks at a tree: whether
//! `src` is a file or a directory is decided by the slash that is written, or not written, after it.

mod compiled;
mod contexts;
mod example;
mod fault;
mod parse;
mod path_pattern;
mod product;
mod ranges;
mod ref_pattern;
mod steps;
mod symbols;

#[cfg(test)]
mod tests;

pub use fault::PatternFault;
pub use path_pattern::Pattern;
pub use ref_pattern::RefPattern;
