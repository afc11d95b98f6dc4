//! What agents read about working beside others: one text, in `AGENTS.md` and as a skill.

use crate::format::settings::sealed;

/// The section of `AGENTS.md`.
pub const SECTION: &str = include_str!("../../../hooks/agents/instructions.md");
const SKILL_HEAD: &str = include_str!("../../../hooks/agents/skill.md");

/// Returns the skill file.
pub(super) fn skill() -> String {
    sealed(&format!("{SKILL_HEAD}{SECTION}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// About 3.4 bytes make a token of such text: this is below 700 tokens.
    const BYTES_MAX: usize = 2_400;

    #[test]
    fn section_and_skill_are_short() {
        assert!(SECTION.len() <= BYTES_MAX, "{} bytes", SECTION.len());
        assert!(skill().len() <= BYTES_MAX + 400, "{} bytes", skill().len());
    }

    #[test]
    fn whole_loop_is_taught() {
        for verb in ["brief", "claim", "renew", "find", "request", "land", "inbox", "release", "similar"] {
            assert!(SECTION.contains(&format!("`git coord {verb}")), "{verb}");
        }
    }
}
