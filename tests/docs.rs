//! Holds the pages that people read against the program: what they show is run, what is generated is compared.
//!
//! `COORD_REGENERATE_DOCS=1 cargo test --test main docs::` writes the generated pages anew.

mod attack_list;
mod attacks;
mod console;
mod context_cost;
mod dependencies;
mod failures;
mod generated;
mod glossary;
mod meanings;
mod objects;
mod pattern;
mod policy;
mod tour;
mod unseen;
mod watch_meanings;

pub use generated::check_page;
