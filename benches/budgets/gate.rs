//! The gate's decision in-process, against the diff of the same range by stock git.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use git_coord::format::WriteRecord;
use git_coord::format::delta_digest;
use git_coord::format::ref_hash;
use git_coord::git::Repository;
use git_coord::ledger::Edit;
use git_coord::ledger::MemoryStore;
use git_coord::model::Digest;
use git_coord::model::Landed;
use git_coord::model::ObjectId;
use git_coord::model::RecordKind;
use git_coord::model::RecordPath;
use git_coord::model::RefName;
use git_coord::model::Request;
use git_coord::model::Text;
use git_coord::ops::gate;
use git_coord::ops::gate::Elsewhere;
use git_coord::ops::gate::Sources;
use git_coord::rules::Freshness;
use git_coord::rules::State;
use git_coord::rules::Update;

use crate::budgets::duel::Duel;
use crate::budgets::duel::timed;
use crate::budgets::row::Budget;
use crate::budgets::row::Row;
use crate::budgets::run::Bench;
use crate::budgets::sandbox::Sandbox;
use crate::budgets::worker;
use crate::budgets::worlds;
use crate::budgets::worlds::Making;
use crate::budgets::worlds::Size;

const FILES: usize = 50;
const RULES: usize = 20;
const SIZE: Size = Size { requests: 999, principals: 10_000, ..Size::EMPTY };

pub(crate) fn rows(bench: &mut Bench) {
    let sandbox = bench.worlds.sandbox.clone();
    let directory = code(&sandbox);
    let repository = Repository::discover(&directory).expect("git made it");
    let id =
        |spec: &str| -> ObjectId { sandbox.git(&directory, &["rev-parse", spec]).parse().expect("git prints ids") };
    let (old, new) = (id("HEAD~1"), id("HEAD"));
    let state = state(&repository, old, new);
    let update = Update { target: worlds::main_ref(), old: Some(old), new: Some(new) };
    let decide = || {
        // Opened anew, as each process that asks the gate does.
        let repository = Repository::discover(&directory).expect("git made it");
        let sources = Sources {
            rights: &state,
            records: &state,
            latest: &state,
            now: worker::now(),
            freshness: Freshness::Known,
            elsewhere: Elsewhere::Refs(&[]),
        };
        let decision = gate::judge_update(&repository, sources, &update, &[]);
        let verdict = decision.expect("the range can be read").verdict;
        assert!(verdict.allows(), "{:?}", verdict.rules);
    };
    let range = [old.to_string(), new.to_string()];
    let floor = ["diff-tree", "-r", &range[0], &range[1]];
    let duel = Duel::run(bench.samples, || sandbox.time("git", &directory, &floor), || timed(decide).0);
    let what = format!(
        "gate decision in-process, {FILES} files, {RULES} rules, 1,000 requests, 10,000 principals / `git diff-tree -r`"
    );
    bench.add(Row::ratio(what, &duel, Budget::AtMost(3.0)));
}

/// Makes a repository of a thousand files whose last commit changes fifty of them.
fn code(sandbox: &Sandbox) -> PathBuf {
    let directory = sandbox.root.join("gate");
    fs::create_dir_all(&directory).expect("the target directory is ours");
    sandbox.git(&directory, &["init", "-q", "."]);
    let key = worlds::holder(0).keep_key(&sandbox.home).display().to_string();
    sandbox.git(&directory, &["config", "user.signingKey", &key]);
    write_files(&directory, 1_000, "before");
    sandbox.git(&directory, &["add", "."]);
    sandbox.git(&directory, &["commit", "-q", "-S", "-m", "Before"]);
    write_files(&directory, FILES, "after");
    sandbox.git(&directory, &["commit", "-q", "-S", "-a", "-m", "After"]);
    sandbox.git(&directory, &["repack", "-adq"]);
    directory
}

fn write_files(directory: &Path, count: usize, word: &str) {
    for file in 0..count {
        let path = directory.join(format!("src/m{:04}/file.rs", file * 20 % 1_000 + file / 50));
        fs::create_dir_all(path.parent().expect("it lies in a directory")).expect("the directory is ours");
        fs::write(path, format!("// {file} {word}\n").repeat(40)).expect("the directory is ours");
    }
}

/// Returns the state of a ledger in which the change is asked for and approved.
fn state(repository: &Repository, old: ObjectId, new: ObjectId) -> State {
    let store = MemoryStore::default();
    let mut making = Making::begin(&store, SIZE, RULES);
    making.fill(SIZE);
    let (base_tree, new_tree) = (tree(repository, old), tree(repository, new));
    let changes = repository.delta(Some(base_tree), Some(new_tree)).expect("both are here");
    let target = worlds::main_ref();
    let delta: Digest = delta_digest(making.ledger.state().charter.audience.as_str(), &target, &changes);
    let request = Request {
        rev: 1,
        id: making.id(RecordKind::Request),
        opener: worlds::holder(0).id,
        target,
        base: old,
        base_tree,
        head: new,
        new_tree,
        delta,
        claims: Vec::new(),
        mission: None,
        title: Text::parse("Change many files").expect("it is plain text"),
        summary: None,
        break_glass: None,
    };
    adopt(&mut making, &request.target, old);
    making.append(&worlds::holder(0), vec![worlds::put_request(&request)]);
    let approver = worlds::root();
    making.append(&approver, vec![worlds::approval(&approver, "maintainer", &request)]);
    making.ledger.state().clone()
}

/// Takes the branch as it is, before anything lands there.
fn adopt(making: &mut Making<&MemoryStore>, target: &RefName, tip: ObjectId) {
    let ledger = &making.ledger;
    let landed = Landed::adoption(target.clone(), tip, ledger.state().height, ledger.chain().head, making.now);
    let path = RecordPath::Landed(ref_hash(target));
    making.append(&worlds::root(), vec![Edit { path, text: Some(landed.to_text()) }]);
}

fn tree(repository: &Repository, commit: ObjectId) -> ObjectId {
    repository.commit_links(commit).expect("it is here").tree
}
