//! Signed commits with something changed, judged by us and by stock git and OpenSSH: what we take, they take (`docs/testing.md`).

mod chance;
mod class;
mod mutation;
mod seal;
mod stock;
mod verdicts;
