//! `landed/<ref hash>.toml`.

use serde::Deserialize;
use serde::Serialize;

use crate::format::fault::RecordFault;
use crate::format::fault::RecordFaultKind;
use crate::format::field::ClaimId;
use crate::format::field::Field;
use crate::format::field::RequestId;
use crate::format::field::unwrap_all;
use crate::format::field::wrap;
use crate::format::field::wrap_all;
use crate::format::keyed::Keyed;
use crate::format::moment::Moment;
use crate::format::version::Format;
use crate::format::version::first_rev;
use crate::model::Digest;
use crate::model::Landed;
use crate::model::LandedClaim;
use crate::model::ObjectId;
use crate::model::PrincipalId;
use crate::model::RefName;

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct LandedShape {
    format: Format,
    #[serde(default = "first_rev")]
    rev: u64,
    #[serde(rename = "ref")]
    target: Field<RefName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<Field<ObjectId>>,
    new: Field<ObjectId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<Field<RequestId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delta: Option<Field<Digest>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    approvals: Vec<Field<PrincipalId>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    signers: Vec<Field<PrincipalId>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    elsewhere: Vec<Field<PrincipalId>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    contributors: Vec<Field<PrincipalId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unknown_authors: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paths: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<Field<Digest>>,
    policy: u64,
    decided_at: u64,
    rights_head: Field<ObjectId>,
    now: Moment,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    claims: Vec<Keyed<LandedClaimShape>>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct LandedClaimShape {
    id: Field<ClaimId>,
    token: u64,
}

impl LandedShape {
    pub(crate) fn into_model(self) -> Result<Landed, RecordFault> {
        if self.paths.as_ref().is_some_and(|paths| paths.len() > Landed::PATHS_MAX) {
            let message = format!("`paths` lists more than {}", Landed::PATHS_MAX);
            return Err(RecordFault::new(RecordFaultKind::Size, message));
        }
        Ok(Landed {
            rev: self.rev,
            target: self.target.0,
            old: self.old.map(|field| field.0),
            new: self.new.0,
            request: self.request.map(|field| field.0.0),
            delta: self.delta.map(|field| field.0),
            approvals: unwrap_all(self.approvals),
            claims: self.claims.into_iter().map(|claim| claim.0.into_model()).collect(),
            signers: unwrap_all(self.signers),
            elsewhere: unwrap_all(self.elsewhere),
            contributors: unwrap_all(self.contributors),
            unknown_authors: self.unknown_authors.unwrap_or(0),
            paths: self.paths,
            verdict: self.verdict.map(|field| field.0),
            policy: self.policy,
            decided_at: self.decided_at,
            rights_head: self.rights_head.0,
            now: self.now.0,
        })
    }

    pub(crate) fn from_model(landed: &Landed) -> Self {
        let claims = landed.claims.iter();
        Self {
            format: Format::CURRENT,
            rev: landed.rev,
            target: Field(landed.target.clone()),
            old: wrap(landed.old.as_ref()),
            new: Field(landed.new),
            request: landed.request.clone().map(|id| Field(RequestId(id))),
            delta: wrap(landed.delta.as_ref()),
            approvals: wrap_all(&landed.approvals),
            signers: wrap_all(&landed.signers),
            elsewhere: wrap_all(&landed.elsewhere),
            contributors: wrap_all(&landed.contributors),
            unknown_authors: (landed.unknown_authors > 0).then_some(landed.unknown_authors),
            paths: landed.paths.clone(),
            verdict: wrap(landed.verdict.as_ref()),
            policy: landed.policy,
            decided_at: landed.decided_at,
            rights_head: Field(landed.rights_head),
            now: Moment(landed.now),
            claims: claims.map(|claim| Keyed(LandedClaimShape::from_model(claim))).collect(),
        }
    }
}

impl LandedClaimShape {
    fn into_model(self) -> LandedClaim {
        LandedClaim { id: self.id.0.0, token: self.token }
    }

    fn from_model(claim: &LandedClaim) -> Self {
        Self { id: Field(ClaimId(claim.id.clone())), token: claim.token }
    }
}
