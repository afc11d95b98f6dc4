//! Which refusals the simulation has to reach: every code but those that stand here with the reason why they cannot be given in
//! its world. Whoever adds a code either sees it reached or says here why it is not.

use git_coord::rules::Code;

const REPOSITORY: &str =
    "it is about names and histories of refs in a real repository: tests/server, tests/kernel/gate_refs.rs";
const HARDWARE: &str =
    "no key of the simulation is in hardware, weak or of another kind: tests/kernel/signatures.rs, hardware.rs";
const CHECKS: &str = "no machine checks anything here: tests/kernel/gate_checks.rs";
const ACTIONS: &str = "its policy names no actions: tests/kernel/actions.rs, runs.rs";
const GLASS: &str = "nobody breaks the glass here: tests/kernel/break_glass.rs, glass_review.rs";
const CONTENT: &str = "its code has plain files of one author each: tests/kernel/gate_work.rs, gate_independence.rs";

/// The codes that are not given in this world, each with the reason.
pub const ELSEWHERE: &[(Code, &str)] = &[
    (Code::SignatureMalleable, HARDWARE),
    (Code::SignatureHash, HARDWARE),
    (Code::SignatureFlags, HARDWARE),
    (Code::SignaturePayload, HARDWARE),
    (Code::KeyWeak, HARDWARE),
    (Code::KeyType, HARDWARE),
    (Code::RulesUnknown, "every binary of the simulation is this one: tests/kernel/genesis.rs"),
    (Code::LedgerRoot, "every clone begins with the pin: tests/kernel/chain.rs"),
    (Code::LedgerDelete, REPOSITORY),
    (Code::LedgerStale, "whoever lands has fetched just before: tests/kernel/gate_refs.rs"),
    (Code::CheckMissing, CHECKS),
    (Code::CheckFailed, CHECKS),
    (Code::ActionUnknown, ACTIONS),
    (Code::ActionMismatch, ACTIONS),
    (Code::ActionConsumed, ACTIONS),
    (Code::ActionOutcome, ACTIONS),
    (Code::ActionRunning, ACTIONS),
    (Code::GlassRefused, GLASS),
    (Code::GlassUnreviewed, GLASS),
    (Code::RefAlias, REPOSITORY),
    (Code::RefName, REPOSITORY),
    (Code::RefCase, REPOSITORY),
    (Code::RefDelete, REPOSITORY),
    (Code::RefReplace, REPOSITORY),
    (Code::HistoryMissing, REPOSITORY),
    (Code::HistoryShallow, REPOSITORY),
    (Code::InputMalformed, REPOSITORY),
    (Code::WorktreeReplaced, REPOSITORY),
    (Code::RequestAmbiguous, "each push lands one request: tests/kernel/cutting.rs"),
    (Code::RangeSignature, CONTENT),
    (Code::LaneCollision, CONTENT),
    (Code::LaneSymlink, CONTENT),
    (Code::LaneSensitive, CONTENT),
    (Code::ApprovalEmptyDelta, CONTENT),
    (Code::ApprovalScope, "no rule of its policy asks for a role with lanes: tests/kernel/gate_approvals.rs"),
    (Code::ApprovalTree, "what is bound to a tree hardly ever has both words here: tests/kernel/gate_approvals.rs"),
    (Code::DecisionFrozen, "its policy lets nobody decide: tests/kernel/decisions.rs"),
    (Code::DecisionSuperseded, "its policy lets nobody decide: tests/kernel/decisions.rs"),
    (Code::EntryQuota, "nobody writes so much within an hour: tests/kernel/pace.rs"),
    (Code::ApprovalStale, "its policy lets approvals be as old as they are: tests/kernel/gate_approvals.rs"),
    (Code::ApprovalRate, "its policy does not bound approvals an hour: tests/kernel/pace.rs"),
    (Code::PushMixed, "each push brings one entry: tests/server, tests/seeded_bugs 15"),
    (Code::LandedMissing, "every ref is adopted before anybody acts: tests/kernel/landings.rs"),
    (Code::PushMoved, "whoever lands says so before anything is sent: tests/server/racing.rs, recording.rs"),
    (
        Code::HubMissing,
        "what an enrolled hub would record is asked by the real hook: tests/server/merges.rs, hub_key.rs",
    ),
];

/// The codes that are given in this world, but too seldom to be asked for: in 10,000 seeds 21, 62 and 2 times. They are tested in
/// tests/kernel: vouching.rs, gate_independence.rs, gate_refs.rs.
pub const SELDOM: [Code; 3] = [Code::KeySuspect, Code::ApprovalContributor, Code::RefState];

/// Returns whether a code is said not to be given in this world.
pub fn is_elsewhere(code: Code) -> bool {
    ELSEWHERE.iter().any(|(elsewhere, _)| *elsewhere == code)
}

/// Returns the codes that have to be reached.
pub fn here() -> impl Iterator<Item = Code> {
    Code::ALL.iter().copied().filter(|code| !is_elsewhere(*code) && !SELDOM.contains(code))
}
