//! What the checks say about scripts whose syntax is right.
