//! A request of those who run the server on a connection of the control socket, and its answer: a line each.

use super::Transfers;
use super::flow::{fill_line, write_all};
use crate::server::admin::{AdminAnswer, MAX_REQUEST};
use crate::server::connection::Connection;

/// Takes one request and answers it. `first` is what has come of it already.
pub(super) async fn answer(connection: &Connection, first: Vec<u8>, transfers: &Transfers) {
    let line = fill_line(&connection.stream, first, MAX_REQUEST, transfers.patience).await;
    let answer = match line {
        Some(line) => transfers.desk.take(&line).await,
        None => AdminAnswer::refused("bad-json", "a request is one line of JSON"),
    };
    // Whoever does not hear it is gone.
    let _ = write_all(&connection.stream, answer.spelled().as_bytes(), transfers.patience).await;
}
