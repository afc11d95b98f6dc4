//! What is remembered of a ledger: bytes that are torn, of another program, or anything else.

use std::cell::OnceCell;
use std::sync::Arc;

use git_coord::ledger::Recalled;
use git_coord::ledger::encode_chain;
use git_coord::ledger::recalled_chain;

use super::ground::with_ground;
use super::tape::Tape;
use super::tape::spliced;

/// Version, checksum and length.
const HEADER_LEN: usize = 35;

thread_local! {
    static WHOLE: OnceCell<Vec<u8>> = const { OnceCell::new() };
}

fn whole() -> Vec<u8> {
    WHOLE.with(|whole| whole.get_or_init(|| with_ground(|ground| encode_chain(&ground.chain))).clone())
}

/// Reads the bytes as what was remembered, or as changes of it: it is recalled or ignored, and nothing is torn.
pub fn run(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let honest = whole();
    let mut tape = Tape::new(rest);
    let (whole, recent) = match first & 3 {
        0 => (rest.to_vec(), Vec::new()),
        1 => (spliced(&honest, &mut tape), Vec::new()),
        2 => (honest[..tape.below(honest.len())].to_vec(), Vec::new()),
        _ => (honest.clone(), rest.to_vec()),
    };
    with_ground(|ground| {
        let recalled = Recalled { head: ground.chain.head, whole: Arc::new(whole.clone()), recent };
        let chain = recalled_chain(&recalled);
        // The checksum stands first: with that of the whole, what is recalled is the whole, whatever stands behind it.
        let has_its_checksum = whole.get(..HEADER_LEN) == honest.get(..HEADER_LEN) && recalled.recent.is_empty();
        match chain {
            Some(chain) if has_its_checksum => assert!(chain == ground.chain, "torn bytes are recalled"),
            None => assert_ne!(whole, honest, "what was remembered is forgotten"),
            Some(_) => {}
        }
    });
}
