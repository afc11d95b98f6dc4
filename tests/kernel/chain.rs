//! Entries one after the other: void ones, broken chains, time, and what is remembered.

use git_coord::format::commit;
use git_coord::ledger::Chain;
use git_coord::ledger::Ledger;
use git_coord::ledger::LedgerError;
use git_coord::ledger::Lost;
use git_coord::ledger::MemoryStore;
use git_coord::ledger::Outlook;
use git_coord::ledger::Snapshot;
use git_coord::ledger::Step;
use git_coord::ledger::Store;
use git_coord::ledger::encode_chain;
use git_coord::model::ObjectId;
use git_coord::model::Span;
use git_coord::rules::Code;

use crate::support::cache::remembered;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::put;
use crate::support::world::take_away;

fn cast() -> (World, Actor, Actor) {
    (World::new(), Actor::named("alice"), Actor::named("bob"))
}

/// Returns the code for which a commit is void after the head.
#[track_caller]
fn void_code(world: &World, commit: ObjectId) -> Code {
    match world.chain().step(&world.store, commit, world.now).unwrap().unwrap() {
        Step::Taken(_, Some(void)) => void.refusal.code,
        other => panic!("not void: {other:?}"),
    }
}

/// Returns the code for which a commit breaks the chain after the head.
#[track_caller]
fn broken_code(world: &World, commit: ObjectId) -> Code {
    world.chain().step(&world.store, commit, world.now).unwrap().unwrap_err().refusal.code
}

fn refusal(error: &LedgerError) -> Code {
    match error {
        LedgerError::Refused(fault, _) => fault.refusal.code,
        LedgerError::Lost(Lost::Left { .. }) => Code::LedgerFork,
        other => panic!("not refused: {other}"),
    }
}

/// LED-5, with legal twin
#[test]
fn void_entry_changes_nothing_is_reported_and_does_not_stop_the_chain() {
    let (mut world, alice, bob) = cast();
    let before = world.state().clone();
    let theirs = world.draft_claim(&bob, &["src/"]);
    let commit = world.force(&alice, &[put(&theirs)]);
    assert!(world.state().claims.is_empty());
    assert_eq!((world.state().height, world.state().time), (before.height + 1, before.time));
    let [void] = world.ledger.voids() else { panic!("one is void") };
    assert_eq!((void.commit, void.height, void.refusal.code), (commit, before.height, Code::RecordOwner));
    world.claim(&alice, &["src/"]);
    assert_eq!(world.chain().void_tree, None);
}

/// S2
#[test]
fn nobody_signs_what_a_void_entry_brought_in() {
    let (mut world, alice, bob) = cast();
    let kept = world.claim(&alice, &["docs/"]);
    // Added garbage: bob's own claim, written by somebody else. Even bob does not sign it by accident.
    let garbage = world.draft_claim(&bob, &["src/"]);
    world.force(&alice, &[put(&garbage)]);
    let own = world.draft_claim(&bob, &["tests/"]);
    world.force(&bob, &[put(&own)]);
    assert_eq!(world.ledger.voids().last().unwrap().refusal.code, Code::EntryInherited);
    // The void entry after a void one is what the next is compared with.
    world.force(&bob, &[take_away(&garbage)]);
    assert_eq!(world.ledger.voids().last().unwrap().refusal.code, Code::EntryInherited);
    // A removal is inherited as well.
    let other = world.draft_claim(&bob, &["tests/"]);
    world.ok(&bob, &[put(&other)]);
    world.force(&bob, &[take_away(&kept)]);
    assert_eq!(world.ledger.voids().last().unwrap().refusal.code, Code::RecordOwner);
    let more = world.draft_claim(&alice, &["src/"]);
    world.force(&alice, &[put(&more)]);
    assert_eq!(world.ledger.voids().last().unwrap().refusal.code, Code::EntryInherited);
    // Ours build on the last valid tree.
    assert_eq!(world.state().claims.len(), 2);
    world.claim(&alice, &["src/"]);
    assert_eq!(world.state().claims.len(), 3);
}

#[test]
fn stock_git_on_a_clean_head_appends_as_we_do() {
    let (mut world, alice, _) = cast();
    let claim = world.draft_claim(&alice, &["src/"]);
    let commit = world.force(&alice, &[put(&claim)]);
    assert_eq!(world.chain().head, commit);
    assert!(world.lease(&claim.id).held.is_some() && world.ledger.voids().is_empty());
}

/// A flood of garbage costs height, and only the last of it is remembered.
#[test]
fn void_entries_are_counted_and_the_last_ones_shown() {
    let (mut world, alice, bob) = cast();
    for _ in 0..40 {
        let theirs = world.draft_claim(&bob, &["src/"]);
        let chain = world.chain();
        let commit = world.commit(&alice, chain.head, chain.valid_tree, &[put(&theirs)], world.now);
        world.take(commit);
    }
    assert_eq!((world.chain().void_count, world.ledger.voids().len()), (40, 32));
    world.claim(&bob, &["src/"]);
}

/// LED-6, SIG-12, with legal twin
#[test]
fn unsigned_moved_or_foreign_entries_are_void() {
    let (mut world, alice, _) = cast();
    let claim = put(&world.draft_claim(&alice, &["src/"]));
    let (head, base) = (world.chain().head, world.chain().valid_tree);
    let payload = |parent| world.payload(parent, base, std::slice::from_ref(&claim), world.now);
    let unsigned = (&world.store).write_commit(payload(Some(head)).bytes()).unwrap();
    assert_eq!(void_code(&world, unsigned), Code::EntryUnsigned);
    let elsewhere = payload(Some(base));
    let moved = world.write_signed(payload(Some(head)), alice.secret().sign("git", elsewhere.bytes()));
    assert_eq!(void_code(&world, moved), Code::SignatureBad);
    let namespace = world.write_signed(payload(Some(head)), alice.secret().sign("file", payload(Some(head)).bytes()));
    assert_eq!(void_code(&world, namespace), Code::SignatureNamespace);
    let stranger = Actor::named("stranger");
    let foreign = world.commit(&stranger, head, base, std::slice::from_ref(&claim), world.now);
    assert_eq!(void_code(&world, foreign), Code::KeyUnknown);
    let good = world.commit(&alice, head, base, &[claim], world.now);
    world.take(good);
    assert!(world.ledger.voids().is_empty());
}

/// LED-7, SIG-1, SIG-4, with legal twin: the same payload in another dress is no entry.
#[test]
fn dressed_up_copy_of_an_entry_is_void() {
    let (mut world, alice, _) = cast();
    let claim = put(&world.draft_claim(&alice, &["src/"]));
    let chain = world.chain();
    let good = world.commit(&alice, chain.head, chain.valid_tree, &[claim], world.now);
    let raw = String::from_utf8((&world.store).commit(good).unwrap()).unwrap();
    let header = raw.find("gpgsig").unwrap();
    for extra in ["gpgsigfoo x\n", "encoding ISO-8859-1\n", "mergetag x\n"] {
        let dressed = format!("{}{extra}{}", &raw[..header], &raw[header..]);
        let commit = (&world.store).write_commit(dressed.as_bytes()).unwrap();
        assert_eq!(void_code(&world, commit), Code::EntryNonCanonical, "{extra}");
    }
    let end = raw.find("\n\n").unwrap() + 1;
    let twice = format!("{}{}{}", &raw[..header], &raw[header..end], &raw[header..]);
    let commit = (&world.store).write_commit(twice.as_bytes()).unwrap();
    assert_eq!(void_code(&world, commit), Code::EntryMultipleSignatures);
    world.take(good);
}

/// LED-3, S1, with legal twin
#[test]
fn second_parent_breaks_the_chain() {
    let (mut world, alice, _) = cast();
    let claim = put(&world.draft_claim(&alice, &["src/"]));
    let chain = world.chain();
    let good = world.commit(&alice, chain.head, chain.valid_tree, &[claim], world.now);
    let raw = String::from_utf8((&world.store).commit(good).unwrap()).unwrap();
    let author = raw.find("author ").unwrap();
    let merge = format!("{}parent {}\n{}", &raw[..author], chain.valid_tree, &raw[author..]);
    assert_eq!(commit::parents(merge.as_bytes()).unwrap().len(), 2);
    let merge = (&world.store).write_commit(merge.as_bytes()).unwrap();
    assert_eq!(broken_code(&world, merge), Code::LedgerMerge);
    let head = chain.head;
    world.store.force_head(merge);
    assert_eq!(refusal(&world.ledger.refresh(world.now).unwrap_err()), Code::LedgerMerge);
    assert_eq!(world.chain().head, head, "clients stay at the last good head");
    world.store.force_head(head);
    world.take(good);
}

/// LED-1, LED-9, LED-13, with legal twin: a chain that does not contain what was verified.
#[test]
fn rewritten_ledger_is_refused_and_kept_as_evidence() {
    let (mut world, alice, bob) = cast();
    let early = world.chain().clone();
    world.claim(&alice, &["src/"]);
    let (head, other) = (world.chain().head, world.draft_claim(&bob, &["src/"]));
    let rewritten = world.commit(&bob, early.head, early.valid_tree, &[put(&other)], world.now);
    for foreign in [rewritten, early.head, World::new().chain().head] {
        if foreign != rewritten && foreign != early.head {
            assert_eq!(foreign, early.head, "worlds are the same every time");
        }
        world.store.force_head(foreign);
        assert_eq!(refusal(&world.ledger.refresh(world.now).unwrap_err()), Code::LedgerFork);
        assert!(world.store.evidence().contains(&foreign));
        // A later command sees it as well, with and without its cache.
        assert_eq!(refusal(&Ledger::open(world.store, world.now).unwrap_err()), Code::LedgerFork);
        assert_eq!(refusal(&Ledger::open_anew(world.store, world.now).unwrap_err()), Code::LedgerFork);
        assert_eq!(world.store.recall().unwrap().unwrap().head, head, "the pin stays");
    }
    assert!(world.store.evidence().contains(&head));
    world.store.force_head(head);
    world.claim(&bob, &["docs/"]);
}

/// LED-13, with legal twin
#[test]
fn another_genesis_is_another_ledger() {
    let (world, ..) = cast();
    let other = World::with_policy(|policy| policy.replace("ttl-max       = \"4h\"", "ttl-max = \"5h\""));
    assert_ne!(world.ledger.pin(), other.ledger.pin());
    assert_eq!(world.ledger.pin(), World::new().ledger.pin());
    let head = world.chain().head;
    world.store.copy_objects_from(other.store);
    world.store.force_head(other.chain().head);
    assert_eq!(refusal(&Ledger::open(world.store, world.now).unwrap_err()), Code::LedgerFork);
    world.store.force_head(head);
    Ledger::open(world.store, world.now).unwrap();
}

/// LED-13, with legal twin: a ledger begins once, with what begins a ledger, and with the genesis that is trusted.
#[test]
fn ledger_begins_at_its_root_only() {
    let (mut world, alice, _) = cast();
    let claim = put(&world.draft_claim(&alice, &["src/"]));
    let (head, base) = (world.chain().head, world.chain().valid_tree);
    let payload = world.payload(None, base, std::slice::from_ref(&claim), world.now);
    let armor = alice.secret().sign("git", payload.bytes());
    let second_root = world.write_signed(payload, armor);
    assert_eq!(broken_code(&world, second_root), Code::LedgerRoot);
    let good = world.commit(&alice, head, base, &[claim], world.now);
    let begun = Chain::begin(&world.store, good, world.now).unwrap().unwrap_err();
    assert_eq!(begun.refusal.code, Code::LedgerRoot);
    let another = World::with_policy(|policy| policy.replace("ttl-max       = \"4h\"", "ttl-max = \"5h\""));
    let open = |pin| Ledger::open_pinned(world.store, Some(pin), world.now);
    assert_eq!(refusal(&open(another.ledger.pin()).unwrap_err()), Code::LedgerRoot);
    assert_eq!(open(world.ledger.pin()).unwrap().chain(), world.chain());
    world.take(good);
}

/// TIME-1, S4, with legal twin
#[test]
fn entry_dated_before_the_last_valid_one_is_void() {
    let (mut world, alice, _) = cast();
    world.pass(600);
    world.claim(&alice, &["docs/"]);
    let claim = put(&world.draft_claim(&alice, &["src/"]));
    let chain = world.chain();
    let early = chain.state.time - Span::from_s(1);
    let commit = world.commit(&alice, chain.head, chain.valid_tree, std::slice::from_ref(&claim), early);
    assert_eq!(void_code(&world, commit), Code::EntryTime);
    world.ok(&alice, &[claim]);
}

/// LEASE-5, legal twin: a clock that is behind is clamped to the ledger's.
#[test]
fn append_with_a_clock_behind_stands_at_the_ledgers_time() {
    let (mut world, alice, bob) = cast();
    world.pass(600);
    world.claim(&alice, &["src/"]);
    let time = world.state().time;
    world.now = world.now - Span::from_s(3_600);
    let claim = git_coord::model::Claim { expires: time + Span::from_s(60), ..world.draft_claim(&bob, &["docs/"]) };
    world.ok(&bob, &[put(&claim)]);
    assert_eq!(world.state().time, time);
}

/// LED-12, TIME-2, with legal twin
#[test]
fn entry_dated_ahead_waits_until_the_clock_comes_near() {
    let (mut world, alice, bob) = cast();
    let height = world.state().height;
    let ahead = world.now + Span::from_s(61);
    let claim = world.draft_claim(&alice, &["src/"]);
    let chain = world.chain();
    let (head, base) = (chain.head, chain.valid_tree);
    let commit = world.commit(&alice, head, base, &[put(&claim)], ahead);
    world.take(commit);
    assert_eq!((world.ledger.outlook(), world.state().height), (Outlook::Waiting(commit, ahead), height));
    assert_eq!(world.chain().head, head);
    world.pass(1);
    world.ledger.refresh(world.now).unwrap();
    assert_eq!((world.ledger.outlook(), world.chain().head), (Outlook::Current, commit));
    // A void entry has no time: it is void for everybody, whatever their clock.
    let theirs = put(&world.draft_claim(&alice, &["docs/"]));
    let chain = world.chain();
    let void = world.commit(&bob, chain.head, chain.valid_tree, &[theirs], world.now + Span::from_s(9_999));
    assert_eq!(void_code(&world, void), Code::RecordOwner);
}

/// LED-12, LEASE-5, with legal twin: whoever appended now would do so beside what is to come.
#[test]
fn nothing_is_appended_while_an_entry_waits() {
    let (mut world, alice, bob) = cast();
    let ahead = world.now + Span::from_s(61);
    let claim = world.draft_claim(&alice, &["src/"]);
    let chain = world.chain();
    let commit = world.commit(&alice, chain.head, chain.valid_tree, &[put(&claim)], ahead);
    world.take(commit);
    let before = world.chain().clone();
    let elsewhere = world.draft_claim(&bob, &["docs/"]);
    let refusal = world.append(&bob, &[put(&elsewhere)], "Claim").unwrap_err();
    assert_eq!(refusal.code, Code::EntrySkew, "{refusal}");
    assert!(*world.chain() == before);
    assert_eq!((&world.store).head().unwrap(), Some(commit), "what is to come stays");
    world.pass(1);
    world.ok(&bob, &[put(&elsewhere)]);
    assert_eq!(world.state().claims.len(), 2, "both count");
}

/// TIME-3, with legal twin: a clock that went back does not make a verified ledger a fork, nor move the pin.
#[test]
fn clock_that_goes_back_does_not_unverify_a_ledger() {
    let (mut world, alice, _) = cast();
    for hour in 0..30 {
        world.pass(3_600);
        world.claim_and_release(&alice, hour);
    }
    let long_ago = world.now - Span::from_s(20 * 3_600);
    let head = world.chain().head;
    for open in [Ledger::open, Ledger::open_anew] {
        let ledger = open(world.store, long_ago).unwrap();
        assert_eq!((ledger.chain().head, ledger.outlook()), (head, Outlook::Current));
        assert_eq!(ledger.store().recall().unwrap().unwrap().head, head);
    }
    // What is beyond the pin still waits.
    let claim = put(&world.draft_claim(&alice, &["src/"]));
    let chain = world.chain();
    let commit = world.commit(&alice, chain.head, chain.valid_tree, &[claim], world.now);
    world.store.force_head(commit);
    let ledger = Ledger::open(world.store, long_ago).unwrap();
    assert_eq!((ledger.chain().head, ledger.outlook()), (head, Outlook::Waiting(commit, world.now)));
}

#[test]
fn remembered_chain_equals_the_judged_one_and_saves_judging() {
    let (mut world, alice, _) = cast();
    for index in 0..60 {
        world.claim_and_release(&alice, index);
    }
    let warm = Ledger::open(world.store, world.now).unwrap();
    assert!(warm.judged() < 30, "{}", warm.judged());
    let cold = Ledger::open_anew(world.store, world.now).unwrap();
    assert_eq!((cold.chain(), warm.chain()), (world.chain(), world.chain()));
    assert!(cold.judged() > 100);
}

/// Signatures of many entries are verified ahead of the judge: each says the same as when it is its turn.
#[test]
fn long_line_is_judged_as_one_entry_after_the_other() {
    let (mut world, alice, bob) = cast();
    let mallory = Actor::named("mallory");
    for index in 0..600 {
        let chain = world.chain();
        // Nobody signs these as whoever they say they are, in the first hundreds and beyond.
        let signer = if index % 97 == 5 { &mallory } else { &bob };
        let payload = world.payload(Some(chain.head), chain.valid_tree, &[], world.now);
        let armor = match index % 101 {
            7 => alice.secret().sign("file", payload.bytes()),
            8 => alice.secret().sign("git", b"something else"),
            _ => signer.secret().sign("git", payload.bytes()),
        };
        let commit = world.write_signed(payload, armor);
        world.take(commit);
    }
    let cold = Ledger::open_anew(world.store, world.now).unwrap();
    assert_eq!(cold.chain(), world.chain());
    let codes = cold.voids().iter().map(|void| void.refusal.code);
    assert_eq!(
        codes.collect::<Vec<_>>(),
        world.ledger.voids().iter().map(|void| void.refusal.code).collect::<Vec<_>>()
    );
    assert!(cold.chain().void_count >= 18, "{}", cold.chain().void_count);
}

/// A torn, foreign or lying cache is no authority.
#[test]
fn torn_and_foreign_caches_are_ignored() {
    let (mut world, alice, _) = cast();
    world.claim(&alice, &["src/"]);
    let good = encode_chain(world.chain());
    assert_eq!(remembered(&good).as_ref(), Some(world.chain()));
    for length in 0..good.len() {
        assert_eq!(remembered(&good[..length]), None, "{length}");
    }
    for index in (0..good.len()).step_by(7) {
        let mut flipped = good.clone();
        flipped[index] ^= 0x20;
        assert_eq!(remembered(&flipped), None, "{index}");
    }
    // What was added later and is torn takes nothing from it.
    assert_eq!(remembered(&[good.clone(), vec![0]].concat()).as_ref(), Some(world.chain()));
    let foreign = World::with_policy(|policy| policy.replace("ttl-max       = \"4h\"", "ttl-max = \"5h\""));
    let head = world.chain().head;
    for chain in [good[..good.len() / 2].to_vec(), encode_chain(foreign.chain()), Vec::new(), good.clone()] {
        world.store.remember(&Snapshot { head, chain }).unwrap();
        let ledger = Ledger::open(world.store, world.now).unwrap();
        assert_eq!(ledger.chain(), world.chain());
    }
}

/// LED-5: a clone that never saw the ledger folds it to the same state.
#[test]
fn another_clone_folds_to_the_same_state() {
    let (mut world, alice, bob) = cast();
    let theirs = world.draft_claim(&bob, &["src/"]);
    world.force(&alice, &[put(&theirs)]);
    world.claim(&alice, &["src/"]);
    let clone = MemoryStore::default();
    clone.copy_objects_from(world.store);
    clone.force_head(world.chain().head);
    let ledger = Ledger::open(&clone, world.now).unwrap();
    assert_eq!(ledger.chain(), world.chain());
    assert_eq!(ledger.pin(), world.ledger.pin());
}
