//! `verify`: judges the ledger and says what it found.

use crate::ledger::Ledger;
use crate::ledger::Outlook;
use crate::model::Digest;
use crate::model::ObjectId;
use crate::ops::context::Context;
use crate::ops::context::open_repository;
use crate::ops::context::store_of;
use crate::ops::failure::Failure;
use crate::ops::join::PinTrust;
use crate::ops::join::pinned;
use crate::ops::surroundings::Surroundings;
use crate::rules::Code;
use crate::rules::Refusal;

/// How much is judged again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// What is new since it was last verified.
    New,
    /// Everything from genesis; what was remembered must agree with it.
    Full,
}

/// What was found.
pub struct Outcome {
    pub head: ObjectId,
    pub height: u64,
    pub pin: Digest,
    pub trust: Option<PinTrust>,
    pub entries: u64,
    pub void: u64,
    /// How many entries were not judged again because they were remembered.
    pub cached: u64,
    pub outlook: Outlook,
}

/// Verifies the ledger.
pub fn run(surroundings: Surroundings, extent: Extent) -> Result<Outcome, Failure> {
    let context = Context::open(surroundings)?;
    let mut judged = context.ledger.judged();
    if extent == Extent::Full {
        let repository = open_repository(&context.surroundings.directory)?;
        let program = context.surroundings.git()?;
        let store = store_of(&repository, &program)?.telling(context.surroundings.progress.clone());
        let anew = Ledger::open_anew(store, context.now())?;
        if anew.chain() != context.ledger.chain() {
            let message =
                "what was remembered of the ledger is not what it says; remove `coord/chain` of the git directory";
            return Err(Refusal::new(Code::LedgerFork, message).into());
        }
        judged = anew.state().height;
    }
    let chain = context.ledger.chain();
    Ok(Outcome {
        head: chain.head,
        height: chain.state.head_height(),
        pin: chain.pin,
        trust: pinned(&context.repository)?.map(|(_, trust)| trust),
        entries: chain.state.height,
        void: chain.void_count,
        cached: chain.state.height.saturating_sub(judged),
        outlook: context.ledger.outlook(),
    })
}
