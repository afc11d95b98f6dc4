//! How long a program waits for a hook of ours, and by when we have answered: some programs let an edit go on when nobody
//! answers in time, so nobody may ever be that late.

use std::time::Duration;

use crate::ops::agent::AgentClient;
use crate::ops::agent::AgentEvent;

/// What we ask a program to wait, in its settings: longer than a remote takes to decide a claim.
const PATIENCE_S: u64 = 60;
/// How long Codex waits at the end of a session: it shortens what is longer, and says so each time.
const CODEX_END_S: u64 = 3;
/// We answer within this time in any case.
const ANSWER_MAX: Duration = Duration::from_secs(40);

/// Returns how many seconds a program is asked to wait for an answer.
pub const fn patience_s(client: AgentClient, event: AgentEvent) -> u64 {
    match (client, event) {
        (AgentClient::Codex, AgentEvent::SessionEnd) => CODEX_END_S,
        _ => PATIENCE_S,
    }
}

/// Returns within which time an answer is given: two thirds of what the program waits, which may be less than we have asked
/// for, where somebody says so.
pub fn answer_within(client: AgentClient, event: AgentEvent, said: Option<Duration>) -> Duration {
    let asked = Duration::from_secs(patience_s(client, event));
    let waits = said.map_or(asked, |said| said.min(asked));
    (waits * 2 / 3).min(ANSWER_MAX)
}

/// Returns within which time others must have answered us, so that their answer is still of use.
pub fn work_within(answer: Duration) -> Duration {
    answer * 5 / 6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answer_comes_before_any_program_has_given_up() {
        for client in AgentClient::ALL {
            for event in AgentEvent::ALL {
                let patience = Duration::from_secs(patience_s(client, event));
                let answer = answer_within(client, event, None);
                assert!(work_within(answer) < answer && answer < patience && answer <= ANSWER_MAX);
                let short = Duration::from_secs(2);
                assert!(answer_within(client, event, Some(short)) < short);
                assert_eq!(
                    answer_within(client, event, Some(Duration::from_secs(900))),
                    answer,
                    "it only gets shorter"
                );
            }
        }
    }
}
