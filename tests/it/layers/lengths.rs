//! How long functions are: nobody has to scroll to read one.

use super::{Source, production_sources, src};

/// Lines from `fn` to its closing brace.
const LONGEST_FUNCTION: usize = 60;

/// The functions of more lines than that. Formatted code closes a function with a brace below its first word.
fn long_functions(source: &Source) -> Vec<String> {
    let lines: Vec<&str> = source.code.lines().collect();
    let starts = lines.iter().enumerate().filter_map(|(at, line)| Some((at, function_name(line)?)));
    starts
        .filter_map(|(at, name)| {
            let indent = &lines[at][..lines[at].len() - lines[at].trim_start().len()];
            let is_end = |line: &&str| line.strip_prefix(indent).is_some_and(|rest| rest.starts_with('}'));
            let is_declaration = lines[at].ends_with([';', '}']);
            let length = if is_declaration { 1 } else { lines[at..].iter().position(is_end)? + 1 };
            (length > LONGEST_FUNCTION).then(|| format!("{}: {name} has {length} lines", source.path.display()))
        })
        .collect()
}

/// The name of the function that the line begins.
fn function_name(line: &str) -> Option<&str> {
    let before = |words: &str| {
        words
            .split_whitespace()
            .all(|word| word.starts_with("pub") || word.ends_with(')') || ["const", "async", "in"].contains(&word))
    };
    let (words, rest) = line.split_once("fn ")?;
    let name = &rest[..rest.find(['(', '<'])?];
    (before(words) && !name.is_empty()).then_some(name)
}

#[test]
fn no_function_is_longer_than_sixty_lines() {
    let sources = production_sources(&src());
    let functions = sources.iter().flat_map(|source| source.code.lines()).filter_map(function_name).count();
    assert!(functions > 1000, "{functions} functions were found");
    let long: Vec<String> = sources.iter().flat_map(long_functions).collect();
    assert!(long.is_empty(), "long functions:\n{}", long.join("\n"));
}

#[test]
fn a_long_function_is_found() {
    let code = |lines: usize| {
        let body = "        if a {\n        }\n".repeat(lines / 2);
        format!(
            "impl A {{\n    pub(super) async fn long<T>(\n        self,\n    ) {{\n{body}    }}\n    fn next() {{}}\n}}\n"
        )
    };
    let complaints = |lines| long_functions(&Source { path: "a".into(), code: code(lines) });
    assert_eq!(complaints(56), Vec::<String>::new());
    assert_eq!(complaints(58), ["a: long has 62 lines"]);
}
