//! A password that is typed without being shown, or read from standard input.

use std::io::{self, IsTerminal, Read};

use anyhow::{Context, bail};
use chatctl::protocol::password::Password;
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use zeroize::Zeroizing;

use crate::output;

/// Bytes of the longest line that is read as a password.
const LONGEST: u64 = 4096;

/// The password that an account is to have.
pub(super) fn new_password(name: &str) -> anyhow::Result<Zeroizing<String>> {
    let typed = if io::stdin().is_terminal() {
        let typed = ask(&format!("Password of {name}: "))?;
        if ask("Again: ")? != typed {
            bail!("the two passwords differ");
        }
        typed
    } else {
        let mut text = Zeroizing::new(String::new());
        io::stdin().take(LONGEST).read_to_string(&mut text).context("cannot read the password")?;
        Zeroizing::new(text.lines().next().unwrap_or_default().to_owned())
    };
    let password = Password::new(&typed).context("the password is invalid")?;
    Ok(Zeroizing::new(password.reveal().to_owned()))
}

/// The terminal shows what is typed again when this is dropped.
struct WithoutEcho;

impl Drop for WithoutEcho {
    fn drop(&mut self) {
        // There is nobody to tell.
        let _ = disable_raw_mode();
        output::remark("\n");
    }
}

fn ask(prompt: &str) -> anyhow::Result<Zeroizing<String>> {
    output::remark(prompt);
    enable_raw_mode().context("cannot keep the terminal from showing what is typed")?;
    let _shown_again = WithoutEcho;
    let mut typed = Zeroizing::new(Vec::with_capacity(LONGEST as usize));
    for byte in io::stdin().lock().bytes().take(LONGEST as usize) {
        match byte.context("cannot read the password")? {
            b'\r' | b'\n' => break,
            // What Control and C, or Control and D, send.
            3 | 4 => bail!("no password was typed"),
            8 | 127 => {
                // A character is taken back, not one of its bytes.
                while typed.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
            }
            byte => typed.push(byte),
        }
    }
    let text = std::str::from_utf8(&typed).context("the password is not UTF-8")?;
    Ok(Zeroizing::new(text.to_owned()))
}
