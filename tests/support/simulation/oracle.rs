//! What must hold after every step (I1 to I10). Each entry is looked at once, when it is first at the head of a server, and by
//! what the simulation itself knows: who signed it, what was told to whom, what time it is.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use git_coord::ledger::Chain;
use git_coord::ledger::MemoryStore;
use git_coord::ledger::Step;
use git_coord::ledger::Store;
use git_coord::model::Claim;
use git_coord::model::Digest;
use git_coord::model::Landed;
use git_coord::model::ObjectId;
use git_coord::model::RecordId;
use git_coord::model::Span;
use git_coord::model::Standing;
use git_coord::model::Timestamp;
use git_coord::rules::State;

use crate::support::simulation::code::Code;
use crate::support::simulation::hook::server_time;
use crate::support::simulation::landings::Claims;
use crate::support::simulation::landings::check_approvals;
use crate::support::simulation::landings::check_landing;
use crate::support::simulation::landings::check_used_up;
use crate::support::simulation::reach::Fault;
use crate::support::simulation::stage::Inner;
use crate::support::simulation::world::Beginning;
use crate::support::simulation::world::Refs;
use crate::support::simulation::world::main_ref;
use crate::support::world::Actor;

/// How the message of an entry begins that the simulation has made.
pub const MARK: &str = "Deed ";

/// What is known of a ledger up to one of its entries.
#[derive(Clone)]
pub struct Past {
    pub chain: Chain,
    claims: Claims,
    /// The deeds whose entries count.
    pub deeds: BTreeSet<u64>,
    landed: BTreeSet<RecordId>,
    /// Under which token each path landed last.
    landed_tokens: BTreeMap<String, u64>,
    policies: BTreeMap<u64, Digest>,
}

/// What somebody set about, by what it knows itself.
struct Deed {
    /// The name of whoever signs it.
    signer: String,
    /// Whether any ledger may take it; of what is forged, none may.
    may_count: bool,
}

/// What is known of all ledgers, and of what was told.
pub struct Oracle {
    pool: Arc<MemoryStore>,
    past: BTreeMap<ObjectId, Arc<Past>>,
    deeds: Vec<Deed>,
    /// What was acknowledged by the server's own view.
    acknowledged: BTreeSet<u64>,
    refused: BTreeSet<u64>,
    /// The deeds of which the network sent something twice: what is refused for now may be taken the second time.
    sent_twice: BTreeSet<u64>,
    /// What the server says it has taken, and has not.
    pub forgotten: BTreeSet<ObjectId>,
    /// Whether the server's own ledger was ever rewritten, which only one without hooks lets happen.
    pub is_rewritten: bool,
    /// Whether its keeper ever took back a head that nobody can follow.
    pub is_mended: bool,
}

impl Oracle {
    pub fn new(pool: &Arc<MemoryStore>, start: &Beginning) -> Self {
        let past = Past {
            chain: start.chain.clone(),
            claims: Claims::default(),
            deeds: BTreeSet::new(),
            landed: BTreeSet::new(),
            landed_tokens: BTreeMap::new(),
            policies: BTreeMap::from([(1, start.chain.state.policy_digest)]),
        };
        Self {
            pool: Arc::clone(pool),
            past: BTreeMap::from([(start.head, Arc::new(past))]),
            deeds: Vec::new(),
            acknowledged: BTreeSet::new(),
            refused: BTreeSet::new(),
            sent_twice: BTreeSet::new(),
            forgotten: BTreeSet::new(),
            is_rewritten: false,
            is_mended: false,
        }
    }

    /// Gives a deed a number, by who signs it and whether it may ever count.
    pub fn begin(&mut self, signer: &str, may_count: bool) -> u64 {
        self.deeds.push(Deed { signer: signer.to_owned(), may_count });
        self.deeds.len() as u64 - 1
    }

    /// Returns what is known of a ledger that ends so; `None` if it is no ledger.
    pub fn past(
        &mut self,
        head: ObjectId,
        parents: &BTreeMap<ObjectId, Option<ObjectId>>,
        code: &Code,
    ) -> Result<Option<Arc<Past>>, String> {
        let (mut path, mut current) = (Vec::new(), head);
        while !self.past.contains_key(&current) {
            path.push(current);
            let Some(Some(parent)) = parents.get(&current) else { return Ok(None) };
            current = *parent;
        }
        for id in path.into_iter().rev() {
            let before = Arc::clone(&self.past[&current]);
            let stepped = before.chain.step(&&*self.pool, id, Timestamp::MAX).map_err(|error| error.to_string())?;
            let Ok(Step::Taken(next, void)) = stepped else { return Ok(None) };
            let next = match void {
                Some(_) => check_void(&before, *next)?,
                None => self.check_valid(&before, *next, code)?,
            };
            self.past.insert(id, Arc::new(next));
            current = id;
        }
        Ok(Some(Arc::clone(&self.past[&current])))
    }

    /// Notes that the network sends an entry twice, without anybody knowing.
    pub fn send_twice(&mut self, entry: ObjectId) {
        let deed = self.deed_of(entry);
        self.sent_twice.extend(deed);
    }

    /// Returns which deed an entry is of, by its bytes: what is forged may be no commit that the program reads.
    fn deed_of(&self, id: ObjectId) -> Option<u64> {
        let raw = (&*self.pool).commit(id).ok()?;
        let text = String::from_utf8(raw).ok()?;
        let (_, message) = text.split_once("\n\n")?;
        message.strip_prefix(MARK)?.split(':').next()?.parse().ok()
    }

    fn check_valid(&self, past: &Past, chain: Chain, code: &Code) -> Result<Past, String> {
        let mut next = Past { chain, ..past.clone() };
        let (old, new) = (&past.chain.state, &next.chain.state);
        check(new.time >= old.time, || format!("S4: time goes back from {:?} to {:?}", old.time, new.time))?;
        let Some(number) = self.deed_of(next.chain.head) else {
            return Err("S1: an entry of nobody counts".to_owned());
        };
        let deed = &self.deeds[number as usize];
        check(deed.may_count, || format!("S1: deed {number} was forged, and counts"))?;
        check(next.deeds.insert(number), || format!("deed {number} was granted twice"))?;
        check(!self.refused.contains(&number), || format!("deed {number} was refused, and counts"))?;
        let signer = Actor::named(&deed.signer);
        check_signer(old, new, &signer, number)?;
        check_takeovers(old, new, &signer)?;
        check_tokens(&mut next.claims.tokens, new)?;
        note_lost(&mut next.claims.lost, old, new, &signer);
        check_approvals(new)?;
        check_policy(&mut next.policies, old, new)?;
        let landings: Vec<Landed> = new.landed_since(old).cloned().collect();
        for landed in &landings {
            check_landing(old, landed, &past.claims, code)?;
            check_used_up(old, new, landed)?;
            if let Some(request) = &landed.request {
                check(next.landed.insert(request.clone()), || format!("I4: {request} landed twice"))?;
            }
            for path in landed.paths.iter().flatten() {
                let token = landed.claims.iter().map(|claim| claim.token).max().unwrap_or(0);
                let last = next.landed_tokens.insert(path.clone(), token).unwrap_or(0);
                check(token >= last, || format!("P4: {path} landed under {token}, and under {last} before"))?;
            }
        }
        if past.chain.void_tree.is_some() {
            self.check_tree(&next.chain)?;
        }
        Ok(next)
    }

    /// The tree of an entry after a void one holds what counts and nothing else (S2).
    fn check_tree(&self, chain: &Chain) -> Result<(), String> {
        let files = (&*self.pool).tree_changes(None, chain.valid_tree).map_err(|error| error.to_string())?;
        let claims = files.iter().filter(|file| file.path.starts_with(b"claims/")).count();
        check(claims == chain.state.claims.len(), || "S2: what a void entry brought in stays in the tree".to_owned())
    }
}

pub fn check(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

/// A void entry changes nothing but the height (I9).
fn check_void(past: &Past, chain: Chain) -> Result<Past, String> {
    let old = &past.chain.state;
    let same = chain.state == State { height: old.height + 1, ..old.clone() };
    check(same && chain.valid_tree == past.chain.valid_tree, || "I9: a void entry changed something".to_owned())?;
    Ok(Past { chain, ..past.clone() })
}

/// Nobody acts whom the state before does not let act (I6).
fn check_signer(old: &State, new: &State, signer: &Actor, deed: u64) -> Result<(), String> {
    let Some(enrolled) = old.principal(&signer.id) else { return check_newcomer(old, new, signer, deed) };
    let is_active = enrolled.record.status == Standing::Active;
    check(is_active && enrolled.key == signer.key(), || {
        format!("I6: {} is not active, and deed {deed} counts", signer.id)
    })
}

/// Whoever is not enrolled may enroll itself as a guest, and nothing else (I6).
fn check_newcomer(old: &State, new: &State, signer: &Actor, deed: u64) -> Result<(), String> {
    let is_guest = new.principal(&signer.id).is_some_and(|enrolled| {
        enrolled.record.role.as_str() == "guest"
            && enrolled.key == signer.key()
            && enrolled.record.confirmed_by.is_none()
    });
    let others = |state: &State| state.principals.values().filter(|one| one.record.id != signer.id).count();
    let rest = old.claims == new.claims
        && old.requests == new.requests
        && old.approvals == new.approvals
        && old.findings == new.findings
        && old.landed == new.landed
        && old.policy_digest == new.policy_digest
        && others(old) == others(new);
    check(is_guest && rest, || format!("I6: {} is not enrolled, and deed {deed} counts", signer.id))
}

/// Whoever takes away what somebody else holds waits until it may.
fn check_takeovers(old: &State, new: &State, signer: &Actor) -> Result<(), String> {
    for lease in old.claims.values() {
        let claim = &lease.claim;
        if claim.holder == signer.id || new.claims.contains_key(&claim.id) {
            continue;
        }
        let is_over = new.time >= claim.expires + old.policy.claims.grace;
        let is_given = claim.revoked_by.is_some() || claim.offered_to.as_ref() == Some(&signer.id);
        let holder = old.principal(&claim.holder);
        let is_out = holder.is_some_and(|holder| holder.record.status == Standing::Revoked);
        let is_due = lease.held.is_none() && new.time >= claim.expires;
        check(is_over || is_given || is_out || is_due, || {
            format!("{} takes {} from {} too early", signer.id, claim.id, claim.holder)
        })?;
    }
    Ok(())
}

/// Takes down what its holder has lost: it was revoked, or somebody else took it away.
fn note_lost(lost: &mut BTreeSet<RecordId>, old: &State, new: &State, signer: &Actor) {
    let is_gone = |claim: &Claim| !new.claims.contains_key(&claim.id) && claim.holder != signer.id;
    let gone = old.claims.values().map(|lease| &lease.claim).filter(|claim| is_gone(claim));
    let revoked = new.claims.values().map(|lease| &lease.claim).filter(|claim| claim.revoked_by.is_some());
    lost.extend(gone.chain(revoked).map(|claim| claim.id.clone()));
}

/// What conflicts is never held at once, and its tokens strictly increase (I2).
fn check_tokens(tokens: &mut BTreeMap<RecordId, (Claim, u64)>, state: &State) -> Result<(), String> {
    let held: Vec<_> = state.claims.values().filter_map(|lease| Some((&lease.claim, lease.held?.token))).collect();
    for (index, (one, _)) in held.iter().enumerate() {
        for (other, _) in &held[index + 1..] {
            check(!one.conflicts_with(other), || format!("I2: {} and {} are both held", one.id, other.id))?;
        }
    }
    for (claim, token) in held {
        if let Some((_, before)) = tokens.get(&claim.id) {
            check(*before == token, || format!("I2: the token of {} changed", claim.id))?;
            continue;
        }
        for (earlier, old) in tokens.values().filter(|(earlier, _)| earlier.conflicts_with(claim)) {
            check(*old < token, || format!("I2: {} came after {}", claim.id, earlier.id))?;
        }
        tokens.insert(claim.id.clone(), (claim.clone(), token));
    }
    Ok(())
}

/// Versions of the policy are 1, 2, 3, and each is one text (I5).
fn check_policy(policies: &mut BTreeMap<u64, Digest>, old: &State, new: &State) -> Result<(), String> {
    let (before, after) = (old.policy.version, new.policy.version);
    check(after == before || after == before + 1, || format!("I5: version {after} follows {before}"))?;
    let digest = *policies.entry(after).or_insert(new.policy_digest);
    check(digest == new.policy_digest, || format!("I5: version {after} is two texts"))
}

impl Inner {
    /// Looks at a ledger, and stops everybody if something is wrong with it.
    pub fn past(&mut self, head: ObjectId) -> Option<Arc<Past>> {
        let sea = &mut self.sea;
        match sea.oracle.past(head, &sea.parents, &sea.code) {
            Ok(past) => past,
            Err(what) => {
                self.fail(format!("at {}: {what}", head.short()));
                None
            }
        }
    }

    /// Looks at a server whose refs have moved.
    pub fn check_server(&mut self, view: usize, before: Refs, is_forward: bool) {
        let refs = self.sea.servers[0].views[view];
        let Some(head) = refs.head else { return };
        let past = self.past(head);
        if view != 0 {
            return;
        }
        if !is_forward && !self.sea.settings.lets_rewrite {
            return self.fail(format!("I1: the server goes to {}, without what it had", head.short()));
        }
        if !is_forward {
            self.sea.oracle.is_rewritten = true;
            self.sea.reach.fault(Fault::RogueRewrite);
            return;
        }
        let (Some(past), false) = (past, self.sea.oracle.is_rewritten) else { return };
        let latest = server_time(self.clock) + Span::SKEW_MAX;
        if self.sea.settings.is_guarded && past.chain.state.time > latest {
            return self.fail(format!("S4: the server takes an entry of {:?}, at {latest:?}", past.chain.state.time));
        }
        let lost: Vec<_> = self.sea.oracle.acknowledged.difference(&past.deeds).copied().collect();
        if !lost.is_empty() {
            self.fail(format!("I1: {lost:?} was acknowledged, and is not there any more"));
        }
        let landed = past.chain.state.landed.get(&main_ref()).map(|landed| landed.new);
        if landed != Some(refs.main) {
            let was = before.main.short();
            self.fail(format!(
                "I8: {} landed last, and the ref moves from {was} to {}",
                landed.map_or_else(String::new, |id| id.short()),
                refs.main.short()
            ));
        }
    }

    /// Takes a deed down as done, by a clone whose process was told so.
    pub fn acknowledged(&mut self, clone: usize, server: usize, deed: u64, entry: ObjectId) {
        let Some(pin) = self.sea.disks[clone].confirmed[server] else {
            return self.fail(format!("I1: deed {deed} was acknowledged, and nothing is verified"));
        };
        if !self.sea.descends(pin, entry) {
            return self.fail(format!("I1: deed {deed} was acknowledged, and is not in what is verified"));
        }
        let Some(past) = self.past(pin) else { return };
        if !past.deeds.contains(&deed) {
            return self.fail(format!("I1: deed {deed} was acknowledged, and does not count"));
        }
        let has = |refs: &Refs| refs.head.is_some_and(|head| self.sea.descends(head, entry));
        let views = &self.sea.servers[0].views;
        // Whoever is shown a view of its own is told of what is in it; and it may be told of what was never done.
        let is_excused = views.iter().any(has) || self.sea.oracle.forgotten.contains(&entry);
        if has(&views[0]) {
            self.sea.oracle.acknowledged.insert(deed);
        } else if !(self.sea.oracle.is_rewritten || self.sea.settings.is_malicious && is_excused) {
            self.fail(format!("I1: deed {deed} was acknowledged, and the server does not have it"));
        }
    }

    /// Takes a deed down as refused: it may not count later either.
    pub fn refused(&mut self, deed: u64) {
        if self.sea.oracle.sent_twice.contains(&deed) {
            return;
        }
        self.sea.oracle.refused.insert(deed);
        let counts = self.sea.servers[0]
            .views
            .clone()
            .into_iter()
            .filter_map(|refs| refs.head)
            .any(|head| self.past(head).is_some_and(|past| past.deeds.contains(&deed)));
        if counts {
            self.fail(format!("deed {deed} is refused, and counts"));
        }
    }
}
