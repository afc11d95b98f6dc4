use super::*;
use crate::disk::Durability;
use crate::git::sandbox::Sandbox;

#[test]
fn git_is_found_and_states_its_version() {
    let program = Program::find().unwrap();
    assert!(program.executable().is_absolute());
    assert!(program.version().unwrap().starts_with(|c: char| c.is_ascii_digit()));
}

#[test]
fn status_and_output_are_returned_and_failures_told() {
    let sandbox = Sandbox::sha1();
    let repository = sandbox.open();
    let program = Program::find().unwrap();
    let output = program.at(&repository).args(["hash-object", "--stdin"]).stdin(b"hello\n").run().unwrap();
    assert_eq!(output.stdout, b"ce013625030ba8dba906f756967f9e9ca394464a\n");
    let output = program.at(&repository).args(["rev-parse", "--verify", "absent"]).run().unwrap();
    assert_eq!(output.status, 128);
    assert!(matches!(output.success(), Err(GitError::Program { status: 128, .. })));
    let absent = Program::given(Path::new("/nowhere/git")).at(&repository).run();
    assert!(matches!(absent, Err(GitError::Program { status: -1, .. })));
}

#[test]
fn slow_program_is_ended() {
    let sandbox = Sandbox::sha1();
    let call = Program::find().unwrap().at(&sandbox.open()).setting("alias.slow=!exec sleep 3").arg("slow");
    let result = call.limit(Duration::from_millis(200)).run();
    assert!(matches!(result, Err(GitError::TimedOut { .. })));
}

#[test]
fn long_answer_arrives_whole_and_a_chatterer_is_cut_off() {
    let sandbox = Sandbox::sha1();
    let text = vec![b'x'; 3_000_000];
    let program = Program::find().unwrap();
    let call = program.at(&sandbox.open()).setting("alias.echo=!cat").arg("echo").stdin(&text);
    assert_eq!(call.run().unwrap().stdout, text);
    let call = program.at(&sandbox.open()).setting("alias.spam=!head -c 70000000 /dev/zero").arg("spam");
    assert!(matches!(call.run(), Err(GitError::TooLarge { .. })));
}

#[test]
fn hooks_and_monitors_of_the_repository_run_only_when_asked_for() {
    let sandbox = Sandbox::sha1();
    let canary = sandbox.root.path().join("canary");
    let script = format!("#!/bin/sh\necho \"$0\" >> '{}'\n", canary.display());
    let hook = sandbox.work.join(".git/hooks/post-checkout");
    disk::write(&hook, script.as_bytes(), 0o755, Durability::Cached).unwrap();
    sandbox.commit_file("a", "1");
    sandbox.git(&["config", "core.fsmonitor", &hook.display().to_string()]);
    let repository = sandbox.open();
    let program = Program::find().unwrap();
    let checkout = program.at(&repository).args(["checkout", "-q", "main"]);
    checkout.clone().run().unwrap().success().unwrap();
    program.at(&repository).args(["status"]).run().unwrap().success().unwrap();
    assert!(disk::stat(&canary).unwrap().is_none());
    checkout.keep_hooks().run().unwrap().success().unwrap();
    assert!(disk::stat(&canary).unwrap().is_some());
}

/// Starts this test binary again with a hostile environment, for tests must not change their own.
fn run_again(test: &str, variables: &[(&str, &str)]) {
    let binary = std::env::current_exe().unwrap();
    let mut command = std::process::Command::new(binary);
    command.args(["--exact", test, "--nocapture"]).env("COORD_TEST_INNER", "1").envs(variables.iter().copied());
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

/// ENV-1
#[test]
fn hostile_environment_changes_nothing() {
    let test = "git::program::tests::hostile_environment_changes_nothing";
    if std::env::var_os("COORD_TEST_INNER").is_none() {
        let decoy = Sandbox::sha1();
        decoy.commit_file("decoy", "x");
        let git_dir = decoy.work.join(".git").display().to_string();
        let objects = format!("{git_dir}/objects");
        let index = format!("{git_dir}/index");
        run_again(
            test,
            &[
                ("GIT_DIR", &git_dir),
                ("GIT_COMMON_DIR", &git_dir),
                ("GIT_WORK_TREE", decoy.work.to_str().unwrap()),
                ("GIT_OBJECT_DIRECTORY", &objects),
                ("GIT_ALTERNATE_OBJECT_DIRECTORIES", &objects),
                ("GIT_INDEX_FILE", &index),
                ("GIT_NAMESPACE", "decoy"),
                ("GIT_SHALLOW_FILE", &index),
                ("GIT_REPLACE_REF_BASE", "refs/heads/"),
                ("GIT_CEILING_DIRECTORIES", "/"),
                ("GIT_CONFIG_GLOBAL", "/nowhere"),
                ("GIT_CONFIG_COUNT", "1"),
                ("GIT_CONFIG_KEY_0", "coord.agent"),
                ("GIT_CONFIG_VALUE_0", "decoy"),
                ("GIT_CONFIG_PARAMETERS", "'coord.agent'='decoy'"),
                ("GIT_EXEC_PATH", "/nowhere"),
                ("GIT_SSH_COMMAND", "/nowhere"),
                ("GIT_TRACE", "1"),
            ],
        );
        return;
    }
    let sandbox = Sandbox::sha1();
    let commit = sandbox.commit_file("a", "1");
    let repository = sandbox.open();
    assert_eq!(repository.git_dir(), sandbox.work.join(".git"));
    assert_eq!(repository.common_dir(), sandbox.work.join(".git"));
    assert_eq!(repository.work_dir(), Some(sandbox.work.as_path()));
    assert_eq!(repository.reference("refs/heads/main").unwrap(), Some(commit));
    assert_eq!(repository.references("refs/").unwrap(), [("refs/heads/main".to_owned(), commit)]);
    assert!(!repository.is_shallow().unwrap());
    assert_eq!(repository.config("coord.agent"), None);
    let blob = repository.write_blob(b"here").unwrap();
    assert!(disk::stat(&sandbox.object_path(blob)).unwrap().is_some());
    let swapped = repository.swap_reference("refs/heads/x", None, Some(commit), "").unwrap();
    assert_eq!(swapped, crate::git::Swap::Done);
    assert_eq!(sandbox.git(&["rev-parse", "refs/heads/x"]), commit.to_string());
    let program = Program::find().unwrap();
    let output = program.at(&repository).args(["rev-parse", "HEAD", "--git-dir"]).run().unwrap().success().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().starts_with(&format!("{commit}\n{}", sandbox.work.display())));
    let output = program.at(&repository).args(["config", "coord.agent"]).run().unwrap();
    assert_eq!((output.status, output.stderr.as_str()), (1, ""));
    let environment = |call: Invocation| {
        let output = call.setting("alias.environ=!env").arg("environ").run().unwrap().success().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(!environment(program.at(&repository)).contains("GIT_SSH_COMMAND"));
    assert!(environment(program.at(&repository).transport()).contains("GIT_SSH_COMMAND=/nowhere"));
}
