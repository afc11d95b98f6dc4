//! The first act: a ledger, those who take part, and a server that can say no.

use crate::demo::actor::Actor;
use crate::demo::project::prepare;
use crate::demo::server::Guard;
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
    if let Some(address) = story.server.place().map(|_| story.server.address()) {
        story.quietly(Actor::Maria, &format!("git remote add hub {address}"), DONE)?;
        // Who may not write there is told so by the server, and has seen no fault of ours.
        prepare(&story.stage, &format!("git push -q hub {branch}"))?;
        let maria = ledger(story)?;
        let (alice, bob) = company(story)?;
        given_server(story)?;
        return Ok(Cast { hub: maria.clone(), maria, alice, bob });
    }
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
    reviewers(story)?;
    Ok(seen.word_with("hub-")?)
}

fn reviewers(story: &mut Story<'_>) -> Result<(), Stop> {
    story.stage.seat_reviewers()?;
    let clone = format!("git clone -q -o hub {} .", story.server.address());
    story.quietly(Actor::Carol, &clone, DONE)?;
    story.quietly(Actor::Carol, "git coord join carol", DONE)?;
    Ok(())
}

/// Finds out whether the hooks are on a server that nobody here has a shell on.
fn given_server(story: &mut Story<'_>) -> Result<(), Stop> {
    story.pages.chapter(
        "A server that somebody runs",
        "Its hooks, if it has ours, refuse a name that git itself writes to; without them it takes any.",
    );
    let adopt = format!("git coord land --adopt {}", story.project.branch);
    let adopted = story.types(Actor::Maria, &adopt, DONE)?;
    story.shows(&adopted, &["adopted"])?;
    let probe = "git push --no-verify hub HEAD:refs/heads/FETCH_HEAD";
    let seen = story.stage.type_line(Actor::Maria, probe)?;
    story.pages.typed(Actor::Maria.name(), probe);
    if seen.status == 0 {
        story.quietly(Actor::Maria, "git push -q --no-verify hub :refs/heads/FETCH_HEAD", DONE)?;
        story.pages.text(
            "It took that: our hooks are not there. From here on the clones' own gate refuses, and the audit finds what \
             went round it. Whoever runs the server installs them with `git coord hooks install --server`.",
        );
    } else {
        story.shows(&seen, &["(ref.name)"])?;
        story.server.guard = Guard::Hooks;
        story.pages.text("The hooks are there: the server decides every push by the ledger, whatever a clone thinks.");
    }
    reviewers(story)
}
