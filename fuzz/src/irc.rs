//! Bytes of an IRC client: they mean the same in whatever pieces they come, and before its greeting nothing of them is done
//! for anybody.
//!
//! Input: a character for the pieces, one for whether the client has been greeted, then the stream.

use chatctl::protocol::charset::Charset;
use chatctl::protocol::dialect::irc::Step;
use chatctl::protocol::dialect::{Asked, Dialect, Phase, Reading, Request, RequestLimits};

use super::tape::Tape;

/// Panics if the stream means something else in pieces, or does something too early.
pub fn check(data: &[u8]) {
    let mut tape = Tape::new(data);
    let piece = 1 + tape.below(64);
    let phase = tape.pick(&[Phase::Login, Phase::Chat]);
    let stream = tape.rest();
    let whole = asked(stream, stream.len().max(1), phase);
    assert_eq!(whole, asked(stream, piece, phase));
    for asked in whole {
        let Ok(Request::Instruction(instruction)) = asked.what else { continue };
        assert!(instruction.label.is_none_or(|label| (1..=64).contains(&label.len())));
        if phase == Phase::Login {
            assert!(!instruction.steps.iter().any(|step| matches!(step, Step::Do(_))), "nobody is there yet");
        }
    }
}

fn asked(stream: &[u8], piece: usize, phase: Phase) -> Vec<Asked> {
    let limits = RequestLimits { is_control: false, max_line: 512, max_users: 3 };
    let (mut reading, mut found) = (Reading::new(Dialect::FOR_IRC_CLIENTS, limits), Vec::new());
    for mut input in stream.chunks(piece) {
        while let Some(asked) = reading.next(&mut input, phase, Charset::UTF_8) {
            found.push(asked);
        }
    }
    found
}
