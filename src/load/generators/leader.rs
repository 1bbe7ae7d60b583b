//! The generator that leads: it waits for the others, gives each its share, and adds up what they measure. It has no users
//! itself.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use thiserror::Error;

use super::line::{Incoming, send};
use super::message::{FromLeader, FromMember, Order};
use crate::lang::ast::Script;
use crate::load::monitor::{Moment, ProcessMonitor};
use crate::load::outcome::{GeneratorShare, Outcome};
use crate::load::plan::Plan;
use crate::load::resources::Process;
use crate::load::sample::Sample;
use crate::load::share::Share;
use crate::load::summary::{generator, summarize};
use crate::load::tally::Tally;
use crate::run::Stop;

/// How often who waits looks whether to go on.
const LOOK: Duration = Duration::from_millis(50);
/// How long a newcomer may take to say who it is.
const HELLO: Duration = Duration::from_secs(5);
/// How long a member may be silent: it says something every second.
const SILENCE: Duration = Duration::from_secs(30);
/// How long a member that is ready may be silent: others may not be ready yet.
const READY: Duration = Duration::from_secs(300);
/// The most seconds of which the figures of some members are kept while others have not sent theirs.
const MOST_OPEN: usize = 120;

/// Why a load of several generators did not begin.
#[derive(Debug, Error)]
pub enum LeadError {
    /// It was interrupted while it waited.
    #[error("interrupted while waiting for the other generators")]
    Interrupted,
    /// There would be a generator without a cast.
    #[error("{casts} casts cannot be shared by {generators} generators; each needs one at least")]
    TooFewCasts {
        /// Casts.
        casts: u64,
        /// Generators.
        generators: u64,
    },
    /// A generator cannot make its share.
    #[error("generator {number} ({name}) cannot generate its share: {reason}")]
    Refused {
        /// Its number, from 1.
        number: usize,
        /// Its name.
        name: String,
        /// Its reason.
        reason: String,
    },
    /// A socket, or a thread.
    #[error("cannot lead other generators")]
    Io(#[from] io::Error),
}

/// What happens, for whoever shows it.
#[derive(Debug)]
pub enum LeadEvent<'a> {
    /// A generator has joined.
    Joined {
        /// Its number, from 1.
        number: usize,
        /// Its name.
        name: &'a str,
    },
    /// The load begins.
    Begun,
    /// A second of it is over, in all generators.
    Second(&'a Sample),
}

/// What a thread that reads from one member passes on.
enum Heard {
    /// A newcomer said who it is.
    Joined(TcpStream, Incoming, String),
    /// The member with this place said something.
    Said(usize, FromMember),
    /// It is gone.
    Gone(usize, io::Error),
}

/// A member, as the leader knows it.
struct JoinedMember {
    stream: TcpStream,
    name: String,
    is_ready: bool,
    tally: Option<Tally>,
    failure: Option<String>,
    /// How many seconds it has told of.
    seconds: usize,
}

/// A load of several generators, about to begin.
pub struct Leader<'a> {
    script: &'a Script,
    plan: &'a Plan,
    order: Order,
    members: Vec<JoinedMember>,
    heard: (Sender<Heard>, Receiver<Heard>),
    stop: &'a Stop,
}

impl<'a> Leader<'a> {
    /// A load of this plan. `arguments` are those after `load`, for the members.
    #[must_use]
    pub fn new(script: &'a Script, plan: &'a Plan, arguments: Vec<String>, stop: &'a Stop) -> Self {
        let order = Order {
            arguments,
            script_name: script.source.name().to_owned(),
            script: script.source.text().to_owned(),
            included: script.source.included(),
            params: HashMap::new(),
            seed: plan.seed,
            nonce: fastrand::u64(..),
            share: Share::WHOLE,
        };
        Self { script, plan, order, members: Vec::new(), heard: channel(), stop }
    }

    /// Waits for so many generators, lets them make the load, and adds up what they measured.
    ///
    /// # Errors
    /// If the load did not begin.
    pub fn lead(
        mut self,
        (listener, generators): (&TcpListener, u64),
        params: HashMap<String, String>,
        server_pid: Option<u32>,
        watch: &mut dyn FnMut(LeadEvent<'_>),
    ) -> Result<Outcome, LeadError> {
        if self.plan.casts < generators {
            return Err(LeadError::TooFewCasts { casts: self.plan.casts, generators });
        }
        self.order.params = params;
        self.gather(listener, generators, watch)?;
        self.prepare(generators)?;
        let server = server_pid.map(|id| ProcessMonitor::new(Process::with_id(id)));
        self.tell_all(&FromLeader::Go);
        watch(LeadEvent::Begun);
        Ok(self.follow(server, generators, watch))
    }

    /// Waits until enough generators have joined.
    fn gather(
        &mut self,
        listener: &TcpListener,
        generators: u64,
        watch: &mut dyn FnMut(LeadEvent<'_>),
    ) -> Result<(), LeadError> {
        listener.set_nonblocking(true)?;
        while (self.members.len() as u64) < generators {
            if self.stop.is_stopped() {
                return Err(LeadError::Interrupted);
            }
            if let Ok((stream, _)) = listener.accept() {
                self.welcome(stream)?;
            }
            match self.heard.1.recv_timeout(LOOK) {
                Ok(Heard::Joined(stream, incoming, name)) => {
                    watch(LeadEvent::Joined { number: self.members.len() + 1, name: &name });
                    self.listen(incoming)?;
                    let known = JoinedMember { stream, name, is_ready: false, tally: None, failure: None, seconds: 0 };
                    self.members.push(known);
                }
                Ok(Heard::Gone(place, error)) => return Err(self.refused(place, gone(&error))),
                Ok(Heard::Said(place, _)) => return Err(self.refused(place, "it spoke out of turn".to_owned())),
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// Hears who a newcomer is, on a thread of its own: one that says nothing keeps nobody waiting.
    fn welcome(&self, stream: TcpStream) -> io::Result<()> {
        stream.set_nonblocking(false)?;
        let (heard, stop) = (self.heard.0.clone(), self.stop.clone());
        let hear = move || {
            let Ok(mut incoming) = Incoming::new(&stream) else { return };
            match incoming.next(Some(HELLO), &stop) {
                Ok(FromMember::Hello { version, name }) if version == env!("CARGO_PKG_VERSION") => {
                    // If nobody wants to hear it any more, there are enough.
                    let _ = heard.send(Heard::Joined(stream, incoming, name));
                }
                // A stranger, or another version: its connection ends.
                Ok(_) | Err(_) => {}
            }
        };
        thread::Builder::new().name("newcomer".to_owned()).spawn(hear)?;
        Ok(())
    }

    /// Passes on what the next member says, from a thread of its own.
    fn listen(&self, mut incoming: Incoming) -> io::Result<()> {
        let (place, heard) = (self.members.len(), self.heard.0.clone());
        let hear = move || {
            let never = Stop::default();
            // Until all have joined, it waits for the others.
            let mut patience = None;
            loop {
                let message = incoming.next(patience, &never);
                let is_last = matches!(message, Err(_) | Ok(FromMember::Done(_) | FromMember::Refused(_)));
                patience = match message {
                    Ok(FromMember::Ready) => Some(READY),
                    _ => Some(SILENCE),
                };
                let told = match message {
                    Ok(message) => heard.send(Heard::Said(place, message)),
                    Err(error) => heard.send(Heard::Gone(place, error)),
                };
                if is_last || told.is_err() {
                    break;
                }
            }
        };
        thread::Builder::new().name(format!("generator-{place}")).spawn(hear)?;
        Ok(())
    }

    /// Gives each its share, and waits until all are ready.
    fn prepare(&mut self, generators: u64) -> Result<(), LeadError> {
        for (place, share) in Share::all(generators).enumerate() {
            let order = Box::new(Order { share, ..self.order.clone() });
            if let Err(error) = send(&self.members[place].stream, &FromLeader::Order(order)) {
                return Err(self.refused(place, gone(&error)));
            }
        }
        while self.members.iter().any(|member| !member.is_ready) {
            if self.stop.is_stopped() {
                return Err(LeadError::Interrupted);
            }
            match self.heard.1.recv_timeout(LOOK) {
                Ok(Heard::Said(place, FromMember::Ready)) => self.members[place].is_ready = true,
                Ok(Heard::Said(place, FromMember::Refused(reason))) => return Err(self.refused(place, reason)),
                Ok(Heard::Said(place, _)) => return Err(self.refused(place, "it spoke out of turn".to_owned())),
                Ok(Heard::Gone(place, error)) => return Err(self.refused(place, gone(&error))),
                // One too many.
                Ok(Heard::Joined(..)) | Err(_) => {}
            }
        }
        Ok(())
    }

    fn refused(&self, place: usize, reason: String) -> LeadError {
        LeadError::Refused { number: place + 1, name: self.members[place].name.clone(), reason }
    }

    fn tell_all(&self, message: &FromLeader) {
        for member in &self.members {
            // Whoever is gone is noticed by its reader.
            let _ = send(&member.stream, message);
        }
    }

    /// Follows the load to its end.
    fn follow(
        mut self,
        mut server: Option<ProcessMonitor>,
        generators: u64,
        watch: &mut dyn FnMut(LeadEvent<'_>),
    ) -> Outcome {
        let mut seconds = SecondsOfLoad::default();
        let mut is_stopping = false;
        while self.members.iter().any(|member| member.tally.is_none() && member.failure.is_none()) {
            let must_stop = self.stop.is_stopped() || self.members.iter().any(|member| member.failure.is_some());
            if must_stop && !is_stopping {
                is_stopping = true;
                self.tell_all(&FromLeader::Stop);
            }
            match self.heard.1.recv_timeout(LOOK) {
                Ok(Heard::Said(place, FromMember::Second(moment))) => {
                    let known = &mut self.members[place];
                    seconds.add(known.seconds, &moment);
                    known.seconds += 1;
                }
                Ok(Heard::Said(place, FromMember::Done(tally))) => {
                    let was_told = is_stopping || !tally.end.is_stopped;
                    self.members[place].failure = (!was_told).then(|| "was interrupted".to_owned());
                    self.members[place].tally = Some(*tally);
                }
                Ok(Heard::Said(place, _)) => self.members[place].failure = Some("spoke out of turn".to_owned()),
                Ok(Heard::Gone(place, error)) => {
                    self.members[place].failure = Some(format!("died during the load: {}", gone(&error)));
                }
                Ok(Heard::Joined(..)) | Err(_) => {}
            }
            let told = self.members.iter().filter(|member| member.tally.is_none() && member.failure.is_none());
            let told = told.map(|member| member.seconds).min().unwrap_or(usize::MAX);
            while let Some(sample) = seconds.next(told) {
                if let Some(server) = &mut server {
                    server.measure();
                }
                watch(LeadEvent::Second(&sample));
            }
        }
        self.sum_up(seconds, server, generators)
    }

    fn sum_up(self, mut seconds: SecondsOfLoad, mut server: Option<ProcessMonitor>, generators: u64) -> Outcome {
        while seconds.next(usize::MAX).is_some() {}
        let mut total = Tally::default();
        for tally in self.members.iter().filter_map(|member| member.tally.as_ref()) {
            total.merge(tally);
        }
        // Interrupted is the load as a whole, not one member of it.
        total.end.is_stopped = self.stop.is_stopped();
        total.measured.series = seconds.series;
        total.measured.server = server.as_mut().and_then(|server| {
            server.measure();
            server.used()
        });
        let mut outcome = summarize(self.script, self.plan, &total, false);
        outcome.generators = self.shares(generators);
        outcome.generator.others_part = None;
        outcome.generator.limit = outcome.generators.iter().enumerate().find_map(|(place, share)| {
            let limit = share.health.as_ref()?.limit.as_ref()?;
            Some(format!("generator {}: {limit}", place + 1))
        });
        outcome
    }

    fn shares(&self, generators: u64) -> Vec<GeneratorShare> {
        let shares = self.members.iter().zip(Share::all(generators));
        shares
            .map(|(member, share)| GeneratorShare {
                name: member.name.clone(),
                users: share.of(self.plan.casts) * self.plan.cast_size,
                health: member.tally.as_ref().map(|tally| generator(tally, false)),
                failure: member.failure.clone(),
            })
            .collect()
    }
}

/// The seconds of a load, each added up as its parts come in.
#[derive(Debug, Default)]
struct SecondsOfLoad {
    /// How many are complete.
    complete: usize,
    /// Those that are not, the oldest first.
    open: VecDeque<Moment>,
    series: Vec<Sample>,
}

impl SecondsOfLoad {
    /// Adds what a member did in the second with this number, from 0.
    fn add(&mut self, number: usize, moment: &Moment) {
        // Of one that is complete, as a member was slow by minutes, nothing is known but its total.
        let Some(place) = number.checked_sub(self.complete).filter(|place| *place < MOST_OPEN) else { return };
        while self.open.len() <= place {
            self.open.push_back(Moment::default());
        }
        self.open[place].merge(moment);
    }

    /// The next second of which all members have told: each has told of `told` at least.
    fn next(&mut self, told: usize) -> Option<Sample> {
        if self.complete >= told {
            return None;
        }
        let sample = self.open.pop_front()?.sample();
        self.complete += 1;
        self.series.push(sample.clone());
        Some(sample)
    }
}

/// What became of a connection, in words.
fn gone(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::TimedOut => format!("it said nothing for {} s", SILENCE.as_secs()),
        io::ErrorKind::UnexpectedEof => "its connection was closed".to_owned(),
        _ => error.to_string(),
    }
}
