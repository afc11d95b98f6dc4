//! Server hooks: fail closed, and say why.

use crate::hook::Answer;
use crate::model::HashKind;
use crate::ops::Failure;
use crate::ops::Surroundings;
use crate::ops::open_repository;
use crate::ops::receive;
use crate::ops::receive::Command;
use crate::ops::receive::Quarantine;
use crate::ui::verdict_text;
use crate::ui::words_of;

fn commands(surroundings: &Surroundings, input: &[u8]) -> Result<Vec<Command>, Failure> {
    let kind: HashKind = open_repository(&surroundings.directory)?.hash_kind();
    Ok(receive::parse_commands(input, kind)?)
}

fn refused(failure: &Failure) -> Answer {
    let mut said = vec!["git coord: the push is refused".to_owned()];
    said.extend(words_of(failure).human());
    Answer::stop(said)
}

/// The gate.
pub fn pre_receive(
    surroundings: &Surroundings,
    quarantine: Option<&Quarantine>,
    input: &[u8],
    push_options: &[String],
) -> Answer {
    let verdicts = commands(surroundings, input)
        .and_then(|commands| receive::pre_receive(surroundings, quarantine, &commands, push_options));
    match verdicts {
        Err(failure) => refused(&failure),
        Ok(verdicts) => {
            let allowed = verdicts.iter().all(crate::rules::Verdict::allows);
            let said = verdicts.iter().filter(|verdict| !verdict.allows()).flat_map(verdict_text).collect();
            if allowed { Answer::go_on() } else { Answer::stop(said) }
        }
    }
}

/// The safety net. Only the first of git's states can refuse; what else git says here is not ours.
pub fn reference_transaction(surroundings: &Surroundings, state: &str, input: &[u8]) -> Answer {
    if state != "prepared" {
        return Answer::go_on();
    }
    // Symbolic refs and pseudo refs come along in forms that no push has; they are passed over.
    let text = String::from_utf8_lossy(input);
    let lines = text.lines().filter(|line| {
        let mut fields = line.splitn(3, ' ');
        let symbolic = fields.by_ref().take(2).any(|value| value.starts_with("ref:"));
        !symbolic && fields.next().is_some_and(|name| name.starts_with("refs/"))
    });
    let plain: String = lines.map(|line| format!("{line}\n")).collect();
    if plain.is_empty() {
        return Answer::go_on();
    }
    let judged = commands(surroundings, plain.as_bytes())
        .and_then(|commands| receive::reference_transaction(surroundings, &commands));
    match judged {
        Ok(()) => Answer::go_on(),
        Err(failure) => refused(&failure),
    }
}

/// Records what landed. Its status changes nothing for git; problems are said.
pub fn post_receive(surroundings: Surroundings, input: &[u8]) -> Answer {
    let recorded = commands(&surroundings, input).and_then(|commands| receive::post_receive(surroundings, &commands));
    match recorded {
        Ok(recorded) => {
            let landed = recorded.landed.iter();
            let mut said: Vec<_> =
                landed.map(|(name, id)| format!("git coord: recorded {name} at {}", id.short())).collect();
            said.extend(recorded.problems.into_iter().map(|problem| format!("git coord: {problem}")));
            Answer::go_on_saying(said)
        }
        Err(failure) => {
            let mut said = vec!["git coord: the landing is not recorded yet; the next push records it".to_owned()];
            said.extend(words_of(&failure).human());
            Answer::go_on_saying(said)
        }
    }
}
