//! How a member gets into its room, whichever the server.

/// One member of one room.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member {
    pub(crate) room: usize,
    pub(crate) user: usize,
    /// The first of its room, who opens it.
    pub(crate) first: bool,
}

/// What a member says on its way into the room, and what shows that it was heard. All members are through with one
/// step before any begins the next.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) say: Vec<u8>,
    pub(crate) until: &'static [u8],
}
