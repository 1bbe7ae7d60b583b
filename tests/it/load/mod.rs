//! `chatctl load`: the program, and loads against servers that are faulty or in trouble.

mod capacity;
mod cli;
mod faulty;
mod files;
mod generators;
mod spread;
mod trouble;
