//! `findings/<xx>/<finding>.toml`.

use serde::Deserialize;
use serde::Serialize;

use crate::format::claim::check_count;
use crate::format::fault::RecordFault;
use crate::format::fault::RecordFaultKind;
use crate::format::field::Field;
use crate::format::field::RequestId;
use crate::format::field::unwrap_all;
use crate::format::field::wrap;
use crate::format::field::wrap_all;
use crate::format::version::Format;
use crate::format::version::first_rev;
use crate::model::Finding;
use crate::model::FindingKind;
use crate::model::FindingState;
use crate::model::ObjectId;
use crate::model::Pattern;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::RecordName;
use crate::model::Severity;
use crate::model::Span;
use crate::model::Text;

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct FindingShape {
    format: Format,
    #[serde(default = "first_rev")]
    rev: u64,
    author: Field<PrincipalId>,
    kind: Field<FindingKind>,
    severity: Field<Severity>,
    text: Field<Text>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    paths: Vec<Field<Pattern>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<Field<ObjectId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<Field<RequestId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    half_life: Option<Field<Span>>,
    #[serde(default = "open")]
    state: Field<FindingState>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mission: Option<Field<RecordName>>,
}

fn open() -> Field<FindingState> {
    Field(FindingState::Open)
}

impl FindingShape {
    pub(crate) fn into_model(self, id: &RecordId) -> Result<Finding, RecordFault> {
        if self.paths.is_empty() && self.commit.is_none() && self.request.is_none() {
            let message = "a finding names `paths`, a `commit` or a `request`";
            return Err(RecordFault::new(RecordFaultKind::Syntax, message));
        }
        check_count("paths", self.paths.len())?;
        Ok(Finding {
            rev: self.rev,
            id: id.clone(),
            author: self.author.0,
            kind: self.kind.0,
            severity: self.severity.0,
            text: self.text.0,
            paths: unwrap_all(self.paths),
            commit: self.commit.map(|field| field.0),
            request: self.request.map(|field| field.0.0),
            half_life: self.half_life.map(|field| field.0),
            state: self.state.0,
            mission: self.mission.map(|field| field.0),
        })
    }

    pub(crate) fn from_model(finding: &Finding) -> Self {
        Self {
            format: Format::CURRENT,
            rev: finding.rev,
            author: Field(finding.author.clone()),
            kind: Field(finding.kind),
            severity: Field(finding.severity),
            text: Field(finding.text.clone()),
            paths: wrap_all(&finding.paths),
            commit: wrap(finding.commit.as_ref()),
            request: finding.request.clone().map(|id| Field(RequestId(id))),
            half_life: wrap(finding.half_life.as_ref()),
            state: Field(finding.state),
            mission: wrap(finding.mission.as_ref()),
        }
    }
}
