//! How the value of a tag is escaped, both ways.

/// The value of a tag as it was meant.
pub(super) fn unescaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(':') => out.push(';'),
                Some('s') => out.push(' '),
                Some('r') => out.push('\r'),
                Some('n') => out.push('\n'),
                Some(other) => out.push(other),
                None => {}
            },
            other => out.push(other),
        }
    }
    out
}

/// A value as it is spelled in a tag.
pub(super) fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            ';' => out.push_str("\\:"),
            ' ' => out.push_str("\\s"),
            '\\' => out.push_str("\\\\"),
            '\r' => out.push_str("\\r"),
            '\n' => out.push_str("\\n"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_lonely_backslash_is_nothing() {
        assert_eq!(unescaped("a\\"), "a");
        assert_eq!(unescaped("a\\sb\\:\\q"), "a b;q");
    }

    proptest! {
        #[test]
        fn what_is_escaped_is_unescaped(text in "\\PC{0,20}") {
            prop_assert_eq!(unescaped(&escaped(&text)), text);
        }
    }
}
