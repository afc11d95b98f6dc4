//! A ledger in memory with a cast of principals and a clock that is set by hand.
//!
//! Every refusal is checked twice: as an append, and as the raw commit that stock git would make, which must be void for
//! the same reason and change nothing. Every world is judged again from its genesis when it ends.

mod actor;
mod filing;
mod lawgiving;
mod policy;
mod records;

use git_coord::format::WriteRecord;
use git_coord::format::commit::Payload;
use git_coord::format::commit::SignedCommit;
use git_coord::format::commit::Stamp;
use git_coord::ledger::AppendError;
use git_coord::ledger::Appended;
use git_coord::ledger::Chain;
use git_coord::ledger::Draft;
use git_coord::ledger::Edit;
use git_coord::ledger::Ledger;
use git_coord::ledger::MemoryStore;
use git_coord::ledger::Step;
use git_coord::ledger::Store;
use git_coord::ledger::encode_chain;
use git_coord::model::Charter;
use git_coord::model::HashKind;
use git_coord::model::ObjectId;
use git_coord::model::Principal;
use git_coord::model::PrincipalKind;
use git_coord::model::RecordId;
use git_coord::model::RecordKind;
use git_coord::model::RecordPath;
use git_coord::model::Span;
use git_coord::model::Timestamp;
use git_coord::rules::Code;
use git_coord::rules::Lease;
use git_coord::rules::Refusal;
use git_coord::rules::State;
use std::convert::Infallible;

use crate::support::cache::remembered;

pub use actor::Actor;
pub use filing::Filed;
pub use filing::name;
pub use filing::principal;
pub use filing::put;
pub use filing::remove;
pub use filing::take_away;
pub use filing::text;
pub use filing::write;
pub use policy::AUDIENCE;
pub use policy::POLICY;

pub use records::patterns;

use policy::CAST;

/// A ledger in memory with its clock.
#[derive(Debug)]
pub struct World {
    pub store: &'static MemoryStore,
    pub ledger: Ledger<&'static MemoryStore>,
    pub now: Timestamp,
    ids: u64,
}

impl World {
    /// Returns a ledger under the policy above: one root member, `maria`, and the cast.
    pub fn new() -> Self {
        Self::with_policy(str::to_owned)
    }

    /// Returns a ledger with the cast under an edited policy.
    pub fn with_policy(edit: impl FnOnce(&str) -> String) -> Self {
        Self::with_roots(&["maria"], edit)
    }

    /// Returns a ledger with the cast under an edited policy with these root members.
    pub fn with_roots(roots: &[&str], edit: impl FnOnce(&str) -> String) -> Self {
        let roots: Vec<_> = roots.iter().map(|name| Actor::named(name)).collect();
        let mut world = Self::begin(&roots, &edit(POLICY)).unwrap();
        for (name_of, kind, role, vendor, operator) in CAST {
            let actor = Actor::named(name_of);
            let mut record = principal(&actor, kind, role, &roots[0]);
            record.vendor = vendor.map(name);
            record.operator = Some(name(operator));
            world.ok(&roots[0], &[put(&record)]);
            if !world.state().is_enough_as_root(&roots[0].id) {
                // It takes another one's word as well.
                let said = Principal { confirmed_by: Some(roots[1].id.clone()), ..world.next_record(&actor) };
                world.ok(&roots[1], &[put(&said)]);
            }
        }
        world
    }

    /// Begins a ledger with these human root members and nobody else.
    pub fn begin(roots: &[Actor], policy: &str) -> Result<Self, Refusal> {
        let records: Vec<_> = roots
            .iter()
            .map(|root| principal(root, PrincipalKind::Human, "maintainer", &roots[0]))
            .map(|record| put(&Principal { operator: Some(name(record.id.name())), ..record }))
            .collect();
        Self::begin_with(&roots[0], &records, &with_roots(policy, roots))
    }

    /// Begins a ledger with a charter, this policy and these further records.
    pub fn begin_with(signer: &Actor, records: &[Edit], policy: &str) -> Result<Self, Refusal> {
        let now = Timestamp::from_unix_s(1_800_000_000).unwrap();
        let charter = Charter { rules: 1, audience: text(AUDIENCE), created: now };
        let mut edits = vec![
            write(RecordPath::Charter, &charter.to_text()),
            write(RecordPath::Readme, "A ledger.\n"),
            write(RecordPath::Policy, policy),
        ];
        for record in records {
            edits.retain(|edit| edit.path != record.path);
            edits.extend(record.text.is_some().then(|| record.clone()));
        }
        let store: &'static MemoryStore = Box::leak(Box::default());
        let draft = Draft { edits, message: "Begin".to_owned() };
        match Ledger::begin::<Infallible>(store, &signer.author(), now, &draft) {
            Ok(ledger) => Ok(Self { store, ledger, now, ids: 0 }),
            Err(AppendError::Refused(refusal)) => Err(refusal),
            Err(other) => panic!("cannot begin: {other}"),
        }
    }

    pub fn state(&self) -> &State {
        self.ledger.state()
    }

    pub fn chain(&self) -> &Chain {
        self.ledger.chain()
    }

    #[track_caller]
    pub fn lease(&self, id: &RecordId) -> &Lease {
        self.state().claims.get(id).expect("the claim is live")
    }

    /// Lets time pass.
    pub fn pass(&mut self, seconds: u64) {
        self.now = self.now + Span::from_s(seconds);
    }

    /// Returns an id that was not used before.
    pub fn id(&mut self, kind: RecordKind) -> RecordId {
        self.ids += 1;
        let [.., a, b, c, d, e] = self.ids.to_be_bytes();
        RecordId::from_random(kind, [a, b, c, d, e])
    }

    /// Appends an entry, or says why not.
    pub fn append(&mut self, who: &Actor, edits: &[Edit], message: &str) -> Result<Appended, Refusal> {
        let draft = Draft { edits: edits.to_vec(), message: message.to_owned() };
        let now = self.now;
        match self.ledger.append::<Infallible>(&who.author(), now, |_, _| Ok(draft.clone())) {
            Ok(appended) => Ok(appended),
            Err(AppendError::Refused(refusal)) => Err(refusal),
            Err(other) => panic!("cannot append: {other}"),
        }
    }

    /// Appends an entry that must be legal; returns its height.
    #[track_caller]
    pub fn ok(&mut self, who: &Actor, edits: &[Edit]) -> u64 {
        match self.append(who, edits, "Change") {
            Ok(appended) => appended.height,
            Err(refusal) => panic!("refused: {} {:?} {refusal}", refusal.code, refusal.record),
        }
    }

    /// Tries an entry that must be refused for this reason, and leave everything as it was.
    #[track_caller]
    pub fn refuse(&mut self, who: &Actor, edits: &[Edit], code: Code) -> Refusal {
        let before = self.chain().clone();
        let refusal = match self.append(who, edits, "Change") {
            Ok(_) => panic!("accepted, `{code}` was expected"),
            Err(refusal) => refusal,
        };
        assert_eq!(refusal.code, code, "{:?} {refusal}", refusal.record);
        assert!(*self.chain() == before, "a refused append changed something");
        self.check_void_as_commit(who, edits, code);
        refusal
    }

    /// The same change as a commit of stock git is void and counts for nothing but its height.
    #[track_caller]
    fn check_void_as_commit(&self, who: &Actor, edits: &[Edit], code: Code) {
        let chain = self.chain();
        let time = self.now.max(chain.state.time);
        let commit = self.commit(who, chain.head, chain.valid_tree, edits, time);
        let Step::Taken(next, void) = chain.step(&self.store, commit, time).unwrap().unwrap() else {
            panic!("the entry should be void, not wait");
        };
        assert_eq!(void.expect("the entry is void").refusal.code, code);
        assert!(
            next.state == State { height: chain.state.height + 1, ..chain.state.clone() },
            "a void entry changed something"
        );
        assert_eq!((next.head, next.valid_tree), (commit, chain.valid_tree));
    }

    /// Tries to file a text at a place that no record has, as only stock git can.
    #[track_caller]
    pub fn refuse_file(&self, who: &Actor, path: &str, text: &str, code: Code) {
        let chain = self.chain();
        let blob = (&self.store).write_blob(text.as_bytes()).unwrap();
        let tree = (&self.store).edit_tree(Some(chain.valid_tree), &[(path.to_owned(), Some(blob))]).unwrap();
        let commit = self.commit(who, chain.head, tree, &[], self.now);
        let Step::Taken(next, void) = chain.step(&self.store, commit, self.now).unwrap().unwrap() else {
            panic!("the entry should be void, not wait");
        };
        assert_eq!(void.expect("the entry is void").refusal.code, code, "{path}");
        assert!(
            next.state == State { height: chain.state.height + 1, ..chain.state.clone() },
            "a void entry changed something"
        );
    }

    /// Makes a signed commit without asking anybody.
    pub fn commit(&self, who: &Actor, parent: ObjectId, base: ObjectId, edits: &[Edit], time: Timestamp) -> ObjectId {
        let payload = self.payload(Some(parent), base, edits, time);
        let armor = who.secret().sign("git", payload.bytes());
        self.write_signed(payload, armor)
    }

    pub fn payload(&self, parent: Option<ObjectId>, base: ObjectId, edits: &[Edit], time: Timestamp) -> Payload {
        let blob = |content: &String| (&self.store).write_blob(content.as_bytes()).unwrap();
        let edits: Vec<_> = edits.iter().map(|edit| (edit.path.to_string(), edit.text.as_ref().map(blob))).collect();
        let tree = (&self.store).edit_tree(Some(base), &edits).unwrap();
        let stamp = Stamp::new("Somebody", "somebody@example.org", time.unix_s(), "+0000").unwrap();
        Payload::build(tree, parent, stamp.clone(), stamp, "Change\n".to_owned()).unwrap()
    }

    pub fn write_signed(&self, payload: Payload, armor: String) -> ObjectId {
        let raw = SignedCommit::new(payload, armor).to_bytes(HashKind::Sha256);
        (&self.store).write_commit(&raw).unwrap()
    }

    /// Appends as stock git does: on whatever tree the head has, judged by nobody.
    pub fn force(&mut self, who: &Actor, edits: &[Edit]) -> ObjectId {
        let chain = self.chain();
        let base = chain.void_tree.unwrap_or(chain.valid_tree);
        let commit = self.commit(who, chain.head, base, edits, self.now.max(chain.state.time));
        self.take(commit);
        commit
    }

    /// Moves the branch to a commit and follows it.
    pub fn take(&mut self, commit: ObjectId) {
        self.store.force_head(commit);
        self.ledger.refresh(self.now).unwrap();
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() || self.store.head().ok() != Some(Some(self.chain().head)) {
            return;
        }
        let anew = Ledger::open_anew(self.store, self.now.max(self.state().time)).unwrap();
        assert!(anew.chain() == self.chain(), "judging from genesis leads elsewhere");
        assert!(remembered(&encode_chain(self.chain())).as_ref() == Some(self.chain()), "the cache forgets");
    }
}

fn with_roots(policy: &str, roots: &[Actor]) -> String {
    let members: Vec<_> = roots.iter().map(|root| format!("\"{}\"", root.id)).collect();
    policy.replace("ROOTS", &members.join(", "))
}
