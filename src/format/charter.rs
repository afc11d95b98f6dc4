//! `coord.toml`.

use serde::Deserialize;
use serde::Serialize;

use crate::format::field::Field;
use crate::format::field::Line;
use crate::format::moment::Moment;
use crate::format::version::Format;
use crate::model::Charter;

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct CharterShape {
    format: Format,
    rules: u64,
    audience: Field<Line>,
    created: Moment,
}

impl CharterShape {
    pub(crate) fn into_model(self) -> Charter {
        Charter { rules: self.rules, audience: self.audience.0.0, created: self.created.0 }
    }

    pub(crate) fn from_model(charter: &Charter) -> Self {
        Self {
            format: Format::CURRENT,
            rules: charter.rules,
            audience: Field(Line(charter.audience.clone())),
            created: Moment(charter.created),
        }
    }
}
