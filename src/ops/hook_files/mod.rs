//! Puts the shims of `hooks/` into the hook files that git will really run, and takes them out again.
//!
//! What is to be done is planned first and written afterwards, so that it can be shown. What was there keeps running and
//! comes back byte for byte. Never sets `core.hooksPath`, never writes outside the repository, never runs anything.

mod block;
mod driver;
mod error;
mod ground;
mod hook_name;
mod install;
mod lefthook;
mod occupant;
mod plan;
mod request;
mod script;
mod site;
mod status;
mod uninstall;

#[cfg(test)]
mod tests;

pub use error::HookFileError;
pub use ground::HookTool;
pub use hook_name::BadHookName;
pub use hook_name::HookName;
pub use hook_name::Side;
pub use install::plan;
pub use plan::FileContent;
pub use plan::FileEdit;
pub use plan::FileRename;
pub use plan::Plan;
pub use plan::apply;
pub use request::HooksPath;
pub use request::HooksPathOrigin;
pub use request::InstallRequest;
pub use site::calls_us;
pub use status::HookState;
pub use status::HookStatus;
pub use status::status;
pub use uninstall::uninstall;
