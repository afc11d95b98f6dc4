//! The first act: a ledger, those who take part, and a server that can say no.

use crate::demo::actor::Actor;
use crate::demo::stop::Stop;
use crate::demo::story::DONE;
use crate::demo::story::Story;

/// The ids of those who take part: a name and the first digits of a key.
pub(super) struct Cast {
    pub(super) maria: String,
    pub(super) alice: String,
    pub(super) bob: String,
    pub(super) hub: String,
}

pub(super) fn play(story: &mut Story<'_>) -> Result<Cast, Stop> {
    let branch = story.project.branch.clone();
    let format = story.quietly(Actor::Maria, "git rev-parse --show-object-format", DONE)?;
    let format = format.stdout.trim();
    let hub = format!(
        "git init -q --bare --object-format={format} -b {branch} ../hub.git && git remote add hub ../hub.git && \
         git push -q hub {branch}"
    );
    story.quietly(Actor::Maria, &hub, DONE)?;
    let maria = ledger(story)?;
    let (alice, bob) = company(story)?;
    let hub = server(story)?;
    Ok(Cast { maria, alice, bob, hub })
}

fn ledger(story: &mut Story<'_>) -> Result<String, Stop> {
    story.pages.chapter(
        "A branch that says who may do what",
        "Agents that share a repository need rules. Here they are a branch, `coord`, of signed entries.",
    );
    let seen = story.types(Actor::Maria, "git coord init --name maria --template team --remote hub", DONE)?;
    story.shows(&seen, &["the ledger begins; you are maria-", "pin sha256:"])?;
    let whoami = story.object(Actor::Maria, "git coord --json whoami", DONE)?;
    story.holds("the role of maria", "maintainer", whoami["role"].as_str().unwrap_or("none"))?;
    Ok(seen.word_with("maria-")?)
}

fn company(story: &mut Story<'_>) -> Result<(String, String), Stop> {
    let enroll = |name: &str, role: &str, vendor: &str| {
        format!("git coord enroll {name} --role {role} --vendor {vendor} --key ../keys/{name}.pub")
    };
    let seen = story.types(Actor::Maria, &enroll("alice", "builder", "anthropic"), DONE)?;
    story.shows(&seen, &["alice-"])?;
    let alice = seen.word_with("alice-")?;
    let bob = story.types(Actor::Maria, &enroll("bob", "builder", "openai"), DONE)?.word_with("bob-")?;
    story.types(Actor::Maria, &enroll("carol", "reviewer", "google"), DONE)?;
    story.types(Actor::Maria, &enroll("dave", "reviewer", "anthropic"), DONE)?;
    story.quietly(Actor::Maria, "git worktree add -q -b alice ../alice && git worktree add -q -b bob ../bob", DONE)?;
    let seen = story.types(Actor::Alice, "git coord join alice", DONE)?;
    story.says(&seen, &alice)?;
    story.quietly(Actor::Bob, "git coord join bob", DONE)?;
    story
        .pages
        .text("Everybody signs with a key of their own. Alice and bob have a worktree each, the others a clone.");
    Ok((alice, bob))
}

fn server(story: &mut Story<'_>) -> Result<String, Stop> {
    story.pages.chapter(
        "A server that can say no",
        "Any bare repository whose hooks run will do. The hub's key signs the record of what lands.",
    );
    let seen = story.types(Actor::Maria, "git -C ../hub.git coord hooks install --server", DONE)?;
    story.shows(&seen, &["hooks: wrote pre-receive"])?;
    let key = seen.line_with("hub key: ")?.trim_start_matches("hub key: ").to_owned();
    story.quietly(Actor::Maria, &format!("echo '{key}' > ../keys/hub.pub"), DONE)?;
    let enroll = "git coord enroll hub --kind service --role hub --key ../keys/hub.pub";
    let seen = story.types(Actor::Maria, enroll, DONE)?;
    let adopt = format!("git coord land --adopt {}", story.project.branch);
    let adopted = story.types(Actor::Maria, &adopt, DONE)?;
    story.shows(&adopted, &["adopted"])?;
    story.pages.text("From here on the server decides every push by the ledger, whatever a clone thinks.");
    story.stage.seat_reviewers()?;
    story.quietly(Actor::Carol, "git clone -q ../hub.git .", DONE)?;
    story.quietly(Actor::Carol, "git coord join carol", DONE)?;
    Ok(seen.word_with("hub-")?)
}
