//! What a server's hooks decide about a push: the gate itself, its safety net, and the record of what landed.

mod command;
mod evaluated;
mod gate_hook;
mod name;
mod named;
mod pushed;
mod record;
mod restored;
mod transaction;

pub use command::Command;
pub use command::parse_commands;
pub use evaluated::rewritten_note;
pub use gate_hook::Quarantine;
pub use gate_hook::pre_receive;
pub use record::Recorded;
pub use record::post_receive;
pub use transaction::reference_transaction;
