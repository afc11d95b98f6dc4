//! `decisions/<decision>.toml`.

use serde::Deserialize;
use serde::Serialize;

use crate::format::claim::check_bytes;
use crate::format::claim::check_count;
use crate::format::fault::RecordFault;
use crate::format::fault::RecordFaultKind;
use crate::format::field::DecisionId;
use crate::format::field::Field;
use crate::format::field::FindingId;
use crate::format::field::Question;
use crate::format::field::RequestId;
use crate::format::field::Settlement;
use crate::format::field::unwrap_all;
use crate::format::field::wrap_all;
use crate::format::version::Format;
use crate::model::Decision;
use crate::model::Pattern;
use crate::model::PrincipalId;
use crate::model::RecordId;

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct DecisionShape {
    format: Format,
    author: Field<PrincipalId>,
    question: Field<Question>,
    answer: Field<Settlement>,
    paths: Vec<Field<Pattern>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<Field<RequestId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finding: Option<Field<FindingId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    supersedes: Option<Field<DecisionId>>,
}

impl DecisionShape {
    pub(crate) fn into_model(self, id: &RecordId) -> Result<Decision, RecordFault> {
        if self.paths.is_empty() {
            let message = "a decision names the `paths` that it binds; `**` is all of them";
            return Err(RecordFault::new(RecordFaultKind::Syntax, message));
        }
        check_count("paths", self.paths.len())?;
        check_bytes(&self.paths)?;
        Ok(Decision {
            id: id.clone(),
            author: self.author.0,
            question: self.question.0.0,
            answer: self.answer.0.0,
            paths: unwrap_all(self.paths),
            request: self.request.map(|field| field.0.0),
            finding: self.finding.map(|field| field.0.0),
            supersedes: self.supersedes.map(|field| field.0.0),
        })
    }

    pub(crate) fn from_model(decision: &Decision) -> Self {
        Self {
            format: Format::CURRENT,
            author: Field(decision.author.clone()),
            question: Field(Question(decision.question.clone())),
            answer: Field(Settlement(decision.answer.clone())),
            paths: wrap_all(&decision.paths),
            request: decision.request.clone().map(|id| Field(RequestId(id))),
            finding: decision.finding.clone().map(|id| Field(FindingId(id))),
            supersedes: decision.supersedes.clone().map(|id| Field(DecisionId(id))),
        }
    }
}
