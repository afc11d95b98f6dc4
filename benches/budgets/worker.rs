//! What this program does when it is started by itself: a floor, one of many writers, or a bare watcher.

use std::convert::Infallible;
use std::io::Read;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;
use std::sync::mpsc;
use std::time::Duration;
use std::time::Instant;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;

use notify::RecursiveMode;
use notify::Watcher;

use git_coord::git::Program;
use git_coord::git::Repository;
use git_coord::ledger::CloneStore;
use git_coord::ledger::Draft;
use git_coord::ledger::LEDGER_REF;
use git_coord::ledger::Ledger;
use git_coord::model::RecordId;
use git_coord::model::RecordKind;
use git_coord::model::Timestamp;

use crate::budgets::worlds;

const MODE: &str = "--worker";

/// Does the work that the arguments ask for, if they do.
pub(crate) fn run() -> bool {
    let arguments: Vec<String> = std::env::args().collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        [_, mode, "head", directory] if *mode == MODE => read_head(Path::new(directory)),
        [_, mode, "append", directory, count] if *mode == MODE => append(Path::new(directory), count),
        [_, mode, "notify", directory] if *mode == MODE => follow(Path::new(directory)),
        _ => return false,
    }
    true
}

/// Returns the arguments by which this program does some work.
pub(crate) fn arguments<'a>(words: &[&'a str]) -> Vec<&'a str> {
    [MODE].into_iter().chain(words.iter().copied()).collect()
}

/// Returns where this program is.
pub(crate) fn program() -> String {
    std::env::current_exe().expect("it is running").display().to_string()
}

/// The floor of whatever reads the ledger: opens the repository and reads the head.
fn read_head(directory: &Path) {
    let repository = Repository::discover(directory).expect("it is a repository");
    let head = repository.reference(LEDGER_REF).expect("it can be read");
    println!("{}", head.expect("there is a ledger"));
}

/// Opens the ledger of a repository as any command does.
pub(crate) fn open(directory: &Path) -> Ledger<CloneStore> {
    let repository = Repository::discover(directory).expect("it is a repository");
    let program = Program::find().expect("git is there");
    let store = CloneStore::local(repository, program).expect("it can be read");
    Ledger::open(store, now()).expect("the ledger is sound")
}

pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    i64::try_from(since).ok().and_then(Timestamp::from_unix_s).expect("it is after 1970")
}

/// An entry that was made.
pub(crate) struct Made {
    pub(crate) finding: RecordId,
    pub(crate) began: Instant,
    pub(crate) took: Duration,
}

/// Appends one finding with an id of its own.
pub(crate) fn append_finding(ledger: &mut Ledger<CloneStore>, index: usize) -> Made {
    let root = worlds::root();
    let entropy = format!("{} {} {index}", std::process::id(), Instant::now().elapsed().as_nanos());
    let unique = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    let digest = git_coord::format::sha256(format!("{entropy} {unique}").as_bytes());
    let [a, b, c, d, e, ..] = *digest.as_bytes();
    let finding = RecordId::from_random(RecordKind::Finding, [a, b, c, d, e]);
    let edit = worlds::finding(&root, finding.clone(), index);
    let draft = Draft { edits: vec![edit], message: "Find".to_owned() };
    let began = Instant::now();
    let appended = ledger.append::<Infallible>(&root.author(), now(), |_, _| Ok(draft.clone()));
    let took = began.elapsed();
    appended.expect("the entry is legal");
    Made { finding, began, took }
}

/// One of many writers: begins when its input ends, and prints how long each append took, in microseconds.
fn append(directory: &Path, count: &str) {
    git_coord::cli::tell_phases();
    let mut ledger = open(directory);
    std::io::stdin().read_to_end(&mut Vec::new()).ok();
    let count: usize = count.parse().expect("it is a number");
    let took: Vec<String> =
        (0..count).map(|index| append_finding(&mut ledger, index).took.as_micros().to_string()).collect();
    println!("{}", took.join(" "));
}

/// Begins a writer that waits for its input to end.
pub(crate) fn writer(directory: &Path, count: usize) -> Command {
    let mut command = Command::new(program());
    command.args(arguments(&["append"])).arg(directory).arg(count.to_string());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    command
}

/// The floor of a watcher: the library itself on the directory of the reference, one line for each look at it.
fn follow(directory: &Path) {
    let (sender, receiver) = mpsc::channel();
    let mut watcher = notify::recommended_watcher(move |event| {
        sender.send(event).ok();
    })
    .expect("the system can watch");
    let heads = directory.join(".git/refs/heads");
    watcher.watch(&heads, RecursiveMode::NonRecursive).expect("it is there");
    let mut last = std::fs::read(heads.join("coord")).unwrap_or_default();
    println!("ready");
    for _ in receiver {
        let present = std::fs::read(heads.join("coord")).unwrap_or_default();
        if !present.is_empty() && present != last {
            last = present;
            println!("moved");
        }
    }
}
