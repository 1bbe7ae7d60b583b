//! The program around the screen: it waits for keys, lines, signals and the time, hands them to the [`Screen`], does
//! what that says, and draws.

use std::collections::VecDeque;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use async_channel::{Receiver, Sender};
use async_signal::{Signal, Signals};
use crossterm::event::{Event, MouseButton, MouseEventKind};
use futures::stream::{BoxStream, select_all};
use futures::{FutureExt, StreamExt};
use ratatui::layout::Size;
use smol::{LocalExecutor, Timer};

use super::history_file::HistoryFile;
use super::keyboard;
use super::link::{FromLink, Goal, Link, Mailbox};
use super::suspend;
use super::transfer::{self, FileDoor, Opened, TransferTask};
use super::tty::Tty;
use crate::client;
use crate::protocol::password::Password;
use crate::terminal::{Effect, LocalUserId, Screen, Setup, TerminalInput, TerminalTime, Theme};

/// How often the screen is told that time passes.
const TICK: Duration = Duration::from_millis(250);

/// Reports of all connections that wait to be taken in, each at most one read of a connection. When it is full, the
/// connections are not read.
const MAX_MAIL: usize = 64;

/// How long a connection is worth using on which nobody has said a name.
const FRESH: Duration = Duration::from_secs(15);

/// Events that are taken in before the screen is drawn again.
const MAX_BETWEEN_DRAWINGS: usize = 64;

/// What the program is to do.
#[derive(Debug, Clone)]
pub struct Options {
    /// `HOST:PORT`.
    pub server: String,
    /// How a connection begins. In the text dialect: the screen leans on pings.
    pub client: client::ConnectOptions,
    /// The names to log in with.
    pub names: Vec<String>,
    /// The password of the accounts of these names.
    pub password: Option<Password>,
    /// The script to record into. It must not exist.
    pub record: Option<String>,
    /// How it looks.
    pub theme: Theme,
    /// Where typed lines are kept, if anywhere.
    pub history: Option<PathBuf>,
}

/// How the program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Somebody wanted it to.
    Left,
    /// It was told to by this signal.
    Signal(u8),
}

/// Something that happens, before it is known which user's connection it is of.
enum Happening {
    Terminal(io::Result<Event>),
    Mail(LocalUserId, u64, FromLink),
    /// Of the file that is on its way.
    File(u64, TerminalInput),
    Signal(u8),
    /// The program is to stop until somebody says to go on.
    Suspend,
    /// It goes on after a stop.
    Continue,
    Tick,
}

/// Takes over the terminal until somebody leaves, and gives it back as it was. The first user who connects gets `first`.
///
/// # Errors
/// If the terminal cannot be taken over, or not be drawn on any more.
pub fn run(options: Options, first: client::Connection) -> io::Result<Ended> {
    let signals = Signals::new([Signal::Int, Signal::Term, Signal::Hup, Signal::Tstp, Signal::Cont])?;
    let mut tty = Tty::take()?;
    let executor = LocalExecutor::new();
    let mut program = Program::new(options, first, tty.size()?, &executor);
    smol::block_on(executor.run(program.go_on(signals, &mut tty)))
}

struct Program<'a> {
    screen: Screen,
    start: Instant,
    server: String,
    client: client::ConnectOptions,
    history: Option<HistoryFile>,
    /// A connection that is there already and that nobody has yet.
    first: Option<client::Connection>,
    links: Vec<Option<Link>>,
    started: u64,
    mailbox: Mailbox,
    mail: Receiver<(LocalUserId, u64, FromLink)>,
    executor: &'a LocalExecutor<'static>,
    /// The file that is to be sent, until the server wants it.
    opened: Option<Opened>,
    /// The file that is on its way.
    transfer: Option<TransferTask>,
    /// How many there have been.
    transfers: u64,
    /// What becomes of it.
    files: Sender<(u64, TerminalInput)>,
    told: Receiver<(u64, TerminalInput)>,
    /// What is to be done before anything else is waited for.
    inputs: VecDeque<TerminalInput>,
    effects: VecDeque<Effect>,
}

/// Whether to go on.
#[derive(PartialEq, Eq)]
enum Then {
    GoOn,
    Quit,
}

impl<'a> Program<'a> {
    fn new(options: Options, first: client::Connection, size: Size, executor: &'a LocalExecutor<'static>) -> Self {
        let (mailbox, mail) = async_channel::bounded(MAX_MAIL);
        let (files, told) = async_channel::bounded(MAX_MAIL);
        let history = options.history.as_deref().map(HistoryFile::new);
        let start = Instant::now();
        let setup = Setup {
            server: options.server.clone(),
            encoding: options.client.charset.to_string(),
            names: options.names,
            password: options.password,
            record: options.record,
            history: history.as_ref().map(HistoryFile::read).unwrap_or_default(),
            theme: options.theme,
            size,
        };
        let (screen, effects) = Screen::new(setup, now(start));
        Self {
            screen,
            start,
            server: options.server,
            client: options.client,
            history,
            first: Some(first),
            links: Vec::new(),
            started: 0,
            mailbox,
            mail,
            executor,
            opened: None,
            transfer: None,
            transfers: 0,
            files,
            told,
            inputs: VecDeque::new(),
            effects: effects.into(),
        }
    }

    async fn go_on(&mut self, signals: Signals, tty: &mut Tty) -> io::Result<Ended> {
        let mut ended = Ended::Left;
        let mut happenings = select_all(self.sources(signals, keyboard::listen()?));
        loop {
            if self.settle(tty) == Then::Quit {
                return Ok(ended);
            }
            self.draw(tty)?;
            let mut next = happenings.next().await;
            for _ in 0..MAX_BETWEEN_DRAWINGS {
                let Some(happening) = next else { break };
                match happening {
                    Happening::Suspend => suspend::stop(tty)?,
                    Happening::Continue => tty.take_again()?,
                    Happening::Signal(number) => {
                        ended = Ended::Signal(number);
                        self.take_in(happening);
                    }
                    _ => self.take_in(happening),
                }
                next = happenings.next().now_or_never().flatten();
                if self.settle(tty) == Then::Quit {
                    return Ok(ended);
                }
            }
            match next {
                Some(Happening::Suspend) => suspend::stop(tty)?,
                Some(Happening::Continue) => tty.take_again()?,
                Some(happening) => self.take_in(happening),
                None => {}
            }
        }
    }

    fn sources(&self, signals: Signals, keyboard: Receiver<io::Result<Event>>) -> Vec<BoxStream<'static, Happening>> {
        vec![
            keyboard.map(Happening::Terminal).boxed(),
            self.mail.clone().map(|(user, number, mail)| Happening::Mail(user, number, mail)).boxed(),
            self.told.clone().map(|(number, input)| Happening::File(number, input)).boxed(),
            signals
                .filter_map(|signal| async {
                    Some(match signal.ok()? {
                        Signal::Tstp => Happening::Suspend,
                        Signal::Cont => Happening::Continue,
                        signal => Happening::Signal(u8::try_from(signal as i32).ok()?),
                    })
                })
                .boxed(),
            StreamExt::map(Timer::interval(TICK), |_| Happening::Tick).boxed(),
        ]
    }

    fn take_in(&mut self, happening: Happening) {
        let input = match happening {
            Happening::Terminal(Ok(Event::Key(key))) => TerminalInput::Key(key),
            Happening::Terminal(Ok(Event::Paste(text))) => TerminalInput::Paste(text),
            Happening::Terminal(Ok(Event::Resize(width, height))) => TerminalInput::Resized(Size { width, height }),
            Happening::Terminal(Ok(Event::Mouse(mouse))) => match mouse.kind {
                MouseEventKind::ScrollUp => TerminalInput::Wheel { up: true },
                MouseEventKind::ScrollDown => TerminalInput::Wheel { up: false },
                MouseEventKind::Down(MouseButton::Left) => TerminalInput::Click { x: mouse.column, y: mouse.row },
                _ => return,
            },
            Happening::Terminal(Ok(Event::FocusGained | Event::FocusLost))
            | Happening::Suspend
            | Happening::Continue => {
                return;
            }
            // The terminal is gone.
            Happening::Terminal(Err(_)) | Happening::Signal(_) => TerminalInput::Leave,
            Happening::Tick => {
                let at = self.transfer.as_ref().map(|transfer| transfer.at.get());
                self.inputs.extend(at.map(TerminalInput::FileMoved));
                TerminalInput::Tick
            }
            Happening::File(number, _) if self.transfer.is_none() || number != self.transfers => return,
            Happening::File(_, input) => {
                self.transfer.take_if(|_| matches!(input, TerminalInput::FileEnded(_)));
                input
            }
            Happening::Mail(user, number, mail) => {
                let current = self.links.get(user.0).and_then(Option::as_ref);
                if current.is_none_or(|link| link.number != number) {
                    return;
                }
                match mail {
                    FromLink::Connected => TerminalInput::Connected(user),
                    FromLink::Lines(lines) => {
                        return self.inputs.extend(lines.into_iter().map(|line| TerminalInput::Line(user, line)));
                    }
                    FromLink::Closed(why) => TerminalInput::Closed(user, why),
                }
            }
        };
        self.inputs.push_back(input);
    }

    /// Does everything that is to be done, and what follows from it.
    fn settle(&mut self, tty: &mut Tty) -> Then {
        loop {
            while let Some(effect) = self.effects.pop_front() {
                match effect {
                    Effect::Quit => return Then::Quit,
                    Effect::Redraw => tty.forget(),
                    Effect::Bell => tty.ring(),
                    Effect::Mouse(on) => tty.watch_wheel(on),
                    effect => self.carry_out(effect),
                }
            }
            let Some(input) = self.inputs.pop_front() else { return Then::GoOn };
            self.effects.extend(self.screen.take(input, now(self.start)));
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Connect(user) => {
                self.started += 1;
                let goal = Goal { server: self.server.clone(), client: self.client.clone() };
                // Later the server may have given up waiting for a name on it.
                let first = self.first.take().filter(|_| self.start.elapsed() < FRESH);
                let link = Link::start((user, self.started), goal, first, &self.mailbox, self.executor);
                *self.link(user) = Some(link);
            }
            Effect::Drop(user) => *self.link(user) = None,
            Effect::Send { user, line } => {
                let sent = match self.link(user) {
                    Some(link) => link.send(line),
                    None => Err(line),
                };
                self.inputs.extend(sent.err().map(|line| TerminalInput::NotSent(user, line)));
            }
            Effect::Remember(line) => {
                // A history that cannot be kept is not worth disturbing anybody for.
                let _ = self.history.as_ref().map(|history| history.append(&line));
            }
            Effect::Save { path, text, new } => {
                let saved = OpenOptions::new().write(true).create_new(new).truncate(!new).open(&path);
                if let Err(error) = saved.and_then(|mut file| file.write_all(text.as_bytes())) {
                    self.inputs.push_back(TerminalInput::NotSaved(format!("{path}: {error}")));
                }
            }
            Effect::OpenFile(path) => {
                let (opened, input) = transfer::open(&path);
                self.opened = opened;
                self.inputs.push_back(input);
            }
            Effect::SendFile(token) => {
                self.transfers += 1;
                let door = self.file_door();
                self.transfer = self.opened.take().map(|opened| door.send(opened, token, self.executor));
            }
            Effect::FetchFile { id, path } => {
                self.transfers += 1;
                self.transfer = Some(self.file_door().save(id, path, self.executor));
            }
            Effect::StopFile => {
                self.opened = None;
                if let Some(token) = self.transfer.take().and_then(|transfer| transfer.token) {
                    self.file_door().cancel(token, self.executor);
                }
            }
            Effect::CancelFile(token) => self.file_door().cancel(token, self.executor),
            Effect::Suspend => {
                if !suspend::ask_group() {
                    self.inputs.push_back(TerminalInput::Told("there is no shell to go back to".to_owned()));
                }
            }
            Effect::Bell | Effect::Mouse(_) | Effect::Redraw | Effect::Quit => {}
        }
    }

    fn file_door(&self) -> FileDoor {
        let (server, client, told) = (self.server.clone(), self.client.clone(), self.files.clone());
        FileDoor { server, client, number: self.transfers, told }
    }

    fn link(&mut self, user: LocalUserId) -> &mut Option<Link> {
        if self.links.len() <= user.0 {
            self.links.resize_with(user.0 + 1, || None);
        }
        &mut self.links[user.0]
    }

    fn draw(&self, tty: &mut Tty) -> io::Result<()> {
        let now = now(self.start);
        tty.draw(|area, buf| self.screen.draw(area, buf, now))
    }
}

fn now(start: Instant) -> TerminalTime {
    let clock = chrono::Local::now();
    TerminalTime { since_start: start.elapsed(), clock: clock.naive_local(), offset: *clock.offset() }
}
