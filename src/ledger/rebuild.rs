//! A line of staged entries whose ground has moved: whoever has the turn makes them anew on what the branch has now, so that
//! not everybody who waits has to.
//!
//! What each entry changes stays the same, byte for byte; it is signed again by its own signer's key, judged again, and left
//! out if it is refused now, if that key is not at hand, or if its writer may want it no more: then its writer makes it again,
//! or is told why not.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use crate::format::RECORD_BYTES_MAX;
use crate::format::commit;
use crate::format::commit::Payload;
use crate::git::GitError;
use crate::git::TreeChange;
use crate::ledger::append::AppendError;
use crate::ledger::append::Author;
use crate::ledger::append::sign_entry;
use crate::ledger::chain::Chain;
use crate::ledger::clone::CloneStore;
use crate::ledger::line::Line;
use crate::ledger::notice::Place;
use crate::ledger::signer::Signer;
use crate::ledger::store::Store;
use crate::ledger::tentative::entries_beyond;
use crate::ledger::view::Ledger;
use crate::ledger::view::LedgerError;
use crate::model::ObjectId;
use crate::model::Timestamp;
use crate::rules::State;
use crate::sign::PublicKey;
use crate::sign::verify_commit;

/// Where landings are recorded.
const LANDED: &[u8] = b"landed/";

/// Finds what signs with a key, if it is at hand and asks nobody.
pub type KeyRing<'a> = dyn Fn(&State, &PublicKey) -> Option<Signer> + 'a;

/// A new record that is about to be made anew on a state that its writer has not seen.
pub struct MadeAnew<'a> {
    pub state: &'a State,
    pub time: Timestamp,
    pub path: &'a str,
    pub bytes: &'a [u8],
    /// The heights of the entries that its writer did not know.
    pub news: &'a RangeInclusive<u64>,
}

/// Returns whether a new record is to be thought over by whoever makes it, now that the state is another.
pub type Doubt<'a> = dyn Fn(&MadeAnew<'_>) -> bool + 'a;

/// What whoever makes a line anew does for those who wait on it.
pub struct Proxy<'a> {
    pub keys: &'a KeyRing<'a>,
    pub doubt: &'a Doubt<'a>,
}

/// Signers that were looked for already, by their public keys.
pub(super) type Signers = BTreeMap<PublicKey, Option<Signer>>;

impl Ledger<CloneStore> {
    /// Makes the line anew on top of the branch, and tells those who wait. Nothing is left of a line of which nothing could be
    /// made anew.
    pub(super) fn rebuild_line(
        &mut self,
        author: &Author<'_>,
        proxy: &Proxy<'_>,
        signers: &mut Signers,
        now: Timestamp,
    ) -> Result<Option<Line>, LedgerError> {
        let _lock = self.store().line_lock()?;
        let Some(line) = self.store().known_line()? else { return Ok(None) };
        let (store, head) = (self.store(), self.chain().head);
        if let Some(line) = store.line_on(head)? {
            // Somebody was just putting an entry on it; its bytes stay what they are (S13).
            return Ok(Some(line));
        }
        let mut notice = store.notice(line.name)?;
        let mut entries = entries_beyond(store, line.tip, head)?;
        // What was only here below the line is not for us to say again: `sync` does that (S12).
        let below = entries_beyond(store, line.base, head)?;
        entries.retain(|entry| !below.contains(entry));
        entries.reverse();
        let mut chain = self.chain().clone();
        // What stood before the line, and before an entry on it, its writer has seen.
        let news = line.height.saturating_sub(line.count as u64) + 1..=chain.height();
        for entry in &entries {
            let known = notice.known_as(*entry);
            let anew = self.sign_anew(&chain, (*entry, &news), author, proxy, signers, now)?;
            notice.moved.insert(known, anew.as_ref().map(|anew| Place { entry: anew.head, height: anew.height() }));
            chain = anew.unwrap_or(chain);
        }
        // What the branch has already is decided: the end of a push may not have been told.
        notice.decided = Some(Place { entry: head, height: self.chain().height() });
        let tip = chain.head;
        let count = (chain.height() - self.chain().height()) as usize;
        let line = Line { base: head, tip, name: line.name, height: chain.height(), count };
        store.say(line.name, &notice)?;
        if count == 0 {
            store.drop_line()?;
            return Ok(None);
        }
        store.keep_line(line, &chain, self.base())?;
        store.set_line(tip)?;
        Ok(Some(line))
    }

    /// Makes an entry once more, on top of a chain. `None` if that cannot be done for its writer.
    fn sign_anew(
        &self,
        chain: &Chain,
        (entry, news): (ObjectId, &RangeInclusive<u64>),
        author: &Author<'_>,
        proxy: &Proxy<'_>,
        signers: &mut Signers,
        now: Timestamp,
    ) -> Result<Option<Chain>, LedgerError> {
        let store = self.store();
        let Some((payload, key)) = read(store, entry)? else { return Ok(None) };
        let signer = if key == author.signer.key() {
            author.signer
        } else {
            let found = signers.entry(key).or_insert_with_key(|key| (proxy.keys)(self.state(), key));
            let Some(signer) = found.as_ref() else { return Ok(None) };
            signer
        };
        let Some(parent) = payload.parents().first() else { return Ok(None) };
        let base = store.repository().commit_links(*parent)?.tree;
        let changes = store.tree_changes(Some(base), payload.tree())?;
        if !is_independent(&changes) {
            return Ok(None);
        }
        let mut edits = Vec::new();
        for change in changes {
            let Ok(path) = String::from_utf8(change.path) else { return Ok(None) };
            if store.repository().file_entry(chain.valid_tree, &path)? != change.old.map(|(_, blob)| blob) {
                return Ok(None);
            }
            if let (None, Some((_, blob))) = (change.old, change.new) {
                let bytes = store.blob(blob, RECORD_BYTES_MAX as u64)?;
                let made = MadeAnew { state: &chain.state, time: now, path: &path, bytes: &bytes, news };
                if (proxy.doubt)(&made) {
                    return Ok(None);
                }
            }
            edits.push((path, change.new.map(|(_, blob)| blob)));
        }
        let tree = store.edit_tree(Some(chain.valid_tree), &edits)?;
        let (name, mail) = (payload.author().name().to_owned(), payload.author().mail().to_owned());
        let message = payload.message().strip_suffix('\n').unwrap_or(payload.message());
        let time = now.max(chain.state.time);
        let author = Author { name, mail, signer };
        let made = sign_entry::<LedgerError>(&author, tree, Some(chain.head), time, message);
        match made.and_then(|signed| self.write(chain, signed)) {
            Ok(anew) => Ok(Some(anew)),
            Err(AppendError::Ledger(error)) => Err(error),
            // Its writer asks again, and is told.
            Err(_) => Ok(None),
        }
    }
}

/// Returns whether the same changes mean the same on another state. Who gives something up for what it takes, and who records
/// what landed, has looked at more than the records that it writes, and looks again. A word against a veto names the entry in
/// which that was given: the judge tells whether it is still the one that was meant.
fn is_independent(changes: &[TreeChange]) -> bool {
    let gives_up = changes.iter().any(|change| change.new.is_none());
    let takes = changes.iter().any(|change| change.old.is_none());
    let lands = changes.iter().any(|change| change.path.starts_with(LANDED));
    !(lands || gives_up && takes)
}

/// Reads an entry of the line, and who signed it.
fn read(store: &CloneStore, entry: ObjectId) -> Result<Option<(Payload, PublicKey)>, GitError> {
    let Ok(signed) = commit::parse(&store.commit(entry)?, store.hash_kind()) else { return Ok(None) };
    let payload = signed.payload().clone();
    Ok(verify_commit(signed).ok().map(|verified| (payload, verified.key().clone())))
}
