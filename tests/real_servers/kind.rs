//! The servers that are tried.

use std::env;
use std::path::Path;

use crate::support::servers;
use crate::support::servers::Apache;
use crate::support::servers::Daemon;
use crate::support::servers::Gitolite;
use crate::support::servers::Nginx;
use crate::support::servers::Server;
use crate::support::servers::Ssh;

/// A kind of server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Ssh,
    Gitolite,
    Nginx,
    Apache,
    Daemon,
}

impl Kind {
    pub(crate) const ALL: [Self; 5] = [Self::Ssh, Self::Gitolite, Self::Nginx, Self::Apache, Self::Daemon];

    /// Returns how people call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ssh => "OpenSSH",
            Self::Gitolite => "gitolite",
            Self::Nginx => "nginx",
            Self::Apache => "Apache",
            Self::Daemon => "git daemon",
        }
    }

    /// Returns whether it can be had on this machine. Where it must be, a missing program fails.
    pub(crate) fn is_here(self) -> bool {
        let missing = match self {
            Self::Ssh => servers::missing(&Ssh::PROGRAMS),
            Self::Gitolite => servers::missing(&Gitolite::PROGRAMS),
            Self::Nginx => servers::missing(&Nginx::PROGRAMS),
            Self::Apache => servers::missing(&Apache::PROGRAMS),
            Self::Daemon => servers::missing(&Daemon::PROGRAMS),
        };
        if missing.is_empty() {
            return true;
        }
        let said = format!("NOT TESTED: {}, for this machine lacks {}", self.name(), missing.join(", "));
        assert!(env::var_os("COORD_REQUIRE_SERVERS").is_none(), "{said}");
        eprintln!("{said}");
        false
    }

    /// Starts one before a bare repository, with its files in a directory.
    pub(crate) fn start(self, directory: &Path, repository: &Path) -> Box<dyn Server> {
        match self {
            Self::Ssh => Box::new(Ssh::start(directory, repository)),
            Self::Gitolite => Box::new(Gitolite::start(directory, repository)),
            Self::Nginx => Box::new(Nginx::start(directory, repository)),
            Self::Apache => Box::new(Apache::start(directory, repository)),
            Self::Daemon => Box::new(Daemon::start(directory, repository)),
        }
    }
}

/// Makes a test of a function for every kind of server; it takes the kind, and is called where the server can be had.
macro_rules! on_every_server {
    ($($function:ident)*) => {$(
        mod $function {
            use crate::real_servers::kind::Kind;

            fn check(kind: Kind) {
                if kind.is_here() {
                    super::$function(kind);
                }
            }

            #[test]
            fn on_ssh() {
                check(Kind::Ssh);
            }

            #[test]
            fn on_gitolite() {
                check(Kind::Gitolite);
            }

            #[test]
            fn on_nginx() {
                check(Kind::Nginx);
            }

            #[test]
            fn on_apache() {
                check(Kind::Apache);
            }

            #[test]
            fn on_git_daemon() {
                check(Kind::Daemon);
            }
        }
    )*};
}

pub(crate) use on_every_server;
