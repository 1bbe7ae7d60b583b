//! `--dialect` and `--encoding`: how a client speaks.

use chatctl::client;
use chatctl::protocol::charset::Charset;
use chatctl::protocol::dialect::Dialect;
use chatctl::run::dialects::Manner;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

/// How to speak, where nothing else says it.
#[derive(Debug, Args)]
pub(crate) struct MannerArguments {
    /// What to speak; `legacy` is what the Python chat room speaks
    #[arg(long, value_name = "NAME", default_value_t, value_parser = dialects())]
    dialect: Dialect,
    /// The charset to speak in, like gbk [default: utf-8, or gbk in the legacy dialect]
    #[arg(long, value_name = "NAME", value_parser = Charset::for_label)]
    encoding: Option<Charset>,
}

fn dialects() -> impl TypedValueParser<Value = Dialect> {
    let names = PossibleValuesParser::new(Dialect::ALL.map(Dialect::name));
    names.map(|name| Dialect::named(&name).expect("only names of dialects are possible"))
}

impl MannerArguments {
    pub(crate) fn manner(&self) -> Manner {
        Manner { dialect: self.dialect, encoding: self.encoding }
    }

    pub(crate) fn options(&self) -> client::Options {
        let charset = self.encoding.unwrap_or(self.dialect.charset());
        client::Options { dialect: self.dialect, charset, ..client::Options::default() }
    }
}
