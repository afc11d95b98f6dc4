use std::path::PathBuf;

use super::*;
use crate::disk;
use crate::disk::Durability;
use crate::git::sandbox::Sandbox;

const BRANCH: &str = "refs/heads/coord";

/// A repository with a bare remote `origin` beside it.
struct Pair {
    sandbox: Sandbox,
    server: PathBuf,
    first: ObjectId,
    second: ObjectId,
}

impl Pair {
    fn new() -> Self {
        let sandbox = Sandbox::sha1();
        let first = sandbox.commit_file("a", "1");
        let second = sandbox.commit_file("a", "2");
        sandbox.git(&["init", "-q", "--bare", "../server"]);
        let server = sandbox.root.path().canonicalize().unwrap().join("server");
        sandbox.git(&["remote", "add", "origin", &server.display().to_string()]);
        Self { sandbox, server, first, second }
    }

    fn origin(&self) -> Remote {
        Program::find().unwrap().remote(&self.sandbox.open(), "origin")
    }

    fn push(&self, commit: ObjectId, lease: Option<ObjectId>) -> PushOutcome {
        let refspecs = [format!("{commit}:{BRANCH}")];
        let leases = [(BRANCH.to_owned(), lease)];
        let request =
            PushRequest { refspecs: &refspecs, leases: &leases, atomicity: Atomicity::AllOrNone, push_options: &[] };
        let results = self.origin().push(&request).unwrap();
        assert_eq!((results.len(), results[0].name.as_str()), (1, BRANCH));
        results[0].outcome.clone()
    }

    fn install_hook(&self, name: &str, script: &str) {
        let path = self.server.join("hooks").join(name);
        disk::write(&path, script.as_bytes(), 0o755, Durability::Cached).unwrap();
    }
}

#[test]
fn push_happens_only_with_the_right_lease() {
    let pair = Pair::new();
    let rejected = |outcome| matches!(outcome, PushOutcome::Rejected(reason) if reason.contains("stale info"));
    assert!(rejected(pair.push(pair.first, Some(pair.second))));
    assert_eq!(pair.push(pair.first, None), PushOutcome::Ok);
    assert!(rejected(pair.push(pair.second, None)));
    assert_eq!(pair.push(pair.second, Some(pair.first)), PushOutcome::Ok);
    assert_eq!(pair.push(pair.second, Some(pair.second)), PushOutcome::Ok);
    let names = [BRANCH.to_owned(), "refs/heads/absent".to_owned()];
    assert_eq!(pair.origin().references(&names).unwrap(), [(BRANCH.to_owned(), pair.second)]);
}

#[test]
fn fetch_brings_what_was_asked_for_and_nothing_else() {
    let pair = Pair::new();
    pair.push(pair.second, None);
    pair.sandbox.git(&["push", "-q", "origin", "main", "HEAD:refs/tags/v1"]);
    for name in ["main", "coord"] {
        pair.sandbox.git(&["update-ref", "-d", &format!("refs/remotes/origin/{name}")]);
    }
    pair.origin().fetch(&[format!("+{BRANCH}:refs/coord/remote")]).unwrap();
    let repository = pair.sandbox.open();
    assert_eq!(repository.reference("refs/coord/remote").unwrap(), Some(pair.second));
    assert_eq!(repository.reference("refs/tags/v1").unwrap(), None);
    assert_eq!(repository.references("refs/remotes/").unwrap(), []);
    assert!(matches!(pair.origin().fetch(&["refs/heads/absent".to_owned()]), Err(GitError::Program { .. })));
}

#[test]
fn refusal_of_a_hook_is_a_result_and_an_unreachable_remote_an_error() {
    let pair = Pair::new();
    pair.install_hook("pre-receive", "#!/bin/sh\necho no >&2\nexit 1\n");
    let outcome = pair.push(pair.first, None);
    assert!(matches!(outcome, PushOutcome::Rejected(reason) if reason.contains("pre-receive hook declined")));
    let refspecs = [format!("{}:{BRANCH}", pair.first)];
    let request = PushRequest { refspecs: &refspecs, leases: &[], atomicity: Atomicity::EachAlone, push_options: &[] };
    for name in ["absent", "--upload-pack=touch x", "ext::touch x"] {
        let remote = Program::find().unwrap().remote(&pair.sandbox.open(), name);
        assert!(matches!(remote.push(&request), Err(GitError::Program { .. })), "{name}");
        assert!(disk::stat(&pair.sandbox.work.join("x")).unwrap().is_none());
    }
}

#[test]
fn push_options_reach_the_server_and_own_hooks_run_only_when_asked_for() {
    let pair = Pair::new();
    pair.sandbox.git_in(&pair.server, &["config", "receive.advertisePushOptions", "true"]);
    pair.install_hook("pre-receive", "#!/bin/sh\necho \"$GIT_PUSH_OPTION_0\" > option\n");
    let hook = pair.sandbox.work.join(".git/hooks/pre-push");
    disk::write(&hook, b"#!/bin/sh\nexit 1\n", 0o755, Durability::Cached).unwrap();
    let refspecs = [format!("{}:{BRANCH}", pair.first)];
    let options = ["coord.request=r-1".to_owned()];
    let request =
        PushRequest { refspecs: &refspecs, leases: &[], atomicity: Atomicity::EachAlone, push_options: &options };
    assert!(pair.origin().keep_hooks().push(&request).is_err());
    assert_eq!(pair.origin().push(&request).unwrap()[0].outcome, PushOutcome::Ok);
    assert_eq!(disk::read(&pair.server.join("option"), 100).unwrap().unwrap(), b"coord.request=r-1\n");
}

#[test]
fn real_quarantine_of_a_receiving_hook_is_readable() {
    // The hook waits in the middle of a push, as long as it takes this test to look into its quarantine.
    let pair = Pair::new();
    pair.push(pair.first, None);
    let script = "#!/bin/sh\nprintf '%s\\n' \"$GIT_OBJECT_DIRECTORY\" \"$GIT_ALTERNATE_OBJECT_DIRECTORIES\" > told.tmp\n\
                  mv told.tmp told\nread _ < go\nexit 0\n";
    pair.install_hook("pre-receive", script);
    let made = std::process::Command::new("mkfifo").arg(pair.server.join("go")).status().unwrap();
    assert!(made.success());
    std::thread::scope(|scope| {
        let push = scope.spawn(|| pair.push(pair.second, Some(pair.first)));
        let told = loop {
            if let Some(told) = disk::read(&pair.server.join("told"), 10_000).unwrap() {
                break String::from_utf8(told).unwrap();
            }
            std::thread::yield_now();
        };
        let mut lines = told.lines();
        let quarantine = pair.server.join(lines.next().unwrap());
        let alternates: Vec<PathBuf> = lines.next().unwrap().split(':').map(|path| pair.server.join(path)).collect();
        let plain = Repository::open_git_dir(&pair.server).unwrap();
        let judged = Repository::open_with_quarantine(&pair.server, &quarantine, &alternates).unwrap();
        let seen_plainly = plain.contains(pair.second);
        let chain = judged.first_parents(pair.first, pair.second, 10);
        // It waits at a pipe, in which nobody else writes.
        std::fs::write(pair.server.join("go"), "go\n").unwrap();
        assert_eq!(push.join().unwrap(), PushOutcome::Ok);
        assert!(!seen_plainly);
        assert_eq!(chain.unwrap(), Some(vec![pair.first, pair.second]));
    });
}

#[test]
fn lines_for_people_are_passed_over() {
    let text = "To ssh://host/x\n*\tHEAD:refs/heads/a\t[new branch]\n!\tb:refs/heads/b\t[remote rejected] (hook\tdeclined)\nDone\n";
    let expected = [
        PushResult { name: "refs/heads/a".to_owned(), outcome: PushOutcome::Ok },
        PushResult {
            name: "refs/heads/b".to_owned(),
            outcome: PushOutcome::Rejected("[remote rejected] (hook\tdeclined)".to_owned()),
        },
    ];
    assert_eq!(parse_push(text), expected);
}
