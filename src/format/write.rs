//! From records to the text of their files.

use serde::Serialize;

use crate::format::action_request::ActionRequestShape;
use crate::format::charter::CharterShape;
use crate::format::claim::ClaimShape;
use crate::format::decision::DecisionShape;
use crate::format::finding::FindingShape;
use crate::format::landed::LandedShape;
use crate::format::policy_request::PolicyRequestShape;
use crate::format::principal::PrincipalShape;
use crate::format::request::ApprovalShape;
use crate::format::request::RequestShape;
use crate::format::run::RunShape;
use crate::model::ActionRequest;
use crate::model::Approval;
use crate::model::Charter;
use crate::model::Claim;
use crate::model::Decision;
use crate::model::Finding;
use crate::model::Landed;
use crate::model::PolicyRequest;
use crate::model::Principal;
use crate::model::Request;
use crate::model::Run;

/// A record that this program writes.
pub trait WriteRecord {
    /// Returns the text of the record's file.
    fn to_text(&self) -> String;
}

macro_rules! write_as {
    ($($model:ident as $shape:ident),+ $(,)?) => {$(
        impl WriteRecord for $model {
            fn to_text(&self) -> String {
                text_of(&$shape::from_model(self))
            }
        }
    )+};
}

write_as! {
    Charter as CharterShape,
    Principal as PrincipalShape,
    Claim as ClaimShape,
    Decision as DecisionShape,
    Finding as FindingShape,
    Request as RequestShape,
    PolicyRequest as PolicyRequestShape,
    ActionRequest as ActionRequestShape,
    Run as RunShape,
    Approval as ApprovalShape,
    Landed as LandedShape,
}

fn text_of<T: Serialize>(shape: &T) -> String {
    toml::to_string(shape).expect("the shapes hold nothing that TOML cannot say")
}
