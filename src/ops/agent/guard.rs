//! The questions of a hook about an edit: may these files be changed, and who else has them in hand.
//!
//! Before an edit doubt is a no, where a repository has a ledger; where it has none there is nothing to say.

use crate::format::AgentPayload;
use crate::format::PayloadFault;
use crate::git::Head;
use crate::git::Repository;
use crate::ledger::LEDGER_REF;
use crate::model::Pattern;
use crate::ops::agent::Denial;
use crate::ops::agent::Meanwhile;
use crate::ops::agent::Outcome;
use crate::ops::agent::Remark;
use crate::ops::agent::Session;
use crate::ops::agent::ground::Ground;
use crate::ops::failure::Failure;
use crate::rules::Unclaimed;

/// Answers whether the files of a call may be edited, and takes or renews claims as the policy says.
pub fn before_edit(session: &Session, payload: Result<AgentPayload, PayloadFault>, meanwhile: &Meanwhile) -> Outcome {
    let mut outcome = Outcome::default();
    let payload = match payload.and_then(AgentPayload::about_something) {
        Ok(payload) => payload,
        Err(fault) => {
            // Where nothing is coordinated nobody is stopped.
            let is_coordinated = !matches!(session.home_repository(None), Ok(None));
            outcome.denial = is_coordinated.then_some(Denial::NotUnderstood(fault));
            return outcome;
        }
    };
    let home = session.home_repository(Some(&payload));
    let home = match (home, payload.files.first()) {
        (Ok(home), _) => home,
        (Err(_), None) => None,
        (Err(failure), Some(file)) => {
            outcome.denial = Some(Denial::Failed { path: file.clone(), failure });
            return outcome;
        }
    };
    let judged = session.judge(&payload, home.as_ref(), meanwhile, &mut outcome.remarks);
    outcome.denial = judged.err().map(|denial| *denial);
    outcome
}

/// Renews what the session holds of the files of a call, and says who else has them in hand by now.
pub fn after_edit(session: &Session, payload: &AgentPayload) -> Outcome {
    let mut outcome = Outcome::default();
    let home = session.home_repository(Some(payload)).ok().flatten();
    let mut grounds = Vec::new();
    for file in &payload.files {
        // It has happened: what cannot be told now is told before the next edit.
        session.survey(payload, home.as_ref(), file, &mut grounds).ok();
    }
    for ground in &mut grounds {
        ground.renew(&mut outcome.remarks);
        outcome.remarks.extend(ground.new_changes().into_iter().map(Remark::InHand));
    }
    outcome
}

impl Session {
    /// Judges all files of a call, and then claims, renews and tells.
    fn judge(
        &self,
        payload: &AgentPayload,
        home: Option<&Repository>,
        meanwhile: &Meanwhile,
        remarks: &mut Vec<Remark>,
    ) -> Result<(), Box<Denial>> {
        let mut grounds = Vec::new();
        for file in &payload.files {
            meanwhile.looks_at(file);
            self.survey(payload, home, file, &mut grounds)?;
        }
        meanwhile.is_ruled_by(grounds.iter().map(Ground::rule).max().unwrap_or(Unclaimed::Free));
        let mut wanted: Vec<Vec<Pattern>> = Vec::new();
        for ground in &mut grounds {
            wanted.push(ground.judge(self, payload, remarks)?);
        }
        let mut in_hand = Vec::new();
        for (ground, wanted) in grounds.iter_mut().zip(&wanted) {
            ground.claim(wanted, remarks)?;
            ground.keep(remarks)?;
            in_hand.extend(ground.new_changes());
        }
        if !in_hand.is_empty() && !self.client.hears_remarks_before_edit() {
            return Err(Box::new(Denial::InHand(in_hand)));
        }
        remarks.extend(in_hand.into_iter().map(Remark::InHand));
        Ok(())
    }

    /// Finds every file that a name of a call may mean, and the ledger that rules it.
    fn survey(
        &self,
        payload: &AgentPayload,
        home: Option<&Repository>,
        file: &str,
        grounds: &mut Vec<Ground>,
    ) -> Result<(), Box<Denial>> {
        let or_denied = |failure: Failure| Box::new(Denial::Failed { path: file.to_owned(), failure });
        for around in self.spots(payload, home, file).map_err(or_denied)? {
            for spot in around {
                let ground = Ground::of(self, payload, &spot, home, grounds).map_err(or_denied)?;
                let Some(ground) = ground else { continue };
                if spot.is_gits_own {
                    return Err(Box::new(Denial::GitsOwn { path: spot.file }));
                }
                // Drafts of records are judged where they are committed.
                if !is_ledger(&spot.repository) {
                    grounds[ground].take_in(self, spot, home)?;
                }
                // What lies around a coordinated repository does not rule it.
                break;
            }
        }
        Ok(())
    }
}

fn is_ledger(repository: &Repository) -> bool {
    matches!(repository.head(), Ok(Head::Branch { name, .. }) if name == LEDGER_REF)
}
