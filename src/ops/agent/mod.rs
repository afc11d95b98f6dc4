//! Agents at work in their own programs: what hooks of those programs ask before and after an edit and at the end of a
//! session, and how our entries get into their settings.

mod automatic;
mod client;
mod guard;
mod notes;
mod place;

pub use client::AgentClient;
pub use client::AgentEvent;
pub use guard::Denial;
pub use guard::Outcome;
pub use guard::Remark;
pub use guard::Session;
pub use guard::after_edit;
pub use guard::before_edit;
pub use guard::end_session;
