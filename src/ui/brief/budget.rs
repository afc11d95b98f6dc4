//! What of many parts is said when there is room for some: all that binds, and of the rest what comes first.
//!
//! Pure. A part is never cut in the middle: half of a rule is another rule.

/// How many bytes are taken for one token. An estimate, and a careful one: models take some four bytes of English prose for
/// one, but fewer of ids, digests and paths, of which there are many here. No tokenizer is asked: each model has another.
pub(super) const BYTES_PER_TOKEN: usize = 3;

/// Whether a part may be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Force {
    Binding,
    GoodToKnow,
}

/// Something to say. Parts of one group stand together and are counted together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part<G> {
    pub(super) group: G,
    pub(super) force: Force,
    /// The record that it is about.
    pub(super) id: Option<String>,
    pub(super) text: String,
    /// The same without what does not bind, if it can be said shorter.
    pub(super) short: Option<String>,
}

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cut<G> {
    /// The parts that are said, in their order, each as it is said.
    pub(super) said: Vec<Part<G>>,
    /// How many parts of each group are not.
    pub(super) left_out: Vec<(G, usize)>,
    /// Whether what binds takes more than there is room for, and is said all the same.
    pub(super) is_over: bool,
}

/// Returns how many tokens a text takes, by the estimate.
pub(super) fn tokens(text_bytes: usize) -> u64 {
    text_bytes.div_ceil(BYTES_PER_TOKEN) as u64
}

/// Chooses what is said in so many tokens, beside a frame of so many bytes: every part that binds, the shorter way where
/// there is no room for the longer one; then of each group, in their order, as many parts from its beginning as there is room
/// for. `line` says what is left out of a group, which takes room as well. The parts come group by group.
pub(super) fn cut<G: Copy + PartialEq>(
    parts: &[Part<G>],
    frame_bytes: usize,
    budget: u64,
    line: impl Fn(G, usize) -> String,
) -> Cut<G> {
    let room = usize::try_from(budget).unwrap_or(usize::MAX).saturating_mul(BYTES_PER_TOKEN);
    let binding: Vec<usize> = (0..parts.len()).filter(|&at| parts[at].force == Force::Binding).collect();
    let mut said: Vec<(usize, bool)> = binding.iter().map(|&at| (at, false)).collect();
    let measure = |said: &[(usize, bool)]| {
        let texts: usize = said.iter().map(|&(at, is_short)| wording(&parts[at], is_short).len() + 1).sum();
        let lines: usize = missing(parts, said).into_iter().map(|(group, count)| line(group, count).len() + 1).sum();
        frame_bytes + texts + lines
    };
    if measure(&said) > room {
        said = binding.iter().map(|&at| (at, true)).collect();
    }
    let is_over = measure(&said) > room;
    let mut full: Vec<G> = Vec::new();
    for at in (0..parts.len()).filter(|&at| parts[at].force == Force::GoodToKnow) {
        // Who hears of the second must have heard of the first.
        if is_over || full.contains(&parts[at].group) {
            continue;
        }
        said.push((at, false));
        if measure(&said) > room {
            said.pop();
            full.push(parts[at].group);
        }
    }
    said.sort_by_key(|&(at, _)| at);
    let left_out = missing(parts, &said);
    let said = said
        .into_iter()
        .map(|(at, is_short)| Part { text: wording(&parts[at], is_short).to_owned(), ..parts[at].clone() });
    Cut { said: said.collect(), left_out, is_over }
}

fn wording<G>(part: &Part<G>, is_short: bool) -> &str {
    part.short.as_ref().filter(|_| is_short).unwrap_or(&part.text)
}

/// Returns how many parts of each group are not said, in the order of the groups.
fn missing<G: Copy + PartialEq>(parts: &[Part<G>], said: &[(usize, bool)]) -> Vec<(G, usize)> {
    let mut is_said = vec![false; parts.len()];
    said.iter().for_each(|&(at, _)| is_said[at] = true);
    let mut counts: Vec<(G, usize)> = Vec::new();
    for (part, _) in parts.iter().zip(is_said).filter(|(_, is_said)| !is_said) {
        match counts.iter_mut().find(|(group, _)| *group == part.group) {
            Some((_, count)) => *count += 1,
            None => counts.push((part.group, 1)),
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::ProptestConfig;
    use proptest::prelude::any;
    use proptest::proptest;

    use super::*;

    fn part(group: u8, is_binding: bool, length: usize) -> Part<u8> {
        let force = if is_binding { Force::Binding } else { Force::GoodToKnow };
        Part { group, force, id: None, text: "x".repeat(length), short: is_binding.then(|| "x".repeat(length / 2)) }
    }

    fn line(group: u8, count: usize) -> String {
        format!("… {count} more of {group}")
    }

    fn bytes(cut: &Cut<u8>, frame: usize) -> usize {
        let said: usize = cut.said.iter().map(|part| part.text.len() + 1).sum();
        frame + said + cut.left_out.iter().map(|(group, count)| line(*group, *count).len() + 1).sum::<usize>()
    }

    #[test]
    fn what_binds_is_said_though_there_is_no_room() {
        let parts = [part(0, true, 300), part(1, false, 1)];
        let cut = cut(&parts, 10, 1, line);
        assert!(cut.is_over);
        assert_eq!(cut.said.iter().map(|part| part.text.len()).collect::<Vec<_>>(), [150], "the shorter way");
        assert_eq!(cut.left_out, [(1, 1)]);
    }

    #[test]
    fn rest_is_said_from_its_beginning_as_far_as_there_is_room() {
        let parts = [part(0, true, 30), part(1, false, 40), part(1, false, 400), part(1, false, 4), part(2, false, 5)];
        let some = cut(&parts, 0, 50, line);
        assert!(!some.is_over);
        assert_eq!(some.said.iter().map(|part| part.text.len()).collect::<Vec<_>>(), [30, 40, 5]);
        assert_eq!(some.left_out, [(1, 2)]);
        let all = cut(&parts, 0, 1_000, line);
        assert_eq!((all.said.len(), all.left_out.len()), (5, 0));
    }

    #[test]
    fn estimate_rounds_up() {
        assert_eq!([0, 1, 3, 4, 2_048].map(tokens), [0, 1, 1, 2, 683]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn nothing_that_binds_is_cut_and_nothing_is_uncounted(
            mut raw in vec((0_u8..5, any::<bool>(), 0_usize..200), 0..24), frame in 0_usize..200, budget in 0_u64..900
        ) {
            raw.sort_by_key(|(group, ..)| *group);
            let parts: Vec<_> = raw.into_iter().map(|(group, is_binding, length)| part(group, is_binding, length)).collect();
            let cut = cut(&parts, frame, budget, line);
            let binding = |parts: &[Part<u8>]| parts.iter().filter(|part| part.force == Force::Binding).count();
            assert_eq!(binding(&cut.said), binding(&parts));
            let left_out: usize = cut.left_out.iter().map(|(_, count)| count).sum();
            assert_eq!(cut.said.len() + left_out, parts.len());
            for (group, count) in &cut.left_out {
                let of = |parts: &[Part<u8>]| parts.iter().filter(|part| part.group == *group).count();
                assert_eq!(of(&cut.said) + count, of(&parts));
            }
            // The room is kept, unless what binds takes more by itself: then nothing else is said.
            assert_eq!(tokens(bytes(&cut, frame)) > budget, cut.is_over);
            assert!(!cut.is_over || cut.said.iter().all(|part| part.force == Force::Binding));
            assert!(cut.said.is_sorted_by_key(|part| part.group));
        }
    }
}
