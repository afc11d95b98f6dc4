//! The ledger as somebody might push it: rewritten, deleted, merged, foreign, or with files that are no records.

use git_coord::ledger::Edit;
use git_coord::model::RecordId;
use git_coord::model::RecordKind;
use git_coord::model::RecordPath;
use git_coord::rules::Code;

use crate::server::cast::PLAIN;
use crate::server::entry::Entry;
use crate::server::ground::now;
use crate::server::signatures::finding;
use crate::server::stage::COORD;
use crate::server::stage::MAIN;
use crate::server::stage::Stage;
use crate::server::stage::codes_in;

const NOTE: &str = "findings/04/f-04208100.toml";

/// LED-1, with legal twin and control
#[test]
fn the_ledger_is_not_rewritten() {
    let stage = Stage::plain();
    stage.accepted(&[&Stage::to_ledger(&stage.entry(&[finding("alice", 1)]).write(&stage, "alice"))]);
    let older = format!("{}~1", stage.ledger_head());
    let other = stage.entry_on(&older, &[finding("alice", 2)]);
    let other = Entry { parents: vec![stage.tip(&older)], ..other }.write(&stage, "alice");
    for commit in [stage.tip(&older), other] {
        let refspec = format!("+{}", Stage::to_ledger(&commit));
        stage.stock_git_accepts(&[&refspec]);
        stage.refused(&[&refspec], Code::LedgerNotForward);
    }
    stage.accepted(&[&Stage::to_ledger(&stage.entry(&[finding("alice", 2)]).write(&stage, "alice"))]);
}

/// LED-2, with legal twin and control
#[test]
fn the_ledger_is_not_deleted() {
    let stage = Stage::plain();
    let refspec = format!(":{COORD}");
    stage.stock_git_accepts(&[&refspec]);
    stage.refused(&[&refspec], Code::LedgerDelete);
    stage.refused(&["--atomic", &refspec, "refs/remotes/hub/main:refs/heads/topic"], Code::LedgerDelete);
    stage.accepted(&["refs/remotes/hub/main:refs/heads/topic"]);
    stage.accepted(&[":topic"]);
}

/// LED-3, with legal twin and control
#[test]
fn the_ledger_has_no_merges() {
    let stage = Stage::plain();
    let side = stage.entry(&[finding("bob", 2)]).write(&stage, "bob");
    let mut entry = stage.entry(&[finding("alice", 1)]);
    for second in [side, stage.tip("refs/remotes/hub/main")] {
        entry.parents.truncate(1);
        entry.parents.push(second);
        let refspec = Stage::to_ledger(&entry.write(&stage, "alice"));
        stage.stock_git_accepts(&[&refspec]);
        stage.refused(&[&refspec], Code::LedgerMerge);
    }
    entry.parents.truncate(1);
    stage.accepted(&[&Stage::to_ledger(&entry.write(&stage, "alice"))]);
}

/// LED-13, with legal twin and control
#[test]
fn a_foreign_ledger_does_not_take_the_place_of_ours() {
    let stage = Stage::plain();
    let foreign = Stage::with(&PLAIN.replace("high\", \"critical", "critical"));
    stage.git(&["fetch", "-q", foreign.hub.to_str().unwrap(), "coord:refs/heads/foreign"]);
    let refspec = format!("+refs/heads/foreign:{COORD}");
    stage.stock_git_accepts(&[&refspec]);
    stage.refused(&[&refspec], Code::LedgerNotForward);
    // Nor does a second beginning after the first.
    let mut entry = stage.entry(&[finding("alice", 1)]);
    entry.parents.clear();
    stage.refused(&[&format!("+{}", Stage::to_ledger(&entry.write(&stage, "alice")))], Code::LedgerNotForward);
    // Elsewhere it is a branch like any other.
    stage.accepted(&["refs/heads/foreign:refs/heads/foreign"]);
}

/// LED-4, LED-5, with legal twin and control
#[test]
fn void_entries_are_refused_at_the_door() {
    let stage = Stage::plain();
    let head = stage.ledger_head();
    let policy = stage.git(&["show", &format!("{head}:policy.toml")]);
    let of = |path: &str, text: &str| stage.entry_with(&head, &[(path, Some(("100644", text.as_bytes())))]);
    let cases = [
        (stage.entry(&[]), "alice", Code::EntryEmpty),
        (stage.entry(&[finding("bob", 1)]), "alice", Code::RecordOwner),
        (of("policy.toml", &policy.replace("count    = 1", "count    = 2")), "maria", Code::PolicyRollback),
        (of("README.md", "Hello\n"), "maria", Code::RecordFrozen),
        (stage.entry_with(&head, &[("coord.toml", None)]), "maria", Code::RecordFrozen),
    ];
    for (entry, signer, code) in cases {
        let refspec = Stage::to_ledger(&entry.write(&stage, signer));
        stage.stock_git_accepts(&[&refspec]);
        stage.refused(&[&refspec], code);
    }
    // One void entry spoils the push, wherever it stands.
    let good = stage.entry(&[finding("alice", 1)]).write(&stage, "alice");
    let bad = stage.entry_on(&good, &[finding("bob", 2)]).write(&stage, "alice");
    let good_again = stage.entry_on(&good, &[finding("alice", 3)]);
    let after = Entry { parents: vec![bad], ..good_again }.write(&stage, "alice");
    stage.refused(&[&Stage::to_ledger(&after)], Code::RecordOwner);
    stage.accepted(&[&Stage::to_ledger(&good)]);
}

/// LED-6, with legal twin and control
#[test]
fn an_entry_is_not_put_elsewhere() {
    let stage = Stage::plain();
    let entry = stage.entry(&[finding("alice", 1)]);
    let signed = entry.signed("alice");
    let other = stage.entry(&[finding("bob", 2)]).write(&stage, "bob");
    // Somebody else's commit follows another than it was signed for.
    let moved = String::from_utf8(signed).unwrap().replace(&entry.parents[0], &other);
    let moved = Stage::to_ledger(&stage.object("commit", moved.as_bytes()));
    stage.stock_git_accepts(&[&moved]);
    stage.refused(&[&moved], Code::SignatureBad);
    stage.accepted(&[&Stage::to_ledger(&other)]);
}

/// TIME-1, TIME-2, LED-12, with legal twin and control
#[test]
fn entries_are_dated_between_the_last_one_and_the_clock() {
    let stage = Stage::plain();
    let dated = |seconds: i64| {
        let mut entry = stage.entry(&[finding("alice", 1)]);
        entry.seconds = seconds;
        Stage::to_ledger(&entry.write(&stage, "alice"))
    };
    let clock = now().unix_s();
    for ahead in [600, 86_400, 4_000_000_000] {
        stage.stock_git_accepts(&[&dated(clock + ahead)]);
        stage.refused(&[&dated(clock + ahead)], Code::EntrySkew);
    }
    let last = stage.state().time.unix_s();
    stage.refused(&[&dated(last - 1)], Code::EntryTime);
    stage.accepted(&[&dated(clock + 20)]);
}

/// PARSE-6, with legal twin and control
#[test]
fn the_tree_of_the_ledger_holds_records_and_nothing_else() {
    let stage = Stage::plain();
    let head = stage.ledger_head();
    let record = finding("alice", 1).text.unwrap();
    let bytes = record.as_bytes();
    let foreign_id = finding("alice", 2).path.to_string();
    let cases: [(&str, &str, &[u8]); 16] = [
        (NOTE, "120000", b"../../policy.toml"),
        (NOTE, "100755", bytes),
        (NOTE, "160000", b""),
        ("principals", "120000", b"/etc"),
        ("findings/f-04208100.toml", "100644", bytes),
        ("findings/99/f-04208100.toml", "100644", bytes),
        ("findings/04/F-04208100.toml", "100644", bytes),
        ("findings/04/f-04208100.TOML", "100644", bytes),
        ("findings/04/f-04208100.toml/x", "100644", bytes),
        ("findings/04/deeper/f-04208100.toml", "100644", bytes),
        ("claims/notes.md", "100644", b"hello"),
        ("Policy.toml", "100644", b"format = 1\n"),
        ("hidden", "100644", b"hello"),
        ("findings/04/\u{1b}[2J.toml", "100644", bytes),
        ("findings/04/f-0\\1.toml", "100644", bytes),
        ("findings/04/f-0\n1.toml", "100644", bytes),
    ];
    for (path, mode, content) in cases {
        let removed = if path == "principals" { principals(&stage, &head) } else { Vec::new() };
        let mut files: Vec<_> = removed.iter().map(|path| (path.as_str(), None)).collect();
        files.push((path, Some((mode, content))));
        let entry = stage.entry_with(&head, &files);
        let refspec = Stage::to_ledger(&entry.write(&stage, "alice"));
        stage.stock_git_accepts(&[&refspec]);
        let said = stage.push(&[&refspec]);
        let codes = codes_in(&said.stderr);
        assert_ne!(said.code, 0, "{path:?}");
        assert_eq!(codes, [Code::LedgerTree].into(), "{path:?}: {}", said.stderr);
        assert!(!said.stderr.contains('\u{1b}'), "{:?}", said.stderr);
    }
    let legal = stage.entry_with(&head, &[(&foreign_id, Some(("100644", bytes)))]);
    stage.accepted(&[&Stage::to_ledger(&legal.write(&stage, "alice"))]);
}

fn principals(stage: &Stage, head: &str) -> Vec<String> {
    stage.git(&["ls-tree", "-r", "--name-only", head, "principals"]).lines().map(str::to_owned).collect()
}

/// PARSE-6, with legal twin and control: names that no git of ours would write, put into a tree by hand.
#[test]
fn names_that_escape_or_repeat_are_refused() {
    let stage = Stage::plain();
    // Git's own checks know most of these, where they are on.
    stage.at_hub(&["config", "receive.fsckObjects", "false"]);
    let head = stage.ledger_head();
    let root = stage.git(&["rev-parse", &format!("{head}^{{tree}}")]);
    let mut command = stage.program(&stage.work, "git");
    command.args(["cat-file", "tree", &root]);
    let raw = command.output().unwrap().stdout;
    let blob = stage.object("blob", b"hello\n");
    let id: Vec<u8> =
        (0..blob.len() / 2).map(|at| u8::from_str_radix(&blob[2 * at..2 * at + 2], 16).unwrap()).collect();
    let names: [&[u8]; 9] = [b"..", b".", b".git", b".GIT", b"git~1", b"a/b", b"policy.toml", b".git ", b"coord.toml"];
    for name in names {
        let entry = [b"100644 ", name, b"\0", &id].concat();
        // In front, where `.` sorts, or behind: out of order is as bad.
        for tree in [[&entry[..], &raw].concat(), [&raw[..], &entry].concat()] {
            let tree = stage.object("tree", &tree);
            let forged = Entry { tree, ..stage.entry(&[]) };
            let refspec = Stage::to_ledger(&forged.write(&stage, "alice"));
            stage.stock_git_accepts(&[&refspec]);
            stage.refused(&[&refspec], Code::LedgerTree);
        }
    }
    stage.accepted(&[&Stage::to_ledger(&stage.entry(&[finding("alice", 1)]).write(&stage, "alice"))]);
}

/// PARSE-1, PARSE-2, PARSE-3, with legal twin and control
#[test]
fn records_are_read_strictly_and_bounded() {
    let stage = Stage::plain();
    let head = stage.ledger_head();
    let Edit { path, text } = finding("alice", 1);
    let (path, text) = (path.to_string(), text.unwrap());
    let big = format!("{text}# {}\n", "x".repeat(64 * 1024));
    let deep = format!("{text}deep = {}{}\n", "[".repeat(20_000), "]".repeat(20_000));
    let cases: [(Vec<u8>, Code); 12] = [
        (big.into(), Code::RecordLimit),
        (deep.into(), Code::RecordParse),
        (format!("{text}kind = \"bug\"\n").into(), Code::RecordParse),
        (format!("{text}unknown = 1\n").into(), Code::RecordParse),
        (text.replace("format = 1", "format = 2").into(), Code::RecordParse),
        (text.replace("\"note\"", "7").into(), Code::RecordParse),
        (text.replace("A note", "A \u{202e}note").into(), Code::RecordParse),
        (text.replace("A note", "A \u{1b}[2Jnote").into(), Code::RecordParse),
        (format!("\u{feff}{text}").into(), Code::RecordParse),
        (text.replace('\n', "\r\n").into(), Code::RecordParse),
        ([text.as_bytes(), b"# \xff\n"].concat(), Code::RecordParse),
        (Vec::new(), Code::RecordParse),
    ];
    for (content, code) in cases {
        let entry = stage.entry_with(&head, &[(&path, Some(("100644", &content)))]);
        let refspec = Stage::to_ledger(&entry.write(&stage, "alice"));
        stage.stock_git_accepts(&[&refspec]);
        stage.refused(&[&refspec], code);
    }
    let limit = "x".repeat(64 * 1024 - text.len() - 3);
    let largest = format!("{text}# {limit}\n");
    let entry = stage.entry_with(&head, &[(&path, Some(("100644", largest.as_bytes())))]);
    stage.accepted(&[&Stage::to_ledger(&entry.write(&stage, "alice"))]);
}

/// PARSE-2, with legal twin
#[test]
fn an_entry_changes_a_bounded_number_of_records() {
    let stage = Stage::plain();
    let many = |count: u8| (0..count).map(|index| finding("alice", index)).collect::<Vec<_>>();
    let mut edits = many(255);
    let extra = [1u8, 2].map(|last| {
        let id = RecordId::from_random(RecordKind::Finding, [255, 0, 0, 0, last]);
        Edit { path: RecordPath::Finding(id), ..finding("alice", 0) }
    });
    edits.extend(extra);
    stage.refused(&[&Stage::to_ledger(&stage.entry(&edits).write(&stage, "alice"))], Code::RecordLimit);
    edits.pop();
    stage.accepted(&[&Stage::to_ledger(&stage.entry(&edits).write(&stage, "alice"))]);
    assert_eq!(stage.hub_tip(MAIN), stage.tip("refs/remotes/hub/main"));
}
