//! What the hub cannot answer from its own state, and what was found out about it.

use std::sync::Arc;

use super::record::{Line, PlaceId};
use crate::protocol::event::{Event, PastEnd, PastEvent, PastLine, RoomSummary};
use crate::protocol::hindrance::Hindrance;
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::recall::{RecallPlace, RecallReason, RecallSpan, Recalled, RecalledLine, Recollection};
use crate::protocol::refusal::Refusal;
use crate::text::words::Words;

/// Something to find out for a session, whose next command waits for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Lines of a place.
    Page(PageQuestion),
    /// From which line on a place is kept.
    Extent(Extent),
    /// Lines that hold some words.
    Search(SearchQuestion),
    /// What an account has missed.
    Missed(MissedQuestion),
}

/// What an account has missed that logs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissedQuestion {
    /// What others wrote to it.
    pub pages: Vec<PageQuestion>,
    /// Its rooms in which something happened, with the numbers of the first and the last line of that.
    pub rooms: Vec<(RoomName, (u64, u64))>,
}

/// What a place is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum PageName {
    /// A room.
    Room(RoomName),
    /// What is written between whoever asks and another.
    Messages {
        /// The other.
        with: UserName,
        /// Who asks.
        own: UserName,
    },
}

/// A place of which the first line that is kept is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extent {
    /// Which one.
    pub place: PlaceId,
    /// The number of its last line.
    pub last: u64,
    /// What is known of it; what it takes to be shown is the first line.
    pub summary: RoomSummary,
}

/// Which lines of a place make a page. None comes after the last line of the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageRange {
    /// The last ones.
    Latest,
    /// The last ones before the line of this number.
    Before(u64),
    /// The first ones after the line of this number.
    After(u64),
    /// The last ones of those after the line of this number: what a client has missed.
    Missed(u64),
    /// Messages, alone or with what happened beside them, by their moments.
    Of(RecallSpan),
    /// The same as [`Missed`](Self::Missed), as it is told at a login: only if somebody else than who asks wrote something of it.
    Unread(u64),
}

/// Which lines are wanted that hold some words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchQuestion {
    /// Where they were said.
    pub places: Vec<SearchedPlace>,
    /// What their texts hold, as [`Words::are_in`] says. Only what people said is searched.
    pub words: Words,
    /// Who said it, if that counts.
    pub from: Option<UserName>,
    /// Only messages before the one of this id.
    pub before: u64,
    /// How many of the newest at most.
    pub most: usize,
}

/// A place that is searched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchedPlace {
    /// Which one.
    pub id: PlaceId,
    /// What it is called.
    pub room: RoomName,
    /// The number of the last line that counts.
    pub last: u64,
}

/// Which lines of a place are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageQuestion {
    /// Where they were said.
    pub place: PlaceId,
    /// What the place is called.
    pub name: PageName,
    /// Where in the place's lines to start.
    pub range: PageRange,
    /// How many at most.
    pub most: usize,
    /// The number of the place's last line when it was asked. Later ones are told as they happen.
    pub last: u64,
}

/// The answer to a [`Question`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Lines of a place.
    Page(Page),
    /// A place, and the number of the oldest line of it that is kept, if any is.
    Extent(Extent, Option<u64>),
    /// Lines that hold the words.
    Search(Hits),
    /// What an account has missed.
    Missed(MissedPages),
    /// Nothing, as the store cannot be read.
    Failed(Hindrance),
}

/// Lines of a place, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// What was asked for.
    pub of: PageQuestion,
    /// What was found of it.
    pub lines: Vec<Arc<Line>>,
    /// The number of the oldest line that is kept, if any is.
    pub first: Option<u64>,
}

/// What an account has missed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissedPages {
    /// What others wrote to it.
    pub pages: Vec<Page>,
    /// Its rooms in which something happened, with the numbers of the first and the last line of that.
    pub rooms: Vec<(RoomName, (u64, u64))>,
}

/// Lines that hold the words, in the order in which they were said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hits {
    /// What was asked for.
    pub of: SearchQuestion,
    /// The newest that were found.
    pub lines: Vec<Arc<Line>>,
    /// Whether there are older ones.
    pub more: bool,
}

impl Found {
    /// The id of the oldest message that a search has found, if there are older ones.
    #[must_use]
    pub fn goes_on_before(&self) -> Option<u64> {
        match self {
            Self::Search(hits) if hits.more => hits.lines.first().map(|line| line.mark.id),
            _ => None,
        }
    }

    /// The same, for a session whose client knows messages by their moments.
    #[must_use]
    pub fn recollection(self) -> Recollection {
        match self {
            Self::Page(page) => {
                let why = page.of.range.reason().unwrap_or(RecallReason::Missed);
                Recollection::Messages(why, vec![page.recalled()])
            }
            Self::Missed(missed) => {
                let reason = missed.pages.first().and_then(|page| page.of.range.reason());
                let why = reason.unwrap_or(RecallReason::Missed);
                let pages = missed.pages.into_iter().filter(Page::holds_news);
                Recollection::Messages(why, pages.map(Page::recalled).collect())
            }
            Self::Failed(_) | Self::Extent(..) | Self::Search(_) => Recollection::Failed,
        }
    }

    /// What is told to the session that asked, in order.
    #[must_use]
    pub fn told(self) -> Vec<Event> {
        match self {
            Self::Page(page) => vec![page.told()],
            Self::Extent(of, first) => {
                vec![Event::RoomShown(RoomSummary { kept: first.map(|first| (first, of.last)), ..of.summary })]
            }
            Self::Search(hits) => vec![hits.told()],
            Self::Missed(missed) => missed.told(),
            Self::Failed(why) => vec![Event::Refused(Refusal::Unavailable(why))],
        }
    }
}

impl Question {
    /// Those of a client that asks for pages several times at once, as one: one answer comes.
    #[must_use]
    pub fn together(questions: Vec<Self>) -> Vec<Self> {
        let (mut pages, mut others) = (Vec::new(), Vec::new());
        for question in questions {
            match question {
                Self::Page(page) if page.range.reason() == Some(RecallReason::Entered) => pages.push(page),
                Self::Missed(missed) => pages.extend(missed.pages),
                other => others.push(other),
            }
        }
        others.extend((!pages.is_empty()).then_some(Self::Missed(MissedQuestion { pages, rooms: Vec::new() })));
        others
    }

    /// The same for a client that wants this alone; `None` if it wants nothing of it.
    #[must_use]
    pub fn wanted(self, wants: impl Fn(RecallReason) -> bool) -> Option<Self> {
        let is_wanted = |page: &PageQuestion| page.range.reason().is_none_or(&wants);
        match self {
            Self::Page(page) => is_wanted(&page).then_some(Self::Page(page)),
            Self::Missed(MissedQuestion { mut pages, rooms }) => {
                pages.retain(is_wanted);
                let is_wanted = !(pages.is_empty() && rooms.is_empty());
                is_wanted.then_some(Self::Missed(MissedQuestion { pages, rooms }))
            }
            other @ (Self::Extent(_) | Self::Search(_)) => Some(other),
        }
    }

    /// Whether its client has asked for it by moments and waits for an answer.
    #[must_use]
    pub fn is_request(&self) -> bool {
        let is_request =
            |page: &PageQuestion| matches!(page.range.reason(), Some(RecallReason::Asked | RecallReason::Places));
        match self {
            Self::Page(page) => is_request(page),
            Self::Missed(missed) => missed.pages.iter().any(is_request),
            Self::Extent(_) | Self::Search(_) => false,
        }
    }
}

impl PageRange {
    /// Why its messages are told again, if they are asked for by their moments.
    #[must_use]
    pub fn reason(self) -> Option<RecallReason> {
        match self {
            Self::Of(span) => Some(span.why),
            Self::Latest | Self::Before(_) | Self::After(_) | Self::Missed(_) | Self::Unread(_) => None,
        }
    }
}

impl SearchQuestion {
    /// Whether a line is wanted for what it says, wherever it was said.
    #[must_use]
    pub fn wants(&self, line: &Line) -> bool {
        line.mark.id < self.before
            && self.from.as_ref().is_none_or(|from| from == line.who())
            && line.what.said().is_some_and(|text| self.words.are_in(text.as_str()))
    }
}

impl Page {
    fn told(self) -> Event {
        let kept = self.first.map(|first| (first, self.of.last));
        let left_out = match self.of.range {
            PageRange::Missed(after) => {
                let reached = self.lines.first().map_or(self.of.last + 1, |line| line.number);
                Some((after + 1 < reached).then(|| (after + 1, reached - 1)))
            }
            PageRange::Latest
            | PageRange::Before(_)
            | PageRange::After(_)
            | PageRange::Unread(_)
            | PageRange::Of(_) => None,
        };
        let lines = self.lines.iter().map(past).collect();
        match (self.of.name, left_out) {
            (PageName::Room(room), Some(left_out)) => Event::Past(PastEvent::Resumed { room, lines, left_out }),
            (PageName::Room(room), None) => Event::Past(PastEvent::History { room, lines, kept }),
            (PageName::Messages { with, own: _ }, Some(left_out)) => {
                Event::Past(PastEvent::Messages { with, lines, end: PastEnd::LeftOut(left_out) })
            }
            (PageName::Messages { with, own: _ }, None) => {
                Event::Past(PastEvent::Messages { with, lines, end: PastEnd::Kept(kept) })
            }
        }
    }

    fn recalled(self) -> Recalled {
        let place = match self.of.name {
            PageName::Room(room) => RecallPlace::Room(room),
            PageName::Messages { with, own } => RecallPlace::With { other: with, own },
        };
        let recalled = |line: &Arc<Line>| RecalledLine { id: line.mark.id, at: line.mark.at, what: line.what.clone() };
        Recalled { place, lines: self.lines.iter().map(recalled).collect() }
    }

    /// Whether somebody else than who asks wrote something of it, or it was not looked.
    fn holds_news(&self) -> bool {
        match &self.of.name {
            _ if self.of.range.reason().is_some() => true,
            PageName::Messages { with: _, own } => self.of.most == 0 || self.lines.iter().any(|line| line.who() != own),
            PageName::Room(_) => true,
        }
    }
}

impl MissedPages {
    fn told(self) -> Vec<Event> {
        let pages = self.pages.into_iter().filter(Page::holds_news).map(Page::told);
        pages.chain(self.rooms.into_iter().map(|(room, lines)| Event::Past(PastEvent::NewIn { room, lines }))).collect()
    }
}

impl Hits {
    fn told(self) -> Event {
        let room = |line: &Line| self.of.places.iter().find(|place| place.id == line.place).map(|place| &place.room);
        let lines = self.lines.iter().filter_map(|line| Some((room(line)?.clone(), past(line))));
        Event::Past(PastEvent::Found { lines: lines.collect(), more: self.more })
    }
}

fn past(line: &Arc<Line>) -> PastLine {
    PastLine { number: line.number, at: line.mark.at, what: line.what.clone() }
}
