//! `principals/<principal>.toml`.

use std::borrow::Cow;

use serde::Deserialize;
use serde::Serialize;

use crate::format::field::Field;
use crate::format::field::StringField;
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
use crate::model::Text;

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
    key: Field<KeyLine>,
    status: Field<Standing>,
    enrolled_by: Field<PrincipalId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmed_by: Option<Field<PrincipalId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suspect_since: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rotation: Option<Field<Armor>>,
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
            key: self.key.0.0,
            status: self.status.0,
            enrolled_by: self.enrolled_by.0,
            confirmed_by: self.confirmed_by.map(|field| field.0),
            suspect_since: self.suspect_since,
            rotation: self.rotation.map(|field| field.0.0),
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
            key: Field(KeyLine(principal.key.clone())),
            status: Field(principal.status),
            enrolled_by: Field(principal.enrolled_by.clone()),
            confirmed_by: wrap(principal.confirmed_by.as_ref()),
            suspect_since: principal.suspect_since,
            rotation: principal.rotation.clone().map(|armor| Field(Armor(armor))),
            capabilities: wrap_all(&principal.capabilities),
        }
    }
}

/// A public key as OpenSSH writes it, without a comment. Whether it may sign is for the judge to say.
struct KeyLine(String);

impl StringField for KeyLine {
    fn read(text: &str) -> Result<Self, String> {
        let is_type = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"@.-".contains(&byte);
        let fits = text.split_once(' ').is_some_and(|(key_type, base64)| {
            !key_type.is_empty() && key_type.bytes().all(is_type) && is_base64(base64)
        });
        if !fits || text.len() > Text::LEN_MAX_BYTES {
            return Err("expected a public key such as `ssh-ed25519 AAAA…`, without a comment".to_owned());
        }
        Ok(Self(text.to_owned()))
    }

    fn write(&self) -> Cow<'_, str> {
        self.0.as_str().into()
    }
}

/// A signature in armour. Whose it is, and whether it is good, is for the judge to say.
struct Armor(String);

impl StringField for Armor {
    fn read(text: &str) -> Result<Self, String> {
        let body = text
            .strip_prefix("-----BEGIN SSH SIGNATURE-----\n")
            .and_then(|rest| rest.strip_suffix("\n-----END SSH SIGNATURE-----\n"));
        let fits = body.is_some_and(|body| body.split('\n').all(is_base64)) && text.len() <= Text::LEN_MAX_BYTES;
        if fits { Ok(Self(text.to_owned())) } else { Err("expected an armoured SSH signature".to_owned()) }
    }

    fn write(&self) -> Cow<'_, str> {
        self.0.as_str().into()
    }
}

fn is_base64(text: &str) -> bool {
    let digits = text.strip_suffix("==").or(text.strip_suffix('=')).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(&byte))
}
