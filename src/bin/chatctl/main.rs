//! The command line: arguments, one file per subcommand, and nothing that a library could do. Errors are printed here
//! and nowhere else, and here they become exit codes.

mod admin;
mod admin_address;
mod check;
mod compare;
mod completions;
mod dialects;
mod embedded;
mod exit;
mod files;
mod fmt;
mod interactive;
mod load;
mod log_writer;
mod man;
mod output;
mod password;
mod run;
mod save;
mod send;
mod serve;
mod signals;
mod sources;
mod state_folder;
mod store;
mod target;
mod time;
mod transfer;
mod trust;

use clap::{ArgMatches, Command, CommandFactory, FromArgMatches, Parser, Subcommand};

use self::exit::Exit;

/// A chat server, a terminal client, a tester of scripted conversations and a load generator.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Subcommands,
}

#[derive(Debug, Subcommand)]
enum Subcommands {
    Serve(Box<serve::ServeArguments>),
    Admin(admin::AdminArguments),
    Store(store::StoreArguments),
    Interactive(interactive::InteractiveArguments),
    Send(Box<send::SendArguments>),
    Save(save::SaveArguments),
    Run(run::RunArguments),
    Load(Box<load::LoadArguments>),
    Compare(compare::CompareArguments),
    Check(check::CheckArguments),
    Dialects(dialects::DialectsArguments),
    Fmt(fmt::FmtArguments),
    Completions(completions::CompletionsArguments),
    Man(man::ManArguments),
}

fn main() -> Exit {
    let command = man::with_examples(Arguments::command());
    let given = match command.clone().try_get_matches() {
        Ok(given) => given,
        Err(asked) => return output::show_help(&asked).map_or_else(|error| failed(&error), |()| Exit::Passed),
    };
    let matches = match serve::with_file(&command, given) {
        Ok(matches) => matches,
        Err(error) => return error.show(),
    };
    let arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let ran = match &arguments.command {
        Subcommands::Serve(arguments) if arguments.prints_config() => {
            output::write("the configuration", serve::printed(&command, &matches).as_bytes()).map(|()| Exit::Passed)
        }
        other => run(other, (&command, &matches)),
    };
    ran.unwrap_or_else(|error| failed(&error))
}

fn failed(error: &anyhow::Error) -> Exit {
    output::complain(&format!("{error:#}"));
    Exit::of(error)
}

/// `invocation` is what the command was read from.
fn run(command: &Subcommands, invocation: (&Command, &ArgMatches)) -> anyhow::Result<Exit> {
    match command {
        Subcommands::Serve(arguments) => serve::run(arguments, invocation),
        Subcommands::Admin(arguments) => admin::run(arguments),
        Subcommands::Store(arguments) => store::run(arguments),
        Subcommands::Interactive(arguments) => interactive::run(arguments),
        Subcommands::Send(arguments) => send::run(arguments),
        Subcommands::Save(arguments) => save::run(arguments),
        Subcommands::Run(arguments) => run::run(arguments),
        Subcommands::Load(arguments) => load::run(arguments),
        Subcommands::Compare(arguments) => compare::run(arguments),
        Subcommands::Check(arguments) => check::run(arguments),
        Subcommands::Dialects(arguments) => dialects::run(arguments),
        Subcommands::Fmt(arguments) => fmt::run(arguments),
        Subcommands::Completions(arguments) => completions::run(arguments, Arguments::command()),
        Subcommands::Man(arguments) => man::run(arguments, Arguments::command()),
    }
}
