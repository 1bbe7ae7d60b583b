//! Several hubs that carry out one log, with batches that come twice, nodes that are lost and lines that are no inputs.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::hub::{Greeting, HostWish, Limits, LoginLine, Output, PasswordHash, SessionOrigin, Verdict};
use crate::protocol::act::{Act, Addressee, Watch};
use crate::protocol::command::{Command, Manner, Original, Text};
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::profile::Profile;
use crate::protocol::token::{Epoch, SessionToken};

const LOST_AFTER: u32 = 5;
const NAMES: [&str; 5] = ["alice", "bob", "CAROL", "渊", "dave-1"];
const ROOMS: [&str; 3] = ["lobby", "Lobby", "den"];

/// A hub, and everything that it wanted done.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    hub: Hub,
    outputs: Vec<Output>,
}

impl Stage for Told {
    fn hub(&mut self) -> &mut Hub {
        &mut self.hub
    }

    fn deliver(&mut self, outputs: Outputs, _: Now) {
        self.outputs.extend(outputs);
    }
}

/// A node as the log sees it: what it has appended, and who has connected to it.
struct Producer {
    id: NodeId,
    number: u64,
}

/// A log, and what it made of one hub.
struct Played {
    told: Told,
    replica: Replica,
    log: Vec<Entry>,
    nodes: Vec<Producer>,
    millis: u64,
}

/// Something that is appended.
#[derive(Debug, Clone)]
enum Append {
    Inputs(usize, Vec<Deed>),
    Beat(usize),
    Stop(usize),
    /// This entry, counted from the end, once more.
    Again(usize),
}

/// What a session of the node wants, by its place among all slots.
#[derive(Debug, Clone)]
enum Deed {
    Connects(SessionOrigin),
    Names(u32, &'static str),
    Types(u32, String),
    Acts(u32, Act),
    Hears(u32, Verdict),
    Operates(HostWish),
    Goes(u32),
}

fn played(appends: &[Append]) -> Played {
    let hub = Hub::new(Limits { max_asleep: 2, ..Limits::default() }, Epoch::new(1));
    let told = Told { hub, outputs: Vec::new() };
    let (replica, log, nodes) = (Replica::new(LOST_AFTER), Vec::new(), Vec::new());
    let mut played = Played { told, replica, log, nodes, millis: 1_700_000_000_000 };
    for id in 0..3 {
        played.nodes.push(Producer { id: NodeId::new(id), number: 0 });
        let node = usize::try_from(id).unwrap();
        played.append(node, Batch::Begin("rules").to_string());
    }
    appends.iter().for_each(|append| played.play(append));
    played
}

impl Played {
    fn play(&mut self, append: &Append) {
        match append {
            Append::Inputs(node, deeds) => {
                let mut text = String::new();
                for deed in deeds {
                    let input = self.input(deed);
                    LoggedInput { input, nonce: None }.write(&mut text);
                    text.push('\n');
                }
                self.append(*node, text.trim_end_matches('\n').to_owned());
            }
            Append::Beat(node) => {
                let digest = self.replica.roll.digest(self.nodes[*node].id);
                self.append(*node, Batch::Beat(digest).to_string());
            }
            Append::Stop(node) => self.append(*node, Batch::Stop.to_string()),
            Append::Again(back) => {
                let again = self.log[self.log.len().saturating_sub(1 + back)].clone();
                let before = format!("{:?}", self.told);
                assert_eq!(self.apply(again), News::Ignored);
                assert_eq!(format!("{:?}", self.told), before, "what came before does nothing");
            }
        }
    }

    /// A session that there is or not, of this node or another.
    fn input(&self, deed: &Deed) -> Input {
        let id = |slot: &u32| {
            let all = self.told.hub.view.sessions.ids().collect::<Vec<_>>();
            all.get(*slot as usize).copied().unwrap_or_else(|| SessionId::parse("3.1").unwrap())
        };
        match deed {
            Deed::Connects(origin) => Input::Connect(*origin, "text"),
            Deed::Names(slot, name) => {
                let greeting = Greeting {
                    lobby: Some(RoomName::new("lobby").unwrap()),
                    token: Some(SessionToken::new((*slot).into())),
                };
                Input::LogIn(id(slot), LoginLine::Name(UserName::new(name).unwrap()), greeting)
            }
            Deed::Types(slot, line) => {
                let token = Some(SessionToken::new(9)).filter(|_| line == "token");
                Input::Command(id(slot), Command::parse(line).unwrap().unwrap(), token)
            }
            Deed::Acts(slot, act) => Input::Act(id(slot), act.clone()),
            Deed::Hears(slot, verdict) => Input::Verdict(id(slot), verdict.clone(), Greeting::default()),
            Deed::Operates(wish) => Input::Host(wish.clone()),
            Deed::Goes(slot) => Input::Depart(id(slot), Departure::ConnectionClosed),
        }
    }

    fn append(&mut self, node: usize, text: String) {
        self.nodes[node].number += 1;
        self.millis += 700;
        let (node, number) = (self.nodes[node].id, self.nodes[node].number);
        self.apply(Entry { node, number, text, at: Duration::from_millis(self.millis) });
    }

    fn apply(&mut self, entry: Entry) -> News {
        let news = self.replica.apply(&entry, &mut self.told);
        assert!(!matches!(news, News::Unreadable | News::Differs | News::Refused(_)), "{news:?}");
        self.log.push(entry);
        news
    }
}

fn line() -> impl Strategy<Value = String> {
    let name = || prop::sample::select(NAMES.to_vec());
    let room = || prop::sample::select(ROOMS.to_vec());
    prop_oneof![
        (room(), name()).prop_map(|(room, user)| format!("create room {room} {user},alice")),
        room().prop_map(|room| format!("join room {room}")),
        room().prop_map(|room| format!("leave room {room}")),
        (room(), name()).prop_map(|(room, user)| format!("kick {room} {user} enough")),
        (room(), name()).prop_map(|(room, user)| format!("invite {room} {user},alice")),
        (room(), prop::sample::select(vec!["", " tea", " tea \\ \"x\""]))
            .prop_map(|(room, topic)| format!("topic {room}{topic}")),
        room().prop_map(|room| format!("send {room} hi  there")),
        (room(), 0..9_u64).prop_map(|(room, number)| format!("resume {room} {number}")),
        name().prop_map(|user| format!("send message {user},alice psst")),
        name().prop_map(|user| format!("rename {user}")),
        (
            prop::sample::select(vec![
                "appoint",
                "dismiss",
                "drop account",
                "kick server",
                "ban server",
                "unban server"
            ]),
            name()
        )
            .prop_map(|(operation, user)| format!("{operation} {user}")),
        prop::sample::select(vec![
            "list rooms",
            "ping x",
            "quit",
            "set numbers on",
            "set encoding gbk",
            "token",
            "set invitations ask",
            "register password",
            "unregister password",
            "set password password passw0rd",
            "history lobby",
            "search hi",
            "announce tea  time",
            "list accounts",
        ])
        .prop_map(str::to_owned),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    let room = || prop::sample::select(ROOMS.to_vec()).prop_map(|room| RoomName::new(room).unwrap());
    let name = || prop::sample::select(NAMES.to_vec()).prop_map(|name| UserName::new(name).unwrap());
    prop_oneof![
        room().prop_map(|room| Act::Enter { room, key: None }),
        (room(), "[a-z \\n\\\\\"]{1,8}").prop_filter_map("a text", |(room, text)| {
            let written = Some("\u{2}x".into());
            let original = Original { manner: Manner::Does, written, tags: "+a=b".into(), cuts: Box::default() };
            Some(Act::Say { to: Addressee::Room(room), text: Text::new(&text).ok()?.with_original(original) })
        }),
        name().prop_map(|name| Act::Watch(Watch::Add(vec![name]))),
        Just(Act::LeaveAll),
        Just(Act::Quit(Some("so\nlong".into()))),
        name().prop_map(Act::Rename),
    ]
}

fn wish() -> impl Strategy<Value = HostWish> {
    let name = || prop::sample::select(NAMES.to_vec()).prop_map(|name| UserName::new(name).unwrap());
    prop_oneof![
        name().prop_map(HostWish::Kick),
        name().prop_map(HostWish::Ban),
        name().prop_map(HostWish::Unban),
        prop::sample::select(ROOMS.to_vec()).prop_map(|room| HostWish::CloseRoom(RoomName::new(room).unwrap())),
        name().prop_map(|name| HostWish::SetPassword(name, PasswordHash::new("$other$"))),
    ]
}

fn deed() -> impl Strategy<Value = Deed> {
    let session = || 0_u32..5;
    let origin = prop::sample::select(vec![SessionOrigin::Local, SessionOrigin::Remote, SessionOrigin::Operator]);
    prop_oneof![
        3 => origin.prop_map(Deed::Connects),
        5 => (session(), prop::sample::select(NAMES.to_vec())).prop_map(|(id, name)| Deed::Names(id, name)),
        12 => (session(), line()).prop_map(|(id, line)| Deed::Types(id, line)),
        3 => (session(), act()).prop_map(|(id, act)| Deed::Acts(id, act)),
        2 => session().prop_map(|id| Deed::Hears(id, Verdict::Hashed(PasswordHash::new("$hash$")))),
        1 => session().prop_map(|id| Deed::Hears(id, Verdict::Right)),
        1 => wish().prop_map(Deed::Operates),
        1 => session().prop_map(Deed::Goes),
    ]
}

fn append() -> impl Strategy<Value = Append> {
    let node = || 0_usize..3;
    prop_oneof![
        12 => (node(), prop::collection::vec(deed(), 1..6)).prop_map(|(node, deeds)| Append::Inputs(node, deeds)),
        4 => node().prop_map(Append::Beat),
        1 => node().prop_map(Append::Stop),
        2 => (0_usize..4).prop_map(Append::Again),
    ]
}

/// A node that carries out its own entries as they were given to it, and those of others as they are written.
struct Own<'a> {
    told: Told,
    own: NodeId,
    given: &'a BTreeMap<u64, Vec<Input>>,
}

impl Stage for Own<'_> {
    fn hub(&mut self) -> &mut Hub {
        &mut self.told.hub
    }

    fn deliver(&mut self, outputs: Outputs, now: Now) {
        self.told.deliver(outputs, now);
    }

    fn carry(&mut self, roll: &mut Roll, entry: &Entry, batch: Batch<'_>, now: Now) -> bool {
        if entry.node != self.own {
            return batch
                .inputs()
                .all(|input| input.map(|input| self.carry_one(roll, entry.node, input, now)).is_some());
        }
        for input in &self.given[&entry.number] {
            self.carry_one(roll, entry.node, LoggedInput { input: input.clone(), nonce: None }, now);
        }
        true
    }
}

proptest! {
    /// Everything that is known is equal, whichever of the sessions are one's own, and each batch counts once.
    #[test]
    fn two_hubs_that_carry_out_one_log_are_equal(appends in prop::collection::vec(append(), 0..40)) {
        let first = played(&appends);
        let hub = || Hub::new(Limits { max_asleep: 2, ..Limits::default() }, Epoch::new(1));
        let (mut told, mut replica) = (Told { hub: hub(), outputs: Vec::new() }, Replica::new(LOST_AFTER));
        for entry in &first.log {
            replica.apply(entry, &mut told);
        }
        prop_assert_eq!(&told.outputs, &first.told.outputs);
        prop_assert_eq!(&replica, &first.replica);
        prop_assert_eq!(told.hub.digest(), first.told.hub.digest());
        prop_assert_eq!(&told.hub, &first.told.hub);
    }

    /// A hub that knows what another knew at some entry, and carries out the rest, is the same.
    #[test]
    fn a_snapshot_taken_anywhere_and_the_rest_of_the_log_give_the_same_state(
        appends in prop::collection::vec(append(), 0..40),
        at in any::<prop::sample::Index>(),
    ) {
        let whole = played(&appends);
        let limits = || Limits { max_asleep: 2, ..Limits::default() };
        let mut told = Told { hub: Hub::new(limits(), Epoch::new(1)), outputs: Vec::new() };
        let mut replica = Replica::new(LOST_AFTER);
        let (before, after) = whole.log.split_at(at.index(whole.log.len()));
        for entry in before {
            replica.apply(entry, &mut told);
        }
        let (state, nodes) = (told.hub.state(), replica.state());
        let hub = Hub::of_state(limits(), &state).expect("it reads what it has written");
        prop_assert_eq!(&hub, &told.hub);
        let mut again = Told { hub, outputs: Vec::new() };
        let mut replica = Replica::of_state(&nodes).expect("it reads what it has written");
        for entry in after {
            replica.apply(entry, &mut again);
        }
        prop_assert_eq!(&again.hub, &whole.told.hub);
        prop_assert_eq!(&replica, &whole.replica);
        prop_assert_eq!(&again.outputs[..], &whole.told.outputs[told.outputs.len()..]);
    }

    #[test]
    fn no_state_is_too_strange_to_be_refused(state in prop::collection::vec(any::<u8>(), 0..60)) {
        prop_assert_eq!(Hub::of_state(Limits::default(), &state), None);
    }

    /// What is not written of a node's own inputs makes no difference to anybody: a request that changes nothing is a place
    /// in the log, and passwords are not in it.
    #[test]
    fn what_is_left_out_of_the_log_changes_nothing(appends in prop::collection::vec(append(), 0..40)) {
        let mut first = played(&[]);
        let mut given = BTreeMap::new();
        for append in &appends {
            if let Append::Inputs(0, deeds) = append {
                let inputs = deeds.iter().map(|deed| first.input(deed)).collect::<Vec<_>>();
                given.insert(first.nodes[0].number + 1, inputs);
            }
            first.play(append);
        }
        let hub = Hub::new(Limits { max_asleep: 2, ..Limits::default() }, Epoch::new(1));
        let told = Told { hub, outputs: Vec::new() };
        let mut own = Own { told, own: first.nodes[0].id, given: &given };
        let mut replica = Replica::new(LOST_AFTER);
        for entry in &first.log {
            replica.apply(entry, &mut own);
        }
        prop_assert_eq!(&own.told.hub, &first.told.hub);
        prop_assert_eq!(&replica, &first.replica);
    }

    #[test]
    fn an_input_reads_back_as_it_was_written(deeds in prop::collection::vec(deed(), 1..20)) {
        let played = played(&[]);
        for deed in &deeds {
            let (input, mut line) = (played.input(deed), String::new());
            let logged = LoggedInput { input: input.clone(), nonce: Some("n 1".into()).filter(|_| deeds.len() % 2 == 0) };
            logged.write(&mut line);
            prop_assert!(!line.contains('\n'), "{:?}", line);
            let read = LoggedInput::read(&line);
            prop_assert!(read.is_some(), "{:?}", line);
            let (read, mut again) = (read.unwrap(), String::new());
            read.write(&mut again);
            prop_assert_eq!(&again, &line);
            let is_whole = line.starts_with("C ") || matches!(input, Input::Act(..) | Input::LogIn(..) | Input::Verdict(..) | Input::Host(_));
            let same = |input: &Input| format!("{input:?}").replace("Short", "Long");
            prop_assert!(!is_whole || line.starts_with("L ") || same(&read.input) == same(&input), "{:?}", line);
        }
    }

    #[test]
    fn no_line_is_too_strange_to_be_read(line in "[LCJHBQ] ?[0-9]{0,11}[.]?[0-9]{0,2} ?\\PC{0,30}") {
        let _ = LoggedInput::read(&line);
        let _ = Batch::read(&line);
    }
}

#[test]
fn a_description_reads_back() {
    let (since, spoke) = (SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH + Duration::from_millis(1));
    let profile = Profile {
        user: "u".into(),
        host: "h".into(),
        real_name: "A \"B\"\\".into(),
        away: None,
        is_bot: true,
        is_invisible: false,
        is_secure: true,
        since,
        spoke,
    };
    let (id, name) = (SessionId::parse("1.2").unwrap(), UserName::new("alice").unwrap());
    let input = Input::LogInDescribed(id, name, Box::new(profile), 7, Greeting::default());
    let mut line = String::new();
    LoggedInput { input: input.clone(), nonce: None }.write(&mut line);
    assert_eq!(LoggedInput::read(&line).map(|read| read.input), Some(input));
}

#[test]
fn a_node_that_others_beat_five_times_without_is_gone_with_its_users_and_stays_gone() {
    let connects = || Deed::Connects(SessionOrigin::Local);
    let mut appends = vec![
        Append::Inputs(0, vec![connects()]),
        Append::Inputs(0, vec![Deed::Names(0, "alice")]),
        Append::Inputs(1, vec![connects()]),
        Append::Inputs(1, vec![Deed::Names(1, "bob")]),
        Append::Beat(2),
    ];
    // Beats of two are not added up.
    for _ in 0..3 {
        appends.extend([Append::Beat(0), Append::Beat(2)]);
    }
    appends.push(Append::Beat(0));
    let mut played = played(&appends);
    assert!(played.replica.roll.has(NodeId::new(1)) && played.told.hub.users().len() == 2);
    played.play(&Append::Beat(0));
    assert!(!played.replica.roll.has(NodeId::new(1)));
    let left = format!("{:?}", played.told.outputs.last());
    assert!(left.contains("ServerLost") && left.contains("bob"), "{left}");
    assert_eq!(played.told.hub.users(), [UserName::new("alice").unwrap()]);
    let before = played.told.hub.digest();
    played.play(&Append::Inputs(1, vec![connects()]));
    assert_eq!(played.told.hub.digest(), before);
}

#[test]
fn a_node_with_other_rules_begins_only_when_nobody_else_is_left() {
    let mut played = played(&[]);
    let entry = |number, at: u64| Entry {
        node: NodeId::new(9),
        number,
        text: Batch::Begin("other rules").to_string(),
        at: Duration::from_millis(at),
    };
    let now = played.millis;
    assert_eq!(played.replica.apply(&entry(1, now), &mut played.told), News::Refused("rules".into()));
    assert_eq!(played.replica.apply(&entry(1, now + 20_000), &mut played.told), News::Taken);
}

#[test]
fn a_hub_that_differs_from_the_eldest_one_says_so() {
    let mut played = played(&[Append::Beat(0), Append::Beat(1)]);
    let beat = |node, number, digest| Entry {
        node: NodeId::new(node),
        number,
        text: Batch::Beat(Some(digest)).to_string(),
        at: Duration::from_secs(1_800_000_000),
    };
    assert_eq!(played.replica.apply(&beat(1, 3, 1), &mut played.told), News::Taken);
    assert_eq!(played.replica.apply(&beat(0, 3, 1), &mut played.told), News::Differs);
}
