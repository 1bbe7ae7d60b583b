//! Two hubs that are asked the same are equal, and one that is restored knows what the one before it kept.

use super::*;

use proptest::prelude::*;

const NAMES: [&str; 5] = ["alice", "Bob", "bob", "CAROL", "渊"];
const EPOCH: Epoch = Epoch::new(1);
const ROOMS: [&str; 4] = ["lobby", "Lobby", "den", "zoo"];

/// Something that happens to a hub. Sessions are named by the order in which they came.
#[derive(Debug, Clone)]
enum Happening {
    Connects(SessionOrigin),
    Names(usize, &'static str),
    /// Says the password of everybody.
    SaysPassword(usize),
    /// The password that this session said last turns out to be so.
    IsJudged(usize, Verdict),
    Types(usize, String),
    /// Is given the token of this number.
    IsGiven(usize, u128),
    TakesOver(usize, u128),
    Departs(usize, Departure),
    Stalls(usize),
    Waits(u64),
    Stops,
}

fn line() -> impl Strategy<Value = String> {
    let name = || prop::sample::select(NAMES.to_vec());
    let room = || prop::sample::select(ROOMS.to_vec());
    prop_oneof![
        room().prop_map(|room| format!("create room {room}")),
        (room(), name()).prop_map(|(room, user)| format!("create room {room} {user},alice")),
        room().prop_map(|room| format!("join room {room}")),
        room().prop_map(|room| format!("leave room {room}")),
        (room(), name()).prop_map(|(room, user)| format!("kick {room} {user} enough")),
        (room(), name()).prop_map(|(room, user)| format!("ban {room} {user}")),
        (room(), name()).prop_map(|(room, user)| format!("unban {room} {user}")),
        (room(), name()).prop_map(|(room, user)| format!("invite {room} {user},alice")),
        (room(), name()).prop_map(|(room, user)| format!("give room {room} {user}")),
        (room(), prop::sample::select(vec!["private", "open"]))
            .prop_map(|(room, how)| format!("set room {room} {how}")),
        (room(), prop::sample::select(vec!["", " tea"])).prop_map(|(room, topic)| format!("topic {room}{topic}")),
        room().prop_map(|room| format!("show room {room}")),
        prop::sample::select(vec!["ask", "join"]).prop_map(|how| format!("set invitations {how}")),
        room().prop_map(|room| format!("send {room} hi")),
        room().prop_map(|room| format!("history {room} after 1 3")),
        (room(), 0..9_u64).prop_map(|(room, number)| format!("resume {room} {number}")),
        room().prop_map(|room| format!("search in {room} hi")),
        name().prop_map(|user| format!("send message {user},alice psst")),
        name().prop_map(|user| format!("history message {user}")),
        (name(), 0..3_u64).prop_map(|(user, number)| format!("resume message {user} #{number}")),
        name().prop_map(|user| format!("rename {user}")),
        Just("list rooms".to_owned()),
        Just("list users".to_owned()),
        Just("quit".to_owned()),
        Just("register password".to_owned()),
        Just("set password password password".to_owned()),
        Just("unregister password".to_owned()),
        (operator_keywords(), name()).prop_map(|(keywords, name)| format!("{keywords} {name}")),
        prop::sample::select(vec!["announce tea", "list accounts", "list bans", "list bans den"])
            .prop_map(str::to_owned),
    ]
}

fn operator_keywords() -> impl Strategy<Value = &'static str> {
    let all = ["create account", "reset password", "drop account", "appoint", "dismiss"];
    prop::sample::select([&all[..], &["kick server", "ban server", "unban server"]].concat())
}

fn verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![
        5 => Just(Verdict::Hashed(PasswordHash::new("$hash$"))),
        5 => Just(Verdict::Right),
        1 => Just(Verdict::Wrong),
        1 => Just(Verdict::Busy(64)),
        1 => Just(Verdict::TooMany(Duration::from_secs(9))),
    ]
}

fn happening() -> impl Strategy<Value = Happening> {
    let session = 0_usize..6;
    prop_oneof![
        2 => prop::sample::select(vec![SessionOrigin::Local, SessionOrigin::Remote, SessionOrigin::Operator]).prop_map(Happening::Connects),
        3 => (session.clone(), prop::sample::select(NAMES.to_vec())).prop_map(|(who, name)| Happening::Names(who, name)),
        3 => session.clone().prop_map(Happening::SaysPassword),
        8 => (session.clone(), verdict()).prop_map(|(who, verdict)| Happening::IsJudged(who, verdict)),
        12 => (session.clone(), line()).prop_map(|(who, line)| Happening::Types(who, line)),
        1 => (session.clone(), 0..4_u128).prop_map(|(who, token)| Happening::IsGiven(who, token)),
        1 => (session.clone(), 0..4_u128).prop_map(|(who, token)| Happening::TakesOver(who, token)),
        1 => (session.clone(), prop::sample::select(vec![Departure::ConnectionClosed, Departure::TimedOut]))
            .prop_map(|(who, departure)| Happening::Departs(who, departure)),
        1 => session.prop_map(Happening::Stalls),
        1 => (0_u64..40).prop_map(Happening::Waits),
        1 => Just(Happening::Stops),
    ]
}

/// A hub and what it was asked to keep.
struct Played {
    hub: Hub,
    sessions: Vec<SessionId>,
    outputs: Vec<Output>,
    seconds: u64,
}

fn limits() -> Limits {
    Limits { max_asleep: 2, max_rooms: 3, ..Limits::default() }
}

impl Played {
    fn new(hub: Hub) -> Self {
        Self { hub, sessions: Vec::new(), outputs: Vec::new(), seconds: 0 }
    }

    /// The clock on the wall goes forth and back.
    fn now(&self) -> Now {
        let wall = SystemTime::UNIX_EPOCH + Duration::from_secs(1000 + self.seconds * 7 % 50);
        Now { monotonic: Duration::from_secs(self.seconds), wall }
    }

    fn play(mut self, happenings: &[Happening]) -> Self {
        for happening in happenings {
            for output in self.happen(happening) {
                if let Output::MakePassword(id, wish) = output {
                    self.outputs.extend(self.hub.give_password(id, wish, Password::of_bits(1)));
                } else {
                    self.outputs.push(output);
                }
            }
        }
        self
    }

    fn happen(&mut self, happening: &Happening) -> Outputs {
        self.seconds += 1;
        let now = self.now();
        let session = |who: &usize| self.sessions.get(*who).copied();
        match happening {
            Happening::Connects(origin) => {
                let (id, outputs) = self.hub.connect(*origin, "text", now);
                self.sessions.push(id);
                outputs
            }
            Happening::Names(who, name) => {
                session(who).map(|id| self.hub.log_in(id, Ok(UserName::new(name).unwrap()))).unwrap_or_default()
            }
            Happening::Types(who, line) => {
                let command = Command::parse(line).unwrap().unwrap();
                session(who).map(|id| self.hub.carry_out(id, command, now)).unwrap_or_default()
            }
            Happening::SaysPassword(who) => {
                let password = Password::new("password").unwrap();
                session(who).map(|id| self.hub.say_password(id, Ok(password))).unwrap_or_default()
            }
            Happening::IsJudged(who, verdict) => {
                session(who).map(|id| self.hub.conclude(id, verdict.clone(), now)).unwrap_or_default()
            }
            Happening::IsGiven(who, token) => {
                session(who).map(|id| self.hub.give_token(id, SessionToken::new(*token), true, now)).unwrap_or_default()
            }
            Happening::TakesOver(who, token) => {
                session(who).map(|id| self.hub.take_over(id, SessionToken::new(*token), now)).unwrap_or_default()
            }
            Happening::Departs(who, departure) => {
                session(who).map(|id| self.hub.depart(id, *departure, now)).unwrap_or_default()
            }
            Happening::Stalls(who) => session(who).map(|id| self.hub.depart_as_slow(id, now)).unwrap_or_default(),
            Happening::Waits(seconds) => {
                self.seconds += seconds;
                self.hub.expire(self.now())
            }
            Happening::Stops => self.hub.shut_down(),
        }
    }

    fn kept(&self) -> Past {
        let records = self.outputs.iter().filter_map(|output| match output {
            Output::Keep(record) => Some(record.clone()),
            Output::Tell(..)
            | Output::TakeFile(..)
            | Output::RemoveFile(..)
            | Output::TellStats(_)
            | Output::Ask(..)
            | Output::Check(..)
            | Output::MakeToken(_)
            | Output::MakePassword(..)
            | Output::SetNumbers(..)
            | Output::SetCharset(..)
            | Output::Close(_) => None,
        });
        Past { records: records.collect(), ..Past::default() }
    }
}

fn lines(past: &Past) -> Vec<&Line> {
    let lines = past.records.iter().filter_map(|record| match record {
        Record::Line(line) => Some(&**line),
        _ => None,
    });
    lines.collect()
}

proptest! {
    #[test]
    fn two_hubs_that_are_asked_the_same_are_equal(happenings in prop::collection::vec(happening(), 0..80)) {
        let [one, other] = [0, 1].map(|_| Played::new(Hub::new(limits(), EPOCH)).play(&happenings));
        prop_assert_eq!(one.outputs, other.outputs);
        prop_assert_eq!(one.hub, other.hub);
    }

    #[test]
    fn deciding_changes_nothing(
        happenings in prop::collection::vec(happening(), 0..60),
        then in line(),
    ) {
        let played = Played::new(Hub::new(limits(), EPOCH)).play(&happenings);
        let before = format!("{:?}", played.hub);
        for id in &played.sessions {
            let _ = played.hub.decide(*id, Command::parse(&then).unwrap().unwrap(), played.now());
        }
        prop_assert_eq!(format!("{:?}", played.hub), before);
    }

    #[test]
    fn a_restored_hub_knows_the_rooms_and_their_numbers(
        before in prop::collection::vec(happening(), 0..80),
        after in prop::collection::vec(happening(), 0..40),
    ) {
        let played = Played::new(Hub::new(limits(), EPOCH)).play(&before);
        let past = played.kept();
        let restored = Hub::restore(limits(), EPOCH, &past);
        prop_assert_eq!(restored.view.places.lasting(), played.hub.view.places.lasting());
        prop_assert_eq!(&restored.view.account_tokens, &played.hub.view.account_tokens);
        prop_assert_eq!(&restored.view.bans, &played.hub.view.bans);
        prop_assert_eq!(&restored.view.pairs, &played.hub.view.pairs);
        let stopped = before.iter().any(|happening| matches!(happening, Happening::Stops));
        let lasting = |hub: &Hub| format!("{:?}", hub.view.people.lasting(|place| hub.view.places.get(place).is_some()));
        prop_assert!(stopped || lasting(&restored) == lasting(&played.hub));
        prop_assert_eq!(restored.view.last_message, lines(&past).last().map_or(0, |line| line.mark.id));

        let next = Played::new(restored).play(&after);
        let whole = Past { records: [past.records, next.kept().records].concat(), ..Past::default() };
        let again = Hub::restore(limits(), EPOCH, &whole);
        prop_assert_eq!(again.view.places.lasting(), next.hub.view.places.lasting());
        for pair in lines(&whole).windows(2) {
            prop_assert!(pair[0].mark.id < pair[1].mark.id && pair[0].mark.at <= pair[1].mark.at);
        }
        let mut numbers = std::collections::BTreeMap::new();
        for line in lines(&whole) {
            let last = numbers.insert(line.place, line.number).unwrap_or(0);
            prop_assert_eq!(line.number, last + 1, "no number is left out and none comes twice");
        }
    }

    #[test]
    fn what_is_told_of_a_room_was_kept_before(happenings in prop::collection::vec(happening(), 0..80)) {
        let mut last = None;
        for output in Played::new(Hub::new(limits(), EPOCH)).play(&happenings).outputs {
            match output {
                Output::Keep(Record::Line(line)) => last = Some(line.mark),
                Output::Tell(_, crate::protocol::event::Event::InRoom { mark, .. }) => prop_assert_eq!(Some(mark), last),
                Output::Keep(_) | Output::TakeFile(..) | Output::RemoveFile(..) | Output::Tell(..) | Output::TellStats(_)
                | Output::Ask(..) | Output::Check(..) | Output::MakeToken(_) | Output::MakePassword(..) | Output::SetNumbers(..) | Output::SetCharset(..)
                | Output::Close(_) => {}
            }
        }
    }
}
