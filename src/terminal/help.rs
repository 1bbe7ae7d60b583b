//! The greeting, and the lines of `/help`.

use super::slash::SLASHES;

/// The keys.
const KEYS: &[&str] = &[
    "Tab completes; Up and Down bring earlier lines, with Ctrl those of all windows; Ctrl-W, Ctrl-U and Ctrl-K cut, Ctrl-Y puts back",
    "Ctrl-N, Ctrl-P and Alt-1 to Alt-9 show another window, Alt-A the next window with something new",
    "PageUp, PageDown and the wheel scroll, also into the past of a room (Shift and the mouse select text); F3 and Shift-F3 go to the next and the previous hit; Esc ends the search",
    "Ctrl-X shows the next user; Ctrl-C clears the line, or if it is empty stops the file on its way, or leaves; Ctrl-Z suspends",
];

/// What to do where a name is asked for.
pub(super) const TYPE_A_NAME: &str = "type a name (1 to 32 letters, digits, _ or -) and press Enter";

/// The lines of the first window. `is_nameless`: a name must be typed first.
pub(super) fn greeting(is_nameless: bool) -> Vec<&'static str> {
    let mut lines = vec!["welcome to chatctl; /help shows the commands and keys"];
    if is_nameless {
        lines.push(TYPE_A_NAME);
    }
    lines
}

/// The lines of the help.
pub(super) fn lines() -> Vec<String> {
    let columns = SLASHES.iter().map(|slash| slash.usage.len()).max().unwrap_or(0);
    let mut lines: Vec<String> =
        SLASHES.iter().map(|slash| format!("/{:columns$}  {}", slash.usage, slash.summary)).collect();
    lines.push("every command of the server works after a slash; // begins a text with a slash".to_owned());
    lines.extend(KEYS.iter().map(|keys| (*keys).to_owned()));
    lines
}
