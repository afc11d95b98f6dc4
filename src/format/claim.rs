//! `claims/<claim>.toml`.

use serde::Deserialize;
use serde::Serialize;

use crate::format::fault::RecordFault;
use crate::format::fault::RecordFaultKind;
use crate::format::field::Field;
use crate::format::field::Line;
use crate::format::field::unwrap_all;
use crate::format::field::wrap;
use crate::format::field::wrap_all;
use crate::format::moment::Moment;
use crate::format::version::Format;
use crate::format::version::first_rev;
use crate::model::Claim;
use crate::model::ClaimMode;
use crate::model::Contention;
use crate::model::Pattern;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::RecordName;
use crate::model::Resource;
use crate::model::Text;

/// The most paths, and the most resources, of one claim or finding.
pub(crate) const PATTERNS_MAX: usize = 64;

/// The most bytes of all paths of a claim together: comparing two claims stays cheap however they are written.
const PATTERN_BYTES_MAX: usize = 8 * 1024;

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ClaimShape {
    format: Format,
    #[serde(default = "first_rev")]
    rev: u64,
    holder: Field<PrincipalId>,
    intent: Field<Text>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    paths: Vec<Field<Pattern>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    resources: Vec<Field<Resource>>,
    #[serde(default = "exclusive")]
    mode: Field<ClaimMode>,
    #[serde(default, skip_serializing_if = "is_false")]
    queue: bool,
    expires: Moment,
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<Field<RecordName>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mission: Option<Field<RecordName>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    branch: Option<Field<Line>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offered_to: Option<Field<PrincipalId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_by: Option<Field<PrincipalId>>,
}

fn exclusive() -> Field<ClaimMode> {
    Field(ClaimMode::Exclusive)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

impl ClaimShape {
    pub(crate) fn into_model(self, id: &RecordId) -> Result<Claim, RecordFault> {
        if self.paths.is_empty() && self.resources.is_empty() {
            return Err(RecordFault::new(RecordFaultKind::Syntax, "a claim names `paths` or `resources`"));
        }
        check_count("paths", self.paths.len())?;
        check_count("resources", self.resources.len())?;
        check_bytes(&self.paths)?;
        Ok(Claim {
            rev: self.rev,
            id: id.clone(),
            holder: self.holder.0,
            intent: self.intent.0,
            paths: unwrap_all(self.paths),
            resources: unwrap_all(self.resources),
            mode: self.mode.0,
            contention: if self.queue { Contention::Queue } else { Contention::Refuse },
            expires: self.expires.0,
            task: self.task.map(|field| field.0),
            mission: self.mission.map(|field| field.0),
            branch: self.branch.map(|field| field.0.0),
            offered_to: self.offered_to.map(|field| field.0),
            revoked_by: self.revoked_by.map(|field| field.0),
        })
    }

    pub(crate) fn from_model(claim: &Claim) -> Self {
        Self {
            format: Format::CURRENT,
            rev: claim.rev,
            holder: Field(claim.holder.clone()),
            intent: Field(claim.intent.clone()),
            paths: wrap_all(&claim.paths),
            resources: wrap_all(&claim.resources),
            mode: Field(claim.mode),
            queue: claim.contention == Contention::Queue,
            expires: Moment(claim.expires),
            task: wrap(claim.task.as_ref()),
            mission: wrap(claim.mission.as_ref()),
            branch: claim.branch.clone().map(|text| Field(Line(text))),
            offered_to: wrap(claim.offered_to.as_ref()),
            revoked_by: wrap(claim.revoked_by.as_ref()),
        }
    }
}

pub(crate) fn check_bytes(paths: &[Field<Pattern>]) -> Result<(), RecordFault> {
    let pattern_bytes: usize = paths.iter().map(|field| field.0.as_str().len()).sum();
    if pattern_bytes > PATTERN_BYTES_MAX {
        let message = format!("`paths` has {pattern_bytes} bytes, {PATTERN_BYTES_MAX} are allowed");
        return Err(RecordFault::new(RecordFaultKind::Size, message));
    }
    Ok(())
}

pub(crate) fn check_count(key: &str, count: usize) -> Result<(), RecordFault> {
    if count > PATTERNS_MAX {
        let message = format!("`{key}` has {count} entries, {PATTERNS_MAX} are allowed");
        return Err(RecordFault::new(RecordFaultKind::Size, message));
    }
    Ok(())
}
