//! `status`: who works where, what waits, what is in flight, drafts and void entries. `check`: may I touch this?

use crate::ledger::Outlook;
use crate::ledger::VoidEntry;
use crate::model::ObjectId;
use crate::model::Pattern;
use crate::model::PrincipalId;
use crate::model::Requirement;
use crate::model::Span;
use crate::model::Timestamp;
use crate::ops::claim;
use crate::ops::collisions;
use crate::ops::collisions::Change;
use crate::ops::context::Context;
use crate::ops::drafts;
use crate::ops::drafts::DraftFile;
use crate::ops::failure::Failure;
use crate::ops::fetched;
use crate::ops::flight;
use crate::ops::flight::Flight;
use crate::ops::identity;
use crate::ops::only_here::waiting;
use crate::ops::only_here::waiting::Waiting;
use crate::ops::proposal::Agreement;
use crate::ops::standing::Standing;
use crate::rules::Assent;
use crate::rules::Broken;
use crate::rules::Lease;
use crate::rules::Pending;
use crate::rules::Running;
use crate::rules::assent;
use crate::rules::binding;
use crate::rules::leases_on;

/// How much is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// As many records as fit one screen.
    Screen,
    /// Every record.
    Records,
    /// Every record, and every file of the checkout.
    Files,
}

/// More requests than fit one screen.
const SCREEN_REQUESTS: usize = 20;

/// What is going on.
pub struct Outcome {
    pub head: ObjectId,
    pub height: u64,
    pub time: Timestamp,
    pub standing: Standing,
    /// How old what is known of the remote is.
    pub fetched: Option<Span>,
    /// Entries that were only here and wait for their signer's key.
    pub waiting: Vec<Waiting>,
    pub outlook: Outlook,
    pub leases: Vec<Lease>,
    /// Requests to change the policy.
    pub proposals: Vec<Agreement>,
    /// Requests for actions.
    pub assents: Vec<Assent>,
    /// What was started, and what ended since the last start.
    pub runs: Vec<Running>,
    pub requests: Vec<Pending>,
    /// What landed through broken glass and waits for review.
    pub broken: Vec<Broken>,
    /// How many there are, shown or not.
    pub request_count: usize,
    pub in_flight: Vec<Flight>,
    /// What other work trees of this clone have changed on the paths that were asked about.
    pub changed_elsewhere: Vec<Change>,
    pub drafts: Vec<DraftFile>,
    /// Whether every file was looked at for its content.
    pub drafts_complete: bool,
    pub voids: Vec<VoidEntry>,
    pub void_count: u64,
    pub open_findings: u64,
    /// How many decisions hold, on these paths or everywhere.
    pub decisions: usize,
    pub principals: usize,
    pub now: Timestamp,
}

/// Returns what is going on, on these paths or everywhere.
pub fn run(context: &Context, paths: &[String], detail: Detail) -> Result<Outcome, Failure> {
    let patterns = claim::readings(context, paths)?;
    let state = context.state();
    let leases = if patterns.is_empty() {
        let mut leases: Vec<_> = state.claims.values().cloned().collect();
        leases.sort_by(|a, b| (a.since, &a.claim.id).cmp(&(b.since, &b.claim.id)));
        leases
    } else {
        leases_on(state, &patterns).into_iter().cloned().collect()
    };
    let in_flight = if patterns.is_empty() { flight::all(context) } else { flight::on(context, &patterns) };
    // Every file of every work tree is looked at for nobody who did not ask for them.
    let changed_elsewhere = match detail {
        Detail::Files if patterns.is_empty() => collisions::on(context, &[Pattern::everything()]),
        _ if patterns.is_empty() => Ok(Vec::new()),
        _ => collisions::on(context, &patterns),
    };
    let changed_elsewhere = changed_elsewhere.unwrap_or_default();
    let request_count = state.requests.len();
    let request_limit = if detail == Detail::Screen { SCREEN_REQUESTS } else { request_count };
    let (drafts, drafts_complete) = match detail {
        Detail::Screen | Detail::Records => drafts::glance(context)?,
        Detail::Files => (drafts::list(context)?, true),
    };
    Ok(Outcome {
        head: context.ledger.chain().head,
        height: state.head_height(),
        time: state.time,
        standing: Standing::of(context)?,
        fetched: fetched::age(context),
        waiting: waiting::list(context.ledger.store(), state)?,
        outlook: context.ledger.outlook(),
        leases,
        proposals: state.proposals.values().map(|proposed| Agreement::of(state, proposed)).collect(),
        assents: state.petitions.values().map(|petition| assent(state, petition, context.ledger_now())).collect(),
        runs: state.runs.values().cloned().collect(),
        requests: state.requests.values().take(request_limit).cloned().collect(),
        request_count,
        broken: state.broken.values().cloned().collect(),
        in_flight,
        changed_elsewhere,
        drafts,
        drafts_complete,
        voids: context.ledger.voids().to_vec(),
        void_count: context.ledger.chain().void_count,
        open_findings: state.open_finding_count,
        decisions: binding(state, &patterns).len(),
        principals: state.principals.len(),
        now: context.ledger_now(),
    })
}

/// Whether the caller may touch some paths.
pub struct Permission {
    /// Live exclusive claims of others, or shared ones where exclusivity is asked.
    pub held_by_others: Vec<Lease>,
    /// Claims of others that wait for the paths: they may be touched, but a claim would have to wait as well (S8).
    pub awaited_by_others: Vec<Lease>,
    /// Paths that the caller holds no claim on.
    pub unclaimed: Vec<Pattern>,
    /// What other work trees of this clone have changed there and not landed: a remark, and no answer.
    pub changed_elsewhere: Vec<Change>,
    pub require: Requirement,
    /// How old what is known of the remote is.
    pub fetched: Option<Span>,
    pub caller: Option<PrincipalId>,
}

impl Permission {
    /// Returns whether the paths may be touched: nobody else holds them, and they are claimed where that is required.
    pub fn is_given(&self) -> bool {
        self.held_by_others.is_empty() && (self.require != Requirement::Deny || self.unclaimed.is_empty())
    }
}

/// Answers whether the caller may touch these paths.
pub fn check(context: &Context, paths: &[String]) -> Result<Permission, Failure> {
    let patterns = claim::patterns(context, paths)?;
    // Whoever is about to make a directory meets those who hold it, though a file of that name would be free.
    let readings = claim::readings(context, paths)?;
    let wide = permission_on(context, &readings);
    let changed_elsewhere = collisions::on(context, &readings).unwrap_or_default();
    Ok(Permission { unclaimed: permission_on(context, &patterns).unclaimed, changed_elsewhere, ..wide })
}

/// Answers whether the caller may touch these paths.
pub fn permission_on(context: &Context, patterns: &[Pattern]) -> Permission {
    let state = context.state();
    let caller = identity::whoami(context).ok().map(|enrolled| enrolled.record.id.clone());
    let (mut mine, mut others, mut waiting) = (Vec::new(), Vec::new(), Vec::new());
    for lease in leases_on(state, patterns) {
        let is_mine = Some(&lease.claim.holder) == caller.as_ref();
        match (is_mine, lease.held.is_some()) {
            (true, _) if lease.is_in_force() => mine.push(lease),
            (false, true) if lease.is_in_force() => others.push(lease.clone()),
            (false, false) => waiting.push(lease.clone()),
            _ => {}
        }
    }
    let covered =
        |path: &&Pattern| mine.iter().any(|lease| lease.claim.paths.iter().any(|own| own == *path || own.covers(path)));
    let unclaimed = patterns.iter().filter(|path| !covered(path)).cloned().collect();
    // Whoever shares a path may touch it beside others who share it.
    others.retain(|lease| {
        lease.claim.mode == crate::model::ClaimMode::Exclusive
            || !mine.iter().any(|own| own.claim.shares_ground_with(&lease.claim))
    });
    let require = state.policy.claims.require;
    let changed_elsewhere = Vec::new();
    let fetched = fetched::age(context);
    Permission {
        held_by_others: others,
        awaited_by_others: waiting,
        unclaimed,
        changed_elsewhere,
        require,
        fetched,
        caller,
    }
}
