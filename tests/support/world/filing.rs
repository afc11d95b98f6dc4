//! Records as edits of an entry.

use crate::support::world::Actor;
use git_coord::format::WriteRecord;
use git_coord::format::ref_hash;
use git_coord::ledger::Edit;
use git_coord::model::ActionRequest;
use git_coord::model::Approval;
use git_coord::model::Claim;
use git_coord::model::Decision;
use git_coord::model::Finding;
use git_coord::model::Landed;
use git_coord::model::PolicyRequest;
use git_coord::model::Principal;
use git_coord::model::PrincipalKind;
use git_coord::model::RecordName;
use git_coord::model::RecordPath;
use git_coord::model::Request;
use git_coord::model::Run;
use git_coord::model::Standing;
use git_coord::model::Text;

/// A record that knows its place.
pub trait Filed: WriteRecord {
    fn path(&self) -> RecordPath;
}

macro_rules! filed {
    ($($record:ident, $path:expr;)+) => {$(
        impl Filed for $record {
            fn path(&self) -> RecordPath {
                let of: fn(&$record) -> RecordPath = $path;
                of(self)
            }
        }
    )+};
}

filed! {
    Claim, |claim| RecordPath::Claim(claim.id.clone());
    Decision, |decision| RecordPath::Decision(decision.id.clone());
    Finding, |finding| RecordPath::Finding(finding.id.clone());
    Request, |request| RecordPath::Request(request.id.clone());
    Approval, |approval| RecordPath::Approval(approval.request.clone(), approval.principal.clone());
    Principal, |principal| RecordPath::Principal(principal.id.clone());
    PolicyRequest, |request| RecordPath::Request(request.id.clone());
    ActionRequest, |request| RecordPath::Request(request.id.clone());
    Run, |run| RecordPath::Run(run.id.clone());
    Landed, |landed| RecordPath::Landed(ref_hash(&landed.target));
}

/// Returns the edit that writes a record.
pub fn put(record: &impl Filed) -> Edit {
    Edit { path: record.path(), text: Some(record.to_text()) }
}

/// Returns the edit that removes a record.
pub fn remove(path: RecordPath) -> Edit {
    Edit { path, text: None }
}

/// Returns the edit that removes a record which is at hand.
pub fn take_away(record: &impl Filed) -> Edit {
    remove(record.path())
}

/// Returns the edit that writes a text as it is.
pub fn write(path: RecordPath, text: &str) -> Edit {
    Edit { path, text: Some(text.to_owned()) }
}

pub fn text(source: &str) -> Text {
    Text::parse(source).unwrap()
}

pub fn name(source: &str) -> RecordName {
    RecordName::parse(source).unwrap()
}

/// Returns the record of a principal as it is first enrolled.
pub fn principal(actor: &Actor, kind: PrincipalKind, role: &str, by: &Actor) -> Principal {
    Principal {
        rev: 1,
        id: actor.id.clone(),
        kind,
        role: name(role),
        vendor: None,
        operator: None,
        key: actor.key().to_openssh(),
        status: Standing::Active,
        enrolled_by: by.id.clone(),
        confirmed_by: None,
        suspect_since: None,
        rotation: None,
        capabilities: Vec::new(),
    }
}
