use super::*;

const TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
const ARMOR: &str = "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n";

fn stamp() -> Stamp {
    Stamp::new("A U Thor", "a@example.org", 1_700_000_000, "+0000").unwrap()
}

fn payload(parents: usize, message: &str) -> Payload {
    let parents = vec![TREE.parse().unwrap(); parents];
    Payload::with_parents(TREE.parse().unwrap(), parents, stamp(), stamp(), message.to_owned()).unwrap()
}

fn raw() -> String {
    let signed = SignedCommit::new(payload(1, "Take it\n\nBecause.\n"), ARMOR.to_owned());
    String::from_utf8(signed.to_bytes(HashKind::Sha1)).unwrap()
}

fn fault(raw: &str) -> CommitFault {
    parse(raw.as_bytes(), HashKind::Sha1).expect_err(raw)
}

#[test]
fn entry_has_exactly_these_bytes() {
    let expected = format!(
        "tree {TREE}\nparent {TREE}\nauthor A U Thor <a@example.org> 1700000000 +0000\n\
         committer A U Thor <a@example.org> 1700000000 +0000\ngpgsig -----BEGIN SSH SIGNATURE-----\n AAAA\n \
         -----END SSH SIGNATURE-----\n\nTake it\n\nBecause.\n"
    );
    assert_eq!(raw(), expected);
    let signed = parse(raw().as_bytes(), HashKind::Sha1).unwrap();
    assert_eq!(signed.armor(), ARMOR);
    assert_eq!(signed.payload(), &payload(1, "Take it\n\nBecause.\n"));
    let unsigned = expected.replace("gpgsig -----BEGIN SSH SIGNATURE-----\n AAAA\n -----END SSH SIGNATURE-----\n", "");
    assert_eq!(signed.payload().bytes(), unsigned.as_bytes());
    assert_eq!(signed.payload().digest(), <[u8; 32]>::from(Sha256::digest(unsigned)));
}

#[test]
fn any_number_of_parents_and_any_message_round_trips() {
    for parents in 0..4 {
        for message in ["", "\n", "\n\n", "no end", "gpgsig x\n", "a\r\nb\n", " x\n", "Ü\u{1b}\n"] {
            let signed = SignedCommit::new(payload(parents, message), ARMOR.to_owned());
            assert_eq!(parse(&signed.to_bytes(HashKind::Sha1), HashKind::Sha1), Ok(signed));
        }
    }
}

#[test]
fn sha256_entry_has_its_own_header_name() {
    let raw = raw().replace(TREE, &"ab".repeat(32));
    let own = raw.replace("gpgsig ", "gpgsig-sha256 ");
    assert!(parse(own.as_bytes(), HashKind::Sha256).is_ok());
    let fault = |raw: &str, hash| parse(raw.as_bytes(), hash).unwrap_err();
    assert_eq!(fault(&raw, HashKind::Sha256), CommitFault::NonCanonical("header that entries do not have"));
    assert_eq!(fault(&own, HashKind::Sha1), CommitFault::NonCanonical("object id"));
}

#[test]
fn extra_headers_are_refused() {
    for extra in ["encoding ISO-8859-1", "mergetag object x\n y", "gpgsigfoo x", "gpgsig-sha256 x\n y", "x y", "x"] {
        for before in ["parent", "author", "committer", "gpgsig"] {
            let raw = raw().replacen(&format!("\n{before} "), &format!("\n{extra}\n{before} "), 1);
            assert!(matches!(fault(&raw), CommitFault::NonCanonical(_)), "{raw}");
        }
        let raw = raw().replacen("\n\n", &format!("\n{extra}\n\n"), 1);
        assert!(matches!(fault(&raw), CommitFault::NonCanonical(_)), "{raw}");
    }
}

#[test]
fn second_signature_is_refused() {
    let header = format!("gpgsig {}", ARMOR.trim_end().replace('\n', "\n "));
    for second in [header.as_str(), "gpgsig junk"] {
        assert_eq!(fault(&raw().replacen("\n\n", &format!("\n{second}\n\n"), 1)), CommitFault::MultipleSignatures);
        assert_eq!(
            fault(&raw().replacen("\ngpgsig", &format!("\n{second}\ngpgsig"), 1)),
            CommitFault::MultipleSignatures
        );
    }
}

#[test]
fn unsigned_commit_is_told_apart() {
    let unsigned = payload(1, "x\n").bytes().to_vec();
    assert_eq!(parse(&unsigned, HashKind::Sha1), Err(CommitFault::Unsigned));
    assert_eq!(parents(&unsigned), Some(vec![TREE.parse().unwrap()]));
    // An empty line ends the headers, so that what follows is message.
    assert_eq!(fault(&raw().replacen("\ngpgsig", "\n\ngpgsig", 1)), CommitFault::Unsigned);
}

#[test]
fn other_objects_are_told_apart() {
    let tag = format!("object {TREE}\ntype commit\ntag v1\ntagger A <a@b> 1 +0000\n\nx\n{ARMOR}");
    let certificate = "certificate version 0.1\npusher x\n\n";
    for raw in [&tag, certificate, ""] {
        assert_eq!(fault(raw), CommitFault::PayloadType);
    }
}

#[test]
fn odd_bytes_are_refused() {
    assert_eq!(fault(&raw().replace("Because", "Be\0cause")), CommitFault::NonCanonical("NUL byte"));
    let carriage_return = CommitFault::NonCanonical("carriage return in the headers");
    assert_eq!(fault(&raw().replace(" AAAA\n", " AAAA\r\n")), carriage_return);
    let mut latin1 = raw().into_bytes();
    *latin1.last_mut().unwrap() = 0xe9;
    assert_eq!(parse(&latin1, HashKind::Sha1), Err(CommitFault::NonCanonical("not UTF-8")));
    let large = format!("{}{}", raw(), "x".repeat(BYTES_MAX));
    assert_eq!(fault(&large), CommitFault::NonCanonical("larger than 1 MiB"));
    assert!(parse(raw().replace("Because", "Be\tcause").as_bytes(), HashKind::Sha1).is_ok());
}

#[test]
fn odd_ids_are_refused() {
    for id in ["", "4B825DC642CB6EB9A060E54BF8D69288FBEE4904", &TREE[1..], &"ab".repeat(32), &format!("{TREE} ")] {
        for header in ["tree", "parent"] {
            let raw = raw().replacen(&format!("{header} {TREE}"), &format!("{header} {id}"), 1);
            assert_eq!(fault(&raw), CommitFault::NonCanonical("object id"), "{raw}");
        }
    }
}

#[test]
fn odd_author_lines_are_refused() {
    let good = "A U Thor <a@example.org> 1700000000 +0000";
    for bad in [
        "",
        "A U Thor a@example.org 1700000000 +0000",
        "<a@example.org> 1700000000 +0000",
        " <a@example.org> 1700000000 +0000",
        " A <a@example.org> 1700000000 +0000",
        "A  <a@example.org> 1700000000 +0000",
        "A> <a@example.org> 1700000000 +0000",
        "A <b> <a@example.org> 1700000000 +0000",
        "A\u{1b} <a@example.org> 1700000000 +0000",
        "A\u{85} <a@example.org> 1700000000 +0000",
        "A <a\tb> 1700000000 +0000",
        "A < a> 1700000000 +0000",
        "A <a>  1700000000 +0000",
        "A <a> 01700000000 +0000",
        "A <a> 00 +0000",
        "A <a> +1 +0000",
        "A <a> -1 +0000",
        "A <a>  +0000",
        "A <a> 1099511627777 +0000",
        "A <a> 9223372036854775808 +0000",
        "A <a> 99999999999999999999999 +0000",
        "A <a> 1 +000",
        "A <a> 1 0000",
        "A <a> 1 ++000",
        "A <a> 1 +00000",
        "A <a> 1 +0000 ",
        "A <a> 1",
    ] {
        for header in ["author", "committer"] {
            let raw = raw().replacen(&format!("\n{header} {good}"), &format!("\n{header} {bad}"), 1);
            assert!(matches!(fault(&raw), CommitFault::NonCanonical(_)), "{raw}");
        }
    }
    for legal in ["Ünal B. <> 0 -1200", "a <x y> 1099511627776 +9999", "a <a@b> 10 -0000"] {
        let raw = raw().replace(good, legal);
        assert!(parse(raw.as_bytes(), HashKind::Sha1).is_ok(), "{raw}");
    }
}

#[test]
fn headers_in_another_order_are_refused() {
    let lines: Vec<String> = raw().splitn(5, '\n').map(str::to_owned).collect();
    for (one, other) in [(0, 1), (1, 2), (2, 3), (1, 3)] {
        let mut lines = lines.clone();
        lines.swap(one, other);
        assert!(parse(lines.join("\n").as_bytes(), HashKind::Sha1).is_err());
    }
    assert!(parse(lines.join("\n").as_bytes(), HashKind::Sha1).is_ok());
}

#[test]
fn payload_with_unwritable_parts_is_not_built() {
    let tree: ObjectId = TREE.parse().unwrap();
    let build = |parent, message: String| Payload::build(tree, parent, stamp(), stamp(), message);
    assert!(build(None, "x\n".to_owned()).is_ok());
    assert!(build(None, "x\0".to_owned()).is_err());
    assert!(build(None, "x".repeat(BYTES_MAX)).is_err());
    assert!(build(Some(ObjectId::null(HashKind::Sha256)), "x".to_owned()).is_err());
    assert!(Stamp::new("A\nparent x", "a", 0, "+0000").is_err());
}

#[test]
fn parents_are_those_that_git_sees() {
    let two = format!("tree {TREE}\nparent {}\nparent {TREE}\nauthor x\nparent {TREE}\n", TREE.to_uppercase());
    assert_eq!(parents(two.as_bytes()), Some(vec![TREE.parse().unwrap(); 2]));
    assert_eq!(parents(format!("tree {TREE}\nauthor\0").as_bytes()), Some(vec![]));
    assert_eq!(parents(format!("tree {TREE}\nparent 12\n").as_bytes()), None);
    assert_eq!(parents(b"object x"), None);
}

proptest::proptest! {
    #[test]
    fn what_is_read_is_written_the_same(cut in 0_usize..500, insert in "[ \\na-z0-9+<>\\-]{0,3}", skip in 0_usize..3) {
        let raw = raw();
        let cut = cut.min(raw.len());
        let changed = format!("{}{insert}{}", &raw[..cut], &raw[(cut + skip).min(raw.len())..]);
        if let Ok(signed) = parse(changed.as_bytes(), HashKind::Sha1) {
            proptest::prop_assert_eq!(signed.to_bytes(HashKind::Sha1), changed.into_bytes());
        }
    }
}
