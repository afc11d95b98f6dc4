//! What to do about a rule that says no.

use crate::rules::Code;
use crate::rules::Refusal;

/// Returns what to do about a rule that says no; the rule itself where nothing better is known.
pub(crate) fn refusal_hints(refusal: &Refusal) -> Vec<String> {
    let hint: &str = match refusal.code {
        Code::ClaimHeld | Code::ClaimOverlap => {
            "Work elsewhere, wait with `--queue --wait 10m`, or run `git coord status <path>` to see who works there."
        }
        Code::ClaimFenced => "Run `git coord claim <paths>` to take a new lease.",
        Code::ClaimTtl => "Run `git coord policy show` to see the longest time.",
        Code::EntryQuota => "Wait; `git coord log` shows what was written.",
        Code::ClaimQuota => "Run `git coord release <claim>` first.",
        Code::ClaimDeadlock => "Run `git coord release <claim>` for something that the others wait for.",
        Code::ApprovalSelf | Code::ApprovalContributor | Code::ApprovalIndependence | Code::ApprovalThreshold => {
            "`git coord gate explain <request>` says who could approve a change, `git coord policy check` who could approve at all."
        }
        Code::ApprovalVeto => {
            "Its author withdraws it: `git coord withdraw <request>`; root members may overrule that of a change or a draft: \
             `git coord overrule`."
        }
        Code::LaneSensitive => "`git coord policy explain <request>` says which humans could approve it.",
        Code::RecordRight => "Run `git coord policy show` to see what each role may do, and who the root members are.",
        Code::RecordOwner => "Ask its owner; `git coord show <id>` tells who that is.",
        Code::RecordMissing => "Run `git coord status` to see what there is, and `git coord show <id>` for the rest.",
        Code::PrincipalStatus => {
            "The page docs/principals.md of git coord says who may suspend, revoke and reinstate whom."
        }
        Code::GlassRefused => "The page docs/policy.md of git coord says it, under \"In an emergency\".",
        Code::ApprovalDelta => "Run `git coord show <request>` to read what it asks for now.",
        Code::ActionUnknown => "Run `git coord policy show` to see the actions.",
        Code::ActionConsumed => {
            "Ask anew with `git coord request action`; `git coord show <request>` tells what became of it."
        }
        Code::ActionOutcome => {
            "It stays as it is: `git coord show <request>` tells it. What was wrong about it is a finding: \
             `git coord find <what> --request <request>`."
        }
        Code::DecisionFrozen => "Run `git coord decide <question> --answer <text> --supersedes <decision>`.",
        Code::DecisionSuperseded => {
            "Read the one that took its place: `git coord show <decision>`. Where it is wrong, supersede that one."
        }
        Code::ActionMismatch => "What changed is approved anew: `git coord request action`.",
        Code::RefNotForward => "Rebase the branch, then run `git coord request <branch> --update <request>`.",
        Code::KeySuspect => "Another root member clears it: `git coord principals clear <principal>`.",
        Code::KeyUnknown => "Run `git coord principals` to see who is enrolled.",
        Code::LedgerStale => "Run `git coord sync`.",
        Code::EntryTime | Code::EntrySkew => "Set this machine's clock.",
        Code::PolicyVersion | Code::PolicyRollback | Code::PolicyParent | Code::PolicyDraft => {
            "`git coord policy propose <file>` sets `version` and `parent`, and asks the root members anew."
        }
        Code::PolicyThreshold => {
            "`git coord policy propose <file>` asks the root members; `git coord inbox` tells each what waits for it."
        }
        Code::GlassUnreviewed => "Run `git coord status` to see what waits, and `git coord approve` or `reject` it.",
        Code::PolicyUnknown | Code::PolicyUnsatisfiable => "The page docs/policy.md of git coord explains every key.",
        Code::RecordParse | Code::LedgerTree | Code::RecordLimit => "The schemas in `schema/` describe every record.",
        Code::HubMissing => "Run `git coord land <request>`, or enroll the server's hub.",
        Code::PushMoved => "Run the same command again.",
        Code::HistoryShallow => {
            "Run `git fetch --unshallow`; in a CI job, clone without a depth (`fetch-depth: 0`, `GIT_DEPTH: 0`)."
        }
        Code::RulesUnknown => "Upgrade git coord.",
        _ => return vec![refusal.code.rule().to_owned()],
    };
    vec![hint.to_owned()]
}
