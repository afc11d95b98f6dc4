//! Keys with which an agent on this machine could sign as a human.
//!
//! Only looks: never asks for a passphrase, never signs anything to find out, and tells paths and names, never a key.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

use crate::disk;
use crate::model::PrincipalId;
use crate::model::PrincipalKind;
use crate::model::Standing;
use crate::ops::context::Context;
use crate::ops::doctor::Finding;
use crate::ops::doctor::Health;
use crate::ops::failure::Failure;
use crate::ops::identity;
use crate::ops::identity::KEY_BYTES_MAX;
use crate::rules::Enrolled;
use crate::sign::Guard;
use crate::sign::PublicKey;
use crate::sign::SecretKey;

const SUBJECT: &str = "separation";
/// How many agents are named.
const NAMED_MAX: usize = 3;

/// Returns every way by which an agent that runs as this user could sign as a human.
pub(crate) fn look(context: &Context) -> Result<Vec<Finding>, Failure> {
    let mut findings: Vec<Finding> = look_at_name(context).into_iter().collect();
    let Some(agents) = agents_here(context)? else { return Ok(or_good(findings, "no agent works as this user")) };
    let humans: BTreeMap<&PublicKey, &PrincipalId> =
        active(context, PrincipalKind::Human).map(|human| (&human.key, &human.record.id)).collect();
    for (path, key, guard) in key_files(context) {
        let Some(human) = humans.get(&key) else { continue };
        let path = path.display();
        let (message, mend) = match guard {
            Guard::Passphrase | Guard::Touch => continue,
            Guard::Nothing => (
                format!("{agents} could sign as {human}: `{path}` has no passphrase"),
                format!("ssh-keygen -p -f '{path}', or run agents as another user, or move to a hardware key"),
            ),
            Guard::Authenticator => (
                format!("{agents} could sign as {human}: the hardware key of `{path}` needs no touch"),
                "make another one with ssh-keygen -t ed25519-sk, without no-touch-required: the ledger takes nothing that \
                 was signed without a touch"
                    .to_owned(),
            ),
        };
        findings.push(advice(message, mend));
    }
    for key in identity::keys_of_agent(&context.surroundings) {
        // Hardware asks by itself; where it does not, its file says so.
        let Some(human) = humans.get(&key).filter(|_| !key.is_hardware()) else { continue };
        let message = format!(
            "{agents} could sign as {human}: ssh-agent holds the key, and whether it asks before it signs only its owner knows"
        );
        let mend = "ssh-add -d <key file>, then ssh-add -c <key file>, which asks each time; or start agents without \
                    SSH_AUTH_SOCK, or as another user"
            .to_owned();
        findings.push(advice(message, mend));
    }
    Ok(or_good(findings, "no agent here can sign as a human"))
}

fn advice(message: String, mend: String) -> Finding {
    Finding { subject: SUBJECT, health: Health::Advice, message, mend: Some(mend) }
}

fn or_good(findings: Vec<Finding>, message: &str) -> Vec<Finding> {
    if findings.is_empty() {
        return vec![Finding { subject: SUBJECT, health: Health::Good, message: message.to_owned(), mend: None }];
    }
    findings
}

fn active(context: &Context, kind: PrincipalKind) -> impl Iterator<Item = &Enrolled> {
    let of_kind =
        move |enrolled: &&Enrolled| enrolled.record.kind == kind && enrolled.record.status == Standing::Active;
    context.state().principals.values().filter(of_kind)
}

/// Returns the agents that work as this user, in words; `None` if there is none as far as can be seen.
fn agents_here(context: &Context) -> Result<Option<String>, Failure> {
    let keys = identity::keys_at_hand(&context.repository, &context.surroundings)?;
    let named = identity::joined_here(&context.repository);
    let is_here =
        |agent: &&Enrolled| keys.contains(&agent.key) || named.as_deref().is_some_and(|named| is_called(agent, named));
    let found: Vec<_> =
        active(context, PrincipalKind::Agent).filter(is_here).map(|agent| agent.record.id.to_string()).collect();
    let more = found.len().saturating_sub(NAMED_MAX);
    let more = (more > 0).then(|| format!("{more} more"));
    let names: Vec<_> = found.into_iter().take(NAMED_MAX).chain(more).collect();
    let session = || context.surroundings.session.as_ref().map(|_| "the agent of this session".to_owned());
    Ok(if names.is_empty() { session() } else { Some(names.join(", ")) })
}

fn is_called(enrolled: &Enrolled, named: &str) -> bool {
    enrolled.record.id.as_str() == named || enrolled.record.id.name() == named
}

/// An agent's environment that names a human signs as that human without anybody's doing.
fn look_at_name(context: &Context) -> Option<Finding> {
    let named = context.surroundings.principal.as_deref()?;
    let human = active(context, PrincipalKind::Human).find(|human| is_called(human, named))?;
    let joined = identity::joined_here(&context.repository);
    let agent = joined.and_then(|joined| {
        active(context, PrincipalKind::Agent).find(|agent| is_called(agent, &joined)).map(|agent| &agent.record.id)
    });
    let (health, place) = match (agent, &context.surroundings.session) {
        (Some(agent), _) => (Health::Bad, format!("in the worktree of {agent}, an agent")),
        (None, Some(_)) => (Health::Advice, "in the session of an agent".to_owned()),
        (None, None) => return None,
    };
    let message = format!("GIT_COORD_AS, or --as, says {}, a human, {place}", human.record.id);
    let mend = Some("unset GIT_COORD_AS, and start agents without it".to_owned());
    Some(Finding { subject: SUBJECT, health, message, mend })
}

/// Returns the private key files that this user can read where git coord, git and ssh keep them, with what guards them.
fn key_files(context: &Context) -> Vec<(PathBuf, PublicKey, Guard)> {
    let surroundings = &context.surroundings;
    let ours = surroundings.data_directory.as_ref().map(|data| data.join("keys"));
    let theirs = surroundings.home.as_ref().map(|home| home.join(".ssh"));
    let mut paths: Vec<PathBuf> = Vec::new();
    for directory in ours.iter().chain(&theirs) {
        // What cannot be listed cannot be used either.
        let names = disk::list(directory).unwrap_or_default();
        paths.extend(names.into_iter().filter(|name| !name.ends_with(".pub")).map(|name| directory.join(name)));
    }
    let configured = identity::every_configured_key_file(&context.repository, surroundings);
    paths.extend(configured.map(|path| identity::private_path(&path)));
    let settings = theirs.map(|theirs| read(&theirs.join("config"))).unwrap_or_default();
    let named = String::from_utf8_lossy(&settings).into_owned();
    paths.extend(named.lines().filter_map(identity_file).map(|name| identity::expand_home(name, surroundings)));
    let mut seen = BTreeSet::new();
    paths.retain(|path| disk::real_path(path).is_ok_and(|real| seen.insert(real)));
    let looked_at = paths.into_iter().filter_map(|path| {
        let bytes = read(&path);
        let (key, guard) = (SecretKey::public_of(&bytes).ok()?, SecretKey::guard_of(&bytes).ok()?);
        Some((path, key, guard))
    });
    looked_at.collect()
}

/// Returns whether a key file has a passphrase.
pub(crate) fn has_passphrase(path: &Path) -> bool {
    SecretKey::guard_of(&read(path)) == Ok(Guard::Passphrase)
}

/// Reads a file if this user can; what cannot be read cannot be used either.
fn read(path: &Path) -> Vec<u8> {
    disk::read_following_links(path, KEY_BYTES_MAX).ok().flatten().unwrap_or_default()
}

/// Returns the file that a line of ssh's configuration names as a key.
fn identity_file(line: &str) -> Option<&str> {
    let line = line.trim();
    let (key, value) = line.split_once(|letter: char| letter == '=' || letter.is_whitespace())?;
    let value = value.trim_start_matches(|letter: char| letter == '=' || letter.is_whitespace()).trim_matches('"');
    key.eq_ignore_ascii_case("identityfile").then_some(value)
}
