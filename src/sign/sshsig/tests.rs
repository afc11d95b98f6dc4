use ssh_key::LineEnding;
use ssh_key::SshSig;

use crate::sign::SecretKey;

use super::*;

fn sample() -> String {
    SecretKey::from_seed(&[3; 32]).sign("git", b"message")
}

fn fault(armor: &str) -> SignatureFault {
    Envelope::parse(armor).err().unwrap()
}

#[test]
fn envelope_agrees_with_another_reader() {
    let armor = sample();
    let ours = Envelope::parse(&armor).unwrap();
    let theirs = SshSig::from_pem(&armor).unwrap();
    assert_eq!(theirs.to_pem(LineEnding::LF).unwrap(), armor);
    assert_eq!(theirs.namespace().as_bytes(), ours.namespace);
    assert_eq!(theirs.hash_alg().as_str().as_bytes(), ours.hash);
    let data = SshSig::signed_data("git", ssh_key::HashAlg::Sha512, b"message").unwrap();
    assert_eq!(data, signed_data("git", b"message"));
}

#[test]
fn only_one_spelling_of_the_armour_passes() {
    let good = sample();
    assert!(Envelope::parse(&good).is_ok());
    let one_line = good.replacen("SIGNATURE-----\n", "SIGNATURE-----", 1);
    for bad in [
        good.replace('\n', "\r\n"),
        good.trim_end().to_owned(),
        format!("{good}\n"),
        format!("{good}garbage"),
        format!(" {good}"),
        format!("{good}{good}"),
        good.replacen('\n', " \n", 2),
        good.replacen('\n', "\n\n", 1),
        good.replacen("\n", "\nComment: x\n", 1),
        good.replace("SSH SIGNATURE", "SSH MESSAGE"),
        one_line,
        String::new(),
        "x".repeat(1 << 20),
    ] {
        assert_eq!(fault(&bad), SignatureFault::NonCanonical("armour"), "{bad:?}");
    }
}

#[test]
fn each_odd_field_is_refused() {
    let key = SecretKey::from_seed(&[3; 32]).public().to_blob();
    let blob = |magic: &[u8], version: u32, fields: &[&[u8]], tail: &[u8]| {
        let body = wire::strings(fields);
        enarmor(&[magic, &version.to_be_bytes(), &body, tail].concat())
    };
    let fields: [&[u8]; 5] = [&key, b"git", b"", b"sha512", b"signature"];
    let reserved: [&[u8]; 5] = [&key, b"git", b"x", b"sha512", b"signature"];
    assert!(Envelope::parse(&blob(b"SSHSIG", 1, &fields, b"")).is_ok());
    for (armor, reason) in [
        (blob(b"SSHSIH", 1, &fields, b""), "not an SSH signature"),
        (blob(b"SSHSIG", 2, &fields, b""), "version"),
        (blob(b"SSHSIG", 0, &fields, b""), "version"),
        (blob(b"SSHSIG", 1, &reserved, b""), "reserved field"),
        (blob(b"SSHSIG", 1, &fields, b"x"), "trailing bytes"),
        (blob(b"SSHSIG", 1, &fields[..4], b""), "truncated"),
        (blob(b"SSHSIG", 1, &[b"no key"], b""), "public key"),
    ] {
        assert_eq!(fault(&armor), SignatureFault::NonCanonical(reason));
    }
}
