//! What a client has asked to see of people.

use super::instruction::Who;
use super::room_request::room;
use super::writer::{IrcWriter, seconds, source_of, stamp};
use crate::protocol::mask::{fits, is_mask};
use crate::protocol::name::UserName;
use crate::protocol::profile::MessageSource;
use crate::protocol::sight::{Member, Person, Rank};

/// The fields of an answer to `WHO`, in the order in which they are told.
const FIELDS: &str = "tcuihsnfdlaor";

/// The mask that old clients know for everybody.
const EVERYBODY: &str = "0";

/// Answers to one `WHO`.
pub(super) fn who(writer: &mut IrcWriter<'_>, asked: &Who) {
    let sight = writer.sight;
    if let Ok(name) = room(&asked.mask) {
        if let Some(room) = writer.visible_room(&name) {
            let is_inside = sight.hearer().is_some_and(|hearer| room.member(hearer).is_some());
            let channel = format!("#{}", room.name);
            let members = room.members.iter().filter(|member| is_inside || !member.person.is_invisible);
            for member in members.filter(|_| !asked.operators) {
                tell(writer, asked, Some(&channel), member);
            }
        }
    } else if !asked.operators {
        match UserName::new(&asked.mask) {
            Ok(name) if asked.mask != EVERYBODY => {
                if let Some(person) = sight.person(&name) {
                    tell(writer, asked, None, &alone(person));
                }
            }
            _ => {
                let everybody = sight.people();
                let found =
                    everybody.into_iter().filter(|person| is_meant(&asked.mask, person) && may_see(writer, person));
                for person in found.collect::<Vec<_>>() {
                    tell(writer, asked, None, &alone(person));
                }
            }
        }
    }
    writer.numbered(315, &[&asked.mask, "End of /WHO list"]);
}

/// Somebody outside of any room.
fn alone(person: Person<'_>) -> Member<'_> {
    Member { person, rank: Rank::default() }
}

fn is_meant(mask: &str, person: &Person<'_>) -> bool {
    let texts = [person.name.as_str(), person.user, person.host, person.real_name];
    mask == EVERYBODY
        || (is_mask(mask) && (texts.iter().any(|text| fits(mask, text)) || fits(mask, &source_of(person))))
}

/// Whether somebody is found by a mask: who is invisible is so only for those who share a room with him.
fn may_see(writer: &IrcWriter<'_>, person: &Person<'_>) -> bool {
    let Some(hearer) = writer.sight.hearer() else { return false };
    !person.is_invisible
        || person.name == hearer
        || writer.sight.rooms_of(person.name).iter().any(|room| room.member(hearer).is_some())
}

fn tell(writer: &mut IrcWriter<'_>, asked: &Who, channel: Option<&str>, member: &Member<'_>) {
    let person = &member.person;
    let house = writer.sight.house().name.clone();
    let here = if person.away.is_some() { "G" } else { "H" };
    let bot = if person.is_bot { "B" } else { "" };
    let flags = format!("{here}{bot}{}", writer.prefix(member));
    let channel = channel.unwrap_or("*");
    let Some((fields, token)) = &asked.fields else {
        let real_name = format!("0 {}", person.real_name);
        writer.numbered(352, &[channel, person.user, person.host, &house, person.name.as_str(), &flags, &real_name]);
        return;
    };
    let idle =
        person.times.map_or(0, |(_, spoke)| seconds(writer.sight.now()).saturating_sub(seconds(spoke))).to_string();
    let account = person.account.map_or("0", UserName::as_str);
    let value = |field: char| match field {
        't' => token.as_str(),
        'c' => channel,
        'u' => person.user,
        'i' => "255.255.255.255",
        'h' => person.host,
        's' => house.as_str(),
        'n' => person.name.as_str(),
        'f' => flags.as_str(),
        'd' => "0",
        'l' => idle.as_str(),
        'a' => account,
        'o' => "n/a",
        _ => person.real_name,
    };
    let values: Vec<&str> = FIELDS.chars().filter(|field| fields.contains(*field)).map(value).collect();
    writer.numbered(354, &values);
}

/// Everything about one user.
pub(super) fn whois(writer: &mut IrcWriter<'_>, nick: &str) {
    let sight = writer.sight;
    let found = UserName::new(nick).ok().and_then(|name| sight.person(&name));
    match found {
        Some(person) => tell_all(writer, &person),
        None => writer.numbered(401, &[nick, "No such nick/channel"]),
    }
    writer.numbered(318, &[found.map_or(nick, |person| person.name.as_str()), "End of /WHOIS list"]);
}

fn tell_all(writer: &mut IrcWriter<'_>, person: &Person<'_>) {
    let sight = writer.sight;
    let (name, house) = (person.name.as_str(), sight.house());
    writer.numbered(311, &[name, person.user, person.host, "*", person.real_name]);
    let rooms: Vec<String> = sight
        .rooms_of(person.name)
        .iter()
        .filter(|room| {
            let is_shared = sight.hearer().is_some_and(|hearer| room.member(hearer).is_some());
            is_shared || !(person.is_invisible || room.is_secret())
        })
        .filter_map(|room| Some(format!("{}#{}", writer.prefix(room.member(person.name)?), room.name)))
        .collect();
    writer.words(319, &[name], &rooms, ' ');
    writer.numbered(312, &[name, &house.name, &house.network]);
    if let Some(away) = person.away {
        writer.numbered(301, &[name, away]);
    }
    if person.is_bot {
        writer.numbered(335, &[name, &format!("is a Bot on {}", house.network)]);
    }
    if let Some(account) = person.account {
        writer.numbered(330, &[name, account.as_str(), "is logged in as"]);
    }
    if person.is_secure {
        writer.numbered(671, &[name, "is using a secure connection"]);
    }
    if let Some((since, spoke)) = person.times {
        let idle = seconds(sight.now()).saturating_sub(seconds(spoke)).to_string();
        writer.numbered(317, &[name, &idle, &seconds(since).to_string(), "seconds idle, signon time"]);
    }
}

/// Who had this name.
pub(super) fn whowas(writer: &mut IrcWriter<'_>, nick: &str, most: usize) {
    let sight = writer.sight;
    let former = UserName::new(nick).map(|name| sight.former(&name)).unwrap_or_default();
    if former.is_empty() {
        writer.numbered(406, &[nick, "There was no such nickname"]);
    }
    for person in former.iter().take(most) {
        let MessageSource { name, user, host } = &person.who;
        writer.numbered(314, &[name.as_str(), user, host, "*", &person.real_name]);
        writer.numbered(312, &[name.as_str(), &sight.house().name, &stamp(person.until).to_string()]);
    }
    writer.numbered(369, &[nick, "End of WHOWAS"]);
}

/// `302 :bob=+user@host`
pub(super) fn user_hosts(writer: &mut IrcWriter<'_>, nicks: &[String]) {
    let sight = writer.sight;
    let people = nicks.iter().take(5).filter_map(|nick| sight.person(&UserName::new(nick).ok()?));
    let words: Vec<String> = people
        .map(|person| {
            let here = if person.away.is_some() { '-' } else { '+' };
            format!("{}={here}{}@{}", person.name, person.user, person.host)
        })
        .collect();
    writer.numbered(302, &[&words.join(" ")]);
}

/// Those of the nicks that are here.
pub(super) fn is_on(writer: &mut IrcWriter<'_>, nicks: &[String]) {
    let sight = writer.sight;
    let people = nicks.iter().filter_map(|nick| sight.person(&UserName::new(nick).ok()?));
    let words: Vec<&str> = people.map(|person| person.name.as_str()).collect();
    writer.numbered(303, &[&words.join(" ")]);
}

pub(super) fn own_modes(writer: &mut IrcWriter<'_>) {
    let own = writer.sight.hearer().and_then(|hearer| writer.sight.person(hearer));
    let letters = [(own.is_some_and(|own| own.is_bot), 'B'), (own.is_some_and(|own| own.is_invisible), 'i')];
    let letters: String = letters.iter().filter(|(on, _)| *on).map(|(_, letter)| letter).collect();
    writer.numbered(221, &[&format!("+{letters}")]);
}
