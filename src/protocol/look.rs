//! What a name looks like, after UTS 39: names that are different and cannot be told apart on a screen.
//!
//! It knows nothing of who has which name.

use pest::unicode::MARK;
use unicode_script::Script;
use unicode_security::mixed_script::AugmentedScriptSet;

/// What a text looks like: each character is replaced by the one that it is confused with. Two texts of the same skeleton
/// can be taken for each other.
pub(super) fn skeleton(text: &str) -> String {
    unicode_security::skeleton(text).collect()
}

/// How many combining marks follow one another at most.
pub(super) fn longest_run_of_marks(text: &str) -> usize {
    let runs = text.chars().scan(0, |run, c| {
        *run = if !c.is_ascii() && MARK(c) { *run + 1 } else { 0 };
        Some(*run)
    });
    runs.max().unwrap_or_default()
}

/// Whether the scripts are others than those of the level "highly restrictive": one script, or Latin with those that
/// Chinese, Japanese or Korean is written in.
pub(super) fn mixes_scripts(text: &str) -> bool {
    let (mut all, mut without_latin) = (AugmentedScriptSet::default(), AugmentedScriptSet::default());
    for c in text.chars() {
        let scripts = AugmentedScriptSet::for_char(c);
        all.intersect_with(scripts);
        if !scripts.base.contains_script(Script::Latin) {
            without_latin.intersect_with(scripts);
        }
    }
    all.is_empty() && !(without_latin.hanb || without_latin.jpan || without_latin.kore)
}
