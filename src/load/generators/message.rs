//! What the leader and the members of a load say to each other.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::diagnostic::source::IncludedFile;
use crate::load::monitor::Moment;
use crate::load::plan::Plan;
use crate::load::share::Share;
use crate::load::tally::Tally;

/// What a member is to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Order {
    /// The arguments of the leader, after `load`.
    pub arguments: Vec<String>,
    /// The name of the script.
    pub script_name: String,
    /// Its text.
    pub script: String,
    /// The files that it includes.
    pub included: Vec<IncludedFile>,
    /// The values of its params.
    pub params: HashMap<String, String>,
    /// The seed of all generators.
    pub seed: u64,
    /// What tells the stamps of this load from those of others.
    pub(super) nonce: u64,
    /// The member's part of the load.
    pub(super) share: Share,
}

impl Order {
    /// Makes the plan that of the member's share.
    pub fn assign(&self, plan: &mut Plan) {
        plan.share = self.share;
    }
}

/// What the leader says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum FromLeader {
    /// Get ready for this.
    Order(Box<Order>),
    /// Begin now.
    Go,
    /// End early.
    Stop,
}

/// What a member says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum FromMember {
    /// Here I am.
    Hello {
        /// The version of chatctl, which must be the leader's.
        version: String,
        /// The name of the machine, and the process.
        name: String,
    },
    /// The load can begin.
    Ready,
    /// It cannot, for this reason.
    Refused(String),
    /// A second of the load is over.
    Second(Box<Moment>),
    /// The load is over.
    Done(Box<Tally>),
}
