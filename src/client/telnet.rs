//! Telnet's commands between the bytes of a text (RFC 854, 855): they are taken out, and every option that the server offers or
//! asks for is refused, as a client without options does. What is left is the text.

/// Begins a command; twice, it is a byte of the text.
const IAC: u8 = 0xff;
const DONT: u8 = 0xfe;
const DO: u8 = 0xfd;
const WONT: u8 = 0xfc;
const WILL: u8 = 0xfb;
/// Begins the parameters of an option, which go on to [`SE`].
const SB: u8 = 0xfa;
const SE: u8 = 0xf0;
/// The most bytes of answers that wait to be sent; a server that asks for more is not answered.
const MAX_ANSWERS: usize = 4 * 1024;

/// One direction of a Telnet connection: what the server sends.
#[derive(Debug, Default)]
pub(super) struct Telnet {
    state: TelnetState,
    answers: Vec<u8>,
}

/// What the next byte belongs to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum TelnetState {
    #[default]
    Text,
    /// A command of which only the first byte has come.
    Command,
    /// The option of this command.
    Option(u8),
    /// The parameters of an option.
    Parameters,
    /// The same, after a byte that may end them.
    ParametersCommand,
}

impl Telnet {
    /// The text in these bytes. Commands may begin in one read and end in another.
    pub(super) fn text(&mut self, input: &[u8]) -> Vec<u8> {
        let mut text = Vec::with_capacity(input.len());
        for &byte in input {
            self.state = match (self.state, byte) {
                (TelnetState::Text, IAC) => TelnetState::Command,
                (TelnetState::Text, _) => {
                    text.push(byte);
                    TelnetState::Text
                }
                (TelnetState::Command, IAC) => {
                    text.push(IAC);
                    TelnetState::Text
                }
                (TelnetState::Command, DO | DONT | WILL | WONT) => TelnetState::Option(byte),
                (TelnetState::Command, SB) => TelnetState::Parameters,
                (TelnetState::Command, _) => TelnetState::Text,
                (TelnetState::Option(verb), option) => {
                    self.refuse(verb, option);
                    TelnetState::Text
                }
                (TelnetState::Parameters, IAC) => TelnetState::ParametersCommand,
                (TelnetState::Parameters, _) => TelnetState::Parameters,
                (TelnetState::ParametersCommand, SE) => TelnetState::Text,
                (TelnetState::ParametersCommand, _) => TelnetState::Parameters,
            };
        }
        text
    }

    /// A refusal is itself not answered, so that two peers cannot go on for ever.
    fn refuse(&mut self, verb: u8, option: u8) {
        let answer = match verb {
            DO => WONT,
            WILL => DONT,
            _ => return,
        };
        if self.answers.len() < MAX_ANSWERS {
            self.answers.extend([IAC, answer, option]);
        }
    }

    /// What is to be sent to the server.
    pub(super) fn take_answers(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.answers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_refused_and_the_text_is_left_wherever_a_read_ends() {
        let sent = b"log\xff\xfd\x18in\xff\xfb\x01: \xff\xfa\x18\x01\xff\xff\xff\xf0\xff\xf9\xff\xff!\xff\xfe\x05";
        for cut in 0..=sent.len() {
            let mut telnet = Telnet::default();
            let text = [telnet.text(&sent[..cut]), telnet.text(&sent[cut..])].concat();
            assert_eq!(text, b"login: \xff!", "{cut}");
            assert_eq!(telnet.take_answers(), b"\xff\xfc\x18\xff\xfe\x01", "{cut}");
        }
    }

    #[test]
    fn answers_that_nobody_takes_are_bounded() {
        let mut telnet = Telnet::default();
        telnet.text(&b"\xff\xfd\x18".repeat(10_000));
        assert!(telnet.take_answers().len() <= MAX_ANSWERS + 3);
    }
}
