//! A hub of one's own: work, requests, answers, pushes, and what the hub says to them.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fs;
use std::ops::Deref;
use std::path::Path;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use git_coord::ledger::Draft;
use git_coord::ledger::Edit;
use git_coord::model::ObjectId;
use git_coord::model::RefName;
use git_coord::model::Timestamp;
use git_coord::rules::Code;
use git_coord::rules::State;

use crate::server::archive::Archive;
use crate::server::cast::PLAIN;
use crate::server::cast::STRICT;
use crate::server::desk::Desk;
use crate::server::ground::ground;
use crate::server::ground::open_ledger;
use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;
use crate::support::world::Actor;

pub(crate) const MAIN: &str = "refs/heads/main";
pub(crate) const COORD: &str = "refs/heads/coord";

/// How long a server may take to clean up after a refusal.
const PATIENCE: Duration = Duration::from_secs(10);

/// A hub with its desk, removed at the end.
pub(crate) struct Stage {
    desk: Desk,
}

impl Deref for Stage {
    type Target = Desk;
    fn deref(&self) -> &Desk {
        &self.desk
    }
}

/// A request that was opened.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) id: String,
    pub(crate) delta: String,
    pub(crate) head: String,
}

impl Stage {
    /// Returns a stage on which one approval of another model family lands.
    pub(crate) fn plain() -> Self {
        Self::with(PLAIN)
    }

    /// Returns a stage with lanes, claims and operators.
    pub(crate) fn strict() -> Self {
        Self::with(STRICT)
    }

    pub(crate) fn with(policy: &str) -> Self {
        Self::within(Sandbox::new(), policy)
    }

    pub(crate) fn with_format(policy: &str, format: &str) -> Self {
        Self::within(Sandbox::with_format(format), policy)
    }

    /// Returns a stage in a sandbox that was made before.
    pub(crate) fn within(sandbox: Sandbox, policy: &str) -> Self {
        ground(policy, &sandbox.format).write(&sandbox.root);
        Self { desk: Desk::new(sandbox) }
    }

    /// Begins a branch where the hub's main branch was when it was last seen.
    #[track_caller]
    pub(crate) fn branch(&self, name: &str) {
        self.git(&["checkout", "-q", "-B", name, "refs/remotes/hub/main"]);
    }

    /// Fetches what the hub has.
    #[track_caller]
    pub(crate) fn fetch(&self) {
        self.git(&["fetch", "-q", "hub", "+refs/heads/*:refs/remotes/hub/*"]);
    }

    /// Commits the work tree, signed by somebody.
    #[track_caller]
    pub(crate) fn commit_all(&self, who: &str, message: &str) -> String {
        self.git(&["add", "-A"]);
        let key = format!("user.signingKey={}", self.key_file(who).display());
        self.git(&["-c", &key, "commit", "-q", "-S", "--allow-empty", "-m", message]);
        self.tip("HEAD")
    }

    /// Writes a file and commits it, signed by somebody.
    #[track_caller]
    pub(crate) fn commit(&self, who: &str, file: &str, content: &str) -> String {
        self.write(file, content.as_bytes());
        self.commit_all(who, &format!("Change {file}"))
    }

    #[track_caller]
    pub(crate) fn tip(&self, name: &str) -> String {
        self.git(&["rev-parse", "--verify", "--quiet", name])
    }

    #[track_caller]
    pub(crate) fn hub_tip(&self, name: &str) -> String {
        self.at_hub(&["rev-parse", "--verify", "--quiet", name])
    }

    /// Asks to land a branch, whether or not somebody asks for another in the same words.
    #[track_caller]
    pub(crate) fn request(&self, who: &str, branch: &str) -> Asked {
        self.ask(who, &["request", branch, "--force"])
    }

    #[track_caller]
    pub(crate) fn ask(&self, who: &str, arguments: &[&str]) -> Asked {
        let said = self.said(who, arguments);
        let field = |name: &str| said[name].as_str().unwrap().to_owned();
        Asked { id: field("id"), delta: field("delta"), head: field("head") }
    }

    #[track_caller]
    pub(crate) fn approve(&self, who: &str, asked: &Asked) {
        self.answer(who, "approve", asked);
    }

    #[track_caller]
    pub(crate) fn answer(&self, who: &str, verb: &str, asked: &Asked) {
        self.said(who, &[verb, &asked.id, "--delta", &asked.delta]);
    }

    #[track_caller]
    pub(crate) fn claim(&self, who: &str, paths: &[&str]) -> String {
        let mut arguments = vec!["claim", "--intent", "Work"];
        arguments.extend(paths);
        self.said(who, &arguments)["id"].as_str().unwrap().to_owned()
    }

    /// Makes a branch with one commit of alice, asked for by her and approved by bob.
    #[track_caller]
    pub(crate) fn approved(&self, branch: &str, file: &str, content: &str) -> Asked {
        self.branch(branch);
        self.commit("alice", file, content);
        let asked = self.request("alice", branch);
        self.approve("bob", &asked);
        asked
    }

    /// Makes a protected branch where the main one is, which a root member adopts.
    #[track_caller]
    pub(crate) fn accepted_adoption(&self, branch: &str) {
        self.branch(branch);
        self.said("maria", &["land", "--adopt", branch]);
        self.sync();
    }

    /// Pushes to the hub.
    pub(crate) fn push(&self, arguments: &[&str]) -> Ran {
        let mut all = vec!["push", "hub"];
        all.extend(arguments);
        self.git_try(&all)
    }

    /// Pushes what the hub must take.
    #[track_caller]
    pub(crate) fn accepted(&self, arguments: &[&str]) -> Ran {
        let ran = self.push(arguments);
        assert!(ran.code == 0, "refused: {arguments:?}\n{}", ran.stderr);
        ran
    }

    /// Pushes what the hub must refuse for exactly this reason, and which must leave no trace.
    #[track_caller]
    pub(crate) fn refused(&self, arguments: &[&str], code: Code) -> Ran {
        self.refused_for(arguments, &[code])
    }

    #[track_caller]
    pub(crate) fn refused_for(&self, arguments: &[&str], codes: &[Code]) -> Ran {
        let before = self.hub_state();
        let ran = self.push(arguments);
        assert!(ran.code != 0, "accepted: {arguments:?}\n{}", ran.stderr);
        assert_eq!(codes_in(&ran.stderr), codes.iter().copied().collect(), "{}", ran.stderr);
        // A server may answer before it has cleaned up.
        let until = Instant::now() + PATIENCE;
        while self.hub_state() != before && Instant::now() < until {
            thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(self.hub_state(), before, "a refused push left something behind");
        ran
    }

    /// Everything in the hub that a refused push must not change: refs, objects, and no lock.
    fn hub_state(&self) -> (String, BTreeSet<String>) {
        let mut files = BTreeSet::new();
        collect(&self.hub, &mut files);
        let interesting = |file: &String| file.contains("/objects/") || file.ends_with(".lock");
        (self.at_hub(&["for-each-ref"]), files.into_iter().filter(interesting).collect())
    }

    /// Shows that stock git takes the push: a copy of the hub without our hooks does.
    #[track_caller]
    pub(crate) fn stock_git_accepts(&self, arguments: &[&str]) {
        let copy = tempfile::tempdir_in(&self.root).unwrap();
        Archive::read(&self.root, &["hub.git"]).write(copy.path());
        let bare = copy.path().join("hub.git");
        for hook in ["pre-receive", "reference-transaction", "post-receive"] {
            fs::remove_file(bare.join("hooks").join(hook)).ok();
        }
        let mut all = vec!["push", bare.to_str().unwrap()];
        all.extend(arguments);
        let ran = self.git_try(&all);
        assert!(ran.code == 0, "stock git refuses it as well: {arguments:?}\n{}", ran.stderr);
    }

    /// Returns the state of the hub's ledger.
    pub(crate) fn state(&self) -> State {
        open_ledger(&self.hub).state().clone()
    }

    /// Appends an entry at the hub itself, dated as said: how tests make a past.
    #[track_caller]
    pub(crate) fn append_at(&self, time: Timestamp, who: &Actor, edits: &[Edit]) -> ObjectId {
        let draft = Draft { edits: edits.to_vec(), message: "Change".to_owned() };
        let mut ledger = open_ledger(&self.hub);
        ledger.append::<Infallible>(&who.author(), time, |_, _| Ok(draft.clone())).unwrap().commit
    }

    /// Fetches the ledger and every branch to the desk.
    #[track_caller]
    pub(crate) fn sync(&self) {
        self.fetch();
        self.coord("maria", &["sync"]).ok();
    }

    /// Writes a push that carries an approved change out, and follows it.
    #[track_caller]
    pub(crate) fn land(&self, branch: &str) {
        self.accepted(&[&format!("{branch}:main")]);
        self.sync();
    }

    /// The last landing of the main branch is where the branch is.
    #[track_caller]
    pub(crate) fn assert_recorded(&self) {
        let landed = self.state().landed.get(&RefName::parse(MAIN).unwrap()).cloned().unwrap();
        assert_eq!(landed.new.to_string(), self.hub_tip(MAIN));
    }
}

/// Returns the codes that an output names.
pub(crate) fn codes_in(output: &str) -> BTreeSet<Code> {
    let known: BTreeMap<&str, Code> = Code::ALL.iter().map(|code| (code.as_str(), *code)).collect();
    let words = output.split(['(', ')', '\n']);
    words.filter_map(|word| known.get(word.trim()).copied()).collect()
}

fn collect(directory: &Path, files: &mut BTreeSet<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), files);
        } else {
            files.insert(entry.path().to_string_lossy().into_owned());
        }
    }
}
