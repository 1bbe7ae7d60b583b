//! The examples of `docs/script-language.md` are true: what is said to run runs, what is said to fail fails, and there
//! is one for every statement of the grammar.

use assert_cmd::Command;
use regex::Regex;

/// A fenced block, with what stands after the fence.
struct Example {
    line: usize,
    kind: String,
    text: String,
}

fn examples() -> Vec<Example> {
    let document = std::fs::read_to_string("docs/script-language.md").unwrap();
    let mut examples: Vec<Example> = Vec::new();
    let mut is_inside = false;
    for (number, line) in document.lines().enumerate() {
        match line.strip_prefix("```") {
            Some(_) if is_inside => is_inside = false,
            Some(kind) => {
                is_inside = true;
                examples.push(Example { line: number + 1, kind: kind.to_owned(), text: String::new() });
            }
            None if is_inside => examples.last_mut().unwrap().text += &format!("{line}\n"),
            None => {}
        }
    }
    examples
}

#[test]
fn every_example_does_what_it_is_said_to() {
    let mut count = 0;
    for example in examples() {
        let (command, code) = match example.kind.as_str() {
            "chat" => ("run", 0),
            "chat fails" => ("run", 1),
            "chat check-only" => ("check", 0),
            "text" => continue,
            other => panic!("line {}: what is to be done with `{other}`?", example.line),
        };
        let output = Command::cargo_bin("chatctl").unwrap().args([command, "-"]).write_stdin(example.text).output();
        let output = output.unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "the example in line {}:\n{said}", example.line);
        count += 1;
    }
    assert!(count > 20, "only {count} examples were found");
}

/// The rules for whole statements, by the two rules of the grammar that list them.
fn statements(grammar: &str) -> Vec<String> {
    let list = |rule: &str| {
        let start = grammar.find(&format!("\n{rule} = _{{")).unwrap() + rule.len() + 5;
        grammar[start..start + grammar[start..].find('}').unwrap()].to_owned()
    };
    let listed = list("by_users") + &list("keyword");
    Regex::new("[a-z_]+").unwrap().find_iter(&listed).map(|name| name.as_str().to_owned()).collect()
}

#[test]
fn every_statement_has_a_line_in_the_grammar_and_an_example_that_runs() {
    let grammar = std::fs::read_to_string("grammar/script.pest").unwrap();
    let runnable: String = examples().into_iter().filter(|e| e.kind == "chat").map(|e| e.text).collect();
    let statements = statements(&grammar);
    assert!(statements.len() > 20, "{statements:?}");
    for statement in statements.iter().filter(|name| *name != "blank") {
        let is_documented = Regex::new(&format!(r"///[^\n]*\n{statement} = ")).unwrap().is_match(&grammar);
        assert!(is_documented, "{statement} has no `///` line");
        let looks_like = match statement.as_str() {
            "send_block" => r#"> """$"#.to_owned(),
            "send" => r"^\s*\w+> [^ ]".to_owned(),
            "expect" => r"^\s*\w+< ".to_owned(),
            "expect_bytes" => r#"^\s*\w+< bytes ""#.to_owned(),
            "raw" | "is" | "chunk" | "upload" | "download" => format!(r"^\s*\w.* {statement} "),
            "action" => " drain$".to_owned(),
            word => format!(r"^\s*{}\b", word.trim_end_matches('_')),
        };
        let is_shown = Regex::new(&format!("(?m){looks_like}")).unwrap().is_match(&runnable);
        assert!(is_shown, "no example shows {statement}");
    }
}

#[test]
fn every_verb_operator_and_setting_is_shown() {
    let runnable: String = examples().into_iter().filter(|e| e.kind == "chat").map(|e| e.text).collect();
    let verbs = ["drain", "disconnect", "reset", "reconnect", "stall", "resume", "is silent", "is closed", "chunk off"];
    let operators = ["<.. ", "<? ", "<! ", "<@", "<~", "all except "];
    let settings = ["set timeout ", "set settle ", "set leftovers ", " with encoding ", " as \""];
    let holes =
        [":int}}", ":word}}", ":any}}", "{{_}}", "{{\"", "{{text ", "{{int ", "{{word}}", "{{stamp", "{{me}}", "{{i}}"];
    for shown in verbs.iter().chain(&operators).chain(&settings).chain(&holes) {
        assert!(runnable.contains(shown), "no example shows `{shown}`");
    }
}
