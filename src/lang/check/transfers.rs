//! `upload` and `download`: who gets a file, and what the texts of these statements may have in them.

use super::demand::Demand;
use super::findings::{Basis, Findings};
use super::names::NameKind;
use super::people;
use super::scope::Scope;
use super::templates::{self, TextRole};
use crate::diagnostic::Diagnostic;
use crate::lang::ast::{
    Download, Insert, MentionKind, Part, PartKind, Recipient, Template, Upload, UploadContent, Users,
};

/// The texts of an upload, in order.
pub(super) fn texts(upload: &Upload) -> Vec<&Template> {
    let content = match &upload.content {
        UploadContent::File(path) => path,
        UploadContent::MadeUp { name, .. } => name,
    };
    [content].into_iter().chain(upload.to.users.is_none().then_some(&upload.to.room)).collect()
}

/// Settles who gets a file, and what its texts insert.
pub(super) fn upload(upload: &mut Upload, scope: &Scope, findings: &mut Findings<'_>) {
    match &mut upload.content {
        UploadContent::File(path) => templates::settle(path, TextRole::File, scope, findings),
        UploadContent::MadeUp { name, .. } => templates::settle(name, TextRole::File, scope, findings),
    }
    recipient(&mut upload.to, scope, findings);
}

/// Settles what is fetched.
pub(super) fn download(download: &mut Download, scope: &Scope, findings: &mut Findings<'_>) {
    templates::settle(&mut download.id, TextRole::File, scope, findings);
    if let Some(path) = &mut download.same_as {
        templates::settle(path, TextRole::File, scope, findings);
    }
}

/// A name that no user of the script has is that of a room.
fn recipient(to: &mut Recipient, scope: &Scope, findings: &mut Findings<'_>) {
    if let Some(mut users) = to.users.take_if(|users| speaks_of_users(users, scope)) {
        people::settle(&mut users, Demand::BeKnown, scope, findings);
        to.users = Some(users);
        return;
    }
    to.users = None;
    templates::settle(&mut to.room, TextRole::File, scope, findings);
    if let [part] = to.room.parts.as_slice()
        && is_user(part)
    {
        let written = findings.source.slice(part.span).trim_matches(['{', '}']);
        let help = format!("a file to a user is written without braces: `to {written}`");
        let error = Diagnostic::error(findings.source, part.span, "a placeholder names a room here", "this is a user");
        findings.add(Basis::Itself, error.help(help));
    }
}

fn is_user(part: &Part) -> bool {
    matches!(&part.kind, PartKind::Insert(Insert::Me | Insert::User(_) | Insert::Group(_)))
}

fn speaks_of_users(users: &Users, scope: &Scope) -> bool {
    users.mentions.iter().any(|mention| match &mention.kind {
        MentionKind::Me | MentionKind::All { .. } => true,
        MentionKind::Name(name) => {
            let kind = scope.state.names.find(name).map(|entry| &entry.kind);
            matches!(kind, Some(NameKind::User | NameKind::Group(_))) || scope.declared.contains_key(name)
        }
    }) || users.mentions.len() > 1
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::source::Source;
    use crate::diagnostic::{Color, Renderer};
    use crate::lang::ast::{Act, Script, StatementKind, Upload, UploadContent};
    use crate::lang::{load_errors, parse, warnings};

    fn read(text: &str) -> Script {
        parse(&Source::new("test.chat", text)).unwrap_or_else(|errors| panic!("{errors:?}"))
    }

    /// What is said about a text that is refused.
    fn errors(text: &str) -> String {
        let errors = parse(&Source::new("test.chat", text)).expect_err("the text is wrong");
        let renderer = Renderer { color: Color::Plain };
        errors.iter().map(|error| renderer.render(error)).collect::<Vec<_>>().join("\n")
    }

    fn uploads(script: &Script) -> Vec<&Upload> {
        let statements = script.tests[0].statements.iter();
        let upload = statements.filter_map(|statement| match &statement.kind {
            StatementKind::By { act: Act::Upload(upload), .. } => Some(&**upload),
            _ => None,
        });
        upload.collect()
    }

    #[test]
    fn a_name_of_the_script_is_a_user_and_any_other_a_room() {
        let script = read(
            "connect alice, t[2]\nalice upload \"a\" to t, alice\nalice upload 3MiB as \"b\" to lobby\n\
             alice upload 7 as \"b\" to connect\nalice upload \"a\" to {{alice}}_den\n",
        );
        let uploads = uploads(&script);
        let users = |at: usize| uploads[at].to.users.as_ref().map(|users| users.labels(None).len());
        assert_eq!([users(0), users(1), users(2), users(3)], [Some(3), None, None, None]);
        assert!(matches!(uploads[1].content, UploadContent::MadeUp { size: 3_145_728, .. }));
        assert_eq!(uploads[1].to.room.literal().as_deref(), Some("lobby"));
        assert!(warnings(&script).is_empty(), "whom a file is for is used: {:?}", warnings(&script));
    }

    #[test]
    fn what_is_wrong_with_a_transfer_is_told_beforehand() {
        let text = "connect alice, bob\nalice uplaod \"x\" to bob\nalice upload \"x\" to alice, bbo\n\
                    alice upload 64KB as \"x\" to bob\nalice upload \"x\" bob\nalice upload \"\" to bob\n\
                    alice upload 99999999999GiB as \"x\" to bob\nbob download\nbob download {{id}} as x\n";
        insta::assert_snapshot!(errors(text), @r#"
        error: unknown statement `uplaod`
         --> test.chat:2:7
          |
        2 | alice uplaod "x" to bob
          |       ^^^^^^ did you mean `upload`?

        error: there is no user `bbo`
         --> test.chat:3:28
          |
        3 | alice upload "x" to alice, bbo
          |                            ^^^ did you mean `bob`?

        error: malformed `upload`
         --> test.chat:4:14
          |
        4 | alice upload 64KB as "x" to bob
          |              ^^^^ expected a size such as `64KiB` or a text in quotes
          |
          = help: usage: `alice upload "x.bin" to lobby`, or `alice upload 64KiB as "x.bin" to bob`

        error: malformed `upload`
         --> test.chat:5:18
          |
        5 | alice upload "x" bob
          |                  ^^^ expected `to`
          |
          = help: usage: `alice upload "x.bin" to lobby`, or `alice upload 64KiB as "x.bin" to bob`

        error: a file needs a name
         --> test.chat:6:14
          |
        6 | alice upload "" to bob
          |              ^^ expected a text

        error: this is too large
         --> test.chat:7:14
          |
        7 | alice upload 99999999999GiB as "x" to bob
          |              ^^^^^^^^^^^^^^ expected fewer bytes

        error: incomplete `download`
         --> test.chat:8:13
          |
        8 | bob download
          |             ^ expected more
          |
          = help: usage: `bob download {{id}}`, or `bob download {{id}} as "x.bin"`

        error: malformed `download`
         --> test.chat:9:24
          |
        9 | bob download {{id}} as x
          |                        ^ expected a text in quotes
          |
          = help: usage: `bob download {{id}}`, or `bob download {{id}} as "x.bin"`
        "#);
    }

    #[test]
    fn a_user_in_braces_would_be_a_room() {
        insta::assert_snapshot!(errors("connect alice, bob\nalice upload \"x\" to {{bob}}\n"), @r#"
        error: a placeholder names a room here
         --> test.chat:2:21
          |
        2 | alice upload "x" to {{bob}}
          |                     ^^^^^^^ this is a user
          |
          = help: a file to a user is written without braces: `to bob`
        "#);
    }

    #[test]
    fn the_room_of_an_upload_has_another_name_in_every_cast() {
        let script = read("connect alice\nalice> create room lobby\nalice upload 5 as \"x\" to lobby\n");
        let renderer = Renderer { color: Color::Plain };
        let told: String = load_errors(&script, None).iter().map(|error| renderer.render(error)).collect();
        assert!(told.contains("write `alice upload 5 as \"x\" to lobby_{{cast}}`"), "{told}");
    }
}
