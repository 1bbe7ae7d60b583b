//! Where a user's programs keep what they remember.

use std::env;
use std::path::PathBuf;

/// As the XDG base directories have it; relative paths do not count.
pub(crate) fn state_folder() -> Option<PathBuf> {
    let variable = |name| env::var(name).ok().filter(|value: &String| !value.is_empty());
    let given = variable("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    given.or_else(|| Some(PathBuf::from(variable("HOME")?).join(".local/state")))
}
