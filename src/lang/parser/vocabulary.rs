//! The words of the language: what no user may be called, how each statement is written, and which word was probably
//! meant.

/// The words that begin a statement, or follow the users of one.
pub(crate) const STATEMENT_WORDS: [&str; 33] = [
    "connect",
    "open",
    "raw",
    "is",
    "drain",
    "ignore",
    "disconnect",
    "reset",
    "reconnect",
    "stall",
    "resume",
    "chunk",
    "upload",
    "download",
    "unordered",
    "together",
    "each",
    "repeat",
    "every",
    "pause",
    "let",
    "param",
    "assert",
    "test",
    "setup",
    "finally",
    "title",
    "tags",
    "set",
    "dialect",
    "include",
    "load",
    "end",
];

/// The words that begin a block of statements.
pub(crate) const BLOCK_WORDS: [&str; 7] = ["unordered", "together", "setup", "finally", "each", "repeat", "every"];

/// What may follow the users of a statement.
pub(crate) const VERBS: [&str; 11] =
    ["raw", "is", "drain", "disconnect", "reset", "reconnect", "stall", "resume", "chunk", "upload", "download"];

/// What a `load` block can say.
pub(crate) const PLAN_WORDS: [&str; 9] =
    ["users", "stages", "duration", "connect-rate", "rate", "warmup", "seed", "fail", "end"];

/// What a `dialect` block can say.
pub(crate) const DIALECT_WORDS: [&str; 9] =
    ["line", "name", "login", "fence", "answer", "ignore", "logout", "prompt", "end"];

/// The words that may follow `set`.
pub(crate) const SETTINGS: [&str; 4] = ["timeout", "settle", "leftovers", "dialect"];

/// Whether `word` has a meaning of its own, so that nothing can be named so.
pub(crate) fn is_reserved(word: &str) -> bool {
    matches!(word, "all" | "me" | "except" | "i" | "cast" | "stamp" | "text" | "int" | "word" | "any" | "_")
        || STATEMENT_WORDS.contains(&word)
}

/// How the statement that begins with `word` is written.
pub(crate) fn usage(word: &str) -> Option<&'static str> {
    Some(match word {
        "connect" => "`connect alice, bob as \"渊渊\", talker[5]`, with `with encoding gbk dialect legacy` after it",
        "open" => "`open eve`, with `with encoding gbk dialect legacy` after it",
        "ignore" => "`ignore bob< pattern`",
        "unordered" | "together" | "setup" | "finally" | "load" => "it is alone on its line; `end` closes it",
        "end" => "`end` is alone on its line",
        "each" => "`each talker`",
        "repeat" => "`repeat 5`",
        "every" => "`every 4s`, or `every ~4s` for random intervals with this mean",
        "pause" => "`pause 200ms`, `pause 1s..3s` or `pause ~2s`",
        "let" => "`let name = text`",
        "param" => "`param name = text`",
        "assert" => "`assert {{n}} > 3`, with `==`, `!=`, `<`, `<=`, `>`, `>=` or `contains` between blanks",
        "test" => "`test \"name\"`",
        "title" => "`title what the script shows`",
        "tags" => "`tags slow, room`",
        "set" => "`set timeout 5s`, `set settle 150ms`, `set leftovers allow` or `set dialect irc`",
        "raw" => "`alice raw \"\\xff\\n\"`",
        "is" => "`bob is silent` or `bob is closed`",
        "chunk" => "`bob chunk 3` or `bob chunk off`",
        "upload" => "`alice upload \"x.bin\" to lobby`, or `alice upload 64KiB as \"x.bin\" to bob`",
        "download" => "`bob download {{id}}`, or `bob download {{id}} as \"x.bin\"`",
        "drain" | "disconnect" | "reset" | "reconnect" | "stall" | "resume" => {
            "`bob disconnect`: the user, then the verb"
        }
        "include" => "`include \"login.chat\"`",
        "dialect" => "`dialect irc`; `end` closes it",
        "line" => "`line lf` or `line crlf`",
        "name" => "`name up to 9`, or `name u{{number}}` for the users of a load",
        "login" | "fence" | "logout" => "it stands alone on its line; `end` closes it",
        "answer" => "`answer PING {{cookie:any}} with PONG {{cookie}}`",
        "prompt" => "`prompt \"login: \"`",
        "users" => "`users 200`",
        "stages" => "`stages 0 -> 5000 in 60s, hold 5m, 5000 -> 0 in 30s`",
        "duration" => "`duration 10s`",
        "connect-rate" => "`connect-rate 200/s`",
        "rate" => "`rate 500/s`",
        "warmup" => "`warmup 2s`",
        "seed" => "`seed 42`",
        "fail" => "`fail if delivery.p99 > 250ms`",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::nearest::nearest;

    #[test]
    fn a_slip_of_the_hand_is_recognized_and_another_word_is_not() {
        assert_eq!(nearest("conect", STATEMENT_WORDS), Some("connect"));
        assert_eq!(nearest("togehter", STATEMENT_WORDS), Some("together"));
        assert_eq!(nearest("hello", STATEMENT_WORDS), None);
    }

    #[test]
    fn every_word_that_begins_a_statement_has_its_usage() {
        for word in STATEMENT_WORDS.iter().chain(&PLAN_WORDS).chain(&DIALECT_WORDS) {
            assert!(usage(word).is_some(), "{word}");
        }
    }
}
