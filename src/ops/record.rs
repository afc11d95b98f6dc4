//! The record of a landing that somebody else made, in the hub's name: on a server by `post-receive`, and after a forge's
//! merge by a job.

use crate::model::ObjectId;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::Timestamp;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::gate;
use crate::ops::gate::Elsewhere;
use crate::ops::gate::Landable;
use crate::ops::gate::Sources;
use crate::ops::identity::Identity;
use crate::ops::landing;
use crate::ops::landing::Circumstances;
use crate::rules::Code;
use crate::rules::RECORDED_WITHIN;
use crate::rules::Refusal;
use crate::rules::Update;

/// A part of a move, which lands one request.
pub(crate) struct Part {
    pub(crate) new: ObjectId,
    pub(crate) request: RecordId,
    /// Who was found to have made the same change elsewhere: refs come and go.
    pub(crate) elsewhere: Vec<PrincipalId>,
}

impl Part {
    pub(crate) fn of(landable: &Landable) -> Option<Self> {
        let request = landable.request.clone()?;
        let elsewhere = landable.authorship.elsewhere.iter().cloned().collect();
        Some(Self { new: landable.facts.new, request, elsewhere })
    }
}

/// Records one part of a move, with the verdict that it has by itself: it must replay.
///
/// Nobody writes to the ledger between a decision and its record. So the record is dated as the decision, and what has
/// expired since then, or appeared on other branches, changes nothing. Where a rule said no, the ledger went on: once no
/// entry can be dated as the decision any more, it is decided anew.
pub(crate) fn record_part(
    context: &mut Context,
    identity: &Identity,
    update: &Update,
    part: &Part,
    decided: Timestamp,
) -> Result<(), Failure> {
    const ATTEMPTS_MAX: u32 = 8;
    for _ in 0..ATTEMPTS_MAX {
        let clock = context.now();
        context.pull()?;
        let last = context.state().time;
        let recorded = part.elsewhere.as_slice();
        let (now, elsewhere) = if last <= decided + RECORDED_WITHIN {
            (decided, Elsewhere::Recorded(recorded))
        } else {
            (clock.max(last), Elsewhere::Both { arriving: &[], recorded })
        };
        let sources = Sources { now, elsewhere, ..gate::here(context) };
        let named = std::slice::from_ref(&part.request);
        let decision = gate::judge_update(&context.repository, sources, update, named)?;
        let code = decision.verdict.code();
        let [segment] = decision.segments.as_slice() else {
            return Err(Refusal::new(Code::LandedMissing, "it is not the one change that was judged").into());
        };
        if let Some(code) = code {
            return Err(Refusal::new(code, format!("the gate does not let it through any more: {code}")).into());
        }
        let height = decision.verdict.height;
        let circumstances = Circumstances {
            verdict: decision.verdict.digest(),
            decided_at: height,
            rights_head: context.ledger.chain().head,
            now,
        };
        let appended = context.append_dated(identity, now, |state, _| {
            if state.height != height {
                return Err(Refusal::new(Code::PushMoved, "the ledger moved while this was decided").into());
            }
            landing::draft(state, &update.target, segment, circumstances)
        });
        match appended {
            // Whoever wrote meanwhile may have dated it later than the decision.
            Err(Failure::Refused(refusal)) if matches!(refusal.code, Code::PushMoved | Code::EntrySkew) => {}
            other => return other.map(|_| ()),
        }
    }
    Err(Refusal::new(Code::PushMoved, "the ledger moves too fast; the next push records it").into())
}
