//! Text, numbers and words generated from a seed: the same seed gives the same values.

use fastrand::Rng;

use crate::lang::ast::Generator;

/// What generated text is made of: several scripts, wide and accented letters among them, so that a server that counts
/// bytes for characters is noticed.
const WORDS: &[&str] = &[
    "tea",
    "river",
    "seven",
    "hello",
    "maybe",
    "tomorrow",
    "café",
    "naïve",
    "über",
    "привет",
    "мир",
    "γειά",
    "渊",
    "你好",
    "天气",
    "日本語",
    "ねこ",
    "안녕",
    "سلام",
    "शुभ",
    "🦊",
    "🎉",
];

impl Generator {
    /// Makes the next value.
    #[must_use]
    pub fn generate(self, random: &mut Rng) -> String {
        match self {
            Self::Text { shortest, longest } => text(random.usize(shortest..=longest), random),
            Self::Int { lowest, highest } => random.i64(lowest..=highest).to_string(),
            Self::Word => (0..random.usize(4..=9)).map(|_| random.lowercase()).collect(),
        }
    }
}

/// Words with single blanks between them, `length` characters in all, without a blank at either end.
fn text(length: usize, random: &mut Rng) -> String {
    let mut characters: Vec<char> = Vec::with_capacity(length + 16);
    while characters.len() < length {
        if !characters.is_empty() {
            characters.push(' ');
        }
        characters.extend(WORDS[random.usize(..WORDS.len())].chars());
    }
    characters.truncate(length);
    if characters.last() == Some(&' ') {
        characters.pop();
        characters.push('x');
    }
    characters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_text_of_the_wanted_length() {
        let generator = Generator::Text { shortest: 20, longest: 60 };
        let (mut one, mut two) = (Rng::with_seed(7), Rng::with_seed(7));
        for _ in 0..500 {
            let text = generator.generate(&mut one);
            assert_eq!(text, generator.generate(&mut two));
            assert!((20..=60).contains(&text.chars().count()) && text.trim() == text, "{text:?}");
        }
    }

    #[test]
    fn numbers_stay_between_their_ends() {
        let mut random = Rng::with_seed(1);
        let generator = Generator::Int { lowest: -1, highest: 1 };
        assert!((0..100).all(|_| ["-1", "0", "1"].contains(&generator.generate(&mut random).as_str())));
    }
}
