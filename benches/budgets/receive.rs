//! What the server's hooks add to a push that lands a change.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use git_coord::format::WriteRecord;
use git_coord::format::delta_digest;
use git_coord::git::Repository;
use git_coord::ledger::CloneStore;
use git_coord::ledger::Edit;
use git_coord::model::Principal;
use git_coord::model::PrincipalId;
use git_coord::model::PrincipalKind;
use git_coord::model::RecordKind;
use git_coord::model::RecordPath;
use git_coord::model::Request;
use git_coord::model::Text;
use git_coord::sign::PublicKey;

use crate::budgets::cast;
use crate::budgets::causes;
use crate::budgets::duel::Duel;
use crate::budgets::phases::phases;
use crate::budgets::row::Budget;
use crate::budgets::row::Row;
use crate::budgets::run::Bench;
use crate::budgets::sandbox::Sandbox;
use crate::budgets::worker;
use crate::budgets::worlds;
use crate::budgets::worlds::Making;
use crate::budgets::worlds::Size;

const FILES: usize = 50;
const WARM_UP: usize = 2;

pub(crate) fn rows(bench: &mut Bench) {
    let mut stage = Stage::set(bench);
    let mut pairs = Vec::new();
    // Each change is pushed twice: to the repository without hooks, then to the one with them.
    for change in 0..bench.samples + WARM_UP {
        stage.make_change(change);
        stage.ask_and_approve();
        pairs.push((stage.push("plain"), stage.push("hub")));
    }
    let duel = Duel::of(pairs.into_iter().skip(WARM_UP));
    let what = format!("server hooks on a push of one {FILES}-file change, 10,000 entries behind it, add");
    let row = Row::added(what, &duel, Budget::AtMost(1.0)).because(|| {
        let mut change = bench.samples + WARM_UP;
        let prepare = || {
            change += 1;
            stage.make_change(change);
            stage.ask_and_approve();
            let mut command = stage.sandbox.command("git", &stage.developer);
            command.args(["push", "-q", "hub", "main"]);
            command
        };
        format!(
            "Three hooks that start the program and do nothing take {} by themselves, and the record of the landing is a \
             durable entry of its own: {} for the disk alone. {}",
            causes::bare_hooks(bench, 3),
            causes::bare_writes(bench, &bench.worlds.sandbox.root.join("developer")),
            phases(bench, prepare)
        )
    });
    bench.add(row);
}

/// A server with hooks, its twin without, and a clone from which both are pushed to.
struct Stage {
    sandbox: Sandbox,
    developer: PathBuf,
    ledger: Making<CloneStore>,
}

impl Stage {
    fn set(bench: &Bench) -> Self {
        let sandbox = bench.worlds.sandbox.clone();
        let world = bench.worlds.copy(Size::HISTORY, "receive");
        let root = sandbox.root.clone();
        for name in ["hub.git", "plain.git"] {
            sandbox.git(&root, &["clone", "-q", "--bare", &world.display().to_string(), name]);
        }
        let (hub, developer) = (root.join("hub.git"), root.join("developer"));
        sandbox.coord(&hub, &["hooks", "install", "--server"]);
        let installed = sandbox.coord(&hub, &["--json", "hooks", "install", "--server"]);
        let key = hub_key(&installed);
        sandbox.git(&root, &["clone", "-q", "hub.git", "developer"]);
        sandbox.git(&developer, &["remote", "rename", "origin", "hub"]);
        sandbox.git(&developer, &["remote", "add", "plain", &root.join("plain.git").display().to_string()]);
        let signing = worlds::holder(0).keep_key(&sandbox.home).display().to_string();
        sandbox.git(&developer, &["config", "user.signingKey", &signing]);
        let mut ledger = Making::resume(open_bare(&hub));
        let by = worlds::root();
        let id = PrincipalId::parse(&format!("hub-{}", key.short())).expect("a name and eight digits are an id");
        let record = cast::record_of(id, key, PrincipalKind::Service, "hub", &by);
        ledger.append(&by, vec![enrolment(&record)]);
        sandbox.coord(&hub, &["--as", by.id.as_str(), "land", "--adopt", "main"]);
        Self { sandbox, developer, ledger }
    }

    fn make_change(&self, change: usize) {
        for file in 0..FILES {
            let path = self.developer.join(format!("src/m{:04}/file.rs", file));
            fs::create_dir_all(path.parent().expect("it lies in a directory")).expect("the world is ours");
            fs::write(path, format!("// {file} as of change {change}\n").repeat(40)).expect("the world is ours");
        }
        self.sandbox.git(&self.developer, &["add", "."]);
        self.sandbox.git(&self.developer, &["commit", "-q", "-S", "-m", "Change many files"]);
    }

    /// Puts the request and its approval into the server's ledger.
    fn ask_and_approve(&mut self) {
        let repository = Repository::discover(&self.developer).expect("git made it");
        let commit = |spec: &str| {
            let id = self.sandbox.git(&self.developer, &["rev-parse", spec]).parse().expect("git prints ids");
            (id, repository.commit_links(id).expect("it is here").tree)
        };
        let ((base, base_tree), (head, new_tree)) = (commit("HEAD~1"), commit("HEAD"));
        let changes = repository.delta(Some(base_tree), Some(new_tree)).expect("both are here");
        let target = worlds::main_ref();
        let audience = self.ledger.ledger.state().charter.audience.as_str().to_owned();
        self.ledger.ledger.refresh(worker::now()).expect("the ledger is sound");
        let request = Request {
            rev: 1,
            id: self.ledger.id(RecordKind::Request),
            opener: worlds::holder(0).id,
            delta: delta_digest(&audience, &target, &changes),
            target,
            base,
            base_tree,
            head,
            new_tree,
            claims: Vec::new(),
            mission: None,
            title: Text::parse("Change many files").expect("it is plain text"),
            summary: None,
            break_glass: None,
        };
        self.ledger.append(&worlds::holder(0), vec![worlds::put_request(&request)]);
        let approver = worlds::root();
        self.ledger.append(&approver, vec![worlds::approval(&approver, "maintainer", &request)]);
    }

    fn push(&self, remote: &str) -> Duration {
        self.sandbox.time("git", &self.developer, &["push", "-q", remote, "main"])
    }
}

fn open_bare(directory: &Path) -> git_coord::ledger::Ledger<CloneStore> {
    let repository = Repository::open_git_dir(directory).expect("it is a repository");
    let program = git_coord::git::Program::find().expect("git is there");
    let store = CloneStore::local(repository, program).expect("it can be read");
    git_coord::ledger::Ledger::open(store, worker::now()).expect("the ledger is sound")
}

fn hub_key(report: &str) -> PublicKey {
    let start = report.find("ssh-ed25519 ").expect("the report names the key");
    let key: String = report[start..].chars().take_while(|c| *c != '"' && *c != '\\' && *c != '\n').collect();
    PublicKey::parse(key.trim()).expect("it is a key")
}

fn enrolment(record: &Principal) -> Edit {
    Edit { path: RecordPath::Principal(record.id.clone()), text: Some(record.to_text()) }
}
