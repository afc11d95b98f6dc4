//! A bare repository that merges as a forge does: with commits that nobody enrolled signs, and without our hooks.

use std::fs;
use std::path::PathBuf;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

pub(super) const MAIN: &str = "refs/heads/main";

/// A forge, the people and agents around it, and the pin of their ledger.
pub(super) struct Forge {
    pub(super) sandbox: Sandbox,
    /// Git in the bare repository itself, as the forge runs it.
    pub(super) bare: Actor,
    pub(super) maria: Actor,
    pub(super) alice: Actor,
    pub(super) pin: String,
    pub(super) hub_key: PathBuf,
}

/// A change that asks to land.
#[derive(Clone, Debug)]
pub(super) struct Pull {
    pub(super) id: String,
    pub(super) head: String,
    delta: String,
}

impl Forge {
    /// Returns a forge whose own commits land where they make the approved change.
    pub(super) fn new() -> Self {
        Self::under(|policy| policy.replace("# forge-commits", "forge-commits"))
    }

    /// Returns a forge under an edited policy.
    #[track_caller]
    pub(super) fn under(edit: impl FnOnce(&str) -> String) -> Self {
        let sandbox = Sandbox::new();
        let outside = sandbox.somebody(&sandbox.root);
        outside.git(&["init", "-q", "--bare", "-b", "main", "--object-format", &sandbox.format, "forge.git"]);
        let bare = sandbox.somebody(&sandbox.root.join("forge.git"));
        bare.git(&["config", "user.name", "Forge"]);
        bare.git(&["config", "user.email", "forge@example.org"]);
        // Forges hand out every commit that they have, by its id.
        bare.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
        let work = sandbox.repository("work");
        work.git(&["remote", "add", "origin", bare.directory.to_str().unwrap()]);
        work.git(&["push", "-q", "origin", "main"]);
        let maria = work.begin_under(edit);
        maria.coord(&["sync", "--remote", "origin"]).ok();
        let hub_key = sandbox.ssh_key("hub-key", "");
        let public = fs::read_to_string(hub_key.with_extension("pub")).unwrap();
        let enroll = ["enroll", "hub", "--kind", "service", "--role", "hub", "--key", public.trim()];
        maria.coord(&enroll).ok();
        maria.coord(&["land", "--adopt", "main"]).ok();
        let alice = maria.agent("alice");
        let pin = fs::read_to_string(maria.directory.join(".git/coord/pin")).unwrap();
        let pin = pin.split(' ').next().unwrap().to_owned();
        Self { sandbox, bare, maria, alice, pin, hub_key }
    }

    /// Makes a branch of alice with one commit, pushes it, and asks to land it.
    #[track_caller]
    pub(super) fn pull(&self, branch: &str, file: &str, content: &str) -> Pull {
        self.branch(branch);
        self.alice.write(file, content);
        self.alice.commit(&format!("Change {file}"));
        self.ask(branch)
    }

    /// Begins a branch of alice where the main branch is.
    #[track_caller]
    pub(super) fn branch(&self, branch: &str) {
        self.alice.git(&["fetch", "-q", "origin"]);
        self.alice.git(&["switch", "-q", "-C", branch, "refs/remotes/origin/main"]);
    }

    /// Pushes the branch on which alice is, and asks to land it.
    #[track_caller]
    pub(super) fn ask(&self, branch: &str) -> Pull {
        self.alice.git(&["push", "-q", "--force", "origin", branch]);
        let asked = self.alice.coord(&["request", "HEAD", "--into", "main"]).ok().json();
        Pull { id: text(&asked["id"]), head: text(&asked["head"]), delta: text(&asked["delta"]) }
    }

    #[track_caller]
    pub(super) fn approve(&self, pull: &Pull) {
        self.maria.coord(&["approve", &pull.id, "--delta", &pull.delta]).ok();
    }

    /// Returns an approved change.
    #[track_caller]
    pub(super) fn approved(&self, branch: &str, file: &str, content: &str) -> Pull {
        let pull = self.pull(branch, file, content);
        self.approve(&pull);
        pull
    }

    #[track_caller]
    pub(super) fn tip(&self, name: &str) -> String {
        self.bare.git(&["rev-parse", "--verify", name])
    }

    /// Returns what a forge makes of a pull request with its merge button.
    #[track_caller]
    pub(super) fn merge(&self, base: &str, head: &str) -> String {
        let tree = self.bare.git(&["merge-tree", "--write-tree", base, head]);
        self.commit(&tree, &[base, head])
    }

    /// Returns what it makes with its squash button.
    #[track_caller]
    pub(super) fn squash(&self, base: &str, head: &str) -> String {
        let tree = self.bare.git(&["merge-tree", "--write-tree", base, head]);
        self.commit(&tree, &[base])
    }

    /// Returns what it makes with its rebase button, of commits each of which changes what the ones before left alone.
    #[track_caller]
    pub(super) fn rebase(&self, base: &str, head: &str) -> String {
        let range = format!("{base}..{head}");
        let commits = self.bare.git(&["rev-list", "--reverse", &range]);
        commits.lines().fold(base.to_owned(), |onto, commit| self.squash(&onto, commit))
    }

    /// Returns a commit of the forge that also changes a file by a word.
    #[track_caller]
    pub(super) fn evil(&self, commit: &str, file: &str) -> String {
        let content = self.sandbox.root.join("evil");
        fs::write(&content, "fn evil() {}\n").unwrap();
        let git = self.bare.with_env("GIT_INDEX_FILE", self.sandbox.root.join("evil-index"));
        let blob = git.git(&["hash-object", "-w", content.to_str().unwrap()]);
        git.git(&["read-tree", commit]);
        git.git(&["update-index", "--add", "--cacheinfo", &format!("100644,{blob},{file}")]);
        let tree = git.git(&["write-tree"]);
        let parents = self.bare.git(&["rev-list", "--parents", "-n", "1", commit]);
        let parents: Vec<&str> = parents.split(' ').skip(1).collect();
        self.commit(&tree, &parents)
    }

    #[track_caller]
    pub(super) fn commit(&self, tree: &str, parents: &[&str]) -> String {
        let mut arguments = vec!["commit-tree", "-m", "Made by the forge", tree];
        arguments.extend(parents.iter().flat_map(|parent| ["-p", parent]));
        let made = self.bare.git(&arguments);
        self.bare.git(&["update-ref", &format!("refs/made/{made}"), &made]);
        made
    }

    /// Moves a ref of the forge, as its buttons and its administrators do.
    #[track_caller]
    pub(super) fn move_to(&self, name: &str, commit: &str) {
        self.bare.git(&["update-ref", name, commit]);
    }

    /// Returns the fresh clone of a job with a commit checked out: no configuration, no key, nobody who joined.
    #[track_caller]
    pub(super) fn job(&self, name: &str, commit: &str, depth: &[&str]) -> Actor {
        let directory = self.sandbox.root.join(name);
        fs::create_dir_all(directory.join("home")).unwrap();
        let job = self.sandbox.somebody(&directory).with_env("HOME", directory.join("home")).at("clone");
        fs::create_dir(&job.directory).unwrap();
        job.git(&["init", "-q", "."]);
        job.git(&["remote", "add", "origin", self.bare.directory.to_str().unwrap()]);
        let fetch = ["fetch", "-q", "--no-tags", "origin", "+refs/heads/*:refs/remotes/origin/*", commit];
        job.git(&[&fetch[..3], depth, &fetch[3..]].concat());
        job.git(&["checkout", "-q", "--detach", commit]);
        job
    }

    /// Asks the gate in a fresh clone about a move of the main branch from where it last landed.
    #[track_caller]
    pub(super) fn gate(&self, head: &str) -> Ran {
        let name = format!("job-{head}-{}", fs::read_dir(&self.sandbox.root).unwrap().count());
        self.job(&name, head, &[]).coord(&["gate", "--pin", &self.pin, "--ref", "main", "--head", head])
    }

    /// Demands that the gate refuses a head for this reason, among others.
    #[track_caller]
    pub(super) fn refuses(&self, head: &str, code: &str) {
        let verdict = self.gate(head).exits(1).json();
        let rules = verdict["rules"].as_array().unwrap();
        assert!(rules.iter().any(|rule| rule["code"] == code), "{verdict}");
    }

    /// Runs the job that records what landed.
    #[track_caller]
    pub(super) fn record(&self) -> Ran {
        let name = format!("record-{}", fs::read_dir(&self.sandbox.root).unwrap().count());
        let job = self.job(&name, &self.tip(MAIN), &[]);
        job.with_env("GIT_COORD_PIN", &self.pin)
            .with_env("GIT_COORD_KEY", &self.hub_key)
            .coord(&["gate", "--record", "--ref", MAIN])
    }

    /// Audits from a fresh clone.
    #[track_caller]
    pub(super) fn audit(&self) -> Ran {
        let name = format!("audit-{}", fs::read_dir(&self.sandbox.root).unwrap().count());
        let commit = self.tip("refs/heads/coord");
        self.job(&name, &commit, &[]).coord(&["audit", "--pin", &self.pin])
    }

    /// Demands that an audit finds exactly these problems.
    #[track_caller]
    pub(super) fn audit_finds(&self, codes: &[&str]) {
        let told = self.audit().exits(1);
        let found: Vec<_> = told.of_type("problem").iter().map(|problem| text(&problem["code"])).collect();
        assert_eq!(found, codes, "{told}");
    }

    pub(super) fn ledger(&self) -> String {
        self.tip("refs/heads/coord")
    }
}
