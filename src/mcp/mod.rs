//! A front for agents: commands as tools and records as resources, over the Model Context Protocol on standard input and
//! output.
//!
//! No rule stands here. A call becomes the words of one command line, which whoever serves runs as if it had been typed
//! (`RunWords`); what it came to is put into the protocol's form. The official SDK speaks the protocol; `lines` and `wire`
//! stand between it and the pipes, because they must outlive whatever a client writes.

mod answer;
mod command;
mod entrance;
mod lines;
mod resources;
mod server;
mod service;
mod tool;
mod tools;
mod wait;
mod waits;
mod wire;

pub use command::RunWords;
pub use command::Said;
pub use server::serve;
pub use wait::Wait;
