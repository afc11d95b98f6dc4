//! `runs/<request>.toml`.

use serde::Deserialize;
use serde::Serialize;

use crate::format::action_request::InputShape;
use crate::format::action_request::order_of;
use crate::format::action_request::shapes_of;
use crate::format::fault::RecordFault;
use crate::format::fault::RecordFaultKind;
use crate::format::field::Field;
use crate::format::field::unwrap_all;
use crate::format::field::wrap_all;
use crate::format::keyed::Keyed;
use crate::format::moment::Moment;
use crate::format::version::Format;
use crate::format::version::first_rev;
use crate::model::Argument;
use crate::model::Digest;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::RecordName;
use crate::model::Run;
use crate::model::RunState;

/// How many approvals a run may rest on.
const APPROVALS_MAX: usize = 256;

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RunShape {
    format: Format,
    #[serde(default = "first_rev")]
    rev: u64,
    runner: Field<PrincipalId>,
    action: Field<RecordName>,
    argv: Vec<Field<Argument>>,
    delta: Field<Digest>,
    nonce: Field<Digest>,
    approvals: Vec<Field<PrincipalId>>,
    policy: u64,
    state: Field<RunState>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signal: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finished: Option<Moment>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    inputs: Vec<Keyed<InputShape>>,
}

impl RunShape {
    pub(crate) fn into_model(self, id: &RecordId) -> Result<Run, RecordFault> {
        if self.approvals.len() > APPROVALS_MAX {
            let message = format!("`approvals` has {} entries, {APPROVALS_MAX} are allowed", self.approvals.len());
            return Err(RecordFault::new(RecordFaultKind::Size, message));
        }
        let run = Run {
            rev: self.rev,
            id: id.clone(),
            runner: self.runner.0,
            action: self.action.0,
            order: order_of(self.argv, self.inputs)?,
            delta: self.delta.0,
            nonce: self.nonce.0,
            approvals: unwrap_all(self.approvals),
            policy: self.policy,
            state: self.state.0,
            status: self.status,
            signal: self.signal,
            seconds: self.seconds,
            finished: self.finished.map(|moment| moment.0),
        };
        match fits(&run) {
            true => Ok(run),
            false => Err(RecordFault::new(RecordFaultKind::Syntax, "what is told of its end does not fit its `state`")),
        }
    }

    pub(crate) fn from_model(run: &Run) -> Self {
        Self {
            format: Format::CURRENT,
            rev: run.rev,
            runner: Field(run.runner.clone()),
            action: Field(run.action.clone()),
            argv: wrap_all(&run.order.argv),
            delta: Field(run.delta),
            nonce: Field(run.nonce),
            approvals: wrap_all(&run.approvals),
            policy: run.policy,
            state: Field(run.state),
            status: run.status,
            signal: run.signal,
            seconds: run.seconds,
            finished: run.finished.map(Moment),
            inputs: shapes_of(&run.order.inputs),
        }
    }
}

/// Returns whether what is told of the end of a run goes with how it ended.
fn fits(run: &Run) -> bool {
    let ends_once = run.status.is_none() || run.signal.is_none();
    let says_nothing = run.status.is_none() && run.signal.is_none() && run.seconds.is_none();
    ends_once
        && match run.state {
            RunState::Started => says_nothing && run.finished.is_none(),
            RunState::Succeeded => run.status.unwrap_or(0) == 0 && run.signal.is_none(),
            RunState::Failed => run.status != Some(0),
            RunState::Unknown => says_nothing,
        }
}
