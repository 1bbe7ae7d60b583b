//! `chatctl run`: the program, the rules of the language, and what a failure looks like.

mod cases;
mod charsets;
mod cli;
mod doc_examples;
mod doors;
mod failures;
mod faulty_servers;
mod files;
mod flags;
mod foreign;
mod include;
mod refused;
mod report_json;
mod reports;
mod rules;
mod scripts;
mod spread;
