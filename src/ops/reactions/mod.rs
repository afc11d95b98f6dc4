//! Commands of the local user that the watcher starts when something happens.
//!
//! Which they are stands in `.git/coord/reactions.toml`, which no repository brings, and which counts only as long as the user
//! has trusted exactly its bytes; that is noted where the user's keys lie. An event goes to the command as data on its standard
//! input. It is started at most once by itself: what failed, or was cut off, is a dead letter, which the user may try again.
//! Only `watch` and `reactions retry` start anything, never a hook.

mod depth;
mod letter;
mod post_box;
mod retry;
mod runner;
mod setting;
mod trust;
mod wanted;

pub use depth::DEPTH_TRAILER;
pub use depth::DEPTH_VARIABLE;
pub(crate) use depth::Depths;
pub use letter::Letter;
pub use post_box::letters;
pub use post_box::log_file;
pub use retry::Retried;
pub use retry::retry;
pub use runner::Runner;
pub use trust::Trust;
pub use trust::file;
pub use trust::look;
pub use trust::trust;
