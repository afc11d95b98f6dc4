//! `principals/<principal>.toml`.

use serde::Deserialize;
use serde::Serialize;

use crate::format::field::Field;
use crate::format::field::unwrap_all;
use crate::format::field::wrap;
use crate::format::field::wrap_all;
use crate::format::version::Format;
use crate::format::version::first_rev;
use crate::model::Principal;
use crate::model::PrincipalId;
use crate::model::PrincipalKind;
use crate::model::RecordName;
use crate::model::Standing;

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PrincipalShape {
    format: Format,
    #[serde(default = "first_rev")]
    rev: u64,
    kind: Field<PrincipalKind>,
    role: Field<RecordName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vendor: Option<Field<RecordName>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operator: Option<Field<RecordName>>,
    key: String,
    status: Field<Standing>,
    enrolled_by: Field<PrincipalId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmed_by: Option<Field<PrincipalId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suspect_since: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rotation: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    capabilities: Vec<Field<RecordName>>,
}

impl PrincipalShape {
    pub(crate) fn into_model(self, id: &PrincipalId) -> Principal {
        Principal {
            rev: self.rev,
            id: id.clone(),
            kind: self.kind.0,
            role: self.role.0,
            vendor: self.vendor.map(|field| field.0),
            operator: self.operator.map(|field| field.0),
            key: self.key,
            status: self.status.0,
            enrolled_by: self.enrolled_by.0,
            confirmed_by: self.confirmed_by.map(|field| field.0),
            suspect_since: self.suspect_since,
            rotation: self.rotation,
            capabilities: unwrap_all(self.capabilities),
        }
    }

    pub(crate) fn from_model(principal: &Principal) -> Self {
        Self {
            format: Format::CURRENT,
            rev: principal.rev,
            kind: Field(principal.kind),
            role: Field(principal.role.clone()),
            vendor: wrap(principal.vendor.as_ref()),
            operator: wrap(principal.operator.as_ref()),
            key: principal.key.clone(),
            status: Field(principal.status),
            enrolled_by: Field(principal.enrolled_by.clone()),
            confirmed_by: wrap(principal.confirmed_by.as_ref()),
            suspect_since: principal.suspect_since,
            rotation: principal.rotation.clone(),
            capabilities: wrap_all(&principal.capabilities),
        }
    }
}
