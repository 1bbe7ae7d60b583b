//! The last lines of one place. Nearly all of them were said: these are packed, as each line of a chat is kept and few are
//! ever asked for. What is packed costs no allocation, and half the memory of a [`Line`].

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use crate::hub::{Line, PlaceId};
use crate::protocol::command::Text;
use crate::protocol::event::{Mark, RoomEvent};
use crate::protocol::name::UserName;
use crate::protocol::recall::MessageMoment;

/// A ring that uses less than this part of its memory gives some back.
const SPARSE: usize = 4;

/// Memory below which that is not worth it, in bytes or lines.
const SMALL: usize = 4096;

/// Lines in the order of their numbers, oldest first.
#[derive(Debug, Clone)]
pub(super) struct Ring {
    place: PlaceId,
    lines: VecDeque<KeptLine>,
    /// The texts of the packed lines, one behind the other.
    texts: VecDeque<u8>,
}

#[derive(Debug, Clone)]
enum KeptLine {
    /// Somebody wrote a message.
    Said { number: u64, mark: Mark, from: UserName, text_len: u32 },
    /// Anything else.
    Whole(Arc<Line>),
}

impl KeptLine {
    fn number(&self) -> u64 {
        match self {
            Self::Said { number, .. } => *number,
            Self::Whole(line) => line.number,
        }
    }

    fn mark(&self) -> Mark {
        match self {
            Self::Said { mark, .. } => *mark,
            Self::Whole(line) => line.mark,
        }
    }

    /// Bytes of its text that are packed.
    fn text_len(&self) -> usize {
        match self {
            Self::Said { text_len, .. } => *text_len as usize,
            Self::Whole(_) => 0,
        }
    }

    /// The weight of the line that it was.
    fn weight(&self) -> usize {
        match self {
            Self::Said { text_len, .. } => Line::weight_of_said(*text_len as usize),
            Self::Whole(line) => line.weight(),
        }
    }
}

impl Ring {
    pub(super) fn new(place: PlaceId) -> Self {
        Self { place, lines: VecDeque::new(), texts: VecDeque::new() }
    }

    pub(super) fn push(&mut self, line: Arc<Line>) {
        let kept = match &line.what {
            RoomEvent::Said { from, text } => match u32::try_from(text.as_str().len()) {
                Ok(text_len) => {
                    self.append_text(text.as_str().as_bytes());
                    KeptLine::Said { number: line.number, mark: line.mark, from: from.clone(), text_len }
                }
                Err(_) => KeptLine::Whole(line),
            },
            _ => KeptLine::Whole(line),
        };
        self.lines.push_back(kept);
    }

    fn append_text(&mut self, text: &[u8]) {
        if self.texts.capacity() - self.texts.len() < text.len() {
            // By a quarter and not by doubling: texts are most of what a ring is, and it does not grow for long.
            self.texts.reserve_exact(text.len().max(self.texts.len() / 4));
        }
        self.texts.extend(text);
    }

    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    /// The number of the oldest line.
    pub(super) fn first(&self) -> Option<u64> {
        self.lines.front().map(KeptLine::number)
    }

    /// The id of the oldest line.
    pub(super) fn first_id(&self) -> Option<u64> {
        self.lines.front().map(|line| line.mark().id)
    }

    /// Returns the weight of the line that was dropped, if there was one.
    pub(super) fn drop_oldest(&mut self) -> Option<usize> {
        let line = self.lines.pop_front()?;
        self.texts.drain(..line.text_len());
        // Else many places that had long lines once would hold what the bounds do not count.
        give_back(&mut self.lines);
        give_back(&mut self.texts);
        Some(line.weight())
    }

    /// The weight of the line at this index.
    pub(super) fn weight(&self, index: usize) -> usize {
        self.lines[index].weight()
    }

    /// The weight of all lines together.
    pub(super) fn total_weight(&self) -> usize {
        self.lines.iter().map(KeptLine::weight).sum()
    }

    /// The index of the first line whose number is at least this.
    pub(super) fn index_of(&self, number: u64) -> usize {
        self.lines.partition_point(|line| line.number() < number)
    }

    /// The index of the first line that is not earlier than this.
    pub(super) fn index_at(&self, moment: MessageMoment) -> usize {
        self.lines.partition_point(|line| moment.is_after(line.mark()))
    }

    /// The index of the first line that is later than this.
    pub(super) fn index_after(&self, moment: MessageMoment) -> usize {
        self.lines.partition_point(|line| !moment.is_before(line.mark()))
    }

    /// Whether somebody wrote the line at this index.
    pub(super) fn is_said(&self, index: usize) -> bool {
        match &self.lines[index] {
            KeptLine::Said { .. } => true,
            KeptLine::Whole(line) => line.what.said().is_some(),
        }
    }

    /// The lines of these indexes, oldest first.
    pub(super) fn lines(&self, indexes: Range<usize>) -> Vec<Arc<Line>> {
        let mut begin = self.lines.range(..indexes.start).map(KeptLine::text_len).sum();
        let lines = self.lines.range(indexes).map(|line| match line {
            KeptLine::Said { number, mark, from, text_len } => {
                let end = begin + *text_len as usize;
                let what = RoomEvent::Said { from: from.clone(), text: self.text(begin..end) };
                begin = end;
                Arc::new(Line { place: self.place, number: *number, mark: *mark, what })
            }
            KeptLine::Whole(line) => Arc::clone(line),
        });
        lines.collect()
    }

    fn text(&self, bytes: Range<usize>) -> Text {
        let bytes = self.texts.range(bytes).copied().collect();
        let text = String::from_utf8(bytes).expect("a text is unpacked as it was packed");
        Text::new(&text).expect("what was packed was a text")
    }
}

fn give_back<T>(ring: &mut VecDeque<T>) {
    if ring.capacity() > SMALL && ring.len() < ring.capacity() / SPARSE {
        ring.shrink_to(SMALL.max(2 * ring.len()));
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::protocol::event::Departure;

    fn line(number: u64, what: RoomEvent) -> Arc<Line> {
        let mark = Mark { id: 100 + number, at: SystemTime::UNIX_EPOCH };
        Arc::new(Line { place: PlaceId::numbered(1), number, mark, what })
    }

    fn alice() -> UserName {
        UserName::new("Alice").unwrap()
    }

    fn said(number: u64, text: &str) -> Arc<Line> {
        line(number, RoomEvent::Said { from: alice(), text: Text::new(text).unwrap() })
    }

    #[test]
    fn lines_come_out_as_they_went_in_however_often_the_ring_has_turned() {
        let mut ring = Ring::new(PlaceId::numbered(1));
        let lines: Vec<_> = (1..=500)
            .map(|number| match number % 5 {
                0 => line(number, RoomEvent::Left { user: alice(), why: Departure::Quit, said: None }),
                1 => said(number, "你好\nzwei"),
                _ => said(number, &"x".repeat(usize::try_from(number).unwrap())),
            })
            .collect();
        for (index, line) in lines.iter().enumerate() {
            ring.push(Arc::clone(line));
            if ring.len() > 7 {
                assert_eq!(ring.drop_oldest(), Some(lines[index - 7].weight()));
            }
            assert_eq!(ring.lines(0..ring.len()), lines[(index + 1).saturating_sub(7)..=index]);
        }
        assert_eq!(ring.lines(2..4), lines[495..497]);
        assert_eq!((ring.first(), ring.first_id(), ring.index_of(497)), (Some(494), Some(594), 3));
        assert_eq!(ring.total_weight(), lines[493..].iter().map(|line| line.weight()).sum::<usize>());
    }

    #[test]
    fn a_ring_that_has_dropped_its_long_lines_gives_their_memory_back() {
        let mut ring = Ring::new(PlaceId::numbered(1));
        (0..1000).for_each(|number| ring.push(said(number, &"x".repeat(8000))));
        ring.push(said(1000, "short"));
        while ring.len() > 1 {
            ring.drop_oldest();
        }
        assert!(ring.texts.capacity() <= SMALL, "{}", ring.texts.capacity());
        assert_eq!(ring.lines(0..1), [said(1000, "short")]);
    }
}
