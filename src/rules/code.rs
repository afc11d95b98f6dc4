//! The stable codes of every refusal: API for programs, and the names by which the tests of attacks call them.

use std::fmt;

macro_rules! codes {
    ($($variant:ident $dotted:literal $attack:literal $rule:literal;)+) => {
        /// Why something was refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $(#[doc = $rule] $variant),+ }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the code as programs see it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $dotted),+ }
            }

            /// Returns the name that the list of attacks gives it.
            pub const fn attack(self) -> &'static str {
                match self { $(Self::$variant => $attack),+ }
            }

            /// Returns the rule that was broken, as a sentence.
            pub const fn rule(self) -> &'static str {
                match self { $(Self::$variant => $rule),+ }
            }
        }
    };
}

codes! {
    EntryNonCanonical "entry.noncanonical" "E_NONCANONICAL" "An entry has exactly one form of its bytes.";
    EntryMultipleSignatures "entry.multiple-signatures" "E_MULTISIG" "An entry has exactly one signature.";
    EntryUnsigned "entry.unsigned" "E_UNSIGNED" "Every entry is signed.";
    EntryInherited "entry.inherited" "E_VOID" "Nobody signs what a void entry brought in (S2).";
    EntryEmpty "entry.empty" "E_VOID" "An entry changes at least one record.";
    EntryTime "entry.time" "E_TIME" "An entry is not dated before the one it follows (S4).";
    EntrySkew "entry.skew" "E_SKEW" "An entry is not dated ahead of the acceptor's clock.";
    EntryQuota "entry.quota" "E_QUOTA" "A principal changes a bounded number of records an hour.";
    EntryMixed "entry.mixed" "E_RIGHT" "Enrolment of those who decide stands alone in its entry (S5).";
    SignatureBad "signature.bad" "E_BAD_SIG" "The signature fits the signed bytes.";
    SignatureMalleable "signature.malleable" "E_SIG_MALLEABLE" "A signature has exactly one form.";
    SignatureNamespace "signature.namespace" "E_SIG_NAMESPACE" "Commits are signed in the namespace `git`.";
    SignatureHash "signature.hash" "E_SIG_HASH" "Signatures are over SHA-512.";
    SignatureFlags "signature.hardware-flags" "E_SK_FLAGS" "A hardware key signs only when it is touched, and a role may ask for one, and that it checks its user (SIG-10).";
    SignaturePayload "signature.payload" "E_PAYLOAD_TYPE" "A signature counts for the kind of object that was signed.";
    KeyWeak "key.weak" "E_WEAK_KEY" "Keys of small order sign anything.";
    KeyType "key.type" "E_KEYTYPE" "Keys are ed25519, in a file or in hardware.";
    KeyUnknown "key.unknown" "E_UNKNOWN_KEY" "Whoever signs is enrolled.";
    KeyRevoked "key.revoked" "E_KEY_REVOKED" "Revoked and suspended principals do not act.";
    KeySuspect "key.suspect" "E_KEY_REVOKED" "What a suspect key signs is nobody's word (KEY-2).";
    KeyReused "key.reused" "E_KEY_REUSE" "One key belongs to one principal for ever.";
    LedgerMerge "ledger.merge" "E_LEDGER_MERGE" "The ledger is one chain (S1).";
    LedgerFork "ledger.fork" "E_FORK" "A ledger contains every head that was verified before (P3).";
    LedgerRoot "ledger.root" "E_ROOT_PIN" "A ledger begins with the genesis that is trusted here.";
    LedgerNotForward "ledger.not-forward" "E_NOT_FF" "The ledger only grows.";
    LedgerDelete "ledger.delete" "E_DELETE" "The ledger is never deleted.";
    LedgerTree "ledger.tree" "E_TREE" "The ledger's tree holds records at their places and nothing else.";
    LedgerStale "ledger.stale" "E_STALE_LEDGER" "Protected decisions need a fresh ledger.";
    RulesUnknown "ledger.rules-unknown" "E_UPGRADE" "A ledger is judged only under rules that this program knows (S3).";
    RecordParse "record.parse" "E_PARSE" "Records are read strictly.";
    RecordLimit "record.limit" "E_LIMIT" "Everything from outside is bounded.";
    RecordOwner "record.owner" "E_NOT_OWNER" "Records are changed by their owners.";
    RecordRight "record.right" "E_RIGHT" "Roles may do what the policy names.";
    RecordId "record.id" "E_SEQ" "An id is used once.";
    RecordRev "record.rev" "E_SEQ" "Each change raises `rev` by one (S6).";
    RecordField "record.field" "E_RIGHT" "Only the named fields may change.";
    RecordFrozen "record.frozen" "E_RIGHT" "What genesis and activation wrote is not edited.";
    RecordMissing "record.missing" "E_MISSING" "What is named exists.";
    PolicyUnsatisfiable "policy.unsat" "E_POLICY_UNSAT" "A policy can be satisfied, and locks nobody out.";
    PolicyUnknown "policy.unknown" "E_POLICY_UNKNOWN" "A policy is known in full or not at all.";
    PolicyVersion "policy.version" "E_POLICY_VERSION" "A policy follows the active one by one version.";
    PolicyRollback "policy.rollback" "E_POLICY_ROLLBACK" "An old policy comes back as a new version.";
    PolicyParent "policy.parent" "E_POLICY_PARENT" "A policy cites the one that it follows.";
    PolicyDraft "policy.draft" "E_DRAFT_CHANGED" "What becomes active is what was approved, byte for byte.";
    PolicyThreshold "policy.threshold" "E_ROOT_THRESHOLD" "As many root members change the rules as the rules ask for (S20).";
    PrincipalName "principal.name" "E_NAME" "A principal's id is its name and the start of its key's hash.";
    PrincipalEscalation "principal.escalation" "E_ESCALATION" "Nobody grants a right that it lacks.";
    PrincipalRole "principal.role" "E_RIGHT" "A principal has a role that exists and suits its kind.";
    PrincipalStatus "principal.status" "E_RIGHT" "A principal only ever steps down by itself (S15).";
    ClaimHeld "claim.held" "E_HELD" "What is held exclusively is not granted again.";
    ClaimOverlap "claim.overlap" "E_OVERLAP" "Conflicting claims are not granted together.";
    ClaimFenced "claim.fenced" "E_FENCED" "A lost lease does not come back (P4).";
    ClaimTtl "claim.ttl" "E_TTL" "A lease ends after now and within the policy's longest time.";
    ClaimQuota "claim.quota" "E_QUOTA" "A principal holds a bounded number of claims.";
    ClaimDeadlock "claim.deadlock" "E_DEADLOCK" "Nobody waits in a circle.";
    ApprovalSelf "approval.self" "E_SELF_APPROVAL" "Nobody approves its own request.";
    ApprovalIndependence "approval.independence" "E_NOT_INDEPENDENT" "Approvers differ from contributors and each other as the policy says.";
    ApprovalContributor "approval.contributor" "E_CONTRIBUTOR" "Whoever contributed cannot approve.";
    ApprovalDelta "approval.delta" "E_DELTA_MISMATCH" "An approval is of exactly this change.";
    ApprovalRef "approval.ref" "E_REF_BINDING" "An approval is for exactly this ref.";
    ApprovalConsumed "approval.consumed" "E_APPROVAL_CONSUMED" "An approval lands once.";
    ApprovalThreshold "approval.threshold" "E_THRESHOLD" "As many approve as the policy asks for.";
    ApprovalVeto "approval.veto" "E_VETO" "A veto stops until it is withdrawn (S18).";
    ApprovalEmptyDelta "approval.empty-delta" "E_EMPTY_DELTA" "A change of nothing needs an approval of its own.";
    ApprovalScope "approval.scope" "E_SCOPE" "A reviewer approves within its lanes.";
    ApprovalStale "approval.stale" "E_STALE" "Approvals age as the policy says.";
    ApprovalRate "approval.rate" "E_RATE" "Whoever approves reads first: the policy bounds approvals an hour (APP-18).";
    ApprovalTree "approval.tree" "E_CHECK_TREE" "What is bound to a tree lands as that tree.";
    ActionUnknown "action.unknown" "E_ACTION" "An action is one that the policy names.";
    ActionMismatch "action.mismatch" "E_DELTA_MISMATCH" "What is run is what was approved, to the letter.";
    ActionConsumed "action.consumed" "E_APPROVAL_CONSUMED" "What was approved is run once.";
    ActionOutcome "action.outcome" "E_SEQ" "The outcome of a run is told once.";
    ActionRunning "action.running" "E_RIGHT" "A run stays until its outcome is known.";
    CheckMissing "check.missing" "E_THRESHOLD" "The checks that the policy names have passed on exactly what lands.";
    CheckFailed "check.failed" "E_THRESHOLD" "What failed a check on a tree does not land as that tree.";
    FindingBlocks "finding.blocks" "E_VETO" "Open findings of a blocking severity stop a landing.";
    DecisionFrozen "decision.frozen" "E_RIGHT" "A decision is neither edited nor taken away: another one supersedes it.";
    DecisionSuperseded "decision.superseded" "E_SEQ" "A decision is superseded once, while it is the last word.";
    GlassRefused "break-glass.refused" "E_BREAKGLASS" "Glass is broken by a human who may, for one exact move, within the hour.";
    GlassUnreviewed "break-glass.unreviewed" "E_BREAKGLASS" "What landed through broken glass is reviewed before its ref moves again.";
    LandedMissing "landed.missing" "E_NO_LANDED" "Every protected update is recorded.";
    LandedMismatch "landed.mismatch" "E_LANDED_MISMATCH" "A landing records what happens, from where the last one ended.";
    RefAlias "ref.alias" "E_ALIAS" "A protected ref is updated under its own name.";
    RefName "ref.name" "E_REFNAME" "Names of refs that mislead are refused.";
    RefCase "ref.case" "E_REFCASE" "No ref is a twin of a protected one.";
    RefDelete "ref.delete" "E_DELETE" "Protected refs are not deleted.";
    RefNotForward "ref.not-forward" "E_NOT_FF" "Protected refs only move forward.";
    RefState "ref.state" "E_REF_STATE" "A protected ref is where it last landed.";
    RefReplace "ref.replace" "E_REFNAME" "Replacement refs rewrite what others read.";
    RangeSignature "range.signature" "E_RANGE_SIG" "Every new commit is signed by an enrolled principal.";
    LaneOutside "lane.outside" "E_LANE" "Roles change the paths of their lanes.";
    LaneCollision "lane.collision" "E_PATH_COLLISION" "No two paths differ only by case or normalisation.";
    LaneSymlink "lane.symlink" "E_SYMLINK" "Agents make no symbolic links.";
    LaneSensitive "lane.sensitive" "E_SENSITIVE" "What runs by itself needs a human's approval.";
    PushMixed "push.mixed" "E_MIXED_PUSH" "A push that changes rules, keys or roles moves no protected ref.";
    PushMoved "push.moved" "E_RETRY" "The ledger that was judged is the ledger that is there.";
    RequestAmbiguous "request.ambiguous" "E_LANDED_MISMATCH" "It is clear which requests a push lands (S26).";
    HubMissing "hub.missing" "E_NO_LANDED" "A plain push needs a hub that records the landing.";
    InputMalformed "input.malformed" "E_INPUT" "Hooks take what git gives them.";
    HistoryMissing "history.missing" "E_MISSING" "Nothing is decided on what cannot be read.";
    HistoryShallow "history.shallow" "E_SHALLOW" "Nothing is decided on a shallow history.";
    WorktreeReplaced "worktree.replaced" "E_WORKTREE" "`.coord` is the ledger's own worktree.";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
