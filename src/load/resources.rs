//! Whether this machine has enough descriptors and ports for a plan, said before the start, with the remedy.

use thiserror::Error;

use super::plan::Plan;

/// Descriptors that are not for users: files, the reactor, threads, the terminal.
const RESERVE: u64 = 64;

/// What there is.
#[derive(Clone, Copy, Debug)]
pub struct Resources {
    /// Descriptors that this process may have.
    pub descriptors: u64,
    /// Ports for each source address.
    pub ports: u64,
    /// Source addresses to connect from.
    pub sources: u64,
    /// The server runs in this process, and needs a descriptor for every user too.
    pub is_embedded: bool,
}

/// What there is too little of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Shortage {
    /// Descriptors.
    #[error(
        "{users} users need {needed} file descriptors ({each} each, {RESERVE} for the rest) and this process may have \
         {allowed}; raise the limit with `ulimit -n {needed}`{}",
        if *each > 1 { ", or run the server in a process of its own and name it with --server" } else { "" }
    )]
    Descriptors {
        /// Users.
        users: u64,
        /// For each.
        each: u64,
        /// In all.
        needed: u64,
        /// What there is.
        allowed: u64,
    },
    /// Ports.
    #[error(
        "{users} users need as many ports and each source address has {ports}; connect from more of them, as with \
         --source-ips 127.0.0.1-127.0.0.{needed}"
    )]
    Ports {
        /// Users.
        users: u64,
        /// What there is.
        ports: u64,
        /// How many source addresses would do.
        needed: u64,
    },
}

impl Resources {
    /// Whether they suffice.
    ///
    /// # Errors
    /// What does not.
    pub fn check(&self, plan: &Plan) -> Result<(), Shortage> {
        let users = plan.users();
        let each = if self.is_embedded { 2 } else { 1 };
        let needed = users * each + RESERVE;
        if needed > self.descriptors {
            return Err(Shortage::Descriptors { users, each, needed, allowed: self.descriptors });
        }
        let sources = self.sources.max(1);
        if users > self.ports * sources {
            return Err(Shortage::Ports { users, ports: self.ports, needed: users.div_ceil(self.ports.max(1)) });
        }
        Ok(())
    }
}
