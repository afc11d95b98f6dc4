//! The second act: two agents want the same place, and a hook keeps them apart.

use crate::demo::actor::Actor;
use crate::demo::beginning::Cast;
use crate::demo::stop::Stop;
use crate::demo::story::CONFLICT;
use crate::demo::story::DONE;
use crate::demo::story::REFUSED;
use crate::demo::story::Story;
use crate::format::format_time;
use crate::model::Span;

/// The id of the claim that is written by hand; eight characters that anybody could have thought of.
const HANDMADE: &str = "c-b0bwr0te";

/// The claims of the story.
pub(super) struct Claims {
    pub(super) alice: String,
    /// Bob's, which waits for Alice's.
    pub(super) bob: String,
}

pub(super) fn play(story: &mut Story<'_>, cast: &Cast) -> Result<Claims, Stop> {
    let claims = overlap(story, cast)?;
    by_hand(story, cast)?;
    hook(story)?;
    Ok(claims)
}

fn overlap(story: &mut Story<'_>, cast: &Cast) -> Result<Claims, Stop> {
    let (ground, first) = (story.project.ground.clone(), story.project.first.clone());
    story.pages.chapter(
        "Two agents want the same place",
        "A claim says who is at work where, and for how long, before anything is written.",
    );
    let line = format!("git coord claim {ground} --intent 'Round totals to whole cents'");
    let seen = story.types(Actor::Alice, &line, DONE)?;
    story.shows(&seen, &[" held until "])?;
    let alice = seen.word_with("c-")?;
    let line = format!("git coord claim {first} --intent 'Add a discount'");
    let seen = story.types(Actor::Bob, &line, CONFLICT)?;
    story.shows(&seen, &["(claim.held)", "    \"Round totals to whole cents\""])?;
    let seen = story.types(Actor::Bob, &format!("{line} --queue"), DONE)?;
    story.shows(&seen, &[" queued "])?;
    let bob = seen.word_with("c-")?;
    story.claim_is(&alice, &cast.alice, "held")?;
    story.claim_is(&bob, &cast.bob, "queued")?;
    story.pages.text("The refusal (exit code 3: later may work) says who is there and why. Bob waits in line.");
    Ok(Claims { alice, bob })
}

fn by_hand(story: &mut Story<'_>, cast: &Cast) -> Result<(), Stop> {
    let second = story.project.second.clone();
    story.pages.chapter(
        "A claim without this tool",
        "An entry is a small file in a signed commit: an editor and stock git are enough.",
    );
    let record = format!(
        "format  = 1\nholder  = \"{}\"\nintent  = \"Show the discount\"\npaths   = [\"{second}\"]\nexpires = {}\n",
        cast.bob,
        format_time(story.began + Span::from_s(30 * 60))
    );
    story.writes(Actor::Bob, &format!("claims/{HANDMADE}.toml"), &record)?;
    let commit = format!("git -C .coord add claims && git -C .coord commit -q -S -m 'Claim {second}'");
    story.types(Actor::Bob, &commit, DONE)?;
    story.types(Actor::Bob, "git push -q hub coord", DONE)?;
    let seen = story.types(Actor::Alice, &format!("git coord check {second}"), CONFLICT)?;
    story.shows(&seen, &[HANDMADE])?;
    story.claim_is(HANDMADE, &cast.bob, "held")?;
    story
        .pages
        .text("It counts like any other: its signature, its form and that the place was free are what is checked.");
    Ok(())
}

fn hook(story: &mut Story<'_>) -> Result<(), Stop> {
    let (first, second) = (story.project.first.clone(), story.project.second.clone());
    story.pages.chapter(
        "A commit on somebody else's path",
        "Nobody has to remember to ask: the hooks look at what is about to be committed.",
    );
    let line = format!("echo 'A line in passing.' >> {second} && git commit -qam 'Tidy up'");
    let seen = story.types(Actor::Alice, &line, REFUSED)?;
    story.shows(&seen, &["somebody else holds what you commit", HANDMADE])?;
    story.quietly(Actor::Alice, &format!("git diff --quiet {second}"), REFUSED)?;
    let line = format!("git restore . && echo '# Whole cents.' >> {first} && git commit -qam 'Round totals'");
    story.types(Actor::Alice, &line, DONE)?;
    story
        .quietly(Actor::Alice, "git log -1 --format='%(trailers)'", DONE)
        .and_then(|seen| story.says(&seen, "Coord-Claim: "))?;
    story.pages.text("The first was refused before there was a commit; the second is signed and names her claim.");
    Ok(())
}
