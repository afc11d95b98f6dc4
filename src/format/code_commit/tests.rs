use super::*;

const TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

fn commit(headers: &str, message: &str) -> CodeCommit {
    parse(format!("tree {TREE}\n{headers}\n{message}").as_bytes(), HashKind::Sha1).unwrap()
}

#[test]
fn ordinary_commit_is_read() {
    let read = commit(
        &format!("parent {TREE}\nauthor A <a@b> 1 +0000\ncommitter C <c@d> 20 +0100\nencoding latin1\n"),
        "Subject\n",
    );
    assert_eq!(read.tree, TREE.parse().unwrap());
    assert_eq!(read.parents, [TREE.parse().unwrap()]);
    assert_eq!(read.author_mail.as_deref(), Some("a@b"));
    assert_eq!(read.committer_time, 20);
    assert_eq!(read.message, "Subject\n");
    assert_eq!((read.signature, read.signature_headers), (None, 0));
}

#[test]
fn oddities_are_read_as_far_as_possible() {
    let read = commit("author A\ncommitter C <c@d> never\nhuh\n", "");
    assert_eq!(read.author_mail, None);
    assert_eq!(read.committer_time, 0);
    assert_eq!(commit("", "x").message, "x");
    assert_eq!(commit("author A <> 1 +0000\n", "x").author_mail, None);
    let headers_only = parse(format!("tree {TREE}").as_bytes(), HashKind::Sha1).unwrap();
    assert_eq!(headers_only.message, "");
    let latin1 = [format!("tree {TREE}\n\n").as_bytes(), b"\xe9"].concat();
    assert_eq!(parse(&latin1, HashKind::Sha1).unwrap().message, "\u{fffd}");
}

#[test]
fn what_git_could_not_read_is_refused() {
    let read = |raw: &str, hash| parse(raw.as_bytes(), hash).map(|read| read.tree);
    assert!(read(&format!("tree {TREE}\n\n"), HashKind::Sha1).is_ok());
    assert!(read(&format!("tree {TREE}\n\n"), HashKind::Sha256).is_err());
    assert!(read(&format!("tree {TREE}\nparent x\n\n"), HashKind::Sha1).is_err());
    assert_eq!(read("tree x\n\n", HashKind::Sha1), Err(CommitFault::NonCanonical("tree or parent line")));
    assert_eq!(read("object x\n\n", HashKind::Sha1), Err(CommitFault::PayloadType));
    assert!(parse(&vec![b'x'; BYTES_MAX + 1], HashKind::Sha1).is_err());
}

#[test]
fn every_signature_header_leaves_the_payload() {
    let plain = format!("tree {TREE}\nauthor A <a@b> 1 +0000\nx y\n z\n\ngpgsig no\n header\n");
    let dressed = format!(
        "tree {TREE}\ngpgsig-sha256 a\n b\nauthor A <a@b> 1 +0000\ngpgsig c\n d\n  e\nx y\n z\ngpgsigfoo\n f\n\
         gpgsig g\n h\n\ngpgsig no\n header\n"
    );
    let read = parse(dressed.as_bytes(), HashKind::Sha1).unwrap();
    assert_eq!(String::from_utf8(read.payload).unwrap(), plain);
    assert_eq!(read.signature.as_deref(), Some("c\nd\n e\n"));
    assert_eq!(read.signature_headers, 4);
    let unsigned = parse(plain.as_bytes(), HashKind::Sha1).unwrap();
    assert_eq!((unsigned.payload, unsigned.signature_headers), (plain.into_bytes(), 0));
}

#[test]
fn co_authors_and_claims_are_found_wherever_they_stand() {
    let message = "Subject\n\nco-AUTHORED-by: A <a@b>\n\nText: Coord-Claim: no\n\n  Co-authored-by:B <b@c>\r\n\
                   Co-authored-by :  C <c@d>  \nCo-authored-by:\nCo-authored: D\nCoord-Claim: c-1\nCoord-Claim: c-2\n";
    let read = commit("", message);
    assert_eq!(read.co_authors, ["A <a@b>", "B <b@c>", "C <c@d>"]);
    assert_eq!(read.claims, ["c-1", "c-2"]);
}
