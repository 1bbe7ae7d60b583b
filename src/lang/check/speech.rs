//! What users speak: the dialect that a name means in a file.

use std::sync::Arc;

use super::findings::{Basis, Findings};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::source::Spanned;
use crate::lang::ast::{Declaration, ForeignDialect, Name, Opening, Script, Speech};
use crate::lang::dialects;
use crate::protocol::dialect::Dialect;
use crate::text::nearest::nearest;

/// The dialects of a file.
#[derive(Default)]
pub(super) struct Speeches {
    own: Vec<Arc<ForeignDialect>>,
    /// What users speak whose statement does not say it; what the program is told if nothing.
    default: Option<Speech>,
}

impl Speeches {
    /// The dialects of this file, whose users speak `dialect` unless it says otherwise.
    pub(super) fn new(script: &Script, dialect: Option<&str>, findings: &mut Findings<'_>) -> Self {
        let mut speeches = Self { own: script.dialects.clone(), default: None };
        speeches.default = match &script.speaks {
            Some(name) => speeches.named(name, findings),
            None => dialect.and_then(|name| speeches.find(name)),
        };
        speeches
    }

    /// Settles what the users of a statement speak.
    pub(super) fn settle(&self, opening: &mut Opening, findings: &mut Findings<'_>) {
        opening.speech = match &opening.dialect {
            Some(name) => self.named(name, findings),
            None => self.default.clone(),
        };
        if let (Some(span), Some(Speech::Own(dialect))) = (opening.tls, &opening.speech)
            && *dialect == Dialect::FOR_OLD_CLIENTS
        {
            let message = format!("users of the dialect `{dialect}` cannot connect over TLS");
            findings.error(Basis::Itself, span, &message, "its door has no TLS");
        }
        let Some(dialect) = opening.foreign() else { return };
        for declaration in &opening.users {
            refuse_long_name(dialect, declaration, findings);
        }
    }

    fn find(&self, name: &str) -> Option<Speech> {
        let own = self.own.iter().find(|dialect| dialect.name.value.as_str() == name).cloned();
        let foreign = own.or_else(|| dialects::shipped(name)).map(Speech::Foreign);
        foreign.or_else(|| Dialect::named(name).map(Speech::Own))
    }

    fn named(&self, name: &Spanned<Name>, findings: &mut Findings<'_>) -> Option<Speech> {
        let found = self.find(name.value.as_str());
        if found.is_none() {
            let mut known: Vec<String> = self.own.iter().map(|dialect| dialect.name.value.to_string()).collect();
            known.extend(dialects::names().chain(Dialect::ALL.map(Dialect::name)).map(str::to_owned));
            let mark = match nearest(name.value.as_str(), known.iter().map(String::as_str)) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("expected one of {}", known.join(", ")),
            };
            let message = format!("unknown dialect `{}`", name.value);
            findings.error(Basis::Name(&name.value), name.span, &message, &mark);
        }
        found
    }
}

fn refuse_long_name(dialect: &ForeignDialect, declaration: &Declaration, findings: &mut Findings<'_>) {
    let Some(longest) = dialect.longest_name.filter(|_| declaration.wire_name.is_none()) else { return };
    let length = declaration.members.iter().map(|member| member.as_str().chars().count()).max().unwrap_or(0);
    if length > longest.value.get() {
        let message =
            format!("`{}` is too long for a name of the dialect `{}`", declaration.label.value, dialect.name.value);
        let mark = format!("{length} characters are more than {}", longest.value);
        let help = "`as \"...\"` gives a user another name on the wire";
        let error = Diagnostic::error(findings.source, declaration.label.span, message, mark);
        findings.add(Basis::Itself, error.help(help));
    }
}
