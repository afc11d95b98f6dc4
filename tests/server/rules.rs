//! Who changes the rules, by which entry, and what may move beside it (POL).

use git_coord::format::WriteRecord;
use git_coord::format::sha256;
use git_coord::ledger::Edit;
use git_coord::model::PolicyRequest;
use git_coord::model::RecordId;
use git_coord::model::RecordPath;
use git_coord::rules::Code;

use crate::server::stage::Stage;
use crate::support::world::Actor;
use crate::support::world::text;

/// The approvals that the plain policy asks for.
const ASKED: &str =
    "  [[protect.approvals]]\n  count    = 1\n  from     = [\"reviewer\", \"maintainer\"]\n  distinct = [\"vendor\"]\n";

/// A policy that asks to be active, with everything that its entries hold.
struct Change {
    policy: String,
    request: PolicyRequest,
}

impl Change {
    /// Returns the active policy without the approvals that it asks for, as the version that follows.
    fn without_approvals(stage: &Stage, opener: &str) -> Self {
        let active = stage.git(&["show", &format!("{}:policy.toml", stage.ledger_head())]);
        let parent = format!("version = 2\nparent = \"{}\"", stage.state().policy_digest);
        let policy = format!("{active}\n").replacen(ASKED, "", 1).replacen("version = 1", &parent, 1);
        let request = PolicyRequest {
            id: RecordId::parse("r-7k2f9qxm").unwrap(),
            opener: Actor::named(opener).id,
            version: 2,
            delta: sha256(policy.as_bytes()),
            title: text("Ask nobody"),
            summary: None,
        };
        Self { policy, request }
    }

    fn paths(&self) -> [RecordPath; 2] {
        let id = &self.request.id;
        [RecordPath::Draft(2, id.clone()), RecordPath::Request(id.clone())]
    }

    fn open(&self) -> Vec<Edit> {
        let texts = [self.policy.clone(), self.request.to_text()];
        self.paths().into_iter().zip(texts).map(|(path, text)| Edit { path, text: Some(text) }).collect()
    }

    fn activate(&self) -> Vec<Edit> {
        let removed = self.paths().into_iter().map(|path| Edit { path, text: None });
        removed.chain([Edit { path: RecordPath::Policy, text: Some(self.policy.clone()) }]).collect()
    }
}

/// POL-1, with legal twin and control:
/// rules that were loosened by a push are not in force for what the same push carries.
#[test]
fn rules_and_what_they_would_let_through_do_not_move_together() {
    let stage = Stage::plain();
    stage.branch("x");
    stage.commit("alice", "src/a.rs", "fn a() { 1 }\n");
    stage.request("alice", "x");
    let change = Change::without_approvals(&stage, "maria");
    stage.accepted(&[&Stage::to_ledger(&stage.entry(&change.open()).write(&stage, "maria"))]);
    stage.sync();
    let ledger = Stage::to_ledger(&stage.entry(&change.activate()).write(&stage, "maria"));
    for arguments in [vec!["--atomic", &ledger, "x:main"], vec!["x:main", &ledger]] {
        stage.stock_git_accepts(&arguments);
        stage.refused(&arguments, Code::PushMixed);
    }
    stage.refused(&["x:main"], Code::ApprovalThreshold);
    // One after the other: from then on nobody has to approve.
    stage.accepted(&[&ledger]);
    stage.accepted(&["x:main"]);
    stage.assert_recorded();
}

/// What the same push begins to protect was judged by nobody: neither its move nor a record of its landing counts.
#[test]
fn ref_does_not_move_with_the_rules_that_begin_to_protect_it() {
    let stage = Stage::plain();
    stage.branch("rel");
    let tip = stage.tip("rel");
    stage.accepted(&["rel:rel"]);
    stage.branch("x");
    stage.commit("alice", "src/a.rs", "fn a() { 1 }\n");
    let active = stage.git(&["show", &format!("{}:policy.toml", stage.ledger_head())]);
    let parent = format!("version = 2\nparent = \"{}\"", stage.state().policy_digest);
    let more = ("\"refs/heads/main\"", "\"refs/heads/main\", \"refs/heads/rel\"");
    let policy = format!("{active}\n").replacen(more.0, more.1, 1).replacen("version = 1", &parent, 1);
    let request =
        PolicyRequest { delta: sha256(policy.as_bytes()), ..Change::without_approvals(&stage, "maria").request };
    let change = Change { policy, request };
    stage.accepted(&[&Stage::to_ledger(&stage.entry(&change.open()).write(&stage, "maria"))]);
    stage.sync();
    let ledger = Stage::to_ledger(&stage.entry(&change.activate()).write(&stage, "maria"));
    for arguments in [vec!["--atomic", &ledger, "x:rel"], vec!["x:rel", &ledger]] {
        stage.stock_git_accepts(&arguments);
        stage.refused(&arguments, Code::PushMixed);
    }
    stage.accepted(&[&ledger]);
    assert_eq!(stage.hub_tip("rel"), tip);
    stage.accepted_adoption("rel");
}

/// POL-4, POL-10, with legal twin and control:
/// neither who may propose nor who may approve and veto changes the rules alone, with whatever entry.
#[test]
fn rules_are_not_changed_without_the_word_of_root() {
    let stage = Stage::plain();
    for who in ["nora", "sam", "alice"] {
        let change = Change::without_approvals(&stage, who);
        let at_once = [Edit { path: RecordPath::Policy, text: Some(change.policy.clone()) }];
        let at_once = Stage::to_ledger(&stage.entry(&at_once).write(&stage, who));
        stage.stock_git_accepts(&[&at_once]);
        stage.refused(&[&at_once], Code::PolicyThreshold);
    }
    let change = Change::without_approvals(&stage, "nora");
    stage.accepted(&[&Stage::to_ledger(&stage.entry(&change.open()).write(&stage, "nora"))]);
    stage.sync();
    let by_nora = Stage::to_ledger(&stage.entry(&change.activate()).write(&stage, "nora"));
    stage.stock_git_accepts(&[&by_nora]);
    stage.refused(&[&by_nora], Code::PolicyThreshold);
    let other = Edit { path: RecordPath::Policy, text: Some(format!("{}# More.\n", change.policy)) };
    let mut exchanged = change.activate();
    exchanged[2] = other;
    let exchanged = Stage::to_ledger(&stage.entry(&exchanged).write(&stage, "maria"));
    stage.stock_git_accepts(&[&exchanged]);
    stage.refused(&[&exchanged], Code::PolicyDraft);
    // With the word of the one root member there is.
    let delta = change.request.delta.to_string();
    stage.said("maria", &["approve", "r-7k2f9qxm", "--delta", &delta]);
    stage.said("nora", &["policy", "activate", "r-7k2f9qxm"]);
    assert_eq!(stage.state().policy.version, 2);
}
