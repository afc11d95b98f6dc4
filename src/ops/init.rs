//! `init`: a ledger, its policy, the caller as root, hooks and `.coord/`.

use std::path::PathBuf;

use crate::disk;
use crate::disk::Durability;
use crate::format::WriteRecord;
use crate::git::Program;
use crate::git::Repository;
use crate::ledger::Author;
use crate::ledger::Draft;
use crate::ledger::Edit;
use crate::ledger::LEDGER_REF;
use crate::ledger::Ledger;
use crate::ledger::Signer;
use crate::ledger::check_never_had_one;
use crate::model::Charter;
use crate::model::Digest;
use crate::model::Principal;
use crate::model::PrincipalId;
use crate::model::PrincipalKind;
use crate::model::PrincipalName;
use crate::model::RecordName;
use crate::model::RecordPath;
use crate::model::Standing;
use crate::model::Text;
use crate::ops::checkout;
use crate::ops::context::open_repository;
use crate::ops::context::store_of;
use crate::ops::failure::Failure;
use crate::ops::hooks;
use crate::ops::identity;
use crate::ops::join::pinned;
use crate::ops::keys;
use crate::ops::remote;
use crate::ops::surroundings::Surroundings;
use crate::rules::RULES;
use crate::sign::PublicKey;

/// How strict the first policy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Template {
    Solo,
    Team,
    Strict,
}

impl Template {
    fn text(self) -> &'static str {
        match self {
            Self::Solo => include_str!("templates/solo.toml"),
            Self::Team => include_str!("templates/team.toml"),
            Self::Strict => include_str!("templates/strict.toml"),
        }
    }
}

/// What `init` is asked for.
pub struct Options {
    /// The name of the root member.
    pub name: String,
    pub template: Template,
    /// Sign with this key file instead of the one that git is configured to sign with.
    pub key_file: Option<PathBuf>,
    /// Where the ledger is decided from now on.
    pub remote: Option<String>,
    pub hooks: HookChoice,
}

/// Whether hooks are installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookChoice {
    Install,
    Leave,
}

/// What `init` made.
pub struct Outcome {
    pub principal: PrincipalId,
    pub pin: Digest,
    pub ledger: crate::model::ObjectId,
    pub height: u64,
    /// Where the new key lies, if one was made.
    pub new_key: Option<PathBuf>,
    pub checkout: Option<PathBuf>,
    pub hooks: Option<hooks::Outcome>,
    /// The remotes of the repository, if none of them decides.
    pub passed_over: Vec<String>,
}

/// What the README of the ledger's directory says to whoever finds it.
const README: &str = include_str!("templates/README.md");

/// Begins a ledger in the repository.
pub fn run(surroundings: &Surroundings, options: &Options) -> Result<Outcome, Failure> {
    let repository = open_repository(&surroundings.directory)?;
    let program = Program::find()?;
    if repository.reference(LEDGER_REF)?.is_some() {
        return Err(Failure::LedgerExists);
    }
    check_never_had_one(&store_of(&repository, &program)?, pinned(&repository)?.map(|(pin, _)| pin))?;
    let name = PrincipalName::parse(&options.name).map_err(|_| Failure::Argument {
        what: options.name.clone(),
        expected: "a name such as `maria`: [a-z][a-z0-9-]*",
    })?;
    let store = match &options.remote {
        Some(remote) => remote::chosen_store(remote, &repository, &program)?,
        None => store_of(&repository, &program)?,
    };
    let there = match remote::ask(&store)? {
        Some(_) => store.remote().map(str::to_owned),
        None if options.remote.is_none() => remote::fetched_with_ledger(&repository)?.into_iter().next(),
        None => None,
    };
    if let Some(remote) = there {
        return Err(Failure::LedgerThere { remote });
    }
    let (key, signer, new_key) = root_key(surroundings, &repository, &name, options)?;
    let id = keys::principal_id(&name, &key);
    let draft = genesis(surroundings, &id, &key, options)?;
    let author = Author { name: id.to_string(), mail: format!("{id}@coord.invalid"), signer: &signer };
    let begun = Ledger::begin(store, &author, surroundings.now(), &draft).map_err(Failure::from);
    if let (Err(failure), Some(path)) = (&begun, &new_key)
        && (failure.is_final() || is_nowhere(&repository, &program, options))
    {
        keys::discard(path)?;
    }
    let ledger = begun?;
    remote::keep(ledger.store())?;
    let (pin, head) = (ledger.pin(), ledger.chain().head);
    write_pin(&repository, &pin, "checked")?;
    let checkout = checkout::create(surroundings, &repository, &program, ledger.chain())?;
    let signing_file = match &options.key_file {
        // Git signs with it from now on, wherever it is called.
        Some(path) => Some(disk::real_path(path)?),
        None => signing_file(surroundings, &id, &key)?,
    };
    let signing_key = signing_file.map(|path| path.display().to_string());
    checkout::act_as(&repository, &program, &id, signing_key.as_deref())?;
    let hooks = match options.hooks {
        HookChoice::Install => Some(hooks::install_client(surroundings, &repository)?),
        HookChoice::Leave => None,
    };
    let is_alone = ledger.store().remote().is_none();
    let passed_over = if is_alone { repository.remotes() } else { Vec::new() };
    Ok(Outcome { principal: id, pin, ledger: head, height: 0, new_key, checkout, hooks, passed_over })
}

/// Returns whether a ledger that could not be begun is certainly not there: without its root's key nobody could use it.
fn is_nowhere(repository: &Repository, program: &Program, options: &Options) -> bool {
    let store = match &options.remote {
        Some(remote) => remote::store_at(Some(remote), repository, program),
        None => store_of(repository, program),
    };
    let here = repository.reference(LEDGER_REF);
    matches!((here, store.and_then(|store| remote::ask(&store))), (Ok(None), Ok(None)))
}

/// Returns the root member's key: the one named, the one git signs with, or a new one.
fn root_key(
    surroundings: &Surroundings,
    repository: &Repository,
    name: &PrincipalName,
    options: &Options,
) -> Result<(PublicKey, Signer, Option<PathBuf>), Failure> {
    if let Some(path) = &options.key_file {
        let key = identity::public_key_of(path)?;
        let key =
            key.ok_or_else(|| Failure::KeyUnusable { path: path.clone(), reason: "no ed25519 key is there".into() })?;
        let signer = identity::signer_of_file(path, &key, repository, surroundings)?;
        let signer =
            signer.ok_or_else(|| Failure::KeyUnusable { path: path.clone(), reason: "it cannot sign".into() })?;
        return Ok((key, signer, None));
    }
    if let Some(key) = identity::configured_key(repository, surroundings)?
        && let Some(signer) = identity::signer_for(&key, None, repository, surroundings)?
    {
        return Ok((key, signer, None));
    }
    let made = keys::create(surroundings, name)?;
    Ok((made.secret.public(), Signer::Key(made.secret), Some(made.path)))
}

/// Returns the file that stock git shall sign with in this worktree, if the key lies in one of ours.
fn signing_file(surroundings: &Surroundings, id: &PrincipalId, key: &PublicKey) -> Result<Option<PathBuf>, Failure> {
    let Some(path) = identity::key_path(surroundings, id) else { return Ok(None) };
    Ok((identity::public_key_of(&path)?.as_ref() == Some(key)).then_some(path))
}

fn genesis(
    surroundings: &Surroundings,
    id: &PrincipalId,
    key: &PublicKey,
    options: &Options,
) -> Result<Draft, Failure> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|_| Failure::NoRandomness)?;
    let audience: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    let charter = Charter {
        rules: RULES,
        audience: Text::parse(&audience).expect("hexadecimal digits are plain text"),
        created: surroundings.now(),
    };
    let root = Principal {
        rev: 1,
        id: id.clone(),
        kind: PrincipalKind::Human,
        role: RecordName::parse("maintainer").expect("it is a name"),
        vendor: None,
        operator: None,
        key: key.to_openssh(),
        status: Standing::Active,
        enrolled_by: id.clone(),
        confirmed_by: None,
        suspect_since: None,
        rotation: None,
        capabilities: Vec::new(),
    };
    let policy = options.template.text().replace("{root}", id.as_str());
    let edit = |path, text| Edit { path, text: Some(text) };
    Ok(Draft {
        edits: vec![
            edit(RecordPath::Readme, README.to_owned()),
            edit(RecordPath::Charter, charter.to_text()),
            edit(RecordPath::Policy, policy),
            edit(RecordPath::Principal(id.clone()), root.to_text()),
        ],
        message: format!("Begin the ledger with {id} as its root"),
    })
}

/// Writes the pin beside the ledger's caches: what was trusted first (P3).
pub(crate) fn write_pin(repository: &Repository, pin: &Digest, trust: &str) -> Result<(), Failure> {
    let path = repository.common_dir().join("coord").join("pin");
    disk::write(&path, format!("{pin} {trust}\n").as_bytes(), 0o600, Durability::Synced)?;
    Ok(())
}
