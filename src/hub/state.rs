//! All that a hub knows, as bytes, and a hub that knows the same.

use serde::{Deserialize, Serialize};

use super::login::AwaitingName;
use super::view::View;
use super::{Hub, Limits};

#[derive(Serialize)]
struct WrittenState<'a> {
    view: &'a View,
    awaiting_name: &'a AwaitingName,
}

#[derive(Deserialize)]
struct ReadState {
    view: View,
    awaiting_name: AwaitingName,
}

impl Hub {
    /// All that it knows but the limits. A version whose state has another shape does not read it.
    #[must_use]
    pub fn state(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let state = WrittenState { view: &self.view, awaiting_name: &self.awaiting_name };
        ciborium::into_writer(&state, &mut bytes).expect("a vector takes all that is written");
        bytes
    }

    /// A hub of this state; `None` if it is none.
    #[must_use]
    pub fn of_state(limits: Limits, state: &[u8]) -> Option<Self> {
        let ReadState { view, awaiting_name } = ciborium::from_reader(state).ok()?;
        Some(Self { limits, view, awaiting_name, changing: false })
    }
}
