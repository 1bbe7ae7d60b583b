//! What a client says: one line, one [`Instruction`].

use std::str;

use super::account;
use super::features::Features;
use super::instruction::{Instruction, IrcQuery, Saying, Spoken, Step, Who};
use super::line::IrcLine;
use super::past_request;
use super::registration::{ClientRegistration, bad_nick, no_nick, printable, too_few};
use super::{MAX_AWAY, MAX_LINE, MAX_REAL_NAME, MAX_REASON, MAX_TAGS};
use crate::protocol::act::{Act, Watch};
use crate::protocol::dialect::{Asked, Phase, Request, RequestLimits};
use crate::protocol::line::{Frame, LineFraming};
use crate::protocol::name::UserName;

/// Lines of 2 words that a client may send of a command that is none, in the answer.
const MAX_UNKNOWN: usize = 64;

/// Bytes in, instructions out.
#[derive(Debug)]
pub(in crate::protocol::dialect) struct IrcRequestReader {
    framing: LineFraming,
    registration: ClientRegistration,
    pub(super) max_recipients: usize,
}

impl IrcRequestReader {
    pub(in crate::protocol::dialect) fn new(limits: RequestLimits) -> Self {
        let framing = LineFraming::new(MAX_TAGS + MAX_LINE - "\r\n".len());
        Self { framing, registration: ClientRegistration::default(), max_recipients: limits.max_users }
    }

    pub(in crate::protocol::dialect) fn next(&mut self, input: &mut &[u8], phase: Phase) -> Option<Asked> {
        let Self { framing, registration, max_recipients } = self;
        let instruction = match framing.next_frame(input)? {
            Frame::Line(bytes) => instruction(bytes, phase, registration, *max_recipients),
            Frame::TooLong => Instruction { label: None, steps: vec![too_long()] },
        };
        let what = if instruction.steps.is_empty() && instruction.label.is_none() {
            Request::Nothing
        } else {
            Request::Instruction(Box::new(instruction))
        };
        Some(Asked { id: None, nonce: None, had: None, what: Ok(what) })
    }
}

fn too_long() -> Step {
    Step::Say(Saying::too_long())
}

fn instruction(
    bytes: &[u8],
    phase: Phase,
    registration: &mut ClientRegistration,
    max_recipients: usize,
) -> Instruction {
    let tags =
        if bytes.first() == Some(&b'@') { memchr::memchr(b' ', bytes).map_or(bytes.len(), |end| end + 1) } else { 0 };
    let unlabeled = |step| Instruction { label: None, steps: vec![step] };
    if tags > MAX_TAGS || bytes.len() - tags > MAX_LINE - "\r\n".len() {
        return unlabeled(too_long());
    }
    let has_labels = registration.features.has(Features::LABELS);
    let label_of = |line: &IrcLine<'_>| {
        let label = line.tag("label").filter(|label| has_labels && (1..=64).contains(&label.len()));
        label.map(Into::into)
    };
    let Ok(text) = str::from_utf8(bytes) else {
        let text = String::from_utf8_lossy(bytes);
        let line = IrcLine::parse(&text);
        let command = line.as_ref().map_or("*", |line| &line.command);
        let step = Saying::plain("FAIL", &[command, "INVALID_UTF8", "Message rejected: it is not UTF-8"]);
        return Instruction { label: line.as_ref().and_then(label_of), steps: vec![step] };
    };
    if text.trim_matches(' ').is_empty() {
        return Instruction::default();
    }
    let Some(line) = IrcLine::parse(text) else {
        return unlabeled(Saying::numbered(421, &["*", "Unknown command"]));
    };
    let label: Option<Box<str>> = label_of(&line);
    let steps = match phase {
        Phase::Login | Phase::Password => newcomer(&line, registration),
        Phase::Chat => {
            let speaker = Speaker { line: &line, features: registration.features, max_recipients };
            if registration.features.has(Features::MULTILINE)
                && let Some(gathered) = speaker.gather(&mut registration.gathering, label.as_deref())
            {
                return gathered;
            }
            speaker.steps(registration)
        }
    };
    Instruction { label, steps }
}

/// Before the name is claimed.
fn newcomer(line: &IrcLine<'_>, registration: &mut ClientRegistration) -> Vec<Step> {
    match &*line.command {
        "CAP" => registration.cap(line, false),
        "AUTHENTICATE" => registration.exchange.take(line),
        "REGISTER" => vec![account::too_early(line)],
        "NICK" => registration.nick(line),
        "USER" => registration.user(line),
        "PASS" if line.param(0).is_none() => vec![too_few("PASS")],
        "PASS" | "PONG" => Vec::new(),
        "PING" => vec![ping(line)],
        "QUIT" => {
            let closing = Spoken::Closing(quit_words(line).map_or("Quit".to_owned(), |words| format!("Quit: {words}")));
            vec![Step::Say(Saying(closing)), Step::Close]
        }
        _ => vec![Saying::numbered(451, &["You have not registered"])],
    }
}

fn ping(line: &IrcLine<'_>) -> Step {
    match line.param(0) {
        Some(word) => Step::Say(Saying(Spoken::Plain("PONG", vec![HOUSE.to_owned(), word.to_owned()]))),
        None => Saying::numbered(409, &["No origin specified"]),
    }
}

/// Stands for the name of the server, which is known when it is spelled.
pub(super) const HOUSE: &str = "\0";

fn quit_words(line: &IrcLine<'_>) -> Option<Box<str>> {
    line.param(0).map(|words| printable(words, MAX_REASON)).filter(|words| !words.is_empty())
}

/// One line of somebody who is here.
pub(super) struct Speaker<'a> {
    pub(super) line: &'a IrcLine<'a>,
    pub(super) features: Features,
    pub(super) max_recipients: usize,
}

impl Speaker<'_> {
    fn steps(&self, registration: &mut ClientRegistration) -> Vec<Step> {
        let line = self.line;
        match &*line.command {
            "PRIVMSG" => self.message(false),
            "NOTICE" => self.message(true),
            "TAGMSG" => self.signals(),
            "JOIN" => self.join(),
            "PART" => self.part(),
            "NAMES" => self.names(),
            "TOPIC" => self.topic(),
            "LIST" => self.list(),
            "MODE" => self.mode(),
            "KICK" => self.kick(),
            "MONITOR" => vec![monitor(line)],
            "INVITE" => self.invite(),
            "NICK" => vec![nick(line)],
            "CAP" => registration.cap(line, true),
            "AUTHENTICATE" => registration.exchange.take(line),
            "REGISTER" => vec![account::register(line)],
            "CHATHISTORY" => vec![past_request::read(line, self.features.has(Features::EVENT_PLAYBACK))],
            "MARKREAD" => vec![past_request::mark_read(line)],
            "VERIFY" => vec![account::verify(line)],
            "USER" | "PASS" => vec![Saying::numbered(462, &["You may not reregister"])],
            "PING" => vec![ping(line)],
            "PONG" => Vec::new(),
            "QUIT" => vec![Step::Do(Act::Quit(quit_words(line)))],
            "AWAY" => vec![Step::Do(Act::Away(line.param(0).map(|text| printable(text, MAX_AWAY))))],
            "SETNAME" => vec![set_name(line)],
            "WHO" => vec![who(line)],
            "WHOIS" => vec![whois(line)],
            "WHOWAS" => vec![whowas(line)],
            "USERHOST" => vec![several(line, IrcQuery::UserHosts)],
            "ISON" => vec![several(line, IrcQuery::IsOn)],
            "HELP" | "HELPOP" => vec![Saying::seen(IrcQuery::Help(line.params.join(" ")))],
            _ => self.plain_question(),
        }
    }

    /// What can be asked without saying more.
    fn plain_question(&self) -> Vec<Step> {
        vec![match &*self.line.command {
            "LUSERS" => Saying::seen(IrcQuery::Census),
            "MOTD" => self.of_this_house(IrcQuery::Motd),
            "VERSION" => self.of_this_house(IrcQuery::Version),
            "TIME" => self.of_this_house(IrcQuery::Time),
            "INFO" => self.of_this_house(IrcQuery::Info),
            "ADMIN" => self.of_this_house(IrcQuery::Admin),
            "LINKS" => Saying::seen(IrcQuery::Links),
            other => Saying::numbered(421, &[&other.chars().take(MAX_UNKNOWN).collect::<String>(), "Unknown command"]),
        }]
    }

    /// There is one server: a question for another one has no answer. What is no server's name is taken for this one.
    fn of_this_house(&self, question: IrcQuery) -> Step {
        match self.line.param(0) {
            Some(server) => Step::Say(Saying(Spoken::OfHouse(server.to_owned(), Box::new(question)))),
            None => Saying::seen(question),
        }
    }
}

fn nick(line: &IrcLine<'_>) -> Step {
    match line.param(0).map(|nick| (nick, UserName::new(nick))) {
        None => no_nick(),
        Some((_, Ok(name))) => Step::Do(Act::Rename(name)),
        Some((nick, Err(error))) => bad_nick(nick, &error.to_string()),
    }
}

fn set_name(line: &IrcLine<'_>) -> Step {
    match line.param(0) {
        None => too_few("SETNAME"),
        Some(name) if name.len() > MAX_REAL_NAME || name.chars().any(char::is_control) => {
            Saying::plain("FAIL", &["SETNAME", "INVALID_REALNAME", "Realname is not valid"])
        }
        Some(name) => Step::Do(Act::RealName(name.into())),
    }
}

/// `WHO MASK [%FIELDS[,TOKEN]]` or `WHO MASK o`, in any order of the letters before the `%`.
fn who(line: &IrcLine<'_>) -> Step {
    let Some(mask) = line.param(0) else { return too_few("WHO") };
    let how = line.param(1).unwrap_or_default();
    let (flags, fields) = how.split_once('%').map_or((how, None), |(flags, fields)| (flags, Some(fields)));
    let fields = fields.map(|fields| {
        let (letters, token) = fields.split_once(',').unwrap_or((fields, ""));
        let token = if token.is_empty() { "0" } else { token };
        (letters.to_owned(), token.chars().take(3).collect())
    });
    Saying::seen(IrcQuery::Who(Who { mask: mask.to_owned(), fields, operators: flags.contains('o') }))
}

/// `WHOIS [SERVER] NICK`: the server is this one, or that of the nick.
fn whois(line: &IrcLine<'_>) -> Step {
    let question = |nick: &str| IrcQuery::Whois(nick.split(',').next().unwrap_or_default().to_owned());
    match line.params.as_slice() {
        [] => no_nick(),
        [nick] => Saying::seen(question(nick)),
        [server, nick, ..] => Step::Say(Saying(Spoken::OfHouse((*server).to_owned(), Box::new(question(nick))))),
    }
}

fn whowas(line: &IrcLine<'_>) -> Step {
    let Some(nick) = line.param(0) else { return no_nick() };
    let most = line.param(1).and_then(|count| count.parse::<i64>().ok()).filter(|count| *count > 0);
    let most = most.and_then(|count| usize::try_from(count).ok()).unwrap_or(usize::MAX);
    Saying::seen(IrcQuery::Whowas(nick.to_owned(), most))
}

/// `MONITOR + a,b`, `- a`, `C`, `L`, `S`
fn monitor(line: &IrcLine<'_>) -> Step {
    let names = || {
        let words = line.params.get(1).into_iter().flat_map(|list| list.split(','));
        words.filter_map(|word| UserName::new(word).ok()).collect()
    };
    Step::Do(Act::Watch(match line.param(0) {
        Some("+") => Watch::Add(names()),
        Some("-") => Watch::Remove(names()),
        Some("C" | "c") => Watch::Clear,
        Some("L" | "l") => Watch::List,
        Some("S" | "s") => Watch::Look,
        _ => return too_few("MONITOR"),
    }))
}

fn several(line: &IrcLine<'_>, question: impl FnOnce(Vec<String>) -> IrcQuery) -> Step {
    let words = line.params.iter().flat_map(|param| param.split(' ')).filter(|word| !word.is_empty());
    let words: Vec<String> = words.map(str::to_owned).collect();
    if words.is_empty() { too_few(&line.command) } else { Saying::seen(question(words)) }
}
