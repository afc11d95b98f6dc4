//! A hub with a ledger, the hooks and a protected branch, and a desk from which everybody pushes.
//!
//! It is made once for each policy and hash function, dated a day ago, and copied for every test.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fs;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;

use git_coord::format::WriteRecord;
use git_coord::git::Program;
use git_coord::git::Repository;
use git_coord::ledger::CloneStore;
use git_coord::ledger::Draft;
use git_coord::ledger::Edit;
use git_coord::ledger::Ledger;
use git_coord::model::Charter;
use git_coord::model::Landed;
use git_coord::model::Principal;
use git_coord::model::PrincipalId;
use git_coord::model::PrincipalKind;
use git_coord::model::RecordPath;
use git_coord::model::RefName;
use git_coord::model::Span;
use git_coord::model::Timestamp;
use git_coord::sign::PublicKey;

use crate::server::archive::Archive;
use crate::server::cast::CAST;
use crate::server::cast::FILES;
use crate::server::cast::Member;
use crate::server::cast::ROOT;
use crate::server::desk::Desk;
use crate::support::sandbox::Sandbox;
use crate::support::world::Actor;
use crate::support::world::name;
use crate::support::world::principal;
use crate::support::world::put;
use crate::support::world::text;

static GROUNDS: Mutex<BTreeMap<(String, String), Arc<Archive>>> = Mutex::new(BTreeMap::new());

/// Returns the ground for a policy in a kind of repository.
pub(super) fn ground(policy: &str, format: &str) -> Arc<Archive> {
    let mut grounds = GROUNDS.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let made = grounds.entry((policy.to_owned(), format.to_owned()));
    made.or_insert_with(|| Arc::new(make(policy, format))).clone()
}

pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_unix_s(since.as_secs().try_into().unwrap()).unwrap()
}

/// Opens the ledger of a repository in this process.
pub(super) fn open_ledger(git_dir: &Path) -> Ledger<CloneStore> {
    let repository = Repository::open_git_dir(git_dir).unwrap();
    Ledger::open(CloneStore::local(repository, Program::find().unwrap()).unwrap(), now()).unwrap()
}

fn make(policy: &str, format: &str) -> Archive {
    let desk = Desk::new(Sandbox::with_format(format));
    make_home(&desk.root);
    desk.git_in(&desk.root, &["init", "-q", "--bare", "-b", "main", "--object-format", format, "hub.git"]);
    desk.git_in(&desk.root, &["init", "-q", "-b", "main", "--object-format", format, "desk"]);
    desk.git(&["remote", "add", "hub", "../hub.git"]);
    for (file, content) in FILES {
        desk.write(file, content.as_bytes());
    }
    desk.git(&["add", "-A"]);
    desk.git(&["commit", "-q", "-m", "Begin"]);
    desk.git(&["push", "-q", "hub", "main"]);
    begin_ledger(&desk, policy);
    let installed = desk.coord_in(&desk.hub, &["--json", "hooks", "install", "--server"]).ok().json();
    enroll_hub(&desk, installed["hub_key"].as_str().unwrap());
    desk.git(&["fetch", "-q", "hub", "+refs/heads/*:refs/remotes/hub/*", "refs/heads/coord:refs/heads/coord"]);
    desk.git(&["config", "coord.remote", "hub"]);
    Archive::read(&desk.root, &["home", "hub.git", "desk"])
}

fn make_home(root: &Path) {
    let keys = root.join("home/.local/share/git-coord/keys");
    fs::create_dir_all(&keys).unwrap();
    fs::write(
        root.join("home/.gitconfig"),
        "[user]\n\tname = Test\n\temail = test@example.org\n[gpg]\n\tformat = ssh\n",
    )
    .unwrap();
    let names = CAST.iter().map(|(name, ..)| *name).chain([ROOT, "stranger"]);
    for name in names {
        let actor = Actor::named(name);
        let file = keys.join(actor.id.as_str());
        fs::write(&file, actor.secret().to_openssh(name).as_bytes()).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
        fs::write(file.with_extension("pub"), format!("{}\n", actor.key().to_openssh())).unwrap();
    }
}

fn begin_ledger(desk: &Desk, policy: &str) {
    let maria = Actor::named(ROOT);
    let created = now() - Span::from_s(86_400);
    let charter = Charter { rules: 1, audience: text("server-0001"), created };
    let record = |(member, kind, role, vendor, operator): Member| Principal {
        vendor: vendor.map(name),
        operator: Some(name(operator)),
        ..principal(&Actor::named(member), kind, role, &maria)
    };
    let root = record((ROOT, PrincipalKind::Human, "maintainer", None, ROOT));
    // Root members are enrolled at genesis, the others one by one.
    let (roots, others): (Vec<_>, Vec<_>) =
        CAST.into_iter().map(record).partition(|record| policy.contains(record.id.as_str()));
    let write = |path, content: &str| Edit { path, text: Some(content.to_owned()) };
    let mut edits = vec![
        write(RecordPath::Readme, "A ledger.\n"),
        write(RecordPath::Charter, &charter.to_text()),
        write(RecordPath::Policy, &policy.replace("ROOT", maria.id.as_str())),
        put(&root),
    ];
    edits.extend(roots.iter().map(put));
    let repository = Repository::open_git_dir(&desk.hub).unwrap();
    let store = CloneStore::local(repository.clone(), Program::find().unwrap()).unwrap();
    let draft = Draft { edits, message: "Begin".to_owned() };
    let mut ledger = Ledger::begin::<Infallible>(store, &maria.author(), created, &draft).unwrap();
    let mut append = |who: &Actor, edit: Edit| {
        let draft = Draft { edits: vec![edit], message: "Change".to_owned() };
        ledger.append::<Infallible>(&who.author(), created, |_, _| Ok(draft.clone())).unwrap()
    };
    // Where it takes two root members, the second one confirms whom the first one enrolls.
    let second = Actor::named("nora");
    let takes_two = policy.contains("threshold = 2");
    let enroll = |record: &Principal| {
        let enrolled = append(&maria, put(record));
        let said = Principal { rev: 2, confirmed_by: Some(second.id.clone()), ..record.clone() };
        if takes_two { append(&second, put(&said)) } else { enrolled }
    };
    let last = others.iter().map(enroll).last().unwrap();
    let landed = Landed::adoption(
        RefName::parse("refs/heads/main").unwrap(),
        repository.reference("refs/heads/main").unwrap().unwrap(),
        last.height,
        last.commit,
        created,
    );
    append(&maria, put(&landed));
}

/// Enrolls the key that the hub made for itself.
fn enroll_hub(desk: &Desk, key: &str) {
    let maria = Actor::named(ROOT);
    let public = PublicKey::parse(key).unwrap();
    let template = principal(&maria, PrincipalKind::Service, "hub", &maria);
    let id = PrincipalId::parse(&format!("hub-{}", public.short())).unwrap();
    let record = Principal { id, key: key.to_owned(), operator: Some(name("server")), ..template };
    let mut ledger = open_ledger(&desk.hub);
    let draft = Draft { edits: vec![put(&record)], message: "Enroll the hub".to_owned() };
    let then = now() - Span::from_s(86_000);
    ledger.append::<Infallible>(&maria.author(), then, |_, _| Ok(draft.clone())).unwrap();
    if ledger.state().policy.root.threshold == 2 {
        let second = Actor::named("nora");
        let said = Principal { rev: 2, confirmed_by: Some(second.id.clone()), ..record };
        let draft = Draft { edits: vec![put(&said)], message: "Confirm the hub".to_owned() };
        ledger.append::<Infallible>(&second.author(), then, |_, _| Ok(draft.clone())).unwrap();
    }
}
