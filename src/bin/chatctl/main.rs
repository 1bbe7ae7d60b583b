//! The command line: arguments, one file per subcommand, and nothing that a library could do.

mod check;
mod colour;
mod embedded;
mod fmt;
mod interactive;
mod manner;
mod run;
mod serve;
mod sources;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

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
    Check(check::Arguments),
    Fmt(fmt::Arguments),
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Subcommands::Serve(arguments) => serve::run(&arguments),
        Subcommands::Interactive(arguments) => interactive::run(&arguments),
        Subcommands::Run(arguments) => run::run(&arguments),
        Subcommands::Check(arguments) => check::run(&arguments),
        Subcommands::Fmt(arguments) => fmt::run(&arguments),
    }
}
