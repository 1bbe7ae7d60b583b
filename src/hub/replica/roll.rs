//! Which nodes there are, what each has said last and so which are lost, and whose session is whose. The same on every
//! node, as it follows from the log alone.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::batch::NodeId;
use crate::hub::session::SessionId;

/// A node with other rules may begin when the others have not been heard for so many times the silence that loses a node.
const RULES_STAND_FOR: u32 = 3;

/// Nodes that have ended and are remembered, far longer than a batch can be on its way.
const MOST_ENDED: usize = 1000;

/// What is known of one node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct NodeEntry {
    /// In the order in which they began.
    place: u64,
    /// The number of its last batch.
    last: u64,
    /// When that was, by the log.
    heard_at: Duration,
    /// How often others have beaten since.
    unheard: BTreeMap<NodeId, u32>,
    /// The digest of the hub after its last beat.
    digest: Option<u64>,
}

/// The nodes of a chat.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roll {
    nodes: BTreeMap<NodeId, NodeEntry>,
    begun: u64,
    /// By the slot of the session.
    owners: Vec<Option<(SessionId, NodeId)>>,
    rules: Option<Box<str>>,
    /// Those that ended last: whoever has ended does not begin again.
    ended: VecDeque<NodeId>,
}

impl Roll {
    /// Counts a batch; false if it is to be ignored: it came before, or its node is none, or none any more.
    pub(super) fn takes(&mut self, node: NodeId, number: u64, at: Duration) -> bool {
        let Some(entry) = self.nodes.get_mut(&node).filter(|entry| entry.last.checked_add(1) == Some(number)) else {
            return false;
        };
        entry.last = number;
        entry.heard_at = at;
        entry.unheard.clear();
        true
    }

    /// A node begins with its batch 1. The rules that stand, if they are others; then it does not.
    pub(super) fn begin(&mut self, node: NodeId, rules: &str, lost_after: u32, at: Duration) -> Result<(), Box<str>> {
        let stands_until = Duration::from_secs(1) * lost_after * RULES_STAND_FOR;
        let is_live = |entry: &NodeEntry| at < entry.heard_at + stands_until;
        match &self.rules {
            Some(standing) if **standing != *rules && self.nodes.values().any(is_live) => {
                return Err(standing.clone());
            }
            Some(_) | None => self.rules = Some(rules.into()),
        }
        self.begun += 1;
        let entry = NodeEntry { place: self.begun, last: 1, heard_at: at, unheard: BTreeMap::new(), digest: None };
        self.nodes.insert(node, entry);
        Ok(())
    }

    /// A node beats: those that so many beats of it have not heard from are gone.
    pub(super) fn beat(&mut self, node: NodeId, lost_after: u32) -> Vec<NodeId> {
        let mut gone = Vec::new();
        for (other, entry) in self.nodes.iter_mut().filter(|(other, _)| **other != node) {
            let beats = entry.unheard.entry(node).or_default();
            *beats += 1;
            if *beats >= lost_after {
                gone.push(*other);
            }
        }
        gone
    }

    /// The node is none any more; its sessions, in the order of their slots.
    pub(super) fn end(&mut self, node: NodeId) -> Vec<SessionId> {
        self.nodes.remove(&node);
        if self.ended.len() == MOST_ENDED {
            self.ended.pop_front();
        }
        self.ended.push_back(node);
        for entry in self.nodes.values_mut() {
            entry.unheard.remove(&node);
        }
        let mut sessions = Vec::new();
        for owner in &mut self.owners {
            if let Some((session, _)) = owner.take_if(|(_, owner)| *owner == node) {
                sessions.push(session);
            }
        }
        sessions
    }

    /// Notes the digest of the hub after the beat of a node; the one after its beat before.
    pub(super) fn note_digest(&mut self, node: NodeId, digest: u64) -> Option<u64> {
        self.nodes.get_mut(&node)?.digest.replace(digest)
    }

    /// The digest of the hub after the last beat of a node.
    #[must_use]
    pub fn digest(&self, node: NodeId) -> Option<u64> {
        self.nodes.get(&node)?.digest
    }

    /// The session is one of this node's.
    pub fn opened(&mut self, session: SessionId, node: NodeId) {
        if self.owners.len() <= session.slot() {
            self.owners.resize(session.slot() + 1, None);
        }
        self.owners[session.slot()] = Some((session, node));
    }

    /// Whether the session is one of this node's.
    #[must_use]
    pub fn is_of(&self, session: SessionId, node: NodeId) -> bool {
        self.owners.get(session.slot()).is_some_and(|owner| *owner == Some((session, node)))
    }

    /// Whether the node has begun, and perhaps ended.
    pub(super) fn has_begun(&self, node: NodeId) -> bool {
        self.has(node) || self.ended.contains(&node)
    }

    /// Whether the node has begun and is not gone.
    #[must_use]
    pub fn has(&self, node: NodeId) -> bool {
        self.nodes.contains_key(&node)
    }

    /// The nodes, in the order in which they began.
    #[must_use]
    pub fn nodes(&self) -> Vec<NodeId> {
        let mut nodes: Vec<_> = self.nodes.iter().map(|(node, entry)| (entry.place, *node)).collect();
        nodes.sort_unstable();
        nodes.into_iter().map(|(_, node)| node).collect()
    }
}
