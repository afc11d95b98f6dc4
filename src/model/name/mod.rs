//! Validated names: principals, records and their ids, git refs.
//!
//! Only grammar. Whether something of that name exists, or who may use it, is never asked here.

mod principal;
mod record;
mod ref_name;

pub use principal::PrincipalFault;
pub use principal::PrincipalId;
pub use principal::PrincipalName;
pub use record::RecordFault;
pub use record::RecordId;
pub use record::RecordKind;
pub use record::RecordName;
pub use ref_name::RefFault;
pub use ref_name::RefName;
