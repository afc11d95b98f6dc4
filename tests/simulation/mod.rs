//! The protocol under every weather, by seeds: what every change waits for. `cargo bench --bench simulation` goes on from there.

mod short;
