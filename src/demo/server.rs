//! The server of the story: a bare repository of its own, or whatever a url names, which nobody here has a shell on.

use crate::demo::actor::Actor;
use crate::demo::project::quoted;
use crate::demo::stage::Stage;
use crate::disk;
use crate::git::GitError;
use crate::ops::Failure;
use crate::ops::Surroundings;

/// Who refuses a push that may not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guard {
    /// Hooks that the story installs, with a hub that records landings.
    Hub,
    /// Hooks that whoever runs the server has installed.
    Hooks,
    /// Nobody but the hooks of the clones.
    Clones,
}

/// The server of the story.
pub(super) struct Server {
    /// What git calls it; `None` for one of the story's own.
    given: Option<String>,
    pub(super) guard: Guard,
}

impl Server {
    /// Returns a server of the story's own, or the one that a url names, if it has no branches yet.
    pub(super) fn find(surroundings: &Surroundings, url: Option<&str>, stage: &Stage) -> Result<Self, Failure> {
        let Some(url) = url else { return Ok(Self { given: None, guard: Guard::Hub }) };
        // A path is meant from where the user stands.
        let local = disk::real_path(&surroundings.directory.join(url));
        let given = local.map_or(url.to_owned(), |path| path.display().to_string());
        let seen = stage.type_line(Actor::Maria, &format!("git ls-remote -- {}", quoted(&given)))?;
        if seen.status != 0 {
            let (program, message) = ("git ls-remote".to_owned(), seen.stderr.trim().to_owned());
            return Err(GitError::Program { program, status: seen.status, message }.into());
        }
        if !seen.stdout.trim().is_empty() {
            let expected = "an empty repository: it has branches or tags, and the story would mix with them";
            return Err(Failure::Argument { what: shown(url), expected });
        }
        Ok(Self { given: Some(given), guard: Guard::Clones })
    }

    /// Returns what a shell calls it.
    pub(super) fn address(&self) -> String {
        self.given.as_deref().map_or("../hub.git".to_owned(), quoted)
    }

    /// Returns what people are told of where it is, without a password; `None` for one of the story's own.
    pub(super) fn place(&self) -> Option<String> {
        self.given.as_deref().map(shown)
    }

    /// Returns a text without the password that stands in the url.
    pub(super) fn without_password(&self, text: &str) -> String {
        self.given.as_deref().map_or(text.to_owned(), |given| text.replace(given, &shown(given)))
    }

    /// Returns the option by which a push goes round the hooks of the clone, to be refused by the server.
    pub(super) fn bypass(&self) -> &'static str {
        if self.guard == Guard::Clones { "" } else { "--no-verify " }
    }

    /// Returns how a line begins with which somebody refuses.
    pub(super) fn voice(&self) -> &'static str {
        if self.guard == Guard::Clones { "" } else { "remote: " }
    }
}

/// Returns a url without the password in it.
fn shown(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let Some((user, host)) = authority.rsplit_once('@') else { return url.to_owned() };
    let name = user.split(':').next().unwrap_or_default();
    format!("{scheme}://{name}@{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_shown() {
        for (url, told) in [
            ("http://alice:secret@host/git/x.git", "http://alice@host/git/x.git"),
            ("https://alice:se@cret@host/x", "https://alice@host/x"),
            ("ssh://git@host:22/x.git", "ssh://git@host:22/x.git"),
            ("git@host:x.git", "git@host:x.git"),
            ("/srv/x.git", "/srv/x.git"),
            ("https://host/a:b@c", "https://host/a:b@c"),
        ] {
            assert_eq!(shown(url), told);
            let server = Server { given: Some(url.to_owned()), guard: Guard::Clones };
            assert_eq!(server.without_password(&format!("git clone '{url}' .")), format!("git clone '{told}' ."));
        }
    }
}
