//! The questions of a hook: may this file be edited, has somebody else got it in hand, what is given back at the end.
//!
//! Before an edit doubt is a no, where a repository has a ledger; where it has none there is nothing to say.

use crate::format::AgentPayload;
use crate::format::PayloadFault;
use crate::git::Head;
use crate::git::Program;
use crate::git::Repository;
use crate::ledger::LEDGER_REF;
use crate::model::Pattern;
use crate::model::RecordId;
use crate::model::Requirement;
use crate::ops::agent::Denial;
use crate::ops::agent::Outcome;
use crate::ops::agent::Remark;
use crate::ops::agent::Session;
use crate::ops::agent::automatic;
use crate::ops::agent::notes::Notes;
use crate::ops::agent::place::Spot;
use crate::ops::brief;
use crate::ops::brief::Brief;
use crate::ops::collisions;
use crate::ops::collisions::Change;
use crate::ops::collisions::How;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::identity;
use crate::ops::lease;
use crate::ops::standing::Standing;
use crate::ops::status;
use crate::rules::Lease;

/// How many tokens a session begins with, but for what binds.
const BRIEF_TOKENS: u64 = 640;
/// How many claims are told of one refusal.
const TOLD_MAX: usize = 3;

/// Answers whether the files of a call may be edited, and takes or renews claims as the policy says.
pub fn before_edit(session: &Session, payload: Result<AgentPayload, PayloadFault>) -> Outcome {
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
    for file in &payload.files {
        if let Err(denial) = session.judge(&payload, home.as_ref(), file, &mut outcome.remarks) {
            outcome.denial = Some(*denial);
            break;
        }
    }
    outcome
}

/// Renews what the session holds of the files of a call, and says who else has them in hand by now.
pub fn after_edit(session: &Session, payload: &AgentPayload) -> Outcome {
    let mut outcome = Outcome::default();
    let home = session.home_repository(Some(payload)).ok().flatten();
    for file in &payload.files {
        // It has happened: what cannot be told now is told before the next edit.
        session.look_after(payload, home.as_ref(), file, &mut outcome.remarks).ok();
    }
    outcome
}

/// Returns what an agent must know when its session begins; nothing where there is no ledger.
pub fn begin_session(session: &Session, payload: &AgentPayload) -> Result<Option<Brief>, Failure> {
    let Some(mut context) = session.open_home(payload)? else { return Ok(None) };
    // Without the remote it is told of what is here.
    context.look()?;
    let notes = session.notes(&context.repository, payload);
    notes.sweep(&context.repository, |id| context.state().claims.contains_key(id));
    brief::run(&context, &brief::Options { paths: Vec::new(), budget: BRIEF_TOKENS }).map(Some)
}

/// Gives back what was taken for a session, unless another one uses it. Returns the claims.
pub fn end_session(session: &Session, payload: &AgentPayload) -> Result<Vec<RecordId>, Failure> {
    let Some(mut context) = session.open_home(payload)? else { return Ok(Vec::new()) };
    let notes = session.notes(&context.repository, payload);
    let shared = notes.shared(&context.repository);
    let me = identity::whoami(&context).ok().map(|enrolled| enrolled.record.id.clone());
    let is_mine = |id: &&RecordId| {
        let lease = context.state().claims.get(*id);
        !shared.contains(*id) && lease.is_some_and(|lease| Some(&lease.claim.holder) == me.as_ref())
    };
    let mine: Vec<RecordId> = notes.claims().iter().filter(is_mine).cloned().collect();
    if !mine.is_empty() {
        let branch = match context.repository.head()? {
            Head::Branch { name, .. } => name.strip_prefix("refs/heads/").map(str::to_owned),
            Head::Detached(_) => None,
        };
        let destination = lease::Destination { branch, ..lease::Destination::default() };
        let named = mine.iter().map(ToString::to_string).collect();
        lease::release(&mut context, &lease::Which::Named(named), &destination)?;
    }
    notes.sweep(&context.repository, |id| context.state().claims.contains_key(id));
    notes.forget()?;
    Ok(mine)
}

/// Returns the result of a step whose failure is a denial.
fn or_denied<T>(path: &str, result: Result<T, Failure>) -> Result<T, Box<Denial>> {
    result.map_err(|failure| Box::new(Denial::Failed { path: path.to_owned(), failure }))
}

impl Session {
    fn judge(
        &self,
        payload: &AgentPayload,
        home: Option<&Repository>,
        file: &str,
        remarks: &mut Vec<Remark>,
    ) -> Result<(), Box<Denial>> {
        for around in or_denied(file, self.spots(payload, home, file))? {
            for spot in around {
                let Some(mut context) = or_denied(file, self.open_at(&spot, home, payload))? else { continue };
                self.judge_in(&mut context, (&spot, home), payload, remarks)?;
                // What lies around a coordinated repository does not rule it.
                break;
            }
        }
        Ok(())
    }

    fn judge_in(
        &self,
        context: &mut Context,
        (spot, home): (&Spot, Option<&Repository>),
        payload: &AgentPayload,
        remarks: &mut Vec<Remark>,
    ) -> Result<(), Box<Denial>> {
        let path = &spot.path;
        if spot.is_gits_own {
            return Err(Box::new(Denial::GitsOwn { path: spot.file.clone() }));
        }
        // Drafts of records are judged where they are committed.
        if is_ledger(&spot.repository) {
            return Ok(());
        }
        let me = identity::whoami(context).ok().map(|enrolled| enrolled.record.id.clone());
        if let Some(principal) = self.other_principal(context, spot, home, me.as_ref()) {
            return Err(Box::new(Denial::OthersWorktree { path: path.clone(), principal }));
        }
        let Ok(pattern) = Pattern::parse(&Pattern::escape(path)) else {
            return Err(Box::new(Denial::Unnameable { path: path.clone() }));
        };
        let files = [pattern];
        let permission = status::permission_on(context, &files);
        if !permission.held_by_others.is_empty() {
            let leases = permission.held_by_others;
            return Err(Box::new(or_denied(path, held(context, path, leases))?));
        }
        let mut notes = self.notes(&context.repository, payload);
        let others_work = context.state().claims.values().any(|lease| Some(&lease.claim.holder) != me.as_ref());
        let is_asked = permission.require != Requirement::Off && !permission.unclaimed.is_empty();
        match permission.require {
            _ if !is_asked || is_ignored(spot) => {}
            Requirement::Off => {}
            Requirement::Warn => {
                if others_work && notes.tell(&format!("unclaimed {path}")) {
                    remarks.push(Remark::Unclaimed(path.clone()));
                }
            }
            Requirement::Deny => return Err(Box::new(Denial::Unclaimed { path: path.clone(), caller: me })),
            // Whoever is nobody here can claim nothing.
            Requirement::Auto if me.is_none() => {}
            Requirement::Auto => {
                remarks.extend(or_denied(path, automatic::take(context, &mut notes, &files))?.map(Remark::Claimed));
            }
        }
        self.use_claims(context, &mut notes, &files);
        if let Err(failure) = automatic::renew_if_due(context, &files) {
            let is_over = status::permission_on(context, &files).unclaimed.is_empty() && !holds_now(context, &files);
            if is_over && permission.require != Requirement::Off {
                return Err(Box::new(Denial::Failed { path: path.clone(), failure }));
            }
            remarks.push(Remark::NotRenewed(failure));
        }
        if let Some(waiting) = permission.awaited_by_others.first()
            && notes.tell(&format!("awaited {path} {}", waiting.claim.id))
        {
            remarks.push(Remark::Awaited { path: path.clone(), by: waiting.claim.holder.clone() });
        }
        let in_hand = new_changes(context, spot, &files[0], &mut notes);
        if !in_hand.is_empty() && !self.client.hears_remarks_before_edit() {
            return Err(Box::new(Denial::InHand(in_hand)));
        }
        remarks.extend(in_hand.into_iter().map(Remark::InHand));
        Ok(())
    }

    /// Notes that this session uses claims which were taken for another one: that one does not give them back alone.
    fn use_claims(&self, context: &Context, notes: &mut Notes, files: &[Pattern]) {
        let Ok(me) = identity::whoami(context).map(|enrolled| &enrolled.record.id) else { return };
        let held: Vec<RecordId> =
            lease::in_force(context.state(), me, files).map(|lease| lease.claim.id.clone()).collect();
        if held.iter().all(|id| notes.claims().contains(id)) {
            return;
        }
        let automatic = Notes::of_all(&context.repository);
        for id in held.iter().filter(|id| automatic.contains(*id)) {
            notes.add_claim(id).ok();
        }
    }

    fn look_after(
        &self,
        payload: &AgentPayload,
        home: Option<&Repository>,
        file: &str,
        remarks: &mut Vec<Remark>,
    ) -> Result<(), Failure> {
        for spot in self.spots(payload, home, file)?.into_iter().flatten().filter(|spot| !spot.is_gits_own) {
            let Some(mut context) = self.open_at(&spot, home, payload)? else { continue };
            if is_ledger(&spot.repository) {
                continue;
            }
            let Ok(pattern) = Pattern::parse(&Pattern::escape(&spot.path)) else { continue };
            let mut notes = self.notes(&context.repository, payload);
            if let Err(failure) = automatic::renew_if_due(&mut context, std::slice::from_ref(&pattern)) {
                remarks.push(Remark::NotRenewed(failure));
            }
            remarks.extend(new_changes(&context, &spot, &pattern, &mut notes).into_iter().map(Remark::InHand));
        }
        Ok(())
    }
}

fn held(context: &Context, path: &str, leases: Vec<Lease>) -> Result<Denial, Failure> {
    let standing = Standing::of(context)?;
    let leases = leases.into_iter().take(TOLD_MAX).map(|lease| {
        let worth = standing.of_lease(&lease);
        (lease, worth)
    });
    Ok(Denial::Held { path: path.to_owned(), leases: leases.collect(), now: context.ledger_now() })
}

fn holds_now(context: &Context, files: &[Pattern]) -> bool {
    let now = context.ledger_now();
    let me = identity::whoami(context).map(|enrolled| &enrolled.record.id);
    me.is_ok_and(|me| lease::in_force(context.state(), me, files).any(|lease| lease.claim.expires > now))
}

fn is_ledger(repository: &Repository) -> bool {
    matches!(repository.head(), Ok(Head::Branch { name, .. }) if name == LEDGER_REF)
}

/// Returns whether git leaves a file out: nobody lands it, so nobody claims it.
fn is_ignored(spot: &Spot) -> bool {
    let Ok(program) = Program::find() else { return false };
    let asked = program.at(&spot.repository).args(["check-ignore", "--quiet", "--"]).arg(format!("./{}", spot.path));
    asked.run().is_ok_and(|output| output.status == 0)
}

/// Returns who else has a file in hand, as far as this session was not told yet.
fn new_changes(context: &Context, spot: &Spot, file: &Pattern, notes: &mut Notes) -> Vec<Change> {
    let found = collisions::on(context, std::slice::from_ref(file)).unwrap_or_default();
    let mut is_new = |change: &Change| {
        let is_elsewhere = spot.repository.work_dir() != Some(change.side.worktree.as_path());
        let what = match change.side.how {
            How::Uncommitted => "uncommitted",
            How::Unlanded => "unlanded",
        };
        is_elsewhere && notes.tell(&format!("{what} {} {}", change.path, change.side.worktree.display()))
    };
    found.into_iter().filter(|change| is_new(change)).collect()
}
