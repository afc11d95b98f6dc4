use crate::sign::SecretKey;
use crate::sign::tests::hardware;
use crate::sign::tests::openssh::OpenSsh;

use super::*;

fn line() -> String {
    SecretKey::from_seed(&[1; 32]).public().to_openssh()
}

#[test]
fn key_reads_and_prints_as_ssh_keygen_does() {
    let openssh = OpenSsh::new();
    openssh.keygen("key", &["ed25519"], "");
    let line = openssh.read_text("key.pub");
    let key = PublicKey::parse(&line).unwrap();
    assert_eq!(line, format!("{} made for a test\n", key.to_openssh()));
    let printed = openssh.run("ssh-keygen", &["-l", "-f", "key.pub"], b"");
    assert!(String::from_utf8(printed).unwrap().contains(&format!(" {} ", key.fingerprint())));
    assert!(!key.is_hardware());
    assert_eq!(PublicKey::from_blob(&key.to_blob()), Ok(key));
}

#[test]
fn hardware_key_reads_and_prints_as_ssh_keygen_does() {
    let openssh = OpenSsh::new();
    let key = hardware::public("ssh:");
    openssh.write("key.pub", format!("{} comment\n", key.to_openssh()).as_bytes());
    let printed = String::from_utf8(openssh.run("ssh-keygen", &["-l", "-f", "key.pub"], b"")).unwrap();
    assert_eq!(printed, format!("256 {} comment (ED25519-SK)\n", key.fingerprint()));
    assert!(key.is_hardware());
    assert_eq!(PublicKey::parse(&key.to_openssh()), Ok(key));
}

#[test]
fn short_form_is_eight_digits() {
    let short = SecretKey::from_seed(&[1; 32]).public().short();
    assert_eq!(short.len(), 8);
    assert!(short.bytes().all(|byte| byte.is_ascii_hexdigit()));
}

#[test]
fn anything_in_front_or_below_is_refused() {
    let line = line();
    assert!(PublicKey::parse(&line).is_ok());
    assert!(PublicKey::parse(&format!("{line} a comment, with words\r\n")).is_ok());
    for text in [
        String::new(),
        "ssh-ed25519".to_owned(),
        format!(" {line}"),
        format!("\n{line}"),
        format!("no-pty {line}"),
        format!("cert-authority {line}"),
        format!("command=\"true\" {line}"),
        format!("somebody@example.org {line}"),
        format!("{line}\n{line}"),
        format!("{line} comment\u{1b}[2J"),
        line.replacen(' ', "  ", 1),
        line.replacen(' ', "\t", 1),
        line.replace("ssh-ed25519", "sk-ssh-ed25519@openssh.com"),
        line.replace("ssh-ed25519", "ssh-rsa"),
        format!("{line}A"),
        format!("{line}AAAA"),
        line[..line.len() - 4].to_owned(),
        format!("{line} {}", "x".repeat(20_000)),
    ] {
        assert_eq!(PublicKey::parse(&text), Err(KeyFault::Syntax), "{text:?}");
    }
}

#[test]
fn other_types_are_refused_by_name() {
    let openssh = OpenSsh::new();
    openssh.keygen("ca", &["ed25519"], "");
    for (kind, name) in [
        (&["rsa", "-b", "2048"][..], "ssh-rsa"),
        (&["dsa"], "ssh-dss"),
        (&["ecdsa", "-b", "256"], "ecdsa-sha2-nistp256"),
        (&["ecdsa", "-b", "521"], "ecdsa-sha2-nistp521"),
    ] {
        let file = format!("key-{name}");
        openssh.keygen(&file, kind, "");
        let fault = PublicKey::parse(&openssh.read_text(&format!("{file}.pub"))).unwrap_err();
        assert_eq!(fault, KeyFault::KeyType(name.to_owned()));
    }
    openssh.run("ssh-keygen", &["-q", "-s", "ca", "-I", "id", "-n", "somebody", "ca.pub"], b"");
    let fault = PublicKey::parse(&openssh.read_text("ca-cert.pub")).unwrap_err();
    assert_eq!(fault, KeyFault::KeyType("ssh-ed25519-cert-v01@openssh.com".to_owned()));
    assert!(PublicKey::parse(&openssh.read_text("ca.pub")).is_ok());
}

#[test]
fn weak_and_doubly_spelled_points_are_refused() {
    let mut points = small_order_points();
    // All numbers from the field's prime on: second spellings of 0 to 18.
    for low in 0xed..=0xff {
        for high in [0x7f, 0xff] {
            let mut point = [0xff; 32];
            (point[0], point[31]) = (low, high);
            points.push(point);
        }
    }
    for point in points {
        let soft = wire::strings(&[ED25519.as_bytes(), &point]);
        let hard = wire::strings(&[SK_ED25519.as_bytes(), &point, b"ssh:"]);
        assert_eq!(PublicKey::from_blob(&soft), Err(KeyFault::Weak), "{point:02x?}");
        assert_eq!(PublicKey::from_blob(&hard), Err(KeyFault::Weak), "{point:02x?}");
    }
}

/// Returns the eight points of small order, as they are usually spelled.
fn small_order_points() -> Vec<[u8; 32]> {
    let order_eight = [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
        0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ];
    // The other one of order eight has the negative y, which is the prime less this one.
    let mut negative = [0; 32];
    let mut borrow = 0;
    for (index, byte) in order_eight.iter().enumerate() {
        let prime = match index {
            0 => 0xed,
            31 => 0x7f,
            _ => 0xff,
        };
        let difference = prime - i32::from(*byte) - borrow;
        borrow = i32::from(difference < 0);
        negative[index] = (difference & 0xff) as u8;
    }
    let mut identity = [0; 32];
    identity[0] = 1;
    let mut order_two = [0xff; 32];
    (order_two[0], order_two[31]) = (0xec, 0x7f);
    let mut points = vec![identity, order_two];
    for y in [[0; 32], order_eight, negative] {
        let mut other_sign = y;
        other_sign[31] |= 0x80;
        points.extend([y, other_sign]);
    }
    points
}

#[test]
fn malformed_blobs_are_refused() {
    let good = line();
    let blob = PublicKey::parse(&good).unwrap().to_blob();
    for bad in [&blob[..blob.len() - 1], &[&blob[..], b"x"].concat(), b"", b"\0\0\0\x04\xff\xff\xff\xff"] {
        assert_eq!(PublicKey::from_blob(bad), Err(KeyFault::Syntax));
    }
    let unnameable = wire::strings(&[b"evil\x1b[2J", &[0; 32]]);
    assert_eq!(PublicKey::from_blob(&unnameable), Err(KeyFault::Syntax));
    let hard = hardware::public("ssh:").to_blob();
    assert!(PublicKey::from_blob(&hard).is_ok());
    assert_eq!(PublicKey::from_blob(&hard[..hard.len() - 8]), Err(KeyFault::Syntax));
}
