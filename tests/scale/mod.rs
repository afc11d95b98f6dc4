//! What happens with a thousand agents and with ten thousand: a model of the clones, the host and the one ref that they all
//! move, fed with what was measured. It writes `docs/scale.md`.
//!
//! Reading order: `figures` (what was measured, out of `docs/performance.md`), `chance`, `host` (the server's cores), `race`
//! (machines that push to one ref), `queue` (machines that hand in, and one that pushes), `waits` (what comes out), `page`.

mod chance;
mod figures;
mod host;
mod page;
mod queue;
mod race;
mod waits;
