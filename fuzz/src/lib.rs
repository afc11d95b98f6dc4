//! What cargo-fuzz runs: the bodies stand in `tests/fuzzing`, where `cargo test` runs them as well.

#[path = "../../tests/fuzzing/mod.rs"]
mod fuzzing;

/// What the bodies share with the other tests.
#[path = "../../tests/support"]
#[allow(dead_code, unused_imports, reason = "they use more of it")]
mod support {
    pub mod cache;
    pub mod world;
}

/// Runs a target.
///
/// # Panics
///
/// Something does not hold.
pub fn run(name: &str, data: &[u8]) {
    let found = fuzzing::target::TARGETS.iter().find(|(target, _)| *target == name);
    (found.expect("every target is in the list").1)(data);
}
