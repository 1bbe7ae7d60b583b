//! What decides whether two texts are the same to a reader: case, width and compatibility forms do not count.

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;

/// NFKC_Casefold of a text without default-ignorable code points (Unicode, section 3.13).
#[must_use]
pub fn casefold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().nfd().default_case_fold().nfkd().default_case_fold().nfkd().nfc().collect()
}
