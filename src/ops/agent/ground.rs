//! A ledger, and what a call changes of what it rules: all of it is judged before any of it is claimed, by one claim.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::format::AgentPayload;
use crate::git::Desk;
use crate::git::Repository;
use crate::model::Pattern;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::Requirement;
use crate::ops::agent::Denial;
use crate::ops::agent::Remark;
use crate::ops::agent::Session;
use crate::ops::agent::automatic;
use crate::ops::agent::notes::Notes;
use crate::ops::agent::place::Spot;
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
use crate::rules::Unclaimed;
use crate::rules::unclaimed;

/// How many claims are told of one refusal.
const TOLD_MAX: usize = 3;

/// A ledger, and the files of a call that it rules.
pub(super) struct Ground {
    pub(super) context: Context,
    notes: Notes,
    /// From where the ledger was opened.
    git_dir: PathBuf,
    me: Option<PrincipalId>,
    files: Vec<(Spot, Pattern)>,
}

impl Ground {
    /// Opens the ledger that rules a file, unless it is open already. Returns which of these it is; none if there is none.
    pub(super) fn of(
        session: &Session,
        payload: &AgentPayload,
        spot: &Spot,
        home: Option<&Repository>,
        grounds: &mut Vec<Self>,
    ) -> Result<Option<usize>, Failure> {
        let git_dir = session.ruler(spot, home).git_dir().to_owned();
        if let Some(known) = grounds.iter().position(|ground| ground.git_dir == git_dir) {
            return Ok(Some(known));
        }
        let Some(context) = session.open_at(spot, home, payload)? else { return Ok(None) };
        let notes = session.notes(&context.repository, payload);
        let me = identity::whoami(&context).ok().map(|enrolled| enrolled.record.id.clone());
        grounds.push(Self { context, notes, git_dir, me, files: Vec::new() });
        Ok(Some(grounds.len() - 1))
    }

    /// Takes in a file that the call changes, unless it is one that nobody here may change.
    pub(super) fn take_in(
        &mut self,
        session: &Session,
        spot: Spot,
        home: Option<&Repository>,
    ) -> Result<(), Box<Denial>> {
        if let Some(principal) = session.other_principal(&self.context, &spot, home, self.me.as_ref()) {
            return Err(Box::new(Denial::OthersWorktree { path: spot.path, principal }));
        }
        let Ok(pattern) = Pattern::parse(&Pattern::escape(&spot.path)) else {
            return Err(Box::new(Denial::Unnameable { path: spot.path }));
        };
        self.files.push((spot, pattern));
        Ok(())
    }

    /// Returns what becomes of work here that nobody claimed.
    pub(super) fn rule(&self) -> Unclaimed {
        unclaimed(self.context.state(), self.me.as_ref())
    }

    /// Judges every file. Returns those that are to be claimed.
    pub(super) fn judge(
        &mut self,
        session: &Session,
        payload: &AgentPayload,
        remarks: &mut Vec<Remark>,
    ) -> Result<Vec<Pattern>, Box<Denial>> {
        let patterns = self.patterns();
        let permission = status::permission_on(&self.context, &patterns);
        // What is about to be claimed asks the remote anyway, and what is claimed nobody else holds. Whoever held it may have
        // given it back.
        let is_unknown = !self.rule().waits_for_claim() && !permission.unclaimed.is_empty();
        if is_unknown || !permission.held_by_others.is_empty() {
            let away = self.or_denied(|ground| session.look_now_and_then(&mut ground.context, payload))?;
            if let Some(failure) = away
                && self.notes.tell("the remote is away")
            {
                remarks.push(Remark::NotAsked(failure));
            }
        }
        let permission = status::permission_on(&self.context, &patterns);
        if !permission.held_by_others.is_empty() {
            return Err(self.held());
        }
        let rule = self.rule();
        if rule == Unclaimed::Free {
            return Ok(Vec::new());
        }
        let mut desks = BTreeMap::new();
        let open: Vec<_> = self.files.iter().filter(|(_, file)| permission.unclaimed.contains(file)).collect();
        let open: Vec<_> = open.into_iter().filter(|(spot, _)| !is_left_out(&mut desks, spot)).collect();
        match rule {
            Unclaimed::Free => {}
            Unclaimed::Told => {
                let news = open.iter().filter(|(spot, _)| self.notes.tell(&format!("unclaimed {}", spot.path)));
                remarks.extend(news.map(|(spot, _)| Remark::Unclaimed(spot.path.clone())));
            }
            Unclaimed::Stopped => {
                if let Some((spot, _)) = open.first() {
                    let (path, caller) = (spot.path.clone(), self.me.clone());
                    return Err(Box::new(Denial::Unclaimed { path, caller }));
                }
            }
            Unclaimed::Taken => {
                let mut wanted: Vec<Pattern> = open.into_iter().map(|(_, file)| file.clone()).collect();
                wanted.sort();
                wanted.dedup();
                return Ok(wanted);
            }
        }
        Ok(Vec::new())
    }

    /// Claims files for the session.
    pub(super) fn claim(&mut self, wanted: &[Pattern], remarks: &mut Vec<Remark>) -> Result<(), Box<Denial>> {
        for part in wanted.chunks(automatic::PATHS_MAX) {
            let taken = self.or_denied(|ground| automatic::take(&mut ground.context, &mut ground.notes, part))?;
            remarks.extend(taken.map(Remark::Claimed));
        }
        Ok(())
    }

    /// Renews what is claimed, and says who waits for it.
    pub(super) fn keep(&mut self, remarks: &mut Vec<Remark>) -> Result<(), Box<Denial>> {
        self.use_claims();
        let patterns = self.patterns();
        if let Err(failure) = automatic::renew_if_due(&mut self.context, &patterns) {
            let is_asked = self.context.state().policy.claims.require != Requirement::Off;
            if let Some((spot, _)) = self.files.iter().find(|(_, file)| is_asked && self.is_over(file)) {
                return Err(Box::new(Denial::Failed { path: spot.path.clone(), failure }));
            }
            remarks.push(Remark::NotRenewed(failure));
        }
        for (spot, file) in &self.files {
            let permission = status::permission_on(&self.context, std::slice::from_ref(file));
            if let Some(waiting) = permission.awaited_by_others.first()
                && self.notes.tell(&format!("awaited {} {}", spot.path, waiting.claim.id))
            {
                remarks.push(Remark::Awaited { path: spot.path.clone(), by: waiting.claim.holder.clone() });
            }
        }
        Ok(())
    }

    /// Renews what is claimed after an edit.
    pub(super) fn renew(&mut self, remarks: &mut Vec<Remark>) {
        let patterns = self.patterns();
        if let Err(failure) = automatic::renew_if_due(&mut self.context, &patterns) {
            remarks.push(Remark::NotRenewed(failure));
        }
    }

    /// Returns who else has a file in hand, as far as this session was not told yet: of each piece of work once, until it has
    /// landed.
    pub(super) fn new_changes(&mut self) -> Vec<Change> {
        let found = collisions::on(&self.context, &self.patterns()).unwrap_or_default();
        let (files, notes) = (&self.files, &mut self.notes);
        let mut is_new = |change: &Change| {
            let worktree = Some(change.side.worktree.as_path());
            let mut named = files.iter().filter(|(_, file)| file.matches(change.path.as_bytes()));
            let is_elsewhere = named.any(|(spot, _)| spot.repository.work_dir() != worktree);
            let what = match change.side.how {
                How::Uncommitted => "uncommitted",
                How::Unlanded => "unlanded",
            };
            let begun_on = change.begun_on.map(|id| id.to_string()).unwrap_or_default();
            let worktree = change.side.worktree.display();
            is_elsewhere && notes.tell(&format!("{what} {} {worktree} {begun_on}", change.path))
        };
        found.into_iter().filter(|change| is_new(change)).collect()
    }

    fn patterns(&self) -> Vec<Pattern> {
        self.files.iter().map(|(_, file)| file.clone()).collect()
    }

    /// Returns the result of a step whose failure is a denial.
    fn or_denied<T>(&mut self, step: impl FnOnce(&mut Self) -> Result<T, Failure>) -> Result<T, Box<Denial>> {
        step(self).map_err(|failure| {
            let path = self.files.first().map(|(spot, _)| spot.path.clone()).unwrap_or_default();
            Box::new(Denial::Failed { path, failure })
        })
    }

    /// Returns who holds the first file that somebody else holds.
    fn held(&self) -> Box<Denial> {
        let on = |file: &Pattern| status::permission_on(&self.context, std::slice::from_ref(file)).held_by_others;
        let mut held = self.files.iter().map(|(spot, file)| (spot.path.clone(), on(file)));
        let (path, leases) = held.find(|(_, leases)| !leases.is_empty()).unwrap_or_default();
        let standing = match Standing::of(&self.context) {
            Ok(standing) => standing,
            Err(failure) => return Box::new(Denial::Failed { path, failure }),
        };
        let leases = leases.into_iter().take(TOLD_MAX).map(|lease| {
            let worth = standing.of_lease(&lease);
            (lease, worth)
        });
        Box::new(Denial::Held { path, leases: leases.collect(), now: self.context.ledger_now() })
    }

    /// Returns whether somebody could take a file over that the caller holds.
    fn is_over(&self, file: &Pattern) -> bool {
        let (now, own) = (self.context.ledger_now(), self.own(std::slice::from_ref(file)));
        let is_held = status::permission_on(&self.context, std::slice::from_ref(file)).unclaimed.is_empty();
        is_held && own.iter().all(|lease| lease.claim.expires <= now)
    }

    /// Notes that this session uses claims which were taken for another one: that one does not give them back alone.
    fn use_claims(&mut self) {
        let held: Vec<RecordId> = self.own(&self.patterns()).iter().map(|lease| lease.claim.id.clone()).collect();
        if held.iter().all(|id| self.notes.claims().contains(id)) {
            return;
        }
        let automatic = Notes::of_all(&self.context.repository);
        for id in held.iter().filter(|id| automatic.contains(*id)) {
            self.notes.add_claim(id).ok();
        }
    }

    /// Returns the caller's claims on some files.
    fn own(&self, files: &[Pattern]) -> Vec<&Lease> {
        let me = self.me.as_ref();
        me.map(|me| lease::in_force(self.context.state(), me, files).collect()).unwrap_or_default()
    }
}

/// Returns whether git leaves a file out: nobody lands it, so nobody claims it.
fn is_left_out(desks: &mut BTreeMap<PathBuf, Option<Desk>>, spot: &Spot) -> bool {
    let git_dir = spot.repository.git_dir().to_owned();
    let desk = desks.entry(git_dir).or_insert_with(|| Desk::around(&spot.repository).ok().flatten());
    desk.as_mut().is_some_and(|desk| desk.leaves_out(&spot.path).unwrap_or(false))
}
