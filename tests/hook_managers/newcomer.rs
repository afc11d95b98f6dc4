//! Somebody's own repository with husky in it, as the README sets it up: the real manager and the real program.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::managers;
use crate::support::sandbox::Actor;
use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;
use crate::tidy::source::read;

/// Husky's own hooks leave a mark with the place they ran in.
const MARKING: &str = "echo \"$(basename \"$0\") $(basename \"$PWD\")\" >> \"$MARKS\"\n";

/// A repository with husky that a person set up before she heard of git coord, and its server.
struct Newcomer {
    sandbox: Sandbox,
    maria: Actor,
    hub: Actor,
}

impl Newcomer {
    /// Sets one up with the husky whose program is in this directory.
    fn new(programs: &Path) -> Self {
        let sandbox = Sandbox::new();
        sandbox.somebody(&sandbox.root).git(&["init", "-q", "--bare", "-b", "main", "hub.git"]);
        let hub = sandbox.somebody(&sandbox.root.join("hub.git"));
        // What `npm ci` would fetch is there already.
        let modules = programs.parent().unwrap().to_str().unwrap();
        sandbox.script("bin/npm", &format!("#!/bin/sh\n[ \"$1\" = ci ] && ln -s '{modules}' node_modules\n"));
        let maria = sandbox.repository("work").with_env("MARKS", sandbox.root.join("marks"));
        let maria = maria.with_env("npm_config_offline", "true");
        maria.write("package.json", "{\"private\": true, \"devDependencies\": {\"husky\": \"^9\"}}\n");
        maria.write(".gitignore", "/node_modules\n");
        maria.write(".husky/pre-commit", MARKING);
        maria.write(".husky/pre-push", MARKING);
        symlink(modules, maria.directory.join("node_modules")).unwrap();
        shell(&maria, "npx husky");
        maria.git(&["remote", "add", "hub", hub.directory.to_str().unwrap()]);
        maria.commit("Work with husky");
        maria.git(&["push", "-q", "hub", "main"]);
        Self { sandbox, maria, hub }
    }

    /// Does what the README says of husky, line by line; its `as above` is what the tour does.
    fn follow_readme(&mut self) -> [Actor; 2] {
        let page = read("README.md");
        let block = page.split_once("### With husky").unwrap().1.split_once("```sh\n").unwrap().1;
        let lines: Vec<&str> = block.split_once("\n```").unwrap().0.lines().collect();
        let [install, init, settle] = lines.as_slice() else { panic!("the README's block has three steps: {lines:?}") };
        shell(&self.maria, install);
        shell(&self.maria, init);
        let key = text(&self.hub.coord(&["hooks", "install", "--server"]).ok().json()["hub_key"]);
        self.maria.coord(&["enroll", "hub", "--kind", "service", "--role", "hub", "--key", &key]).ok();
        self.maria.coord(&["land", "--adopt", "main"]).ok();
        [("alice", "greet", "anthropic"), ("bob", "guide", "openai")].map(|(name, branch, vendor)| {
            let enrolled = self.maria.coord(&["enroll", name, "--role", "builder", "--vendor", vendor]).ok().json();
            shell(&self.maria, &settle.replace("greet", branch).replace("alice", name));
            let settled = self.maria.at(self.sandbox.root.join(name));
            Actor { id: text(&enrolled["id"]), ..settled }
        })
    }

    /// Returns the marks that husky's own hooks left since the last look.
    fn marks(&self) -> Vec<String> {
        let path = self.sandbox.root.join("marks");
        let text = fs::read_to_string(&path).unwrap_or_default();
        fs::write(&path, "").unwrap();
        text.lines().map(str::to_owned).collect()
    }

    /// Nobody commits on what another holds; on one's own ground husky is asked as well.
    fn check_commits(&self, actor: &Actor, own: &str, held: &str) {
        let name = actor.directory.file_name().unwrap().to_str().unwrap();
        let before = actor.git(&["rev-parse", "HEAD"]);
        actor.write(held, "theirs\n");
        actor.git(&["add", "-A"]);
        let refused = actor.try_git(&["commit", "-q", "-m", "On held ground"]);
        assert_ne!(refused.code, 0, "{refused}");
        assert!(refused.stderr.contains("somebody else holds what you commit"), "{refused}");
        assert_eq!(actor.git(&["rev-parse", "HEAD"]), before);
        actor.git(&["rm", "-q", "-f", held]);
        self.marks();
        actor.write(own, "mine\n");
        actor.commit("On own ground");
        assert_eq!(self.marks(), [format!("pre-commit {name}")]);
        assert!(actor.git(&["log", "-1", "--format=%B"]).contains("Coord-Claim: "), "our other hook ran too");
    }

    /// Nobody pushes what nobody approved, hooks or no hooks; what was approved is husky's to refuse as well.
    fn check_pushes(&self, actor: &Actor, branch: &str) {
        let name = actor.directory.file_name().unwrap().to_str().unwrap();
        let push = format!("{branch}:main");
        let before = self.hub.git(&["rev-parse", "main"]);
        let refused = actor.try_git(&["push", "-q", "hub", &push]);
        assert!(refused.code != 0 && refused.stderr.contains("blocked: refs/heads/main"), "{refused}");
        assert!(!refused.stderr.contains("remote:"), "the hook here says so before the server does: {refused}");
        let refused = actor.try_git(&["push", "-q", "--no-verify", "hub", &push]);
        assert!(refused.code != 0 && refused.stderr.contains("remote: blocked: refs/heads/main"), "{refused}");
        assert_eq!(self.hub.git(&["rev-parse", "main"]), before);
        let asked = actor.coord(&["request", "--into", "main", "--title", "Mine"]).ok().json();
        let (id, delta) = (text(&asked["id"]), text(&asked["delta"]));
        self.maria.coord(&["approve", &id, "--delta", &delta, "--reason", "Read"]).ok();
        self.marks();
        actor.try_git(&["push", "-q", "hub", &push]).ok();
        assert_eq!(self.marks(), [format!("pre-push {name}")]);
        assert_eq!(self.hub.git(&["rev-parse", "main"]), actor.git(&["rev-parse", "HEAD"]));
    }
}

#[track_caller]
fn shell(actor: &Actor, line: &str) -> Ran {
    let mut command = actor.command("sh");
    command.args(["-ec", line]);
    Ran::of(command).ok()
}

#[test]
fn husky_and_the_real_program_are_both_asked_in_every_worktree() {
    let Some(programs) = managers::of_npm() else { return };
    let mut newcomer = Newcomer::new(programs);
    let [alice, bob] = newcomer.follow_readme();
    alice.claim(&["src/"]);
    bob.claim(&["docs/"]);
    newcomer.check_commits(&alice, "src/main.rs", "docs/main.md");
    newcomer.check_commits(&bob, "docs/guide.md", "src/guide.rs");
    newcomer.check_pushes(&alice, "greet");
    bob.git(&["fetch", "-q", "hub"]);
    bob.git(&["rebase", "-q", "hub/main"]);
    newcomer.check_pushes(&bob, "guide");
    newcomer.maria.git(&["pull", "-q", "hub", "main"]);
    newcomer.maria.coord(&["sync"]).ok();
    newcomer.maria.coord(&["doctor"]).ok();
}
