//! Patterns against examples, brute force and arbitrary input.

mod brute_force;
mod examples;
mod folding;
mod marks;
