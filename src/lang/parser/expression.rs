//! Regular expressions as text: whether one is right, where not, and which named groups it has. It is not compiled, which
//! takes far longer than reading the line it stands in; but for one with counts (`x{1000}`), which may grow too large.

use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::{Ast, Visitor, visit};
use regex_syntax::hir::translate::Translator;

/// A named group: its name, and where in the expression that begins.
#[derive(Debug, PartialEq)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) start: usize,
}

/// What is wrong with an expression.
#[derive(Debug, PartialEq)]
pub(super) struct ExpressionError {
    /// The bytes of the expression to point to.
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) reason: String,
}

/// The named groups of an expression, in order.
pub(super) fn groups(expression: &str) -> Result<Vec<Group>, ExpressionError> {
    let wrong = |span: &regex_syntax::ast::Span, reason: String| ExpressionError {
        start: span.start.offset,
        end: span.end.offset,
        reason,
    };
    let ast = Parser::new().parse(expression).map_err(|error| wrong(error.span(), error.kind().to_string()))?;
    let translated = Translator::new().translate(expression, &ast);
    translated.map_err(|error| wrong(error.span(), error.kind().to_string()))?;
    if expression.contains('{') {
        let whole = |_| ExpressionError { start: 0, end: expression.len(), reason: "it is too large".to_owned() };
        regex::Regex::new(expression).map_err(whole)?;
    }
    let Ok(groups) = visit(&ast, Groups(Vec::new()));
    Ok(groups)
}

struct Groups(Vec<Group>);

impl Visitor for Groups {
    type Output = Vec<Group>;
    type Err = std::convert::Infallible;

    fn finish(self) -> Result<Self::Output, Self::Err> {
        Ok(self.0)
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), Self::Err> {
        if let Ast::Group(group) = ast
            && let regex_syntax::ast::GroupKind::CaptureName { name, .. } = &group.kind
        {
            self.0.push(Group { name: name.name.clone(), start: name.span.start.offset });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_groups_are_found_where_they_stand() {
        let found = groups(r"渊(?<a>x)|((?P<b>[(?<no>]))(?:y)").unwrap();
        let found: Vec<(&str, usize)> = found.iter().map(|group| (group.name.as_str(), group.start)).collect();
        assert_eq!(found, [("a", 6), ("b", 16)]);
    }

    #[test]
    fn what_is_wrong_is_said_at_its_place() {
        let wrong = |expression| groups(expression).map(|_| ()).unwrap_err();
        assert_eq!(wrong("日本 (x"), ExpressionError { start: 7, end: 8, reason: "unclosed group".to_owned() });
        assert_eq!(wrong(r"\p{Nothing}").start, 0);
        assert_eq!(wrong("(a{1000}){1000}").reason, "it is too large");
        assert_eq!(wrong("(?<n>a)(?<n>b)").start, 10);
    }
}
