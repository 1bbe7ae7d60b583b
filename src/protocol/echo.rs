//! What is handed back of what somebody typed.

/// At most 64 characters of what somebody typed, then `...`.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(64) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_echo_is_cut_to_64_characters() {
        assert_eq!(shortened(&"渊".repeat(64)), "渊".repeat(64));
        assert_eq!(shortened(&"渊".repeat(65)), format!("{}...", "渊".repeat(64)));
    }
}
