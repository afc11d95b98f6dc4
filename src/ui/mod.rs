//! Every word for people and every JSON shape for programs.
//!
//! Outcomes go in, reports come out; front ends only print them. Text that came from a record is made harmless here.

mod approval;
mod audit;
mod claim;
mod doctor;
mod error;
mod event;
mod history;
mod hooks;
mod inbox;
mod principal;
mod report;
mod request;
mod status;
mod verdict;

pub use approval::answer_report;
pub use audit::audit_report;
pub use audit::line_report;
pub use audit::stale_note;
pub use claim::check_report;
pub use claim::claim_report;
pub use claim::leases_report;
pub use doctor::doctor_report;
pub use error::ErrorKind;
pub use error::ErrorWords;
pub use error::words_of;
pub use event::event_report;
pub use history::log_report;
pub use history::story_report;
pub use hooks::hooks_removal_report;
pub use hooks::hooks_report;
pub use hooks::hooks_status_report;
pub use inbox::inbox_report;
pub use principal::join_report;
pub use principal::principal_report;
pub use principal::principals_report;
pub use report::Report;
pub(crate) use report::counted;
pub use report::done_report;
pub use report::json_line;
pub use report::plain;
pub use report::progress_line;
pub(crate) use report::span_words;
pub use report::text_report;
pub use request::finding_report;
pub use request::findings_report;
pub use request::request_report;
pub use status::View;
pub use status::drafts_report;
pub use status::init_report;
pub use status::status_report;
pub use status::sync_report;
pub use status::verify_report;
pub use verdict::verdict_report;
pub use verdict::verdict_text;
