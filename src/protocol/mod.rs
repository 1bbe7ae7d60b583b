//! Floor 0: what both ends agree on.

pub mod encoding;
pub mod framing;
