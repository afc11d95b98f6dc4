//! A forgiving reader for commits of code, which may hold whatever git takes.
//!
//! It finds what git would find. It never checks a signature and never refuses a commit for its style.

use crate::model::HashKind;
use crate::model::ObjectId;

use super::commit::CommitFault;
use super::commit::lenient_tree_and_parents;
use super::commit::signature_header;

#[cfg(test)]
mod tests;

/// The size of the largest code commit that is read.
pub const BYTES_MAX: usize = 16 << 20;

/// What the tool wants to know of a code commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeCommit {
    pub tree: ObjectId,
    pub parents: Vec<ObjectId>,
    /// The author's mail address, if there is one.
    pub author_mail: Option<String>,
    /// The committer's time in Unix seconds; 0 if it cannot be read, as git has it.
    pub committer_time: i64,
    /// The message; bytes that are not UTF-8 are replaced.
    pub message: String,
    /// The values of all `Co-authored-by` lines.
    pub co_authors: Vec<String>,
    /// The values of all `Coord-Claim` lines.
    pub claims: Vec<String>,
    /// The text of the first signature header that belongs to the repository's hash function.
    pub signature: Option<String>,
    /// The commit without its signature headers: what a signature covers.
    pub payload: Vec<u8>,
    /// How many signature headers there are, of whatever hash function.
    pub signature_headers: usize,
}

/// Reads a code commit.
pub fn parse(raw: &[u8], hash: HashKind) -> Result<CodeCommit, CommitFault> {
    if raw.len() > BYTES_MAX {
        return Err(CommitFault::NonCanonical("larger than 16 MiB"));
    }
    if !raw.starts_with(b"tree ") {
        return Err(CommitFault::PayloadType);
    }
    let (tree, parents) = lenient_tree_and_parents(raw)
        .filter(|(tree, _)| tree.kind() == hash)
        .ok_or(CommitFault::NonCanonical("tree or parent line"))?;
    let Separated { payload, signature, signature_headers } = separate(raw, hash);
    let (headers, message) = split_message(&payload);
    let message = String::from_utf8_lossy(message).into_owned();
    Ok(CodeCommit {
        tree,
        parents,
        author_mail: header(headers, b"author ").and_then(mail),
        committer_time: header(headers, b"committer ").and_then(time).unwrap_or(0),
        co_authors: values(&message, "Co-authored-by"),
        claims: values(&message, "Coord-Claim"),
        message,
        signature,
        signature_headers,
        payload,
    })
}

struct Separated {
    payload: Vec<u8>,
    signature: Option<String>,
    signature_headers: usize,
}

/// Which lines the one at hand continues, if it begins with a space.
enum Continues {
    Payload,
    Signature,
    OtherSignature,
}

/// Parts the payload from the signatures as git does: each header whose name begins with `gpgsig` is left out.
fn separate(raw: &[u8], hash: HashKind) -> Separated {
    let own_header = format!("{} ", signature_header(hash)).into_bytes();
    let mut payload = Vec::with_capacity(raw.len());
    let mut own: Option<Vec<u8>> = None;
    let mut signature_headers = 0;
    let mut continues = Continues::Payload;
    let mut rest = raw;
    while !rest.is_empty() && !rest.starts_with(b"\n") {
        let line_len = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |end| end + 1);
        let (line, after) = rest.split_at(line_len);
        rest = after;
        if line.starts_with(b"gpgsig") {
            signature_headers += 1;
            let text = line.strip_prefix(&own_header[..]).filter(|_| own.is_none());
            continues = if text.is_some() { Continues::Signature } else { Continues::OtherSignature };
            own = own.or(text.map(<[u8]>::to_vec));
        } else if !line.starts_with(b" ") {
            continues = Continues::Payload;
            payload.extend_from_slice(line);
        } else {
            match continues {
                Continues::Payload => payload.extend_from_slice(line),
                Continues::Signature => own.get_or_insert_default().extend_from_slice(&line[1..]),
                Continues::OtherSignature => {}
            }
        }
    }
    payload.extend_from_slice(rest);
    let signature = own.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Separated { payload, signature, signature_headers }
}

fn split_message(payload: &[u8]) -> (&[u8], &[u8]) {
    match payload.windows(2).position(|pair| pair == b"\n\n") {
        Some(end) => (&payload[..end], &payload[end + 2..]),
        None => (payload, b""),
    }
}

fn header<'a>(headers: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    headers.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(name))
}

fn mail(stamp: &[u8]) -> Option<String> {
    let stamp = String::from_utf8_lossy(stamp);
    let (mail, _) = stamp.split_once('<')?.1.split_once('>')?;
    Some(mail.trim().to_owned()).filter(|mail| !mail.is_empty())
}

fn time(stamp: &[u8]) -> Option<i64> {
    let stamp = String::from_utf8_lossy(stamp);
    stamp.rsplit_once('>')?.1.split_whitespace().next()?.parse().ok()
}

/// Returns what follows the key wherever a line begins with it.
///
/// Git takes trailers from the last paragraph only. An author named elsewhere is an author all the same, and must not
/// become an independent reviewer by a blank line.
fn values(message: &str, key: &str) -> Vec<String> {
    let value = |line: &str| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case(key).then(|| value.trim().to_owned())
    };
    message.lines().filter_map(value).filter(|value| !value.is_empty()).collect()
}
