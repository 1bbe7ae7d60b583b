//! A line of an IRC client taken apart: tags, command, parameters; and how parameters are spelled. Knows no command.

use std::borrow::Cow;

use pest::Parser;

use super::tag_value::unescaped;
use generated::{LineGrammar, Rule};

mod generated {
    #[derive(pest_derive::Parser)]
    #[grammar = "grammar/irc.pest"]
    pub(super) struct LineGrammar;
}

/// One line.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct IrcLine<'a> {
    /// The tags, in their order, with their values as they were escaped.
    pub(super) tags: Vec<(&'a str, &'a str)>,
    /// The command in upper case.
    pub(super) command: Cow<'a, str>,
    /// Its parameters.
    pub(super) params: Vec<&'a str>,
}

impl<'a> IrcLine<'a> {
    /// The line that this text is; `None` if it has no command.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        frequent(text).or_else(|| grammatical(text))
    }

    /// The parameter at this place, if it is there and not empty.
    pub(super) fn param(&self, place: usize) -> Option<&'a str> {
        self.params.get(place).copied().filter(|param| !param.is_empty())
    }

    /// The value of a tag, unescaped.
    pub(super) fn tag(&self, key: &str) -> Option<String> {
        // The last one counts if there are several.
        self.tags.iter().rev().find(|(name, _)| *name == key).map(|(_, value)| unescaped(value))
    }

    /// The tags that are for other clients alone, as they were spelled.
    pub(super) fn client_tags(&self) -> String {
        let spelled = |(key, value): &(&str, &str)| {
            if value.is_empty() { (*key).to_owned() } else { format!("{key}={value}") }
        };
        self.tags.iter().filter(|(key, _)| key.starts_with('+')).map(spelled).collect::<Vec<_>>().join(";")
    }
}

/// `PRIVMSG TARGET :TEXT` to the letter: the most frequent line, read here in a twentieth of the grammar's time. This finds
/// nothing that the grammar would not find (a test holds that).
fn frequent(text: &str) -> Option<IrcLine<'_>> {
    let (target, said) = text.strip_prefix("PRIVMSG ")?.split_once(" :")?;
    let is_middle = !target.is_empty() && !target.starts_with(':') && !target.contains(' ');
    let (tags, command) = (Vec::new(), Cow::Borrowed("PRIVMSG"));
    (is_middle && !text.contains('\n')).then(|| IrcLine { tags, command, params: vec![target, said] })
}

fn grammatical(text: &str) -> Option<IrcLine<'_>> {
    let pairs = LineGrammar::parse(Rule::line, text).ok()?.next()?.into_inner();
    let mut line = IrcLine::default();
    for pair in pairs {
        match pair.as_rule() {
            Rule::tags => {
                line.tags = pair
                    .into_inner()
                    .map(|tag| {
                        let mut parts = tag.into_inner().map(|part| part.as_str());
                        (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
                    })
                    .collect();
            }
            Rule::command => line.command = upper(pair.as_str()),
            Rule::middle | Rule::trailing => line.params.push(pair.as_str()),
            _ => {}
        }
    }
    Some(line)
}

fn upper(command: &str) -> Cow<'_, str> {
    if command.bytes().any(|byte| byte.is_ascii_lowercase()) {
        command.to_ascii_uppercase().into()
    } else {
        command.into()
    }
}

/// Spells a command's parameters in parts, each with the blank before it; the last one with a colon if it could not stand alone.
pub(super) fn push_params(params: &[&str], mut push: impl FnMut(&str)) {
    for (place, param) in params.iter().enumerate() {
        push(" ");
        let is_last = place + 1 == params.len();
        if is_last && (param.is_empty() || param.starts_with(':') || param.contains(' ')) {
            push(":");
        }
        push(param);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(text: &str) -> (String, Vec<&str>) {
        let line = IrcLine::parse(text).expect(text);
        (line.command.into_owned(), line.params)
    }

    #[test]
    fn a_line_is_a_command_and_its_parameters() {
        assert_eq!(parsed("PRIVMSG #a :hi  there "), ("PRIVMSG".into(), vec!["#a", "hi  there "]));
        assert_eq!(parsed("lusers"), ("LUSERS".into(), vec![]));
        assert_eq!(parsed("LIST "), ("LIST".into(), vec![]));
        assert_eq!(parsed("  USER  a 0 *  :Real Name"), ("USER".into(), vec!["a", "0", "*", "Real Name"]));
        assert_eq!(parsed(":me!u@h JOIN :"), ("JOIN".into(), vec![""]));
        assert_eq!(parsed("MODE #a +k a:b ::x"), ("MODE".into(), vec!["#a", "+k", "a:b", ":x"]));
        assert_eq!(IrcLine::parse(""), None);
        assert_eq!(IrcLine::parse(":source"), None);
        assert_eq!(IrcLine::parse("@tag"), None);
    }

    #[test]
    fn tags_stand_before_everything_else() {
        let line = IrcLine::parse("@label=a\\sb\\:\\\\c;+draft/x;+y=1; :s TAGMSG bob").unwrap();
        assert_eq!(line.tag("label").as_deref(), Some("a b;\\c"));
        assert_eq!(line.client_tags(), "+draft/x;+y=1");
        assert_eq!((line.command.as_ref(), line.params), ("TAGMSG", vec!["bob"]));
        assert_eq!(IrcLine::parse("@a=1;a=2 X").unwrap().tag("a").as_deref(), Some("2"));
    }

    proptest! {
        #[test]
        fn any_text_is_a_line_or_none(text in "[^\n]{0,80}") {
            let _ = IrcLine::parse(&text);
        }

        #[test]
        fn the_frequent_line_is_found_by_the_grammar_too(text in "PRIVMSG [ :#a-c]{0,6} ?:?[^\n]{0,10}") {
            if let Some(line) = frequent(&text) {
                prop_assert_eq!(grammatical(&text), Some(line));
            }
        }

        #[test]
        fn a_spelled_line_reads_back(
            command in "[A-Z]{1,9}",
            middles in prop::collection::vec("[^ :\n\r\0][^ \n\r\0]{0,8}", 0..5),
            last in prop::option::of("[^\n\r\0]{0,20}"),
        ) {
            let params: Vec<&str> = middles.iter().map(String::as_str).chain(last.as_deref()).collect();
            let mut text = command.clone();
            push_params(&params, |part| text.push_str(part));
            let line = IrcLine::parse(&text).unwrap();
            prop_assert_eq!(line.command.as_ref(), command.as_str());
            prop_assert_eq!(line.params, params);
        }
    }
}
