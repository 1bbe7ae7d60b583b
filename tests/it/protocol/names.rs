//! Names from a raw socket: what is refused, and what is one name in several spellings.

use chatctl::server::Config;

use crate::support::{PROMPT, Server, WELCOME, Witness};

/// Of the names below, what nobody could see in a refusal.
const UNSEEN: &str = "\u{a0}\u{3000}\u{301}\u{3164}\u{115f}\u{ffa0}\u{200d}\u{fe0f}\u{ad}\u{feff}\u{200f}\u{202e}";

/// The refusal of a name, in which what cannot be seen is spelled out.
fn refusal(name: &str) -> String {
    let spell = |letter: char| match UNSEEN.contains(letter) {
        true => letter.escape_unicode().to_string(),
        false => letter.to_string(),
    };
    let spelled: String = name.chars().map(spell).collect();
    format!("error: bad-name: '{spelled}': 1 to 32 letters, digits, _ or -")
}

#[test]
fn names_that_are_none_are_refused() {
    let mut scene = Witness::of(Config::embedded());
    let long = "x".repeat(33);
    let refused = [
        "a b",
        "a\tb",
        "a\u{a0}b",
        "a\u{3000}b",
        "a,b",
        "a:b",
        "a/b",
        "-a",
        "a－b",
        "",
        "🦊",
        "½",
        "Ⅷ",
        "\u{301}a",
        &long,
        // Invisible: Hangul fillers, a joiner, a variation selector, a soft hyphen, a byte order mark, a right-to-left mark.
        "\u{3164}",
        "\u{115f}",
        "\u{ffa0}",
        "a\u{200d}b",
        "a\u{fe0f}",
        "a\u{ad}",
        "\u{feff}a",
        "a\u{200f}",
        "a\u{202e}b",
        // Folds to text with blanks.
        "\u{fdfa}",
    ];
    let mut mallory = scene.server.user("mallory");
    for name in refused.into_iter().filter(|name| !name.is_empty() && !name.contains([' ', '\t', ','])) {
        let told = refusal(name);
        mallory.ask(&format!("rename {name}"), &[&told]);
        mallory.ask(&format!("join room {name}"), &[&told]);
    }
    for name in refused.into_iter().filter(|name| !name.is_empty()) {
        let mut nameless = scene.server.connect();
        nameless.say(name);
        nameless.expect(&[PROMPT, &refusal(name), PROMPT]);
    }
    mallory.ask("rename a b", &["error: bad-command: usage: rename NAME"]);
    mallory.ask("send message a,,b hi", &["error: bad-command: usage: send message USER[,USER...] TEXT"]);
    scene.saw_nothing();
}

#[test]
fn reserved_names_are_refused_in_any_form() {
    let mut scene = Witness::of(Config::embedded());
    let mut mallory = scene.server.user("mallory");
    let reserved = "server error message room rooms users members file all everyone me quit help list ping history";
    for name in reserved.split(' ').flat_map(|name| [name.to_owned(), name.to_uppercase(), full_width(name)]) {
        mallory.ask(&format!("rename {name}"), &[&format!("error: bad-name: '{name}' is reserved")]);
    }
    for name in ["user", "USER", "ｕｓｅｒ"] {
        mallory.ask(&format!("create room {name}"), &[&format!("error: bad-name: '{name}' is reserved")]);
    }
    scene.saw_nothing();
    mallory.ask("rename user", &["server: you are now user"]);
}

fn full_width(name: &str) -> String {
    name.chars().filter_map(|c| char::from_u32(u32::from(c) - 0x21 + 0xff01)).collect()
}

#[test]
fn look_alike_normal_forms_are_one_name() {
    let mut scene = Witness::of(Config::embedded());
    let pairs = [
        ("Jos\u{e9}", "JOSE\u{301}"),
        ("alice", "ＡＬＩＣＥ"),
        ("ﬁn", "fin"),
        ("straße", "STRASSE"),
        ("ΣΑΣ", "σας"),
        ("\u{1e9b}\u{323}", "ṩ"),
    ];
    for (first, second) in pairs {
        let _holder = scene.server.user(first);
        let mut mallory = scene.server.connect();
        mallory.say(second);
        mallory.expect(&[PROMPT, &format!("error: name-taken: {first}"), PROMPT]);
        mallory.say("mallory");
        mallory.expect(&[WELCOME]);
        mallory.ask(&format!("send message {first},{second},nobody hi"), &["error: no-such-user: nobody"]);
    }
    scene.saw_nothing();
}

#[test]
fn names_are_kept_in_nfc() {
    let server = Server::embedded();
    let mut jose = server.user("Jose\u{301}");
    jose.ask("list users", &["server: users (1): Jos\u{e9}"]);
}
