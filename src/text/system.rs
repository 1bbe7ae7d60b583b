//! What the system says of its errors, for people: the words without the number.

/// A message without the numbers of system errors in it, such as ` (os error 111)`: they say nothing beyond the words.
#[must_use]
pub fn without_numbers(message: &str) -> String {
    const MARK: &str = " (os error ";
    let mut pieces = message.split(MARK);
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        match piece.split_once(')') {
            Some((number, rest)) if number.chars().all(|digit| digit.is_ascii_digit()) => text.push_str(rest),
            _ => text.extend([MARK, piece]),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_stay_and_the_numbers_go() {
        let said = "cannot read a: No such file or directory (os error 2); and b (os error 13)";
        assert_eq!(without_numbers(said), "cannot read a: No such file or directory; and b");
        for unchanged in ["", "an (os error of ours)", "cut off (os error 1"] {
            assert_eq!(without_numbers(unchanged), unchanged);
        }
    }
}
