//! Client hooks: the same questions as the server's, early. They can be skipped; the server cannot.

use crate::hook::Answer;
use crate::hook::claiming::claim_staged;
use crate::hook::held;
use crate::hook::ledger_worktree;
use crate::hook::staged::staged;
use crate::hook::staged::staged_beside;
use crate::model::ObjectId;
use crate::model::RefName;
use crate::ops::Context;
use crate::ops::Failure;
use crate::ops::Surroundings;
use crate::ops::agent::renew_if_due;
use crate::ops::gate;
use crate::ops::gate::Decision;
use crate::ops::identity;
use crate::ops::lease;
use crate::ops::message;
use crate::ops::open_repository;
use crate::ops::request::fetch_heads;
use crate::ops::status;
use crate::rules::Code;
use crate::rules::Refusal;
use crate::rules::Unclaimed;
use crate::rules::Update;
use crate::rules::unclaimed;
use crate::ui::counted;
use crate::ui::left_out_line;
use crate::ui::plain;
use crate::ui::verdict_text;
use crate::ui::words_of;

/// Opens the context of a client hook. Without a ledger there is nothing to say.
fn open(surroundings: Surroundings) -> Result<Option<Context>, Failure> {
    match Context::open(surroundings) {
        Ok(context) => Ok(Some(context)),
        Err(Failure::NoLedger) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// A client hook that cannot tell says so and lets git go on: it is advice.
fn cannot_tell(failure: &Failure) -> Answer {
    let mut said = vec!["git coord: cannot check this commit; the server will".to_owned()];
    said.extend(words_of(failure).human());
    Answer::go_on_saying(said)
}

/// Refuses staged paths that somebody else holds; renews or takes claims as the policy says.
pub fn pre_commit(surroundings: Surroundings) -> Answer {
    match open_repository(&surroundings.directory) {
        Ok(repository) if ledger_worktree::is_ledger(&repository) => return ledger_worktree::pre_commit(surroundings),
        Ok(_) => {}
        Err(failure) => return cannot_tell(&failure),
    }
    let answer = open(surroundings).and_then(|context| match context {
        None => Ok(Answer::go_on()),
        Some(mut context) => judge_staged(&mut context),
    });
    answer.unwrap_or_else(|failure| cannot_tell(&failure))
}

fn judge_staged(context: &mut Context) -> Result<Answer, Failure> {
    let patterns = staged(context)?;
    if patterns.is_empty() {
        return Ok(Answer::go_on());
    }
    let permission = status::permission_on(context, &patterns);
    if !permission.held_by_others.is_empty() {
        return held::refusal(context, &permission.held_by_others);
    }
    let mut said = Vec::new();
    if !permission.unclaimed.is_empty() {
        let named: Vec<_> = permission.unclaimed.iter().take(3).map(|path| plain(path.as_str())).collect();
        match unclaimed(context.state(), permission.caller.as_ref()) {
            Unclaimed::Free => {}
            Unclaimed::Told => {
                said.push(format!(
                    "git coord: nobody claimed {} ({})",
                    named.join(", "),
                    counted(permission.unclaimed.len() as u64, "path", "paths")
                ));
            }
            Unclaimed::Taken => {
                let answer = claim_staged(context, &permission.unclaimed)?;
                if !answer.goes_on {
                    return Ok(answer);
                }
                said.extend(answer.said);
            }
            Unclaimed::Stopped => {
                said.push(format!("git coord: the policy asks for a claim on {}", named.join(", ")));
                said.push("hint: git coord claim <paths> --intent \"…\"".to_owned());
                return Ok(Answer::stop(said));
            }
        }
    }
    // Renewal rides on work.
    renew_if_due(context, &patterns)?;
    Ok(Answer::go_on_saying(said))
}

/// Adds the claims under which a commit is made to its message.
pub fn prepare_commit_msg(surroundings: Surroundings, message_file: &str, source: Option<&str>) -> Answer {
    // With an empty message and an editor the trailer would become the subject.
    if source.is_none() {
        return Answer::go_on();
    }
    let answer = open(surroundings).and_then(|context| {
        if let Some(context) = context
            && !ledger_worktree::is_ledger(&context.repository)
        {
            add_trailers(&context, message_file)?;
        }
        Ok(Answer::go_on())
    });
    answer.unwrap_or_else(|failure| cannot_tell(&failure))
}

fn add_trailers(context: &Context, message_file: &str) -> Result<(), Failure> {
    let Ok(me) = identity::whoami(context) else { return Ok(()) };
    let patterns = staged(context)?;
    let mine = lease::in_force(context.state(), &me.record.id, &patterns);
    let trailers: Vec<String> = mine.take(8).map(|lease| format!("Coord-Claim: {}", lease.claim.id)).collect();
    if trailers.is_empty() {
        return Ok(());
    }
    message::stamp(context, message_file, &trailers)
}

/// Warns before a merge into a protected branch that no request asks for, and refuses what a commit of the same merge would
/// be refused for: what it drops or mixes on paths that somebody else holds. Of the merged heads git has written nothing yet.
pub fn pre_merge_commit(surroundings: Surroundings, heads: &[ObjectId]) -> Answer {
    let answer = open(surroundings).and_then(|context| match context {
        None => Ok(Answer::go_on()),
        Some(context) => judge_merge(&context, heads),
    });
    answer.unwrap_or_else(|failure| cannot_tell(&failure))
}

fn judge_merge(context: &Context, heads: &[ObjectId]) -> Result<Answer, Failure> {
    let Some((target, digest)) = crate::ops::merge::staged_delta(context)? else { return judge_held(context, heads) };
    let asked = context.state().requests.values();
    let asked = asked.filter(|pending| pending.request.target == target && pending.request.delta == digest).count();
    if asked > 0 {
        return Ok(Answer::go_on());
    }
    Ok(Answer::stop(vec![
        format!("git coord: no request asks for this merge into `{target}`, and the server would refuse it"),
        "hint: git coord request <branch>, then git coord land <request>".to_owned(),
    ]))
}

fn judge_held(context: &Context, heads: &[ObjectId]) -> Result<Answer, Failure> {
    if ledger_worktree::is_ledger(&context.repository) {
        return Ok(Answer::go_on());
    }
    let held = status::permission_on(context, &staged_beside(context, heads)?).held_by_others;
    if held.is_empty() { Ok(Answer::go_on()) } else { held::refusal(context, &held) }
}

/// Asks the gate before a push, with the ledger as it is here.
pub fn pre_push(surroundings: Surroundings, input: &[u8]) -> Answer {
    let answer = open(surroundings).and_then(|context| match context {
        None => Ok(Answer::go_on()),
        Some(mut context) => judge_push(&mut context, input),
    });
    answer.unwrap_or_else(|failure| cannot_tell(&failure))
}

fn judge_push(context: &mut Context, input: &[u8]) -> Result<Answer, Failure> {
    let updates = protected_updates(context, input);
    if updates.is_empty() {
        return Ok(Answer::go_on());
    }
    // Somebody may have approved since the ledger was last fetched, or vetoed.
    context.pull_decided()?;
    let mut said = Vec::new();
    for update in &updates {
        let mut decision = gate::run(context, update, &[])?;
        if !decision.verdict.allows() {
            decision = decide_with_heads(context, update, &decision)?;
        }
        if !decision.verdict.allows() {
            said.extend(verdict_text(&decision.verdict));
            said.extend(left_out_line(&decision));
        }
    }
    let has_hub = || context.state().principals.values().any(|enrolled| context.state().is_hub(enrolled));
    if said.is_empty() && context.ledger.store().remote().is_some() && !has_hub() {
        // The gate lets it through, and then nobody could say under which approvals it has landed.
        let message = "no hub is enrolled that would record this landing at the remote";
        said.extend(words_of(&Refusal::new(Code::HubMissing, message).into()).human());
    }
    Ok(if said.is_empty() { Answer::go_on() } else { Answer::stop(said) })
}

/// Decides with all that the server knows of the requests: other heads of theirs tell who made the change.
fn decide_with_heads(context: &Context, update: &Update, before: &Decision) -> Result<Decision, Failure> {
    let decided = context.decided()?;
    let asked = before.segments.iter().filter_map(|segment| segment.request.as_ref());
    for pending in asked.filter_map(|id| decided.state().requests.get(id)) {
        fetch_heads(context, pending)?;
    }
    gate::run(context, update, &[])
}

/// Returns what a push would do to protected refs.
fn protected_updates(context: &Context, input: &[u8]) -> Vec<Update> {
    let id = |text: &str| text.parse::<ObjectId>().ok().filter(|id| !id.is_null());
    let text = String::from_utf8_lossy(input);
    let updates = text.lines().filter_map(|line| {
        let fields: Vec<_> = line.split(' ').collect();
        let [_, new, name, old] = fields.as_slice() else { return None };
        let target = RefName::parse(name).ok()?;
        Some(Update { target, old: id(old), new: id(new) })
    });
    // A ref that goes back to where it last landed is brought back to a server that lost it; nothing new lands.
    let landed = |target: &RefName| context.state().landed.get(target).map(|landed| landed.new);
    let is_new = |update: &Update| update.new.is_none() || update.new != landed(&update.target);
    updates.filter(|update| context.state().policy.protects(&update.target) && is_new(update)).collect()
}
