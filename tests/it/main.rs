//! What a user sees, tested from outside: the library through its public face, the program as a process.

mod faulty_servers;
mod planted;
mod refused;
mod run_cli;
mod scripts;
