//! The web door: JSON lines, HTTP and WebSocket.

mod bot;
mod flags;
mod framing;
mod hostile;
mod http;
mod json;
mod page;
mod presence;
mod resume;
mod rows;
mod security;
mod table;
mod websocket;
