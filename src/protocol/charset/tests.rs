//! Every encoding that can be used, with every character and with bytes of any kind.

use std::time::SystemTime;

use proptest::prelude::*;

use super::*;
use crate::protocol::command::{Command, Text};
use crate::protocol::dialect::Dialect;
use crate::protocol::event::{Event, Mark, RoomEvent};
use crate::protocol::line::{Frame, LineFraming};
use crate::protocol::name::{RoomName, UserName};

/// The encodings of the WHATWG encoding standard but UTF-16 and `replacement`.
const NAMES: &[&str] = &[
    "utf-8",
    "gbk",
    "gb18030",
    "big5",
    "euc-jp",
    "iso-2022-jp",
    "shift_jis",
    "euc-kr",
    "ibm866",
    "iso-8859-2",
    "iso-8859-3",
    "iso-8859-4",
    "iso-8859-5",
    "iso-8859-6",
    "iso-8859-7",
    "iso-8859-8",
    "iso-8859-8-i",
    "iso-8859-10",
    "iso-8859-13",
    "iso-8859-14",
    "iso-8859-15",
    "iso-8859-16",
    "koi8-r",
    "koi8-u",
    "macintosh",
    "windows-874",
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "windows-1253",
    "windows-1254",
    "windows-1255",
    "windows-1256",
    "windows-1257",
    "windows-1258",
    "x-mac-cyrillic",
    "x-user-defined",
];

fn charset(name: &str) -> Charset {
    Charset::for_label(name).unwrap()
}

fn charsets() -> impl Strategy<Value = Charset> {
    prop::sample::select(NAMES).prop_map(charset)
}

/// What the other side makes of a character.
fn arrives_as(charset: Charset, c: char) -> String {
    charset.decode(&charset.encode(c.encode_utf8(&mut [0; 4]))).unwrap().into_owned()
}

/// The lines of bytes that come in reads of these sizes, in turn.
fn lines_of_reads(bytes: &[u8], sizes: &[usize]) -> Vec<Vec<u8>> {
    let mut framing = LineFraming::new(8192);
    let (mut lines, mut rest) = (Vec::new(), bytes);
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (mut read, tail) = rest.split_at((*size).min(rest.len()));
        while let Some(frame) = framing.next_frame(&mut read) {
            match frame {
                Frame::Line(line) => lines.push(line.to_vec()),
                Frame::TooLong => panic!("nothing here is so long"),
            }
        }
        rest = tail;
    }
    lines
}

#[test]
fn labels_are_looked_up_in_any_case_and_shown_by_their_name() {
    assert_eq!(charset("GB2312").to_string(), "gbk");
    assert_eq!(charset(" Latin1 ").to_string(), "windows-1252");
    for name in NAMES {
        assert_eq!(charset(name).to_string(), *name);
    }
}

#[test]
fn charsets_that_cannot_be_read_line_by_line_are_refused() {
    let refused = |label| Charset::for_label(label).unwrap_err().to_string();
    assert_eq!(refused("klingon"), "unknown encoding 'klingon'");
    assert_eq!(refused("UTF-16LE"), "utf-16le is not usable line by line");
    assert_eq!(refused("utf-16"), "utf-16le is not usable line by line");
    assert_eq!(refused("iso-2022-kr"), "iso-2022-kr is not usable line by line");
}

#[test]
fn only_charsets_without_states_can_be_cut_anywhere() {
    for name in NAMES {
        match Charset::by_character(name) {
            Ok(charset) => assert_eq!(charset.to_string(), *name),
            Err(error) => assert_eq!(error.to_string(), "iso-2022-jp is not usable without lines"),
        }
    }
}

#[test]
fn a_byte_order_mark_is_not_looked_for() {
    assert!(Charset::GBK.decode(b"\xff\xfea\0").is_err());
    assert_eq!(Charset::UTF_8.decode("\u{feff}hi".as_bytes()).unwrap(), "\u{feff}hi");
}

#[test]
fn what_a_charset_lacks_becomes_a_question_mark() {
    assert_eq!(Charset::GBK.encode("a\u{1F98A}b"), b"a?b");
    let japanese = charset("iso-2022-jp");
    assert_eq!(japanese.decode(&japanese.encode("日\u{1F98A}本")).unwrap(), "日?本");
}

#[test]
fn a_character_arrives_as_itself_or_as_a_question_mark() {
    // The standard writes these three of Japanese as their neighbors, which look the same in Japan; the others have a
    // full-width twin that other tables of the same charset read in their place.
    let neighbors = [
        ('¥', "\\"),
        ('‾', "~"),
        ('\u{2212}', "\u{ff0d}"),
        ('¢', "￠"),
        ('£', "￡"),
        ('¬', "￢"),
        ('‖', "∥"),
        ('〜', "～"),
        ('—', "―"),
    ];
    // And half-width katakana, in ISO-2022-JP, as full-width ones.
    let half_width = '\u{ff61}'..='\u{ff9f}';
    // And what China's encodings had for private use until Unicode gave it a place.
    let private = '\u{e000}'..='\u{f8ff}';
    for name in NAMES.iter().filter(|name| **name != "utf-8") {
        let charset = charset(name);
        // Of East Asia's many thousands, a fifth tells as much.
        let looked_at = |c: &char| *c < '\u{3000}' || u32::from(*c).is_multiple_of(5) || half_width.contains(c);
        let others = ['\u{1F98A}', '\u{20000}', '\u{10ffff}'];
        for c in ('\u{80}'..='\u{ffff}').filter(looked_at).chain(others) {
            let arrived = arrives_as(charset, c);
            let same = arrived == c.to_string() || arrived == "?" || neighbors.contains(&(c, arrived.as_str()));
            let widened = *name == "iso-2022-jp" && half_width.contains(&c);
            let placed = name.starts_with("gb") && private.contains(&c);
            assert!(same || widened || placed, "{c:?} arrives as {arrived:?} in {name}");
        }
    }
}

#[test]
fn a_second_byte_that_looks_like_ascii_is_part_of_its_character() {
    for (second, c) in [(b'{', '妠'), (b'|', '妡'), (b'\\', '奬'), (b'@', '夽'), (b'}', '妢')] {
        let bytes = [&b"send lobby "[..], &[0x8A, second], b" {{me}}"].concat();
        let decoded = Charset::GBK.decode(&bytes).unwrap();
        assert_eq!(Charset::GBK.encode(&decoded), bytes);
        assert_eq!(decoded.chars().nth(11), Some(c), "{second:x}");
    }
}

#[test]
fn a_name_is_the_same_in_every_encoding_that_has_it() {
    for name in ["alice", "渊渊", "Жанна", "日本", "José", "Ελένη", "가나다", "渊ＡＢ"] {
        let expected = UserName::new(name).unwrap();
        let having = NAMES.iter().map(|name| charset(name)).filter(|charset| {
            let encoded = charset.encode(name);
            charset.decode(&encoded).unwrap() == name
        });
        let named: Vec<_> =
            having.map(|charset| UserName::new(&charset.decode(&charset.encode(name)).unwrap())).collect();
        assert!(named.len() >= 3, "{name} is in too few encodings to compare");
        assert!(named.iter().all(|named| named.as_ref() == Ok(&expected)), "{name}: {named:?}");
    }
}

/// Text that each encoding has something of, and something not.
const MIXED: &str = "[ -~é渊日本語вдЖÿ€가，ｱ¥‾ĀŐığש؟ﬂกΩ\u{a0}\u{e000}\u{1F98A}]{0,40}";

proptest! {
    #[test]
    fn what_can_be_expressed_comes_back_however_the_bytes_are_split(
        charset in charsets(),
        lines in prop::collection::vec(MIXED, 1..6),
        sizes in prop::collection::vec(1_usize..9, 1..20),
    ) {
        let expressible = |line: &String| line.chars().filter(|c| arrives_as(charset, *c) == c.to_string()).collect();
        let lines: Vec<String> = lines.iter().map(expressible).collect();
        let bytes: Vec<u8> = lines.iter().flat_map(|line| charset.encode(&format!("{line}\n"))).collect();
        let arrived = lines_of_reads(&bytes, &sizes);
        let arrived: Vec<_> = arrived.iter().map(|line| charset.decode(line).unwrap().into_owned()).collect();
        prop_assert_eq!(arrived, lines);
    }

    #[test]
    fn a_text_ends_inside_a_character_exactly_where_it_was_cut_there(charset in charsets(), text in MIXED) {
        prop_assume!(charset.0.is_ascii_compatible());
        let bytes = charset.encode(&text);
        let mut ends = vec![0];
        ends.extend(text.char_indices().skip(1).map(|(at, _)| charset.encode(&text[..at]).len()));
        ends.push(bytes.len());
        for cut in 0..=bytes.len() {
            prop_assert_eq!(charset.ends_inside_character(&bytes[..cut]), !ends.contains(&cut), "{} of {:x?}", cut, bytes);
        }
    }

    #[test]
    fn no_bytes_smuggle_a_control_character_into_a_command(
        charset in charsets(),
        bytes in prop::collection::vec(prop_oneof![any::<u8>(), 0x80_u8..=0xff, Just(0x1b_u8)], 0..20),
    ) {
        let bytes = [b"send lobby ", bytes.as_slice()].concat();
        for line in lines_of_reads(&[bytes.as_slice(), b"\n"].concat(), &[7]) {
            let Ok(line) = charset.decode(&line) else { continue };
            if let Ok(Some(Command::SendRoom { text, .. })) = Command::parse(&line) {
                prop_assert!(!text.as_str().chars().any(|c| c.is_control() && c != '\t'), "{:?}", text);
            }
        }
    }

    #[test]
    fn no_text_smuggles_a_line_a_control_character_or_a_source_to_anybody(
        charset in charsets(),
        said in "[^\\pC\\n]{0,30}|[ -~\u{80}-\u{ffff}]{1,30}",
        name in "[a-z渊éЖ가]{1,8}",
    ) {
        let Ok(text) = Text::new(&said) else { return Ok(()) };
        let from = UserName::new(&name).unwrap();
        let room = RoomName::new("lobby").unwrap();
        let mark = Mark { id: 1, at: SystemTime::UNIX_EPOCH };
        let said = Event::InRoom { room, sequence: 1, what: RoomEvent::Said { from, text }, mark };
        let line = Dialect::default().spelled(&said);
        let lines = lines_of_reads(&charset.encode(&line), &[5]);
        prop_assert_eq!(lines.len(), 1);
        let arrived = charset.decode(&lines[0]).unwrap();
        prop_assert!(!arrived.chars().any(|c| c.is_control() && c != '\t'), "{:?}", arrived);
        let (source, _) = arrived.split_once(": ").unwrap();
        prop_assert_eq!(source.chars().count(), "lobby/".len() + name.chars().count(), "the source of {:?}", arrived);
    }
}

/// Every sequence of two bytes, and those of three that EUC-JP has.
fn sequences() -> impl Iterator<Item = Vec<u8>> {
    let two = (0x81..=0xfe).flat_map(|lead| (0x30..=0xfe).map(move |trail| vec![lead, trail]));
    let three = (0xa1..=0xfe).flat_map(|lead| (0xa1..=0xfe).map(move |trail| vec![0x8f, lead, trail]));
    two.chain(three)
}

#[test]
fn whatever_can_be_read_can_be_written() {
    for label in ["big5", "shift_jis", "euc-jp", "euc-kr", "gbk", "gb18030"] {
        let charset = Charset::for_label(label).unwrap();
        for bytes in sequences() {
            let Ok(text) = charset.decode(&bytes) else { continue };
            assert_eq!(charset.lacking(&text), None, "{label}: {bytes:x?} is {text:?}");
            let again = charset.encode(&text);
            assert_eq!(charset.decode(&again).as_deref(), Ok(&*text), "{label}: {bytes:x?} comes back as {again:x?}");
        }
    }
}

#[test]
fn hong_kong_and_japan_write_what_they_read() {
    let encoded = |label: &str, text: &str| Charset::for_label(label).unwrap().encode(text);
    assert_eq!(encoded("big5-hkscs", "我食咗嘢"), b"\xa7\xda\xad\xb9\x9d\xf7\x9d\xcf");
    let (wave, same) = ("またね〜‖¢£¬", "またね～∥￠￡￢");
    for label in ["shift_jis", "euc-jp", "iso-2022-jp"] {
        assert_eq!(encoded(label, wave), encoded(label, same), "{label}");
    }
    assert_eq!(encoded("shift_jis", "〜‖¢£¬"), b"\x81\x60\x81\x61\x81\x91\x81\x92\x81\xca");
}

#[test]
fn what_a_charset_lacks_is_named() {
    assert_eq!(Charset::GBK.lacking("a fox 🦊 渊"), Some('🦊'));
    assert_eq!(Charset::GBK.lacking("渊"), None);
    assert_eq!(Charset::UTF_8.lacking("🦊"), None);
    assert_eq!(Charset::for_label("iso-2022-jp").unwrap().lacking("ねこ\n🦊"), Some('🦊'));
}
