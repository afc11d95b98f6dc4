//! How each kind of record is remembered.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::ledger::pack::Pack;
use crate::ledger::pack::pack_bytes;
use crate::ledger::pack::pack_fields;
use crate::ledger::pack::pack_texts;
use crate::ledger::pack::pack_values;
use crate::ledger::pack::unpack_bytes;
use crate::model::ActionRequest;
use crate::model::ActionRule;
use crate::model::Answer;
use crate::model::Approval;
use crate::model::ApprovalRule;
use crate::model::Argument;
use crate::model::Binding;
use crate::model::BreakGlass;
use crate::model::Charter;
use crate::model::CheckRule;
use crate::model::Claim;
use crate::model::ClaimMode;
use crate::model::ClaimRules;
use crate::model::CommitRule;
use crate::model::Contention;
use crate::model::Decision;
use crate::model::Distinct;
use crate::model::Enrolment;
use crate::model::Finding;
use crate::model::FindingKind;
use crate::model::FindingState;
use crate::model::ForgeRule;
use crate::model::HistoryRule;
use crate::model::Holders;
use crate::model::Input;
use crate::model::InputPath;
use crate::model::KeyRule;
use crate::model::Landed;
use crate::model::LandedClaim;
use crate::model::LeaseRule;
use crate::model::Mission;
use crate::model::NamedVeto;
use crate::model::Order;
use crate::model::Pattern;
use crate::model::Policy;
use crate::model::PolicyRequest;
use crate::model::Principal;
use crate::model::PrincipalId;
use crate::model::PrincipalKind;
use crate::model::Protection;
use crate::model::RecordId;
use crate::model::RecordName;
use crate::model::RefName;
use crate::model::RefPattern;
use crate::model::Request;
use crate::model::Requirement;
use crate::model::Resource;
use crate::model::Right;
use crate::model::Role;
use crate::model::Root;
use crate::model::Run;
use crate::model::RunState;
use crate::model::Severity;
use crate::model::Span;
use crate::model::Standing;
use crate::model::Text;
use crate::model::Timestamp;

pack_texts! {
    Argument = Argument::parse,
    InputPath = InputPath::parse,
    PrincipalId = PrincipalId::parse,
    RecordId = RecordId::parse,
    RecordName = RecordName::parse,
    RefName = RefName::parse,
    RefPattern = RefPattern::parse,
    Resource = Resource::parse,
}

pack_values! {
    Answer { Approve, Reject, Veto, Attest, Overrule }
    Binding { Delta, Tree }
    ClaimMode { Exclusive, Shared }
    CommitRule { Any, Signed }
    Contention { Refuse, Queue }
    Distinct { Operator, Vendor }
    Enrolment { ByOthers, BySelf }
    FindingKind { Bug, Risk, Note, Question }
    FindingState { Open, Resolved, Dismissed }
    HistoryRule { Delta, Strict }
    Holders { Anybody, HumansOnly }
    ForgeRule { Off, Delta }
    KeyRule { Any, UserPresence, UserVerification }
    LeaseRule { Any, Held }
    PrincipalKind { Agent, Human, Service }
    Requirement { Off, Warn, Auto, Deny }
    Right { Claim, Find, Triage, Request, Approve, Veto, Enroll, Revoke, ProposePolicy, Land, BreakGlass, Attest, Decide }
    RunState { Started, Succeeded, Failed, Unknown }
    Severity { Low, Medium, High, Critical }
    Standing { Active, Suspended, Revoked }
}

pack_fields! {
    ActionRequest { id, opener, action, order, delta, mission, title, summary }
    ActionRule { name, approvals, expires }
    Approval {
        request, principal, delta, answer, role, policy, reason, request_rev, base, base_tree, head, new_tree, passed,
        failed, overrules,
    }
    ApprovalRule { paths, count, from, distinct, bind, max_age, max_per_hour }
    BreakGlass { reason, expires }
    CheckRule { name, from, paths, max_age }
    Charter { rules, audience, created }
    Claim {
        rev, id, holder, intent, paths, resources, mode, contention, expires, task, mission, branch, offered_to,
        revoked_by,
    }
    ClaimRules { require, ttl, ttl_max, grace, per_principal }
    Decision { id, author, question, answer, paths, request, finding, supersedes }
    Finding { rev, id, author, kind, severity, text, paths, commit, request, half_life, state, mission }
    Input { path, digest }
    Landed {
        rev, target, old, new, request, delta, approvals, claims, signers, elsewhere, contributors, unknown_authors, paths, verdict, policy, decided_at,
        rights_head, now,
    }
    LandedClaim { id, token }
    Mission { ttl_max, per_principal }
    NamedVeto { request, principal, entry }
    Order { argv, inputs }
    Policy { version, parent, root, roles, claims, missions, protections, actions }
    PolicyRequest { id, opener, version, delta, title, summary }
    Principal {
        rev, id, kind, role, vendor, operator, key, status, enrolled_by, confirmed_by, suspect_since, rotation,
        capabilities,
    }
    Protection { name, mission, refs, commits, forge_commits, history, claims, block_on, approvals, checks }
    Request {
        rev, id, opener, target, base, base_tree, head, new_tree, delta, claims, mission, title, summary,
        break_glass,
    }
    Role { may, lanes, holders, enrolment, keys }
    Root { threshold, members }
    Run {
        rev, id, runner, action, order, delta, nonce, approvals, policy, state, status, signal, seconds, finished,
    }
}

impl Pack for Pattern {
    fn pack(&self, out: &mut Vec<u8>) {
        pack_bytes(self.as_str().as_bytes(), out);
    }

    fn unpack(input: &mut &[u8]) -> Option<Self> {
        std::str::from_utf8(unpack_bytes(input)?).ok().map(Self::recall)
    }
}

impl Pack for Text {
    fn pack(&self, out: &mut Vec<u8>) {
        pack_bytes(self.as_str().as_bytes(), out);
    }

    fn unpack(input: &mut &[u8]) -> Option<Self> {
        Self::parse_multiline(std::str::from_utf8(unpack_bytes(input)?).ok()?).ok()
    }
}

impl Pack for Timestamp {
    fn pack(&self, out: &mut Vec<u8>) {
        self.unix_s().cast_unsigned().pack(out);
    }

    fn unpack(input: &mut &[u8]) -> Option<Self> {
        Self::from_unix_s(u64::unpack(input)?.cast_signed())
    }
}

impl Pack for Span {
    fn pack(&self, out: &mut Vec<u8>) {
        self.seconds().pack(out);
    }

    fn unpack(input: &mut &[u8]) -> Option<Self> {
        u64::unpack(input).map(Self::from_s)
    }
}

impl<T: Pack + Ord> Pack for BTreeSet<T> {
    fn pack(&self, out: &mut Vec<u8>) {
        (self.len() as u64).pack(out);
        self.iter().for_each(|value| value.pack(out));
    }

    fn unpack(input: &mut &[u8]) -> Option<Self> {
        Vec::unpack(input).map(|values| values.into_iter().collect())
    }
}

impl<K: Pack + Ord, V: Pack> Pack for BTreeMap<K, V> {
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
