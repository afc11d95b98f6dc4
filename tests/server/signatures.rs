//! Entries that are signed wrongly, or dressed up after they were signed.

use std::path::Path;

use git_coord::ledger::Edit;
use git_coord::model::RecordId;
use git_coord::model::RecordKind;
use git_coord::model::RecordPath;
use git_coord::rules::Code;

use crate::server::desk::line;
use crate::server::entry::dress;
use crate::server::entry::dress_as;
use crate::server::entry::signature_header;
use crate::server::stage::Stage;
use crate::support::world::Actor;

/// Returns a finding of somebody.
pub(super) fn finding(author: &str, random: u8) -> Edit {
    let id = RecordId::from_random(RecordKind::Finding, [random; 5]);
    let author = Actor::named(author).id;
    let text = format!(
        "format = 1\nauthor = \"{author}\"\nkind = \"note\"\nseverity = \"low\"\ntext = \"A note\"\npaths = [\"src/a.rs\"]\n"
    );
    Edit { path: RecordPath::Finding(id), text: Some(text) }
}

fn insert(raw: &[u8], after: &str, line: &str) -> Vec<u8> {
    let text = String::from_utf8(raw.to_vec()).unwrap();
    let place = text.find(after).unwrap() + after.len();
    let end = place + text[place..].find('\n').unwrap() + 1;
    format!("{}{line}\n{}", &text[..end], &text[end..]).into_bytes()
}

/// Puts a header behind all others.
fn append_header(raw: &[u8], header: &str) -> Vec<u8> {
    let text = String::from_utf8(raw.to_vec()).unwrap();
    let split = text.find("\n\n").unwrap() + 1;
    format!("{}{header}\n{}", &text[..split], &text[split..]).into_bytes()
}

#[track_caller]
fn refused_everywhere(stage: &Stage, raw: &[u8], code: Code) {
    let refspec = Stage::to_ledger(&stage.object("commit", raw));
    stage.stock_git_accepts(&[&refspec]);
    stage.refused(&[&refspec], code);
}

/// SIG-1, with legal twin and control
#[test]
fn headers_that_git_leaves_out_of_the_signature_are_refused() {
    let stage = Stage::plain();
    let entry = stage.entry(&[finding("alice", 1)]);
    let signed = entry.signed("alice");
    let armor = Actor::named("bob").secret().sign("git", &entry.payload());
    let other = if signature_header(&signed) == "gpgsig" { "gpgsig-sha256" } else { "gpgsig" };
    for name in [other, "gpgsigfoo"] {
        refused_everywhere(&stage, &append_header(&signed, &format!("{name} x")), Code::EntryNonCanonical);
        refused_everywhere(&stage, &dress_as(name, &signed, &armor), Code::EntryNonCanonical);
    }
    stage.accepted(&[&Stage::to_ledger(&stage.object("commit", &signed))]);
}

/// SIG-2, with legal twin and control
#[test]
fn an_armour_has_one_form() {
    let stage = Stage::plain();
    let entry = stage.entry(&[finding("alice", 1)]);
    let armor = Actor::named("alice").secret().sign("git", &entry.payload());
    let body: String = armor.lines().filter(|line| !line.starts_with("---")).collect();
    let wrapped = |columns: usize| {
        let chunks = body.as_bytes().chunks(columns).map(|chunk| String::from_utf8(chunk.to_vec()).unwrap());
        let lines: Vec<_> = chunks.collect();
        format!("-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n", lines.join("\n"))
    };
    assert_eq!(wrapped(70), armor);
    let spaced: String = armor.lines().map(|line| format!("{line} \n")).collect();
    for dressed in [wrapped(64), wrapped(76), wrapped(10_000), armor.replace('\n', "\r\n"), spaced] {
        refused_everywhere(&stage, &dress(&entry.payload(), &dressed), Code::EntryNonCanonical);
    }
    stage.accepted(&[&Stage::to_ledger(&stage.object("commit", &dress(&entry.payload(), &armor)))]);
}

/// SIG-4, with legal twin and control
#[test]
fn an_entry_has_one_signature() {
    let stage = Stage::plain();
    let entry = stage.entry(&[finding("alice", 1)]);
    let signed = entry.signed("alice");
    for second in ["alice", "bob"] {
        let armor = Actor::named(second).secret().sign("git", &entry.payload());
        refused_everywhere(&stage, &dress(&signed, &armor), Code::EntryMultipleSignatures);
    }
    stage.accepted(&[&Stage::to_ledger(&stage.object("commit", &signed))]);
}

/// Signs with OpenSSH itself.
fn ssh_sign(stage: &Stage, key: &Path, options: &[&str], payload: &[u8]) -> String {
    let mut command = stage.program(&stage.root, "ssh-keygen");
    command.args(["-q", "-Y", "sign", "-f"]).arg(key).args(options);
    format!("{}\n", line(&stage.run(&mut command, payload).ok()))
}

/// SIG-5, SIG-6, SIG-9, with legal twin and control
#[test]
fn the_profile_of_signatures_is_narrow() {
    let stage = Stage::plain();
    let entry = stage.entry(&[finding("alice", 1)]);
    let payload = entry.payload();
    let key = stage.key_file("alice");
    let cases = [
        (vec!["-n", "git", "-O", "hashalg=sha256"], Code::SignatureHash),
        (vec!["-n", "file"], Code::SignatureNamespace),
        (vec!["-n", "email"], Code::SignatureNamespace),
        (vec!["-n", "git2"], Code::SignatureNamespace),
    ];
    for (options, code) in cases {
        refused_everywhere(&stage, &dress(&payload, &ssh_sign(&stage, &key, &options, &payload)), code);
    }
    for kind in ["rsa", "ecdsa"] {
        let file = stage.root.join(kind);
        let mut command = stage.program(&stage.root, "ssh-keygen");
        command.args(["-q", "-t", kind, "-N", "", "-C", kind, "-f"]).arg(&file);
        stage.run(&mut command, b"").ok();
        refused_everywhere(&stage, &dress(&payload, &ssh_sign(&stage, &file, &["-n", "git"], &payload)), Code::KeyType);
    }
    let honest = dress(&payload, &ssh_sign(&stage, &key, &["-n", "git"], &payload));
    stage.accepted(&[&Stage::to_ledger(&stage.object("commit", &honest))]);
}

/// SIG-12, with legal twin and control
#[test]
fn an_entry_is_signed_by_somebody_enrolled_over_itself() {
    let stage = Stage::plain();
    let entry = stage.entry(&[finding("alice", 1)]);
    refused_everywhere(&stage, &entry.payload(), Code::EntryUnsigned);
    refused_everywhere(&stage, &entry.signed("stranger"), Code::KeyUnknown);
    let mut other = stage.entry(&[finding("alice", 1)]);
    other.message = "Another\n".to_owned();
    let stolen = Actor::named("alice").secret().sign("git", &other.payload());
    refused_everywhere(&stage, &dress(&entry.payload(), &stolen), Code::SignatureBad);
    stage.accepted(&[&Stage::to_ledger(&stage.object("commit", &entry.signed("alice")))]);
}

/// SIG-11, with legal twin: Git signs tags in the namespace of commits.
#[test]
fn a_signed_tag_is_no_entry() {
    let stage = Stage::plain();
    let entry = stage.entry(&[finding("alice", 1)]).write(&stage, "alice");
    let key = format!("user.signingKey={}", stage.key_file("alice").display());
    stage.git(&["-c", &key, "tag", "-s", "-m", "Release", "signed", &entry]);
    let tag = stage.tip("refs/tags/signed");
    assert_ne!(tag, entry);
    stage.refused(&[&Stage::to_ledger(&tag)], Code::SignaturePayload);
    stage.accepted(&["refs/tags/signed"]);
    stage.accepted(&[&Stage::to_ledger(&entry)]);
}

/// SIG-13, with legal twin and control
#[test]
fn a_name_in_a_commit_is_decoration() {
    let stage = Stage::plain();
    let bob = Actor::named("bob").id;
    let who = format!("{bob} <{bob}@coord.invalid>");
    let mut entry = stage.entry(&[finding("bob", 1)]);
    entry.who.clone_from(&who);
    refused_everywhere(&stage, &entry.signed("alice"), Code::RecordOwner);
    let mut entry = stage.entry(&[finding("alice", 1)]);
    entry.who = who;
    stage.accepted(&[&Stage::to_ledger(&entry.write(&stage, "alice"))]);
    stage.sync();
    let log = stage.coord("maria", &["log", "-n", "1"]).ok().stdout;
    let human = stage.coord_in(&stage.work, &["log", "-n", "1"]).ok().stdout;
    for said in [log, human] {
        assert!(said.contains(Actor::named("alice").id.as_str()) && !said.contains(bob.as_str()), "{said}");
    }
}

/// SIG-15, with legal twin and control
#[test]
fn text_after_a_nul_is_refused() {
    let stage = Stage::plain();
    // Git's own checks know this one, where they are on.
    stage.at_hub(&["config", "receive.fsckObjects", "false"]);
    let mut entry = stage.entry(&[finding("alice", 1)]);
    entry.message = "Change\n\0hidden\n".to_owned();
    refused_everywhere(&stage, &entry.signed("alice"), Code::EntryNonCanonical);
    entry.message = "Change\n\nshown\n".to_owned();
    stage.accepted(&[&Stage::to_ledger(&entry.write(&stage, "alice"))]);
}

/// SIG-16, with legal twin and control
#[test]
fn headers_and_dates_that_entries_do_not_have_are_refused() {
    let stage = Stage::plain();
    let entry = stage.entry(&[finding("alice", 1)]);
    let payload = entry.payload();
    let sign = |payload: &[u8]| dress(payload, &Actor::named("alice").secret().sign("git", payload));
    for header in ["encoding ISO-8859-1", "encoding UTF-8", "mergetag object 0", "unknown header", "HG:extra x"] {
        let odd = insert(&payload, "\ncommitter ", header);
        refused_everywhere(&stage, &sign(&odd), Code::EntryNonCanonical);
    }
    // Git's own checks know this one, where they are on.
    stage.at_hub(&["config", "receive.fsckObjects", "false"]);
    let text = String::from_utf8(payload.clone()).unwrap();
    let seconds = entry.seconds.to_string();
    let dates = [
        ("9223372036854775808", "+0000"),
        ("99999999999999999999999", "+0000"),
        ("-1", "+0000"),
        ("0000000001", "+0000"),
        (seconds.as_str(), "+00000"),
        (seconds.as_str(), "UTC"),
    ];
    for (date, zone) in dates {
        let odd = text.replace(&format!("{seconds} +0000"), &format!("{date} {zone}"));
        let refspec = Stage::to_ledger(&stage.object("commit", &sign(odd.as_bytes())));
        stage.stock_git_accepts(&[&refspec]);
        stage.refused(&[&refspec], Code::EntryNonCanonical);
    }
    stage.accepted(&[&Stage::to_ledger(&stage.object("commit", &sign(&payload)))]);
}
