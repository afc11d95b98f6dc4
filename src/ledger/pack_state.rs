//! How the state and its chain are remembered.

use imbl::OrdMap;

use crate::ledger::chain::VoidEntry;
use crate::ledger::pack::Pack;
use crate::ledger::pack::pack_fields;
use crate::ledger::pack::pack_values;
use crate::model::Digest;
use crate::rules::Adopting;
use crate::rules::Answered;
use crate::rules::Attestations;
use crate::rules::Attested;
use crate::rules::Broken;
use crate::rules::CheckResult;
use crate::rules::Code;
use crate::rules::Ending;
use crate::rules::Enrolled;
use crate::rules::Grant;
use crate::rules::Lease;
use crate::rules::Left;
use crate::rules::LeftVeto;
use crate::rules::NamedHead;
use crate::rules::Noted;
use crate::rules::Pace;
use crate::rules::Pending;
use crate::rules::Petition;
use crate::rules::Proposed;
use crate::rules::Reach;
use crate::rules::Refusal;
use crate::rules::Running;
use crate::rules::Settled;
use crate::rules::Tombstone;
use crate::rules::Trust;
use crate::sign::PublicKey;

pack_values! {
    CheckResult { Passed, Failed }
    Trust { Confirmed, Provisional }
}

pack_fields! {
    Adopting { rev, new, by }
    Answered { approval, entry, request_rev, given, given_time, within_hour, signed, attested, for_root }
    Attestations { words, former, untold }
    Attested { result, role, given, given_time, signed }
    Broken { pending, landed, height, missions }
    Enrolled { record, key, trust, reach, confirmed_as }
    Grant { token, time }
    Lease { claim, since, held }
    Left { branch, commit, note }
    LeftVeto { target, veto }
    NamedHead { head, landed }
    Noted { finding, found, peak, triaged_by, triaged, filed_with_weight, raised_by_triage, raised_by_another, bound }
    Pace { since, count, approvals }
    Pending { request, opened, opened_time, updated, heads, holders, signed }
    Petition { request, opened, opened_time }
    Proposed { request, policy, opened, opened_time, signed }
    Reach { may, lanes }
    Running { run, since, since_time }
    Settled { decision, since, since_time, superseded_by }
    Tombstone { claim, since, token, ending, ended, ended_time, left }
    VoidEntry { commit, height, refusal }
}

impl Pack for Ending {
    fn pack(&self, out: &mut Vec<u8>) {
        match self {
            Self::Released => out.push(0),
            Self::HandedOver => out.push(1),
            Self::Taken => out.push(2),
            Self::Expired => out.push(3),
            Self::Revoked => out.push(4),
            Self::Replaced(successors) => {
                out.push(5);
                successors.pack(out);
            }
        }
    }

    fn unpack(input: &mut &[u8]) -> Option<Self> {
        Some(match u8::unpack(input)? {
            0 => Self::Released,
            1 => Self::HandedOver,
            2 => Self::Taken,
            3 => Self::Expired,
            4 => Self::Revoked,
            5 => Self::Replaced(Pack::unpack(input)?),
            _ => return None,
        })
    }
}

impl Pack for PublicKey {
    /// As it is: it was checked when it was enrolled, and is again whenever a signature is.
    fn pack(&self, out: &mut Vec<u8>) {
        match self {
            Self::Ed25519(key) => (0_u8, Digest::new(*key)).pack(out),
            Self::SkEd25519 { key, application } => {
                (1_u8, Digest::new(*key)).pack(out);
                application.pack(out);
            }
        }
    }

    fn unpack(input: &mut &[u8]) -> Option<Self> {
        let (kind, key) = <(u8, Digest)>::unpack(input)?;
        let key = *key.as_bytes();
        match kind {
            0 => Some(Self::Ed25519(key)),
            1 => Some(Self::SkEd25519 { key, application: String::unpack(input)? }),
            _ => None,
        }
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
