//! One event as bytes: spelled once for each spelling that somebody needs it in.

use crate::protocol::dialect::{Hearer, Spelling};
use crate::protocol::event::Event;
use crate::protocol::sight::Sight;

/// The event at hand in each spelling that somebody needed. The buffers are kept for the events to come.
#[derive(Debug, Default)]
pub(in crate::server) struct Encoded {
    encoded: Vec<(Spelling, Vec<u8>)>,
    /// How many of them are of the event at hand.
    current: usize,
}

impl Encoded {
    /// Forgets the last event.
    pub(in crate::server) fn begin(&mut self) {
        self.current = 0;
    }

    /// For a connection of this spelling, whose client sees this; `event` is the same in every call since the last event
    /// was forgotten.
    #[inline]
    pub(in crate::server) fn of(&mut self, event: &Event, spelling: Spelling, sight: Option<&dyn Sight>) -> &[u8] {
        let known = self.encoded[..self.current].iter().position(|(other, _)| *other == spelling);
        let place = match known {
            Some(place) => place,
            None => self.spell(event, spelling, sight),
        };
        &self.encoded[place].1
    }

    #[cold]
    fn spell(&mut self, event: &Event, spelling: Spelling, sight: Option<&dyn Sight>) -> usize {
        let place = self.current;
        if place == self.encoded.len() {
            self.encoded.push((spelling, Vec::new()));
        }
        let (known_as, bytes) = &mut self.encoded[place];
        *known_as = spelling;
        bytes.clear();
        spelling.write(event, Hearer { sight }, bytes);
        // The next hearer may be told otherwise.
        self.current += usize::from(!spelling.dialect.is_personal(event));
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::charset::Charset;
    use crate::protocol::dialect::Dialect;

    #[test]
    fn an_event_is_spelled_once_for_each_charset_however_many_hear_it() {
        let gb18030 = Dialect::default().in_charset(Charset::for_label("gb18030").unwrap());
        let mut encoded = Encoded::default();
        for _ in 0..2 {
            encoded.begin();
            for hearer in 0..64 {
                let spelling = if hearer % 2 == 0 { Spelling::default() } else { gb18030 };
                assert_eq!(
                    encoded.of(&Event::Welcome, spelling, None),
                    Dialect::default().spelled(&Event::Welcome).as_bytes()
                );
            }
            assert_eq!((encoded.current, encoded.encoded.len()), (2, 2));
        }
    }
}
