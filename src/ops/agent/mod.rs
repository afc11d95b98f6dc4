//! Agents at work in their own programs: what hooks of those programs ask before and after an edit and at the end of a
//! session, and how our entries get into their settings.

mod automatic;
mod change;
mod client;
mod draft;
mod ground;
mod guard;
mod install;
mod install_remark;
mod instructions;
mod layout;
mod lookout;
mod meanwhile;
mod notes;
mod outcome;
mod patience;
mod place;
mod presence;
mod session;

pub(crate) use automatic::renew_if_due;
pub(crate) use automatic::taken_in;
pub use change::Change;
pub use client::AgentClient;
pub use client::AgentEvent;
pub use guard::after_edit;
pub use guard::before_edit;
pub use install::Installation;
pub use install::Options;
pub use install::Teaching;
pub use install::install;
pub use install::uninstall;
pub use install_remark::InstallRemark;
pub use instructions::SECTION;
pub use layout::Scope;
pub use meanwhile::Meanwhile;
pub use notes::parse_notes;
pub use outcome::Denial;
pub use outcome::Outcome;
pub use outcome::Remark;
pub use patience::answer_within;
pub use patience::patience_s;
pub use patience::work_within;
pub use presence::begin_session;
pub use presence::end_session;
pub use session::Session;
