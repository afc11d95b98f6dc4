//! Which requests a push lands (S26): its first-parent line is cut into the longest consecutive parts that open requests ask
//! for, and of those that ask for one part the oldest lands. Whoever reads the commits says what they change.

use crate::model::Digest;
use crate::model::ObjectId;
use crate::model::RecordId;
use crate::model::RefName;
use crate::rules::code::Code;
use crate::rules::refusal::Refusal;
use crate::rules::state::Pending;
use crate::rules::state::State;

/// Up to how many commits every part of a first-parent line may be one that lands; of a longer line, those that end in the
/// head of a request, or at its end.
const SEGMENTED_MAX: usize = 64;

/// The open requests for one ref.
pub struct OpenRequests<'a> {
    pub records: &'a State,
    pub target: &'a RefName,
    /// Where requests are named, no other lands.
    pub named: &'a [RecordId],
}

/// One part of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The place in the line of the commit that it starts from.
    pub from: usize,
    /// The place of its last commit.
    pub to: usize,
    /// The request that asks for it. Where none does, one that was named: the verdict is about that.
    pub request: Option<RecordId>,
}

/// Cuts a line into parts that follow each other, so that each is asked for; one part if that cannot be. The line is of two
/// commits or more, the oldest first; `delta` tells what lies between two places of it.
///
/// # Errors
/// Refuses with `request.ambiguous` where two requests of the same entry ask for a part, and passes on what `delta` refuses.
pub fn cut<E: From<Refusal>>(
    line: &[ObjectId],
    open: &OpenRequests<'_>,
    mut delta: impl FnMut(usize, usize) -> Result<Digest, E>,
) -> Result<Vec<Part>, E> {
    let last = line.len() - 1;
    let is_end = |place: &usize| line.len() <= SEGMENTED_MAX || *place == last || open.is_head(&line[*place]);
    let ends: Vec<usize> = (1..=last).filter(is_end).collect();
    let mut parts = Vec::new();
    let mut from = 0;
    while from < last {
        let mut found = None;
        for to in ends.iter().copied().filter(|end| *end > from).rev() {
            let fitting = open.fitting(&delta(from, to)?);
            if !fitting.is_empty() {
                found = Some((from, to, fitting));
                break;
            }
        }
        let Some(part) = found else { return Ok(vec![Part { from: 0, to: last, request: open.first_named() }]) };
        from = part.1;
        parts.push(part);
    }
    let part = |(from, to, fitting): (_, _, Vec<_>)| Ok(Part { from, to, request: Some(oldest(&fitting)?) });
    parts.into_iter().map(part).collect()
}

impl<'a> OpenRequests<'a> {
    fn all(&self) -> impl Iterator<Item = &'a Pending> {
        self.records.requests.values().filter(|pending| pending.request.target == *self.target)
    }

    fn is_head(&self, commit: &ObjectId) -> bool {
        self.all().any(|pending| pending.request.head == *commit)
    }

    /// Returns those for exactly this change.
    fn fitting(&self, delta: &Digest) -> Vec<&'a Pending> {
        let may_land = |id: &RecordId| self.named.is_empty() || self.named.contains(id);
        self.all().filter(|pending| pending.request.delta == *delta && may_land(&pending.request.id)).collect()
    }

    fn first_named(&self) -> Option<RecordId> {
        self.named.iter().find(|id| self.records.requests.contains_key(id)).cloned()
    }
}

fn oldest(fitting: &[&Pending]) -> Result<RecordId, Refusal> {
    let first = fitting.iter().min_by_key(|pending| pending.opened).expect("a part that fits none is not cut");
    let twin = fitting.iter().find(|twin| twin.opened == first.opened && twin.request.id != first.request.id);
    match twin {
        None => Ok(first.request.id.clone()),
        Some(twin) => {
            let message = format!("`{}` and `{}` both ask for this change", first.request.id, twin.request.id);
            Err(Refusal::new(Code::RequestAmbiguous, message))
        }
    }
}
