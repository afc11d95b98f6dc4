//! The repository that the story is played on: a small one of its own, or a clone of somebody's.

use std::path::Path;

use crate::demo::actor::Actor;
use crate::demo::stage::Stage;
use crate::disk;
use crate::disk::Durability;
use crate::git::GitError;
use crate::ops::Failure;
use crate::ops::open_repository;

/// The most bytes of a file that the story touches.
const FILE_BYTES_MAX: u64 = 100 * 1024;
/// The longest path that still looks well in a line.
const PATH_LENGTH_MAX: usize = 40;
/// How many files of a large repository are looked into.
const FILES_READ_MAX: usize = 2000;

/// The files of the story's own repository.
const OWN_FILES: &[(&str, &str)] = &[
    ("README.md", "# A small shop\n"),
    ("api/orders.py", "def total(prices):\n    return sum(prices)\n"),
    ("web/basket.js", "export const basket = [];\n"),
];

/// What a repository lends to the story.
pub(super) struct Project {
    /// The protected branch.
    pub(super) branch: String,
    /// What Alice claims: the directory of the first file, or the file.
    pub(super) ground: String,
    /// The file that Alice changes.
    pub(super) first: String,
    /// The number of its lines.
    pub(super) first_lines: usize,
    /// A file outside of what Alice claims.
    pub(super) second: String,
}

impl Project {
    /// Begins a small repository.
    pub(super) fn begin(stage: &Stage) -> Result<Self, Failure> {
        disk::create_directories(&stage.path(Actor::Maria.desk()))?;
        prepare(stage, "git init -q .")?;
        write_files(stage, OWN_FILES)?;
        prepare(stage, "git add . && git commit -q -m 'Begin the shop'")?;
        Self::choose(stage)
    }

    /// Clones a repository. The original is only read.
    pub(super) fn clone_of(source: &Path, stage: &Stage) -> Result<Self, Failure> {
        let real = disk::real_path(source).map_err(|_| GitError::NotARepository { path: source.to_owned() })?;
        match open_repository(&real) {
            Ok(_) | Err(Failure::Git(GitError::ImplicitBare { .. })) => {}
            Err(failure) => return Err(failure),
        }
        disk::create_directories(&stage.path(Actor::Maria.desk()))?;
        prepare(stage, &format!("git clone -q --no-hardlinks -- {} .", quoted(&real.display().to_string())))?;
        // From here on nothing leads back to the original.
        prepare(stage, "git remote remove origin")?;
        if ask(stage, "git rev-parse -q --verify 'HEAD^{commit}'")?.is_none() {
            return Err(Failure::NoCommit { path: source.to_owned() });
        }
        if ask(stage, "git rev-parse --is-shallow-repository")?.as_deref() == Some("true") {
            begin_anew(stage)?;
        }
        match ask(stage, "git symbolic-ref -q --short HEAD")?.as_deref() {
            // These are the names that the policy protects.
            Some("main" | "master") => {}
            Some(_) => prepare(stage, "git branch -q -m main")?,
            None => prepare(stage, "git checkout -q -b main")?,
        }
        Self::choose(stage)
    }

    /// Chooses two text files, in different directories if there are such; makes two if there are none.
    fn choose(stage: &Stage) -> Result<Self, Failure> {
        let branch = ask(stage, "git symbolic-ref --short HEAD")?.unwrap_or_else(|| "main".to_owned());
        let mut files = text_files(stage)?;
        if files.len() < 2 {
            let made = [("notes/one.txt", "One.\n"), ("lists/two.txt", "Two.\n")];
            write_files(stage, &made)?;
            prepare(stage, "git add notes/one.txt lists/two.txt && git commit -q -m 'Add two files'")?;
            files = made.iter().map(|(path, _)| ((*path).to_owned(), 1)).collect();
        }
        let is_apart = |(path, _): &&(String, usize), directory: &str| !path.starts_with(directory);
        let pair = files.iter().find_map(|first| {
            let directory = &first.0[..=first.0.rfind('/')?];
            let second = files.iter().find(|file| is_apart(file, directory))?;
            Some((directory, first, second))
        });
        let (ground, first, second) = pair.unwrap_or((files[0].0.as_str(), &files[0], &files[1]));
        let (ground, second) = (ground.to_owned(), second.0.clone());
        Ok(Self { branch, ground, first: first.0.clone(), first_lines: first.1, second })
    }
}

/// Lets the files of a shallow clone be a history of their own: what came before them is not here to be judged.
fn begin_anew(stage: &Stage) -> Result<(), Failure> {
    prepare(
        stage,
        "git update-ref HEAD $(git commit-tree -m 'Begin with the files of a shallow clone' 'HEAD^{tree}')",
    )?;
    prepare(stage, "git for-each-ref --format='delete %(refname)' refs/tags | git update-ref --stdin")?;
    disk::remove(&stage.path(Actor::Maria.desk()).join(".git/shallow"))?;
    Ok(())
}

/// Returns the text files that the story can touch with their numbers of lines, those in short directories first.
fn text_files(stage: &Stage) -> Result<Vec<(String, usize)>, Failure> {
    let listed = ask(stage, "git ls-files --stage")?.unwrap_or_default();
    let regular = listed.lines().filter(|line| line.starts_with("100644 ")).filter_map(|line| line.split_once('\t'));
    let mut paths: Vec<&str> = regular.map(|(_, path)| path).filter(|path| is_plain(path)).collect();
    paths.sort_by_key(|path| (!path.contains('/'), path.len(), *path));
    let mut files = Vec::new();
    for path in paths.into_iter().take(FILES_READ_MAX) {
        // What is too large or not there, as in a sparse checkout, is passed over.
        let file = stage.path(Actor::Maria.desk()).join(path);
        let Ok(Some(bytes)) = disk::read(&file, FILE_BYTES_MAX) else { continue };
        let Ok(text) = String::from_utf8(bytes) else { continue };
        if text.ends_with('\n') && !text.contains(['\0', '\r']) {
            files.push((path.to_owned(), text.lines().count()));
        }
    }
    Ok(files)
}

/// Returns whether a path can be typed as it is, and holds nothing that runs by itself.
fn is_plain(path: &str) -> bool {
    let is_typed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/');
    let is_quiet = |part: &str| !part.starts_with(['.', '-']) && !part.starts_with("lefthook");
    path.len() <= PATH_LENGTH_MAX && path.chars().all(is_typed) && path.split('/').all(is_quiet)
}

fn write_files(stage: &Stage, files: &[(&str, &str)]) -> Result<(), Failure> {
    for (path, text) in files {
        let file = stage.path(Actor::Maria.desk()).join(path);
        disk::write(&file, text.as_bytes(), 0o644, Durability::Cached)?;
    }
    Ok(())
}

/// Does what must be done before the story begins.
pub(super) fn prepare(stage: &Stage, line: &str) -> Result<(), Failure> {
    let seen = stage.type_line(Actor::Maria, line)?;
    if seen.status == 0 {
        return Ok(());
    }
    let message = seen.stderr.trim().to_owned();
    Err(GitError::Program { program: line.to_owned(), status: seen.status, message }.into())
}

/// Returns what a command says; `None` if it fails.
fn ask(stage: &Stage, line: &str) -> Result<Option<String>, Failure> {
    let seen = stage.type_line(Actor::Maria, line)?;
    Ok((seen.status == 0).then(|| seen.stdout.trim_end().to_owned()))
}

/// Returns a text as one word of the shell.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_paths_can_be_typed() {
        for path in ["README.md", "src/git/mod.rs", "a-b/c_d"] {
            assert!(is_plain(path), "{path}");
        }
    }

    #[test]
    fn other_paths_are_left_alone() {
        for path in ["a b", "ö", ".github/x", "src/.hidden", "lefthook.yml", "-rf", "a/-x", "$(id)", "a'b"] {
            assert!(!is_plain(path), "{path}");
        }
        assert!(!is_plain(&"a".repeat(41)));
    }

    #[test]
    fn quotes_do_not_end_a_word() {
        assert_eq!(quoted("it's"), "'it'\\''s'");
    }
}
