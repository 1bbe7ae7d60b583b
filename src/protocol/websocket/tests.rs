use proptest::prelude::*;

use super::*;

/// A frame as a client sends it.
fn masked(opcode: u8, is_final: bool, payload: &[u8]) -> Vec<u8> {
    let mask = [0x12, 0x0a, 0x56, 0x78];
    let mut frame = vec![opcode | if is_final { 0x80 } else { 0 }];
    match payload.len() {
        short @ 0..126 => frame.push(0x80 | u8::try_from(short).unwrap()),
        middle @ 126..0x10000 => {
            frame.push(0x80 | 126);
            frame.extend(u16::try_from(middle).unwrap().to_be_bytes());
        }
        long => {
            frame.push(0x80 | 127);
            frame.extend((long as u64).to_be_bytes());
        }
    }
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

fn taken(input: &[u8]) -> Unframed {
    FrameReader::default().take(input)
}

fn ends_with(input: &[u8], code: u16) {
    let found = taken(input);
    let expected = [&[0x88, 2][..], &code.to_be_bytes()].concat();
    assert_eq!(found.farewell, Some(expected), "{input:02x?}");
}

#[test]
fn messages_become_lines_and_newlines_in_them_blanks() {
    let input = [masked(1, true, b"{\"a\":\n1}"), masked(1, true, "渊".as_bytes())].concat();
    assert_eq!(taken(&input).lines, "{\"a\":\r1}\n渊\n".as_bytes());
}

#[test]
fn a_ping_in_the_middle_of_a_message_is_answered_at_once() {
    let input = [masked(1, false, b"he"), masked(9, true, b"x"), masked(0, true, b"llo")].concat();
    let found = taken(&input);
    assert_eq!((found.lines, found.replies), (b"hello\n".to_vec(), vec![0x8a, 1, b'x']));
}

#[test]
fn a_close_is_answered_behind_what_came_before_it_and_ends_the_input() {
    let input = [masked(9, true, b""), masked(1, true, b"last"), masked(8, true, &[3, 0xe8]), masked(1, true, b"no")];
    let mut reader = FrameReader::default();
    let found = reader.take(&input.concat());
    assert_eq!(found.lines, b"last\n");
    assert_eq!(found.replies, [0x8a, 0]);
    assert_eq!(found.farewell, Some(vec![0x88, 2, 3, 0xe8]));
    assert_eq!(reader.take(&masked(1, true, b"no")), Unframed::default());
    assert_eq!(taken(&masked(8, true, b"")).farewell, Some(vec![0x88, 0]), "a close without a code");
}

#[test]
fn who_breaks_a_rule_is_told_which_kind_it_was() {
    ends_with(&[0x81, 1, b'x'], 1002); // not masked
    ends_with(&masked(3, true, b""), 1002); // a reserved kind
    ends_with(&masked(0x41, true, b""), 1002); // a reserved bit
    ends_with(&masked(9, true, &[b'x'; 126]), 1002); // a long ping
    ends_with(&masked(9, false, b""), 1002); // a ping in pieces
    ends_with(&masked(0, true, b""), 1002); // goes on with nothing
    ends_with(&[masked(1, false, b"a"), masked(1, true, b"b")].concat(), 1002); // begins anew in between
    ends_with(&masked(8, true, &[3]), 1002); // half a code
    ends_with(&masked(2, true, b"x"), 1003);
    ends_with(&masked(1, true, b"\xff"), 1007);
    ends_with(&masked(1, true, &vec![b'x'; MAX_MESSAGE + 1]), 1009);
    ends_with(&[0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4], 1009);
    let pieces = [masked(1, false, &[b'x'; 40_000]), masked(0, true, &[b'x'; 40_000])].concat();
    ends_with(&pieces, 1009);
}

#[test]
fn a_message_of_the_largest_size_is_taken() {
    assert_eq!(taken(&masked(1, true, &vec![b'x'; MAX_MESSAGE])).lines.len(), MAX_MESSAGE + 1);
}

#[test]
fn a_server_frames_each_line_by_itself() {
    let mut out = b"before".to_vec();
    out.extend(b"one\ntwo\n");
    Framing::WebSocket.frame(&mut out, 6);
    assert_eq!(out, b"before\x81\x03one\x81\x03two");
    assert_eq!(Framing::WebSocket.farewell(CloseReason::Quit), [0x88, 2, 3, 0xe8]);
    assert_eq!(Framing::Lines.farewell(CloseReason::Quit), b"");
}

proptest! {
    #[test]
    fn any_pieces_of_the_input_give_the_same_messages(
        texts in prop::collection::vec("[a-z渊]{0,200}", 0..5),
        cuts in prop::collection::vec(1_usize..40, 1..60),
    ) {
        let input: Vec<u8> = texts.iter().flat_map(|text| masked(1, true, text.as_bytes())).collect();
        let (mut reader, mut rest, mut lines) = (FrameReader::default(), &input[..], Vec::new());
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, tail) = rest.split_at((*cut).min(rest.len()));
            lines.extend(reader.take(piece).lines);
            rest = tail;
        }
        prop_assert_eq!(lines, texts.iter().flat_map(|text| [text, "\n"]).collect::<String>().into_bytes());
    }

    #[test]
    fn the_end_of_the_message_in_progress_is_found(
        lengths in prop::collection::vec(prop_oneof![0_usize..130, 65_530_usize..65_545], 1..6),
        written in 0_usize..200_000,
    ) {
        // Lengths of 10 bytes and a payload of newlines: nothing in them looks like an end.
        for framing in [Framing::Lines, Framing::WebSocket] {
            let (mut bytes, mut ends) = (Vec::new(), vec![0]);
            for length in &lengths {
                let start = bytes.len();
                bytes.extend(std::iter::repeat_n(b'x', *length));
                bytes.push(b'\n');
                framing.frame(&mut bytes, start);
                ends.push(bytes.len());
            }
            let written = written % (bytes.len() + 1);
            let expected = *ends.iter().find(|end| **end >= written).unwrap();
            prop_assert_eq!(framing.end_of_message(&bytes, written), expected);
        }
    }

    #[test]
    fn no_bytes_can_make_the_reader_fail(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        taken(&bytes);
    }
}

#[test]
fn whole_messages_are_taken_as_they_are_in_pieces() {
    let long = vec![b'x'; 65_536 - 1];
    let messages: [&[u8]; 8] =
        [b"", b"\n", b"a\nb\n", &long[..125], &long[..126], &long, "\u{6e0a}".as_bytes(), b"\xff"];
    let frames: Vec<Vec<u8>> = messages.iter().map(|message| masked(1, true, message)).collect();
    let of_bytes = masked(2, true, b"bytes");
    for frame in frames.iter().chain([&of_bytes]) {
        for reader in [FrameReader::default, || FrameReader::default().taking_bytes()] {
            let whole = reader().take(&[&frames[2], frame, &frames[3]].map(Vec::as_slice).concat());
            // Begun in one read and ended in the next: nothing of it is plain.
            let mut in_pieces = reader();
            let mut found = in_pieces.take(&frames[2][..1]);
            let rest = [&frames[2][1..], frame, &frames[3]].concat();
            let ended = in_pieces.take(&rest);
            found.lines.extend(ended.lines);
            found.replies.extend(ended.replies);
            found.farewell = ended.farewell;
            assert_eq!(whole, found, "{} bytes", frame.len());
        }
    }
}

#[test]
fn a_message_of_which_the_end_is_still_to_come_is_waited_for() {
    let (first, second) = (masked(1, true, b"first"), masked(1, true, b"second"));
    let mut reader = FrameReader::default();
    assert_eq!(reader.take(&[first.as_slice(), &second[..9]].concat()).lines, b"first\n");
    assert_eq!(reader.take(&second[9..]).lines, b"second\n");
    assert_eq!(reader.take(&first).lines, b"first\n");
}
