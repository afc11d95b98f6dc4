//! Layouts of real life: how clones are made, moved, mounted and named, by the real binary and the real git.

mod bare;
mod depth;
mod jujutsu;
mod moved;
mod packed;
mod read_only;
mod remotes;
