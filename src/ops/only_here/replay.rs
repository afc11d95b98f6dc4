//! What becomes of entries that were only here: each is signed anew on top of what the remote has, and judged there. Nobody
//! sees anything of it before all of it stands.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::format::commit;
use crate::ledger::AppendError;
use crate::ledger::Draft;
use crate::ledger::Edit;
use crate::ledger::Ledger;
use crate::ledger::Staging;
use crate::ledger::entries_beyond;
use crate::model::ObjectId;
use crate::model::PrincipalId;
use crate::model::RecordPath;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::identity;
use crate::ops::identity::Identity;
use crate::ops::only_here::waiting::Written;
use crate::rules::Code;
use crate::rules::Enrolled;
use crate::rules::Refusal;
use crate::sign::PublicKey;
use crate::sign::verify_commit;

/// The trailer that names the entry which this one says again.
const TRAILER: &str = "Coord-Replays";

/// What became of an entry that was only here.
#[derive(Clone, Debug)]
pub struct Fate {
    /// The entry as it was written here.
    pub commit: ObjectId,
    pub subject: String,
    pub signer: Option<PrincipalId>,
    pub records: Vec<RecordPath>,
    pub became: Became,
}

/// What became of an entry that was only here.
#[derive(Clone, Debug)]
pub enum Became {
    /// It is where the ledger is decided, as this entry.
    Confirmed(ObjectId),
    /// It was judged there, and does not count.
    Lost(Refusal),
    /// It was about what this entry, which was lost, had brought.
    LostWith(ObjectId),
    /// It never counted.
    Void(Refusal),
    /// It waits for its signer's key, or for this entry, which does.
    Waiting(Option<ObjectId>),
}

impl Fate {
    pub(crate) fn new(context: &Context, entry: &Written, became: Became) -> Self {
        let signer = enrolled(context, entry);
        Self {
            commit: entry.commit,
            subject: entry.subject(),
            signer: signer.map(|signer| signer.record.id.clone()),
            records: entry.edits.iter().map(|(path, _)| path.clone()).collect(),
            became,
        }
    }

    /// Returns whether somebody loses something.
    pub fn is_lost(&self) -> bool {
        matches!(self.became, Became::Lost(_) | Became::LostWith(_))
    }
}

/// Tries entries, in their order, on top of a ledger. Returns what becomes of each.
pub(crate) fn replay(context: &Context, base: &mut Ledger<Staging>, entries: &[Written]) -> Result<Vec<Fate>, Failure> {
    let arrived = Arrived::find(context, base, entries)?;
    let mut identities: BTreeMap<String, Option<Identity>> = BTreeMap::new();
    // Which entry was the first that did not get through, for each record that it was about.
    let mut held_back: BTreeMap<RecordPath, (ObjectId, Hold)> = BTreeMap::new();
    let mut fates = Vec::new();
    for entry in entries {
        if let Some(there) = arrived.of(entry) {
            fates.push(Fate::new(context, entry, Became::Confirmed(there)));
            continue;
        }
        let first = entry.edits.iter().find_map(|(path, _)| held_back.get(path)).copied();
        let became = match first {
            Some((first, Hold::Lost)) => Became::LostWith(first),
            Some((first, Hold::Waits)) => Became::Waiting(Some(first)),
            None => match enrolled(context, entry) {
                Some(enrolled) => {
                    let identity = signer(context, &mut identities, enrolled)?;
                    try_one(context, base, entry, identity)?
                }
                None => Became::Lost(Refusal::new(Code::KeyUnknown, "the key that signed it is nobody's any more")),
            },
        };
        let hold = match &became {
            Became::Lost(_) | Became::LostWith(_) => Some(Hold::Lost),
            Became::Waiting(_) => Some(Hold::Waits),
            Became::Confirmed(_) | Became::Void(_) => None,
        };
        if let Some(hold) = hold {
            let origin = first.map_or(entry.commit, |(origin, _)| origin);
            for (path, _) in &entry.edits {
                held_back.entry(path.clone()).or_insert((origin, hold));
            }
        }
        fates.push(Fate::new(context, entry, became));
    }
    Ok(fates)
}

#[derive(Clone, Copy)]
enum Hold {
    Lost,
    Waits,
}

fn try_one(
    context: &Context,
    base: &mut Ledger<Staging>,
    entry: &Written,
    identity: Option<&Identity>,
) -> Result<Became, Failure> {
    if is_there(context, base, entry)? {
        return Ok(Became::Confirmed(base.chain().head));
    }
    let Some(identity) = identity else { return Ok(Became::Waiting(None)) };
    let edits = entry.edits.iter().map(|(path, text)| Edit { path: path.clone(), text: text.clone() }).collect();
    let draft = Draft { edits, message: replayed(&entry.message, entry.commit) };
    let appended = base.append(&identity.author(), context.now(), |_, _| Ok::<_, Failure>(draft.clone()));
    match appended {
        Ok(appended) => Ok(Became::Confirmed(appended.commit)),
        Err(AppendError::Refused(refusal)) => Ok(Became::Lost(refusal)),
        Err(error) => Err(error.into()),
    }
}

/// Returns whether a ledger says already all that an entry says: what was left here may have reached the remote before, in an
/// entry that was signed otherwise.
fn is_there(context: &Context, base: &Ledger<Staging>, entry: &Written) -> Result<bool, Failure> {
    for (path, text) in &entry.edits {
        let Some(text) = text else { return Ok(false) };
        let found = context.repository.file_entry(base.chain().valid_tree, &path.to_string())?;
        let Some(blob) = found else { return Ok(false) };
        if context.repository.blob(blob, crate::format::RECORD_BYTES_MAX as u64)? != text.as_bytes() {
            return Ok(false);
        }
    }
    Ok(!entry.edits.is_empty())
}

fn enrolled<'a>(context: &'a Context, entry: &Written) -> Option<&'a Enrolled> {
    entry.key.as_ref().and_then(|key| context.state().principal_by_key(key))
}

/// Finds the way to sign as a principal, once for each of them.
fn signer<'a>(
    context: &Context,
    known: &'a mut BTreeMap<String, Option<Identity>>,
    enrolled: &Enrolled,
) -> Result<Option<&'a Identity>, Failure> {
    let name = enrolled.record.id.to_string();
    if !known.contains_key(&name) {
        let found = match identity::identity_of(enrolled, &context.repository, &context.surroundings) {
            Ok(identity) => Some(identity),
            Err(Failure::KeyMissing { .. } | Failure::KeyUnusable { .. }) => None,
            Err(failure) => return Err(failure),
        };
        known.insert(name.clone(), found);
    }
    Ok(known.get(&name).and_then(Option::as_ref))
}

/// Returns the message of an entry that says another one again.
fn replayed(message: &str, commit: ObjectId) -> String {
    let message = message.trim_end();
    let kept = message.lines().filter(|line| !line.starts_with(TRAILER)).collect::<Vec<_>>().join("\n");
    let kept = kept.trim_end();
    let last = kept.rsplit("\n\n").next().unwrap_or_default();
    let has_trailers = kept.contains("\n\n") && last.lines().all(|line| line.starts_with("Coord-"));
    format!("{kept}{}{TRAILER}: {commit}", if has_trailers { "\n" } else { "\n\n" })
}

/// Entries that are there already: a synchronisation may have been stopped after it had pushed.
struct Arrived {
    /// What is there as it is.
    same: BTreeSet<ObjectId>,
    /// By the entry that was said again: which says it, and who signed that.
    again: BTreeMap<ObjectId, (ObjectId, PublicKey)>,
}

impl Arrived {
    fn find(context: &Context, base: &Ledger<Staging>, entries: &[Written]) -> Result<Self, Failure> {
        let store = base.store();
        let mut arrived = Self { same: BTreeSet::new(), again: BTreeMap::new() };
        let mut looked_at = BTreeSet::new();
        for entry in entries {
            if entries_beyond(store, entry.commit, base.chain().head)?.is_empty() {
                arrived.same.insert(entry.commit);
                continue;
            }
            for id in entries_beyond(store, base.chain().head, entry.commit)? {
                if looked_at.insert(id) {
                    arrived.again.extend(said_again(context, id)?);
                }
            }
        }
        arrived.again.retain(|_, (id, _)| !base.voids().iter().any(|void| void.commit == *id));
        Ok(arrived)
    }

    fn of(&self, entry: &Written) -> Option<ObjectId> {
        if self.same.contains(&entry.commit) {
            return Some(entry.commit);
        }
        let (id, key) = self.again.get(&entry.commit)?;
        (Some(key) == entry.key.as_ref()).then_some(*id)
    }
}

/// Which entry is said again; which one says it, and who signed that.
type Again = (ObjectId, (ObjectId, PublicKey));

/// Returns which entry another one says again, and who signed it.
fn said_again(context: &Context, id: ObjectId) -> Result<Option<Again>, Failure> {
    let raw = context.repository.commit(id)?;
    let Ok(signed) = commit::parse(&raw, context.repository.hash_kind()) else { return Ok(None) };
    let message = signed.payload().message();
    let named = message.lines().find_map(|line| line.strip_prefix(TRAILER)?.strip_prefix(": ")?.parse().ok());
    let Some(named) = named else { return Ok(None) };
    let key = verify_commit(signed).ok().map(|verified| verified.key().clone());
    Ok(key.map(|key| (named, (id, key))))
}
