//! Recall: of two titles of one piece of work, does the one find the other among a thousand?

use strsim::sorensen_dice;

use crate::overlap::store::Store;
use crate::overlap::store::as_shipped;
use crate::overlap::store::by;

#[test]
fn same_work_is_found_among_a_thousand_others() {
    let store = Store::new();
    let [reworded, paraphrased] = ["github-duplicate", "task-same-intent"].map(|kind| store.recall(kind, as_shipped));
    assert!(reworded >= 0.88 && paraphrased >= 0.68, "{reworded} {paraphrased}");
    // What letters alone find: the same intent in other words is not among it.
    assert!(store.recall("task-same-intent", |title, others| by(sorensen_dice, title, others)) < 0.2);
}
