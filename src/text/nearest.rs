//! "Did you mean": the known word that a mistyped one is nearest to, by one measure for commands, statements and
//! parameters.

/// The candidate that differs least from `typed`, if it differs so little that it was probably meant. Letters are
/// compared without regard to case; of equally near candidates the first one counts.
#[must_use]
pub fn nearest<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let slips = candidates.into_iter().filter_map(|candidate| Some((slips(typed, candidate)?, candidate)));
    slips.min_by_key(|(slips, _)| *slips).map(|(_, candidate)| candidate)
}

/// The number of letters added, left out, replaced or swapped between `typed` and `candidate`, or `None` if these are
/// too many for a slip of the finger.
#[must_use]
pub fn slips(typed: &str, candidate: &str) -> Option<usize> {
    let length = candidate.chars().count();
    let allowed = allowed(length);
    // A line of 8 KiB without a blank is near nothing, and would take milliseconds to compare.
    if length.abs_diff(typed.chars().count()) > allowed {
        return None;
    }
    let slips = strsim::damerau_levenshtein(&typed.to_lowercase(), &candidate.to_lowercase());
    (slips <= allowed).then_some(slips)
}

/// The most slips that are forgiven in a word of this many characters: in a short word, one slip makes another word.
fn allowed(length: usize) -> usize {
    match length {
        0..=2 => 0,
        3..=4 => 1,
        5..=8 => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: [&str; 4] = ["connect", "together", "lobby", "int"];

    #[test]
    fn a_slip_of_the_finger_is_recognized_and_another_word_is_not() {
        assert_eq!(nearest("conect", WORDS), Some("connect"));
        assert_eq!(nearest("togehter", WORDS), Some("together"));
        assert_eq!(nearest("Loby", WORDS), Some("lobby"));
        assert_eq!(nearest("hello", WORDS), None);
        assert_eq!(nearest("x", ["y"]), None);
    }

    #[test]
    fn the_nearest_of_several_counts() {
        assert_eq!(nearest("rome", ["room", "rooms", "rame"]), Some("rame"));
    }

    #[test]
    fn a_long_line_is_near_nothing() {
        assert_eq!(slips(&"x".repeat(8192), "connect"), None);
    }
}
