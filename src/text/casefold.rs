//! What decides whether two texts are the same to a reader: case, width and compatibility forms do not count.

use std::sync::OnceLock;

use caseless::Caseless;
use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Code points of one page of the table.
const PAGE: usize = 256;

/// What each character folds to. A page is made when the first of its characters is folded, as the six passes over a text
/// that the definition wants cost 0.3 us a character; the table cannot grow beyond 8 MB.
static PAGES: [OnceLock<Box<FoldPage>>; 0x11_0000 / PAGE] = [const { OnceLock::new() }; 0x11_0000 / PAGE];

/// The folded forms of some characters.
struct FoldPage {
    /// One behind the other.
    folded: Box<str>,
    /// Where the form of each begins in it, and where the last ends.
    bounds: [u16; PAGE + 1],
    /// Whether the form of each is the same whatever stands beside the character.
    stands_alone: [bool; PAGE],
}

/// NFKC_Casefold of a text without default-ignorable code points (Unicode, section 3.13).
#[must_use]
pub fn casefold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    fold_one_by_one(text).unwrap_or_else(|| by_definition(text.chars()))
}

/// [`casefold`] for a text in NFC, which takes less time if it changes nothing.
#[must_use]
pub fn casefold_nfc(text: &str) -> String {
    let is_same = |c: char| if c.is_ascii() { !c.is_ascii_uppercase() } else { folded(c).0.chars().eq([c]) };
    if text.chars().all(is_same) { text.to_owned() } else { casefold(text) }
}

/// Whether no character of the text moves or merges with another: such a text is in NFC.
#[must_use]
pub fn stands_alone(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii() || folded(c).1)
}

/// The folded text, if no character of it changes what stands beside it.
fn fold_one_by_one(text: &str) -> Option<String> {
    let mut whole = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() {
            whole.push(c.to_ascii_lowercase());
        } else {
            let (folded, true) = folded(c) else { return None };
            whole.push_str(folded);
        }
    }
    Some(whole)
}

/// What a character folds to, and whether it does so whatever stands beside it.
fn folded(c: char) -> (&'static str, bool) {
    let (page, index) = (c as usize / PAGE, c as usize % PAGE);
    let page = PAGES[page].get_or_init(|| Box::new(FoldPage::new(page * PAGE)));
    let (from, to) = (page.bounds[index], page.bounds[index + 1]);
    (&page.folded[usize::from(from)..usize::from(to)], page.stands_alone[index])
}

impl FoldPage {
    /// The page that begins with this code point.
    fn new(first: usize) -> Self {
        let (mut folded, mut bounds, mut stands_alone) = (String::new(), [0; PAGE + 1], [false; PAGE]);
        for index in 0..PAGE {
            // A surrogate is no character: nobody asks for its form.
            if let Some(c) = u32::try_from(first + index).ok().and_then(char::from_u32) {
                let form = by_definition(std::iter::once(c));
                stands_alone[index] = starts_anew(c) && form.chars().next().is_some_and(starts_anew);
                folded.push_str(&form);
            }
            bounds[index + 1] = folded.len().try_into().expect("the forms of 256 characters have fewer than 64 KiB");
        }
        Self { folded: folded.into(), bounds, stands_alone }
    }
}

/// The folded form of a text, as Unicode defines it.
fn by_definition(text: impl Iterator<Item = char>) -> String {
    text.nfd().default_case_fold().nfkd().default_case_fold().nfkd().nfc().collect()
}

/// Whether the character neither moves nor merges with what stands before it.
fn starts_anew(c: char) -> bool {
    canonical_combining_class(c) == 0 && is_nfc_quick(std::iter::once(c)) == IsNormalized::Yes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn by_definition_of(text: &str) -> String {
        by_definition(text.chars())
    }

    proptest! {
        #[test]
        fn a_text_folds_as_unicode_defines_it(text in "[\\p{L}\\p{M}\\p{N}]{0,12}") {
            prop_assert_eq!(casefold(&text), by_definition_of(&text));
            let composed: String = text.nfc().collect();
            prop_assert_eq!(casefold_nfc(&composed), by_definition_of(&text));
            prop_assert!(!stands_alone(&text) || text == composed);
        }

        #[test]
        fn marks_and_letters_that_merge_fold_as_unicode_defines_it(
            text in "[aeoAΑαᾂᾳᾼıİßﬁ각각\u{301}\u{307}\u{308}\u{313}\u{300}\u{345}\u{315}\u{5ae}\u{1d16d}ＡｶﾞÅ]{0,12}"
        ) {
            prop_assert_eq!(casefold(&text), by_definition_of(&text));
            let composed: String = text.nfc().collect();
            prop_assert_eq!(casefold_nfc(&composed), by_definition_of(&text));
            prop_assert!(!stands_alone(&text) || text == composed);
        }
    }

    #[test]
    fn every_character_folds_as_unicode_defines_it() {
        for c in char::MIN..=char::MAX {
            assert_eq!(casefold(&c.to_string()), by_definition_of(&c.to_string()), "U+{:04X}", u32::from(c));
        }
    }
}
