//! Masks: `*` for anything, `?` for one character. Matching takes at most the product of both lengths.

/// Whether the text fits the mask, letters of ASCII in any case.
#[must_use]
pub fn fits(mask: &str, text: &str) -> bool {
    let mask: Vec<char> = mask.chars().flat_map(char::to_lowercase).collect();
    let text: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
    let (mut m, mut t) = (0, 0);
    // Where to go on if what follows the last `*` does not fit: the `*` takes one more character then.
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match mask.get(m) {
            Some('*') => {
                retry = Some((m + 1, t));
                m += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                m += 1;
                t += 1;
            }
            _ => match &mut retry {
                Some((behind, taken)) => {
                    *taken += 1;
                    (m, t) = (*behind, *taken);
                }
                None => return false,
            },
        }
    }
    mask[m..].iter().all(|c| *c == '*')
}

/// Whether it is a mask and not a name.
#[must_use]
pub fn is_mask(word: &str) -> bool {
    word.contains(['*', '?'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks_stand_for_others() {
        for (mask, text) in [("*", ""), ("*", "x"), ("a?c*", "ABCdef"), ("*!*@*.guest", "a!b@c.guest"), ("渊*", "渊渊")]
        {
            assert!(fits(mask, text), "{mask} {text}");
        }
        for (mask, text) in [("", "x"), ("?", ""), ("a*b", "abc"), ("a", "ab")] {
            assert!(!fits(mask, text), "{mask} {text}");
        }
    }

    #[test]
    fn a_mask_of_many_stars_is_done_soon() {
        assert!(!fits(&"*a".repeat(200), &"a".repeat(190)));
        assert!(!fits(&format!("{}b", "*a".repeat(200)), &"a".repeat(500)));
    }
}
