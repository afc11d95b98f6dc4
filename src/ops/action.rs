//! `request action`: a command that asks to be run, to the letter, with the files that it reads.

use std::path::PathBuf;

use crate::disk;
use crate::format::WriteRecord;
use crate::format::action_digest;
use crate::format::sha256;
use crate::ledger::Draft;
use crate::ledger::Edit;
use crate::model::ActionRequest;
use crate::model::Answer;
use crate::model::Argument;
use crate::model::Digest;
use crate::model::Input;
use crate::model::InputPath;
use crate::model::Order;
use crate::model::PrincipalId;
use crate::model::RecordKind;
use crate::model::RecordName;
use crate::model::RecordPath;
use crate::model::RunState;
use crate::model::Text;
use crate::model::Timestamp;
use crate::ops::claim::relative;
use crate::ops::context::Context;
use crate::ops::context::random_id;
use crate::ops::failure::Failure;
use crate::ops::identity;
use crate::ops::inbox;
use crate::ops::inbox::Item;
use crate::rules::Answered;
use crate::rules::Assent;
use crate::rules::Code;
use crate::rules::Consent;
use crate::rules::Enrolled;
use crate::rules::Petition;
use crate::rules::Refusal;
use crate::rules::Running;
use crate::rules::State;
use crate::rules::Worth;
use crate::rules::assent;
use crate::rules::could_approve_action;
use crate::rules::worth_for_action;

/// The largest file that may be an input.
const INPUT_BYTES_MAX: u64 = 64 << 20;

/// What to ask for.
pub struct Options {
    pub action: RecordName,
    pub argv: Vec<Argument>,
    /// Files, as they are typed.
    pub inputs: Vec<String>,
    pub title: Option<Text>,
    pub summary: Option<Text>,
    pub mission: Option<RecordName>,
}

/// A request for an action that is open now.
pub struct Outcome {
    pub assent: Assent,
    /// The caller had opened it before, and nothing was written.
    pub existed: bool,
}

/// Asks to run a command.
pub fn ask(context: &mut Context, options: &Options) -> Result<Outcome, Failure> {
    let identity = identity::acting(context)?;
    let inputs = options.inputs.iter().map(|typed| input(context, typed)).collect::<Result<_, _>>()?;
    let order = Order { argv: options.argv.clone(), inputs };
    let audience = context.state().charter.audience.clone();
    let delta = action_digest(audience.as_str(), &options.action, &order);
    let same = |petition: &&Petition| petition.request.opener == identity.id && petition.request.delta == delta;
    if let Some(petition) = context.state().petitions.values().find(same) {
        return Ok(Outcome { assent: assent(context.state(), petition, context.ledger_now()), existed: true });
    }
    let fallback = || Text::parse(&format!("Run {}", options.action)).expect("it is plain text");
    let request = ActionRequest {
        id: random_id(RecordKind::Request)?,
        opener: identity.id.clone(),
        action: options.action.clone(),
        order,
        delta,
        mission: options.mission.clone(),
        title: options.title.clone().unwrap_or_else(fallback),
        summary: options.summary.clone(),
    };
    let path = RecordPath::Request(request.id.clone());
    context.append(&identity, |_, _| {
        let edits = vec![Edit { path: path.clone(), text: Some(request.to_text()) }];
        Ok(Draft { edits, message: format!("Ask to run {}", request.action) })
    })?;
    let petition = context.state().petitions.get(&request.id).expect("it was just opened");
    Ok(Outcome { assent: assent(context.state(), petition, context.ledger_now()), existed: false })
}

fn input(context: &Context, typed: &str) -> Result<Input, Failure> {
    let expected = "a file of this work tree, not reached through a link";
    let outside = || Failure::Argument { what: typed.to_owned(), expected };
    let path = InputPath::parse(&relative(context, typed)).map_err(|_| outside())?;
    let digest = digest_of(context, &path)?.ok_or_else(outside)?;
    Ok(Input { path, digest })
}

/// Returns the digest of a file as it is now, if there is one.
fn digest_of(context: &Context, path: &InputPath) -> Result<Option<Digest>, Failure> {
    let found = disk::read(&top(context)?.join(path.as_str()), INPUT_BYTES_MAX)?;
    Ok(found.map(|bytes| sha256(&bytes)))
}

/// Returns where commands are run.
pub(crate) fn top(context: &Context) -> Result<PathBuf, Failure> {
    let top = context.repository.work_dir().ok_or(Failure::Unsupported("a repository without a work tree"))?;
    Ok(top.to_owned())
}

/// Refuses inputs that are not what was approved any more.
pub(crate) fn check_inputs(context: &Context, order: &Order) -> Result<(), Failure> {
    for input in &order.inputs {
        if digest_of(context, &input.path)? != Some(input.digest) {
            let message = format!("`{}` is not the file that was approved", input.path);
            return Err(Refusal::new(Code::ActionMismatch, message).into());
        }
    }
    Ok(())
}

/// Refuses an approval that counts for none of the rules of the action.
pub(crate) fn check_would_count(context: &Context, petition: &Petition, id: &PrincipalId) -> Result<(), Failure> {
    if petition.request.opener == *id {
        return Err(Refusal::new(Code::ApprovalSelf, format!("`{id}` opened the request")).into());
    }
    let answers = could_approve_action(context.state(), petition, id, context.ledger_now());
    if answers.is_empty() || answers.iter().any(Result::is_ok) {
        return Ok(());
    }
    let Some(Err(why)) = answers.into_iter().next() else { return Ok(()) };
    Err(Refusal::new(why.code, format!("the approval would not count: `{id}` {}", why.why)).into())
}

/// Returns what somebody has to do about actions, most binding first.
pub(crate) fn waiting_for(context: &Context, me: &Enrolled) -> Vec<Item> {
    let (state, now, id) = (context.state(), context.ledger_now(), &me.record.id);
    let is_left = |running: &&Running| running.run.runner == *id && running.run.state == RunState::Started;
    let mut items: Vec<_> = state.runs.values().filter(is_left).cloned().map(Item::Unfinished).collect();
    let mut petitions: Vec<_> = state.petitions.values().collect();
    petitions.sort_by_key(|petition| petition.opened);
    for petition in petitions {
        let assent = assent(state, petition, now);
        let mine = state.answers(&petition.request.id).find(|answered| answered.approval.principal == *id);
        // Who has spoken need not be asked, unless what it approved would count if it were given now.
        let speaks = mine.is_some_and(|mine| mine.is_opinion() && !has_lapsed(state, petition, mine, now));
        if petition.request.opener == *id {
            // What is overruled is not against it.
            let against = inbox::against(state, &petition.request.id);
            match assent.consent() {
                _ if !against.is_empty() => items.push(Item::Declined(assent, against)),
                Consent::Ready => items.push(Item::Run(assent)),
                _ => {}
            }
        } else if assent.consent() != Consent::Ready
            && !speaks
            && could_approve_action(state, petition, id, now).iter().any(Result::is_ok)
        {
            items.push(Item::Allow(assent));
        }
    }
    items
}

fn has_lapsed(state: &State, petition: &Petition, answered: &Answered, now: Timestamp) -> bool {
    let approves = answered.approval.answer == Answer::Approve;
    approves && matches!(worth_for_action(state, petition, answered, now), Worth::Lapsed(_))
}
