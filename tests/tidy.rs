//! Holds the house rules against the code. If a test here stops a change, the design of the change is usually wrong,
//! not the test; if the rule is wrong, change both.

mod blank;
mod contracts;
mod crates;
mod files;
mod layers;
mod lines;
mod pages;
pub mod source;
