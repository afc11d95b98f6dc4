//! What is remembered of a verified chain between two commands: a private cache, thrown away whenever anything about it
//! changes.
//!
//! Two files. The *whole* holds every record, packed so that each kind is read when one is asked for. The *recent* one holds
//! what has changed since the whole was written, so that an entry costs its own size and not that of the ledger. Each has
//! a version in front, which tells a file of another program, and a checksum, which tells a torn one. The checksum is no
//! defence: whoever can write here can write anything.

use std::ops::Range;
use std::sync::Arc;

use crate::ledger::chain::Chain;
use crate::ledger::checksum::Checksum;
use crate::ledger::checksum::STEP_LEN;
use crate::ledger::pack::Pack;
use crate::ledger::store::Recalled;
use crate::rules::Bytes;
use crate::rules::Packed;
use crate::rules::Shelf;
use crate::rules::State;
use crate::rules::Stored;
use crate::rules::write_records;

/// Both change with the rules and with every stored shape.
const WHOLE: &[u8] = b"git-coord chain 34\n";
const RECENT: &[u8] = b"git-coord since 34\n";
const NUMBER_LEN: usize = 8;
/// How long what stands before the body is: version, checksum, length.
const HEADER_LEN: usize = WHOLE.len() + 2 * NUMBER_LEN;

/// A whole that records were packed in: its checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Base(u64);

/// Returns the bytes of a chain.
pub fn encode_chain(chain: &Chain) -> Vec<u8> {
    let mut out = Vec::with_capacity(64 * 1024);
    out.resize(HEADER_LEN, 0);
    let start = out.len();
    out.extend([0; NUMBER_LEN]);
    pack_core(chain, &mut out);
    put_length(&mut out, start);
    for_each_shelf(&chain.state, &mut WholeWriter { out: &mut out });
    seal(WHOLE, out)
}

/// Returns the bytes of what has changed in a chain since its records were packed in the base.
pub(crate) fn encode_recent(chain: &Chain, base: Base) -> Vec<u8> {
    let mut out = vec![0; HEADER_LEN];
    base.0.pack(&mut out);
    pack_core(chain, &mut out);
    for_each_shelf(&chain.state, &mut RecentWriter { out: &mut out });
    seal(RECENT, out)
}

/// Returns how many records have changed since they were packed.
pub(crate) fn recent_count(chain: &Chain) -> usize {
    let mut counter = Counter(0);
    for_each_shelf(&chain.state, &mut counter);
    counter.0
}

/// Returns the chain that was remembered, or `None` if that is torn, stale or of another program.
pub fn recalled_chain(recalled: &Recalled) -> Option<Chain> {
    decode(Arc::clone(&recalled.whole), &recalled.recent).map(|(chain, _)| chain)
}

/// Returns the chain of a whole and, if they continue that one, of the recent bytes.
pub(crate) fn decode(whole: Arc<dyn Bytes>, recent: &[u8]) -> Option<(Chain, Base)> {
    let (base, length) = check(WHOLE, &*whole)?;
    let chain = read_whole(&whole, length)?;
    // What does not continue the whole, or is torn or of another program, takes nothing from it.
    let continued = || {
        let (_, recent_length) = check(RECENT, &recent)?;
        let mut input = recent.get(HEADER_LEN..recent_length)?;
        (u64::unpack(&mut input)? == base.0 && recent_length == recent.len()).then_some(())?;
        read_recent(chain.clone(), &mut input)
    };
    let continued = continued();
    Some((continued.unwrap_or(chain), base))
}

/// Returns whether these are no bytes of something recent, or only a part of them.
pub(crate) fn is_torn(recent: &[u8]) -> bool {
    check(RECENT, &recent).is_none_or(|(_, length)| length != recent.len())
}

/// Returns the base that these bytes are, or continue, judged by their first bytes only.
pub(crate) fn base_of(bytes: &[u8]) -> Option<Base> {
    if bytes.starts_with(WHOLE) {
        return Some(Base(number(bytes, WHOLE.len())?));
    }
    bytes.starts_with(RECENT).then_some(())?;
    u64::unpack(&mut bytes.get(HEADER_LEN..)?).map(Base)
}

/// Returns whether the bytes only continue a whole that was remembered before.
pub(crate) fn is_recent(bytes: &[u8]) -> bool {
    bytes.starts_with(RECENT)
}

/// Writes the length of what stands behind a place that was left for it.
fn put_length(out: &mut [u8], start: usize) {
    let length = ((out.len() - start - NUMBER_LEN) as u64).to_le_bytes();
    out[start..start + NUMBER_LEN].copy_from_slice(&length);
}

fn seal(version: &[u8], mut bytes: Vec<u8>) -> Vec<u8> {
    let length = (bytes.len() - HEADER_LEN) as u64;
    bytes[..version.len()].copy_from_slice(version);
    bytes[version.len() + NUMBER_LEN..HEADER_LEN].copy_from_slice(&length.to_le_bytes());
    let sum = Checksum::of(&bytes[version.len() + NUMBER_LEN..]);
    bytes[version.len()..version.len() + NUMBER_LEN].copy_from_slice(&sum.to_le_bytes());
    bytes
}

/// Returns the checksum in front of these bytes and where their body ends, if both are right.
fn check(version: &[u8], bytes: &dyn Bytes) -> Option<(Base, usize)> {
    let mut header = [0; HEADER_LEN];
    bytes.read(0, &mut header)?;
    header.starts_with(version).then_some(())?;
    let sum = number(&header, version.len())?;
    let length = usize::try_from(number(&header, version.len() + NUMBER_LEN)?).ok()?.checked_add(HEADER_LEN)?;
    (length <= bytes.size()).then_some(())?;
    (checksum_of(bytes, version.len() + NUMBER_LEN..length)? == sum).then_some((Base(sum), length))
}

/// How much is read at once to be summed up: what fits into a processor's cache.
const BLOCK_LEN: usize = 2_048 * STEP_LEN;

/// Sums up a part of some bytes without keeping them.
fn checksum_of(bytes: &dyn Bytes, part: Range<usize>) -> Option<u64> {
    let mut block = vec![0; part.len().min(BLOCK_LEN)];
    let mut checksum = Checksum::new();
    let mut at = part.start;
    while at < part.end {
        let block = &mut block[..(part.end - at).min(BLOCK_LEN)];
        bytes.read(at, block)?;
        checksum.add(block);
        at += block.len();
    }
    Some(checksum.sum())
}

fn read_number(bytes: &dyn Bytes, at: usize) -> Option<usize> {
    let mut number = [0; NUMBER_LEN];
    bytes.read(at, &mut number)?;
    usize::try_from(u64::from_le_bytes(number)).ok()
}

fn number(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + NUMBER_LEN)?.try_into().ok()?))
}

/// Packs everything but the records.
fn pack_core(chain: &Chain, out: &mut Vec<u8>) {
    let Chain { head, pin, state, valid_tree, void_tree, voids, void_count } = chain;
    (*head, *pin).pack(out);
    (*valid_tree, *void_tree).pack(out);
    voids.pack(out);
    void_count.pack(out);
    state.charter.pack(out);
    (state.height, state.time).pack(out);
    state.open_finding_count.pack(out);
    (state.policy.clone(), state.policy_digest).pack(out);
}

/// Reads everything but the records, which are taken from a state.
fn unpack_core(input: &mut &[u8], shelves: Option<State>) -> Option<Chain> {
    let (head, pin) = Pack::unpack(input)?;
    let (valid_tree, void_tree) = Pack::unpack(input)?;
    let (voids, void_count) = (Pack::unpack(input)?, Pack::unpack(input)?);
    let charter = Pack::unpack(input)?;
    let (height, time) = Pack::unpack(input)?;
    let open_finding_count = Pack::unpack(input)?;
    let (policy, policy_digest) = Pack::unpack(input)?;
    let bare = State::without_records(charter, time, policy, policy_digest);
    let bare = State { height, open_finding_count, ..bare };
    let state = match shelves {
        Some(shelves) => State {
            charter: bare.charter,
            height,
            time,
            policy: bare.policy,
            policy_digest,
            open_finding_count,
            ..shelves
        },
        None => bare,
    };
    Some(Chain { head, pin, state, valid_tree, void_tree, voids, void_count })
}

fn read_whole(bytes: &Arc<dyn Bytes>, length: usize) -> Option<Chain> {
    let core_len = read_number(&**bytes, HEADER_LEN)?;
    let end = (HEADER_LEN + NUMBER_LEN).checked_add(core_len).filter(|end| *end <= length)?;
    let mut core = vec![0; core_len];
    bytes.read(end - core_len, &mut core)?;
    let mut input = core.as_slice();
    let mut chain = unpack_core(&mut input, None)?;
    input.is_empty().then_some(())?;
    let mut reader = WholeReader { bytes, at: end, end: length, is_whole: true };
    for_each_shelf_mut(&mut chain.state, &mut reader);
    (reader.is_whole && reader.at == length).then_some(chain)
}

fn read_recent(chain: Chain, input: &mut &[u8]) -> Option<Chain> {
    let mut chain = unpack_core(input, Some(chain.state))?;
    let mut reader = RecentReader { input, is_whole: true };
    for_each_shelf_mut(&mut chain.state, &mut reader);
    (reader.is_whole && reader.input.is_empty()).then_some(chain)
}

/// What is done with every shelf of a state, whatever it holds.
trait Visit {
    fn visit<K: Pack + Ord + Clone, V: Pack + Clone>(&mut self, shelf: &Shelf<K, V>);
}

trait VisitMut {
    fn visit<K: Pack + Ord + Clone, V: Pack + Clone>(&mut self, shelf: &mut Shelf<K, V>);
}

/// Visits every shelf, always in the same order.
fn for_each_shelf(state: &State, visitor: &mut impl Visit) {
    visitor.visit(&state.principals);
    visitor.visit(&state.keys);
    visitor.visit(&state.claims);
    visitor.visit(&state.occupied);
    visitor.visit(&state.tombstones);
    visitor.visit(&state.findings);
    visitor.visit(&state.decisions);
    visitor.visit(&state.requests);
    visitor.visit(&state.proposals);
    visitor.visit(&state.broken);
    visitor.visit(&state.petitions);
    visitor.visit(&state.runs);
    visitor.visit(&state.approvals);
    visitor.visit(&state.left_vetoes);
    visitor.visit(&state.landed);
    visitor.visit(&state.adopting);
    visitor.visit(&state.lapsed);
    visitor.visit(&state.landed_tokens);
    visitor.visit(&state.landed_deltas);
    visitor.visit(&state.paces);
    visitor.visit(&state.used);
}

/// As [`for_each_shelf`], and in its order.
fn for_each_shelf_mut(state: &mut State, visitor: &mut impl VisitMut) {
    visitor.visit(&mut state.principals);
    visitor.visit(&mut state.keys);
    visitor.visit(&mut state.claims);
    visitor.visit(&mut state.occupied);
    visitor.visit(&mut state.tombstones);
    visitor.visit(&mut state.findings);
    visitor.visit(&mut state.decisions);
    visitor.visit(&mut state.requests);
    visitor.visit(&mut state.proposals);
    visitor.visit(&mut state.broken);
    visitor.visit(&mut state.petitions);
    visitor.visit(&mut state.runs);
    visitor.visit(&mut state.approvals);
    visitor.visit(&mut state.left_vetoes);
    visitor.visit(&mut state.landed);
    visitor.visit(&mut state.adopting);
    visitor.visit(&mut state.lapsed);
    visitor.visit(&mut state.landed_tokens);
    visitor.visit(&mut state.landed_deltas);
    visitor.visit(&mut state.paces);
    visitor.visit(&mut state.used);
}

struct Counter(usize);

impl Visit for Counter {
    fn visit<K: Pack + Ord + Clone, V: Pack + Clone>(&mut self, shelf: &Shelf<K, V>) {
        self.0 += shelf.fresh().len();
    }
}

struct WholeWriter<'a> {
    out: &'a mut Vec<u8>,
}

impl Visit for WholeWriter<'_> {
    fn visit<K: Pack + Ord + Clone, V: Pack + Clone>(&mut self, shelf: &Shelf<K, V>) {
        let start = self.out.len();
        self.out.extend([0; NUMBER_LEN]);
        write_records(&shelf.stored(), self.out, |stored, out| match stored {
            Stored::Packed(bytes) => out.extend_from_slice(bytes),
            Stored::Fresh(key, value) => {
                key.pack(out);
                value.pack(out);
            }
        });
        put_length(self.out, start);
    }
}

struct WholeReader<'a> {
    bytes: &'a Arc<dyn Bytes>,
    at: usize,
    end: usize,
    is_whole: bool,
}

impl WholeReader<'_> {
    fn next<K: Pack + Ord, V: Pack>(&mut self) -> Option<Packed<K, V>> {
        let start = self.at + NUMBER_LEN;
        let end = start.checked_add(read_number(&**self.bytes, self.at)?)?;
        (end <= self.end).then_some(())?;
        self.at = end;
        Packed::new(Arc::clone(self.bytes), start..end, K::unpack, V::unpack)
    }
}

impl VisitMut for WholeReader<'_> {
    fn visit<K: Pack + Ord + Clone, V: Pack + Clone>(&mut self, shelf: &mut Shelf<K, V>) {
        match self.next() {
            Some(packed) => *shelf = Shelf::of(packed),
            None => self.is_whole = false,
        }
    }
}

struct RecentWriter<'a> {
    out: &'a mut Vec<u8>,
}

impl Visit for RecentWriter<'_> {
    fn visit<K: Pack + Ord + Clone, V: Pack + Clone>(&mut self, shelf: &Shelf<K, V>) {
        (shelf.len() as u64).pack(self.out);
        (shelf.fresh().len() as u64).pack(self.out);
        for (key, value) in shelf.fresh() {
            key.pack(self.out);
            value.pack(self.out);
        }
    }
}

struct RecentReader<'a, 'b> {
    input: &'a mut &'b [u8],
    is_whole: bool,
}

impl VisitMut for RecentReader<'_, '_> {
    fn visit<K: Pack + Ord + Clone, V: Pack + Clone>(&mut self, shelf: &mut Shelf<K, V>) {
        let mut next = || {
            let len = usize::try_from(u64::unpack(self.input)?).ok()?;
            shelf.change(Vec::unpack(self.input)?, len)
        };
        self.is_whole &= next().is_some();
    }
}
