//! What a server's hooks decide about a push: the gate itself, its safety net, and the record of what landed.

use std::path::Path;
use std::path::PathBuf;

use crate::disk;
use crate::disk::Durability;
use crate::format::ref_hash;
use crate::git::Program;
use crate::git::Repository;
use crate::git::Swap;
use crate::ledger::CloneStore;
use crate::ledger::LEDGER_REF;
use crate::ledger::Ledger;
use crate::ledger::LedgerError;
use crate::ledger::Signer;
use crate::ledger::Step;
use crate::model::HashKind;
use crate::model::Landed;
use crate::model::ObjectId;
use crate::model::RecordId;
use crate::model::RefName;
use crate::model::Timestamp;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::gate;
use crate::ops::gate::Sources;
use crate::ops::hooks;
use crate::ops::identity::Identity;
use crate::ops::landing;
use crate::ops::landing::Circumstances;
use crate::ops::surroundings::Surroundings;
use crate::rules::Code;
use crate::rules::Refusal;
use crate::rules::State;
use crate::rules::Update;
use crate::rules::Verdict;

/// How many refs one push may move.
const COMMANDS_MAX: usize = 1_000;
/// The push option that names which request a push lands (S26).
const REQUEST_OPTION: &str = "coord.request=";

/// One line of a server hook's input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    pub old: Option<ObjectId>,
    pub new: Option<ObjectId>,
    pub name: String,
}

/// Where the objects of a push are before it is taken.
#[derive(Clone, Debug)]
pub struct Quarantine {
    pub objects: PathBuf,
    pub alternates: Vec<PathBuf>,
}

/// Reads a hook's input strictly. The last line may lack its line feed: some servers send it so.
pub fn parse_commands(input: &[u8], kind: HashKind) -> Result<Vec<Command>, Refusal> {
    let malformed = |message: &str| Refusal::new(Code::InputMalformed, message);
    let text = std::str::from_utf8(input).map_err(|_| Refusal::new(Code::RefName, "a ref's name is not UTF-8"))?;
    let mut commands = Vec::new();
    for line in text.split_terminator('\n') {
        let mut fields = line.splitn(3, ' ');
        let (Some(old), Some(new), Some(name)) = (fields.next(), fields.next(), fields.next()) else {
            return Err(malformed("a line has fewer than three fields"));
        };
        let id = |text: &str| {
            let id: ObjectId = text.parse().map_err(|_| malformed("an object id is malformed"))?;
            if id.kind() != kind {
                return Err(malformed("an object id is of another kind of repository"));
            }
            Ok((!id.is_null()).then_some(id))
        };
        if name.is_empty() {
            return Err(malformed("a ref has no name"));
        }
        commands.push(Command { old: id(old)?, new: id(new)?, name: name.to_owned() });
        if commands.len() > COMMANDS_MAX {
            return Err(Refusal::new(Code::RecordLimit, format!("a push moves at most {COMMANDS_MAX} refs")));
        }
    }
    Ok(commands)
}

/// The gate: decides about a whole push. Returns the verdicts about protected refs; the push is taken if all allow.
pub fn pre_receive(
    surroundings: &Surroundings,
    quarantine: Option<&Quarantine>,
    commands: &[Command],
    push_options: &[String],
) -> Result<Vec<Verdict>, Failure> {
    let repository = match quarantine {
        Some(found) => Repository::open_with_quarantine(&surroundings.directory, &found.objects, &found.alternates)?,
        None => Repository::open_git_dir(&surroundings.directory)?,
    };
    mend(surroundings)?;
    let program = Program::find()?;
    let now = surroundings.now();
    let ledger_command = commands.iter().find(|command| command.name == LEDGER_REF);
    let pushed = Pushed::read(&repository, &program, ledger_command, now)?;
    pushed.check_landings_move(&repository, commands)?;
    let mut verdicts = Vec::new();
    for command in commands.iter().filter(|command| command.name != LEDGER_REF) {
        let target = check_name(&repository, command, pushed.before.as_ref())?;
        let Some(before) = &pushed.before else { continue };
        if !before.policy.protects(&target) {
            verdicts.extend(twin_verdict(&repository, before, command, target, now)?);
            continue;
        }
        verdicts.extend(pushed.judge(&repository, command, &target, push_options, now)?);
    }
    if verdicts.iter().all(Verdict::allows) {
        remember_evaluated(&repository, &pushed, commands)?;
    }
    verdicts.retain(|verdict| !verdict.rules.is_empty());
    Ok(verdicts)
}

/// The ledger on both sides of a push.
struct Pushed {
    before: Option<State>,
    after: Option<State>,
    after_head: Option<ObjectId>,
    /// Landings that the push brings, each with the state just before it.
    landings: Vec<(State, Landed)>,
}

impl Pushed {
    fn read(
        repository: &Repository,
        program: &Program,
        command: Option<&Command>,
        now: Timestamp,
    ) -> Result<Self, Failure> {
        let store = CloneStore::local(repository.clone(), program.clone())?;
        let ledger = match Ledger::open(store, now) {
            Ok(ledger) => Some(ledger),
            Err(LedgerError::None) => None,
            Err(error) => return Err(error.into()),
        };
        let before = ledger.as_ref().map(|ledger| ledger.state().clone());
        let before_head = ledger.as_ref().map(|ledger| ledger.chain().head);
        let mut pushed =
            Self { after: before.clone(), after_head: before_head, before, landings: Vec::new() };
        let Some(command) = command else { return Ok(pushed) };
        let Some(new) = command.new else {
            return Err(Refusal::new(Code::LedgerDelete, "the ledger cannot be deleted").into());
        };
        match ledger {
            Some(ledger) => pushed.follow(&ledger, new, now)?,
            None => {
                let store = CloneStore::local(repository.clone(), program.clone())?;
                let ledger = Ledger::open_at(store, new, now)?;
                check_all_taken(&ledger, new)?;
                pushed.after = Some(ledger.state().clone());
                pushed.after_head = Some(new);
            }
        }
        Ok(pushed)
    }

    /// Judges the pushed entries one by one. A server takes no void ones.
    fn follow(&mut self, ledger: &Ledger<CloneStore>, new: ObjectId, now: Timestamp) -> Result<(), Failure> {
        let path = ledger.path_to(new).map_err(|error| match error {
            LedgerError::Refused(fault, _) if fault.refusal.code == Code::LedgerFork => {
                let message = "the pushed ledger does not continue the one that is here";
                Failure::from(Refusal::new(Code::LedgerNotForward, message))
            }
            LedgerError::Refused(fault, _) => Failure::from(fault.refusal),
            other => other.into(),
        })?;
        let mut chain = ledger.chain().clone();
        for commit_id in path.into_iter().rev() {
            match chain.step(ledger.store(), commit_id, now)?.map_err(|fault| Failure::from(fault.refusal))? {
                Step::Taken(_, Some(void)) => {
                    let place = void.refusal.record.clone().unwrap_or_else(|| commit_id.short());
                    return Err(void.refusal.about(place).into());
                }
                Step::Taken(next, None) => {
                    let landed = next.state.landed.iter().find(|(name, landed)| chain.state.landed.get(*name) != Some(*landed));
                    if let Some((_, landed)) = landed {
                        self.landings.push((chain.state.clone(), landed.clone()));
                    }
                    chain = *next;
                }
                Step::Wait(_) => {
                    return Err(Refusal::new(Code::EntrySkew, "the entry is dated ahead of the server's clock").into());
                }
            }
        }
        self.after = Some(chain.state);
        self.after_head = Some(new);
        Ok(())
    }

    /// A landing that comes by a push comes with the move of its ref (S23).
    fn check_landings_move(&self, repository: &Repository, commands: &[Command]) -> Result<(), Failure> {
        for (_, landed) in &self.landings {
            let moves = commands.iter().any(|command| command.name == landed.target.as_str());
            let is_there = landed.request.is_none() && repository.reference(landed.target.as_str())? == Some(landed.new);
            if !moves && !is_there {
                let message = format!("the push records a landing on `{}` and does not move it", landed.target);
                return Err(Refusal::new(Code::LandedMismatch, message).into());
            }
        }
        Ok(())
    }

    fn changes_rules(&self) -> bool {
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => {
                before.policy_digest != after.policy_digest || before.principals != after.principals
            }
            _ => false,
        }
    }

    /// Judges one protected update: by the landings that came with it, or by what the hub would record.
    fn judge(
        &self,
        repository: &Repository,
        command: &Command,
        target: &RefName,
        push_options: &[String],
        now: Timestamp,
    ) -> Result<Vec<Verdict>, Failure> {
        let rights = self.before.as_ref().expect("a ref is protected by a ledger");
        let latest = self.after.as_ref().expect("a ledger that was there is there after the push");
        if self.changes_rules() {
            return Err(Refusal::new(Code::PushMixed, "push the change of rules or principals first, by itself").into());
        }
        let update = Update { target: target.clone(), old: command.old, new: command.new };
        let landings: Vec<_> = self.landings.iter().filter(|(_, landed)| landed.target == *target).collect();
        if landings.is_empty() {
            return self.judge_plain(repository, rights, latest, &update, push_options, now);
        }
        check_landings_fit(&update, &landings)?;
        let mut verdicts = Vec::new();
        for (records, landed) in landings {
            let part = Update { target: target.clone(), old: landed.old, new: Some(landed.new) };
            let sources = Sources { rights: records_with_rights(rights, records), records, latest, now, ledger_age: None };
            let decision = gate::judge_update(repository, sources, &part, landed.request.as_ref())?;
            verdicts.push(decision.verdict);
        }
        Ok(verdicts)
    }

    fn judge_plain(
        &self,
        repository: &Repository,
        rights: &State,
        latest: &State,
        update: &Update,
        push_options: &[String],
        now: Timestamp,
    ) -> Result<Vec<Verdict>, Failure> {
        let named = push_options.iter().find_map(|option| option.strip_prefix(REQUEST_OPTION));
        let named = named.and_then(|id| RecordId::parse(id).ok());
        let sources = Sources { rights, records: latest, latest, now, ledger_age: None };
        let decision = gate::judge_update(repository, sources, update, named.as_ref())?;
        let main = Repository::open_git_dir(repository.git_dir())?;
        let has_hub = match hooks::hub_key(&main)? {
            Some(key) => rights.principal_by_key(&key.public()).is_some_and(|enrolled| rights.is_hub(enrolled)),
            None => false,
        };
        if decision.verdict.allows() && !has_hub {
            let message = "no hub is enrolled that could record the landing; use `git coord land`";
            return Err(Refusal::new(Code::HubMissing, message).into());
        }
        Ok(vec![decision.verdict])
    }
}

/// A landing of several requests is judged part by part: the ref's last landing is then the part before.
fn records_with_rights<'a>(rights: &'a State, records: &'a State) -> &'a State {
    // Nothing that gives rights changes in such a push, so the states differ in records only.
    debug_assert!(rights.principals == records.principals);
    records
}

fn check_all_taken(ledger: &Ledger<CloneStore>, new: ObjectId) -> Result<(), Failure> {
    if let Some(void) = ledger.voids().first() {
        return Err(void.refusal.clone().into());
    }
    if ledger.chain().head != new {
        return Err(Refusal::new(Code::EntrySkew, "an entry is dated ahead of the server's clock").into());
    }
    Ok(())
}

fn check_landings_fit(update: &Update, landings: &[&(State, Landed)]) -> Result<(), Failure> {
    let mismatch = |message: &str| Failure::from(Refusal::new(Code::LandedMismatch, message));
    let first = &landings[0].1;
    let last = &landings[landings.len() - 1].1;
    if first.request.is_none() && landings.len() == 1 {
        let fits = update.new == Some(first.new) && (update.old.is_none() || update.old == update.new);
        return if fits { Ok(()) } else { Err(mismatch("the adopted commit is not the pushed one")) };
    }
    if first.old != update.old || Some(last.new) != update.new {
        return Err(mismatch("the recorded landing is not the pushed move"));
    }
    let chained = landings.windows(2).all(|pair| Some(pair[0].1.new) == pair[1].1.old);
    if chained { Ok(()) } else { Err(mismatch("the recorded landings do not follow each other")) }
}

/// Refuses names that mislead, and moves of a ref under another name than its own.
fn check_name(repository: &Repository, command: &Command, before: Option<&State>) -> Result<RefName, Failure> {
    let name = &command.name;
    if name.starts_with("refs/replace/") {
        return Err(Refusal::new(Code::RefReplace, "replacement refs are not taken").into());
    }
    if name.starts_with("refs/coord/") {
        return Err(Refusal::new(Code::RefName, format!("`{name}` belongs to git coord itself")).into());
    }
    let target = RefName::parse(name).map_err(|fault| Refusal::new(Code::RefName, format!("`{name}`: {fault}")))?;
    let real = repository.resolve_symbolic(name)?;
    let guarded = |name: &str| {
        name == LEDGER_REF
            || before.is_some_and(|state| RefName::parse(name).is_ok_and(|name| state.policy.protects(&name)))
    };
    if real != *name && guarded(&real) {
        return Err(Refusal::new(Code::RefAlias, format!("`{name}` is another name of `{real}`")).into());
    }
    let ledger = RefName::parse(LEDGER_REF).expect("it is a full name");
    if target.folded() == ledger.folded() {
        return Err(Refusal::new(Code::RefCase, format!("`{name}` is a twin of the ledger's branch")).into());
    }
    Ok(target)
}

/// An unprotected ref is free unless it is a twin of a protected one.
fn twin_verdict(
    repository: &Repository,
    state: &State,
    command: &Command,
    target: RefName,
    now: Timestamp,
) -> Result<Option<Verdict>, Failure> {
    let update = Update { target, old: command.old, new: command.new };
    let sources = Sources { rights: state, records: state, latest: state, now, ledger_age: None };
    let decision = gate::judge_update(repository, sources, &update, None)?;
    Ok((!decision.verdict.allows()).then_some(decision.verdict))
}

fn evaluated_path(common_dir: &Path, name: &RefName, new: ObjectId) -> PathBuf {
    common_dir.join("coord").join("evaluated").join(format!("{}-{new}", ref_hash(name)))
}

/// Notes at which ledger head each protected move was judged: the safety net asks for it.
fn remember_evaluated(repository: &Repository, pushed: &Pushed, commands: &[Command]) -> Result<(), Failure> {
    let (Some(state), Some(head)) = (&pushed.before, pushed.after_head) else { return Ok(()) };
    for command in commands {
        let (Ok(name), Some(new)) = (RefName::parse(&command.name), command.new) else { continue };
        if state.policy.protects(&name) {
            let path = evaluated_path(repository.common_dir(), &name, new);
            disk::write(&path, head.to_string().as_bytes(), 0o600, Durability::Cached)?;
        }
    }
    Ok(())
}

/// The safety net under the gate: a protected ref moves only as it was judged, at the ledger that is there now (S25).
pub fn reference_transaction(surroundings: &Surroundings, commands: &[Command]) -> Result<(), Failure> {
    let others: Vec<_> = commands.iter().filter(|command| command.name != LEDGER_REF).collect();
    if !others.iter().any(|command| command.name.starts_with("refs/")) {
        return Ok(());
    }
    let repository = Repository::open_git_dir(&surroundings.directory)?;
    let program = Program::find()?;
    let store = CloneStore::local(repository.clone(), program)?;
    let ledger = match Ledger::open(store, surroundings.now()) {
        Ok(ledger) => ledger,
        Err(LedgerError::None) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    // In one transaction the ledger may move together with the ref.
    let moved = commands.iter().find(|command| command.name == LEDGER_REF).and_then(|command| command.new);
    let head = moved.unwrap_or(ledger.chain().head);
    for command in others {
        let Ok(name) = RefName::parse(&command.name) else { continue };
        if !ledger.state().policy.protects(&name) {
            continue;
        }
        let current = repository.reference(name.as_str())?;
        let Some(new) = command.new else {
            // Packing refs looks like a deletion; then the same value is packed already.
            if is_packed(&repository, &name, current)? {
                continue;
            }
            return Err(Refusal::new(Code::RefDelete, format!("`{name}` is protected")).into());
        };
        if current == Some(new) {
            continue;
        }
        let judged = disk::read(&evaluated_path(repository.common_dir(), &name, new), 200)?;
        let judged_at: Option<ObjectId> = judged.and_then(|text| String::from_utf8(text).ok()?.trim().parse().ok());
        match judged_at {
            None => {
                let message = format!("`{name}` was not judged under its own name");
                return Err(Refusal::new(Code::RefAlias, message).into());
            }
            Some(judged_at) if judged_at != head => {
                let message = "the ledger is not where it was when this was judged; push again, or push both at once (--atomic)";
                return Err(Refusal::new(Code::PushMoved, message).into());
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn is_packed(repository: &Repository, name: &RefName, current: Option<ObjectId>) -> Result<bool, Failure> {
    const PACKED_BYTES_MAX: u64 = 1 << 30;
    let packed = disk::read(&repository.common_dir().join("packed-refs"), PACKED_BYTES_MAX)?.unwrap_or_default();
    let Some(current) = current else { return Ok(true) };
    let line = format!("{current} {name}");
    Ok(String::from_utf8_lossy(&packed).lines().any(|packed| packed == line))
}

/// What became of protected refs after a push.
#[derive(Default)]
pub struct Recorded {
    pub landed: Vec<(RefName, ObjectId)>,
    pub problems: Vec<String>,
}

/// Records the landings that the pusher did not, in the hub's name.
pub fn post_receive(surroundings: Surroundings, commands: &[Command]) -> Result<Recorded, Failure> {
    for command in commands {
        if let (Ok(name), Some(new)) = (RefName::parse(&command.name), command.new) {
            disk::remove(&evaluated_path(&surroundings.directory, &name, new))?;
        }
    }
    record_all(surroundings, commands)
}

/// Records what an interrupted hook left unrecorded, before anything else is judged (S25).
fn mend(surroundings: &Surroundings) -> Result<(), Failure> {
    record_all(surroundings.clone(), &[]).map(|_| ())
}

fn record_all(surroundings: Surroundings, commands: &[Command]) -> Result<Recorded, Failure> {
    let repository = Repository::open_git_dir(&surroundings.directory)?;
    let mut context = match Context::open_in(surroundings, repository) {
        Ok(context) => context,
        Err(Failure::NoLedger) => return Ok(Recorded::default()),
        Err(failure) => return Err(failure),
    };
    let mut recorded = Recorded::default();
    let targets: Vec<RefName> = context
        .repository
        .references("refs/")?
        .into_iter()
        .filter_map(|(name, _)| RefName::parse(&name).ok())
        .filter(|name| context.state().policy.protects(name))
        .collect();
    for target in targets {
        let from = commands.iter().find(|command| command.name == target.as_str()).map(|command| command.old);
        settle(&mut context, &target, from, &mut recorded)?;
    }
    Ok(recorded)
}

/// Brings one protected ref and its last landing together.
///
/// `from` is where the ref was before this push, if it moved with it: the first landing of a ref starts there.
fn settle(
    context: &mut Context,
    target: &RefName,
    from: Option<Option<ObjectId>>,
    recorded: &mut Recorded,
) -> Result<(), Failure> {
    let tip = context.repository.reference(target.as_str())?;
    let last = context.state().landed.get(target).cloned();
    let Some(last) = last else {
        return match from {
            Some(old) => record_plain(context, target, old, recorded),
            // Nobody knows from where it came; the next landing says so.
            None => Ok(()),
        };
    };
    if tip == Some(last.new) {
        return Ok(());
    }
    // The landing was recorded, and the ref was held back: let it follow.
    if tip == last.old && context.repository.contains(last.new) {
        if context.repository.swap_reference(target.as_str(), tip, Some(last.new), "coord: finish a landing")? == Swap::Done {
            recorded.landed.push((target.clone(), last.new));
        }
        return Ok(());
    }
    record_plain(context, target, Some(last.new), recorded)
}

/// Records a plain push, if it is one that the gate lets through.
fn record_plain(
    context: &mut Context,
    target: &RefName,
    old: Option<ObjectId>,
    recorded: &mut Recorded,
) -> Result<(), Failure> {
    let Some(key) = hooks::hub_key(&context.repository)? else { return Ok(()) };
    let Some(hub) = context.state().principal_by_key(&key.public()) else { return Ok(()) };
    let identity = Identity { id: hub.record.id.clone(), signer: Signer::Key(key) };
    let new = context.repository.reference(target.as_str())?;
    let update = Update { target: target.clone(), old, new };
    let now = context.now();
    let decision = gate::run(context, &update, None)?;
    if !decision.verdict.allows() {
        recorded.problems.push(format!("{target} moved without a verdict that allows it"));
        return Ok(());
    }
    for segment in &decision.segments {
        let circumstances = Circumstances {
            verdict: decision.verdict.digest(),
            decided_at: decision.verdict.height,
            rights_head: context.ledger.chain().head,
            now,
        };
        context.append(&identity, |state, _| landing::draft(state, target, segment, circumstances))?;
    }
    recorded.landed.extend(new.map(|new| (target.clone(), new)));
    Ok(())
}
