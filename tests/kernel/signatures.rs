//! Signatures that stock git and OpenSSH take, and that make no entry: each is void or breaks the chain under its own code.

use ed25519_dalek::Signer;
use ed25519_dalek::SigningKey;
use git_coord::format::sha256;
use git_coord::ledger::Step;
use git_coord::ledger::Store;
use git_coord::model::ObjectId;
use git_coord::model::Principal;
use git_coord::model::PrincipalId;
use git_coord::model::PrincipalKind;
use git_coord::model::Severity;
use git_coord::rules::Code;
use git_coord::sign::PublicKey;
use ssh_key::Algorithm;
use ssh_key::HashAlg;
use ssh_key::LineEnding;
use ssh_key::Signature;
use ssh_key::SshSig;
use ssh_key::public::Ed25519PublicKey;
use ssh_key::public::KeyData;
use ssh_key::public::SkEd25519;

use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::principal;
use crate::support::world::put;

pub(super) const USER_PRESENT: u8 = 1;
pub(super) const USER_VERIFIED: u8 = 4;
const COUNTER: [u8; 4] = [0, 0, 0, 7];

/// Returns why a commit is void after the head; `None` if it is an entry.
#[track_caller]
pub(super) fn void_code(world: &World, commit: ObjectId) -> Option<Code> {
    match world.chain().step(&world.store, commit, world.now).unwrap().unwrap() {
        Step::Taken(_, void) => void.map(|void| void.refusal.code),
        other => panic!("not taken: {other:?}"),
    }
}

fn key_of(name: &str) -> SigningKey {
    SigningKey::from_bytes(sha256(name.as_bytes()).as_bytes())
}

fn armor(key: KeyData, algorithm: Algorithm, signature: Vec<u8>) -> String {
    let signature = Signature::new(algorithm, signature).unwrap();
    SshSig::new(key, "git", HashAlg::Sha512, signature).unwrap().to_pem(LineEnding::LF).unwrap()
}

/// Adds the order of the group to the number in a signature, which verifies as before wherever nobody looks.
fn plus_order(signature: &mut [u8; 64]) {
    const ORDER: [u8; 16] =
        [0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14];
    let order = ORDER.into_iter().chain([0; 15]).chain([0x10]);
    let mut carry = 0;
    for (byte, add) in signature[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        (*byte, carry) = ((sum & 0xff) as u8, sum >> 8);
    }
}

/// SIG-3, with legal twin
#[test]
fn signature_in_its_second_form_is_void() {
    let (mut world, alice) = (World::new(), Actor::named("alice"));
    let edits = [put(&world.draft_finding(&alice, Severity::Low, &["src/"]))];
    let chain = world.chain();
    let payload = || world.payload(Some(chain.head), chain.valid_tree, &edits, world.now);
    let data = SshSig::signed_data("git", HashAlg::Sha512, payload().bytes()).unwrap();
    let key = key_of("alice");
    let public = || KeyData::Ed25519(Ed25519PublicKey(key.verifying_key().to_bytes()));
    let honest = key.sign(&data).to_bytes();
    let mut second = honest;
    plus_order(&mut second);
    let written =
        |signature: [u8; 64]| world.write_signed(payload(), armor(public(), Algorithm::Ed25519, signature.to_vec()));
    assert_eq!(void_code(&world, written(second)), Some(Code::SignatureMalleable));
    let good = written(honest);
    assert_eq!(void_code(&world, good), None);
    world.take(good);
}

/// Returns a hardware key for an application, as OpenSSH writes it.
pub(super) fn hardware(application: &str) -> KeyData {
    let point = Ed25519PublicKey(key_of("hardware").verifying_key().to_bytes());
    KeyData::SkEd25519(SkEd25519::new(point, application))
}

/// Returns what a hardware key answers with these flags.
pub(super) fn touched(application: &str, flags: u8, message: &[u8]) -> String {
    let data = SshSig::signed_data("git", HashAlg::Sha512, message).unwrap();
    let mut signed = sha256(application.as_bytes()).as_bytes().to_vec();
    signed.push(flags);
    signed.extend(COUNTER);
    signed.extend(sha256(&data).as_bytes());
    let mut answer = key_of("hardware").sign(&signed).to_bytes().to_vec();
    answer.push(flags);
    answer.extend(COUNTER);
    armor(hardware(application), Algorithm::SkEd25519, answer)
}

/// Enrolls the hardware key of an application.
fn enrolled(world: &mut World, application: &str) -> PrincipalId {
    let (principal, maria) = (hardware_principal(application), Actor::named("maria"));
    world.ok(&maria, &[put(&principal)]);
    principal.id
}

/// Returns the record of somebody with the hardware key of an application, as `maria` enrolls it.
pub(super) fn hardware_principal(application: &str) -> Principal {
    let maria = Actor::named("maria");
    let key = ssh_key::PublicKey::new(hardware(application), "").to_openssh().unwrap();
    let id = PrincipalId::parse(&format!("hana-{}", PublicKey::parse(&key).unwrap().short())).unwrap();
    let template = principal(&maria, PrincipalKind::Human, "maintainer", &maria);
    Principal { id, key, ..template }
}

/// SIG-10, with legal twin
#[test]
fn hardware_key_that_nobody_touched_is_void() {
    for (application, flags, code) in [
        ("ssh:", 0, Some(Code::SignatureFlags)),
        ("ssh:", USER_VERIFIED, Some(Code::SignatureFlags)),
        ("https://example.org", USER_PRESENT, Some(Code::SignatureFlags)),
        ("ssh:", USER_PRESENT, None),
        ("ssh:work", USER_PRESENT | USER_VERIFIED, None),
    ] {
        let mut world = World::new();
        let id = enrolled(&mut world, application);
        let finding = world.draft_finding(&Actor::named("maria"), Severity::Low, &["src/"]);
        let edits = [put(&git_coord::model::Finding { author: id, ..finding })];
        let chain = world.chain();
        let payload = world.payload(Some(chain.head), chain.valid_tree, &edits, world.now);
        let signed = touched(application, flags, payload.bytes());
        let commit = world.write_signed(payload, signed);
        assert_eq!(void_code(&world, commit), code, "{application} {flags}");
        world.take(commit);
        assert_eq!(world.state().findings.len(), usize::from(code.is_none()));
    }
}

/// SIG-11, with legal twin: tags and push certificates are signed in the namespace of commits.
#[test]
fn signed_text_that_is_no_commit_breaks_the_chain() {
    let (mut world, alice) = (World::new(), Actor::named("alice"));
    let head = world.chain().head;
    let edits = [put(&world.draft_finding(&alice, Severity::Low, &["src/"]))];
    let honest = world.commit(&alice, head, world.chain().valid_tree, &edits, world.now);
    let tag = format!("object {honest}\ntype commit\ntag v1\ntagger A <a@b> 1800000000 +0000\n\nRelease\n");
    let certificate =
        format!("certificate version 0.1\npusher A 1800000000 +0000\n\n{head} {honest} refs/heads/coord\n");
    for text in [tag, certificate] {
        let signature = alice.secret().sign("git", text.as_bytes());
        let header = format!("gpgsig {}\n\n", signature.trim_end().replace('\n', "\n "));
        for dressed in [format!("{text}{signature}"), text.replacen("\n\n", &format!("\n{header}"), 1)] {
            let commit = (&world.store).write_commit(dressed.as_bytes()).unwrap();
            let fault = world.chain().step(&world.store, commit, world.now).unwrap().unwrap_err();
            assert_eq!(fault.refusal.code, Code::SignaturePayload);
            world.store.force_head(commit);
            let refused = world.ledger.refresh(world.now).unwrap_err();
            assert!(refused.to_string().contains(&commit.to_string()), "{refused}");
            assert_eq!(world.chain().head, head, "clients stay at the last good head");
        }
        // Under a commit the same signature fits nothing.
        let payload = world.payload(Some(head), world.chain().valid_tree, &edits, world.now);
        assert_eq!(void_code(&world, world.write_signed(payload, signature)), Some(Code::SignatureBad));
    }
    world.take(honest);
    assert_eq!(world.chain().head, honest);
}

/// SIG-8, with legal twin:
/// the name on an entry, and the short text of a key in it, are nobody's proof: the whole key is.
#[test]
fn another_key_under_the_id_of_somebody_enrolled_is_unknown() {
    let (mut world, alice) = (World::new(), Actor::named("alice"));
    let other = alice.rekeyed("another key");
    assert_eq!(other.id, alice.id);
    let finding = world.draft_finding(&other, Severity::Low, &["src/"]);
    world.refuse(&other, &[put(&finding)], Code::KeyUnknown);
    world.ok(&alice, &[put(&finding)]);
}
