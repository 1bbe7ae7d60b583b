//! Floor 1: text that any screen may show. It knows nothing of chat.

pub mod casefold;
pub mod nearest;
pub mod numbers;
pub mod system;
pub mod visible;
pub mod words;
