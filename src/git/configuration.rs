//! Settings of a repository, written by the git program, which knows how to keep a person's comments and order.

use super::GitError;
use super::Program;
use super::Repository;

/// Whose setting it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigScope {
    /// That of the clone, with all its work trees.
    Local,
    /// That of one work tree; the clone must have `extensions.worktreeConfig` if it has several.
    Worktree,
}

impl ConfigScope {
    fn option(self) -> &'static str {
        match self {
            Self::Local => "--local",
            Self::Worktree => "--worktree",
        }
    }
}

impl Repository {
    /// Sets one value, in place of all that the key had in this scope. A repository opened afterwards sees it.
    pub fn config_set(&self, program: &Program, scope: ConfigScope, key: &str, value: &str) -> Result<(), GitError> {
        let arguments = ["config", scope.option(), "--replace-all", "--end-of-options", key, value];
        program.at(self).args(arguments).run()?.success()?;
        Ok(())
    }

    /// Returns the names of the remotes that have a section of their own.
    pub fn remotes(&self) -> Vec<String> {
        let snapshot = self.inner.config_snapshot();
        let sections = snapshot.plumbing().sections_by_name("remote").into_iter().flatten();
        let names = sections.filter_map(|section| Some(section.header().subsection_name()?.to_string()));
        let mut names: Vec<String> =
            names.filter(|name| self.config(&format!("remote.{name}.url")).is_some()).collect();
        names.sort();
        names.dedup();
        names
    }

    /// Returns a value of the clone's own file, which all its work trees share.
    pub fn shared_config(&self, program: &Program, key: &str) -> Result<Option<String>, GitError> {
        const NOT_THERE: i32 = 1;
        let file = self.common_dir().join("config");
        let output = program.at(self).args(["config", "--file"]).arg(&file).args(["--get", key]).run()?;
        if output.status == NOT_THERE {
            return Ok(None);
        }
        let output = output.success()?;
        Ok(Some(String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned()))
    }

    /// Removes all values of a key in this scope. None there is no error.
    pub fn config_unset(&self, program: &Program, scope: ConfigScope, key: &str) -> Result<(), GitError> {
        const NOT_THERE: i32 = 5;
        let arguments = ["config", scope.option(), "--unset-all", "--end-of-options", key];
        let output = program.at(self).args(arguments).run()?;
        if output.status == NOT_THERE { Ok(()) } else { output.success().map(|_| ()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk;
    use crate::git::sandbox::Sandbox;

    #[test]
    fn value_is_set_replaced_and_removed() {
        let sandbox = Sandbox::sha1();
        let program = Program::find().unwrap();
        let read = || sandbox.open().config("coord.agent");
        for value in ["alice", "--odd value;#\"", "-x", ""] {
            sandbox.open().config_set(&program, ConfigScope::Local, "coord.agent", value).unwrap();
            assert_eq!(read().as_deref(), Some(value));
        }
        sandbox.open().config_unset(&program, ConfigScope::Local, "coord.agent").unwrap();
        assert_eq!(read(), None);
        sandbox.open().config_unset(&program, ConfigScope::Local, "coord.agent").unwrap();
        let refused = sandbox.open().config_set(&program, ConfigScope::Local, "no dots", "x");
        assert!(matches!(refused, Err(GitError::Program { .. })));
    }

    /// A git that was killed leaves its lock, which nobody but a person removes.
    #[test]
    fn lock_of_a_configuration_is_named() {
        let sandbox = Sandbox::sha1();
        let program = Program::find().unwrap();
        sandbox.open().config_set(&program, ConfigScope::Local, "extensions.worktreeConfig", "true").unwrap();
        for (scope, name) in [(ConfigScope::Local, "config.lock"), (ConfigScope::Worktree, "config.worktree.lock")] {
            let expected = sandbox.work.join(".git").join(name);
            sandbox.write(&format!(".git/{name}"), "");
            let set = || sandbox.open().config_set(&program, scope, "coord.agent", "alice");
            for refused in [set(), sandbox.open().config_unset(&program, scope, "coord.agent")] {
                let is_named = matches!(&refused, Err(GitError::Locked { lock }) if lock.path == expected);
                assert!(is_named, "{refused:?}");
            }
            assert!(disk::stat(&expected).unwrap().is_some(), "it is left alone");
            disk::remove(&expected).unwrap();
            set().unwrap();
        }
    }

    #[test]
    fn work_tree_has_its_own_value() {
        let sandbox = Sandbox::sha1();
        sandbox.commit_file("a", "1");
        sandbox.git(&["worktree", "add", "-q", "-b", "other", "../other"]);
        let program = Program::find().unwrap();
        let other = Repository::discover(&sandbox.work.join("../other")).unwrap();
        assert!(other.config_set(&program, ConfigScope::Worktree, "coord.agent", "bob").is_err());
        sandbox.open().config_set(&program, ConfigScope::Local, "extensions.worktreeConfig", "true").unwrap();
        other.config_set(&program, ConfigScope::Worktree, "coord.agent", "bob").unwrap();
        let other = Repository::discover(&sandbox.work.join("../other")).unwrap();
        assert_eq!(other.config("coord.agent").as_deref(), Some("bob"));
        assert_eq!(sandbox.open().config("coord.agent"), None);
    }
}
