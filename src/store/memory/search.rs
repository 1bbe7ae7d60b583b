//! Searches by reading every line, on a thread of their own: nobody waits for a search but who asked for it.

use std::cmp::Reverse;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, OnceLock};
use std::thread;

use crate::hub::{Found, Hits, Line, SearchQuestion, SearchedPlace};
use crate::store::OnAnswer;

/// The thread, from the first search on until this is dropped. As many searches wait as clients have asked for one:
/// each has one at a time.
#[derive(Debug, Default)]
pub(super) struct Searcher(OnceLock<Option<Sender<Job>>>);

/// Gives the lines of a place, when the search comes to it.
type LinesOf = Box<dyn Fn(&SearchedPlace) -> Vec<Arc<Line>> + Send>;

struct Job {
    of: SearchQuestion,
    lines_of: LinesOf,
    answer: OnAnswer,
}

impl Searcher {
    pub(super) fn find(&self, of: SearchQuestion, lines_of: LinesOf, answer: OnAnswer) {
        let job = Job { of, lines_of, answer };
        let unsent = match self.0.get_or_init(start) {
            Some(jobs) => jobs.send(job).err().map(|unsent| unsent.0),
            None => Some(job),
        };
        // There is no thread, as the system has none left: then the search is made here.
        if let Some(job) = unsent {
            job.carry_out();
        }
    }
}

fn start() -> Option<Sender<Job>> {
    let (jobs, waiting) = mpsc::channel::<Job>();
    let searching = move || waiting.into_iter().for_each(Job::carry_out);
    thread::Builder::new().name("search".to_owned()).spawn(searching).ok().map(|_| jobs)
}

impl Job {
    fn carry_out(self) {
        let lines = self.of.places.iter().flat_map(&self.lines_of).collect();
        (self.answer)(Found::Search(newest_hits(self.of, lines)));
    }
}

fn newest_hits(of: SearchQuestion, mut lines: Vec<Arc<Line>>) -> Hits {
    lines.sort_by_key(|line| Reverse(line.mark.id));
    let mut hits = lines.into_iter().filter(|line| of.wants(line));
    let mut newest: Vec<Arc<Line>> = hits.by_ref().take(of.most).collect();
    let more = hits.next().is_some();
    newest.reverse();
    Hits { of, lines: newest, more }
}
