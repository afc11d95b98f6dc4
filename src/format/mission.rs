//! `[missions.<name>]` of `policy.toml`.

use serde::Deserialize;

use crate::format::field::Field;
use crate::format::keyed::Keyed;
use crate::format::policy::ProtectionShape;
use crate::model::Mission;
use crate::model::Protection;
use crate::model::RecordName;
use crate::model::Span;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct MissionShape {
    #[serde(default)]
    claims: Keyed<MissionClaimsShape>,
    #[serde(default)]
    protect: Vec<Keyed<ProtectionShape>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct MissionClaimsShape {
    ttl_max: Option<Field<Span>>,
    per_principal: Option<u64>,
}

impl MissionShape {
    /// Returns what the mission asks of claims, and its protections.
    pub(crate) fn into_model(self, name: &RecordName) -> (Mission, Vec<Protection>) {
        let claims = self.claims.0;
        let mission = Mission { ttl_max: claims.ttl_max.map(|field| field.0), per_principal: claims.per_principal };
        let of_mission =
            |shape: Keyed<ProtectionShape>| Protection { mission: Some(name.clone()), ..shape.0.into_model() };
        (mission, self.protect.into_iter().map(of_mission).collect())
    }
}
