//! Those who mean harm with a key that is enrolled, and those who only try what they may not. The rogue makes entries by hand and
//! pushes them raw, as stock git would.

use git_coord::format::commit::Payload;
use git_coord::format::commit::SignedCommit;
use git_coord::format::commit::Stamp;
use git_coord::ledger::Edit;
use git_coord::ledger::Store;
use git_coord::model::HashKind;
use git_coord::model::ObjectId;
use git_coord::model::PrincipalKind;
use git_coord::model::RecordKind;
use git_coord::model::Span;
use git_coord::model::Standing;
use git_coord::model::Timestamp;

use crate::support::simulation::agent::Agent;
use crate::support::simulation::agent::half_an_hour_after;
use crate::support::simulation::attempts;
use crate::support::simulation::attempts::Trier;
use crate::support::simulation::code::Work;
use crate::support::simulation::drafts;
use crate::support::simulation::network;
use crate::support::simulation::oracle::MARK;
use crate::support::simulation::port::Port;
use crate::support::simulation::reach::Fault;
use crate::support::simulation::world::HUB;
use crate::support::simulation::world::Letter;
use crate::support::world::Actor;
use crate::support::world::principal;
use crate::support::world::put;

/// How an entry of the rogue is wrong, beside what it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    /// Only what it changes is.
    Content,
    Unsigned,
    Signature,
    Namespace,
    Dress,
    TwoSignatures,
    Early,
    Late,
    Empty,
    Path,
    Merge,
    /// It is on top of whatever tree the head has.
    Inherited,
    Stranger,
    /// Nothing is: somebody whom nobody knows enrolls itself as a guest.
    Newcomer,
}

impl Wrong {
    /// Returns whether an entry that is wrong so may count at all, whatever it changes.
    fn may_count(self) -> bool {
        matches!(self, Self::Content | Self::Late | Self::Inherited | Self::Newcomer)
    }
}

const WRONGS: [Wrong; 17] = [
    Wrong::Content,
    Wrong::Content,
    Wrong::Content,
    Wrong::Unsigned,
    Wrong::Signature,
    Wrong::Namespace,
    Wrong::Dress,
    Wrong::TwoSignatures,
    Wrong::Early,
    Wrong::Late,
    Wrong::Empty,
    Wrong::Path,
    Wrong::Merge,
    Wrong::Inherited,
    Wrong::Inherited,
    Wrong::Stranger,
    Wrong::Newcomer,
];

/// An entry that nobody has judged.
struct Raw<'a> {
    parent: ObjectId,
    /// The tree that it is made of.
    base: ObjectId,
    edits: &'a [Edit],
    time: Timestamp,
    wrong: Wrong,
    may_count: bool,
}

impl Agent {
    /// Tries something that it may not, by the program.
    pub fn try_something(&mut self) {
        let Some(mut ledger) = self.open() else { return };
        let number = self.dice.below(attempts::COUNT);
        let time = self.now().max(ledger.state().time);
        let state = ledger.state().clone();
        let mut dice = self.dice.clone();
        let edits = Trier { me: &self.actor, state: &state, time, dice: &mut dice }.attempt(number);
        self.dice = dice;
        if let Some(edits) = edits {
            self.write_as("try", !attempts::is_never_legal(number), &mut ledger, |_, _| Ok(edits.clone()));
        }
        self.close(ledger);
    }

    /// Pushes an entry that nobody has judged.
    pub fn push_raw(&mut self) {
        let server = HUB;
        let port = Port::new(&self.sim, self.me, self.clone, server, u64::MAX);
        let Ok(there) = network::ask(&port) else { return };
        if network::fetch(&port).is_err() {
            return;
        }
        let Some(head) = there.head else { return };
        let now = self.now();
        let Some(past) = self.sim.stage.inner().past(head) else { return };
        let settings = self.sim.stage.inner().sea.settings.clone();
        let often = if settings.lets_rewrite { 300 } else { 120 };
        let rewrites = (settings.lets_rewrite || settings.is_guarded) && self.dice.chance(often);
        if rewrites {
            return self.rewrite(&port, head, now);
        }
        let chain = &past.chain;
        // Whoever moves the protected branch along has an entry that would be legal by itself.
        let moves_code = settings.is_guarded && self.dice.chance(120);
        let wrong = if moves_code { &Wrong::Inherited } else { self.dice.pick(&WRONGS).unwrap_or(&Wrong::Content) };
        let wrong = *wrong;
        let time = now.max(chain.state.time);
        let number = self.dice.below(attempts::COUNT);
        let mut dice = self.dice.clone();
        let tried = Trier { me: &self.actor, state: &chain.state, time, dice: &mut dice }.attempt(number);
        self.dice = dice;
        let id = self.new_id(RecordKind::Claim);
        let claim = put(&drafts::claim(id, &self.actor.id, &["src/raw.rs"], half_an_hour_after(time)));
        let newcomer = Actor::named(&format!("guest{}", self.dice.below(1_000_000)));
        let mut may_count = wrong.may_count();
        let edits = match (wrong, tried) {
            (Wrong::Content, Some(edits)) => {
                may_count = !attempts::is_never_legal(number);
                edits
            }
            (Wrong::Empty, _) => Vec::new(),
            (Wrong::Newcomer, _) => vec![put(&principal(&newcomer, PrincipalKind::Agent, "guest", &newcomer))],
            _ => vec![claim],
        };
        let signer = match wrong {
            Wrong::Newcomer => newcomer,
            Wrong::Stranger => Actor::named("stranger"),
            _ => Actor::named(self.actor.id.name()),
        };
        let time = match wrong {
            Wrong::Early => chain.state.time - Span::from_s(5),
            Wrong::Late => now + Span::from_s(600),
            _ => time,
        };
        let base =
            if wrong == Wrong::Inherited { chain.void_tree.unwrap_or(chain.valid_tree) } else { chain.valid_tree };
        let raw = Raw { parent: head, base, edits: &edits, time, wrong, may_count };
        let Some((entry, deed)) = self.make(&port, &signer, &raw) else { return };
        let code = moves_code.then(|| (there.main, self.some_code(there.main)));
        let letter =
            Letter { clone: self.clone, server, old: Some(head), new: entry, code, is_forced: false, is_again: false };
        let is_revoked =
            chain.state.principal(&self.actor.id).is_some_and(|enrolled| enrolled.record.status != Standing::Active);
        let fault = if is_revoked { Fault::RevokedWrites } else { Fault::RogueEntry };
        self.tell(|| format!("pushes {} raw, {wrong:?}, attempt {number}", entry.short()));
        if network::send(&port, letter).is_ok() {
            self.sim.stage.inner().sea.reach.fault(fault);
        }
        self.look_at_what_counts(&port, deed, wrong);
    }

    /// Makes a commit that nobody asked for.
    fn some_code(&mut self, parent: ObjectId) -> ObjectId {
        let content = self.dice.throw().to_string();
        let (author, path) = (self.actor.id.name().to_owned(), "src/a.rs".to_owned());
        self.sim.stage.inner().sea.code.commit(Work { parent, author, path, content })
    }

    /// Counts why entries are void that a server without hooks has taken, and what it has made of them.
    fn look_at_what_counts(&mut self, port: &Port, deed: u64, wrong: Wrong) {
        let Ok(there) = network::ask(port) else { return };
        let mut inner = self.sim.stage.inner();
        let Some(past) = there.head.and_then(|head| inner.past(head)) else { return };
        if let Some(void) = past.chain.voids.last().filter(|void| Some(void.commit) == there.head) {
            inner.sea.reach.code(void.refusal.code);
        }
        if past.deeds.contains(&deed) {
            inner.sea.reach.deed(if wrong == Wrong::Newcomer { "enrolls itself" } else { "counts for the rogue" });
        }
    }

    /// Pushes a history without what others wrote last.
    fn rewrite(&mut self, port: &Port, head: ObjectId, now: Timestamp) {
        let line = self.sim.stage.inner().sea.line(head);
        let depth = self.dice.between(1, 3) as usize;
        let Some(base) = line.get(depth).copied() else { return };
        let Some(past) = self.sim.stage.inner().past(base) else { return };
        let id = self.new_id(RecordKind::Claim);
        let claim = put(&drafts::claim(id, &self.actor.id, &["src/raw.rs"], half_an_hour_after(now)));
        let time = now.max(past.chain.state.time);
        let (signer, wrong, base_tree) = (Actor::named(self.actor.id.name()), Wrong::Content, past.chain.valid_tree);
        let raw = Raw { parent: base, base: base_tree, edits: &[claim], time, wrong, may_count: true };
        let Some((entry, _)) = self.make(port, &signer, &raw) else { return };
        self.tell(|| format!("rewrites the ledger to {}", entry.short()));
        let letter = Letter {
            clone: self.clone,
            server: HUB,
            old: Some(head),
            new: entry,
            code: None,
            is_forced: true,
            is_again: false,
        };
        network::send(port, letter).ok();
    }

    fn make(&mut self, port: &Port, signer: &Actor, raw: &Raw<'_>) -> Option<(ObjectId, u64)> {
        let Raw { parent, base, edits, time, wrong, may_count } = *raw;
        let mut files = Vec::new();
        for edit in edits {
            let blob = match &edit.text {
                Some(text) => Some(port.write_blob(text.as_bytes()).ok()?),
                None => None,
            };
            files.push((edit.path.to_string(), blob));
        }
        if wrong == Wrong::Path {
            files.push(("elsewhere/x.toml".to_owned(), Some(port.write_blob(b"x").ok()?)));
        }
        let tree = port.edit_tree(Some(base), &files).ok()?;
        let deed = self.sim.stage.inner().sea.oracle.begin(signer.id.name(), may_count);
        let stamp = Stamp::new("Somebody", "somebody@example.org", time.unix_s(), "+0000").ok()?;
        let message = format!("{MARK}{deed}: raw\n");
        let payload = Payload::build(tree, Some(parent), stamp.clone(), stamp, message).ok()?;
        let secret = signer.secret();
        let raw = match wrong {
            Wrong::Unsigned => payload.bytes().to_vec(),
            Wrong::Signature => {
                let armor = secret.sign("git", b"something else");
                SignedCommit::new(payload, armor).to_bytes(HashKind::Sha256)
            }
            Wrong::Namespace => {
                let armor = secret.sign("file", payload.bytes());
                SignedCommit::new(payload, armor).to_bytes(HashKind::Sha256)
            }
            _ => {
                let armor = secret.sign("git", payload.bytes());
                SignedCommit::new(payload, armor).to_bytes(HashKind::Sha256)
            }
        };
        let text = String::from_utf8(raw).ok()?;
        let raw = match wrong {
            Wrong::Dress => text.replacen("\ngpgsig", "\nencoding UTF-8\ngpgsig", 1),
            Wrong::TwoSignatures => {
                let begin = text.find("gpgsig")?;
                let end = text.find("\n\n")?;
                let signature = text[begin..end].to_owned();
                text.replacen("\n\n", &format!("\n{signature}\n\n"), 1)
            }
            Wrong::Merge => text.replacen("\nauthor", &format!("\nparent {base}\nauthor"), 1),
            _ => text,
        };
        let id = port.write_commit(raw.as_bytes()).ok()?;
        // A merge has a first parent as well, which a server without hooks looks at.
        self.sim.stage.inner().sea.parents.entry(id).or_insert(Some(parent));
        Some((id, deed))
    }
}
