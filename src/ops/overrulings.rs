//! The entries by which root members said that vetoes are not to stand (S18): every one of them is told.

use std::collections::BTreeSet;

use crate::ledger::Chain;
use crate::model::NamedVeto;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::RecordPath;
use crate::ops::history::Line;
use crate::ops::past::Moment;

/// One root member's word against vetoes.
#[derive(Clone, Debug)]
pub struct Overruling {
    pub moment: Moment,
    pub request: RecordId,
    pub member: PrincipalId,
    pub vetoes: BTreeSet<NamedVeto>,
}

impl Overruling {
    /// Returns what an entry said against vetoes.
    pub(crate) fn of(line: &Line, before: &Chain, after: &Chain) -> Vec<Self> {
        if line.void.is_some() {
            return Vec::new();
        }
        let moment = Moment { height: line.height, time: line.time.unwrap_or(after.state.time) };
        let overruled = |chain: &Chain, request: &RecordId, member: &PrincipalId| {
            let answered = chain.state.approvals.get(request).and_then(|answers| answers.get(member)).cloned();
            answered.map(|answered| answered.approval.overrules).unwrap_or_default()
        };
        let paths = line.changes.iter().filter_map(|(_, path)| RecordPath::parse(path));
        let said = paths.filter_map(|path| match path {
            RecordPath::Approval(request, member) => {
                let (now, then) = (overruled(after, &request, &member), overruled(before, &request, &member));
                let vetoes: BTreeSet<_> = now.difference(&then).cloned().collect();
                (!vetoes.is_empty()).then_some(Self { moment, request, member, vetoes })
            }
            _ => None,
        });
        said.collect()
    }
}
