//! Ledger entries as stock git and forgers make them: any tree, any bytes, any key.

use std::collections::BTreeSet;

use git_coord::format::commit::Payload;
use git_coord::format::commit::SignedCommit;
use git_coord::format::commit::Stamp;
use git_coord::ledger::Edit;
use git_coord::model::Answer;
use git_coord::model::Approval;
use git_coord::model::ObjectId;
use git_coord::model::RecordId;

use crate::server::desk::line;
use crate::server::ground::now;
use crate::server::stage::Asked;
use crate::server::stage::COORD;
use crate::server::stage::Stage;
use crate::support::world::Actor;
use crate::support::world::put;

/// One file of a tree: its path, and its mode and content, or `None` to remove it.
pub(crate) type File<'a> = (&'a str, Option<(&'a str, &'a [u8])>);

/// An entry that is being made.
pub(crate) struct Entry {
    pub(crate) parents: Vec<String>,
    pub(crate) tree: String,
    pub(crate) seconds: i64,
    pub(crate) who: String,
    pub(crate) message: String,
}

impl Stage {
    /// Begins an entry on the ledger as the hub has it, with these records changed.
    #[track_caller]
    pub(crate) fn entry(&self, edits: &[Edit]) -> Entry {
        let head = self.ledger_head();
        self.entry_on(&head, edits)
    }

    #[track_caller]
    pub(crate) fn entry_on(&self, parent: &str, edits: &[Edit]) -> Entry {
        let paths: Vec<_> = edits.iter().map(|edit| edit.path.to_string()).collect();
        let content = |edit: &'_ Edit| edit.text.clone();
        let texts: Vec<_> = edits.iter().map(content).collect();
        let files: Vec<File<'_>> = paths
            .iter()
            .zip(&texts)
            .map(|(path, text)| (path.as_str(), text.as_ref().map(|text| ("100644", text.as_bytes()))))
            .collect();
        self.entry_with(parent, &files)
    }

    /// Begins an entry with files of any mode and content.
    #[track_caller]
    pub(crate) fn entry_with(&self, parent: &str, files: &[File<'_>]) -> Entry {
        Entry {
            parents: vec![parent.to_owned()],
            tree: self.tree(parent, files),
            seconds: now().unix_s(),
            who: "Somebody <somebody@example.org>".to_owned(),
            message: "Change\n".to_owned(),
        }
    }

    /// Fetches the hub's ledger and returns its head.
    #[track_caller]
    pub(crate) fn ledger_head(&self) -> String {
        self.fetch();
        self.tip("refs/remotes/hub/coord")
    }

    /// Writes a tree that differs from a commit's in some files.
    #[track_caller]
    pub(crate) fn tree(&self, base: &str, files: &[File<'_>]) -> String {
        let git = |arguments: &[&str], input: &[u8]| {
            let mut command = self.program(&self.work, "git");
            command.env("GIT_INDEX_FILE", self.root.join("index"));
            line(&self.run(command.args(arguments), input).ok())
        };
        git(&["read-tree", base], b"");
        for (path, file) in files {
            match file {
                None => git(&["update-index", "--force-remove", path], b""),
                Some((mode, content)) => {
                    let object = if *mode == "160000" { base.to_owned() } else { self.object("blob", content) };
                    git(&["update-index", "--add", "--cacheinfo", &format!("{mode},{object},{path}")], b"")
                }
            };
        }
        git(&["write-tree"], b"")
    }

    /// Returns the record of an approval, edited, without asking whether it would count.
    #[track_caller]
    pub(crate) fn answer_edit(&self, who: &str, asked: &Asked, edit: impl FnOnce(&mut Approval)) -> Edit {
        let state = self.state();
        let request = &state.requests.get(&RecordId::parse(&asked.id).unwrap()).unwrap().request;
        let principal = Actor::named(who).id;
        let mut approval = Approval {
            request: request.id.clone(),
            role: state.principal(&principal).unwrap().record.role.clone(),
            principal,
            delta: request.delta,
            answer: Answer::Approve,
            policy: state.policy.version,
            reason: None,
            request_rev: Some(request.rev),
            base: Some(request.base),
            base_tree: Some(request.base_tree),
            head: Some(request.head),
            new_tree: Some(request.new_tree),
            passed: BTreeSet::new(),
            failed: BTreeSet::new(),
            overrules: BTreeSet::new(),
        };
        edit(&mut approval);
        put(&approval)
    }

    /// Returns the refspec that pushes such an approval.
    #[track_caller]
    pub(crate) fn answer_entry(&self, who: &str, asked: &Asked, edit: impl FnOnce(&mut Approval)) -> String {
        Self::to_ledger(&self.entry(&[self.answer_edit(who, asked, edit)]).write(self, who))
    }

    /// Pushes such an approval.
    #[track_caller]
    pub(crate) fn answer_by_hand(&self, who: &str, asked: &Asked, edit: impl FnOnce(&mut Approval)) {
        self.accepted(&[&self.answer_entry(who, asked, edit)]);
    }

    /// Pushes a commit as the ledger's new head.
    pub(crate) fn to_ledger(commit: &str) -> String {
        format!("{commit}:{COORD}")
    }
}

impl Entry {
    /// Returns the bytes that are signed.
    pub(crate) fn payload(&self) -> Vec<u8> {
        let parents: String = self.parents.iter().map(|parent| format!("parent {parent}\n")).collect();
        let (tree, who, seconds) = (&self.tree, &self.who, self.seconds);
        format!(
            "tree {tree}\n{parents}author {who} {seconds} +0000\ncommitter {who} {seconds} +0000\n\n{}",
            self.message
        )
        .into_bytes()
    }

    /// Returns the bytes of the commit, signed by somebody.
    pub(crate) fn signed(&self, signer: &str) -> Vec<u8> {
        dress(&self.payload(), &Actor::named(signer).secret().sign("git", &self.payload()))
    }

    /// Writes the commit, signed by somebody.
    #[track_caller]
    pub(crate) fn write(&self, stage: &Stage, signer: &str) -> String {
        stage.object("commit", &self.signed(signer))
    }
}

/// Puts an armoured signature into the headers of a commit, under the name that goes with its hash function.
pub(crate) fn dress(payload: &[u8], armor: &str) -> Vec<u8> {
    dress_as(signature_header(payload), payload, armor)
}

/// Returns under which name git signs a commit: it tells by the length of the ids.
pub(crate) fn signature_header(payload: &[u8]) -> &'static str {
    let first_line = payload.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if first_line.len() > "tree ".len() + 40 { "gpgsig-sha256" } else { "gpgsig" }
}

pub(crate) fn dress_as(header: &str, payload: &[u8], armor: &str) -> Vec<u8> {
    let split = payload.windows(2).position(|pair| pair == b"\n\n").unwrap() + 1;
    let lines: String = armor.trim_end_matches('\n').split('\n').map(|line| format!(" {line}\n")).collect();
    [&payload[..split], header.as_bytes(), lines.as_bytes(), &payload[split..]].concat()
}

/// What the tests put together by hand is what the program itself writes.
#[test]
fn an_entry_made_by_hand_is_the_canonical_one() {
    let stage = Stage::plain();
    let entry = stage.entry(&[]);
    let stamp = Stamp::new("Somebody", "somebody@example.org", entry.seconds, "+0000").unwrap();
    let parent: ObjectId = entry.parents[0].parse().unwrap();
    let payload =
        Payload::build(entry.tree.parse().unwrap(), Some(parent), stamp.clone(), stamp, entry.message.clone()).unwrap();
    assert_eq!(payload.bytes(), entry.payload());
    let armor = Actor::named("alice").secret().sign("git", payload.bytes());
    assert_eq!(SignedCommit::new(payload, armor).to_bytes(parent.kind()), entry.signed("alice"));
}
