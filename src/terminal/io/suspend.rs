//! Stopping at Ctrl-Z, until a shell says `fg`.

use std::io;

use rustix::process::{Signal, getpid, getsid, kill_current_process_group, kill_process};

use super::tty::Tty;

/// Asks everybody who was started together with this program to stop, as the terminal would by itself. False without a
/// shell: nobody could say to go on.
pub(super) fn ask_group() -> bool {
    let is_led_by_shell = getsid(None).is_ok_and(|leader| leader != getpid());
    is_led_by_shell && kill_current_process_group(Signal::TSTP).is_ok()
}

/// Gives the terminal back, and stops; takes it over again when the program goes on.
pub(super) fn stop(tty: &mut Tty) -> io::Result<()> {
    tty.give_back();
    // Not TSTP: that would come here again.
    kill_process(getpid(), Signal::STOP)?;
    tty.take_again()
}
