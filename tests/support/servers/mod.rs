//! Real git servers on loopback: started in a directory that is given, ended with every process of theirs when dropped.
//!
//! They listen on 127.0.0.1 only, see nothing of the environment of whoever starts them, and keep every file of theirs
//! in that directory. Nothing here names another module of the tests, so that the benchmarks include it by its path.
//!
//! ```text
//! let server = servers::Ssh::start(&root.join("ssh"), &root.join("hub.git"));   // the repository is there already
//! git.env("GIT_SSH_COMMAND", server.ssh_command("alice")).args(["push", &server.url(), "main"]);
//! ```

mod account;
mod apache;
mod daemon;
mod family;
mod fault;
mod gitolite;
mod nginx;
mod port;
mod programs;
mod proxy;
mod running;
mod server;
mod ssh;
mod web;

pub(crate) use apache::Apache;
pub(crate) use daemon::Daemon;
pub(crate) use family::children;
pub(crate) use family::kill_family;
pub(crate) use family::kill_one;
pub(crate) use fault::Fault;
pub(crate) use fault::Random;
pub(crate) use gitolite::Gitolite;
pub(crate) use nginx::Nginx;
pub(crate) use programs::missing;
pub(crate) use proxy::Proxy;
pub(crate) use server::Server;
pub(crate) use ssh::Ssh;
