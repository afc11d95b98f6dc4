//! The third act: nobody lands alone, and not everybody may approve.

use crate::demo::actor::Actor;
use crate::demo::beginning::Cast;
use crate::demo::claims::Claims;
use crate::demo::server::Guard;
use crate::demo::stop::Stop;
use crate::demo::story::DONE;
use crate::demo::story::REFUSED;
use crate::demo::story::Story;

pub(super) fn play(story: &mut Story<'_>, cast: &Cast, claims: &Claims) -> Result<String, Stop> {
    alone(story)?;
    let (request, delta) = unfit_approvers(story, claims)?;
    let delta = changed_after_approval(story, &request, &delta)?;
    person(story, cast, &request, &delta)?;
    Ok(request)
}

fn alone(story: &mut Story<'_>) -> Result<(), Stop> {
    let branch = story.project.branch.clone();
    story.pages.chapter(
        "Nobody lands alone",
        &format!("`{branch}` takes what a person approved, or an agent of another vendor: families share blind spots."),
    );
    let (bypass, voice) = (story.server.bypass(), story.server.voice());
    let seen = story.types(Actor::Alice, &format!("git push {bypass}hub alice:{branch}"), REFUSED)?;
    story.shows(&seen, &[&format!("{voice}blocked: "), "✗ request", &format!("{voice}next: ")])?;
    story.says(&seen, "there is no request")?;
    if story.server.guard != Guard::Clones {
        story.says(&seen, "(pre-receive hook declined)")?;
    }
    Ok(())
}

fn unfit_approvers(story: &mut Story<'_>, claims: &Claims) -> Result<(String, String), Stop> {
    let seen = story.types(Actor::Alice, "git coord request alice", DONE)?;
    let request = seen.word_with("r-")?;
    story.shows(&seen, &[&request, "delta sha256:"])?;
    story.says(&seen, &claims.alice)?;
    let delta = seen.word_with("sha256:")?;
    let line = format!("git coord approve {request} --delta {delta}");
    let seen = story.types(Actor::Alice, &line, REFUSED)?;
    story.shows(&seen, &["(approval.self)"])?;
    let seen = story.types(Actor::Dave, &format!("git coord --as dave approve {request} --delta {delta}"), REFUSED)?;
    story.shows(&seen, &["(approval.independence)"])?;
    story.pages.text("A clone's hooks can be skipped, a server's cannot. Each refusal names its rule.");
    Ok((request, delta))
}

fn changed_after_approval(story: &mut Story<'_>, request: &str, delta: &str) -> Result<String, Stop> {
    let (branch, first) = (story.project.branch.clone(), story.project.first.clone());
    story.pages.chapter(
        "An approval is for one change",
        "What if more is added after the approval? An approval names the digest of what was read.",
    );
    let line = format!("git coord approve {request} --delta {delta}");
    let seen = story.types(Actor::Carol, &line, DONE)?;
    story.shows(&seen, &["as reviewer"])?;
    let line = format!(
        "echo '# More.' >> {first} && git commit -qam 'Add to it' && \
         git push {}hub alice:{branch}",
        story.server.bypass()
    );
    let seen = story.types(Actor::Alice, &line, REFUSED)?;
    story.shows(&seen, &["✗ request"])?;
    story.says(&seen, "(approval.delta)")?;
    let seen = story.types(Actor::Alice, &format!("git coord request alice --update {request}"), DONE)?;
    story.shows(&seen, &["(rev 2)"])?;
    let verdict = story.object(Actor::Alice, &format!("git coord --json gate explain {request}"), REFUSED)?;
    story.holds("whether the gate lets it pass", false, verdict["allow"].as_bool().unwrap_or(true))?;
    story.pages.text("Carol's approval does not stretch to it. The request is open again, for another change.");
    Ok(seen.word_with("sha256:")?)
}

fn person(story: &mut Story<'_>, cast: &Cast, request: &str, delta: &str) -> Result<(), Stop> {
    story.pages.chapter(
        "A person approves, with stock git",
        "Maria's word is a file and a signed commit as well. No account, no web page, no token to steal.",
    );
    let record = format!(
        "format  = 1\nrequest = \"{request}\"\ndelta   = \"{delta}\"\nverdict = \"approve\"\n\
         role    = \"maintainer\"\npolicy  = 1\nreason  = \"Read both lines\"\n"
    );
    story.writes(Actor::Maria, &format!("approvals/{request}/{}.toml", cast.maria), &record)?;
    let commit = format!("git -C .coord add approvals && git -C .coord commit -q -S -m 'Approve {request}'");
    story.types(Actor::Maria, &commit, DONE)?;
    story.types(Actor::Maria, "git push -q hub coord", DONE)?;
    let seen = story.types(Actor::Alice, &format!("git coord gate explain {request}"), DONE)?;
    story.shows(&seen, &["allowed: ", "✓ review"])?;
    story.says(&seen, &cast.maria)?;
    story.pages.text("The gate finds one approval that counts, and says so before anybody pushes.");
    Ok(())
}
