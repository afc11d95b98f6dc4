//! A veto as an answer names it.

use serde::Deserialize;
use serde::Serialize;

use crate::format::field::Field;
use crate::format::field::RequestId;
use crate::model::Digest;
use crate::model::NamedVeto;
use crate::model::PrincipalId;
use crate::model::RecordId;

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct NamedVetoShape {
    principal: Field<PrincipalId>,
    entry: Field<Digest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<Field<RequestId>>,
}

impl NamedVetoShape {
    /// A veto is of the answered request, unless another one is named.
    pub(crate) fn into_model(self, answered: &RecordId) -> NamedVeto {
        NamedVeto {
            request: self.request.map_or_else(|| answered.clone(), |field| field.0.0),
            principal: self.principal.0,
            entry: self.entry.0,
        }
    }

    pub(crate) fn from_model(veto: &NamedVeto, answered: &RecordId) -> Self {
        let elsewhere = Some(&veto.request).filter(|request| *request != answered);
        Self {
            principal: Field(veto.principal.clone()),
            entry: Field(veto.entry),
            request: elsewhere.map(|request| Field(RequestId(request.clone()))),
        }
    }
}
