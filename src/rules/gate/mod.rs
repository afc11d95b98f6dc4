//! What the gate asks: the readings of a change, who stands behind it, whose word counts, and the verdict.
//!
//! Reading order: `facts`, `cutting` (which requests a push lands), `arrivals` (what one says that it
//! lands), `decide` and what it asks: `asked` (the request), `work`
//! (whose it is), `segment`, and the rules of a segment, each in its file; `cost` and `prospects` ask the same before there is
//! anything to decide, and `worth` of one approval by itself.

pub(crate) mod arrivals;
pub(crate) mod asked;
pub(crate) mod attesters;
pub(crate) mod checks;
pub(crate) mod contributors;
pub(crate) mod cost;
pub(crate) mod counting;
pub(crate) mod cutting;
pub(crate) mod decide;
pub(crate) mod demands;
pub(crate) mod facts;
pub(crate) mod failing;
pub(crate) mod independence;
pub(crate) mod leases;
pub(crate) mod ledger_ground;
pub(crate) mod links;
pub(crate) mod missions;
pub(crate) mod pairs;
pub(crate) mod prospects;
pub(crate) mod reviews;
pub(crate) mod segment;
pub(crate) mod sensitive;
pub(crate) mod verdict;
pub(crate) mod work;
pub(crate) mod worth;
