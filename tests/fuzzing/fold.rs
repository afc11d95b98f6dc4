//! The fold: entries of any content by anybody, judged one after the other.

use std::cell::RefCell;
use std::collections::BTreeMap;

use git_coord::format::commit::Payload;
use git_coord::format::commit::SignedCommit;
use git_coord::format::commit::Stamp;
use git_coord::ledger::Chain;
use git_coord::ledger::Ledger;
use git_coord::ledger::MemoryStore;
use git_coord::ledger::Step;
use git_coord::ledger::Store;
use git_coord::ledger::encode_chain;
use git_coord::model::Claim;
use git_coord::model::HashKind;
use git_coord::model::ObjectId;
use git_coord::model::RecordId;
use git_coord::model::Span;
use git_coord::model::Timestamp;
use git_coord::rules::State;

use crate::support::cache::remembered;
use crate::support::world::Actor;

use super::deed;
use super::ground::with_ground;
use super::tape::Tape;

/// So many entries in a row.
const ENTRIES_MAX: usize = 24;
const PAUSES: [u64; 8] = [0, 0, 1, 30, 90, 1_800, 7_200, 100_000];

thread_local! {
    static REACHED: RefCell<BTreeMap<String, usize>> = RefCell::default();
}

/// Returns how many entries of this thread counted that changed something at each place: a fold that takes everything for void
/// would be at peace with all the rest.
#[cfg(test)]
pub fn reached() -> BTreeMap<String, usize> {
    REACHED.with_borrow(Clone::clone)
}

/// A chain that grows, in a store of its own.
pub struct Growing {
    pub store: MemoryStore,
    pub chain: Chain,
    pub now: Timestamp,
    tokens: BTreeMap<RecordId, (Claim, u64)>,
}

/// Reads the bytes as entries and takes them one after the other.
pub fn run(data: &[u8]) {
    let mut tape = Tape::new(data);
    let mut growing = with_ground(|ground| {
        let store = MemoryStore::default();
        store.copy_objects_from(ground.store);
        Growing { store, chain: ground.chain.clone(), now: ground.now, tokens: BTreeMap::new() }
    });
    // Verifying signatures is what takes the time: not every chain is judged twice, and anew from its genesis.
    let is_judged_anew = tape.byte().is_multiple_of(4);
    for _ in 0..ENTRIES_MAX {
        if tape.is_over() {
            break;
        }
        growing.take(&mut tape, is_judged_anew);
    }
    growing.check_memory();
    if is_judged_anew {
        growing.check_genesis();
    }
}

impl Growing {
    /// Takes one more entry, valid or void.
    fn take(&mut self, tape: &mut Tape<'_>, is_judged_twice: bool) {
        self.now = self.now + Span::from_s(tape.pick(&PAUSES));
        let who = deed::actor(tape);
        let style = tape.byte();
        // Stock git builds on what is there, ours on what counts.
        let base =
            if style & 1 == 0 { self.chain.valid_tree } else { self.chain.void_tree.unwrap_or(self.chain.valid_tree) };
        let edits = deed::edits(self, base, &who, tape);
        let time = if style & 6 == 6 { self.now - Span::from_s(u64::from(tape.byte()) * 60) } else { self.now };
        let commit = self.commit(&who, base, &edits, time);
        let before = self.chain.clone();
        let step = |now| before.step(&&self.store, commit, now).expect("the store has it").expect("it is a chain");
        let Step::Taken(next, void) = step(self.now) else {
            panic!("an entry that is not ahead of the clock does not wait")
        };
        if is_judged_twice {
            let Step::Taken(again, void_again) = step(self.now) else { panic!("it was taken before") };
            assert!(next == again && void == void_again, "the same is judged the same");
        }
        assert_eq!((next.head, next.state.height), (commit, before.state.height + 1));
        match &void {
            Some(void) => {
                assert!(!void.refusal.message.is_empty());
                let unchanged = State { height: next.state.height, ..before.state.clone() };
                assert!(
                    next.state == unchanged && next.valid_tree == before.valid_tree,
                    "a void entry changes something"
                );
            }
            None => {
                for (path, _) in &edits {
                    let place = path.split('/').next().unwrap_or_default().to_owned();
                    REACHED.with_borrow_mut(|reached| *reached.entry(place).or_default() += 1);
                }
                assert!(next.state.time >= before.state.time && next.void_tree.is_none());
            }
        }
        self.chain = *next;
        self.check_tokens();
    }

    fn commit(&self, who: &Actor, base: ObjectId, edits: &[(String, Option<Vec<u8>>)], time: Timestamp) -> ObjectId {
        let store = &&self.store;
        let blob = |content: &Vec<u8>| store.write_blob(content).expect("memory takes it");
        let edits: Vec<_> = edits.iter().map(|(path, content)| (path.clone(), content.as_ref().map(blob))).collect();
        let tree = store.edit_tree(Some(base), &edits).expect("it is a tree");
        let stamp = Stamp::new("Somebody", "somebody@example.org", time.unix_s(), "+0000").expect("it is one");
        let payload = Payload::build(tree, Some(self.chain.head), stamp.clone(), stamp, "Change\n".to_owned());
        let payload = payload.expect("it is one");
        let armor = who.secret().sign("git", payload.bytes());
        let raw = SignedCommit::new(payload, armor).to_bytes(HashKind::Sha256);
        store.write_commit(&raw).expect("memory takes it")
    }

    /// I2: what conflicts is never held at once, and its tokens only grow.
    fn check_tokens(&mut self) {
        let leases = self.chain.state.claims.values();
        let held: Vec<_> = leases.filter_map(|lease| Some((&lease.claim, lease.held?.token))).collect();
        for (index, (one, token)) in held.iter().enumerate() {
            for (other, _) in &held[index + 1..] {
                assert!(!one.conflicts_with(other), "{one:?} and {other:?} are both held");
            }
            let earlier = self.tokens.iter().filter(|(id, (claim, _))| **id != one.id && claim.conflicts_with(one));
            let is_new = self.tokens.get(&one.id).is_none_or(|(_, known)| known != token);
            if is_new {
                assert!(
                    earlier.map(|(_, (_, known))| known).all(|known| known < token),
                    "a token that is not the highest"
                );
            }
        }
        let held: Vec<_> = held.into_iter().map(|(claim, token)| (claim.id.clone(), (claim.clone(), token))).collect();
        self.tokens.extend(held);
    }

    /// Judged anew from genesis it is the same chain.
    fn check_genesis(&self) {
        self.store.force_head(self.chain.head);
        let anew = Ledger::open_anew(&self.store, self.now).expect("it is a ledger");
        assert!(*anew.chain() == self.chain, "judging from genesis leads elsewhere");
    }

    /// Remembered and recalled it is the same chain.
    fn check_memory(&self) {
        let bytes = encode_chain(&self.chain);
        let recalled = remembered(&bytes).expect("what was remembered is recalled");
        assert!(recalled == self.chain, "the cache forgets");
        assert_eq!(encode_chain(&recalled), bytes, "what was recalled is remembered as it was");
    }
}
