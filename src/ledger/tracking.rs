//! What was verified at a remote, as git's own tracking references are what was fetched from it.

/// Returns the reference that holds the last head that was verified at a remote. No two remotes share one.
pub(super) fn tracking_ref(remote: &str) -> String {
    let spelt = |byte: u8| match byte {
        b'a'..=b'z' | b'0'..=b'9' => char::from(byte).to_string(),
        _ => format!("-{byte:02x}"),
    };
    format!("refs/coord/remotes/{}", remote.bytes().map(spelt).collect::<String>())
}
