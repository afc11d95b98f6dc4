//! `tax`: what coordination cost, measured from the ledger.
//!
//! Nothing is estimated. What each figure means stands in `docs/tax.md`, and `tests/kernel/tax.rs` holds it.

mod figures;
mod measure;
mod meter;
mod waiting;

pub use figures::Approvals;
pub use figures::Cause;
pub use figures::Changes;
pub use figures::Claims;
pub use figures::Figures;
pub use figures::Requests;
pub use figures::RuleKey;
pub use figures::Wait;
pub use measure::Outcome;
pub use measure::run;
pub use meter::Meter;
pub use meter::Move;
