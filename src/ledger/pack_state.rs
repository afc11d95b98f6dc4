//! How the state and its chain are remembered.

use imbl::OrdMap;
use imbl::OrdSet;

use crate::ledger::chain::Chain;
use crate::ledger::chain::VoidEntry;
use crate::ledger::pack::Pack;
use crate::ledger::pack::pack_bytes;
use crate::ledger::pack::pack_fields;
use crate::ledger::pack::pack_values;
use crate::ledger::pack::unpack_bytes;
use crate::rules::Answered;
use crate::rules::Code;
use crate::rules::Ending;
use crate::rules::Enrolled;
use crate::rules::Grant;
use crate::rules::Lease;
use crate::rules::Left;
use crate::rules::Noted;
use crate::rules::Pending;
use crate::rules::Refusal;
use crate::rules::State;
use crate::rules::Tombstone;
use crate::rules::Trust;
use crate::sign::PublicKey;

pack_values! {
    Ending { Released, HandedOver, Taken, Expired, Revoked }
    Trust { Confirmed, Provisional }
}

pack_fields! {
    Answered { approval, request_rev, given, given_time }
    Chain { head, pin, state, valid_tree, void_tree, voids, void_count }
    Enrolled { record, key, trust }
    Grant { token, time }
    Lease { claim, since, held }
    Left { branch, commit, note }
    Noted { finding, found, peak, triaged_by, raised_by_triage }
    Pending { request, opened, opened_time, updated, heads, holders }
    State {
        charter, height, time, policy, policy_digest, principals, keys, claims, tombstones, findings, requests,
        approvals, landed, landed_tokens, landed_deltas, used,
    }
    Tombstone { claim, since, token, ending, ended, ended_time, left }
    VoidEntry { commit, height, refusal }
}

impl Pack for PublicKey {
    fn pack(&self, out: &mut Vec<u8>) {
        pack_bytes(&self.to_blob(), out);
    }

    fn unpack(input: &mut &[u8]) -> Option<Self> {
        Self::from_blob(unpack_bytes(input)?).ok()
    }
}

impl Pack for Refusal {
    /// Without the obstacles: what a void entry wanted is of the past.
    fn pack(&self, out: &mut Vec<u8>) {
        self.code.as_str().to_owned().pack(out);
        self.record.pack(out);
        self.message.pack(out);
    }

    fn unpack(input: &mut &[u8]) -> Option<Self> {
        let name = String::unpack(input)?;
        let code = Code::ALL.iter().copied().find(|code| code.as_str() == name)?;
        Some(Self { code, record: Pack::unpack(input)?, message: Pack::unpack(input)?, obstacles: Vec::new() })
    }
}

impl<K: Pack + Ord + Clone, V: Pack + Clone> Pack for OrdMap<K, V> {
    fn pack(&self, out: &mut Vec<u8>) {
        (self.len() as u64).pack(out);
        for (key, value) in self {
            key.pack(out);
            value.pack(out);
        }
    }

    fn unpack(input: &mut &[u8]) -> Option<Self> {
        Vec::<(K, V)>::unpack(input).map(|pairs| pairs.into_iter().collect())
    }
}

impl<T: Pack + Ord + Clone> Pack for OrdSet<T> {
    fn pack(&self, out: &mut Vec<u8>) {
        (self.len() as u64).pack(out);
        self.iter().for_each(|value| value.pack(out));
    }

    fn unpack(input: &mut &[u8]) -> Option<Self> {
        Vec::<T>::unpack(input).map(|values| values.into_iter().collect())
    }
}
