//! The bytes of a ledger entry: the one canonical form of a signed git commit.
//!
//! Pure. It never checks a signature and never says who signed: names and mails in a commit are decoration. What
//! identifies an entry is the digest of its signed payload, because git lets third parties re-dress a signed commit.

use sha2::Digest;
use sha2::Sha256;

use crate::model::HashKind;
use crate::model::ObjectId;

mod stamp;
#[cfg(test)]
mod tests;

pub use stamp::Stamp;

/// The size of the largest entry commit that is read.
pub const BYTES_MAX: usize = 1 << 20;

/// What a payload leaves free below `BYTES_MAX`, so that its signature always fits.
const ARMOR_BYTES_MAX: usize = 4 << 10;

/// A commit that is not a ledger entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitFault {
    #[error("not in canonical form: {0}")]
    NonCanonical(&'static str),
    #[error("not a commit")]
    PayloadType,
    #[error("more than one signature")]
    MultipleSignatures,
    #[error("not signed")]
    Unsigned,
}

/// What an entry's signature covers: the commit without its signature header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    tree: ObjectId,
    parents: Vec<ObjectId>,
    author: Stamp,
    committer: Stamp,
    message: String,
    bytes: Vec<u8>,
}

impl Payload {
    /// Returns the payload of a new entry. Git ends a message with a line feed; so should the caller.
    pub fn build(
        tree: ObjectId,
        parent: Option<ObjectId>,
        author: Stamp,
        committer: Stamp,
        message: String,
    ) -> Result<Self, CommitFault> {
        Self::with_parents(tree, parent.into_iter().collect(), author, committer, message)
    }

    fn with_parents(
        tree: ObjectId,
        parents: Vec<ObjectId>,
        author: Stamp,
        committer: Stamp,
        message: String,
    ) -> Result<Self, CommitFault> {
        if parents.iter().any(|parent| parent.kind() != tree.kind()) {
            return Err(CommitFault::NonCanonical("ids of two hash functions"));
        }
        if message.contains('\0') {
            return Err(CommitFault::NonCanonical("NUL byte"));
        }
        let mut text = format!("tree {tree}\n");
        for parent in &parents {
            text += &format!("parent {parent}\n");
        }
        text += &format!("author {author}\ncommitter {committer}\n\n{message}");
        if text.len() > BYTES_MAX - ARMOR_BYTES_MAX {
            return Err(CommitFault::NonCanonical("larger than 1 MiB"));
        }
        Ok(Self { tree, parents, author, committer, message, bytes: text.into_bytes() })
    }

    /// Returns the id of the root tree.
    pub fn tree(&self) -> ObjectId {
        self.tree
    }

    /// Returns the ids of the parents, as many as there are. An entry has one, genesis none.
    pub fn parents(&self) -> &[ObjectId] {
        &self.parents
    }

    /// Returns the author line.
    pub fn author(&self) -> &Stamp {
        &self.author
    }

    /// Returns the committer line, whose time is the entry's.
    pub fn committer(&self) -> &Stamp {
        &self.committer
    }

    /// Returns the message, unwrapped and untrimmed.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns exactly the bytes that are signed.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the SHA-256 of the signed bytes, which identifies the entry.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(&self.bytes).into()
    }
}

/// A payload and the signature that came with it, which nobody has checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCommit {
    payload: Payload,
    armor: String,
}

impl SignedCommit {
    /// Puts an armoured signature to a payload.
    pub fn new(payload: Payload, armor: String) -> Self {
        Self { payload, armor }
    }

    /// Returns what the signature is said to cover.
    pub fn payload(&self) -> &Payload {
        &self.payload
    }

    /// Returns the signature as `ssh-keygen` would write it to a file.
    pub fn armor(&self) -> &str {
        &self.armor
    }

    /// Takes payload and armour apart.
    pub fn into_parts(self) -> (Payload, String) {
        (self.payload, self.armor)
    }

    /// Returns the bytes of the git object, as `git commit -S` writes them in a repository of this hash function.
    pub fn to_bytes(&self, hash: HashKind) -> Vec<u8> {
        let split = header_len(&self.payload.bytes);
        let (headers, message) = self.payload.bytes.split_at(split);
        let mut raw = headers.to_vec();
        let mut name = signature_header(hash);
        for line in self.armor.split_terminator('\n') {
            raw.extend_from_slice(format!("{name} {line}\n").as_bytes());
            name = "";
        }
        raw.extend_from_slice(message);
        raw
    }
}

/// Reads an entry commit. Every byte sequence but the canonical one is refused.
pub fn parse(raw: &[u8], hash: HashKind) -> Result<SignedCommit, CommitFault> {
    if raw.len() > BYTES_MAX {
        return Err(CommitFault::NonCanonical("larger than 1 MiB"));
    }
    if !raw.starts_with(b"tree ") {
        return Err(CommitFault::PayloadType);
    }
    if raw.contains(&0) {
        return Err(CommitFault::NonCanonical("NUL byte"));
    }
    let text = str::from_utf8(raw).map_err(|_| CommitFault::NonCanonical("not UTF-8"))?;
    let (headers, message) = text.split_once("\n\n").ok_or(CommitFault::NonCanonical("no end of headers"))?;
    let signed = parse_headers(headers, message, hash)?;
    // Whatever the steps above let pass, only one spelling of it exists.
    if signed.to_bytes(hash) != raw {
        return Err(CommitFault::NonCanonical("unusual spelling"));
    }
    Ok(signed)
}

fn parse_headers(headers: &str, message: &str, hash: HashKind) -> Result<SignedCommit, CommitFault> {
    if headers.contains('\r') {
        return Err(CommitFault::NonCanonical("carriage return in the headers"));
    }
    let signature = format!("{} ", signature_header(hash));
    if headers.lines().filter(|line| line.starts_with(&signature)).count() > 1 {
        return Err(CommitFault::MultipleSignatures);
    }
    let mut lines = headers.split('\n').peekable();
    let mut value = |name: &str| lines.next_if(|line| line.starts_with(name)).map(|line| &line[name.len()..]);

    let tree = parse_id(value("tree ").unwrap_or_default(), hash)?;
    let mut parents = Vec::new();
    while let Some(parent) = value("parent ") {
        parents.push(parse_id(parent, hash)?);
    }
    let author = Stamp::parse(value("author ").ok_or(CommitFault::NonCanonical("no author line"))?)?;
    let committer = Stamp::parse(value("committer ").ok_or(CommitFault::NonCanonical("no committer line"))?)?;
    let mut armor = String::new();
    let mut armor_line = value(&signature);
    while let Some(line) = armor_line {
        armor.push_str(line);
        armor.push('\n');
        armor_line = value(" ");
    }
    if lines.next().is_some() {
        return Err(CommitFault::NonCanonical("header that entries do not have"));
    }
    if armor.is_empty() {
        return Err(CommitFault::Unsigned);
    }
    let payload = Payload::with_parents(tree, parents, author, committer, message.to_owned())?;
    Ok(SignedCommit { payload, armor })
}

/// Returns the parents that git sees in a commit, however odd the rest of it is.
pub fn parents(raw: &[u8]) -> Option<Vec<ObjectId>> {
    lenient_tree_and_parents(raw).map(|(_, parents)| parents)
}

/// Returns the tree and the parents that git sees: the first line, and the parent lines that follow at once.
pub(super) fn lenient_tree_and_parents(raw: &[u8]) -> Option<(ObjectId, Vec<ObjectId>)> {
    let mut lines = raw.split(|byte| *byte == b'\n');
    // Git reads upper-case digits too, so a commit may lie with them about nothing.
    let id = |value: &[u8]| str::from_utf8(value).ok()?.to_ascii_lowercase().parse::<ObjectId>().ok();
    let tree = id(lines.next()?.strip_prefix(b"tree ")?)?;
    let parents: Option<Vec<_>> = lines.map_while(|line| line.strip_prefix(b"parent ")).map(id).collect();
    let parents = parents?;
    parents.iter().all(|parent| parent.kind() == tree.kind()).then_some((tree, parents))
}

/// Returns the header that holds the signature in a repository of this hash function.
pub(super) const fn signature_header(hash: HashKind) -> &'static str {
    match hash {
        HashKind::Sha1 => "gpgsig",
        HashKind::Sha256 => "gpgsig-sha256",
    }
}

/// Returns the length of the header lines, up to the blank line.
fn header_len(payload: &[u8]) -> usize {
    payload.windows(2).position(|pair| pair == b"\n\n").map_or(payload.len(), |end| end + 1)
}

fn parse_id(text: &str, hash: HashKind) -> Result<ObjectId, CommitFault> {
    let id: Option<ObjectId> = text.parse().ok();
    id.filter(|id| id.kind() == hash).ok_or(CommitFault::NonCanonical("object id"))
}
