//! Bytes of a peer, both ways: they mean the same in whatever pieces they come, cost bounded memory, and what they mean
//! can be said again.
//!
//! Input: a character for the charset, one for the longest line, one for the pieces, then the stream.

use chatctl::protocol::charset::Charset;
use chatctl::protocol::command::Command;
use chatctl::protocol::dialect::{Asked, Dialect, Phase, Reading, Request, RequestLimits};
use chatctl::protocol::line::{Frame, LineFraming};
use chatctl::protocol::websocket::{FrameReader, Unframed};
use chatctl::text::visible::{is_control, visible};

use super::tape::Tape;

const LABELS: [&str; 12] = [
    "utf-8",
    "gbk",
    "gb18030",
    "big5",
    "shift_jis",
    "euc-jp",
    "iso-2022-jp",
    "euc-kr",
    "windows-1252",
    "koi8-r",
    "macintosh",
    "x-user-defined",
];

/// Panics if the stream means something else in pieces, is kept without bound, or cannot be said again.
pub fn check(data: &[u8]) {
    let mut tape = Tape::new(data);
    let label = tape.pick(&LABELS);
    let charset = Charset::for_label(label).expect("the label is one of the standard");
    let max_line = [200, 0, 1, 7, 16, 64, 1000, 8192][tape.below(8)];
    let piece = 1 + tape.below(64);
    let stream = tape.rest();

    assert_eq!(frames(stream, stream.len().max(1), max_line), frames(stream, piece, max_line));
    for dialect in [Dialect::default(), Dialect::FOR_PROGRAMS] {
        // The newlines in the first bytes of the PROXY protocol mean blank lines unless all come at once.
        if stream.starts_with(b"\r") {
            break;
        }
        let whole = requests(dialect, charset, stream, stream.len().max(1), max_line);
        assert_eq!(whole, requests(dialect, charset, stream, piece, max_line));
    }
    for request in requests(Dialect::default(), charset, stream, piece, max_line) {
        if let Ok(Request::Command(command)) = request.what {
            assert_eq!(Command::parse(&command.to_string()), Ok(Some(command)));
        }
    }
    assert_eq!(messages(stream, stream.len().max(1)), messages(stream, piece));
    stream.split(|byte| *byte == b'\n').for_each(|line| hear(line, charset, label));
}

/// The lines of the stream, those that are too long as `None`.
fn frames(stream: &[u8], piece: usize, max_line: usize) -> Vec<Option<Vec<u8>>> {
    let (mut framing, mut found) = (LineFraming::new(max_line), Vec::new());
    for mut input in stream.chunks(piece) {
        while let Some(frame) = framing.next_frame(&mut input) {
            found.push(match frame {
                Frame::Line(line) => Some(line.to_vec()),
                Frame::TooLong => None,
            });
        }
        assert!(framing.memory() <= 2 * (max_line + 8), "{} bytes are kept of a line", framing.memory());
    }
    found
}

/// What a client wants that sends this; it has a name once it gave one.
fn requests(dialect: Dialect, charset: Charset, stream: &[u8], piece: usize, max_line: usize) -> Vec<Asked> {
    let mut reading = Reading::new(dialect, RequestLimits { is_control: false, max_line, max_users: 3 });
    let (mut phase, mut found) = (Phase::Login, Vec::new());
    for mut input in stream.chunks(piece) {
        while let Some(asked) = reading.next(&mut input, phase, charset) {
            if let Ok(Request::Name(_) | Request::Token(_)) = asked.what {
                phase = Phase::Chat;
            }
            found.push(asked);
        }
    }
    found
}

/// What the stream says in frames of WebSocket.
fn messages(stream: &[u8], piece: usize) -> Unframed {
    let (mut reader, mut found) = (FrameReader::default(), Unframed::default());
    for input in stream.chunks(piece) {
        let mut more = reader.take(input);
        found.lines.append(&mut more.lines);
        found.replies.append(&mut more.replies);
        found.farewell = found.farewell.or(more.farewell);
    }
    found
}

/// One line as a client hears it: it can be shown, and sent again in its charset.
fn hear(line: &[u8], charset: Charset, label: &str) {
    for dialect in Dialect::ALL {
        let _ = (dialect.may_be_answer(line), dialect.announced_charset(line));
    }
    let Ok(text) = charset.decode(line) else { return };
    assert!(!text.contains('\n'), "a line has no newline");
    Dialect::ALL.iter().for_each(|dialect| drop(dialect.read(&text)));
    assert!(!visible(&text).chars().any(is_control), "a screen may show it");

    let sent = charset.encode(&text);
    assert!(!sent.contains(&b'\n'), "{text:?} has a newline in {charset}");
    // The standard has an encoder of ISO-2022-JP write half-width katakana in full width, and a decoder of GBK read the
    // four bytes of GB18030, which no encoder of GBK writes.
    let is_changed = match label {
        "iso-2022-jp" => text.chars().any(|c| ('\u{ff61}'..='\u{ff9f}').contains(&c)),
        "gbk" => charset.lacking(&text).is_some(),
        _ => false,
    };
    if !is_changed {
        assert_eq!(charset.decode(&sent).as_deref(), Ok(&*text), "it comes back from {charset}");
    }
}
