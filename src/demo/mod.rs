//! The whole story in a throw-away directory: real git, real signatures, this very program as a child process.
//!
//! Nothing that is told is only told: each step is checked, by its exit code, by what it said, and by the state that
//! programs see. The user's home, configuration and keys are not touched.

mod actor;
mod beginning;
mod claims;
mod landing;
mod narration;
mod play;
mod project;
mod review;
mod seen;
mod server;
mod stage;
mod stop;
mod story;

pub use play::Ending;
pub use play::Ground;
pub use play::Outcome;
pub use play::Told;
pub use play::run;
