//! What is changed in a signed commit, with the structure of commits and signatures in mind.

use git_coord::model::HashKind;

use super::chance::Chance;
use super::seal::Hand;
use super::seal::plus_order;
use super::stock::Foreign;
use crate::fuzzing::envelope::Envelope;
use crate::fuzzing::envelope::armored;
use crate::fuzzing::envelope::encoded;

/// What is changed, in the order in which a commit is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mutation {
    /// Nothing: the legal twin of all others.
    None,
    HardwareKey,
    UnusualHeader,
    UnusualStamp,
    UnusualMessage,
    Parents,
    Namespace,
    Hash,
    OtherKeyInside,
    PlusOrder,
    WeakKey,
    HardwareFlags,
    HardwareApplication,
    ForeignKey,
    Reserved,
    Version,
    TrailingBytes,
    BrokenField,
    Columns,
    SpacedArmor,
    TextAround,
    BlankLine,
    StrayBits,
    NoEnd,
    ExtraSignatureHeader,
    SecondSignature,
    SignatureFirst,
    ContinuedLine,
    PayloadAfterwards,
    Byte,
    Splice,
    CarriageReturns,
}

impl Mutation {
    pub const ALL: [Self; 32] = [
        Self::None,
        Self::HardwareKey,
        Self::UnusualHeader,
        Self::UnusualStamp,
        Self::UnusualMessage,
        Self::Parents,
        Self::Namespace,
        Self::Hash,
        Self::OtherKeyInside,
        Self::PlusOrder,
        Self::WeakKey,
        Self::HardwareFlags,
        Self::HardwareApplication,
        Self::ForeignKey,
        Self::Reserved,
        Self::Version,
        Self::TrailingBytes,
        Self::BrokenField,
        Self::Columns,
        Self::SpacedArmor,
        Self::TextAround,
        Self::BlankLine,
        Self::StrayBits,
        Self::NoEnd,
        Self::ExtraSignatureHeader,
        Self::SecondSignature,
        Self::SignatureFirst,
        Self::ContinuedLine,
        Self::PayloadAfterwards,
        Self::Byte,
        Self::Splice,
        Self::CarriageReturns,
    ];

    /// In how many ways it is made at least once.
    fn ways(self) -> usize {
        match self {
            Self::UnusualStamp => STAMPS.len(),
            Self::UnusualMessage => MESSAGES.len(),
            Self::BrokenField => 8,
            Self::Byte | Self::Splice => 10,
            Self::None | Self::PlusOrder | Self::WeakKey | Self::OtherKeyInside => 1,
            _ => 5,
        }
    }

    /// Returns every change in each of its ways.
    fn each() -> Vec<(Self, usize)> {
        Self::ALL.into_iter().flat_map(|mutation| (0..mutation.ways()).map(move |way| (mutation, way))).collect()
    }
}

const STAMPS: [&str; 14] = [
    "A <a@b> 1800000000 +0000",
    "A <a@b> 9223372036854775808 +0000",
    "A <a@b> -1 +0000",
    "A <a@b> 01800000000 +0000",
    "A <a@b> 1800000000 +000",
    "A  <a@b> 1800000000 +0000",
    "A <a@b> 1800000000",
    "<a@b> 1800000000 +0000",
    "A <a@b>1800000000 +0000",
    "A\u{1b}[2J <a@b> 1800000000 +0000",
    " A <a@b> 1800000000 +0000",
    "A <a<b> 1800000000 +0000",
    "\u{202e}A <a@b> 1800000000 +9999",
    "A\rB <a@b> 1800000000 +0000",
];
const MESSAGES: [&[u8]; 9] = [
    b"Change it\n",
    b"Change it",
    b"",
    b"\n\n",
    b"Change it\0hidden\n",
    b"Change \xff\xfe\n",
    b"Change it\r\nand more\r\n",
    b"\x1b[2JChange it\n",
    b" gpgsig\ngpgsig x\n",
];

/// A commit with what was changed in it.
pub struct Mutant {
    pub mutations: Vec<Mutation>,
    pub raw: Vec<u8>,
}

impl Mutant {
    /// Makes the commit of a number: the first ones have each change in each of its ways, the others one or two by chance.
    pub fn of(number: u64, hash: HashKind, foreign: &Foreign) -> Self {
        let (mut chance, each) = (Chance::new(number), Mutation::each());
        let mut mutations = Vec::new();
        match each.get(number as usize) {
            Some((mutation, way)) => {
                mutations.push(*mutation);
                chance.begin_with(*way);
            }
            None => {
                mutations.push(*chance.pick(&Mutation::ALL[1..]));
                if chance.below(3) == 0 {
                    mutations.push(*chance.pick(&Mutation::ALL[1..]));
                    mutations.sort();
                    mutations.dedup();
                }
            }
        }
        let raw = Making { hash, foreign, chance: &mut chance, mutations: &mutations }.commit();
        Self { mutations, raw }
    }
}

struct Making<'a> {
    hash: HashKind,
    foreign: &'a Foreign,
    chance: &'a mut Chance,
    mutations: &'a [Mutation],
}

impl Making<'_> {
    fn has(&self, mutation: Mutation) -> bool {
        self.mutations.contains(&mutation)
    }

    fn commit(mut self) -> Vec<u8> {
        let (headers, message) = self.payload();
        let payload = [headers.as_bytes(), b"\n", &message].concat();
        let armor = self.armor(&payload);
        let name = match self.hash {
            HashKind::Sha1 => "gpgsig",
            HashKind::Sha256 => "gpgsig-sha256",
        };
        let mut signature = self.header(name, &armor);
        if self.has(Mutation::ExtraSignatureHeader) {
            let other = if name == "gpgsig" { "gpgsig-sha256" } else { "gpgsig" };
            let extra = *self.chance.pick(&["gpgsigfoo x\n", "gpgsig-x y\n z\n"]);
            let extra = if self.chance.below(2) == 0 { extra.to_owned() } else { format!("{other} x\n y\n") };
            signature = if self.chance.below(2) == 0 { format!("{extra}{signature}") } else { signature + &extra };
        }
        if self.has(Mutation::SecondSignature) {
            let second = match self.chance.below(2) {
                0 => signature.clone(),
                _ => self.header(name, &Hand::Bob.sign(&payload, b"git", b"sha512").armor(70)),
            };
            signature.push_str(&second);
        }
        let mut headers = headers;
        let message = if self.has(Mutation::PayloadAfterwards) { self.changed(&mut headers, message) } else { message };
        let headers = if self.has(Mutation::SignatureFirst) {
            // After the tree, or in front of the author: git finds it wherever it is.
            headers.replacen("author ", &format!("{signature}author "), 1)
        } else {
            headers + &signature
        };
        let raw = [headers.as_bytes(), b"\n", &message].concat();
        self.roughly(raw)
    }

    /// Returns the headers and the message that are signed.
    fn payload(&mut self) -> (String, Vec<u8>) {
        let tree = match self.hash {
            HashKind::Sha1 => "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
            HashKind::Sha256 => "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
        };
        let parent = "1".repeat(tree.len());
        let parents = if self.has(Mutation::Parents) { self.chance.below(3) } else { 1 };
        let parents = format!("parent {parent}\n").repeat(parents);
        let tree = match self.has(Mutation::Parents) && self.chance.below(3) == 0 {
            true => tree.to_ascii_uppercase(),
            false => tree.to_owned(),
        };
        let stamp = if self.has(Mutation::UnusualStamp) { *self.chance.pick(&STAMPS) } else { STAMPS[0] };
        let unusual = ["encoding UTF-8\n", "foo bar\n", "mergetag x\n y\n", "HG:extra x\n", "author B <b@c> 1 +0000\n"];
        let unusual = if self.has(Mutation::UnusualHeader) { *self.chance.pick(&unusual) } else { "" };
        let headers = format!("tree {tree}\n{parents}author {stamp}\ncommitter A <a@b> 1800000000 +0000\n{unusual}");
        let message = if self.has(Mutation::UnusualMessage) { *self.chance.pick(&MESSAGES) } else { MESSAGES[0] };
        (headers, message.to_vec())
    }

    fn armor(&mut self, payload: &[u8]) -> String {
        if self.has(Mutation::ForeignKey) {
            return self.foreign.sign(self.chance.below(2), payload);
        }
        let mut envelope = self.envelope(payload);
        if self.has(Mutation::Reserved) {
            envelope.fields[2] = self.chance.bytes(3);
        }
        if self.has(Mutation::Version) {
            envelope.version = *self.chance.pick(&[0, 2, u32::MAX]);
        }
        if self.has(Mutation::TrailingBytes) {
            envelope.trailing = self.chance.bytes(4);
        }
        if self.has(Mutation::BrokenField) {
            let field = self.chance.below(5);
            let field = &mut envelope.fields[field];
            match (self.chance.below(3), field.is_empty()) {
                (0, false) => drop(field.pop()),
                (1, false) => {
                    let at = self.chance.below(field.len());
                    field[at] ^= 1 << self.chance.below(8);
                }
                _ => field.push(self.chance.number() as u8),
            }
        }
        let columns = if self.has(Mutation::Columns) { *self.chance.pick(&[64, 76, 1, 69, 1_000]) } else { 70 };
        let mut armor = envelope.armor(columns);
        if self.has(Mutation::StrayBits) {
            armor = stray(&envelope, columns);
        }
        if self.has(Mutation::SpacedArmor) {
            let line = armor.lines().nth(1 + self.chance.below(3)).unwrap_or_default().to_owned();
            armor = armor.replacen(&line, &format!("{line}{}", self.chance.pick(&[" ", "\t", "  "])), 1);
        }
        if self.has(Mutation::TextAround) {
            armor = match self.chance.below(2) {
                0 => format!("{armor}more\n"),
                _ => format!("more\n{armor}"),
            };
        }
        if self.has(Mutation::BlankLine) {
            let at = armor.find('\n').unwrap_or(0) + 1;
            armor.insert(at, '\n');
        }
        if self.has(Mutation::NoEnd) {
            armor = armor.trim_end().trim_end_matches(['-', 'E']).to_owned() + "\n";
        }
        armor
    }

    fn envelope(&mut self, payload: &[u8]) -> Envelope {
        let namespaces: [&[u8]; 5] = [b"file", b"", b"git\0", b"Git", b"git "];
        let namespace = if self.has(Mutation::Namespace) { *self.chance.pick(&namespaces) } else { b"git" };
        let hashes: [&[u8]; 5] = [b"sha256", b"sha256", b"SHA512", b"", b"sha1"];
        let hash = if self.has(Mutation::Hash) { *self.chance.pick(&hashes) } else { b"sha512" };
        let applications = ["https://example.org", "", "SSH:"];
        let application =
            if self.has(Mutation::HardwareApplication) { *self.chance.pick(&applications) } else { "ssh:" };
        let flags = if self.has(Mutation::HardwareFlags) { *self.chance.pick(&[0, 4, 0x80]) } else { 1 };
        let hard = [Mutation::HardwareKey, Mutation::HardwareFlags, Mutation::HardwareApplication];
        let hand = if hard.iter().any(|mutation| self.has(*mutation)) {
            Hand::Hardware { application, flags }
        } else if self.has(Mutation::WeakKey) {
            Hand::Nobody
        } else {
            Hand::Alice
        };
        let mut envelope = hand.sign(payload, namespace, hash);
        if self.has(Mutation::OtherKeyInside) {
            envelope.fields[0] = Hand::Bob.blob();
        }
        if self.has(Mutation::PlusOrder) && hand == Hand::Alice {
            plus_order(&mut envelope);
        }
        envelope
    }

    fn header(&self, name: &str, armor: &str) -> String {
        let lines = armor.trim_end_matches('\n').replace('\n', "\n ");
        let lines = if self.has(Mutation::CarriageReturns) { lines.replace('\n', "\r\n") } else { lines };
        if self.has(Mutation::ContinuedLine) { format!("{name} \n {lines}\n") } else { format!("{name} {lines}\n") }
    }

    /// Changes what was signed.
    fn changed(&mut self, headers: &mut String, message: Vec<u8>) -> Vec<u8> {
        match self.chance.below(3) {
            0 => *headers = headers.replacen("1800000000", "1800000001", 1),
            1 => return [&message[..], b"And more\n"].concat(),
            _ => *headers = headers.replacen("A <", "B <", 1),
        }
        message
    }

    /// Changes bytes, whatever they are.
    fn roughly(&mut self, mut raw: Vec<u8>) -> Vec<u8> {
        if self.has(Mutation::Byte) {
            let at = self.chance.below(raw.len());
            raw[at] ^= 1 << self.chance.below(8);
        }
        if self.has(Mutation::Splice) {
            let from = self.chance.below(raw.len());
            let to = (from + self.chance.below(4)).min(raw.len());
            let length = self.chance.below(4);
            let bytes = match self.chance.below(2) {
                0 => raw[from..(from + length).min(raw.len())].to_vec(),
                _ => self.chance.bytes(length),
            };
            raw.splice(from..to, bytes);
        }
        raw
    }
}

/// Writes the last digit of base64 with bits that stand for nothing, if there is room for them.
fn stray(envelope: &Envelope, columns: usize) -> String {
    let mut envelope = envelope.clone();
    while envelope.blob().len().is_multiple_of(3) {
        envelope.trailing.push(0);
    }
    let text = encoded(&envelope.blob());
    let body = text.trim_end_matches('=');
    let (front, last) = body.split_at(body.len() - 1);
    let next = char::from(last.as_bytes()[0] + 1);
    armored(&format!("{front}{next}{}", &text[body.len()..]), columns)
}
