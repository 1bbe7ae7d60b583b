//! The command line: arguments, one file per subcommand, and nothing that a library could do.

mod address;
mod check;
mod color;
mod compare;
mod completions;
mod doors;
mod embedded;
mod fmt;
mod interactive;
mod load;
mod man;
mod manner;
mod run;
mod serve;
mod sources;
mod stdout;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

/// A chat server, a client, a runner of conversation scripts and a load generator.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Subcommands,
}

#[derive(Debug, Subcommand)]
enum Subcommands {
    Serve(serve::Arguments),
    Interactive(interactive::Arguments),
    Run(run::Arguments),
    Load(Box<load::Arguments>),
    Compare(compare::Arguments),
    Check(check::Arguments),
    Fmt(fmt::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Subcommands::Serve(arguments) => serve::run(&arguments),
        Subcommands::Interactive(arguments) => interactive::run(&arguments),
        Subcommands::Run(arguments) => run::run(&arguments),
        Subcommands::Load(arguments) => load::run(&arguments),
        Subcommands::Compare(arguments) => compare::run(&arguments),
        Subcommands::Check(arguments) => check::run(&arguments),
        Subcommands::Fmt(arguments) => fmt::run(&arguments),
        Subcommands::Completions(arguments) => completions::run(&arguments, Arguments::command()),
        Subcommands::Man(arguments) => man::run(&arguments, Arguments::command()),
    }
}
