//! `pre-receive`: the gate itself.

use std::path::PathBuf;

use crate::git::Program;
use crate::git::Repository;
use crate::ledger::LEDGER_REF;
use crate::model::ObjectId;
use crate::model::RefName;
use crate::model::Timestamp;
use crate::ops::elsewhere::Elsewhere;
use crate::ops::elsewhere::tells_of_authors;
use crate::ops::failure::Failure;
use crate::ops::gate;
use crate::ops::gate::Decision;
use crate::ops::gate::Sources;
use crate::ops::receive::command::Command;
use crate::ops::receive::evaluated::remember_evaluated;
use crate::ops::receive::name::check_name;
use crate::ops::receive::named::check_all_land;
use crate::ops::receive::named::named_requests;
use crate::ops::receive::pushed::Pushed;
use crate::ops::receive::pushed::Said;
use crate::ops::receive::record::mend;
use crate::ops::surroundings::Surroundings;
use crate::rules::Code;
use crate::rules::Freshness;
use crate::rules::Refusal;
use crate::rules::State;
use crate::rules::Update;
use crate::rules::Verdict;

/// How many refs one push may move. Whoever keeps the server may move more.
const COMMANDS_MAX: usize = 1_000;

/// Where the objects of a push are before it is taken.
#[derive(Clone, Debug)]
pub struct Quarantine {
    pub objects: PathBuf,
    pub alternates: Vec<PathBuf>,
}

/// The gate: decides about a whole push. Returns the verdicts about protected refs; the push is taken if all allow.
pub fn pre_receive(
    surroundings: &Surroundings,
    quarantine: Option<&Quarantine>,
    commands: &[Command],
    push_options: &[String],
) -> Result<Vec<Verdict>, Failure> {
    if commands.len() > COMMANDS_MAX {
        return Err(Refusal::new(Code::RecordLimit, format!("a push moves at most {COMMANDS_MAX} refs")).into());
    }
    let repository = match quarantine {
        Some(found) => Repository::open_with_quarantine(&surroundings.directory, &found.objects, &found.alternates)?,
        None => Repository::open_git_dir(&surroundings.directory)?,
    };
    mend(surroundings)?;
    let program = Program::find()?;
    let now = surroundings.now();
    let named = named_requests(push_options)?;
    let ledger_command = commands.iter().find(|command| command.name == LEDGER_REF);
    let pushed = Pushed::read(&repository, &program, ledger_command, now)?;
    pushed.check_begun(commands)?;
    let telling = commands.iter().filter(|command| tells_of_authors(&command.name));
    let arriving: Vec<ObjectId> = telling.filter_map(|command| command.new).collect();
    let (mut verdicts, mut decisions) = (Vec::new(), pushed.judge_unmoved(&repository, commands, &arriving)?);
    for command in commands.iter().filter(|command| command.name != LEDGER_REF) {
        let target = check_name(&repository, command, pushed.before())?;
        let Some(before) = pushed.before() else { continue };
        if !before.policy.protects(&target) {
            verdicts.extend(twin_verdict(&repository, before, command, target, now)?);
            continue;
        }
        decisions.extend(pushed.judge(
            &repository,
            command,
            &target,
            Said { named: &named, arriving: &arriving },
            now,
        )?);
    }
    let allowed = |decision: &Decision| decision.verdict.allows();
    if verdicts.iter().all(Verdict::allows) && decisions.iter().all(allowed) {
        check_all_land(&named, &decisions)?;
        remember_evaluated(&repository, &pushed, commands, &decisions, now)?;
    }
    verdicts.extend(decisions.into_iter().map(|decision| decision.verdict));
    verdicts.retain(|verdict| !verdict.rules.is_empty());
    Ok(verdicts)
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
    let sources = Sources {
        rights: state,
        records: state,
        latest: state,
        now,
        freshness: Freshness::Known,
        elsewhere: Elsewhere::Refs(&[]),
    };
    let decision = gate::judge_update(repository, sources, &update, &[])?;
    Ok((!decision.verdict.allows()).then_some(decision.verdict))
}
