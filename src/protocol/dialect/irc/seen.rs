//! What a client has asked to see: the rooms, their members, the server itself.

use std::collections::BTreeSet;
use std::time::SystemTime;

use super::features::Features;
use super::instruction::{IrcQuery, ListFilter};
use super::modes;
use super::past_request;
use super::room_request::room;
use super::who;
use super::writer::{IrcWriter, seconds, source_of, stamp};
use crate::protocol::mask::{fits, is_mask};
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::room_modes::MaskKind;
use crate::protocol::sight::{Member, RoomSight};

/// What the program and its version are called.
const VERSION: &str = concat!("chatctl-", env!("CARGO_PKG_VERSION"));

/// Tokens of one line that says what the server supports.
const TOKENS: usize = 13;

pub(super) fn answer(writer: &mut IrcWriter<'_>, question: &IrcQuery) {
    match question {
        IrcQuery::Names(rooms) => names(writer, rooms),
        IrcQuery::Topic(room) => topic(writer, room),
        IrcQuery::Who(asked) => who::who(writer, asked),
        IrcQuery::Whois(nick) => who::whois(writer, nick),
        IrcQuery::Whowas(nick, most) => who::whowas(writer, nick, *most),
        IrcQuery::List(listed) => list(writer, listed),
        IrcQuery::Census => census(writer),
        IrcQuery::Motd => motd(writer),
        IrcQuery::Version => {
            let house = writer.sight.house().name.clone();
            writer.numbered(351, &[VERSION, &house, "chatctl"]);
            supported(writer);
        }
        IrcQuery::Time => {
            let (house, now) = (writer.sight.house().name.clone(), writer.sight.now());
            writer.numbered(391, &[&house, &seconds(now).to_string(), "0", &stamp(now).to_string()]);
        }
        IrcQuery::Info => {
            writer.numbered(371, &[VERSION]);
            let started = stamp(writer.sight.house().started);
            writer.numbered(371, &[&format!("Started at {started}")]);
            writer.numbered(374, &["End of /INFO list"]);
        }
        IrcQuery::Admin => {
            let house = writer.sight.house().name.clone();
            writer.numbered(256, &[&house, "Administrative info"]);
            writer.numbered(257, &[&writer.sight.house().network.clone()]);
            writer.numbered(258, &["Ask whoever runs this server"]);
            writer.numbered(259, &["There is no mail address"]);
        }
        IrcQuery::Links => {
            let (house, network) = (writer.sight.house().name.clone(), writer.sight.house().network.clone());
            writer.numbered(364, &[&house, &house, &format!("0 {network}")]);
            writer.numbered(365, &["*", "End of /LINKS list"]);
        }
        IrcQuery::Help(subject) => help(writer, subject),
        IrcQuery::UserHosts(nicks) => who::user_hosts(writer, nicks),
        IrcQuery::IsOn(nicks) => who::is_on(writer, nicks),
        IrcQuery::OwnModes => who::own_modes(writer),
        IrcQuery::RoomModes(room) => room_modes(writer, room),
        IrcQuery::Masks(room, kind) => masks(writer, room, *kind),
    }
}

/// A question to the server of this name. A mask that fits this one, or the nick of somebody, means this one.
pub(super) fn of_house(writer: &mut IrcWriter<'_>, word: &str, question: &IrcQuery) {
    let is_user = UserName::new(word).is_ok_and(|name| writer.sight.person(&name).is_some());
    if is_user || fits(word, &writer.sight.house().name) {
        answer(writer, question);
    } else {
        writer.numbered(402, &[word, "No such server"]);
    }
}

/// A question that only oneself may ask about oneself.
pub(super) fn of_oneself(writer: &mut IrcWriter<'_>, name: &UserName, question: &IrcQuery) {
    if writer.sight.hearer() == Some(name) {
        answer(writer, question);
    } else if writer.sight.person(name).is_some() {
        writer.numbered(502, &["Cant view mode for other users"]);
    } else {
        writer.numbered(401, &[name.as_str(), "No such nick/channel"]);
    }
}

/// The first lines of somebody who has a name.
pub(super) fn welcome(writer: &mut IrcWriter<'_>) {
    let house = writer.sight.house();
    let (name, network, started) = (house.name.clone(), house.network.clone(), stamp(house.started));
    let nick = writer.nick();
    writer.numbered(1, &[&format!("Welcome to {network}, {nick}")]);
    writer.numbered(2, &[&format!("Your host is {name}, running {VERSION}")]);
    writer.numbered(3, &[&format!("This server was started {started}")]);
    writer.numbered(4, &[&name, VERSION, "Bi", "CIbeiklmnostv", "Ibeklov"]);
    supported(writer);
    census(writer);
    who::own_modes(writer);
    // The last line of the greeting for clients that wait for its end.
    motd(writer);
}

fn supported(writer: &mut IrcWriter<'_>) {
    let house = writer.sight.house();
    let (network, rooms, targets) = (house.network.clone(), house.max_rooms, house.max_recipients);
    let tokens = [
        "AWAYLEN=200".to_owned(),
        "BOT=B".to_owned(),
        "CASEMAPPING=ascii".to_owned(),
        format!("CHANLIMIT=#:{rooms}"),
        "CHANMODES=Ibe,k,l,Cimnst".to_owned(),
        "CHANNELLEN=33".to_owned(),
        "CHANTYPES=#".to_owned(),
        format!("CHATHISTORY={}", past_request::MOST),
        "ELIST=MNU".to_owned(),
        "EXCEPTS".to_owned(),
        "INVEX".to_owned(),
        "KICKLEN=390".to_owned(),
        "LINELEN=512".to_owned(),
        "MAXLIST=Ibe:60".to_owned(),
        "MODES=20".to_owned(),
        "MONITOR=100".to_owned(),
        "MSGREFTYPES=msgid,timestamp".to_owned(),
        "NAMELEN=128".to_owned(),
        format!("NETWORK={network}"),
        "NICKLEN=32".to_owned(),
        "PREFIX=(ov)@+".to_owned(),
        "SAFELIST".to_owned(),
        "STATUSMSG=@+".to_owned(),
        format!("TARGMAX=JOIN:,PART:,KICK:,NAMES:,PRIVMSG:{targets},NOTICE:{targets},TAGMSG:{targets},MONITOR:100"),
        "TOPICLEN=390".to_owned(),
        "USERLEN=18".to_owned(),
        "UTF8ONLY".to_owned(),
        "WHOX".to_owned(),
    ];
    for tokens in tokens.chunks(TOKENS) {
        let params: Vec<&str> =
            tokens.iter().map(String::as_str).chain(std::iter::once("are supported by this server")).collect();
        writer.numbered(5, &params);
    }
}

fn census(writer: &mut IrcWriter<'_>) {
    let census = writer.sight.census();
    let visible = census.users.saturating_sub(census.invisible);
    let (users, most) = (census.users, census.most_users);
    writer.numbered(251, &[&format!("There are {visible} users and {} invisible on 1 servers", census.invisible)]);
    writer.numbered(252, &[&census.operators.to_string(), "operator(s) online"]);
    writer.numbered(253, &[&census.nameless.to_string(), "unknown connection(s)"]);
    writer.numbered(254, &[&census.rooms.to_string(), "channels formed"]);
    writer.numbered(255, &[&format!("I have {users} clients and 0 servers")]);
    let (users, most) = (users.to_string(), most.to_string());
    writer.numbered(265, &[&users, &most, &format!("Current local users {users}, max {most}")]);
    writer.numbered(266, &[&users, &most, &format!("Current global users {users}, max {most}")]);
}

fn motd(writer: &mut IrcWriter<'_>) {
    let lines = writer.sight.house().motd.clone();
    if lines.is_empty() {
        writer.numbered(422, &["No message of the day"]);
        return;
    }
    let name = writer.sight.house().name.clone();
    writer.numbered(375, &[&format!("- {name} Message of the day - ")]);
    lines.iter().for_each(|line| writer.numbered(372, &[&format!("- {line}")]));
    writer.numbered(376, &["End of /MOTD command"]);
}

/// Each with its members; whatever was asked for is at its end then.
fn names(writer: &mut IrcWriter<'_>, rooms: &str) {
    let named: BTreeSet<RoomName> = rooms.split(',').filter_map(|word| room(word).ok()).collect();
    named.iter().for_each(|name| members(writer, name));
    writer.numbered(366, &[rooms, "End of /NAMES list"]);
}

/// `353 = #a :@al bob`, on as many lines as it takes.
fn members(writer: &mut IrcWriter<'_>, name: &RoomName) {
    let sight = writer.sight;
    let Some(room) = writer.visible_room(name) else { return };
    let sign = if room.is_secret() { "@" } else { "=" };
    let is_inside = sight.hearer().is_some_and(|hearer| room.member(hearer).is_some());
    let visible = room.members.iter().filter(|member| is_inside || !member.person.is_invisible);
    let words: Vec<String> = visible.map(|member| listed_name(writer, member)).collect();
    let channel = format!("#{}", room.name);
    writer.words(353, &[sign, &channel], &words, ' ');
}

fn listed_name(writer: &IrcWriter<'_>, member: &Member<'_>) -> String {
    let person = &member.person;
    let name = if writer.features.has(Features::HOST_IN_NAMES) { source_of(person) } else { person.name.to_string() };
    writer.prefix(member) + &name
}

/// Which of these are here.
pub(super) fn looked(writer: &mut IrcWriter<'_>, names: &[UserName]) {
    let sight = writer.sight;
    let (mut here, mut gone) = (Vec::new(), Vec::new());
    for name in names {
        match sight.person(name) {
            Some(person) => here.push(source_of(&person)),
            None => gone.push(name.to_string()),
        }
    }
    writer.words(730, &[], &here, ',');
    writer.words(731, &[], &gone, ',');
}

/// What a new member is told.
pub(super) fn entered(writer: &mut IrcWriter<'_>, name: &RoomName) {
    if writer.visible_room(name).is_some_and(|room| room.topic.is_some()) {
        topic(writer, name);
    }
    members(writer, name);
    read_to(writer, &format!("#{name}"), writer.sight.read_to(name));
    writer.numbered(366, &[&format!("#{name}"), "End of /NAMES list"]);
}

/// Up to when the hearer has read something.
pub(super) fn read_to(writer: &mut IrcWriter<'_>, target: &str, at: Option<SystemTime>) {
    if writer.features.has(Features::READ_MARKER) {
        let at = at.map_or("*".to_owned(), |at| format!("timestamp={}", stamp(at)));
        writer.plain("MARKREAD", &[target, &at]);
    }
}

fn no_room(writer: &mut IrcWriter<'_>, name: &RoomName) {
    writer.numbered(403, &[&format!("#{name}"), "No such channel"]);
}

fn topic(writer: &mut IrcWriter<'_>, name: &RoomName) {
    let Some(room) = writer.visible_room(name) else { return no_room(writer, name) };
    let channel = format!("#{}", room.name);
    match room.topic {
        None => writer.numbered(331, &[&channel, "No topic is set"]),
        Some((text, by, at)) => {
            writer.numbered(332, &[&channel, text]);
            writer.numbered(333, &[&channel, by.as_str(), &seconds(at).to_string()]);
        }
    }
}

fn room_modes(writer: &mut IrcWriter<'_>, name: &RoomName) {
    let Some(room) = writer.visible_room(name) else { return no_room(writer, name) };
    let channel = format!("#{}", room.name);
    let is_inside = writer.sight.hearer().is_some_and(|hearer| room.member(hearer).is_some());
    let settings = modes::settings(room.modes, room.is_private, is_inside);
    let params: Vec<&str> = std::iter::once(&channel).chain(&settings).map(String::as_str).collect();
    writer.numbered(324, &params);
    if let Some(created) = room.created {
        writer.numbered(329, &[&channel, &seconds(created).to_string()]);
    }
}

/// The masks of one kind, for everybody.
fn masks(writer: &mut IrcWriter<'_>, name: &RoomName, kind: MaskKind) {
    let Some(room) = writer.visible_room(name) else { return no_room(writer, name) };
    let channel = format!("#{}", room.name);
    let (one, end, which) = match kind {
        MaskKind::Banned => (367, 368, "End of channel ban list"),
        MaskKind::Excepted => (348, 349, "End of channel exception list"),
        MaskKind::Invited => (346, 347, "End of channel invite exception list"),
    };
    if kind == MaskKind::Banned {
        for (user, by, at) in &room.bans {
            writer.numbered(one, &[&channel, &format!("{user}!*@*"), by.as_str(), &seconds(*at).to_string()]);
        }
    }
    for mask in room.modes.masks(kind) {
        writer.numbered(one, &[&channel, &mask.mask, mask.by.as_str(), &seconds(mask.at).to_string()]);
    }
    writer.numbered(end, &[&channel, which]);
}

fn list(writer: &mut IrcWriter<'_>, listed: &ListFilter) {
    writer.numbered(321, &["Channel", "Users  Name"]);
    let sight = writer.sight;
    let may_know =
        |room: &RoomSight<'_>| !room.is_secret() || sight.hearer().is_some_and(|hearer| room.member(hearer).is_some());
    for room in sight.rooms().iter().filter(|room| may_know(room) && is_listed(room, listed)) {
        let topic = room.topic.map_or("", |(text, ..)| text);
        writer.numbered(322, &[&format!("#{}", room.name), &room.members.len().to_string(), topic]);
    }
    writer.numbered(323, &["End of /LIST"]);
}

fn is_listed(room: &RoomSight<'_>, listed: &ListFilter) -> bool {
    let (name, size) = (format!("#{}", room.name), room.members.len());
    let is = |mask: &String| {
        if is_mask(mask) { fits(mask, &name) } else { self::room(mask).is_ok_and(|asked| asked == *room.name) }
    };
    (listed.masks.is_empty() || listed.masks.iter().any(is))
        && !listed.except.iter().any(|mask| fits(mask, &name))
        && listed.more_than.is_none_or(|number| size > number)
        && listed.fewer_than.is_none_or(|number| size < number)
}

fn help(writer: &mut IrcWriter<'_>, subject: &str) {
    let shown = if subject.is_empty() { "*" } else { subject };
    let lines = match subject.to_ascii_uppercase().as_str() {
        "" | "INDEX" => {
            vec!["JOIN #room, PART #room, PRIVMSG #room :text, NICK name, TOPIC #room, LIST, WHO, WHOIS, QUIT"]
        }
        "JOIN" => vec!["JOIN #room[,#room]: enters rooms, or opens them"],
        "PART" => vec!["PART #room [:why]: leaves a room"],
        "PRIVMSG" => vec!["PRIVMSG #room :text, PRIVMSG nick :text: says something"],
        "NICK" => vec!["NICK name: changes your name"],
        "TOPIC" => vec!["TOPIC #room [:text]: shows or sets what a room is about"],
        "LIST" => vec!["LIST [#room,mask,>2,<5]: shows the rooms"],
        "WHO" => vec!["WHO #room, WHO mask: shows who is here"],
        "WHOIS" => vec!["WHOIS nick: shows who somebody is"],
        "QUIT" => vec!["QUIT [:why]: leaves the server"],
        _ => {
            writer.numbered(524, &[shown, "Help not found"]);
            return;
        }
    };
    writer.numbered(704, &[shown, "Help"]);
    lines.iter().for_each(|line| writer.numbered(705, &[shown, line]));
    writer.numbered(706, &[shown, "End of /HELP"]);
}
