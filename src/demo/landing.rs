//! The last act: the change lands, the queue moves on, and stock git confirms what happened.

use crate::demo::actor::Actor;
use crate::demo::beginning::Cast;
use crate::demo::claims::Claims;
use crate::demo::server::Guard;
use crate::demo::stop::Stop;
use crate::demo::story::DONE;
use crate::demo::story::Story;

/// Plays the act. Returns how many entries stock git verified.
pub(super) fn play(
    story: &mut Story<'_>,
    cast: &Cast,
    claims: &Claims,
    request: &str,
    recorder: &str,
) -> Result<u64, Stop> {
    lands(story, cast, claims, request)?;
    line(story, cast, claims, request, recorder)?;
    proof(story, recorder)
}

fn lands(story: &mut Story<'_>, cast: &Cast, claims: &Claims, request: &str) -> Result<(), Stop> {
    let (ground, branch) = (story.project.ground.clone(), story.project.branch.clone());
    story.pages.chapter(
        "It lands, and the queue moves on",
        "Now the same change goes through. Bob still waits for the place.",
    );
    if story.server.guard == Guard::Hub {
        let seen = story.types(Actor::Alice, &format!("git push hub alice:{branch}"), DONE)?;
        story.shows(&seen, &["git coord: recorded refs/heads/"])?;
    } else {
        // Without a hub of ours, who lands records it, in the same push.
        story.types(Actor::Maria, &format!("git coord land {request}"), DONE)?;
    }
    let here = story.quietly(Actor::Alice, "git rev-parse alice", DONE)?;
    let there = story.quietly(Actor::Alice, &format!("git ls-remote hub refs/heads/{branch}"), DONE)?;
    let there = there.stdout.split_whitespace().next().unwrap_or_default();
    story.holds("where the branch is on the server", here.stdout.trim(), there)?;
    let seen = story.types(Actor::Alice, &format!("git coord release {ground} --branch {branch}"), DONE)?;
    story.says(&seen, &claims.alice)?;
    let seen = story.types(Actor::Bob, "git coord status", DONE)?;
    story.shows(&seen, &[&claims.bob])?;
    story.claim_is(&claims.bob, &cast.bob, "held")?;
    let signed = if story.server.guard == Guard::Hub { "The hub signed what it" } else { "Maria signed what was" };
    let told = format!("{signed} decided and why. Alice's release granted bob's claim, with a higher token.");
    story.pages.text(&told);
    Ok(())
}

fn line(story: &mut Story<'_>, cast: &Cast, claims: &Claims, request: &str, recorder: &str) -> Result<(), Stop> {
    let place = format!("{}:{}", story.project.first, story.project.first_lines + 1);
    story.pages.chapter("Whose line is this?", "Later, somebody wonders where one line came from.");
    let line = format!("git pull -q hub {} && git coord audit {place}", story.project.branch);
    let seen = story.types(Actor::Maria, &line, DONE)?;
    story.shows(&seen, &["  claimed ", "  written ", "  requested ", "  approved ", "  landed "])?;
    let told = story.object(Actor::Maria, &format!("git coord --json audit {place}"), DONE)?;
    let landing = &told["landing"];
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("nobody").to_owned();
    story.holds("the author", cast.alice.clone(), text(&told["author"]))?;
    story.holds("the claim", claims.alice.clone(), text(&told["claims"][0]["id"]))?;
    story.holds("the request", request.to_owned(), text(&landing["request"]))?;
    story.holds("the approver", cast.maria.clone(), text(&landing["approvals"][0]["principal"]))?;
    story.holds("who recorded it", recorder.to_owned(), text(&landing["recorder"]))?;
    story.pages.text("From the intent to the landing, each line of the answer is a signed entry.");
    Ok(())
}

fn proof(story: &mut Story<'_>, recorder: &str) -> Result<u64, Stop> {
    story.pages.chapter(
        "Take nobody's word",
        "The ledger is checked from its first entry, first here, then without this tool.",
    );
    let seen = story.types(Actor::Maria, "git coord verify --full", DONE)?;
    story.shows(&seen, &["verified "])?;
    let verified = story.object(Actor::Maria, "git coord --json verify --full", DONE)?;
    let entries = verified["entries"].as_u64().unwrap_or(0);
    story.holds("entries that do not count", 0, verified["void"].as_u64().unwrap_or(u64::MAX))?;
    let audit = story.quietly(Actor::Maria, "git coord audit", DONE)?;
    story.says(&audit, "every landing replays to its verdict.")?;
    story.types(Actor::Maria, "git coord principals --allowed-signers > ../signers", DONE)?;
    let line = "git -c gpg.ssh.allowedSignersFile=../signers verify-commit $(git rev-list coord)";
    let seen = story.types(Actor::Maria, line, DONE)?;
    let good = seen.lines().filter(|line| line.starts_with("Good \"git\" signature for ")).count() as u64;
    story.holds("good signatures", entries, good)?;
    let counted = story.quietly(Actor::Maria, "git rev-list --count coord", DONE)?;
    story.holds("entries that stock git counts", entries.to_string(), counted.stdout.trim().to_owned())?;
    story.shows(&seen, &[&format!("Good \"git\" signature for {recorder}")])?;
    story
        .pages
        .text(&format!("All {entries} entries have such a line. The whole state is in git, and git can show it."));
    Ok(entries)
}
