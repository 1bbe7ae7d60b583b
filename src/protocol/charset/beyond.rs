//! Characters that a charset has although the encoders of the web standard do not write them: they read more than they
//! write, since a form is to be understood by old servers. Here whoever reads a character must be able to write it.

use std::collections::HashMap;
use std::sync::OnceLock;

use encoding_rs::{BIG5, EUC_JP, EUC_KR, EncoderResult, Encoding, GB18030, GBK, ISO_2022_JP, SHIFT_JIS};

/// How a character is written that the encoder refuses.
pub(super) enum Spelled {
    /// These bytes.
    Bytes(Sequence),
    /// These bytes, which stand for the character and this one after it.
    Pair([u8; 2], char),
}

/// The bytes of one character: two, or three.
#[derive(Clone, Copy)]
pub(super) struct Sequence {
    bytes: [u8; 3],
    length: usize,
}

impl AsRef<[u8]> for Sequence {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// Sequences of Big5-HKSCS that stand for two characters.
const BIG5_PAIRS: [([u8; 2], char, char); 4] = [
    ([0x88, 0x62], '\u{ca}', '\u{304}'),
    ([0x88, 0x64], '\u{ca}', '\u{30c}'),
    ([0x88, 0xa3], '\u{ea}', '\u{304}'),
    ([0x88, 0xa5], '\u{ea}', '\u{30c}'),
];

/// How the encoding writes a character that its encoder refuses; `rest` is the text after it.
pub(super) fn spelling(encoding: &'static Encoding, character: char, rest: &str) -> Option<Spelled> {
    if encoding == BIG5 {
        let next = rest.chars().next();
        let pair = BIG5_PAIRS.iter().find(|(_, first, second)| *first == character && next == Some(*second));
        if let Some(&(bytes, _, second)) = pair {
            return Some(Spelled::Pair(bytes, second));
        }
    }
    table(encoding)?.get(&character).copied().map(Spelled::Bytes)
}

/// The text with the characters that the encoder writes. They are replaced before it sees them: in ISO-2022-JP it would
/// else leave its state at each of them, and no reader takes two changes of state in a row.
pub(super) fn with_twins(encoding: &'static Encoding, text: &str) -> Option<String> {
    let is_japanese = [SHIFT_JIS, EUC_JP, ISO_2022_JP].contains(&encoding);
    let has_twin = is_japanese && text.chars().any(|character| japanese_twin(character).is_some());
    has_twin.then(|| text.chars().map(|character| japanese_twin(character).unwrap_or(character)).collect())
}

/// The character that shares a place of JIS X 0208 with this one: Windows maps the place to one of the two, and all others
/// to the other.
fn japanese_twin(character: char) -> Option<char> {
    Some(match character {
        '\u{301c}' => '\u{ff5e}',
        '\u{2016}' => '\u{2225}',
        '\u{2014}' => '\u{2015}',
        '\u{a2}' => '\u{ffe0}',
        '\u{a3}' => '\u{ffe1}',
        '\u{ac}' => '\u{ffe2}',
        _ => return None,
    })
}

type Table = HashMap<char, Sequence>;

/// What the decoder of this encoding reads and its encoder does not write. Made when it is first needed.
fn table(encoding: &'static Encoding) -> Option<&'static Table> {
    static TABLES: [OnceLock<Table>; 6] = [const { OnceLock::new() }; 6];
    let index = [BIG5, SHIFT_JIS, EUC_JP, EUC_KR, GBK, GB18030].iter().position(|known| *known == encoding)?;
    Some(TABLES[index].get_or_init(|| unwritten(encoding)))
}

fn unwritten(encoding: &'static Encoding) -> Table {
    let two = (0x81..=0xfe).flat_map(|lead| (0x30..=0xfe).map(move |trail| [lead, trail, 0]));
    let three = (0xa1..=0xfe).flat_map(|lead| (0xa1..=0xfe).map(move |trail| [0x8f, lead, trail]));
    let sequences = two.map(|bytes| Sequence { bytes, length: 2 });
    let sequences = sequences.chain(three.map(|bytes| Sequence { bytes, length: 3 }));
    let mut table = Table::new();
    for sequence in sequences {
        let Some(character) = only_character(encoding, sequence.as_ref()) else { continue };
        if !writes(encoding, character) {
            table.entry(character).or_insert(sequence);
        }
    }
    table
}

/// The character that these bytes are, if they are one.
fn only_character(encoding: &'static Encoding, bytes: &[u8]) -> Option<char> {
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
    let mut characters = text.chars();
    characters.next().filter(|_| characters.next().is_none())
}

fn writes(encoding: &'static Encoding, character: char) -> bool {
    let mut encoder = encoding.new_encoder();
    let (mut text, mut out) = ([0; 4], [0; 16]);
    let (result, _, _) = encoder.encode_from_utf8_without_replacement(character.encode_utf8(&mut text), &mut out, true);
    result == EncoderResult::InputEmpty
}
