//! `requests/<request>.toml` of the kind `policy`.

use serde::Deserialize;
use serde::Serialize;

use crate::format::field::Field;
use crate::format::field::Line;
use crate::format::field::wrap;
use crate::format::version::Format;
use crate::model::Digest;
use crate::model::PolicyRequest;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::Text;

/// What stands under `kind` in a request to change the policy. A request to land has no kind.
pub(crate) const KIND: &str = "policy";

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PolicyRequestShape {
    format: Format,
    kind: Kind,
    opener: Field<PrincipalId>,
    version: u64,
    delta: Field<Digest>,
    title: Field<Line>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<Field<Text>>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Policy,
}

impl PolicyRequestShape {
    pub(crate) fn into_model(self, id: &RecordId) -> PolicyRequest {
        PolicyRequest {
            id: id.clone(),
            opener: self.opener.0,
            version: self.version,
            delta: self.delta.0,
            title: self.title.0.0,
            summary: self.summary.map(|field| field.0),
        }
    }

    pub(crate) fn from_model(request: &PolicyRequest) -> Self {
        Self {
            format: Format::CURRENT,
            kind: Kind::Policy,
            opener: Field(request.opener.clone()),
            version: request.version,
            delta: Field(request.delta),
            title: Field(Line(request.title.clone())),
            summary: wrap(request.summary.as_ref()),
        }
    }
}
