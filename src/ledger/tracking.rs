//! What was verified at a remote, as git's own tracking references are what was fetched from it.

use crate::format::sha256;

/// Longer names of remotes, addresses mostly, are told apart by their digest.
const NAME_LEN_MAX: usize = 100;

/// Returns the reference that holds the last head that was verified at a remote. No two remotes share one.
pub(super) fn tracking_ref(remote: &str) -> String {
    let spelt = |byte: u8| match byte {
        b'a'..=b'z' | b'0'..=b'9' => char::from(byte).to_string(),
        _ => format!("-{byte:02x}"),
    };
    let name: String = remote.bytes().map(spelt).collect();
    // A name of a file has its bounds.
    let name = if name.len() > NAME_LEN_MAX { sha256(remote.as_bytes()).to_string().replace(':', "-") } else { name };
    format!("refs/coord/remotes/{name}")
}
