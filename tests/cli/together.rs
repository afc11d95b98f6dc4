//! Writers that wait on one machine share a push: each is answered for itself, whatever becomes of the others.

use std::fs;
use std::process::Child;
use std::process::Stdio;
use std::thread;

use serde_json::Value;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Hub;
use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::git_under_test;
use crate::support::sandbox::text;
use crate::support::sandbox::wait_for;

/// What git does of the first push when it is let go.
const AS_IT_IS: &str = "exec \"$REAL\" \"$@\"";

/// A clone whose first push waits for a word, with agents in it.
struct Stage {
    sandbox: Sandbox,
    hub: Hub,
    agents: Vec<Actor>,
}

impl Stage {
    /// `then` is what git does of the first push when it is let go.
    fn new(count: usize, then: &str) -> Self {
        let sandbox = Sandbox::new();
        let hub = sandbox.hub();
        let root = sandbox.root.display();
        let body = format!(
            "#!/bin/sh\nfor word; do\ncase \"$word\" in push | fetch | ls-remote)\n\
             if [ -e '{root}/down' ]; then echo 'fatal: no route to host' >&2; exit 128; fi ;;\nesac\n\
             if [ \"$word\" = push ]; then\necho x >>'{root}/pushes'\n\
             if mkdir '{root}/first' 2>/dev/null; then\necho $$ >'{root}/pusher'\n\
             while [ ! -e '{root}/go' ]; do sleep 0.02; done\n{then}\n\
             elif [ -e '{root}/refusal' ]; then exec sh '{root}/refusal'; fi\nfi\ndone\nexec \"$REAL\" \"$@\"\n"
        );
        let agents: Vec<String> = (0..count)
            .map(|index| {
                let name = format!("agent{index}");
                text(&hub.maria.coord(&["enroll", &name, "--role", "builder"]).ok().json()["id"])
            })
            .collect();
        sandbox.script("held/git", &body);
        let (_, honest) = hub.maria.environment.iter().find(|(name, _)| name == "PATH").unwrap();
        let path = format!("{}:{}", sandbox.root.join("held").display(), honest.to_str().unwrap());
        let held = hub.maria.with_env("REAL", git_under_test()).with_env("HONEST", honest).with_env("PATH", path);
        let agents = agents.into_iter().map(|id| Actor { id: id.clone(), ..held.with_env("GIT_COORD_AS", id) });
        let agents = agents.collect();
        Self { sandbox, hub, agents }
    }

    /// Starts a claim of each agent on its path, the first one first, and waits until so many are on the line.
    fn start(&self, paths: &[&str], on_the_line: usize) -> Vec<Child> {
        let mut children = vec![spawn(&self.agents[0], paths[0])];
        wait_for("the first push", || self.sandbox.root.join("pusher").exists().then_some(()));
        children.extend(self.agents.iter().zip(paths).skip(1).map(|(agent, path)| spawn(agent, path)));
        let line = self.hub.maria.directory.join(".git/coord/staged");
        let count = || fs::read(&line).ok().and_then(|bytes| last_number(&bytes));
        wait_for("the others on the line", || (count()? >= on_the_line).then_some(()));
        children
    }

    fn go(&self) {
        self.sandbox.script("go", "");
    }

    fn finish(&self, children: Vec<Child>) -> Vec<Ran> {
        self.go();
        children.into_iter().map(ended).collect()
    }

    fn pushes(&self) -> usize {
        fs::read_to_string(self.sandbox.root.join("pushes")).unwrap().lines().count()
    }

    /// Checks that these claims, and no others, are in the hub's ledger, each once and signed by its holder.
    fn check_granted(&self, granted: &[&Value]) {
        self.hub.maria.coord(&["sync"]).ok();
        let there = self.sandbox.somebody(&self.hub.directory);
        assert_eq!(there.head(), self.hub.maria.head());
        let status = self.hub.maria.coord(&["status", "--all"]).ok();
        let mut live = status.of_type("claim");
        live.retain(|claim| self.agents.iter().any(|agent| claim["holder"] == agent.id.as_str()));
        assert_eq!(live.len(), granted.len(), "{live:?}");
        for claim in granted {
            let same = live.iter().find(|live| live["id"] == claim["id"]).unwrap();
            assert_eq!((&same["token"], &same["holder"]), (&claim["token"], &claim["holder"]));
            assert_eq!(claim["guarantee"], "remote");
        }
        let verified = self.hub.maria.coord(&["verify", "--full"]).ok().json();
        assert_eq!(verified["void"], 0);
        assert_eq!(self.hub.maria.git(&["for-each-ref", "refs/coord/fetched/"]), "");
        self.hub.maria.assert_clean();
    }
}

/// Returns the last word of the first line, if it is a number.
fn last_number(bytes: &[u8]) -> Option<usize> {
    let line = bytes.split(|byte| *byte == b'\n').next()?;
    std::str::from_utf8(line).ok()?.rsplit(' ').next()?.parse().ok()
}

fn spawn(agent: &Actor, path: &str) -> Child {
    let mut command = agent.command("git-coord");
    command.args(["--json", "claim", path, "--intent", path]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn ended(child: Child) -> Ran {
    Ran::waited_for("a claim", child)
}

fn numbered(count: usize) -> Vec<String> {
    (0..count).map(|index| format!("src/{index}.rs")).collect()
}

#[test]
fn those_who_wait_share_one_push() {
    let stage = Stage::new(8, AS_IT_IS);
    let paths = numbered(8);
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let claims: Vec<Value> = stage.finish(stage.start(&paths, 8)).into_iter().map(|ran| ran.ok().json()).collect();
    assert_eq!(stage.pushes(), 2, "one that was under way, and one for all others");
    stage.check_granted(&claims.iter().collect::<Vec<_>>());
}

/// LEASE-1, with legal twin:
/// whoever was faster elsewhere costs nobody more than a repetition; only who wanted the same is refused, and told by whom.
#[test]
fn lost_race_is_run_again_for_everybody() {
    let stage = Stage::new(6, AS_IT_IS);
    let other = stage.hub.clone(&stage.sandbox, "elsewhere");
    other.coord(&["join", &stage.hub.maria.id, "--remote", "hub"]).ok();
    let paths = ["src/0.rs", "src/1.rs", "src/2.rs", "src/3.rs", "src/4.rs", "docs/a.md"];
    let children = stage.start(&paths, 6);
    let theirs = other.claim(&["docs/"]);
    let mut ended = stage.finish(children);
    let error = ended.pop().unwrap().fails(3, "claim.held");
    assert_eq!(error["holders"][0]["claim"], theirs["id"], "{error}");
    let claims: Vec<Value> = ended.into_iter().map(|ran| ran.ok().json()).collect();
    stage.check_granted(&claims.iter().collect::<Vec<_>>());
}

/// Clones of one machine do not race: each waits for the other, and begins where that left the ledger.
#[test]
fn clones_of_one_machine_take_turns() {
    let stage = Stage::new(2, AS_IT_IS);
    let beside = stage.hub.clone_beside(&stage.sandbox, "beside");
    beside.coord(&["join", &stage.hub.maria.id, "--remote", "hub"]).ok();
    let neighbour = Actor { directory: beside.directory.clone(), ..stage.agents[1].clone() };
    let first = spawn(&stage.agents[0], "src/0.rs");
    wait_for("the first push", || stage.sandbox.root.join("pusher").exists().then_some(()));
    let second = spawn(&neighbour, "src/1.rs");
    let line = beside.directory.join(".git/coord/staged");
    wait_for("the neighbour's entry", || line.exists().then_some(()));
    let claims: Vec<Value> = stage.finish(vec![first, second]).into_iter().map(|ran| ran.ok().json()).collect();
    assert_eq!(stage.pushes(), 2, "nobody was too late");
    stage.check_granted(&claims.iter().collect::<Vec<_>>());
}

/// A neighbour that never ends keeps nobody for long.
#[test]
fn clone_goes_on_without_a_neighbour_that_is_stuck() {
    let stage = Stage::new(2, AS_IT_IS);
    let beside = stage.hub.clone_beside(&stage.sandbox, "beside");
    beside.coord(&["join", &stage.hub.maria.id, "--remote", "hub"]).ok();
    let neighbour = Actor { directory: beside.directory.clone(), ..stage.agents[1].clone() };
    let stuck = spawn(&stage.agents[0], "src/0.rs");
    wait_for("the first push", || stage.sandbox.root.join("pusher").exists().then_some(()));
    let second = ended(spawn(&neighbour, "src/1.rs")).ok().json();
    let first = stage.finish(vec![stuck]).remove(0).ok().json();
    stage.check_granted(&[&first, &second]);
}

/// A push that comes late, after its acknowledgement was lost and the findings were left here: each is there once.
#[test]
fn findings_whose_push_comes_late_are_there_once() {
    let late = "(sleep 2; \"$REAL\" \"$@\"; touch \"$ROOT/late\") >/dev/null 2>&1 &\ntouch \"$ROOT/down\"\n\
        echo 'fatal: the remote end hung up unexpectedly' >&2\nexit 128";
    let mut stage = Stage::new(2, late);
    let root = stage.sandbox.root.clone();
    stage.agents = stage.agents.iter().map(|agent| agent.with_env("ROOT", &root)).collect();
    let find = |index: usize| {
        let mut command = stage.agents[index].command("git-coord");
        command.args(["--json", "find", "--on", "src/", &format!("It fails {index} times")]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let first = find(0);
    wait_for("the first push", || root.join("pusher").exists().then_some(()));
    let found = stage.finish(vec![first, find(1)]);
    let found: Vec<Value> = found.into_iter().map(|ran| ran.ok().json()).collect();
    assert!(found.iter().all(|finding| finding["guarantee"] == "tentative"), "{found:?}");
    wait_for("the push that is late", || root.join("late").exists().then_some(()));
    let there = stage.sandbox.somebody(&stage.hub.directory);
    fs::remove_file(root.join("down")).unwrap();
    let synced = stage.agents[0].coord(&["sync"]).ok();
    assert_eq!(there.head(), stage.hub.maria.head(), "{synced:?}");
    let entries = stage.hub.maria.coord(&["log", "-n", "1000"]).ok().of_type("entry");
    for finding in &found {
        let of_it = |entry: &&Value| {
            let changes = entry["changes"].as_array().unwrap();
            changes.iter().any(|change| change["id"] == finding["id"])
        };
        assert_eq!(entries.iter().filter(of_it).count(), 1, "{} in {entries:?}", finding["id"]);
    }
    stage.hub.maria.assert_clean();
}

/// Of a push that may still arrive nobody is told to ask again at once, whatever the next push is told.
#[test]
fn nobody_asks_again_while_a_push_may_arrive() {
    // The first push is late; the next one is refused.
    let late = "(sleep 3; \"$REAL\" \"$@\"; touch \"$ROOT/late\") >/dev/null 2>&1 &\n\
        echo 'fatal: the remote end hung up unexpectedly' >&2\nexit 128";
    let mut stage = Stage::new(3, late);
    let root = stage.sandbox.root.clone();
    stage.agents = stage.agents.iter().map(|agent| agent.with_env("ROOT", &root)).collect();
    stage.sandbox.script(
        "refusal",
        "printf 'To x\\n!\\tx:refs/heads/coord\\t[remote rejected] (pre-receive hook declined)\\nDone\\n'\nexit 1\n",
    );
    let children = stage.start(&["src/0.rs", "src/1.rs", "src/2.rs"], 3);
    for ran in stage.finish(children) {
        ran.fails(5, "remote.unreachable");
    }
    wait_for("the push that is late", || root.join("late").exists().then_some(()));
    fs::remove_file(root.join("refusal")).unwrap();
    let again = |(agent, index): (&Actor, usize)| agent.claim(&[&format!("src/{index}.rs")]);
    let claims: Vec<Value> = stage.agents.iter().zip(0..).map(again).collect();
    stage.check_granted(&claims.iter().collect::<Vec<_>>());
}

/// What waits is no grant: whoever wants the same is answered when that is decided.
#[test]
fn nobody_is_refused_for_what_is_not_decided() {
    let stage = Stage::new(3, AS_IT_IS);
    let mut ended = stage.finish(stage.start(&["src/0.rs", "src/1.rs", "src/1.rs"], 2));
    let (third, second) = (ended.pop().unwrap(), ended.pop().unwrap());
    let (granted, refused) = if second.code == 0 { (second, third) } else { (third, second) };
    let claim = granted.ok().json();
    let error = refused.fails(3, "claim.held");
    assert_eq!(error["holders"][0]["claim"], claim["id"], "{error}");
    stage.check_granted(&[&ended.pop().unwrap().ok().json(), &claim]);
    // Whoever was killed had asked first, if anybody waited beside it: then it finds its claim when it asks again. If nobody
    // did, nothing is left of what it asked. It is never held by both.
    let stage = Stage::new(2, "kill -9 $PPID; exit 1");
    let second = stage.finish(stage.start(&["src/1.rs", "src/1.rs"], 1)).pop().unwrap();
    let (claim, error) = if second.code == 0 {
        let again = stage.agents[0].coord(&["claim", "src/1.rs", "--intent", "x"]);
        (second.json(), again.fails(3, "claim.held"))
    } else {
        let error = second.fails(3, "claim.held");
        (stage.agents[0].claim(&["src/1.rs"]), error)
    };
    assert_eq!(error["holders"][0]["claim"], claim["id"], "{error}");
    stage.check_granted(&[&claim]);
}

#[test]
fn death_of_whoever_pushes_stops_nobody() {
    // Before anything was sent, and after all was there.
    for (then, arrived) in
        [("kill -9 $PPID; exit 1", 3), ("\"$REAL\" \"$@\" >/dev/null 2>&1; kill -9 $PPID; exit 1", 4)]
    {
        let stage = Stage::new(4, then);
        let ended = stage.finish(stage.start(&["src/0.rs", "src/1.rs", "src/2.rs", "src/3.rs"], 4));
        assert_eq!(ended[0].code, -1, "it was killed: {}", ended[0]);
        let mut claims: Vec<Value> = ended.into_iter().skip(1).map(|ran| ran.ok().json()).collect();
        if arrived == 4 {
            // Who was killed finds its claim when it asks again.
            claims.push(stage.agents[0].claim(&["src/0.rs"]));
        } else {
            // What was on the line went along with the others' push: it had been asked for.
            let status = stage.hub.maria.coord(&["status", "--all"]).ok().of_type("claim");
            claims.extend(status.into_iter().filter(|claim| claim["paths"][0] == "src/0.rs"));
        }
        stage.check_granted(&claims.iter().collect::<Vec<_>>());
        assert!(stage.pushes() <= 3);
    }
}

/// The hook of a server that refuses one entry refuses the push; the others go on without it.
#[test]
fn entry_that_the_server_refuses_takes_nobody_along() {
    let stage = Stage::new(4, AS_IT_IS);
    let real = git_under_test();
    let hook = format!(
        "#!/bin/sh\nwhile read -r old new name; do\nif '{0}' log --format=%B \"$old..$new\" | grep -q poison; then\n\
         echo 'no poison here' >&2; exit 1; fi\ndone\n",
        real.display()
    );
    stage.sandbox.script("hub.git/hooks/pre-receive", &hook);
    let ended = stage.finish(stage.start(&["src/0.rs", "src/1.rs", "src/poison.rs", "src/3.rs"], 4));
    let mut claims = Vec::new();
    for (index, ran) in ended.into_iter().enumerate() {
        if index == 2 {
            let error = ran.fails(1, "push.refused");
            assert!(error.to_string().contains("no poison here"), "{error}");
        } else {
            claims.push(ran.ok().json());
        }
    }
    stage.check_granted(&claims.iter().collect::<Vec<_>>());
}

/// A remote that does not answer is asked once for all, and nothing is left of what they wanted.
#[test]
fn remote_that_is_away_is_away_for_all() {
    let stage = Stage::new(4, AS_IT_IS);
    let children = stage.start(&["src/0.rs", "src/1.rs", "src/2.rs", "src/3.rs"], 4);
    let (away, before) = (stage.sandbox.root.join("away.git"), stage.hub.maria.head());
    fs::rename(&stage.hub.directory, &away).unwrap();
    let ended = stage.finish(children);
    for ran in &ended {
        ran.fails(5, "remote.unreachable");
    }
    assert!(stage.pushes() <= 2, "{}", stage.pushes());
    assert_eq!(stage.hub.maria.head(), before);
    fs::rename(&away, &stage.hub.directory).unwrap();
    stage.check_granted(&[]);
    let claim = stage.agents[1].claim(&["src/1.rs"]);
    stage.check_granted(&[&claim]);
}

/// What somebody leaves here while others push stays to be synchronised, and locks nobody out.
#[test]
fn what_is_left_here_during_a_push_is_kept() {
    let left = "\"$REAL\" \"$@\"; code=$?\nPATH=\"$HONEST\" git-coord claim docs/ --intent x --offline >&2; exit $code";
    let stage = Stage::new(1, left);
    let ended = stage.finish(stage.start(&["src/0.rs"], 1));
    let claims: Vec<Value> = ended.into_iter().map(|ran| ran.ok().json()).collect();
    stage.hub.maria.coord(&["sync"]).ok();
    let status = stage.hub.maria.coord(&["status", "docs/"]).ok().of_type("claim");
    assert_eq!((status.len(), &status[0]["guarantee"]), (1, &"remote".into()), "{status:?}");
    stage.check_granted(&claims.iter().collect::<Vec<_>>());
}

/// Without the shared push everything holds as well.
#[test]
fn sharing_can_be_switched_off() {
    let stage = Stage::new(4, AS_IT_IS);
    stage.go();
    stage.hub.maria.git(&["config", "coord.group-push", "false"]);
    let paths = numbered(4);
    let children: Vec<Child> = stage.agents.iter().zip(&paths).map(|(agent, path)| spawn(agent, path)).collect();
    let waiting: Vec<_> = children.into_iter().map(|child| thread::spawn(|| ended(child))).collect();
    let claims: Vec<Value> = waiting.into_iter().map(|ran| ran.join().unwrap().ok().json()).collect();
    assert_eq!(stage.pushes(), 4);
    stage.check_granted(&claims.iter().collect::<Vec<_>>());
}

/// What this clone knows may be old: nobody is refused before the remote was asked.
#[test]
fn claim_that_was_released_elsewhere_is_free() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let alice = hub.maria.agent("alice");
    let other = hub.clone(&sandbox, "elsewhere");
    other.coord(&["join", &hub.maria.id, "--remote", "hub"]).ok();
    let held = other.claim(&["docs/"]);
    let error = alice.coord(&["claim", "docs/", "--intent", "x"]).fails(3, "claim.held");
    assert_eq!(error["holders"][0]["claim"], held["id"]);
    other.coord(&["release", "docs/"]).ok();
    assert_eq!(alice.claim(&["docs/"])["state"], "held");
}

/// Who was enrolled elsewhere is known there, before this clone has heard of it.
#[test]
fn principal_that_was_enrolled_elsewhere_acts_at_once() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let other = hub.clone(&sandbox, "elsewhere");
    other.coord(&["join", &hub.maria.id, "--remote", "hub"]).ok();
    let alice = hub.maria.agent("alice");
    let there = other.with_env("GIT_COORD_AS", &alice.id);
    assert_eq!(there.claim(&["docs/"])["holder"], alice.id.as_str());
    let nobody = other.with_env("GIT_COORD_AS", "nobody-00000000");
    nobody.coord(&["claim", "src/", "--intent", "x"]).fails(2, "identity.unknown");
}
