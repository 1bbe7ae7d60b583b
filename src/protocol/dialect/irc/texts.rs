//! The texts of messages: what IRC clients put into them besides letters, and how a text goes into lines of 512 bytes.

use std::borrow::Cow;

use crate::protocol::command::{BadCommand, Manner, Original, Text};
use crate::protocol::departure::Departure;

/// Stands before and behind a request in a text.
const QUOTE: char = '\u{1}';

/// What a client wants said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wording {
    /// A text for people.
    Text(Text),
    /// A request for the other client.
    Request(Box<str>),
}

/// Why a text is not said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unsayable {
    /// It has no letter.
    Empty,
    /// It holds this control character.
    Control(char),
    /// It offers a connection from client to client, which tells addresses.
    Dcc,
}

/// What a client means by this text.
pub(super) fn wording(written: &str, is_notice: bool, tags: &str) -> Result<Wording, Unsayable> {
    let (manner, body) = match written.strip_prefix(QUOTE) {
        Some(request) => {
            let request = request.strip_suffix(QUOTE).unwrap_or(request);
            let (kind, rest) = request.split_once(' ').unwrap_or((request, ""));
            match kind {
                "ACTION" => (Manner::Does, rest),
                "DCC" => return Err(Unsayable::Dcc),
                _ => return unformatted(request).map(|_| Wording::Request(written.into())),
            }
        }
        None => (if is_notice { Manner::Notices } else { Manner::Says }, written),
    };
    let plain = unformatted(body)?;
    if plain.is_empty() {
        return Err(Unsayable::Empty);
    }
    let written = matches!(plain, Cow::Owned(_)).then(|| body.into());
    let original = Original { manner, written, cuts: Box::default(), tags: tags.into() };
    let text = Text::new(&if manner == Manner::Does { format!("* {plain}").into() } else { plain });
    let text = text.map_err(|bad| match bad {
        BadCommand::ControlCharacter(control) => Unsayable::Control(control),
        _ => Unsayable::Empty,
    })?;
    Ok(Wording::Text(text.with_original(original)))
}

/// The text without bold, colors and the like, the numbers of colors included; borrowed if there are none.
fn unformatted(text: &str) -> Result<Cow<'_, str>, Unsayable> {
    // U+0080 to U+009F are control characters too, and begin with this byte.
    let may_be_control = |byte: &u8| *byte < 0x20 || *byte == 0x7f || *byte == 0xc2;
    if !text.as_bytes().iter().any(may_be_control) {
        return Ok(Cow::Borrowed(text));
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '\u{2}' | '\u{f}' | '\u{11}' | '\u{16}' | '\u{1d}' | '\u{1e}' | '\u{1f}' => {}
            '\u{3}' => rest = without_color(rest, 1, 2, |c| c.is_ascii_digit()),
            '\u{4}' => rest = without_color(rest, 6, 6, |c| c.is_ascii_hexdigit()),
            '\t' | '\n' => out.push(c),
            control if control.is_control() => return Err(Unsayable::Control(control)),
            letter => out.push(letter),
        }
    }
    Ok(if out == text { Cow::Borrowed(text) } else { Cow::Owned(out) })
}

/// Without the number of a color and that of the background behind it.
fn without_color(text: &str, least: usize, most: usize, is_digit: impl Fn(char) -> bool + Copy) -> &str {
    let digits = |text: &str| text.chars().take(most).take_while(|c| is_digit(*c)).count();
    let color = digits(text);
    if color < least {
        return text;
    }
    let rest = &text[color..];
    match rest.strip_prefix(',').map(|behind| (behind, digits(behind))) {
        Some((behind, background)) if background >= least => &behind[background..],
        _ => rest,
    }
}

/// The text if it goes into one line as it is, whose other parts leave so many bytes: most texts do.
pub(super) fn single_body(text: &Text, room: usize) -> Option<&str> {
    let body = text.as_str();
    let is_plain = text.original().is_none_or(|Original { manner, written, cuts, tags: _ }| {
        *manner != Manner::Does && written.is_none() && cuts.is_empty()
    });
    (is_plain && (1..=room).contains(&body.len()) && memchr::memchr(b'\n', body.as_bytes()).is_none()).then_some(body)
}

/// The text as it goes into lines whose other parts leave so many bytes, in order.
pub(super) fn bodies(text: &Text, room: usize) -> Vec<String> {
    let lines = segments(text).into_iter().map(|(_, line)| line).filter(|line| !line.is_empty());
    match text.manner() {
        Manner::Does => {
            let frame = "\u{1}ACTION \u{1}".len();
            lines
                .flat_map(|line| pieces(line.strip_prefix("* ").unwrap_or(line), room.saturating_sub(frame)))
                .map(|piece| format!("{QUOTE}ACTION {piece}{QUOTE}"))
                .collect()
        }
        Manner::Says | Manner::Notices => lines.flat_map(|line| pieces(line, room)).map(str::to_owned).collect(),
    }
}

/// The lines of a text, and where its client has cut these; each with whether it goes on with the one before it.
fn segments(text: &Text) -> Vec<(bool, &str)> {
    let written = text.original().and_then(|original| original.written.as_deref()).unwrap_or(text.as_str());
    let cuts: &[usize] = text.original().map_or(&[], |original| &original.cuts);
    let (mut found, mut start) = (Vec::new(), 0);
    for line in written.split('\n') {
        let end = start + line.len();
        let mut from = start;
        for cut in cuts.iter().copied().filter(|cut| start < *cut && *cut < end && written.is_char_boundary(*cut)) {
            found.push((from > start, &written[from..cut]));
            from = cut;
        }
        found.push((from > start, &written[from..end]));
        start = end + 1;
    }
    found
}

/// The text in lines whose other parts leave so many bytes, and whether each goes on with the one before it. Nothing is lost.
pub(super) fn lines_in_full(text: &Text, room: usize) -> Vec<(bool, &str)> {
    let mut lines = Vec::new();
    for (mut goes_on, mut line) in segments(text) {
        while line.len() > room.max(4) {
            let end = (0..=room.max(4)).rev().find(|at| line.is_char_boundary(*at)).unwrap_or(0);
            let (piece, rest) = line.split_at(end);
            lines.push((goes_on, piece));
            (goes_on, line) = (true, rest);
        }
        lines.push((goes_on, line));
    }
    lines
}

/// The text in pieces of at most so many bytes, cut at blanks if there are some in the second half of a piece.
fn pieces(mut text: &str, most: usize) -> Vec<&str> {
    let most = most.max(4);
    let mut found = Vec::new();
    while text.len() > most {
        let start = &text[..(0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(most)];
        let blank = start.rfind(' ').filter(|at| *at > most / 2);
        let (piece, rest) = text.split_at(blank.unwrap_or(start.len()));
        found.push(piece);
        text = rest.strip_prefix(' ').filter(|_| blank.is_some()).unwrap_or(rest);
    }
    if !text.is_empty() {
        found.push(text);
    }
    found
}

/// Why somebody is gone, as it is said behind QUIT.
pub(super) fn last_words(departure: Departure, said: Option<&str>) -> String {
    match (departure, said) {
        (Departure::Quit | Departure::LeftRoom, Some(said)) => format!("Quit: {said}"),
        (Departure::Quit | Departure::LeftRoom, None) => "Quit".to_owned(),
        (Departure::ConnectionClosed, _) => "Connection closed".to_owned(),
        (Departure::TimedOut, _) => "Connection timed out".to_owned(),
        (Departure::Removed, _) => "Removed by an operator".to_owned(),
        (Departure::SlowConsumer, _) => "Too much unread".to_owned(),
        (Departure::ServerStopped, _) => "Server stopped".to_owned(),
        (Departure::ServerLost, _) => "Server lost".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(written: &str) -> Text {
        match wording(written, false, "") {
            Ok(Wording::Text(text)) => text,
            other => panic!("{written:?} is {other:?}"),
        }
    }

    #[test]
    fn formatting_is_for_those_who_know_it() {
        let said = text("\u{2}bold\u{2} \u{3}04,12red\u{3} \u{4}ff0000x\u{f} \u{3},1");
        assert_eq!(said.as_str(), "bold red x ,1");
        assert_eq!(bodies(&said, 400), ["\u{2}bold\u{2} \u{3}04,12red\u{3} \u{4}ff0000x\u{f} \u{3},1"]);
        assert_eq!(wording("\u{2}\u{3}4", false, ""), Err(Unsayable::Empty));
        assert_eq!(wording("a\u{7}", false, ""), Err(Unsayable::Control('\u{7}')));
    }

    #[test]
    fn an_action_reads_as_one_everywhere() {
        let said = text("\u{1}ACTION waves\u{1}");
        assert_eq!((said.as_str(), said.manner()), ("* waves", Manner::Does));
        assert_eq!(bodies(&said, 400), ["\u{1}ACTION waves\u{1}"]);
        assert!(matches!(wording("\u{1}VERSION\u{1}", false, ""), Ok(Wording::Request(_))));
        assert_eq!(wording("\u{1}DCC SEND x 1 2\u{1}", false, ""), Err(Unsayable::Dcc));
    }

    #[test]
    fn a_long_text_is_cut_at_blanks_and_never_inside_a_character() {
        assert_eq!(pieces("aaa bbb ccc", 8), ["aaa bbb", "ccc"]);
        assert_eq!(pieces("渊渊渊", 7), ["渊渊", "渊"]);
        assert_eq!(bodies(&Text::new("a\n\nb").unwrap(), 400), ["a", "b"]);
    }

    proptest! {
        #[test]
        fn what_goes_into_one_line_as_it_is_is_that_line(
            written in "[a-c 渊\u{2}\n]{1,12}", is_notice: bool, tags in "(\\+x)?", room in 0_usize..20
        ) {
            if let Ok(Wording::Text(said)) = wording(&written, is_notice, &tags)
                && let Some(body) = single_body(&said, room)
            {
                prop_assert_eq!(bodies(&said, room), [body]);
            }
        }

        #[test]
        fn what_needs_no_second_look_has_no_formatting(written in "[a \u{1}-\u{1f}\u{7f}-\u{a1}0-9,]{0,8}") {
            if let Ok(Cow::Borrowed(plain)) = unformatted(&written) {
                prop_assert!(!plain.chars().any(|c| c.is_control() && c != '\t' && c != '\n'));
            }
        }

        #[test]
        fn nothing_of_a_text_is_lost(text in "[^ \0-\u{1f}]{1,300}", most in 4_usize..60) {
            let pieces = pieces(&text, most);
            prop_assert!(pieces.iter().all(|piece| piece.len() <= most));
            prop_assert_eq!(pieces.concat(), text);
        }
    }
}
