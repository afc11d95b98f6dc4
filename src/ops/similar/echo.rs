//! Whether somebody else says the same already, in the same words: that refuses what is to be made, unless it is meant.
//!
//! It is advice: the judge does not know it, so whoever signs an entry without this program is not asked. What refuses is the
//! same sort of record, of another principal, that is being worked on: no claim that has expired or was revoked, and no work in
//! flight, which is there to be taken up. Where two claims are in each other's way, their ground decides. Of findings the other
//! one has to be about the same, and to say as much. Of decisions it has to hold, and not to be the one that is superseded.

use crate::format::parse_record;
use crate::ledger::MadeAnew;
use crate::model::Claim;
use crate::model::Finding;
use crate::model::FindingState;
use crate::model::Pattern;
use crate::model::PrincipalId;
use crate::model::Record;
use crate::model::RecordId;
use crate::model::RecordPath;
use crate::model::RefName;
use crate::model::Text;
use crate::model::Timestamp;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::similar::kept::Kept;
use crate::ops::similar::records::Known;
use crate::overlap::Intent;
use crate::overlap::Meaning;
use crate::overlap::Reason;
use crate::rules::Lease;
use crate::rules::Noted;
use crate::rules::Pending;
use crate::rules::Settled;
use crate::rules::State;
use crate::rules::binding;

/// What becomes of what somebody else says already, in the same words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repetition {
    /// It is refused.
    Refused,
    /// It is meant so.
    Meant,
    /// Nobody asks: it is made on the way, in words that are always the same. Nothing is compared.
    Unasked,
}

/// What is to be made.
pub(crate) enum New<'a> {
    Claim(&'a Claim),
    Request { by: &'a PrincipalId, title: &'a Text, target: &'a RefName },
    Finding(&'a Finding),
    Decision { by: &'a PrincipalId, question: &'a Text, supersedes: Option<&'a RecordId> },
}

/// A look at who else says what is to be made, as often as the ledger moves.
pub(crate) struct Echo {
    intent: Intent,
    kept: Kept,
}

/// A record that somebody else has made.
#[derive(Clone, Copy)]
enum Other<'a> {
    Claim(&'a Lease),
    Request(&'a Pending),
    Finding(&'a Noted),
    Decision(&'a Settled),
}

impl<'a> Other<'a> {
    fn text(self) -> &'a str {
        match self {
            Self::Claim(lease) => lease.claim.intent.as_str(),
            Self::Request(pending) => pending.request.title.as_str(),
            Self::Finding(noted) => noted.finding.text.as_str(),
            Self::Decision(settled) => settled.decision.question.as_str(),
        }
    }

    fn known(self) -> Known {
        match self {
            Self::Claim(lease) => Known::Claim(lease.clone()),
            Self::Request(pending) => Known::Request(pending.clone()),
            Self::Finding(noted) => Known::Finding(noted.clone()),
            Self::Decision(settled) => Known::Decision(settled.clone()),
        }
    }
}

impl Echo {
    /// Begins to look, with what is known of texts here. `None` if nothing would be refused.
    pub(crate) fn of(context: &Context, new: &New<'_>, repetition: Repetition) -> Option<Self> {
        let intent = Intent::of(new.text());
        if repetition != Repetition::Refused || !intent.is_telling() {
            return None;
        }
        // What takes long is done before it is anybody's turn.
        let others = new.others(context.state(), context.ledger_now());
        let texts: Vec<&str> = others.into_iter().map(Other::text).collect();
        context.kept.meanings(context.ledger.store(), &texts);
        Some(Self { intent, kept: context.kept.clone() })
    }

    /// Refuses what says this if somebody else says it as well in this state.
    pub(crate) fn refuse(&self, new: &New<'_>, state: &State, time: Timestamp) -> Result<(), Failure> {
        let said = said_already(&self.intent, &new.others(state, time), |texts| self.kept.known(texts));
        said.map_or(Ok(()), |known| Err(Failure::SaidAlready(Box::new(known))))
    }
}

/// What is known of texts while a line is made anew.
#[derive(Default)]
pub(crate) struct SecondThoughts(Kept);

impl SecondThoughts {
    /// Returns whether somebody says by now what a new record says: then whoever makes it decides about it once more. What
    /// stood there before was no reason not to make it: it was meant, or nobody asked.
    pub(crate) fn are_due(&self, made: &MadeAnew<'_>) -> bool {
        let path = RecordPath::parse(made.path);
        let Some(record) = path.and_then(|path| parse_record(&path, made.bytes).ok()) else { return false };
        let Some(new) = New::of(&record) else { return false };
        let intent = Intent::of(new.text());
        // Of a finding only the time is known.
        let is_news =
            |other: &Other<'_>| matches!(other, Other::Finding(_)) || made.news.contains(&other.known().since());
        let others: Vec<Other<'_>> = new.others(made.state, made.time).into_iter().filter(is_news).collect();
        intent.is_telling() && said_already(&intent, &others, |texts| self.0.known(texts)).is_some()
    }
}

/// Returns which of some records says the same.
fn said_already(intent: &Intent, others: &[Other<'_>], mean: impl Fn(&[&str]) -> Vec<Meaning>) -> Option<Known> {
    let texts: Vec<&str> = others.iter().map(|other| other.text()).collect();
    let alike = intent.most_alike(&mean(&texts), |place| texts[place]);
    let same = alike.into_iter().find(|alike| alike.reason == Reason::SameWording)?;
    Some(others[same.place].known())
}

impl<'a> New<'a> {
    fn of(record: &'a Record) -> Option<Self> {
        match record {
            Record::Claim(claim) => Some(Self::Claim(claim)),
            Record::Finding(finding) => Some(Self::Finding(finding)),
            Record::Decision(decision) => Some(Self::Decision {
                by: &decision.author,
                question: &decision.question,
                supersedes: decision.supersedes.as_ref(),
            }),
            Record::Request(request) if request.break_glass.is_none() => {
                Some(Self::Request { by: &request.opener, title: &request.title, target: &request.target })
            }
            _ => None,
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::Claim(claim) => claim.intent.as_str(),
            Self::Request { title, .. } => title.as_str(),
            Self::Finding(finding) => finding.text.as_str(),
            Self::Decision { question, .. } => question.as_str(),
        }
    }

    /// Returns the records of others that refuse it, should they say the same.
    fn others<'s>(&self, state: &'s State, time: Timestamp) -> Vec<Other<'s>> {
        match self {
            Self::Claim(new) => {
                let is_live = |lease: &&Lease| {
                    let claim = &lease.claim;
                    let is_offered = claim.offered_to.as_ref() == Some(&new.holder);
                    let is_other = claim.holder != new.holder && !is_offered;
                    is_other && claim.expires > time && claim.revoked_by.is_none() && !claim.conflicts_with(new)
                };
                state.claims.values().filter(is_live).map(Other::Claim).collect()
            }
            Self::Request { by, target, .. } => {
                let is_other = |pending: &&Pending| {
                    let request = &pending.request;
                    request.opener != **by && request.target == **target
                };
                state.requests.values().filter(is_other).map(Other::Request).collect()
            }
            Self::Finding(new) => {
                let is_other = |noted: &&Noted| noted.finding.author != new.author && says_as_much(&noted.finding, new);
                state.findings.values().filter(is_other).map(Other::Finding).collect()
            }
            Self::Decision { by, supersedes, .. } => {
                let is_other = |settled: &&Settled| {
                    let decision = &settled.decision;
                    decision.author != **by && Some(&decision.id) != *supersedes
                };
                binding(state, &[]).into_iter().filter(is_other).map(Other::Decision).collect()
            }
        }
    }
}

/// Returns whether an open finding weighs as much as a new one, and is about some of the same: "needs a test" is said of many
/// changes, and a note stops none.
fn says_as_much(old: &Finding, new: &Finding) -> bool {
    let same_paths = || Pattern::any_overlap(&old.paths, &new.paths);
    let same_commit = || old.commit.is_some() && old.commit == new.commit;
    let same_request = || old.request.is_some() && old.request == new.request;
    old.state == FindingState::Open
        && old.kind == new.kind
        && old.severity >= new.severity
        && (same_request() || same_commit() || same_paths())
}

#[cfg(test)]
mod tests {
    use std::ops::RangeInclusive;

    use super::*;
    use crate::format::WriteRecord;
    use crate::model::Span;
    use crate::rules::cast;

    fn claim(id: &str, holder: &str, path: &str, expires: Timestamp) -> Claim {
        let intent = Text::parse("Upload again after a timeout").unwrap();
        let paths = vec![Pattern::parse(path).unwrap()];
        let claim = cast::claim(RecordId::parse(id).unwrap(), expires);
        Claim { holder: cast::id(holder), intent, paths, ..claim }
    }

    /// Of two claims in the same words the later one is thought over if its writer cannot have seen the first, and not if it
    /// has.
    #[test]
    fn only_what_a_writer_has_not_seen_is_a_reason_to_ask_again() {
        let mut state = cast::cast();
        let later = state.time + Span::from_s(600);
        let first = claim("c-7k2f9qxm", "alice", "src/", later);
        state.claims.insert(first.id.clone(), Lease { claim: first, since: 5, held: None });
        let new = claim("c-3k2f9qxm", "dora", "docs/", later).to_text();
        let are_due = |news: RangeInclusive<u64>| {
            let (path, bytes) = ("claims/c-3k2f9qxm.toml", new.as_bytes());
            let made = MadeAnew { state: &state, time: state.time, path, bytes, news: &news };
            SecondThoughts::default().are_due(&made)
        };
        assert!(are_due(5..=5) && are_due(3..=9));
        assert!(!are_due(6..=9) && !are_due(1..=4), "its writer has seen that, and made it all the same");
    }
}
