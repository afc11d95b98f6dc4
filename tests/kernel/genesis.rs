//! The first entry, and what a policy must be to begin with.

use git_coord::ledger::Edit;
use git_coord::model::Principal;
use git_coord::model::PrincipalKind;
use git_coord::model::RecordPath;
use git_coord::model::Standing;
use git_coord::rules::Code;
use git_coord::rules::Refusal;

use crate::support::world::Actor;
use crate::support::world::POLICY;
use crate::support::world::World;
use crate::support::world::name;
use crate::support::world::principal;
use crate::support::world::put;
use crate::support::world::remove;
use crate::support::world::write;

fn maria() -> Actor {
    Actor::named("maria")
}

fn root() -> Principal {
    principal(&maria(), PrincipalKind::Human, "maintainer", &maria())
}

fn policy() -> String {
    POLICY.replace("ROOTS", &format!("\"{}\"", maria().id))
}

#[track_caller]
fn refused(result: Result<World, Refusal>, code: Code) {
    match result {
        Ok(_) => panic!("accepted, `{code}` was expected"),
        Err(refusal) => assert_eq!(refusal.code, code, "{refusal}"),
    }
}

fn begin(records: &[Edit]) -> Result<World, Refusal> {
    World::begin_with(&maria(), records, &policy())
}

#[test]
fn ledger_begins_with_charter_policy_and_root_members() {
    begin(&[put(&root())]).unwrap();
    refused(begin(&[]), Code::RecordMissing);
    refused(begin(&[put(&root()), remove(RecordPath::Charter)]), Code::RecordMissing);
    refused(begin(&[put(&root()), remove(RecordPath::Policy)]), Code::RecordMissing);
    let alice = principal(&Actor::named("alice"), PrincipalKind::Agent, "builder", &maria());
    refused(begin(&[put(&root()), put(&alice)]), Code::RecordRight);
}

#[test]
fn ledger_is_begun_by_a_root_member() {
    refused(World::begin_with(&Actor::named("mallory"), &[put(&root())], &policy()), Code::KeyUnknown);
}

#[test]
fn root_members_begin_active_in_a_role_that_suits_them() {
    let status = Principal { status: Standing::Suspended, ..root() };
    refused(begin(&[put(&status)]), Code::PrincipalStatus);
    refused(begin(&[put(&Principal { rev: 2, ..root() })]), Code::PrincipalStatus);
    refused(begin(&[put(&Principal { kind: PrincipalKind::Agent, ..root() })]), Code::PrincipalRole);
    refused(begin(&[put(&Principal { role: name("wizard"), ..root() })]), Code::PrincipalRole);
}

/// S3
#[test]
fn rules_that_this_program_does_not_know_are_not_judged() {
    let charter = |rules| {
        let source = format!("format = 1\nrules = {rules}\naudience = \"x\"\ncreated = 2027-01-15T08:00:00Z\n");
        write(RecordPath::Charter, &source)
    };
    begin(&[put(&root()), charter(1)]).unwrap();
    refused(begin(&[put(&root()), charter(2)]), Code::RulesUnknown);
}

/// APP-20, POL-8, POL-11, PARSE-1
#[test]
fn policy_that_nobody_can_satisfy_or_read_is_refused() {
    for (from, to, code) in [
        ("threshold = 1", "threshold = 0", Code::PolicyUnsatisfiable),
        ("threshold = 1", "threshold = 2", Code::PolicyUnsatisfiable),
        ("threshold = 1", "threshold = -1", Code::PolicyUnknown),
        ("count    = 1", "count = 0", Code::PolicyUnsatisfiable),
        (r#"from     = ["reviewer", "maintainer"]"#, "from = []", Code::PolicyUnsatisfiable),
        (r#"from     = ["reviewer", "maintainer"]"#, r#"from = ["wizard"]"#, Code::PolicyUnsatisfiable),
        (r#"from     = ["reviewer", "maintainer"]"#, r#"from = ["builder"]"#, Code::PolicyUnsatisfiable),
        (
            r#"refs     = ["refs/heads/main", "refs/heads/release/*", "refs/tags/v*"]"#,
            "refs = []",
            Code::PolicyUnsatisfiable,
        ),
        ("ttl           = \"30m\"", "ttl = \"5h\"", Code::PolicyUnsatisfiable),
        ("grace         = \"120s\"", "grace = \"119s\"", Code::PolicyUnsatisfiable),
        ("per-principal = 5", "per-principal = 0", Code::PolicyUnsatisfiable),
        ("[claims]", "[claims]\nsurprise = 1", Code::PolicyUnknown),
        ("format  = 1", "format = 2", Code::PolicyUnknown),
        ("version = 1", "version = 2", Code::RecordFrozen),
        ("[roles.guest]", "[roles.hub]", Code::PolicyUnknown),
        (r#"may   = ["claim", "find", "request"]"#, r#"may = ["everything"]"#, Code::PolicyUnknown),
    ] {
        let edited = policy().replacen(from, to, 1);
        assert_ne!(edited, policy(), "{from}");
        refused(World::begin_with(&maria(), &[put(&root())], &edited), code);
    }
}

#[test]
fn ledger_does_not_begin_twice() {
    let mut world = begin(&[put(&root())]).unwrap();
    let charter = "format = 1\nrules = 1\naudience = \"other\"\ncreated = 2027-01-15T08:00:00Z\n";
    world.refuse(&maria(), &[write(RecordPath::Charter, charter)], Code::RecordFrozen);
}
