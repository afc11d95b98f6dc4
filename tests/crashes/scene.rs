//! A ledger with somebody for every role and something for every verb to do, which is put back as it was before each trial.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::path::PathBuf;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

/// A claim that somebody typed, which `commit` signs.
const TYPED: &str = "claims/c-22222222.toml";
/// A file that somebody typed and did not commit.
const DRAFT: (&str, &str) = (".coord/decisions/d-0000dr4f.toml", "format = 1\n# not finished\n");

/// Where the ledger of a scene is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Here,
    /// In a bare repository with server hooks.
    Hub,
}

/// How much is looked at after the next command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thorough {
    No,
    /// The whole ledger is judged anew, and git looks for all that something leads to. What nobody waited for and nothing
    /// leads to may be torn: git itself leaves such objects.
    Reachable,
    /// Git reads every object.
    Whole,
}

impl Thorough {
    pub(super) fn every(count: usize, number: usize) -> Self {
        if number.is_multiple_of(count) { Self::Whole } else { Self::No }
    }
}

/// What a verb does to the records, if it does anything.
#[derive(Clone, Debug)]
pub(super) enum Effect {
    /// A record below this that was not there.
    Added(&'static str),
    Changed(String),
    Gone(String),
    /// A branch is where another one is.
    Landed,
    Nothing,
}

/// A command with what it does.
#[derive(Clone, Debug)]
pub(super) struct Verb {
    pub(super) name: &'static str,
    pub(super) actor: Actor,
    pub(super) arguments: Vec<String>,
    pub(super) effect: Effect,
}

/// The records of a ledger: each path with its object.
pub(super) type Listing = BTreeMap<String, String>;

pub(super) struct Scene {
    pub(super) maria: Actor,
    alice: Actor,
    bob: Actor,
    pub(super) place: Place,
    /// The repository where it is decided.
    decided: Actor,
    pub(super) start: Listing,
    claim: String,
    asked: (String, String),
    approved: String,
    policy: String,
    pub(super) sandbox: Sandbox,
}

impl Scene {
    /// Sets a scene and saves it.
    pub(super) fn new(place: Place) -> Self {
        let sandbox = Sandbox::new();
        let hub = (place == Place::Hub).then(|| sandbox.hub());
        let maria = hub.as_ref().map_or_else(|| sandbox.ledger(), |hub| hub.maria.clone());
        let decided = hub.as_ref().map_or_else(|| maria.clone(), |hub| sandbox.somebody(&hub.directory));
        let alice = maria.agent("alice");
        let bob = maria.enroll("bob", &["--role", "reviewer", "--vendor", "openai"]);
        maria.coord(&["land", "--adopt", "main"]).ok();
        let claim = text(&alice.claim(&["held/"])["id"]);
        alice.git(&["checkout", "-q", "-b", "second"]);
        let ask = |path: &str| {
            alice.write(path, "changed\n");
            alice.commit(&format!("Change {path}"));
            let request = alice.coord(&["request", "HEAD", "--into", "main"]).ok().json();
            (text(&request["id"]), text(&request["delta"]))
        };
        let (approved, delta) = ask("src/a.rs");
        bob.coord(&["approve", &approved, "--delta", &delta]).ok();
        alice.git(&["checkout", "-q", "-b", "third", "main"]);
        let asked = ask("src/b.rs");
        alice.git(&["checkout", "-q", "-b", "fourth", "main"]);
        alice.write("src/c.rs", "new\n");
        alice.commit("Add a part");
        let active = text(&maria.coord(&["policy", "show"]).ok().json()["text"]);
        let edited = active.replacen("per-principal = 20", "per-principal = 30", 1);
        assert_ne!(edited, active);
        maria.write("draft.toml", &edited);
        let policy = text(&maria.coord(&["policy", "propose", "draft.toml"]).ok().json()["id"]);
        fs::remove_file(maria.directory.join("draft.toml")).unwrap();
        fs::create_dir_all(maria.directory.join(".coord/decisions")).unwrap();
        maria.write(DRAFT.0, DRAFT.1);
        let typed = format!(
            "format = 1\nholder = \"{}\"\nintent = \"Typed\"\npaths = [\"typed/\"]\nexpires = {}\n",
            maria.id,
            text(&maria.claim(&["expires/"])["expires"])
        );
        maria.write(&format!(".coord/{TYPED}"), &typed);
        maria.coord(&["status"]).ok();
        let mut scene =
            Self { maria, alice, bob, place, decided, start: Listing::new(), claim, asked, approved, policy, sandbox };
        for repository in [&scene.maria.directory.join(".git"), &scene.decided.directory] {
            for sample in fs::read_dir(repository.join("hooks")).into_iter().flatten().map(Result::unwrap) {
                if sample.path().extension().is_some_and(|ending| ending == "sample") {
                    fs::remove_file(sample.path()).unwrap();
                }
            }
        }
        scene.start = scene.records();
        fs::create_dir(scene.saved()).unwrap();
        for name in scene.kept() {
            copy(&scene.sandbox.root.join(&name), &scene.saved().join(&name));
        }
        scene
    }

    pub(super) fn saved(&self) -> PathBuf {
        self.sandbox.root.join("saved")
    }

    /// Returns what is put back.
    pub(super) fn kept(&self) -> Vec<String> {
        let names = ["home", "work", "alice", "bob", "hub.git"];
        names.into_iter().filter(|name| self.sandbox.root.join(name).exists()).map(str::to_owned).collect()
    }

    /// Puts everything back as it was when it was saved.
    pub(super) fn restore(&self) {
        for name in self.kept() {
            fs::remove_dir_all(self.sandbox.root.join(&name)).unwrap();
            copy(&self.saved().join(&name), &self.sandbox.root.join(&name));
        }
        self.renew_look(None);
    }

    /// A copy has other numbers than what it is a copy of, which would be taken for a change by somebody else. Another word
    /// for the time since the machine was started makes it one that was started since.
    pub(super) fn renew_look(&self, boot: Option<&str>) {
        let checkout = self.maria.directory.join(".git/worktrees/-coord");
        let shown = fs::read_to_string(checkout.join("coord-shown")).unwrap_or_default();
        let [tree, look, before] = shown.split_whitespace().collect::<Vec<_>>()[..] else { return };
        let Ok(found) = fs::metadata(checkout.join("index")) else { return };
        let mut parts: Vec<String> = look.split(',').map(str::to_owned).collect();
        if parts.len() == 5 && parts[3] == found.len().to_string() {
            parts[1] = (found.mtime() * 1_000_000_000 + found.mtime_nsec()).to_string();
            parts[2] = (found.ctime() * 1_000_000_000 + found.ctime_nsec()).to_string();
            parts[4] = found.ino().to_string();
        }
        let boot = boot.unwrap_or(before);
        fs::write(checkout.join("coord-shown"), format!("{tree} {} {boot}\n", parts.join(","))).unwrap();
    }

    /// Returns the verbs that are tried; those of the budget first.
    pub(super) fn verbs(&self) -> Vec<Verb> {
        let verb = |name: &'static str, actor: &Actor, arguments: &[&str], effect: Effect| Verb {
            name,
            actor: actor.clone(),
            arguments: arguments.iter().map(|word| (*word).to_owned()).collect(),
            effect,
        };
        let file = format!("claims/{}.toml", self.claim);
        let approval = ["approve", self.asked.0.as_str(), "--delta", self.asked.1.as_str()];
        let mut verbs = vec![
            verb("claim", &self.alice, &["claim", "docs/", "--intent", "Write"], Effect::Added("claims/")),
            verb("renew", &self.alice, &["renew", &self.claim, "--ttl", "2h"], Effect::Changed(file.clone())),
            verb("release", &self.alice, &["release", &self.claim], Effect::Gone(file)),
            verb("approve", &self.bob, &approval, Effect::Added("approvals/")),
            verb("activate", &self.maria, &["policy", "activate", &self.policy], Effect::Changed("policy.toml".into())),
            verb("land", &self.maria, &["land", &self.approved], Effect::Landed),
            verb("find", &self.bob, &["find", "It leaks", "--on", "src/a.rs"], Effect::Added("findings/")),
            verb("request", &self.alice, &["request", "HEAD", "--into", "main"], Effect::Added("requests/")),
            verb("commit", &self.maria, &["commit", TYPED], Effect::Changed(TYPED.to_owned())),
        ];
        if self.place == Place::Hub {
            verbs.push(verb("sync", &self.maria, &["sync"], Effect::Nothing));
        }
        verbs
    }

    /// Returns the command that comes next: another one than what it is to show the end of.
    pub(super) fn next(&self, verb: &Verb) -> Verb {
        let words = match verb.effect {
            Effect::Added("claims/") => vec!["find", "Next", "--on", "next/"],
            _ => vec!["claim", "next/", "--intent", "Next"],
        };
        let effect = if words[0] == "find" { Effect::Added("findings/") } else { Effect::Added("claims/") };
        let arguments = words.into_iter().map(str::to_owned).collect();
        Verb { name: "next", actor: self.maria.clone(), arguments, effect }
    }

    /// Returns the records where the ledger is decided.
    pub(super) fn records(&self) -> Listing {
        records_of(&self.decided)
    }

    /// Returns the records of the ledger's branch in the clone.
    pub(super) fn records_here(&self) -> Listing {
        records_of(&self.maria)
    }

    /// Returns which ledger the clone trusts.
    pub(super) fn pin(&self) -> Vec<u8> {
        fs::read(self.maria.directory.join(".git/coord/pin")).unwrap_or_default()
    }

    /// Returns where the repositories are.
    pub(super) fn repositories(&self) -> Vec<PathBuf> {
        let places = [self.maria.directory.join(".git"), self.sandbox.root.join("hub.git")];
        places.into_iter().filter(|place| place.exists()).collect()
    }

    /// Returns whether a verb has had its effect.
    pub(super) fn is_done(&self, effect: &Effect) -> bool {
        let is_landed = || {
            let heads = [(&self.decided, "main"), (&self.maria, "second")].map(|(place, branch)| {
                place.try_git(&["rev-parse", "--verify", "-q", &format!("refs/heads/{branch}")]).stdout
            });
            !heads[0].is_empty() && heads[0] == heads[1]
        };
        self.is_recorded(effect, &self.records()) && (!matches!(effect, Effect::Landed) || is_landed())
    }

    /// Returns whether the effect of a verb is among these records.
    pub(super) fn is_recorded(&self, effect: &Effect, records: &Listing) -> bool {
        match effect {
            Effect::Added(place) => {
                records.keys().any(|path| path.starts_with(place) && !self.start.contains_key(path))
            }
            Effect::Changed(path) => records.get(path) != self.start.get(path),
            Effect::Gone(path) => !records.contains_key(path),
            Effect::Landed => records
                .iter()
                .any(|record| record.0.starts_with("landed/") && self.start.get(record.0) != Some(record.1)),
            Effect::Nothing => true,
        }
    }

    /// Runs the next command, and looks for what must hold after it. Returns what does not.
    pub(super) fn aftermath(&self, verb: &Verb, thorough: Thorough) -> Vec<String> {
        let mut wrong = Vec::new();
        let next = self.next(verb);
        let words: Vec<&str> = next.arguments.iter().map(String::as_str).collect();
        if thorough != Thorough::No {
            let status = self.maria.coord(&["status"]);
            if status.code != 0 {
                wrong.push(format!("status does not work: {status}"));
            }
        }
        let ran = next.actor.coord(&words);
        if ran.code != 0 {
            // It is looked at anew without what the first one may have mended: both are told.
            let again = next.actor.coord(&words);
            wrong.push(format!("the next command does not work: {ran}\nonce more: exit {}", again.code));
            return wrong;
        }
        if !self.is_done(&next.effect) {
            wrong.push("what the next command acknowledged is not there".to_owned());
        }
        for repository in self.repositories() {
            for left in files_below(&repository).iter().filter(|file| file.extension().is_some_and(|end| end == "lock"))
            {
                wrong.push(format!("left over: {}", left.display()));
            }
        }
        let drafts = self.maria.try_git(&["-C", ".coord", "status", "--porcelain", "-uall"]).stdout;
        let is_typed = !self.records().contains_key(TYPED);
        let expected = [TYPED, &DRAFT.0[".coord/".len()..]].map(|path| format!("?? {path}\n"));
        if drafts != expected[usize::from(!is_typed)..].concat() {
            wrong.push(format!("the checkout is not right:\n{drafts}"));
        }
        if fs::read_to_string(self.maria.directory.join(DRAFT.0)).ok().as_deref() != Some(DRAFT.1) {
            wrong.push("the draft is not what it was".to_owned());
        }
        if thorough != Thorough::No {
            let full = self.maria.coord(&["verify", "--full"]);
            if full.code != 0 || full.json()["void"] != 0 {
                wrong.push(format!("it is not what verifying anew finds: {full}"));
            }
            let how = if thorough == Thorough::Whole { "--full" } else { "--connectivity-only" };
            let checked = self.maria.try_git(&["fsck", "--strict", how, "--no-dangling", "--no-progress"]);
            if checked.code != 0 || checked.stderr.contains("error") || checked.stderr.contains("missing") {
                wrong.push(format!("git finds damage: {checked}"));
            }
        }
        wrong
    }
}

/// Returns the records of the ledger's branch in a repository; none if they cannot be read.
fn records_of(repository: &Actor) -> Listing {
    let listed = repository.try_git(&["ls-tree", "-r", "refs/heads/coord"]).stdout;
    let line = |line: &str| {
        let (words, path) = line.split_once('\t').unwrap();
        (path.to_owned(), words.split(' ').nth(2).unwrap().to_owned())
    };
    listed.lines().map(line).collect()
}

/// Returns every file below a directory.
pub(super) fn files_below(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            found.extend(files_below(&entry.path()));
        } else {
            found.push(entry.path());
        }
    }
    found
}

/// Copies a directory, with links as links.
pub(super) fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    fs::set_permissions(to, fs::metadata(from).unwrap().permissions()).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (source, target, kind) = (entry.path(), to.join(entry.file_name()), entry.file_type().unwrap());
        if kind.is_dir() {
            copy(&source, &target);
        } else if kind.is_symlink() {
            symlink(fs::read_link(&source).unwrap(), &target).unwrap();
        } else if kind.is_file() {
            let found = fs::metadata(&source).unwrap();
            fs::copy(&source, &target).unwrap();
            let file = fs::File::options().write(true).open(&target);
            if let Ok(file) = file {
                file.set_modified(found.modified().unwrap()).unwrap();
            }
            debug_assert_eq!(found.permissions().mode(), fs::metadata(&target).unwrap().permissions().mode());
        }
    }
}
