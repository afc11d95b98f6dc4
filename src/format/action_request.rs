//! `requests/<request>.toml` of the kind `action`.

use serde::Deserialize;
use serde::Serialize;

use crate::format::digest::Parts;
use crate::format::fault::RecordFault;
use crate::format::fault::RecordFaultKind;
use crate::format::field::Field;
use crate::format::field::Line;
use crate::format::field::unwrap_all;
use crate::format::field::wrap;
use crate::format::field::wrap_all;
use crate::format::keyed::Keyed;
use crate::format::version::Format;
use crate::model::ActionRequest;
use crate::model::Argument;
use crate::model::Digest;
use crate::model::Input;
use crate::model::InputPath;
use crate::model::Order;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::RecordName;
use crate::model::Text;

/// What stands under `kind` in a request for an action.
pub(crate) const KIND: &str = "action";

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ActionRequestShape {
    format: Format,
    kind: Kind,
    opener: Field<PrincipalId>,
    action: Field<RecordName>,
    argv: Vec<Field<Argument>>,
    delta: Field<Digest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mission: Option<Field<RecordName>>,
    title: Field<Line>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<Field<Text>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    inputs: Vec<Keyed<InputShape>>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Action,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct InputShape {
    path: Field<InputPath>,
    digest: Field<Digest>,
}

impl ActionRequestShape {
    pub(crate) fn into_model(self, id: &RecordId) -> Result<ActionRequest, RecordFault> {
        Ok(ActionRequest {
            id: id.clone(),
            opener: self.opener.0,
            action: self.action.0,
            order: order_of(self.argv, self.inputs)?,
            delta: self.delta.0,
            mission: self.mission.map(|field| field.0),
            title: self.title.0.0,
            summary: self.summary.map(|field| field.0),
        })
    }

    pub(crate) fn from_model(request: &ActionRequest) -> Self {
        Self {
            format: Format::CURRENT,
            kind: Kind::Action,
            opener: Field(request.opener.clone()),
            action: Field(request.action.clone()),
            argv: wrap_all(&request.order.argv),
            delta: Field(request.delta),
            mission: wrap(request.mission.as_ref()),
            title: Field(Line(request.title.clone())),
            summary: wrap(request.summary.as_ref()),
            inputs: shapes_of(&request.order.inputs),
        }
    }
}

/// Returns what is run, if it is anything.
pub(crate) fn order_of(argv: Vec<Field<Argument>>, inputs: Vec<Keyed<InputShape>>) -> Result<Order, RecordFault> {
    let fault = |kind, message: String| Err(RecordFault::new(kind, message));
    let argv = unwrap_all(argv);
    if argv.first().is_none_or(|program| program.as_str().trim().is_empty()) {
        return fault(RecordFaultKind::Syntax, "`argv` begins with a program".to_owned());
    }
    for (key, count) in [("argv", argv.len()), ("inputs", inputs.len())] {
        if count > Order::COUNT_MAX {
            let message = format!("`{key}` has {count} entries, {} are allowed", Order::COUNT_MAX);
            return fault(RecordFaultKind::Size, message);
        }
    }
    let inputs: Vec<_> =
        inputs.into_iter().map(|shape| Input { path: shape.0.path.0, digest: shape.0.digest.0 }).collect();
    let twice =
        inputs.iter().enumerate().find(|(at, input)| inputs[..*at].iter().any(|other| other.path == input.path));
    match twice {
        Some((_, input)) => fault(RecordFaultKind::Syntax, format!("`{}` is an input twice", input.path)),
        None => Ok(Order { argv, inputs }),
    }
}

pub(crate) fn shapes_of(inputs: &[Input]) -> Vec<Keyed<InputShape>> {
    let shape = |input: &Input| InputShape { path: Field(input.path.clone()), digest: Field(input.digest) };
    inputs.iter().map(|input| Keyed(shape(input))).collect()
}

/// Returns the digest of what a request for an action asks for: what an approval approves. It holds in one ledger only.
pub fn action_digest(audience: &str, action: &RecordName, order: &Order) -> Digest {
    let mut hasher = Parts::new("git-coord action 1");
    hasher.part(audience.as_bytes());
    hasher.part(action.as_str().as_bytes());
    hasher.number(order.argv.len() as u64);
    for argument in &order.argv {
        hasher.part(argument.as_str().as_bytes());
    }
    hasher.number(order.inputs.len() as u64);
    for input in &order.inputs {
        hasher.part(input.path.as_str().as_bytes());
        hasher.part(input.digest.as_bytes());
    }
    hasher.finish()
}
